"""Whether each of twenty users who ask at once is answered rightly, and how long one waits.

    python benchmarks/many_sessions.py LIBRISPEECH [--sessions N]

LIBRISPEECH holds recordings; each session uploads another one on Predict over a websocket of
its own, as a browser does. First one session asks alone, on the same server, warm.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))

from measured import Row, ended, librispeech_at

from browser import Server, serving
from sessions import Session
from voicegender.places import places
from voicegender.prediction import load_model

N_SESSIONS, N_ALONE = 20, 7
TIMES_SINGLE, MEGABYTES = 20.0, 400.0
"""Bounds: of the slowest answer, in times of the single one, and of the server's memory."""
PAUSE = 1.0
"""Seconds between the sessions' arrival and their question."""
DIGITS = 1e-4
"""To which a page writes a probability."""


class Waited(NamedTuple):
    """Seconds from the upload on."""

    answered: float
    drawn: float


class Measured(NamedTuple):
    """What came of it.

    Attributes
    ----------
    alone
        Of single sessions, one after the other.
    together
        Of all at once.
    n_wrong
        Answers that are not those of the session's own recording.
    megabytes
        Resident memory of the server in the end.
    """

    alone: list[Waited]
    together: list[Waited]
    n_wrong: int
    megabytes: float


def recordings(librispeech: Path, n: int) -> list[Path]:
    """One each of ``n`` readers, or more of them where there are fewer readers."""
    paths = sorted(librispeech.glob("*/*/*/*.flac"))
    firsts = {path.stem.partition("-")[0]: path for path in reversed(paths)}
    chosen = [*firsts.values(), *(path for path in paths if path not in firsts.values())]
    return chosen[:n]


def file_of(path: Path) -> tuple[str, bytes]:
    """A recording as a browser uploads it."""
    return path.name, path.read_bytes()


async def ask(session: Session, path: Path) -> Waited:
    """Upload a recording; wait for its verdict, and for all that is drawn below it."""
    name, data = file_of(path)
    began = time.perf_counter()
    await session.answer(name, data)
    answered = time.perf_counter() - began
    await session.settled()
    return Waited(answered, time.perf_counter() - began)


async def is_right(session: Session, path: Path) -> bool:
    """Whether a session holds the answer to its recording, and no other."""
    expected = load_model(places().default_model).predict(path)
    (told,) = await session.downloaded("Download JSON")
    return (
        told["path"] == path.name
        and told["label"] == expected.label
        and abs(told["p_female"] - expected.p_female) <= DIGITS
        and session.verdict.lower().endswith(expected.label)
    )


async def measure(server: Server, paths: Sequence[Path]) -> Measured:
    """Ask alone, and then together, each session for a recording of its own."""
    async with Session(server.url, "Predict") as first:
        await ask(first, paths[0])  # loads the model; not counted
        alone = [await ask(first, path) for path in paths[:N_ALONE]]
    sessions = [Session(server.url, "Predict") for _ in paths]
    await asyncio.gather(*(session.open() for session in sessions))
    try:
        await asyncio.sleep(PAUSE)
        asked = zip(sessions, paths, strict=True)
        together = await asyncio.gather(*(ask(session, path) for session, path in asked))
        size = server.megabytes
        pairs = zip(sessions, paths, strict=True)
        right = [await is_right(session, path) for session, path in pairs]
    finally:
        await asyncio.gather(*(session.close() for session in sessions))
    return Measured(alone, together, right.count(False), size)


def rows(librispeech: Path, n_sessions: int = N_SESSIONS) -> Iterator[Row]:
    """Measure, and give a row for each claim."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        found = asyncio.run(measure(server, recordings(librispeech, n_sessions)))
    together = f"{n_sessions} sessions at once"
    for what, at in (("answered", 0), ("all drawn", 1)):
        single = median(waited[at] for waited in found.alone)
        slowest = max(waited[at] for waited in found.together)
        yield Row(f"{together}, slowest {what}", slowest, single, TIMES_SINGLE, "s", "one alone")
    yield Row(f"{together}, answers that are wrong", found.n_wrong, n_sessions, 0, "", "all")
    yield Row(f"{together}, memory of the server", found.megabytes, MEGABYTES, 1, "MB", "budget")


def main() -> int:
    """Measure and print; 1 where a bound is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("librispeech", type=librispeech_at)
    parser.add_argument("--sessions", type=int, default=N_SESSIONS)
    asked = parser.parse_args()
    found = [*rows(asked.librispeech, asked.sessions)]
    for row in found:
        print(f"{row.name:<48}{row.ours:>9.2f} {row.unit:<3}{row.against:>12}{row.reference:>9.2f}")
    return 0 if all(row.holds for row in found) else 1


if __name__ == "__main__":
    sys.exit(ended(main))
