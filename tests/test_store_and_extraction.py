"""Features on disk, made in parallel, interrupted and gone on with."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pyarrow.parquet as pq
import pytest

from voicegender.audio import read_excerpt
from voicegender.corpus import Corpus, load_corpus
from voicegender.demo_corpus import DemoCorpus
from voicegender.errors import WorkError
from voicegender.excerpt import Excerpt
from voicegender.extraction import extract
from voicegender.features import LogMel, MfccMean
from voicegender.process import claimed
from voicegender.store import FeatureSet, feature_sets
from voicegender.workers import worked

ALONE = partial(worked, n_workers=1)


@pytest.fixture(scope="module")
def corpus(demo_corpus: Path) -> Corpus:
    return load_corpus(demo_corpus)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough recordings for several parts: a few made, each linked many times."""
    root = DemoCorpus(n_speakers=6, n_utterances=2)(tmp_path_factory.mktemp("large") / "demo")
    for path in sorted(root.glob("*/*/*/*.flac")):
        for copy in range(1, 80):
            os.link(path, path.with_name(f"{path.stem[:-4]}{copy:02d}{path.stem[-2:]}.flac"))
    return root


def test_stored_frames_are_what_the_extractor_gives(corpus: Corpus, tmp_path: Path) -> None:
    features = extract(corpus, LogMel(), tmp_path, crew=ALONE).load()
    row = features.utterances.iloc[3]
    expected = LogMel()(read_excerpt(corpus.root / row["path"], 0.0, row["duration"]))
    np.testing.assert_allclose(features.of(3), expected, atol=0.01)  # float16
    assert list(features.utterances["utterance_id"]) == sorted(features.utterances["utterance_id"])


def test_stored_vectors_are_what_the_extractor_gives(corpus: Corpus, tmp_path: Path) -> None:
    extractor = MfccMean(excerpt=Excerpt("middle"))
    features = extract(corpus, extractor, tmp_path, crew=ALONE).load()
    row = features.utterances.iloc[0]
    y = read_excerpt(corpus.root / row["path"], (row["duration"] - 3) / 2, 3.0)
    # Threads of the matrix library move the last digits.
    np.testing.assert_allclose(features.of(0)[0], extractor(y), atol=1e-4)


def test_other_settings_or_another_corpus_have_another_place(
    corpus: Corpus, tmp_path: Path
) -> None:
    folders = {
        extract(corpus, LogMel(), tmp_path, crew=ALONE).folder,
        extract(corpus, LogMel(n_mels=32), tmp_path, crew=ALONE).folder,
        extract(corpus.only(["dev-clean"]), LogMel(), tmp_path, crew=ALONE).folder,
    }
    assert len(folders) == 3
    assert {found.folder for found in feature_sets(tmp_path)} == folders


def test_a_recording_that_fails_is_named_and_the_rest_is_used(tmp_path: Path) -> None:
    root = DemoCorpus(n_speakers=6, n_utterances=2)(tmp_path / "demo")
    corpus = load_corpus(root)
    victim = root / corpus.utterances["path"].iat[0]
    victim.write_bytes(victim.read_bytes()[:200])  # a header that promises, and no sound
    features = extract(corpus, LogMel(), tmp_path / "store", crew=ALONE)
    errors = features.errors()
    assert errors["utterance_id"].tolist() == [corpus.utterances["utterance_id"].iat[0]]
    assert len(features.load().utterances) == len(corpus.utterances) - 1


def test_recordings_no_longer_than_the_excerpt_are_left_out_with_a_reason(
    corpus: Corpus, tmp_path: Path
) -> None:
    extractor = MfccMean(excerpt=Excerpt("first", seconds=60.0))
    features = extract(corpus, extractor, tmp_path, crew=ALONE)
    assert features.errors()["error"].str.contains("not longer than the excerpt of 60 s").all()
    with pytest.raises(WorkError, match="no recording gave features"):
        features.load()


def test_workers_and_one_process_make_the_same_bytes(large: Path, tmp_path: Path) -> None:
    corpus = load_corpus(large)
    one = extract(corpus, MfccMean(), tmp_path / "one", crew=ALONE)
    two = extract(corpus, MfccMean(), tmp_path / "two", crew=partial(worked, n_workers=2))
    assert one.config["n_parts"] > 2
    for index in range(one.config["n_parts"]):
        assert one.part(index).read_bytes() == two.part(index).read_bytes()


