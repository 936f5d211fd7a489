"""The dashboard beside itself with TensorFlow imported at its top: how soon, how large."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psutil
from answers_time import recordings
from measured import CHECKOUT, Row
from playwright.sync_api import Browser, expect, sync_playwright

sys.path.append(str(CHECKOUT / "tests"))

from browser import launch, settled, until

ROUNDS = 3
CONTENT, HEAD = "[data-testid=stMain] [data-testid=stElementContainer]", 2
"""What a page shows; its title and the line below it come first."""
SHARED = ("pages", "voicegender", "models", ".streamlit")
VERDICT = "Heard as"


class Opened(NamedTuple):
    """Seconds from the command to the first page; megabytes of the server after an answer."""

    seconds: float
    megabytes: float


def rows(librispeech: Path) -> Iterator[Row]:
    """Both apps started in turn, a page opened, a recording answered."""
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        heavy, data = Path(temporary) / "heavy", Path(temporary) / "data"
        _with_tensorflow(heavy)
        data.mkdir()
        browser, voice = launch(playwright), recordings(librispeech)[0]
        taken = [
            [_opened(app, data, browser, voice) for app in (CHECKOUT, heavy)] for _ in range(ROUNDS)
        ]
    ours, theirs = (
        Opened(*(median(column) for column in zip(*one, strict=True)))
        for one in zip(*taken, strict=True)
    )
    against = "with TensorFlow at its top"
    yield Row("dashboard, start to first page", ours.seconds, theirs.seconds, 0.5, "s", against)
    name = "dashboard, memory after an answer"
    yield Row(name, ours.megabytes, theirs.megabytes, 0.25, "MB", against)


def _with_tensorflow(folder: Path) -> None:
    """The same app, but for one line at its top."""
    folder.mkdir()
    for name in SHARED:
        (folder / name).symlink_to(CHECKOUT / name)
    app = (CHECKOUT / "streamlit_app.py").read_text(encoding="utf-8")
    first, rest = app.split('"""\n', 1)
    (folder / "streamlit_app.py").write_text(f'{first}"""\nimport tensorflow\n{rest}', "utf-8")


def _opened(folder: Path, data: Path, browser: Browser, voice: Path) -> Opened:
    context = browser.new_context()
    page = context.new_page()
    began = time.perf_counter()
    with _serving(folder, data) as (url, process):
        page.goto(url)
        expect(page.locator(CONTENT).nth(HEAD)).to_be_visible()
        seconds = time.perf_counter() - began
        page.goto(f"{url}/Predict")
        settled(page).locator("input[type=file]").first.set_input_files(voice)
        expect(page.get_by_text(VERDICT).first).to_be_visible()
        settled(page)
        megabytes = process.memory_info().rss / 1e6
    context.close()
    return Opened(seconds, megabytes)


@contextmanager
def _serving(folder: Path, data: Path) -> Iterator[tuple[str, psutil.Process]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py"]
    command += ["--server.port", str(port), "--server.headless", "true"]
    env = {**os.environ, "VOICEGENDER_DATA": str(data)}
    with subprocess.Popen(  # noqa: S603  # our own app
        command, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            until(lambda: _answers(port), "the server answers")
            yield f"http://127.0.0.1:{port}", psutil.Process(process.pid)
        finally:
            process.kill()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
