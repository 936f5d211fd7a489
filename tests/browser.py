"""A real server and a real browser: started, waited for, ended."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import soundfile
import soxr
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, expect

from needs import CHECKOUT, chromium_path
from voicegender.config import read_json
from voicegender.process import PROCESS, is_alive

PAGES = ["", *(path.stem.partition("_")[2] for path in sorted((CHECKOUT / "pages").glob("*.py")))]
"""Addresses of all pages, Home first."""
PATIENCE = 120.0
"""Seconds to wait for anything on a busy machine; every wait ends as soon as it can."""
QUIET = ("--no-first-run", "--disable-background-networking", "--disable-component-update")
AUDIBLE = "--autoplay-policy=no-user-gesture-required"
"""Scripts of tests listen in on the microphone."""
NOT_OURS = re.compile(r"/[A-Z]\w+/_stcore/(health|host-config)")
"""Streamlit's client opened at a deep link first asks for these below the page's own address,
where nothing is (404), and then at the root."""

expect.set_options(timeout=PATIENCE * 1000)


def until(is_so: Callable[[], Any], what: str) -> None:
    """Wait for something outside the browser."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)


@dataclass
class Server:
    """The dashboard as a person starts it, on a free port, over a data folder."""

    data: Path
    env: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def megabytes(self) -> float:
        """Its resident memory; it is one process."""
        assert self.process
        return float(psutil.Process(self.process.pid).memory_info().rss) / 1e6

    @property
    def bytes_written(self) -> int:
        """What it has written to a disk so far."""
        assert self.process
        return int(psutil.Process(self.process.pid).io_counters().write_bytes)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        env = {**os.environ, "VOICEGENDER_DATA": str(self.data)}
        env.pop("VOICEGENDER_LIBRISPEECH", None)
        command = [sys.executable, "-m", "voicegender", "dashboard", "--no-browser"]
        command += ["--port", str(self.port)]
        self.process = subprocess.Popen(
            command, cwd=CHECKOUT, env=env | self.env, start_new_session=True
        )
        until(self._answers, "the server answers")

    def _answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        with suppress(OSError), closing(connection):
            connection.request("GET", "/_stcore/health")
            return connection.getresponse().status == HTTPStatus.OK
        return False

    def end(self, how: signal.Signals) -> None:
        """End the command and Streamlit below it; no job of theirs."""
        if self.process:
            os.killpg(self.process.pid, how)
            self.process.wait(PATIENCE)
            self.process = None

    def kill(self) -> None:
        """End it at once, as a crash does."""
        self.end(signal.SIGKILL)

    def end_jobs(self) -> None:
        """Kill what was started below the data folder and goes on, but not these tests."""
        for path in self.data.rglob(PROCESS):
            pid = (read_json(path) or {}).get("pid")
            if is_alive(path.parent) and pid != os.getpid():
                with suppress(psutil.NoSuchProcess):
                    psutil.Process(pid).kill()


@contextmanager
def serving(data: Path, **env: str) -> Iterator[Server]:
    """A server, and nothing of it left behind."""
    server = Server(data, env)
    server.start()
    try:
        yield server
    finally:
        server.kill()
        server.end_jobs()


def launch(playwright: Playwright, *, microphone: Path | None = None) -> Browser:
    """Chromium; ``microphone`` is a file that it hears over and over (`as_microphone`)."""
    heard = [
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={microphone}",
    ]
    return playwright.chromium.launch(
        executable_path=chromium_path(),
        args=["--no-sandbox", AUDIBLE, *QUIET, *(heard if microphone else [])],
    )


def as_microphone(recording: Path, path: Path) -> Path:
    """A recording as Chromium takes it for a microphone: WAV, 48 kHz, 16 bit, mono."""
    y, sr = soundfile.read(recording, dtype="float32")
    soundfile.write(path, soxr.resample(y, sr, 48_000), 48_000, subtype="PCM_16")
    return path


def settled(page: Page) -> Page:
    """Wait until the server has drawn the page, with no exception in it."""
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible()
    expect(page.locator("h1").or_(page.get_by_test_id("stException")).first).to_be_visible()
    assert page.get_by_test_id("stException").count() == 0, "an exception is shown"
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    return page


def opened(page: Page, server: Server, path: str = "") -> Page:
    """The page at an address of the server, drawn."""
    page.goto(f"{server.url}/{path}")
    return settled(page)


@dataclass
class Watch:
    """What a page says on the console and whom it asks."""

    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def over(self, page: Page) -> "Watch":
        """Begin to watch."""
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._asked(request.url))
        page.on("websocket", lambda socket: self._asked(socket.url))
        return self

    def _said(self, message: ConsoleMessage) -> None:
        at = message.location["url"]
        is_ours = "404" not in message.text or not NOT_OURS.fullmatch(urlsplit(at).path)
        if message.type == "error" and is_ours:
            self.complaints.append(f"{message.text} ({at})")

    def _asked(self, url: str) -> None:
        if not url.startswith(("data:", "blob:")):  # those hold what they name
            self.hosts.add(str(urlsplit(url).hostname))