def test_extraction_goes_on_where_it_was(corpus: Corpus, tmp_path: Path) -> None:
    features = extract(corpus, MfccMean(), tmp_path, crew=ALONE)
    table = pq.read_table(features.part(0))
    features.part(0).unlink()
    reports: list[tuple[int, int]] = []
    extract(corpus, MfccMean(), tmp_path, crew=ALONE, progress=lambda *r: reports.append(r))
    assert reports[0] == (0, len(corpus.utterances))
    assert reports[-1] == (len(corpus.utterances), len(corpus.utterances))
    assert pq.read_table(features.part(0)).equals(table)
    assert not list(features.folder.glob("*.partial"))


def test_killed_extraction_started_again_gives_the_uninterrupted_table(
    large: Path, tmp_path: Path, data: Path
) -> None:
    whole = extract(load_corpus(large), LogMel(n_mels=20), tmp_path / "whole", crew=ALONE)
    command = [sys.executable, "-m", "voicegender", "extract", str(large), "--workers", "2"]
    command += ["--features", "log-mel", "--set", "n_mels=20"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list(data.glob("features/*/*/part-*.parquet")):
        assert process.poll() is None, "it ended before a part was made"
        assert time.monotonic() < deadline, "no part was made"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    made = FeatureSet(next(data.glob("features/*/*/config.json")).parent)
    assert made.missing, "it was done before it could be killed"
    subprocess.run(command, check=True, capture_output=True)
    assert made.is_complete
    for index in range(whole.config["n_parts"]):
        assert made.part(index).read_bytes() == whole.part(index).read_bytes()


@pytest.mark.usefixtures("data")
def test_ctrl_c_while_workers_get_ready_is_one_line(large: Path) -> None:
    command = [sys.executable, "-m", "voicegender", "extract", str(large), "--workers", "2"]
    for moment in (0.0, 0.1, 0.3):
        with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True) as process:
            try:
                wait_for_workers(process)
                time.sleep(moment)
                os.killpg(process.pid, signal.SIGINT)  # as a terminal does
                _, said = process.communicate(timeout=60)
            finally:
                process.kill()
        # A shell calls both 130: Python ends by the signal where it came amid a dataclass's making.
        assert process.returncode in (130, -signal.SIGINT), said
        assert said == b"voicegender: interrupted; the same command goes on\n"


def wait_for_workers(process: subprocess.Popen[bytes]) -> None:
    """Until there are two, and what minds their semaphores."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if len(psutil.Process(process.pid).children()) == 3:
            return
        time.sleep(0.01)
    pytest.fail("no workers were started")


@pytest.mark.parametrize("end", ["KeyboardInterrupt", "OSError"])
def test_workers_do_not_finish_long_tasks_of_who_gave_up(tmp_path: Path, end: str) -> None:
    script = tmp_path / "long.py"
    script.write_text(
        "import time\n"
        "from voicegender.workers import Processes\n"
        "if __name__ == '__main__':\n"
        "    try:\n"
        "        with Processes(2) as crew:\n"
        "            for _ in crew(time.sleep, [(0.01,), *[(3600,)] * 8]):\n"
        f"                raise {end}\n"
        f"    except {end}:\n"
        "        print('gave up', flush=True)\n"
    )
    said = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=60, check=True
    )
    assert (said.stdout, said.stderr) == ("gave up\n", "")


@pytest.mark.usefixtures("data")
def test_workers_end_with_a_killed_parent(large: Path) -> None:

    command = [sys.executable, "-m", "voicegender", "extract", str(large), "--workers", "2"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    workers: list[psutil.Process] = []
    deadline = time.monotonic() + 60
    while len(workers) < 3 and time.monotonic() < deadline:  # two workers, a resource tracker
        workers = psutil.Process(process.pid).children(recursive=True)
        time.sleep(0.01)
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert not alive


def test_a_second_extraction_of_the_same_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    features = extract(corpus, MfccMean(), tmp_path, crew=ALONE)
    features.part(0).unlink()
    with claimed(features.folder), pytest.raises(WorkError, match=r"process \d+ is already"):
        extract(corpus, MfccMean(), tmp_path, crew=ALONE)


def test_an_unfinished_set_is_not_loaded(corpus: Corpus, tmp_path: Path) -> None:
    features = extract(corpus, MfccMean(), tmp_path, crew=ALONE)
    features.part(0).unlink()
    with pytest.raises(WorkError, match="extraction is not finished"):
        features.load()
