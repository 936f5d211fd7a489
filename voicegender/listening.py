"""Blocks of sound -> speech in pieces, and the way back to the recording's clock."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from voicegender.audio import SAMPLE_RATE, SILENCE, Samples
from voicegender.speech import SpeechDetector
from voicegender.windows import Windows

CHUNK_SECONDS = 60.0
"""Speech that goes through the network at once."""
PIECE_SAMPLES = 117 * SpeechDetector.batch_samples
"""Sound that goes through the speech detector at once: a minute, whole batches."""


@dataclass(frozen=True)
class Segment:
    """A stretch of speech, start and end in seconds, and its own probability."""

    start: float
    end: float
    p_female: float


class Speech:
    """Blocks of a recording without what is no speech, and what is known of it so far."""

    def __init__(self, detector: SpeechDetector, blocks: Iterable[Samples]) -> None:
        self._detector = detector
        self._blocks = blocks
        self.regions: list[tuple[float, float]] = []
        self.heard = 0.0

    @property
    def seconds(self) -> float:
        """Seconds of speech."""
        return sum(end - start for start, end in self.regions)

    def chunks(self) -> Iterator[Samples]:
        """Speech in pieces of `CHUNK_SECONDS`, with an empty one after each minute of sound.

        The last one that is not empty holds what is left, a window or more if there were others.
        """
        size, least = int(CHUNK_SECONDS * SAMPLE_RATE), int(Windows.seconds * SAMPLE_RATE)
        held = np.zeros(0, np.float32)
        for y in self._parts_with_speech():
            held = np.concatenate([held, y])
            while len(held) >= size + least:
                yield held[:size]
                held = held[size:]
            yield held[:0]
        if len(held):
            yield held

    def _parts_with_speech(self) -> Iterator[Samples]:
        stream = self._detector.stream()
        for y, is_last in _regrouped(self._blocks):
            if len(y) == PIECE_SAMPLES and np.ptp(y) < SILENCE:
                stream = self._detector.stream()  # hours of nothing cost next to nothing
                found = np.zeros(0, np.float32)
            else:
                found = stream.push(y)
            if is_last:
                found = np.concatenate([found, stream.finish()])
            regions = self._detector.regions(found, len(y) / SAMPLE_RATE)
            self.regions += [(self.heard + a, self.heard + b) for a, b in regions.tolist()]
            self.heard += len(y) / SAMPLE_RATE
            samples = np.rint(regions * SAMPLE_RATE).astype(int)
            yield np.concatenate([np.zeros(0, np.float32), *(y[a:b] for a, b in samples)])


def _regrouped(blocks: Iterable[Samples]) -> Iterator[tuple[Samples, bool]]:
    """Blocks of any length -> blocks of one length, each with whether it is the last."""
    held: list[Samples] = []
    for block in blocks:
        held.append(block)
        while sum(map(len, held)) > PIECE_SAMPLES:
            y = np.concatenate(held)
            yield y[:PIECE_SAMPLES], False
            held = [y[PIECE_SAMPLES:]]
    yield np.concatenate([np.zeros(0, np.float32), *held]), True


def on_the_clock(
    cells: Iterable[tuple[float, float]], regions: list[tuple[float, float]]
) -> Iterator[Segment]:
    """Cells in seconds of speech -> segments in seconds of the recording."""
    regions_left = iter(regions)
    start, stop = next(regions_left)
    before = 0.0  # seconds of speech before `start`
    for end, p_female in cells:
        while before + (stop - start) < end - 1e-6:
            if stop > start:
                yield Segment(round(start, 3), round(stop, 3), p_female)
            before += stop - start
            following = next(regions_left, None)
            if following is None:
                return
            start, stop = following
        middle = start + (end - before)
        if middle > start:
            yield Segment(round(start, 3), round(middle, 3), p_female)
        before, start = end, middle
