"""What trains, how precisely, and on how many devices."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import pytest

from voicegender.config import to_json
from voicegender.devices import VARIABLE, Devices, devices_asked
from voicegender.errors import SettingError
from voicegender.fitting import PRECISIONS, Fitting
from voicegender.imports import import_features
from voicegender.network import Network
from voicegender.networks import Attentive, BiLstm, SeedLstm
from voicegender.probe import Probe
from voicegender.requests import config_asked
from voicegender.runs import Run, create_run

MIXED_TOLERANCE = 0.02
"""Of a probability: half precision keeps three digits of each product."""
SMALL = [
    SeedLstm(units=8, dense=4),
    BiLstm(units=8),
    Attentive(channels=8, embedding=8, attention=4, hidden=4),
    Probe(heads=3),
]


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two kinds of vectors that can be told apart; 121 learn: the last batch of 24 holds one."""
    folder, rng, paths = tmp_path_factory.mktemp("imported"), np.random.default_rng(0), []
    for i, size in enumerate((121, 41, 40)):
        labels = np.arange(size) % 2
        paths += [folder / f"x{i}.csv", folder / f"y{i}.csv"]
        np.savetxt(paths[-2], rng.normal(size=(size, 8)) + 3 * labels[:, None])
        np.savetxt(paths[-1], labels)
    return import_features(paths, folder / "features", name="seed").folder


def trained(imported: Path, data: Path, name: str, on: str, *settings: str) -> Run:
    """A small seed network trained by the command on the devices named."""
    words = [sys.executable, "-m", "voicegender", "train", str(imported), "--name", name]
    words += ["--network", "seed-lstm", "--epochs", "3"]
    for setting in ("network.units=8", "network.dense=8", "fitting.batch_size=24", *settings):
        words += ["--set", setting]
    env = os.environ | {VARIABLE: on, "VOICEGENDER_DATA": str(data)}
    done = subprocess.run(words, env=env, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return Run(data / "runs" / name)


@pytest.fixture(scope="module")
def on_one(imported: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return trained(imported, tmp_path_factory.mktemp("one"), "one", "")


def test_two_devices_give_the_losses_of_one_and_say_so(
    imported: Path, on_one: Run, tmp_path: Path
) -> None:
    run = trained(imported, tmp_path, "two", "CPU:0, CPU:1")
    one, two = (r.history.drop(columns="seconds") for r in (on_one, run))
    pd.testing.assert_frame_equal(one, two, atol=2e-3, rtol=0)
    assert one["loss"].diff().iloc[1:].abs().min() > 1e-3  # something was learnt
    assert run.log.count("trained on the processor, as 2 devices, float32") == 1
    assert "trained on the processor, float32" in on_one.log
    assert run.state == "done"


def test_mixed_precision_trains_alike_and_its_model_is_float32(
    imported: Path, on_one: Run, tmp_path: Path
) -> None:
    run = trained(imported, tmp_path, "mixed", "", "fitting.precision=mixed_float16")
    assert "trained on the processor, mixed_float16" in run.log
    assert run.config.fitting.precision == "mixed_float16"
    losses, mixed = on_one.history["loss"], run.history["loss"]
    assert 0 < (losses - mixed).abs().max() < 0.05
    session = onnxruntime.InferenceSession(run.model / "model.onnx")
    model = run.config.network.build(8)
    model.load_weights(run.model / "model.weights.h5")
    x = np.random.default_rng(0).normal(1.5, 2, (20, 8)).astype(np.float32)
    said = session.run(None, {session.get_inputs()[0].name: x})[0]
    assert said.dtype == np.float32
    np.testing.assert_allclose(said, np.asarray(model(x)), atol=1e-4)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("network", SMALL, ids=lambda network: network.kind)
def test_a_network_answers_in_float32_and_alike_in_each_precision(
    network: Network, precision: str
) -> None:
    import keras

    rng, width = np.random.default_rng(0), network.features.n_features
    shape = (4, 60, width) if network.features.framed else (40, width)
    x = rng.normal(-8, 3, shape).astype(np.float32)
    plain = network.build(width)
    network.adapt(plain, x.reshape(-1, width))
    for weight in plain.trainable_weights:  # some begin as zeros
        weight.assign(rng.normal(0, 0.1, weight.shape))
    keras.config.set_dtype_policy(precision)
    try:
        model = network.build(width)
    finally:
        keras.config.set_dtype_policy("float32")
    model.set_weights(plain.get_weights())
    said = np.asarray(model(x))
    assert said.dtype == np.float32
    np.testing.assert_allclose(said, np.asarray(plain(x)), atol=MIXED_TOLERANCE)
    assert np.ptp(said) > 0.01
    assert {w.dtype for w in model.trainable_weights} == {"float32"}


def test_a_run_of_before_there_was_a_precision_is_still_the_same_run(
    imported: Path, tmp_path: Path
) -> None:
    config = config_asked(imported, "seed-lstm")
    run = create_run(tmp_path, "a", config)
    asked = json.loads((run.folder / "config.json").read_text())
    assert "precision" not in asked["fitting"]
    assert run.config.fitting.precision == "float32"
    mixed = config_asked(imported, "seed-lstm", settings=["fitting.precision=mixed_float16"])
    assert create_run(tmp_path, "b", mixed).config == mixed
    assert to_json(mixed.fitting) != to_json(config.fitting)


def test_a_precision_that_is_none_is_refused() -> None:
    with pytest.raises(SettingError, match=r"fitting precision.*float64.*one of float32, mixed"):
        Fitting(precision="float64")


@pytest.mark.parametrize("named", ["TPU:0", "CPU", "GPU:0,CPU:0", "CPU:0,CPU:0", "CPU:0;CPU:1"])
def test_devices_that_are_none_are_refused_before_any_work(
    monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.setenv(VARIABLE, named)
    with pytest.raises(SettingError, match=VARIABLE + ".*names no devices"):
        devices_asked()


def test_a_card_that_is_not_there_is_named(imported: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "voicegender", "train", str(imported), "--network", "seed-lstm"]
    env = os.environ | {VARIABLE: "GPU:7", "VOICEGENDER_DATA": str(tmp_path)}
    done = subprocess.run(words, env=env, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert re.search(VARIABLE + r": GPU:7 is not here", done.stderr)
    assert "Traceback" not in done.stderr


def test_devices_are_said_in_words() -> None:
    assert str(Devices(("CPU:0",))) == "the processor"
    assert str(Devices(("GPU:0",), ("NVIDIA H100",))) == "1 GPU (NVIDIA H100)"
    two = Devices(("GPU:0", "GPU:1"), ("NVIDIA A100", "NVIDIA A100"))
    assert str(two) == "2 GPUs (2 x NVIDIA A100)"
