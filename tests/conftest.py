"""What tests share: real recordings, a synthetic corpus, a run that is done."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from needs import librispeech_folder
from voicegender import jobs
from voicegender.demo_corpus import DemoCorpus
from voicegender.requests import config_asked
from voicegender.runs import Run, create_run
from voicegender.training import train

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright


@pytest.fixture(scope="session")
def librispeech() -> Path:
    """Real recordings; skips, visibly, where there are none."""
    return librispeech_folder()


@pytest.fixture(scope="session")
def demo_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small synthetic corpus in LibriSpeech's layout."""
    return DemoCorpus(n_speakers=14, n_utterances=3)(tmp_path_factory.mktemp("corpora") / "demo")


@pytest.fixture(scope="session")
def full_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with features and a run; what is made in it stays for the session."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def finished_run(demo_corpus: Path, full_data: Path) -> Run:
    """A seed-lstm trained for two epochs on the synthetic corpus."""
    config = config_asked(demo_corpus, "seed-lstm", settings=["fitting.epochs=2"])
    run = create_run(full_data / "runs", "seed-lstm-1", config)
    train(run, full_data / "features", n_workers=1)
    return run


@pytest.fixture
def full(
    finished_run: Run, full_data: Path, demo_corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """A data folder with corpus, features and a run; what a test adds beside it is removed."""
    monkeypatch.setenv("VOICEGENDER_DATA", str(full_data))
    monkeypatch.setenv("VOICEGENDER_LIBRISPEECH", str(demo_corpus))
    yield finished_run
    for folder in (full_data / "runs").iterdir():
        if folder != finished_run.folder:
            if Run(folder).state == "running":
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
def crossval(tmp_path_factory: pytest.TempPathFactory) -> Crossval:
    """Probes, cross-validated through the command line on eight computed voices."""
    data = tmp_path_factory.mktemp("crossval")
    corpus = DemoCorpus(n_speakers=8, n_utterances=1)(data / "voices")
    words = [sys.executable, "-m", "voicegender", "crossval", str(corpus), "--name", "cv"]
    words += ["--network", "probe", "--folds", "2", "--seeds", "2", "--epochs", "2"]
    for setting in ("alteration.copies=1", "network.heads=2", "fitting.excerpts=1"):
        words += ["--set", setting]
    env = os.environ | {"VOICEGENDER_DATA": str(data)}
    said = subprocess.run(words, env=env, check=True, capture_output=True, text=True).stdout
    return Crossval("cv", data, corpus, words, said)


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
