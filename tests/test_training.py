"""What a run folder asks for, done; killed and gone on with; published."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from voicegender.augmentation import Augmentation
from voicegender.bundle import open_bundle
from voicegender.card import card
from voicegender.config import read_sealed, write_json
from voicegender.errors import SettingError, VoiceGenderError, WorkError
from voicegender.evaluation import rates
from voicegender.hearing import WHOLE
from voicegender.imports import import_features
from voicegender.process import claimed
from voicegender.publishing import publish
from voicegender.report import judged
from voicegender.requests import config_asked, run_asked
from voicegender.runs import Run, create_run, free_name, runs
from voicegender.scoring import scored
from voicegender.store import FeatureSet
from voicegender.training import train

TINY = ["network.channels=8", "network.embedding=8", "network.dilations=[1]"]


def test_a_finished_run_holds_all_it_promises(finished_run: Run) -> None:
    assert finished_run.state == "done"
    assert list(finished_run.history["epoch"]) == [1, 2]
    assert set(finished_run.history) >= {"loss", "accuracy", "val_loss", "val_accuracy", "seconds"}
    names = {path.name for path in finished_run.folder.iterdir()}
    assert names >= {"config.json", "split.parquet", "progress.json", "log.txt", "metrics.json"}
    assert list((finished_run.folder / "tensorboard").rglob("events*"))
    model = {path.name for path in finished_run.model.iterdir()}
    assert model == {"bundle.json", "model.onnx", "model.weights.h5", "metrics.json"}
    assert not list(finished_run.folder.rglob("*.pkl"))


def test_the_metrics_are_those_of_the_predictions(finished_run: Run) -> None:
    predictions = finished_run.table("predictions")
    assert predictions is not None
    assert rates(predictions)["accuracy"] == finished_run.metrics["recordings"]["accuracy"]
    split = finished_run.table("split")
    assert split is not None
    tested = split.loc[split["part"] == "test", "utterance_id"]
    assert set(predictions["utterance_id"]) == set(tested)


def test_baselines_stand_beside_the_network(finished_run: Run) -> None:
    assert set(finished_run.metrics["baselines"]) == {
        "majority",
        "f0-threshold",
        "logistic-regression",
    }
    predictions = finished_run.table("predictions")
    assert predictions is not None
    assert predictions["f0"].between(60, 400).all()


def test_the_log_tells_class_balance_and_parts_first(finished_run: Run) -> None:
    log = finished_run.log
    assert log.index("readers and recordings in each part") < log.index("epoch 1")


def test_a_bundle_says_the_corpus_was_synthetic(finished_run: Run) -> None:
    assert open_bundle(finished_run.model).facts["provenance"]["synthetic"] is True
    assert finished_run.metrics["data"]["synthetic"] is True


def test_a_bundles_answers_are_keras_answers(finished_run: Run) -> None:
    bundle = open_bundle(finished_run.model)
    config = finished_run.config
    model = config.network.build(config.features.n_features)
    model.load_weights(finished_run.model / "model.weights.h5")
    x = np.random.default_rng(0).normal(0, 20, (10, 128)).astype(np.float32)
    p = np.asarray(model(x))
    np.testing.assert_allclose(bundle.log_odds(x), np.log(p[:, 1] / p[:, 0]), atol=1e-4)


def test_scores_of_a_run_can_be_had_again_from_its_bundle(finished_run: Run) -> None:
    store = finished_run.folder.parent.parent / "features"
    features = next(
        FeatureSet(path.parent)
        for path in store.glob("*/*/config.json")
        if FeatureSet(path.parent).extractor == finished_run.config.features
    )
    split = finished_run.table("split")
    assert split is not None
    again = scored(open_bundle(finished_run.model), features, split[split["part"] == "test"])
    table = judged(again.table, open_bundle(finished_run.model).calibration)
    whole = table["seconds"] == WHOLE
    for name, rows in (("predictions", table[whole]), ("excerpts", table[~whole])):
        pd.testing.assert_frame_equal(rows.reset_index(drop=True), finished_run.table(name))


def test_training_a_finished_run_again_does_nothing(finished_run: Run) -> None:
    before = (finished_run.model / "model.onnx").stat().st_mtime_ns
    assert train(finished_run, Path("nowhere")) == finished_run.metrics
    assert (finished_run.model / "model.onnx").stat().st_mtime_ns == before


def command(corpus: Path, name: str, *settings: str) -> list[str]:
    """A small training that is fast enough to be made several times."""
    words = [sys.executable, "-m", "voicegender", "train", str(corpus), "--name", name]
    words += ["--network", "attentive", "--epochs", "6"]
    return [*words, *(word for setting in (*TINY, *settings) for word in ("--set", setting))]


def state(run: Run) -> str:
    """What goes on in a run's folder now."""
    return run.state


