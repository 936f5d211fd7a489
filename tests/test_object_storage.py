"""Corpora and feature stores at addresses: a real S3 server, pages over HTTP, a memory."""

import http.server
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dask_cluster import parts, said, scheduler_running, worker
from voicegender import objects, recordings
from voicegender.addresses import is_remote, place_at, upath
from voicegender.audio import load_audio, read_excerpt
from voicegender.cluster import Cluster
from voicegender.corpus import Corpus, load_corpus
from voicegender.errors import CorpusError, SettingError, VoiceGenderError, WorkError
from voicegender.extraction import extract
from voicegender.features import Extractor, LogMel, MfccMean
from voicegender.requests import config_asked
from voicegender.runs import create_run
from voicegender.store import FeatureSet
from voicegender.training import train, utterances_asked
from voicegender.workers import worked

ALONE = partial(worked, n_workers=1)
N_COPIES = 7
"""How often the synthetic corpus is put: enough for several parts."""


class Pages(http.server.SimpleHTTPRequestHandler):
    """Python's own server of a folder, silent; it knows no ranges."""

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """Address of a bucket on a real S3-compatible server, which the environment names."""
    from moto.server import ThreadedMotoServer
    from s3fs import S3FileSystem

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        logging.getLogger("werkzeug").setLevel(logging.WARNING)  # it tells each request
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "ours")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        S3FileSystem.clear_instance_cache()
        S3FileSystem().mkdir("voices")
        yield "s3://voices"
        S3FileSystem.clear_instance_cache()
    server.stop()


def put(source: Path, to: str) -> str:
    """All files of a folder at an address."""
    address = upath(place_at(to))
    files = {
        f"{address.path}/{path.relative_to(source).as_posix()}": path.read_bytes()
        for path in source.rglob("*")
        if path.is_file()
    }
    address.fs.pipe(files)
    return to


@pytest.fixture(scope="module")
def corpus(demo_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """A corpus of several parts on this machine: the synthetic one many times over."""
    root = tmp_path_factory.mktemp("large")
    for path in demo_corpus.glob("*/*/*/*.flac"):
        for copy in range(N_COPIES):
            speaker, _, number = path.stem.split("-")
            chapter = root / path.relative_to(demo_corpus).parent.parent / f"9{copy:03d}"
            chapter.mkdir(parents=True, exist_ok=True)
            os.link(path, chapter / f"{speaker}-{chapter.name}-{number}.flac")
    os.link(demo_corpus / "SPEAKERS.TXT", root / "SPEAKERS.TXT")
    return load_corpus(root)


@pytest.fixture(scope="module")
def there(s3: str, corpus: Corpus) -> str:
    """The same corpus at an address."""
    return put(corpus.root, f"{s3}/LibriSpeech")


@pytest.fixture(scope="module")
def here(
    corpus: Corpus, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Extractor], FeatureSet]:
    """What this machine's disk and one process make of the corpus."""
    store = tmp_path_factory.mktemp("store")
    return lambda extractor: extract(corpus, extractor, store, crew=ALONE)


def facts(corpus: Corpus) -> pd.DataFrame:
    """What a corpus says of its recordings wherever it lies."""
    return corpus.utterances.drop(columns="mtime")


