"""Many users at once: each sees what is theirs, and leaves nothing behind."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from browser import PAGES, Server, serving
from needs import CHECKOUT
from sessions import RECORDINGS, Session
from voicegender import load_model
from voicegender.ui.predict.examples import FOLDER, MAN, WOMAN
from wire import PATIENCE, SessionError

LARGE = 100_000_000
"""Bytes of an upload that memory shows."""
TOO_MUCH = 50_000_000
"""Letters that no server takes in one message."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, demo_corpus: Path) -> Iterator[Server]:
    """A dashboard that knows the demo corpus and forgets who left after a second."""
    forgets = {"STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": "1"}
    folder = tmp_path_factory.mktemp("sessions")
    with serving(folder, VOICEGENDER_LIBRISPEECH=str(demo_corpus), **forgets) as server:
        yield server


def test_a_page_asked_by_five_at_once_is_drawn_for_each(server: Server) -> None:
    async def turn_over(first: int) -> list[str]:
        seen = []
        async with Session(server.url) as session:
            for page in PAGES[first:] + PAGES[:first]:
                await session.go(page)
                assert session.page == page
                seen.append(session.tree.text.splitlines()[0])
        return sorted(seen)

    async def five() -> list[list[str]]:
        return await asyncio.gather(*(turn_over(first) for first in (0, 0, 1, 3, 5)))

    titles = sorted([page or "voicegender" for page in PAGES])
    assert asyncio.run(five()) == [titles] * 5


def test_two_at_once_each_see_their_own_recording_and_its_answer_alone(server: Server) -> None:
    files = {name: (FOLDER / name).read_bytes() for name in (WOMAN, MAN)}

    async def asks(name: str) -> tuple[str, list[dict[str, object]]]:
        async with Session(server.url, "Predict") as session:
            await session.answer(name, files[name])
            await session.settled()
            return session.everything, await session.downloaded("Download JSON")

    async def both() -> list[tuple[str, list[dict[str, object]]]]:
        return [*await asyncio.gather(asks(WOMAN), asks(MAN))]

    hers, his = asyncio.run(both())
    model = load_model(CHECKOUT / "models" / "default")
    for (page, told), own, other in ((hers, WOMAN, MAN), (his, MAN, WOMAN)):
        expected = model.predict(FOLDER / own)
        assert f"Heard as {expected.label}" in page
        assert own in page
        assert other not in page
        assert [one["path"] for one in told] == [own]
        assert told[0]["p_female"] == pytest.approx(expected.p_female, abs=1e-4)


def test_a_download_comes_whatever_others_and_its_own_page_do_meanwhile(server: Server) -> None:
    async def presses() -> list[bytes]:
        async with Session(server.url, "Predict") as own, Session(server.url) as other:
            await own.answer(WOMAN, (FOLDER / WOMAN).read_bytes())
            await own.settled()
            offer = own.offered("Download JSON")
            made = await own.made(offer)
            for page in ("Predict", ""):
                await other.go(page)
            files = [await own.fetched(made)]
            await own.again()  # the browser may still show what was offered before
            await other.go("Predict")
            made = await own.made(offer)
            await other.go("")
            files.append(await own.fetched(made))
            for _ in range(2):
                await own.again()
            with pytest.raises(SessionError, match=offer):
                await own.made(offer)
            return [*files, await own.fetched(await own.made(own.offered("Download JSON")))]

    first, *others = asyncio.run(presses())
    assert WOMAN.encode() in first
    assert others == [first, first]


@pytest.mark.parametrize("last", ["Predict", "Live"])
def test_who_leaves_takes_the_upload_along(server: Server, last: str) -> None:
    async def comes_with(data: bytes) -> float:
        async with Session(server.url, "Predict") as session:
            before = server.megabytes
            await session.upload(RECORDINGS, "large.wav", data)
            await session.until("Refused")
            await session.settled()
            grown = server.megabytes - before
            await session.go(last)
            return grown

    async def comes_and_leaves() -> None:
        async with Session(server.url):
            pass

    async def upload_and_leave() -> tuple[float, float]:
        await comes_with(b"no sound")  # what is made once and stays
        before = server.megabytes
        grown = await comes_with(bytes(LARGE))
        deadline = asyncio.get_running_loop().time() + PATIENCE / 4
        while (left := server.megabytes - before) > LARGE / 5e6:
            assert asyncio.get_running_loop().time() < deadline, f"{left:.0f} MB stay"
            await asyncio.sleep(0.5)
            await comes_and_leaves()  # the server looks for old sessions when one leaves
        return grown, left

    grown, left = asyncio.run(upload_and_leave())
    assert grown > LARGE / 1.5e6
    assert left < grown / 3


def test_an_upload_is_never_written_to_disk(server: Server) -> None:
    async def written(data: bytes) -> int:
        async with Session(server.url, "Predict") as session:
            before = server.bytes_written
            await session.upload(RECORDINGS, "large.wav", data)
            await session.until("Refused")
            return server.bytes_written - before

    assert asyncio.run(written(bytes(LARGE))) < LARGE / 10


def test_a_page_that_is_not_there_is_noticed(server: Server) -> None:
    async def opens() -> None:
        async with Session(server.url, "Nowhere"):
            pass

    with pytest.raises(SessionError, match="no such page"):
        asyncio.run(opens())


def test_a_session_that_the_server_drops_is_noticed(server: Server) -> None:
    async def says_too_much() -> None:
        async with Session(server.url, "Training") as session:
            await session.enter("text_input", "Name of the run", TOO_MUCH * "x")

    with pytest.raises(SessionError, match="the server dropped the session"):
        asyncio.run(says_too_much())
