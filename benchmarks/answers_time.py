"""Answers: from a cold start, once loaded, a thousand files, an hour in one file."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
from measured import Row, in_turn, ran

from voicegender.audio import SAMPLE_RATE, Samples, load_audio
from voicegender.bundle import Bundle
from voicegender.config import from_json
from voicegender.inference import open_network, run
from voicegender.networks import SeedLstm
from voicegender.places import places
from voicegender.prediction import load_model
from voicegender.speech import SpeechDetector, speech_in
from voicegender.voice_encoder import N_MELS

if TYPE_CHECKING:
    import keras

ROUNDS = 5
CALLS = 20
N_FILES = 1_000
HOUR = 3_600
TEN = 10
N_FRAMES = 98
"""Of a window of the voice encoder."""
REAL_TIME = 1 / 300


def recordings(librispeech: Path) -> list[Path]:
    """The real ones at hand."""
    return sorted(librispeech.glob("train-clean-100/*/*/*.flac"))


def cold_rows(librispeech: Path) -> Iterator[Row]:
    """Commands as a person types them."""
    file = recordings(librispeech)[0]
    seconds, tensorflow, help_ = in_turn(
        lambda: ran("-m", "voicegender", "predict", file).seconds,
        lambda: ran("-c", "import tensorflow").seconds,
        lambda: ran("-m", "voicegender", "--help").seconds,
        rounds=ROUNDS,
    )
    yield Row("predict FILE, cold", seconds, tensorflow, 1 / 3, "s", "import tensorflow")
    yield Row("predict FILE, cold", seconds, 1.3, 1, "s", "budget")
    yield Row("--help", help_, 0.3, 1, "s", "budget")


def loaded_rows(librispeech: Path) -> Iterator[Row]:
    """A model that is loaded once, on one thread."""
    classifier = load_model(places().default_model)
    y = np.concatenate([_speech(path) for path in recordings(librispeech)[:2]])
    y = y[: TEN * SAMPLE_RATE]
    taken = _milliseconds(lambda: classifier.predict_samples(y))
    # 30 ms would do for networks that need no voice encoder, and are right less often.
    yield Row("10 s of speech, samples to verdict", taken, 60, 1, "ms", "budget")
    yield from _beside_keras(classifier.bundle, y)


def _speech(path: Path) -> Samples:
    return speech_in(load_audio(path), SpeechDetector())


def _beside_keras(bundle: Bundle, y: Samples) -> Iterator[Row]:
    """The same networks by Keras, on one thread too."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    from voicegender.networks import NETWORKS

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    network = from_json(bundle.facts["network"], NETWORKS, place=bundle.folder)
    model = network.build(bundle.extractor.n_features)
    model.load_weights(bundle.folder / "model.weights.h5")
    inputs = bundle.extractor.inputs(y)
    keras = _milliseconds(partial(network.answering(model).predict_on_batch, inputs))
    ours = _milliseconds(lambda: bundle.log_odds(inputs))
    name = f"network that ships, {len(inputs)} windows"
    yield Row(name, ours, keras, 1 / 5, "ms", "predict_on_batch")
    seconds = {"its voice encoder": _encoder(), "seed-lstm": SeedLstm().build(128)}
    for name, model in seconds.items():
        shape = (len(inputs), *(n or N_FRAMES for n in model.input_shape[1:]))
        yield _network_row(f"{name}, {len(inputs)} windows", model, shape)


def _encoder() -> "keras.Model":
    """Layers as those of `voicegender.voice_encoder`, whose weights do not count for time."""
    import keras

    lstm = [keras.layers.LSTM(256, return_sequences=True) for _ in range(2)]
    last = [keras.layers.LSTM(256), keras.layers.Dense(256, activation="relu")]
    return keras.Sequential([keras.Input((N_FRAMES, N_MELS)), *lstm, *last])


def _network_row(name: str, model: "keras.Model", shape: tuple[int, ...]) -> Row:
    from voicegender.export import write_onnx

    inputs = np.random.default_rng(0).random(shape, np.float32)
    with tempfile.TemporaryDirectory() as folder:
        write_onnx(model, Path(folder) / "model.onnx")
        session = open_network(Path(folder) / "model.onnx")
    keras = _milliseconds(partial(model.predict_on_batch, inputs))
    ours = _milliseconds(partial(run, session, inputs))
    note = "(products of matrices, which either library makes as fast as this processor can)"
    return Row(name, ours, keras, 1 / 5, "ms", "predict_on_batch", note)


def _milliseconds(do: Callable[[], object]) -> float:
    """Median of some calls, the first left out."""
    do()

    def once() -> float:
        began = time.perf_counter()
        do()
        return 1000 * (time.perf_counter() - began)

    return in_turn(once, rounds=CALLS)[0]


def file_rows(librispeech: Path) -> Iterator[Row]:
    """Many files, and a long one; each a command of its own."""
    with tempfile.TemporaryDirectory() as temporary:
        folder, hour = Path(temporary) / "files", Path(temporary) / "hour.flac"
        seconds = _many(recordings(librispeech), folder)
        many = ran("-m", "voicegender", "predict", "--json", folder)
        _write_hour(recordings(librispeech), hour)
        one = ran("-m", "voicegender", "predict", "--json", hour)
    name = f"{N_FILES:,} files in one command"
    yield Row(name, many.seconds, seconds, REAL_TIME, "s", "their length")
    yield Row("an hour in one file, with its timeline", one.seconds, HOUR, REAL_TIME, "s", "length")
    yield Row("the same, memory", one.megabytes, 350, 1, "MB", "budget")


def _many(paths: list[Path], folder: Path) -> float:
    """Seconds of sound in so many links to copies."""
    folder.mkdir()
    seconds = 0.0
    for number, path in zip(range(N_FILES), cycle(paths)):
        (folder / f"{number:04d}-{path.name}").symlink_to(path)
        seconds += soundfile.info(path).duration
    return seconds


def _write_hour(paths: list[Path], to: Path) -> None:
    left = HOUR * SAMPLE_RATE
    with soundfile.SoundFile(to, "w", SAMPLE_RATE, 1) as file:
        for path in cycle(paths):
            y, _ = soundfile.read(path, dtype="float32")
            file.write(y[:left])
            left -= len(y)
            if left <= 0:
                return
