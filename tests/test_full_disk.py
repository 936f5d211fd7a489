"""No room on the disk, a closed folder, two commands at once: one line, and nothing half."""

import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from voicegender.bundle import open_bundle
from voicegender.corpus import load_corpus
from voicegender.errors import WorkError
from voicegender.extraction import extract
from voicegender.features import LogMel
from voicegender.mapping import NAME
from voicegender.process import PROCESS, is_alive
from voicegender.recordings import write_table
from voicegender.runs import Run
from voicegender.store import FeatureSet
from voicegender.workers import worked

CLOSED = Path("/sys/voicegender")
"""Nobody may make a folder here, whoever runs the tests."""


def command(*words: str | Path, largest: int | None = None) -> subprocess.CompletedProcess[str]:
    """A command of a person's, ended; no file of it may become larger than so many bytes."""

    def limit() -> None:
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest or most, most))

    line = [sys.executable, "-m", "voicegender", *map(str, words)]
    return subprocess.run(
        line, preexec_fn=limit, capture_output=True, text=True, check=False, timeout=240
    )


def assert_refused(ended: subprocess.CompletedProcess[str], words: str) -> None:
    """In one line, which comes last, with exit status 2."""
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr, ended.stderr
    assert re.fullmatch(words, ended.stderr.splitlines()[-1]), ended.stderr


def test_extraction_on_a_full_disk_ends_in_one_line_and_goes_on_when_there_is_room(
    demo_corpus: Path, data: Path, tmp_path: Path
) -> None:
    words = ("extract", demo_corpus, "--features", "log-mel", "--workers", "1")
    ended = command(*words, largest=100_000)
    assert_refused(ended, r"voicegender: .*part-00000\.parquet: no space left .*; make room; .*")
    (config,) = data.glob("features/*/*/config.json")
    assert FeatureSet(config.parent).missing == [0]
    assert not [*data.rglob("*.partial")]
    assert command(*words).returncode == 0
    whole = extract(load_corpus(demo_corpus), LogMel(), tmp_path / "whole")
    assert FeatureSet(config.parent).part(0).read_bytes() == whole.part(0).read_bytes()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a megabyte."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("who runs this may not mount a file system")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_full_takes_nothing_half(small_disk: Path, demo_corpus: Path) -> None:
    corpus, alone = load_corpus(demo_corpus), partial(worked, n_workers=1)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(1_000_000))
    with pytest.raises(WorkError, match=r"part-00000.parquet: no space left on this disk; make"):
        extract(corpus, LogMel(), small_disk / "features", crew=alone)
    ballast.unlink()
    made = extract(corpus, LogMel(n_mels=8), small_disk / "features", crew=alone)
    ballast.write_bytes(bytes(os.statvfs(small_disk).f_bavail * 4096))
    with pytest.raises(WorkError, match=r"values.npy: no space left on this disk"):
        made.load()
    assert not (made.folder / NAME).exists()
    assert not [*small_disk.rglob("*.partial")]
    ballast.unlink()
    assert len(made.load().utterances) == len(corpus.utterances)


def test_a_model_is_published_whole_or_not_at_all(finished_run: Run, tmp_path: Path) -> None:
    to = tmp_path / "mine"
    ended = command("export", finished_run.folder, to, largest=50_000)
    assert_refused(ended, r"voicegender: .*mine: no space left on this disk; make room; .*")
    assert not [*tmp_path.iterdir()]
    assert command("export", finished_run.folder, to).returncode == 0
    assert open_bundle(to).facts["files"] == open_bundle(finished_run.model).facts["files"]


def test_a_folder_that_is_closed_is_told_in_one_line(
    demo_corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not CLOSED.parent.is_dir():
        pytest.skip("only Linux has a folder that is closed to everybody")
    monkeypatch.setenv("VOICEGENDER_DATA", str(CLOSED))
    refused = r"voicegender: /sys/voicegender.*: cannot be written \(.*\); open the folder, .*"
    assert_refused(command("extract", demo_corpus, "--workers", "1"), refused)
    train = command("train", demo_corpus, "--network", "seed-lstm", "--name", "mine")
    assert_refused(train, refused)


def stopped(words: list[str], folder: str, data: Path) -> "subprocess.Popen[bytes]":
    """A command that has begun to work in a folder, and stands still."""
    line = [sys.executable, "-m", "voicegender", *words]
    process = subprocess.Popen(line, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not any(is_alive(found.parent) for found in data.glob(f"{folder}/{PROCESS}")):
        assert process.poll() is None, "it ended before the other one began"
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGSTOP)
    return process


def test_a_second_extraction_names_the_first_which_ends_with_the_right_table(
    demo_corpus: Path, data: Path, tmp_path: Path
) -> None:
    words = ["extract", str(demo_corpus), "--features", "log-mel", "--workers", "1"]
    first = stopped(words, "features/*/*", data)
    second = command(*words)
    first.send_signal(signal.SIGCONT)
    assert_refused(second, rf"voicegender: .*: process {first.pid} is already at work here; .*")
    assert first.wait(120) == 0
    whole = extract(load_corpus(demo_corpus), LogMel(), tmp_path / "whole")
    (config,) = data.glob("features/*/*/config.json")
    assert FeatureSet(config.parent).part(0).read_bytes() == whole.part(0).read_bytes()


def test_a_second_training_of_a_run_names_the_first(demo_corpus: Path, data: Path) -> None:
    words = ["train", str(demo_corpus), "--network", "seed-lstm", "--name", "mine"]
    first = stopped(words, "runs/mine", data)
    second = command(*words)
    first.kill()
    first.wait()
    assert_refused(second, rf"voicegender: .*mine: process {first.pid} is already at work here; .*")


def test_a_table_that_does_not_fit_leaves_the_old_one(tmp_path: Path, demo_corpus: Path) -> None:
    table = load_corpus(demo_corpus).utterances
    write_table(tmp_path / "a.parquet", table.head(1))
    before = (tmp_path / "a.parquet").read_bytes()
    soft, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, most))
    try:
        with pytest.raises(WorkError, match=r"a.parquet: no space left"):
            write_table(tmp_path / "a.parquet", table)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, most))
    assert (tmp_path / "a.parquet").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]
