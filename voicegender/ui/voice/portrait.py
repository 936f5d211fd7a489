"""A whole recording reduced, block by block, to what one chart can show of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voicegender.audio import SAMPLE_RATE, Samples
from voicegender.features import LogMel
from voicegender.pitch import F0Track
from voicegender.ui.voice.charts_sound import (
    N_COLUMNS,
    below_the_loudest,
    columns_of,
    first_column,
)
from voicegender.ui.voice.charts_voice import Outline, outline

PIECE_SECONDS = 30.0
"""Sound that is looked at in one go."""
N_DOTS = 2400
"""Values of F0 that are drawn at most."""


@dataclass(frozen=True)
class Portrait:
    """Waveform, log-mel power and F0 of a recording.

    Attributes
    ----------
    shape
        Outline of the waveform.
    decibels
        Power below the loudest, shape (n_mels, n_columns).
    start, step
        Middle of the first column and seconds from one to the next.
    times, f0
        Seconds and Hz, shape (n,); NaN where unvoiced.
    """

    shape: Outline
    decibels: NDArray[np.int8]
    start: float
    step: float
    times: NDArray[np.float64]
    f0: NDArray[np.float32]


def portrait(blocks: Iterable[Samples], seconds: float) -> Portrait:
    """Reduce a recording of ``seconds``; memory does not grow with it."""
    sketch = _Sketch(seconds)
    shape = outline(sketch.over(blocks))
    return Portrait(
        shape=shape,
        decibels=below_the_loudest(np.concatenate(sketch.columns)),
        start=first_column(sketch.mel, sketch.n),
        step=sketch.n * sketch.mel.frame_seconds,
        times=np.concatenate(sketch.times),
        f0=np.concatenate(sketch.f0),
    )


class _Sketch:
    """Columns of log-mel power and dots of F0, made as the blocks pass by."""

    def __init__(self, seconds: float) -> None:
        self.mel, self.track = LogMel(), F0Track()
        self.n = max(1, -(-round(seconds / self.mel.frame_seconds) // N_COLUMNS))
        self.every = max(1, -(-round(seconds / self.track.frame_seconds) // N_DOTS))
        self.columns: list[NDArray[np.float32]] = []
        self.times: list[NDArray[np.float64]] = []
        self.f0: list[NDArray[np.float32]] = []
        self._at = 0

    def over(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """The same blocks."""
        column = self.n * self.mel.hop_length
        size = column * max(1, round(PIECE_SECONDS * SAMPLE_RATE / column))
        beyond = self.mel.n_fft - self.mel.hop_length  # what the last frame of a piece needs
        held = np.zeros(0, np.float32)
        for block in blocks:
            yield block
            held = np.concatenate([held, block])
            while len(held) > size + beyond:
                self._add(held[: size + beyond], size)
                held = held[size:]
        self._add(held, len(held))

    def _add(self, y: Samples, size: int) -> None:
        self.columns.append(columns_of(self.mel(y), self.n))
        f0 = self.track(y[:size])
        self.times.append(self._at / SAMPLE_RATE + self.track.times(len(f0))[:: self.every])
        self.f0.append(f0[:: self.every])
        self._at += size
