"""Runs and models whose bytes changed on the disk: gone on with rightly, or refused in one line."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path

import keras
import numpy as np
import pytest

from voicegender.bundle import check_files, open_bundle
from voicegender.callbacks import BEST, checkpoint
from voicegender.config import read_sealed
from voicegender.errors import ModelError, WorkError
from voicegender.fit import _restored
from voicegender.history import HISTORY, add_to_history, read_history
from voicegender.places import places
from voicegender.prediction import load_model
from voicegender.publishing import publish
from voicegender.requests import config_asked
from voicegender.runs import Run, create_run
from voicegender.seals import seal_file
from voicegender.training import train

MODEL = places().default_model
FILES = ("model.onnx", "model.weights.h5")


def flip(path: Path, at: float = 0.5) -> None:
    """Change one bit of a file."""
    data = bytearray(path.read_bytes())
    data[int(at * len(data))] ^= 8
    path.write_bytes(data)


def cut(path: Path) -> None:
    """Lose the second half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def copy_of(run: Run, folder: Path) -> Run:
    """A run as if it had been killed before its model was there."""
    shutil.copytree(run.folder, folder)
    shutil.rmtree(folder / "model")
    return Run(folder)


def test_a_run_with_damaged_files_ends_as_the_whole_one(
    finished_run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = copy_of(finished_run, tmp_path / "copy")
    cut(checkpoint(run.folder, 2))
    (run.folder / "progress.json").write_text("")
    (run.folder / "metrics.json").write_text("{")
    train(run, finished_run.folder.parent.parent / "features", n_workers=1)
    assert "checkpoint-00002.weights.h5 is damaged: its epoch is made again" in caplog.text
    assert "going on after epoch 1" in caplog.text
    assert run.history["loss"].tolist() == finished_run.history["loss"].tolist()
    assert run.metrics["recordings"] == finished_run.metrics["recordings"]


def test_a_damaged_split_is_made_again_and_nothing_learnt_by_it_is_kept(
    finished_run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = copy_of(finished_run, tmp_path / "copy")
    flip(run.folder / "split.parquet")
    train(run, finished_run.folder.parent.parent / "features", n_workers=1)
    assert "split.parquet: is damaged" in caplog.text
    assert "going on after" not in caplog.text
    split, whole = run.table("split"), finished_run.table("split")
    assert split is not None
    assert whole is not None
    assert split.equals(whole)
    assert run.history["loss"].tolist() == finished_run.history["loss"].tolist()


def test_the_history_is_read_up_to_its_first_damaged_line(tmp_path: Path) -> None:
    for epoch in (1, 2, 3):
        add_to_history(tmp_path, {"epoch": epoch, "val_loss": 0.1234 / epoch})
    whole = (tmp_path / HISTORY).read_bytes()
    assert read_history(tmp_path)["val_loss"].tolist() == [0.1234, 0.0617, 0.1234 / 3]
    assert "seal" not in read_history(tmp_path)
    for content, n_epochs in (
        (whole[:-20], 2),
        (whole + b'{"epoch": 4, "va', 3),
        (whole + b"\xff\xfe\x00", 3),
        (whole + b"4\n", 3),
        (whole.replace(b"0.0617", b"0.0618"), 1),
        (b"", 0),
    ):
        (tmp_path / HISTORY).write_bytes(content)
        assert len(read_history(tmp_path)) == n_epochs, content


@pytest.mark.parametrize("damage", [flip, cut])
@pytest.mark.parametrize("victim", [checkpoint(Path(), 2).name, BEST])
def test_a_run_goes_on_from_whole_weights_or_begins_anew(
    tmp_path: Path, victim: str, damage: Callable[[Path], None]
) -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    weights = {}
    for epoch in (1, 2):
        add_to_history(tmp_path, {"epoch": epoch, "val_loss": 1.0})
        weights[epoch] = [np.full(w.shape, epoch, np.float32) for w in model.get_weights()]
        model.set_weights(weights[epoch])
        for path in (checkpoint(tmp_path, epoch), tmp_path / BEST):
            model.save_weights(path)
            seal_file(path)
    fresh = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    before = fresh.get_weights()
    damage(tmp_path / victim)
    kept = 0 if victim == BEST else 1
    assert _restored(fresh, tmp_path, read_history(tmp_path), best=True) == kept
    for a, b in zip(fresh.get_weights(), weights.get(kept, before), strict=True):
        np.testing.assert_array_equal(a, b)
    assert len(read_history(tmp_path)) == kept


def test_a_run_whose_question_is_damaged_is_neither_gone_on_with_nor_overwritten(
    finished_run: Run, demo_corpus: Path, tmp_path: Path
) -> None:
    config = config_asked(demo_corpus, "seed-lstm")
    for content in (
        "",
        "{",
        json.dumps({**config.to_json(), "seal": "0"}),
    ):
        folder = tmp_path / "damaged"
        folder.mkdir(exist_ok=True)
        (folder / "config.json").write_text(content)
        with pytest.raises(WorkError, match=r"config.json: is damaged.*; start another run"):
            create_run(tmp_path, "damaged", config)
        with pytest.raises(WorkError, match="is damaged"):
            _ = Run(folder).config
        assert (folder / "config.json").read_text() == content
    assert finished_run.config.fitting.epochs == 2


def test_scores_of_a_finished_run_are_those_of_its_model_where_its_own_are_damaged(
    finished_run: Run, tmp_path: Path
) -> None:
    shutil.copytree(finished_run.folder, tmp_path / "copy")
    run = Run(tmp_path / "copy")
    text = (run.folder / "metrics.json").read_text()
    (run.folder / "metrics.json").write_text(text.replace('"accuracy": 0.', '"accuracy": 0.9', 1))
    assert train(run, Path("nowhere"))["recordings"] == finished_run.metrics["recordings"]
    (run.model / "metrics.json").write_text("{")
    with pytest.raises(WorkError, match="copy: its scores are damaged; train once more"):
        train(run, Path("nowhere"))


OF_FINISHED = ["split.parquet", "predictions.parquet", "excerpts.parquet", "metrics.json"]
OF_FINISHED.append("model/metrics.json")


@pytest.mark.parametrize(
    ("victim", "damage"),
    # Of epochs whole lines may be lost unseen.
    [*product(OF_FINISHED, [flip, cut, Path.unlink]), (HISTORY, flip), (HISTORY, Path.unlink)],
)
def test_what_is_damaged_of_a_finished_run_is_said_and_not_published(
    finished_run: Run,
    tmp_path: Path,
    victim: str,
    damage: Callable[[Path], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    run = Run(shutil.copytree(finished_run.folder, tmp_path / "copy"))
    assert run.damaged() == []
    damage(run.folder / victim)
    assert train(run, tmp_path) == finished_run.metrics
    assert f"{victim} is damaged or gone; train once more, as another run" in caplog.text
    with pytest.raises(WorkError, match=f"{victim}: is damaged"):
        publish(run, tmp_path / "published")
    assert not (tmp_path / "published").exists()


def test_of_a_run_of_a_version_without_checksums_nothing_is_missed(
    finished_run: Run, tmp_path: Path
) -> None:
    run = Run(shutil.copytree(finished_run.folder, tmp_path / "copy"))
    config = run.folder / "config.json"
    config.write_text(json.dumps(read_sealed(config)))
    for name in ("excerpts.parquet", "metrics.json", HISTORY):
        (run.folder / name).unlink()
    assert run.damaged() == []


def test_a_run_whose_question_is_damaged_is_not_published(
    finished_run: Run, tmp_path: Path
) -> None:
    run = Run(shutil.copytree(finished_run.folder, tmp_path / "copy"))
    flip(run.folder / "config.json")
    with pytest.raises(WorkError, match=r"config\.json: is damaged"):
        publish(run, tmp_path / "published")
    assert not (tmp_path / "published").exists()


@pytest.mark.parametrize("at", [0.01, 0.5, 0.99])
def test_a_model_of_which_a_byte_has_changed_does_not_answer(tmp_path: Path, at: float) -> None:
    folder = tmp_path / "model"
    shutil.copytree(MODEL, folder)
    flip(folder / "model.onnx", at)
    with pytest.raises(ModelError, match=r"model.onnx: is damaged: not the file .*; export or"):
        load_model(folder)


def test_the_command_refuses_a_damaged_model_in_one_line(tmp_path: Path, demo_corpus: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(MODEL, folder)
    flip(folder / "model.onnx")
    recording = next(demo_corpus.rglob("*.flac"))
    words = [sys.executable, "-m", "voicegender", "predict", str(recording), "--model", str(folder)]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert "model.onnx: is damaged" in ended.stderr


def test_a_model_of_a_version_without_checksums_answers(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(MODEL, folder)
    facts = read_sealed(folder / "bundle.json") or {}
    assert {*facts.pop("files")} == {*FILES}
    (folder / "bundle.json").write_text(json.dumps(facts))
    load_model(folder)
    check_files(open_bundle(folder))


def test_the_models_that_ship_and_are_made_are_whole(finished_run: Run) -> None:
    for folder in (MODEL, finished_run.model):
        assert {*open_bundle(folder).facts["files"]} == {*FILES}
        check_files(open_bundle(folder))


def test_a_model_with_damaged_weights_is_not_published(finished_run: Run, tmp_path: Path) -> None:
    shutil.copytree(finished_run.folder, tmp_path / "copy")
    run = Run(tmp_path / "copy")
    flip(run.model / "model.weights.h5")
    with pytest.raises(ModelError, match=r"model.weights.h5: is damaged"):
        publish(run, tmp_path / "mine")
    (run.model / "model.weights.h5").unlink()
    with pytest.raises(ModelError, match=r"model.weights.h5: is damaged"):
        publish(run, tmp_path / "mine")
    assert not (tmp_path / "mine").exists()
