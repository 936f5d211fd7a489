"""What can go from the feature store: named with its reason, deleted only when nobody needs it."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from voicegender import process, store_cleaning
from voicegender.config import write_json
from voicegender.corpus import load_corpus
from voicegender.demo_corpus import DemoCorpus
from voicegender.errors import WorkError
from voicegender.extraction import extract
from voicegender.features import LogMel, MfccMean
from voicegender.requests import config_asked
from voicegender.runs import create_run
from voicegender.store import FeatureSet, open_feature_set
from voicegender.store_cleaning import Stored, remove, stored


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six recordings."""
    return DemoCorpus(n_speakers=6, n_utterances=1)(tmp_path_factory.mktemp("corpora") / "voices")


@pytest.fixture
def made(corpus: Path, tmp_path: Path) -> FeatureSet:
    """A whole set in a store of its own."""
    return made_of(corpus, tmp_path)


def made_of(corpus: Path, folder: Path) -> FeatureSet:
    """Mean MFCC of a corpus, made by a process that has ended."""
    made = extract(load_corpus(corpus), MfccMean(), folder / "features")
    (made.folder / process.PROCESS).unlink()
    return made


def look(folder: Path) -> dict[str, Stored]:
    """What is in the store of a data folder, by name."""
    return {one.name: one for one in stored(folder / "features", folder / "runs")}


def only(folder: Path) -> Stored:
    """The one thing in the store."""
    (one,) = look(folder).values()
    return one


def delete(one: Stored, folder: Path) -> None:
    """As the page does."""
    remove(one, folder / "features", folder / "runs")


def test_a_set_no_run_uses_can_go_and_takes_its_space_with_it(
    made: FeatureSet, tmp_path: Path
) -> None:
    one = only(tmp_path)
    assert one.reasons == (store_cleaning.UNUSED,)
    assert one.n_bytes == sum(p.stat().st_size for p in made.folder.iterdir() if p.is_file())
    delete(one, tmp_path)
    assert not [*(tmp_path / "features").iterdir()]


@pytest.mark.usefixtures("made")
def test_a_set_that_a_run_uses_is_not_offered(corpus: Path, tmp_path: Path) -> None:
    create_run(tmp_path / "runs", "reader", config_asked(corpus, "seed-lstm"))
    one = only(tmp_path)
    assert one.runs == ("reader",)
    assert one.reasons == ()


def test_folds_of_a_cross_validation_use_a_set_together(
    corpus: Path, tmp_path: Path, made: FeatureSet
) -> None:
    for fold in ("fold-0", "fold-1"):
        create_run(tmp_path / "runs/cv/seed-0", fold, config_asked(corpus, "seed-lstm"))
    create_run(tmp_path / "runs", "other", config_asked(corpus, "attentive"))
    assert only(tmp_path).runs == ("cv",)
    assert made.is_complete


def test_a_set_of_a_corpus_that_has_changed_or_gone_can_go(tmp_path: Path) -> None:
    moved = DemoCorpus(n_speakers=6, n_utterances=1)(tmp_path / "voices")
    made_of(moved, tmp_path)
    os.utime(next(moved.rglob("*.flac")), (1, 1))
    assert store_cleaning.CHANGED in only(tmp_path).reasons
    moved.rename(tmp_path / "elsewhere")
    assert store_cleaning.GONE in only(tmp_path).reasons


def test_a_manifest_still_there_is_no_corpus_gone(corpus: Path, tmp_path: Path) -> None:
    paths = sorted(corpus.rglob("*.flac"))[:2]
    lines = [f"{p.relative_to(corpus)},{i},{'FM'[i]}" for i, p in enumerate(paths)]
    manifest = corpus / "some.csv"
    manifest.write_text("\n".join(["path,speaker_id,gender", *lines]))
    (corpus / "SPEAKERS.TXT").rename(corpus / "hidden")
    try:
        made_of(manifest, tmp_path)
        assert only(tmp_path).reasons == (store_cleaning.UNUSED,)
    finally:
        (corpus / "hidden").rename(corpus / "SPEAKERS.TXT")
        manifest.unlink()


def test_what_was_begun_and_what_a_killed_process_left_are_told_apart(
    corpus: Path, tmp_path: Path, made: FeatureSet
) -> None:
    begun = open_feature_set(tmp_path / "features", LogMel(), load_corpus(corpus))
    (made.folder / "part-00000.99.partial").write_bytes(b"half")
    (tmp_path / "features/0123/4567").mkdir(parents=True)
    found = {one.folder: one.reasons for one in look(tmp_path).values()}
    assert store_cleaning.BEGUN in found[begun.folder]
    assert store_cleaning.HALF in found[made.folder]
    assert store_cleaning.HALF in found[tmp_path / "features/0123/4567"]


def test_a_set_of_earlier_code_is_read_by_nobody(tmp_path: Path, made: FeatureSet) -> None:
    made.folder.parent.rename(tmp_path / "features" / "0123456789abcdef")
    assert store_cleaning.OUTDATED in only(tmp_path).reasons


def test_a_set_that_is_no_table_is_told_to_be_unreadable(tmp_path: Path, made: FeatureSet) -> None:
    (made.folder / "utterances.parquet").write_bytes(b"no table")
    assert store_cleaning.UNREADABLE in only(tmp_path).reasons


def test_a_set_is_not_deleted_under_an_extraction(tmp_path: Path, made: FeatureSet) -> None:
    one = only(tmp_path)
    code = (
        "import sys, pathlib, time; from voicegender.process import claimed\n"
        "with claimed(pathlib.Path(sys.argv[1])): print('in', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(made.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout
        assert worker.stdout.readline() == "in\n"
        with pytest.raises(WorkError, match=rf"{one.name}: process {worker.pid} is at work"):
            delete(one, tmp_path)
        assert only(tmp_path).busy
        worker.kill()
    delete(only(tmp_path), tmp_path)
    assert not made.folder.exists()


def test_a_set_is_not_deleted_under_a_training(
    corpus: Path, tmp_path: Path, made: FeatureSet
) -> None:
    one = only(tmp_path)
    run = create_run(tmp_path / "runs", "busy", config_asked(corpus, "seed-lstm"))
    write_json(run.folder / process.PROCESS, process.identity_of(os.getpid()))
    with pytest.raises(WorkError, match="the training busy is reading it"):
        delete(one, tmp_path)
    assert np.isfinite(made.load().values).all()


def test_nothing_outside_the_store_is_deleted(tmp_path: Path, made: FeatureSet) -> None:
    outside = tmp_path / "mine/photos"
    outside.mkdir(parents=True)
    link = tmp_path / "features/linked"
    link.symlink_to(outside.parent)
    for folder in (
        outside,
        link / "photos",
        made.folder.parent,
        tmp_path / "features/../mine/photos",
    ):
        with pytest.raises(WorkError, match="no folder of the feature store"):
            delete(Stored(folder, 0), tmp_path)
    assert outside.is_dir()
    assert made.is_complete
