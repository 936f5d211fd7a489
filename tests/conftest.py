"""What tests share: real recordings, a synthetic corpus, a run that is done."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from needs import librispeech_folder
from voicegender import jobs
from voicegender.demo_corpus import DemoCorpus
from voicegender.process import PROCESS, is_alive
from voicegender.requests import config_asked
from voicegender.runs import Run, create_run
from voicegender.training import train

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright


LONG = ("browser_work", "training", "browser_pages", "browser_", "pages_work", "restarts")
"""How the names of files begin whose tests last longest: where several processes share the tests,
these come first, so that none is left alone with one in the end."""


def pytest_configure() -> None:
    """Let commands of tests hear Ctrl-C, also where all was started in the background."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort files by `LONG`."""

    def rank(item: pytest.Item) -> int:
        fits = (at for at, part in enumerate(LONG) if item.path.stem.startswith(f"test_{part}"))
        return next(fits, len(LONG))

    items.sort(key=rank)


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Give back the main module: pages that are drawn here take its place, also for workers."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session")
def common(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of all processes that share these tests."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def made_once(folder: Path, make: Callable[[Path], object]) -> Path:
    """A folder that one of the processes makes, while others wait for it."""
    folder.parent.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder.with_suffix(".done")
        if not done.exists():
            make(folder)
            done.touch()
    return folder


@pytest.fixture(scope="session")
def librispeech() -> Path:
    """Real recordings; skips, visibly, where there are none."""
    return librispeech_folder()


@pytest.fixture(scope="session")
def demo_corpus(common: Path) -> Path:
    """A small synthetic corpus in LibriSpeech's layout."""
    return made_once(common / "corpora" / "demo", DemoCorpus(n_speakers=14, n_utterances=3))


@pytest.fixture(scope="session")
def full_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with features and a run; the tests of a process share it."""
    return tmp_path_factory.mktemp("data") / "full"


@pytest.fixture(scope="session")
def finished_run(demo_corpus: Path, common: Path, full_data: Path) -> Run:
    """A seed-lstm trained for two epochs on the synthetic corpus."""

    def make(data: Path) -> None:
        config = config_asked(demo_corpus, "seed-lstm", settings=["fitting.epochs=2"])
        run = create_run(data / "runs", "seed-lstm-1", config)
        train(run, data / "features", n_workers=1)

    # Whoever made it lives on and has other tests to do: no server shall take it for a job here.
    living = shutil.ignore_patterns(PROCESS)
    made = made_once(common / "finished" / "data", make)
    shutil.copytree(made, full_data, ignore=living, dirs_exist_ok=True)
    return Run(full_data / "runs" / "seed-lstm-1")


@pytest.fixture
def full(
    finished_run: Run, full_data: Path, demo_corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """A data folder with corpus, features and a run; what a test adds beside it is removed."""
    monkeypatch.setenv("VOICEGENDER_DATA", str(full_data))
    monkeypatch.setenv("VOICEGENDER_LIBRISPEECH", str(demo_corpus))
    features = {*(full_data / "features").glob("*/*")}
    yield finished_run
    for folder in (full_data / "runs").iterdir():
        if folder != finished_run.folder:
            if Run(folder).state == "running":
                jobs.cancel(folder)
            shutil.rmtree(folder)
    for folder in {*(full_data / "features").glob("*/*")} - features:
        if is_alive(folder):
            jobs.cancel(folder)
        shutil.rmtree(folder)


@dataclass(frozen=True)
class Crossval:
    """A cross-validation that is done: two deals of the readers, two folds each."""

    name: str
    data: Path
    corpus: Path
    words: list[str]
    said: str

    @property
    def folder(self) -> Path:
        """Where its folds are."""
        return self.data / "runs" / self.name


@pytest.fixture(scope="session")
def crossval(tmp_path_factory: pytest.TempPathFactory, common: Path) -> Crossval:
    """Probes, cross-validated through the command line on eight computed voices."""
    made = common / "crossval" / "data"
    words = [sys.executable, "-m", "voicegender", "crossval", str(made / "voices"), "--name", "cv"]
    words += ["--network", "probe", "--folds", "2", "--seeds", "2", "--epochs", "2"]
    for setting in ("alteration.copies=1", "network.heads=2", "fitting.excerpts=1"):
        words += ["--set", setting]

    def make(data: Path) -> None:
        DemoCorpus(n_speakers=8, n_utterances=1)(data / "voices")
        env = os.environ | {"VOICEGENDER_DATA": str(data)}
        done = subprocess.run(words, env=env, check=True, capture_output=True, text=True)
        (data / "said.txt").write_text(done.stdout, encoding="utf-8")

    own = tmp_path_factory.mktemp("crossval") / "data"
    shutil.copytree(made_once(made, make), own)
    said = (own / "said.txt").read_text(encoding="utf-8")
    return Crossval("cv", own, made / "voices", words, said)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder that commands and pages use."""
    monkeypatch.setenv("VOICEGENDER_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("VOICEGENDER_LIBRISPEECH", raising=False)
    return tmp_path / "data"


@pytest.fixture(scope="module")
def driver() -> Iterator["Playwright"]:
    """What drives browsers; it ends with its module, for other tests mind its event loop."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def chromium(driver: "Playwright") -> Iterator["Browser"]:
    """A browser for a module."""
    from browser import launch

    browser = launch(driver)
    yield browser
    browser.close()


@pytest.fixture
def page(chromium: "Browser") -> Iterator["Page"]:
    """An empty tab, with a memory of its own."""
    context = chromium.new_context(viewport={"width": 1440, "height": 1000})
    yield context.new_page()
    context.close()
