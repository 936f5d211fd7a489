"""A real server among strangers: what it lets in, keeps to itself, and never writes down."""

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import psutil
import pytest
import soundfile
from playwright.sync_api import Browser, FilePayload, Page, Playwright, expect

from browser import Server, Watch, as_microphone, launch, opened, serving, settled, until
from disk import watched
from needs import CHECKOUT
from test_browser_predict import verdict
from voicegender.audio import SAMPLE_RATE, load_audio
from voicegender.ui.frame import JOINER
from voicegender.ui.predict.examples import FOLDER, MAN

NOTES = """
import os, sys
def note(event, args):
    if event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR):
        os.write(NOTED, f"{args[0]}\\n".encode(errors="replace"))
NOTED = os.open(os.environ["NOTED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
sys.addaudithook(note)
"""
"""Notes whatever Python opens to write, temporary files without a name too."""
PLAY = """players => Promise.all(players.map(one => new Promise(done => {
    one.addEventListener("timeupdate", () => one.currentTime > 0 && done(one.currentTime));
    one.play();
})))"""
"""Plays all there is, and says how far each came first."""
EVIL = "<img src=x onerror=document.title='hacked'>[a](https:evil.example):smile: $x$ www.evil.test"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything the server may write to lies here."""
    root = tmp_path_factory.mktemp("strangers")
    for name in ("home", "tmp", "site"):
        (root / name).mkdir()
    (root / "site" / "sitecustomize.py").write_text(NOTES)
    return root


@pytest.fixture(scope="module")
def server(place: Path) -> Iterator[Server]:
    """A dashboard that notes what it writes; 5 MB may be uploaded."""
    env = {
        "HOME": str(place / "home"),
        "TMPDIR": str(place / "tmp"),
        "NOTED": str(place / "noted"),
        "PYTHONPATH": os.pathsep.join([str(place / "site"), str(CHECKOUT)]),
        "STREAMLIT_SERVER_MAX_UPLOAD_SIZE": "5",
    }
    with serving(place / "data", **env) as server:
        yield server


@pytest.fixture(scope="module")
def speaker(driver: Playwright, place: Path) -> Iterator[Browser]:
    """A browser that hears a man."""
    browser = launch(driver, microphone=as_microphone(FOLDER / MAN, place / "microphone.wav"))
    yield browser
    browser.close()


def written_to(place: Path) -> list[Path]:
    """Folders the server may write to."""
    (place / "data").mkdir(exist_ok=True)
    return [place / "home", place / "tmp", place / "data", CHECKOUT]


def files(place: Path) -> dict[str, int]:
    """Sizes of what lies in all folders the server may write to."""
    found = [path for folder in written_to(place) for path in folder.rglob("*") if path.is_file()]
    return {str(path): path.stat().st_size for path in found if "__pycache__" not in path.parts}


def long_voice(path: Path) -> Path:
    """A recording of more than 1 MB, more than a server would keep in memory by itself."""
    y = np.tile(load_audio(FOLDER / MAN), 20)[: 45 * SAMPLE_RATE]
    soundfile.write(path, y, SAMPLE_RATE, subtype="PCM_16")
    assert path.stat().st_size > 1_400_000
    return path


WRITES = """
import pathlib, sys, tempfile, time
with tempfile.TemporaryFile(dir=sys.argv[1]) as file:
    file.write(b"x" * 100_000)
    time.sleep(1)