def started(words: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_for_epochs(run: Run, n: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 180
    while len(run.history) < n:
        assert process.poll() is None, run.log
        assert time.monotonic() < deadline, run.log
        time.sleep(0.02)


def test_a_run_killed_and_stopped_has_in_the_end_the_history_of_one_never_stopped(
    demo_corpus: Path, data: Path
) -> None:
    words = command(demo_corpus, "whole")
    subprocess.run(words, check=True, capture_output=True)
    words = [word for word in words if word not in ("--name", "whole")]
    run = Run(data / "runs/attentive-1")
    process = started(words)
    wait_for_epochs(run, 2, process)
    process.kill()
    process.wait()
    assert (state(run), run.metrics) == ("failed", {})

    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for_epochs(run, 4, process)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in said
    assert b"interrupted; the same command goes on" in said
    assert (state(run), run.metrics) == ("cancelled", {})

    again = subprocess.run(words, check=False, capture_output=True)
    assert again.returncode == 0, again.stderr
    assert b"going on after epoch" in again.stderr
    assert state(run) == "done"
    assert {found.name for found in runs(data / "runs")} == {"attentive-1", "whole"}
    whole = Run(data / "runs/whole")
    pd.testing.assert_frame_equal(
        run.history.drop(columns="seconds"), whole.history.drop(columns="seconds")
    )
    assert run.metrics["excerpts"] == whole.metrics["excerpts"]


def test_ctrl_c_at_the_very_end_takes_nothing_from_what_is_done(finished_run: Run) -> None:
    words = [sys.executable, "-m", "voicegender", "resume", str(finished_run.folder)]
    expected = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    late = (
        "import atexit, os, signal, sys; import voicegender.__main__ as command\n"
        "atexit.register(lambda: os.kill(os.getpid(), signal.SIGINT))\n"
        "atexit.register(lambda: os.kill(os.getpid(), signal.SIGTERM))\n"
        "sys.argv = ['voicegender', *sys.argv[1:]]; command.main()"
    )
    words = [sys.executable, "-c", late, "resume", str(finished_run.folder)]
    ended = subprocess.run(words, check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (0, expected)
    assert "Traceback" not in ended.stderr


def test_early_stopping_and_best_weights_keep_the_best_epoch(
    demo_corpus: Path, tmp_path: Path
) -> None:
    settings = ["fitting.epochs=12", "fitting.patience=1", "fitting.best_weights=true"]
    settings += ["fitting.average=0", "fitting.learning_rate=0.05", *TINY]
    config = config_asked(demo_corpus, "attentive", settings=settings)
    run = create_run(tmp_path / "runs", "early", config)
    train(run, tmp_path / "features", n_workers=1)
    history = run.history["val_loss"]
    assert len(history) < 12
    assert history.argmin() == len(history) - 2  # one epoch without a better one, then stopped
    best = config.network.build(64)
    best.load_weights(run.folder / "best.weights.h5")
    kept = config.network.build(64)
    kept.load_weights(run.model / "model.weights.h5")
    for a, b in zip(best.get_weights(), kept.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_training_starts_from_imported_features_as_from_our_own(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    paths = []
    for i, size in enumerate((120, 40, 40)):
        labels = np.arange(size) % 2
        x = rng.normal(size=(size, 8)) + 3 * labels[:, None]
        paths += [tmp_path / f"x{i}.csv", tmp_path / f"y{i}.csv"]
        np.savetxt(paths[-2], x)
        np.savetxt(paths[-1], labels)
    features = import_features(paths, tmp_path / "features", name="seed")
    settings = ["network.units=8", "network.dense=8", "fitting.epochs=30"]
    settings += ["fitting.learning_rate=0.02", "fitting.batch_size=20"]
    config = config_asked(features.folder, "seed-lstm", settings=settings)
    run = create_run(tmp_path / "runs", "imported", config)
    metrics = train(run, tmp_path / "features")
    assert metrics["recordings"]["accuracy"] > 0.9
    assert metrics["baselines"]["logistic-regression"]["accuracy"] > 0.9
    assert "f0-threshold" not in metrics["baselines"]
    assert not open_bundle(run.model).hears


def test_a_network_that_cannot_be_fed_so_is_refused_before_any_work(
    demo_corpus: Path, tmp_path: Path
) -> None:
    config = config_asked(demo_corpus, "attentive", features="mfcc-mean")
    with pytest.raises(SettingError, match=r"attentive: cannot be fed mfcc-mean .*log-mel"):
        create_run(tmp_path, "odd", config)
    assert not list(tmp_path.iterdir())


def test_augmentation_is_off_for_features_it_does_not_know(demo_corpus: Path) -> None:
    plain = config_asked(demo_corpus, "bilstm", features="mfcc")
    assert plain.augmentation == Augmentation.off()
    assert config_asked(demo_corpus, "bilstm").augmentation == Augmentation()
    asked = config_asked(
        demo_corpus, "bilstm", features="mfcc", settings=["augmentation.noise=0.5"]
    )
    with pytest.raises(SettingError, match="augmentation: is made for log-mel features, not mfcc"):
        asked.check()


def test_a_second_start_of_a_run_is_refused(demo_corpus: Path, tmp_path: Path) -> None:
    run = create_run(tmp_path, "twice", config_asked(demo_corpus, "seed-lstm"))
    with claimed(run.folder), pytest.raises(WorkError, match=rf"process {os.getpid()} is already"):
        train(run, tmp_path / "features")


def test_a_name_is_one_run_and_safe_as_a_folder(demo_corpus: Path, tmp_path: Path) -> None:
    create_run(tmp_path, "a", config_asked(demo_corpus, "seed-lstm"))
    with pytest.raises(WorkError, match="asked something else"):
        create_run(tmp_path, "a", config_asked(demo_corpus, "bilstm"))
    for name in ("../a", "", ".hidden", "a/b", "a" * 100):
        with pytest.raises(SettingError, match="begin with a letter or digit"):
            create_run(tmp_path, name, config_asked(demo_corpus, "seed-lstm"))
    assert free_name(tmp_path, "a") == "a-1"


def test_the_same_question_reads_back_from_its_folder(demo_corpus: Path, data: Path) -> None:
    settings = ["features.n_mels=40", "split.policy=random-readers", "fitting.patience=3"]
    settings += ["fitting.average=0", "network.dilations=[1, 5]", "augmentation.noise=0.25"]
    run = run_asked(demo_corpus, "attentive", settings=settings)
    config = Run(run.folder).config
    assert config == config_asked(demo_corpus, "attentive", settings=settings)
    assert config.network.dilations == (1, 5)  # type: ignore[attr-defined]  # attentive has them
    assert run.folder.parent == data / "runs"


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"subsets": ["nothing"]}, "no subset nothing"),
        (
            {"settings": ["split.policy=fold", "split.n_folds=99", "split.fold=98"]},
            "test part: has",
        ),
    ],
)
def test_what_cannot_be_split_is_refused_before_there_is_a_run(
    demo_corpus: Path, data: Path, asked: dict[str, Any], reason: str
) -> None:
    with pytest.raises(VoiceGenderError, match=reason):
        run_asked(demo_corpus, "probe", **asked)
    assert not (data / "runs").exists()


@pytest.mark.parametrize("content", ["", "{", '{"network": {"kind": "attentive"'])
def test_a_half_written_history_or_config_is_read_as_far_as_it_goes(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / "config.json").write_text(content)
    (tmp_path / "history.jsonl").write_text(json.dumps({"epoch": 1, "loss": 1.0}) + "\n" + content)
    run = Run(tmp_path)
    assert len(run.history) == 1
    assert run.state == "new"
    with pytest.raises(WorkError, match="is damaged"):
        _ = run.config


def test_a_published_model_answers_and_has_its_card(finished_run: Run, tmp_path: Path) -> None:
    folder = publish(finished_run, tmp_path / "mine")
    card = (folder / "README.md").read_text()
    assert "no statement about a person's gender identity" in " ".join(card.split())
    assert "synthetic corpus" in card
    assert "F0 above 160 Hz" in card
    assert f"voicegender export {finished_run.name} models/mine" in card
    assert open_bundle(folder).calibration == open_bundle(finished_run.model).calibration


def test_a_card_says_of_which_readers_its_scores_are(finished_run: Run, tmp_path: Path) -> None:
    folder = publish(finished_run, tmp_path / "mine")
    facts = read_sealed(folder / "bundle.json") or {}
    metrics = json.loads((folder / "metrics.json").read_text())
    assert "readers it never heard" in card(open_bundle(folder), "mine")
    assert "LibriSpeech (V. Panayotov" not in card(open_bundle(folder), "mine")
    facts["provenance"]["asked"]["split"]["policy"] = "leaky-by-recording"
    facts["provenance"]["synthetic"] = False
    metrics["data"]["librispeech"] = False
    write_json(folder / "bundle.json", facts)
    write_json(folder / "metrics.json", metrics)
    told = card(open_bundle(folder), "mine")
    assert "readers it learnt from (leaky-by-recording)" in told
    assert "readers it never heard" not in told
    assert "CC BY" not in told


def test_scores_of_other_settings_do_not_go_on_a_card(
    finished_run: Run, demo_corpus: Path, tmp_path: Path
) -> None:
    other = config_asked(demo_corpus, "bilstm").to_json()
    write_json(tmp_path / "metrics.json", {"asked": other})
    with pytest.raises(WorkError, match="was made with another network"):
        publish(finished_run, tmp_path / "model", crossval=tmp_path / "metrics.json")


def test_checkpoints_that_are_gone_are_not_taken_for_done_epochs(
    finished_run: Run, tmp_path: Path
) -> None:
    copy = Run(tmp_path / "copy")
    shutil.copytree(finished_run.folder, copy.folder)
    shutil.rmtree(copy.model)
    for path in copy.folder.glob("checkpoint-*"):
        path.unlink()
    train(copy, finished_run.folder.parent.parent / "features", n_workers=1)
    assert len(copy.history) == 2
    assert copy.history["loss"].tolist() == finished_run.history["loss"].tolist()


def test_an_unfinished_run_is_not_published(demo_corpus: Path, tmp_path: Path) -> None:
    run = create_run(tmp_path, "new", config_asked(demo_corpus, "seed-lstm"))
    with pytest.raises(WorkError, match="the run is new; voicegender resume new"):
        publish(run, tmp_path / "model")


def test_a_model_names_no_folder_of_the_machine_it_was_made_on(
    finished_run: Run, demo_corpus: Path
) -> None:
    for path in finished_run.model.glob("*.json"):
        assert str(demo_corpus.parent) not in path.read_text(), path.name
