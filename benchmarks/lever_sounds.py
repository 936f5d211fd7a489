"""Recordings, and what is made of them -> windows of the pretrained encoder, kept in files.

References
----------
.. [1] M. Morise, F. Yokomori, K. Ozawa, "WORLD: a vocoder-based high-quality speech synthesis
   system for real-time applications", IEICE Transactions E99-D, 2016.
"""

import importlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from voicegender.alteration import NONE
from voicegender.audio import SAMPLE_RATE, Samples, load_audio
from voicegender.config import digest, to_json
from voicegender.degradation import CLEAN, Degradation
from voicegender.limits import LEAST_SPEECH
from voicegender.pitch import F0Median
from voicegender.recordings import Corpus
from voicegender.speech import SpeechDetector, speech_in
from voicegender.voice_encoder import VoiceEmbedding

PLAIN = VoiceEmbedding()
CONDITION_SEED = 0


class Copies(Protocol):
    """Speech -> changed copies of it, each learnt from under the label of the recording."""

    kind: ClassVar[str]

    def __call__(self, y: Samples) -> Iterator[Samples]:
        """The copies; chance depends on the samples and a seed alone."""


@dataclass(frozen=True)
class Speed:
    """Two copies: played slower and faster by ``change``, F0 and formants with it."""

    kind: ClassVar[str] = "speed"
    change: float = 0.06

    def __call__(self, y: Samples) -> Iterator[Samples]:
        """The slower, then the faster."""
        import soxr

        for factor in (1 - self.change, 1 + self.change):
            yield np.asarray(soxr.resample(y, SAMPLE_RATE * factor, SAMPLE_RATE), np.float32)


@dataclass(frozen=True)
class World:
    """Five copies by a vocoder [1]_: unmoved, F0 down, F0 up, formants down, formants up.

    Attributes
    ----------
    lowest, highest
        F0 is multiplied by a factor even in its logarithm from ``lowest`` to 1, and from 1 to
        ``highest``.
    formants
        Share by which the spectral envelope is moved along frequency.
    seed
        Of the factors; they depend on the samples too.
    """

    kind: ClassVar[str] = "world"
    lowest: float = 0.75
    highest: float = 1.33
    formants: float = 0.08
    seed: int = 0

    def __call__(self, y: Samples) -> Iterator[Samples]:
        """The five copies; F0 by DIO and StoneMask, as Harvest takes far longer."""
        world: Any = importlib.import_module("pyworld")
        x = y.astype(np.float64)
        f0, times = world.dio(x, SAMPLE_RATE)
        f0 = world.stonemask(x, f0, times, SAMPLE_RATE)
        envelope = world.cheaptrick(x, f0, times, SAMPLE_RATE)
        noise = world.d4c(x, f0, times, SAMPLE_RATE)
        for pitch, tract in self._moves(y):
            made = world.synthesize(f0 * pitch, moved(envelope, tract), noise, SAMPLE_RATE)
            yield made.astype(np.float32)

    def _moves(self, y: Samples) -> list[tuple[float, float]]:
        """Factors of F0 and of the formants."""
        rng = np.random.default_rng([self.seed, zlib.crc32(y.tobytes())])
        down, up = (float(edge ** rng.random()) for edge in (self.lowest, self.highest))
        return [(1, 1), (down, 1), (up, 1), (1, 1 - self.formants), (1, 1 + self.formants)]


def moved(envelope: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    """Power in frequency, shape (n_frames, n_bins), with all its peaks at ``factor`` times."""
    last = envelope.shape[1] - 1
    places = np.minimum(np.arange(last + 1) / factor, last)
    low = np.minimum(places.astype(int), last - 1)
    log = np.log(envelope)
    bent = np.exp(log[:, low] + (places - low) * (log[:, low + 1] - log[:, low]))
    return np.ascontiguousarray(bent)  # WORLD reads memory row by row


class Windowed(NamedTuple):
    """Windows of a corpus, one a row.

    Attributes
    ----------
    values
        Last state and embedding, shape (n_windows, 512).
    f0
        Median F0, shape (n_windows,), Hz; NaN where nothing is voiced.
    recording
        Row of the corpus's table, shape (n_windows,).
    copy
        0 for the recording itself, then its copies, shape (n_windows,).
    """

    values: NDArray[np.float32]
    f0: NDArray[np.float32]
    recording: NDArray[np.int32]
    copy: NDArray[np.int32]

    def only(self, taken: NDArray[np.bool_]) -> "Windowed":
        """The windows that are taken."""
        of_sound = self.values[taken], self.f0[taken]
        return Windowed(*of_sound, self.recording[taken], self.copy[taken])


@dataclass(frozen=True)
class Variant:
    """One way from recordings to windows.

    Attributes
    ----------
    extractor
        Length and distance of the windows.
    condition
        What happens to the whole recording, before speech is looked for.
    copies
        What is made of the speech.
    """

    kind: ClassVar[str] = "variant"
    extractor: VoiceEmbedding = PLAIN
    condition: Degradation = CLEAN
    copies: Copies = NONE

    def kept(self, corpus: Corpus, folder: Path) -> Windowed:
        """The windows, from their file in ``folder`` or made now and written there whole."""
        detector = to_json(SpeechDetector())
        name = digest(to_json(self), detector, CONDITION_SEED, corpus.digest)
        place = folder / f"{name}.npz"
        if not place.exists():
            made = self.made(corpus)
            folder.mkdir(parents=True, exist_ok=True)
            partial = place.with_suffix(".partial")
            with partial.open("wb") as file:
                np.savez(file, **made._asdict())
            partial.replace(place)
        with np.load(place) as arrays:
            return Windowed(**arrays)

    def made(self, corpus: Corpus) -> Windowed:
        """The windows; a recording with too little speech has none."""
        blocks = []
        rows = zip(corpus.utterances["path"], corpus.utterances["utterance_id"], strict=True)
        for i, (path, utterance_id) in enumerate(rows):
            rng = np.random.default_rng([CONDITION_SEED, zlib.crc32(utterance_id.encode())])
            y = speech_in(self.condition(load_audio(corpus.root / path), rng), SpeechDetector())
            if len(y) >= LEAST_SPEECH * SAMPLE_RATE:
                blocks += [self._block(v, i, c) for c, v in enumerate([y, *self.copies(y)])]
        return Windowed(*map(np.concatenate, zip(*blocks, strict=True)))

    def _block(self, y: Samples, recording: int, copy: int) -> Windowed:
        values, spans = self.extractor(y), self.extractor.windows.spans(len(y), SAMPLE_RATE)
        f0 = np.concatenate([F0Median()(y[a:b]) for a, b in spans])
        n = len(values)
        return Windowed(values, f0, np.full(n, recording, "i4"), np.full(n, copy, "i4"))
