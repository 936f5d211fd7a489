"""Jobs go on when the server ends, in whatever way; the next one finds them, for anybody."""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from browser import Server, serving, until
from demo_links import link_many
from sessions import Session
from voicegender.process import last_report, state_of
from voicegender.runs import Run
from voicegender.store import feature_sets
from voicegender.ui.words import OPTIONS

FEATURES = "voice-embedding"
N_LINKS = 60
"""Times each recording is there: work on them outlasts two servers."""
RUNNING, CANCELLED = "▶ running", "■ cancelled"
MAKING, TRAINING = ("Features", "Make features"), ("Training", "Runs")
"""Where the two jobs are seen: page and tab."""


@pytest.fixture
def server(tmp_path: Path, demo_corpus: Path) -> Iterator[Server]:
    """A dashboard over a small corpus, and one that keeps a machine at work for a while."""
    link_many(demo_corpus, tmp_path / "data" / "large", N_LINKS)
    with serving(tmp_path / "data", VOICEGENDER_LIBRISPEECH=str(demo_corpus)) as server:
        yield server


async def choose(session: Session, label: str, option: str) -> None:
    """Choose what begins so."""
    options = session.tree.find("selectbox", label).proto.options
    await session.enter("selectbox", label, next(one for one in options if one.startswith(option)))


async def start_both(server: Server) -> None:
    """Start an extraction and a training on their pages, and close the tab."""
    async with Session(server.url, "Features", view="Make features") as session:
        await choose(session, "Corpus", "large")
        await choose(session, "Features", OPTIONS[FEATURES])
        await session.enter("number_input", "Processes", 1.0)
        await session.press("Make these features")
        await session.until(RUNNING)
        await session.go("Training")
        await choose(session, "Network", "seed-lstm")
        await session.enter("number_input", "Epochs", 5000.0)
        await session.enter("text_input", "Name of the run", "survivor")
        await session.press("Start training")
        await session.until("Training survivor", RUNNING)


async def seen(server: Server) -> None:
    """Come anew, and find both at work."""
    for page, view in (MAKING, TRAINING):
        async with Session(server.url, page, view=view) as session:
            await session.until(RUNNING, "Cancel")


async def cancelled(server: Server) -> None:
    """Stop both from a session that started neither; another one sees it."""
    for page, view in (MAKING, TRAINING):
        async with Session(server.url, page, view=view) as one, Session(server.url, page) as two:
            if page == "Training":
                await two.go(page, view=view)
            await one.press("Cancel")
            await one.until(CANCELLED)
            await two.until(CANCELLED)


def go_on(*folders: Path) -> bool:
    """Whether work in each folder gets further."""
    before = [last_report(folder) for folder in folders]
    until(
        lambda: all(last_report(f) != b for f, b in zip(folders, before, strict=True)),
        "both go on without a server",
    )
    return all(state_of(folder, done=False) == "running" for folder in folders)


def test_jobs_outlive_servers_and_are_found_and_cancelled_by_others(server: Server) -> None:
    asyncio.run(start_both(server))
    store, run = server.data / "features", Run(server.data / "runs" / "survivor")
    kinds = {each.config["extractor"]["kind"]: each for each in feature_sets(store)}
    features = kinds[FEATURES]
    until(lambda: last_report(features.folder), "it is at work")
    server.end(signal.SIGTERM)
    assert go_on(features.folder)
    assert run.state == "running"
    server.start()
    asyncio.run(seen(server))
    until(lambda: run.history.size, "it has begun to learn")
    server.end(signal.SIGKILL)
    assert go_on(features.folder, run.folder)
    server.start()
    asyncio.run(cancelled(server))
    assert run.state == state_of(features.folder, done=features.is_complete) == "cancelled"
