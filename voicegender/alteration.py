"""Copies of a recording that the same voice could have given, for training.

Unlike `augmentation`, which works on stored frames, this works on sound, once, before features
are made: what a codec or a room does cannot be done to a spectrogram.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from voicegender.audio import SAMPLE_RATE, Samples
from voicegender.config import check_least
from voicegender.degradation import Clipping, Codec, Degradation, Noise, Room, Telephone
from voicegender.errors import SettingError

N_KNOTS = 7
EQUALISER_DB = 4.0
"""Standard deviation of a recording chain's response at its knots."""


@dataclass(frozen=True)
class Alteration:
    """How many changed copies of each recording are learnt from beside it, and how changed.

    Attributes
    ----------
    copies
        So many; 0 leaves recordings as they are.
    equaliser, room, noise, codec, telephone, clipping
        Shares of the copies, 0 to 1, that each change is made to, in this order: what
        stands between a mouth and a file.
    seed
        Of all chance; what becomes of a recording depends on its samples and this alone.
    """

    kind: ClassVar[str] = "alteration"
    copies: int = 0
    equaliser: float = 0.5
    room: float = 0.25
    noise: float = 0.6
    codec: float = 0.3
    telephone: float = 0.2
    clipping: float = 0.15
    seed: int = 0

    def __post_init__(self) -> None:
        check_least(self.kind, 0, copies=self.copies, seed=self.seed)
        shares = (self.equaliser, self.room, self.noise, self.codec, self.telephone, self.clipping)
        if not all(0 <= share <= 1 for share in shares):
            raise SettingError(self.kind, "all but copies and seed are shares from 0 to 1")

    def __call__(self, y: Samples) -> Iterator[Samples]:
        """The changed copies, each as long as ``y``."""
        for copy in range(self.copies):
            yield self._copy(y, np.random.default_rng([self.seed, copy, zlib.crc32(y.tobytes())]))

    def _copy(self, y: Samples, rng: np.random.Generator) -> Samples:
        # Settings are drawn whether used or not: switching one change off leaves those of others.
        response = rng.normal(0, EQUALISER_DB, N_KNOTS)
        room = Room(rng.uniform(0.2, 0.9), rng.uniform(-3, 6))
        noise = Noise(rng.uniform(3, 30), rng.uniform(0, 2))
        codec = Codec(*(("mp3", 32), ("opus", 24))[rng.integers(2)])
        clipping = Clipping(rng.uniform(0.01, 0.1))
        chances = rng.random(6)
        if chances[0] < self.equaliser:
            y = equalised(y, response)
        shares = (self.room, self.noise, self.codec, self.telephone, self.clipping)
        changes: tuple[Degradation, ...] = (room, noise, codec, Telephone(), clipping)
        for change, share, chance in zip(changes, shares, chances[1:], strict=True):
            if chance < share:
                y = change(y, rng)
        return y


NONE = Alteration()
"""No copies: recordings are learnt from as they are."""


def equalised(y: Samples, response: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Samples:
    """Samples through a smooth response: dB at knots even in the root of frequency."""
    spectrum = np.fft.rfft(y)
    knots = np.linspace(0, np.sqrt(SAMPLE_RATE / 2), len(response))
    db = np.interp(np.sqrt(np.linspace(0, SAMPLE_RATE / 2, len(spectrum))), knots, response)
    return np.asarray(np.fft.irfft(spectrum * 10 ** (db / 20), len(y)), np.float32)