short = pathlib.Path(sys.argv[1], "short")
short.write_bytes(b"x")
short.unlink()
input()
"""


def test_the_watch_sees_files_without_a_name_and_those_that_soon_go(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITES, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as writes:
        with watched(writes.pid, [tmp_path]) as disk:
            until(lambda: f"created {tmp_path / 'short'}" in disk.written, "the short one is seen")
        assert writes.stdin
        writes.stdin.write(b"\n")
    assert [one for one in disk.written if one.startswith(f"held {tmp_path}")]


def test_what_is_uploaded_spoken_and_played_is_never_written_and_seen_by_nobody_else(
    speaker: Browser, server: Server, place: Path
) -> None:
    assert server.process
    voice = long_voice(place / "voice of Eve.wav")
    page = speaker.new_context(permissions=["microphone"]).new_page()
    opened(page, server, "Predict")
    before, noted = files(place), (place / "noted").stat().st_size
    with watched(server.process.pid, written_to(place)) as disk:
        page.locator("input[type=file]").first.set_input_files(voice)
        expect(verdict(page)).to_have_text("Heard as male")
        page.get_by_role("tab", name="Microphone").click()
        page.get_by_role("button", name="Record", exact=True).click()
        page.wait_for_timeout(3000)
        page.get_by_role("button", name="Stop recording").click()
        expect(page.get_by_text("recording.wav").or_(verdict(page).last).first).to_be_visible()
        settled(page)
        played = page.locator("audio").evaluate_all(PLAY)
        assert played
        assert min(played) > 0
        settled(page)
    written = (place / "noted").read_bytes()[noted:].decode().split()
    assert not [path for path in written if not path.startswith("/dev/")], "opened to write"
    assert disk.written == []
    assert files(place) == before
    assert_only_one_session(speaker, server)
    page.context.close()


def assert_only_one_session(speaker: Browser, server: Server) -> None:
    """Another person sees nothing of what the first one gave."""
    other = speaker.new_context().new_page()
    for name in ("Predict", "Live", ""):
        opened(other, server, name)
        expect(other.get_by_text("voice of Eve")).to_have_count(0)
        expect(verdict(other)).to_have_count(0)
        expect(other.get_by_test_id("stAudio")).to_have_count(0)
    other.context.close()


def test_a_file_larger_than_may_be_is_refused_by_the_page_and_by_the_server(
    page: Page, server: Server, place: Path
) -> None:
    opened(page, server, "Predict")
    expect(page.get_by_text("Up to 5 MB and four hours each")).to_be_visible()
    large = place / "large.wav"
    large.write_bytes(bytes(6_000_000))
    with page.expect_response(re.compile("/upload_file/")) as sent:
        small = long_voice(place / "small.wav")
        page.locator("input[type=file]").first.set_input_files(small)
    address, headers = sent.value.url, sent.value.request.headers
    page.locator("input[type=file]").first.set_input_files(large)
    expect(page.get_by_text("File must be 5.0MB or smaller")).to_be_visible()
    said = page.request.put(
        address,
        headers={"x-xsrftoken": headers["x-xsrftoken"]},
        multipart={
            "file": FilePayload(name="a.wav", mimeType="audio/wav", buffer=bytes(6_000_000))
        },
    )
    assert said.status == 413
    tokens: list[dict[str, str]] = [{}, {"x-xsrftoken": "2|forged|token|1"}]
    for token in tokens:
        part = FilePayload(name="a.wav", mimeType="audio/wav", buffer=b"a")
        forged = page.request.put(address, headers=token, multipart={"file": part})
        assert forged.status == 403, "what another site sends lacks the token"


def test_the_server_is_heard_on_this_machine_alone(server: Server) -> None:
    assert server.process
    tree = [psutil.Process(server.process.pid)]
    tree += tree[0].children(recursive=True)
    heard = {c.laddr.ip for p in tree for c in p.net_connections("inet") if c.status == "LISTEN"}
    assert heard == {"127.0.0.1"}


def test_a_page_of_another_site_opens_no_session(server: Server) -> None:
    key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13"}
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", **key}
    answers = {}
    for origin in (server.url, "https://evil.example"):
        with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as asked:
            asked.request("GET", "/_stcore/stream", headers={**upgrade, "Origin": origin})
            answers[origin] = asked.getresponse().status
    assert answers == {server.url: 101, "https://evil.example": 403}


def test_hostile_names_are_text_in_the_page(page: Page, server: Server, place: Path) -> None:
    watch = Watch().over(page)
    name = f"{EVIL}.flac".replace("/", "")
    hostile = place / name
    hostile.write_bytes((FOLDER / MAN).read_bytes())
    letter = place / f"{EVIL}2.wav"
    letter.write_text("no sound")
    opened(page, server, "Predict")
    page.locator("input[type=file]").first.set_input_files([hostile, letter])
    expect(verdict(page)).to_be_visible()
    settled(page)
    smile = f":{JOINER}smile:"
    expect(page.get_by_role("heading", name="smile")).to_contain_text(smile)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("alert")).to_contain_text(smile)
    inert_in(page)
    assert watch.hosts == {"127.0.0.1"}


def test_a_corpus_of_hostile_names_is_text_on_every_page(page: Page, server: Server) -> None:
    corpus = server.data
    corpus.mkdir(exist_ok=True)
    rows = ["path,speaker_id,gender,subset"]
    for number, gender in enumerate("FMFMFM"):
        (corpus / f"{number}{EVIL}.flac").write_bytes((FOLDER / MAN).read_bytes())
        cells = [f"{number}{EVIL}.flac", f"{number}{EVIL}", gender, f"{EVIL}{number % 2}"]
        rows.append(",".join(json.dumps(cell).replace('\\"', '""') for cell in cells))
    (corpus / f"{EVIL}.csv").write_text("\n".join(rows))
    run = corpus / "runs" / EVIL
    run.mkdir(parents=True)
    (run / "config.json").write_text(json.dumps({"corpus": EVIL}))
    watch = Watch().over(page)
    for path in ("", "Speakers", "Speakers?view=Charts", f"Speakers?reader=0{EVIL}", "Features"):
        opened(page, server, path.replace("#", "%23"))
        page.wait_for_timeout(500)
        inert_in(page)
    for path in ("Training", "Training?view=Runs", "Results"):
        opened(page, server, path)
        inert_in(page)
    assert watch.hosts == {"127.0.0.1"}


def inert_in(page: Page) -> None:
    """Nothing of the name was taken for more than text."""
    assert "hacked" not in page.title()
    # A heading is a link to itself.
    for odd in ("img[src=x]", "a[href*=evil]:not([href^='#'])", "svg a", ".katex"):
        found = page.locator(odd).evaluate_all("all => all.map(one => one.outerHTML)")
        assert found == [], page.url
