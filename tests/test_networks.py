"""Settings -> Keras model; augmentation and fitting settings."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from voicegender.augmentation import Augmentation, warped
from voicegender.errors import SettingError
from voicegender.fitting import Fitting
from voicegender.network import Network
from voicegender.networks import NETWORKS, Attentive, BiLstm, SeedLstm
from voicegender.probe import Probe

SMALL = [
    SeedLstm(units=8, dense=4),
    BiLstm(units=8),
    Attentive(channels=8, embedding=8, attention=4, hidden=4),
    Probe(heads=3),
]


def frames(n: int, n_frames: int, n_features: int, seed: int = 0) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    return rng.normal(-8, 3, (n, n_frames, n_features)).astype(np.float32)


def test_the_seed_network_is_the_seeds_layer_by_layer() -> None:
    import keras

    network = SeedLstm()
    model = network.build(128)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == ["MinMax", "Reshape", "LSTM", "Dense", "Dense"]
    lstm, dense, out = model.layers[2:]
    assert (lstm.units, dense.units, out.units) == (256, 128, 2)
    assert dense.activation is keras.activations.relu
    assert out.activation is keras.activations.softmax
    assert lstm.input.shape == (None, 128, 1)
    fitting = network.fitting
    fitting.compile(model, n_steps=1)
    assert type(model.optimizer) is keras.optimizers.Adam
    assert float(model.optimizer.learning_rate) == pytest.approx(1e-3)
    assert model.loss == "sparse_categorical_crossentropy"
    assert (fitting.epochs, fitting.batch_size, fitting.shuffle) == (50, 72, False)
    assert (fitting.patience, fitting.best_weights) == (None, False)


def test_the_seed_networks_scaling_is_min_max_and_lies_in_its_weights(tmp_path: Path) -> None:
    network = SeedLstm(units=4, dense=4)
    x = np.random.default_rng(0).normal(3, 5, (50, 6)).astype(np.float32)
    x[:, 2] = 7  # a feature that never changes
    model, other = network.build(6), network.build(6)
    network.adapt(model, x)
    scaled = np.asarray(model.layers[0](x))
    np.testing.assert_allclose(scaled.min(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(np.delete(scaled.max(axis=0), 2), 1, atol=1e-6)
    assert np.isfinite(scaled).all()
    model.save_weights(tmp_path / "a.weights.h5")
    other.load_weights(tmp_path / "a.weights.h5")
    np.testing.assert_array_equal(np.asarray(model(x)), np.asarray(other(x)))


@pytest.mark.parametrize("network", SMALL, ids=lambda network: network.kind)
def test_onnx_answers_as_keras_does_at_any_length(network: Network, tmp_path: Path) -> None:
    from voicegender.export import write_onnx

    framed = network.features.framed
    width = network.features.n_features
    model = network.build(width)
    network.adapt(model, frames(1, 20, width)[0])
    for weight in model.trainable_weights:  # some begin as zeros
        weight.assign(np.random.default_rng(0).normal(0, 0.1, weight.shape))
    model = network.answering(model)
    write_onnx(model, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    name = session.get_inputs()[0].name
    for n_frames in (50, 137, 3000) if framed else (1,):
        x = frames(3, n_frames, width) if framed else frames(3, 1, width)[:, 0]
        answer = session.run(None, {name: x})[0]
        np.testing.assert_allclose(answer, np.asarray(model(x)), atol=1e-4)
        np.testing.assert_allclose(answer.sum(axis=1), 1, atol=1e-5)


def test_the_attentive_network_does_not_hear_the_gain() -> None:
    model = SMALL[2].build(64)
    x = frames(2, 100, 64)
    np.testing.assert_allclose(np.asarray(model(x)), np.asarray(model(x + 4)), atol=1e-4)


def test_every_network_says_what_it_can_be_fed_with_and_is_fed_so_by_default() -> None:
    for network in NETWORKS:
        assert network.features.kind in network.accepts
    assert len({network.kind for network in NETWORKS}) == len(NETWORKS)


def test_settings_of_networks_are_read_without_tensorflow() -> None:
    code = (
        "import sys, voicegender.networks, voicegender.runs, voicegender.ui.loaders;"
        "assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_augmentation_switched_off_changes_nothing() -> None:
    x = frames(4, 100, 64)
    np.testing.assert_array_equal(Augmentation.off()(x, np.random.default_rng(0)), x)


def test_augmentation_depends_on_its_generator_alone_and_leaves_its_input() -> None:
    x = frames(4, 100, 64)
    kept = x.copy()
    first, again, other = (Augmentation()(x, np.random.default_rng(s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    np.testing.assert_array_equal(x, kept)
    assert first.dtype == np.float32
    assert first.shape == x.shape
    assert np.isfinite(first).all()


def test_warping_moves_a_peak_by_its_factor() -> None:
    x = np.zeros((1, 1, 64), np.float32)
    x[0, 0, 40] = 1
    assert int(warped(x, np.array([0.8])).argmax()) == 50
    np.testing.assert_array_equal(warped(x, np.array([1.0])), x)


def test_added_noise_lies_at_its_level_below_the_voice() -> None:
    quiet = Augmentation(warp=0, equaliser=0, masks=0, noise=1, quietest_noise=20, loudest_noise=20)
    x = np.full((200, 50, 64), -30.0, np.float32)
    x[:, ::2] = 0.0  # a voice half of the time: its mean power is 1/2
    noise = np.exp(quiet(x, np.random.default_rng(0))[:, 1::2]).mean()
    assert 10 * np.log10(0.5 / noise) == pytest.approx(20, abs=1.5)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Fitting(epochs=0), "fitting epochs: 0 will not do; 1 or more"),
        (lambda: Fitting(shortest=2.0, longest=1.0), "shortest <= longest"),
        (lambda: Fitting(learning_rate=0.0), "learning_rate"),
        (lambda: Fitting(average=0.9, patience=3), "average replaces the weights"),
        (lambda: Fitting(average=2.0), "shares below 1"),
        (lambda: Fitting(seed=-1), "fitting seed: -1"),
        (lambda: Augmentation(noise=2.0), "noise and warp are shares"),
        (lambda: SeedLstm(units=0), "seed-lstm units: 0"),
        (lambda: Attentive(dilations=(1, 0)), "attentive dilations: 0"),
        (lambda: BiLstm(dropout=1.0), "bilstm dropout"),
    ],
)
def test_settings_that_make_no_sense_are_refused(make: "object", reason: str) -> None:
    with pytest.raises(SettingError, match=reason):
        make()  # type: ignore[operator]  # one of the functions above