def command(*words: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """A command of a person's, ended."""
    line = [sys.executable, "-m", "voicegender", *words]
    return subprocess.run(
        line, env=os.environ | more, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.usefixtures("data")
def test_a_corpus_in_a_bucket_is_the_corpus_on_disk(
    there: str, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = load_corpus(there)
    pd.testing.assert_frame_equal(facts(found), facts(corpus))
    assert found.problems == corpus.problems
    assert str(found.root) == there
    monkeypatch.setattr(recordings, "read_duration", lambda _: pytest.fail("known already"))
    assert load_corpus(there).digest == found.digest


@pytest.mark.usefixtures("data")
def test_an_object_that_is_put_anew_makes_another_corpus(s3: str, demo_corpus: Path) -> None:
    address = put(demo_corpus, f"{s3}/changing")
    before = load_corpus(address)
    put(demo_corpus, address)
    assert load_corpus(address).digest == before.digest  # it holds what it held
    first, second = (place_at(address) / path for path in before.utterances["path"][:2])
    first.write_bytes(second.read_bytes())
    assert load_corpus(address).digest != before.digest


@pytest.mark.usefixtures("data")
def test_a_manifest_in_a_bucket_lists_its_recordings_and_none_outside(
    s3: str, demo_corpus: Path, tmp_path: Path
) -> None:
    path = next(demo_corpus.glob("*/*/*/*.flac"))
    name = path.relative_to(demo_corpus).as_posix()
    lines = ["path,speaker_id,gender", f"{name},1,F", "gone.flac,2,M", "../changing/x.flac,3,F"]
    (tmp_path / "mine.csv").write_text("\n".join(lines))
    put(demo_corpus, f"{s3}/listed")
    put(tmp_path, f"{s3}/listed")
    found = load_corpus(f"{s3}/listed/mine.csv")
    assert found.utterances["path"].tolist() == [name]
    assert found.utterances["size"].tolist() == [path.stat().st_size]
    reasons = [problem.reason for problem in found.problems]
    assert reasons == ["cannot be read", "the path leads out of the manifest's folder"]


@pytest.mark.usefixtures("data")
def test_features_from_bucket_to_bucket_are_those_made_here_also_gone_on_with(
    s3: str, there: str, here: Callable[[Extractor], FeatureSet]
) -> None:
    expected = here(LogMel())
    store, reports = place_at(f"{s3}/features"), list[tuple[int, int]]()
    made = extract(load_corpus(there), LogMel(), store, crew=ALONE)
    assert parts(made) == parts(expected)
    assert len(parts(made)) > 2
    upath(made.folder).fs.rm_file(upath(made.part(1)).path)
    assert not made.is_complete
    again = extract(
        load_corpus(there), LogMel(), store, crew=ALONE, progress=lambda *r: reports.append(r)
    )
    n = len(made.utterances())
    assert reports[0] == (n - len(made.rows_of(1)), n)
    assert parts(again) == parts(expected)
    own = {
        "config.json",
        "utterances.parquet",
        *(made.part(i).name for i in range(len(parts(expected)))),
    }
    assert {path.name for path in again.folder.iterdir()} == own
    np.testing.assert_array_equal(again.load().values, expected.load().values)


@pytest.mark.usefixtures("data")
def test_a_cluster_that_shares_no_folder_makes_the_same_also_when_a_worker_is_killed(
    s3: str, there: str, here: Callable[[Extractor], FeatureSet], tmp_path: Path
) -> None:
    remote = load_corpus(there)
    with ExitStack() as stack:
        address = stack.enter_context(scheduler_running(tmp_path / "scheduler.log"))
        logs = [tmp_path / f"worker-{i}.log" for i in range(2)]
        first, _ = [stack.enter_context(worker(address, log)) for log in logs]
        for log in logs:
            said(log, r"(Registered to)")

        def killing(done: int, total: int) -> None:
            if 0 < done < total and first.poll() is None:
                first.send_signal(signal.SIGKILL)
                first.wait()

        store = place_at(f"{s3}/cluster")
        made = extract(remote, LogMel(), store, crew=Cluster(address), progress=killing)
    assert first.returncode == -signal.SIGKILL
    assert parts(made) == parts(here(LogMel()))


def test_the_command_takes_addresses_and_worker_processes(
    s3: str, there: str, here: Callable[[Extractor], FeatureSet], data: Path
) -> None:
    store = f"{s3}/commanded"
    done = command("extract", there, "--store", store, "--workers", "2")
    assert done.returncode == 0, done.stderr
    assert f"{store}/" in done.stdout
    (folder,) = {path.parent for path in place_at(store).glob("*/*/config.json")}
    assert parts(FeatureSet(folder)) == parts(here(MfccMean()))
    assert not (data / "features").exists()


def test_a_network_is_trained_on_a_bucket(s3: str, demo_corpus: Path, data: Path) -> None:
    address = put(demo_corpus, f"{s3}/small")
    store = place_at(f"{s3}/trained")
    config = config_asked(address, "seed-lstm", settings=["fitting.epochs=1"])
    metrics = train(create_run(data / "runs", "remote", config), store, n_workers=1)
    assert metrics["recordings"]["n"] > 0
    assert len([*(data / "cache").glob("*/values.npy")]) == 1
    (made,) = {path.parent for path in store.glob("*/*/config.json")}
    again = config_asked(str(made), "seed-lstm")
    assert len(utterances_asked(again)) == len(load_corpus(demo_corpus).utterances)


@pytest.mark.usefixtures("data")
def test_a_corpus_on_pages_is_the_corpus_on_disk(demo_corpus: Path, tmp_path: Path) -> None:
    handler = partial(Pages, directory=str(demo_corpus.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/{demo_corpus.name}"
        found, here = load_corpus(address), load_corpus(demo_corpus)
        pd.testing.assert_frame_equal(facts(found), facts(here))
        made = extract(found, MfccMean(), tmp_path / "pages", crew=ALONE)
        assert parts(made) == parts(extract(here, MfccMean(), tmp_path / "disk", crew=ALONE))
        with pytest.raises(WorkError, match="nowhere: nothing is here"):
            load_corpus(f"{address}/nowhere")
        server.shutdown()


@pytest.mark.usefixtures("data")
def test_a_page_that_is_missing_below_does_not_go_unseen(demo_corpus: Path) -> None:
    readers = sorted((demo_corpus / "train-clean-100").iterdir())

    class Holed(Pages):
        def do_GET(self) -> None:
            if self.path.rstrip("/").endswith(f"/{readers[1].name}"):
                self.send_error(404)
            else:
                super().do_GET()

    handler = partial(Holed, directory=str(demo_corpus.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(WorkError, match="page that is linked to is missing"):
            load_corpus(f"http://127.0.0.1:{server.server_port}/{demo_corpus.name}")
        server.shutdown()


@pytest.mark.usefixtures("data")
def test_a_memory_serves_as_corpus_and_store(demo_corpus: Path, tmp_path: Path) -> None:
    found = load_corpus(put(demo_corpus, "memory://voices"))
    here = load_corpus(demo_corpus)
    pd.testing.assert_frame_equal(facts(found), facts(here))
    made = extract(found, MfccMean(), place_at("memory://features"), crew=ALONE)
    assert parts(made) == parts(extract(here, MfccMean(), tmp_path, crew=ALONE))


@pytest.mark.usefixtures("data")
def test_a_recording_that_vanished_is_left_out_and_a_corpus_that_did_is_no_ones_fault(
    s3: str, demo_corpus: Path
) -> None:
    found = load_corpus(put(demo_corpus, f"{s3}/vanishing"))
    (found.root / found.utterances["path"].iat[0]).unlink()
    store = place_at(f"{s3}/vanished")
    errors = extract(found, MfccMean(), store, crew=ALONE).errors()
    assert errors["error"].tolist() == ["no such file"]
    upath(found.root).fs.rm(upath(found.root).path, recursive=True)
    with pytest.raises(WorkError, match="vanishing: this worker does not see the corpus"):
        extract(found, LogMel(), store, crew=ALONE)


def test_a_long_recording_is_read_by_ranges(
    s3: str, demo_corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = next(demo_corpus.glob("*/*/*/*.flac"))
    address = place_at(put(path.parent, f"{s3}/long")) / path.name
    asked: list[int] = []
    hold = objects.Ranged._hold  # noqa: SLF001  # to see what is asked

    def noted(file: objects.Ranged, first: int, n: int) -> None:
        asked.append(n)
        hold(file, first, n)

    monkeypatch.setattr(objects.Ranged, "_hold", noted)
    monkeypatch.setattr(objects.Ranged.__init__, "__kwdefaults__", {"size": None, "block": 4096})
    np.testing.assert_array_equal(read_excerpt(address, 1.0, 1.0), read_excerpt(path, 1.0, 1.0))
    assert 0 < sum(asked) < path.stat().st_size
    np.testing.assert_array_equal(load_audio(address), load_audio(path))


@pytest.mark.parametrize(
    ("address", "error", "words"),
    [
        ("s3://voices/nothing", WorkError, "s3://voices/nothing: nothing is here"),
        ("s3://voices/LibriSpeech/dev-clean", CorpusError, "no corpus: no SPEAKERS.TXT here"),
        ("s3://nobody/LibriSpeech", WorkError, "s3://nobody/LibriSpeech: nothing is .*bucket"),
        ("memory://nothing", WorkError, "nothing is here"),
        ("http://127.0.0.1:9/voices", WorkError, r"http://127\.0\.0\.1:9/\S+: cannot be reached"),
        ("nonsense://voices", SettingError, "nonsense://voices: is no address"),
        ("s3://", SettingError, "is no address"),
        ("gs://bucket/voices", SettingError, "not installed.*pip install"),
    ],
)
@pytest.mark.usefixtures("there")
def test_an_address_that_does_not_serve_is_said(
    address: str, error: type[VoiceGenderError], words: str
) -> None:
    with pytest.raises(error, match=words):
        load_corpus(address)


def test_a_store_that_does_not_serve_is_said(s3: str, demo_corpus: Path) -> None:
    assert s3
    with pytest.raises(WorkError, match=r"s3://nobody/features\S*: nothing is here .*bucket"):
        extract(load_corpus(demo_corpus), MfccMean(), place_at("s3://nobody/features"), crew=ALONE)


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "cannot be reached"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "is not open to us"),
    ],
)
def test_a_command_that_reaches_no_bucket_ends_in_one_line(
    named: dict[str, str], words: str, s3: str, data: Path
) -> None:
    named |= {"AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1"}
    done = command("extract", f"{s3}/LibriSpeech", "--store", f"{s3}/features", **named)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not data.exists()


def test_paths_ask_nothing_of_fsspec(demo_corpus: Path) -> None:
    assert not is_remote(place_at(str(demo_corpus)))
    code = (
        "import sys; from voicegender.corpus import load_corpus; import voicegender.training;"
        f"load_corpus({str(demo_corpus)!r}); print({{'fsspec', 'upath'}} & {{*sys.modules}})"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"
