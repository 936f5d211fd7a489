"""Extraction over a real Dask scheduler and real workers on this machine."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from dask_cluster import parts, said, scheduler_running, worker
from voicegender.cluster import Cluster
from voicegender.corpus import Corpus, load_corpus
from voicegender.errors import SettingError, WorkError
from voicegender.extraction import extract
from voicegender.features import LogMel, MfccMean
from voicegender.store import FeatureSet
from voicegender.workers import worked

N_COPIES = 12


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a scheduler without workers."""
    with scheduler_running(tmp_path_factory.mktemp("dask") / "scheduler.log") as address:
        yield address


@pytest.fixture(scope="module")
def corpus(demo_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """A corpus of several parts: the synthetic one, many times over by hard links."""
    root = tmp_path_factory.mktemp("large")
    for path in demo_corpus.glob("*/*/*/*.flac"):
        for copy in range(N_COPIES):
            speaker, _, number = path.stem.split("-")
            chapter = root / path.relative_to(demo_corpus).parent.parent / f"9{copy:03d}"
            chapter.mkdir(parents=True, exist_ok=True)
            os.link(path, chapter / f"{speaker}-{chapter.name}-{number}.flac")
    os.link(demo_corpus / "SPEAKERS.TXT", root / "SPEAKERS.TXT")
    return load_corpus(root)


def test_a_cluster_makes_the_table_one_machine_makes_also_when_a_worker_is_killed(
    scheduler: str, corpus: Corpus, tmp_path: Path
) -> None:
    alone = extract(corpus, LogMel(), tmp_path / "alone", crew=partial(worked, n_workers=1))
    reports: list[tuple[int, int]] = []
    with ExitStack() as stack:
        logs = [tmp_path / f"worker-{i}.log" for i in range(2)]
        first, _ = (stack.enter_context(worker(scheduler, log)) for log in logs)
        for log in logs:
            said(log, r"(Registered to)")

        def killing(done: int, total: int) -> None:
            if 0 < done < total and first.poll() is None:
                first.send_signal(signal.SIGKILL)
                first.wait()
            reports.append((done, total))

        store = tmp_path / "cluster"
        features = extract(corpus, LogMel(), store, crew=Cluster(scheduler), progress=killing)
    assert first.returncode == -signal.SIGKILL
    assert len(parts(alone)) > 2
    assert parts(features) == parts(alone)
    assert reports[-1] == (len(corpus.utterances), len(corpus.utterances))
    assert not list(features.folder.glob("*.partial"))


def test_the_command_takes_a_scheduler(scheduler: str, demo_corpus: Path, tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    with worker(scheduler, log):
        words = ["extract", str(demo_corpus), "--scheduler", scheduler]
        env = os.environ | {"VOICEGENDER_DATA": str(tmp_path / "data")}
        command = [sys.executable, "-m", "voicegender", *words]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (config,) = (tmp_path / "data" / "features").glob("*/*/config.json")
    alone = extract(load_corpus(demo_corpus), MfccMean(), tmp_path / "alone")
    assert parts(FeatureSet(config.parent)) == parts(alone)


def test_a_scheduler_that_does_not_answer_is_said(
    monkeypatch: pytest.MonkeyPatch, demo_corpus: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr("voicegender.cluster.CONNECT_SECONDS", 0.5)
    crew = Cluster("tcp://127.0.0.1:9")
    with pytest.raises(WorkError, match=r"tcp://127\.0\.0\.1:9: no scheduler answers"):
        extract(load_corpus(demo_corpus), LogMel(), tmp_path, crew=crew)


def test_a_command_that_reaches_no_scheduler_begins_nothing(
    demo_corpus: Path, tmp_path: Path
) -> None:
    words = ["extract", str(demo_corpus), "--scheduler", "tcp://127.0.0.1:9"]
    env = os.environ | {"VOICEGENDER_DATA": str(tmp_path / "data")}
    command = [sys.executable, "-m", "voicegender", *words]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "no scheduler answers" in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_scheduler_without_workers_is_said(
    monkeypatch: pytest.MonkeyPatch, scheduler: str, demo_corpus: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr("voicegender.cluster.WORKER_SECONDS", 0.5)
    with pytest.raises(WorkError, match="has no worker"):
        extract(load_corpus(demo_corpus), LogMel(), tmp_path, crew=Cluster(scheduler))


@pytest.mark.parametrize("address", ["nonsense", "nowhere://x:1", "tcp://host", "tcp://host:port"])
def test_an_address_that_is_none_is_said(address: str, demo_corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="is no address"):
        extract(load_corpus(demo_corpus), LogMel(), tmp_path, crew=Cluster(address))
