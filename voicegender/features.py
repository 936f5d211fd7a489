"""MfccMean, LogMel: settings that are callable.

The numbers are librosa's [1]_, from a path that needs NumPy alone.

References
----------
.. [1] B. McFee et al., "librosa: Audio and Music Signal Analysis in Python", SciPy 2015.
.. [2] M. Slaney, "Auditory Toolbox", Interval Research technical report 1998-010, 1998.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from voicegender.audio import SAMPLE_RATE, Samples
from voicegender.config import check_least
from voicegender.errors import SettingError
from voicegender.excerpt import Excerpt

CODE_VERSION = 1
"""Raised when the same settings give other numbers: stored features are then made again."""
AMIN = 1e-10
TOP_DB = 80.0

Frames = NDArray[np.float32]
"""float32, shape (n_frames, n_features)."""
Vector = NDArray[np.float32]
"""float32, shape (n_features,)."""


class Extractor(Protocol):
    """What turns samples into features: one vector, or frames in time."""

    kind: ClassVar[str]
    framed: ClassVar[bool]
    """Whether a call gives Frames; else it gives one Vector."""

    @property
    def excerpt(self) -> Excerpt:
        """The part of a recording it is fed."""

    @property
    def n_features(self) -> int:
        """Numbers in a vector or in a frame."""

    @property
    def frame_seconds(self) -> float:
        """Time from a frame to the next; 0 for a vector."""

    def __call__(self, y: Samples) -> NDArray[np.float32]:
        """Features of mono samples at `SAMPLE_RATE`."""


@dataclass(frozen=True)
class MfccMean:
    """MFCC averaged over time: the seed recipe's 128 numbers a recording.

    Equal to ``librosa.feature.mfcc(y=y, sr=16000, n_mfcc=...).mean(axis=1)``. The cosine
    transform is linear, so it is taken once, of the mean.
    """

    kind: ClassVar[str] = "mfcc-mean"
    framed: ClassVar[bool] = False
    n_mfcc: int = 128
    n_mels: int = 128
    n_fft: int = 2048
    hop_length: int = 512
    frame_seconds: ClassVar[float] = 0.0
    excerpt: Excerpt = field(default_factory=lambda: Excerpt("random"))

    def __post_init__(self) -> None:
        check_least(self.kind, 1, n_mels=self.n_mels, hop_length=self.hop_length)
        check_least(self.kind, 2, n_fft=self.n_fft)
        if not 1 <= self.n_mfcc <= self.n_mels:
            raise SettingError(f"n_mfcc {self.n_mfcc}", f"must lie in 1..{self.n_mels} (n_mels)")

    @property
    def n_features(self) -> int:
        """Coefficients a recording."""
        return self.n_mfcc

    def __call__(self, y: Samples) -> Vector:
        """Mean MFCC; shape (n_samples,) -> (n_mfcc,)."""
        return np.asarray(self.decibels(y).mean(axis=0) @ self._transform)

    def frames(self, y: Samples) -> Frames:
        """MFCC in time; shape (n_samples,) -> (n_frames, n_mfcc)."""
        return np.asarray(self.decibels(y) @ self._transform)

    @property
    def _transform(self) -> NDArray[np.float32]:
        return _dct(self.n_mels)[:, : self.n_mfcc]

    def decibels(self, y: Samples) -> Frames:
        """Mel power in dB, at most 80 dB below the loudest; shape (n_frames, n_mels)."""
        padded = np.pad(y, self.n_fft // 2)
        power = _mel_power(padded, self.n_fft, self.n_fft, self.hop_length, self.n_mels)
        decibels = 10 * np.log10(np.maximum(AMIN, power))
        return np.asarray(np.maximum(decibels, decibels.max() - TOP_DB))


@dataclass(frozen=True)
class LogMel:
    """Natural logarithm of mel power in time: frames of 25 ms every 10 ms.

    Equal to the logarithm of ``librosa.feature.melspectrogram(..., center=False)``. Without
    centring a frame depends on its own samples alone, so a stream gives the same frames.
    """

    kind: ClassVar[str] = "log-mel"
    framed: ClassVar[bool] = True
    n_mels: int = 64
    n_fft: int = 512
    win_length: int = 400
    hop_length: int = 160
    excerpt: Excerpt = field(default_factory=Excerpt)

    def __post_init__(self) -> None:
        check_least(self.kind, 1, n_mels=self.n_mels, hop_length=self.hop_length)
        check_least(self.kind, 2, win_length=self.win_length)
        if self.win_length > self.n_fft:
            raise SettingError(f"win_length {self.win_length}", f"exceeds n_fft {self.n_fft}")

    @property
    def n_features(self) -> int:
        """Mel bands."""
        return self.n_mels

    @property
    def frame_seconds(self) -> float:
        """Time from a frame to the next."""
        return self.hop_length / SAMPLE_RATE

    def __call__(self, y: Samples) -> Frames:
        """Log-mel frames; shape (n_samples,) -> (n_frames, n_mels)."""
        y = np.pad(y, (0, max(0, self.n_fft - len(y))))
        power = _mel_power(y, self.n_fft, self.win_length, self.hop_length, self.n_mels)
        return np.log(np.maximum(AMIN, power))


@dataclass(frozen=True)
class Mfcc:
    """MFCC in time: the cosine transform of `LogMel` frames, its first coefficients."""

    kind: ClassVar[str] = "mfcc"
    framed: ClassVar[bool] = True
    n_mfcc: int = 40
    mel: LogMel = field(default_factory=LogMel)

    def __post_init__(self) -> None:
        if not 1 <= self.n_mfcc <= self.mel.n_mels:
            raise SettingError(
                f"n_mfcc {self.n_mfcc}", f"must lie in 1..{self.mel.n_mels} (n_mels)"
            )

    @property
    def excerpt(self) -> Excerpt:
        """The frames' own."""
        return self.mel.excerpt

    @property
    def n_features(self) -> int:
        """Coefficients a frame."""
        return self.n_mfcc

    @property
    def frame_seconds(self) -> float:
        """Time from a frame to the next."""
        return self.mel.frame_seconds

    def __call__(self, y: Samples) -> Frames:
        """Shape (n_samples,) -> (n_frames, n_mfcc)."""
        return np.asarray(self.mel(y) @ _dct(self.mel.n_mels)[:, : self.n_mfcc])


def _mel_power(y: Samples, n_fft: int, win_length: int, hop_length: int, n_mels: int) -> Frames:
    frames = np.lib.stride_tricks.sliding_window_view(y, n_fft)[::hop_length]
    spectrum = np.fft.rfft(frames * _window(n_fft, win_length))
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    return power @ mel_filters(n_fft, n_mels)


@lru_cache
def _window(n_fft: int, win_length: int) -> Samples:
    """Periodic Hann window, centred in ``n_fft`` samples."""
    phase = 2 * np.pi * np.arange(win_length) / win_length
    before = (n_fft - win_length) // 2
    window = np.pad(0.5 - 0.5 * np.cos(phase), (before, n_fft - win_length - before))
    return window.astype(np.float32)


@lru_cache
def mel_filters(n_fft: int, n_mels: int) -> NDArray[np.float32]:
    """Triangular filters of equal area on Slaney's mel scale [2]_.

    Returns
    -------
    numpy.ndarray
        Shape (n_fft // 2 + 1, n_mels).
    """
    bins = np.linspace(0, SAMPLE_RATE / 2, n_fft // 2 + 1)
    edges = _mel_to_hz(np.linspace(0, _hz_to_mel(SAMPLE_RATE / 2), n_mels + 2))
    rising = (bins[:, None] - edges[None, :-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[None, 2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    filters = np.maximum(0, np.minimum(rising, falling)) * 2 / (edges[2:] - edges[:-2])
    return filters.astype(np.float32)


LINEAR_HZ_PER_MEL = 200 / 3
LOG_FROM_HZ = 1000.0
LOG_FROM_MEL = LOG_FROM_HZ / LINEAR_HZ_PER_MEL
LOG_STEP = np.log(6.4) / 27


def _hz_to_mel(hz: float) -> float:
    return float(LOG_FROM_MEL + np.log(hz / LOG_FROM_HZ) / LOG_STEP)


def _mel_to_hz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slaney's scale: linear up to 1 kHz, logarithmic above."""
    above = LOG_FROM_HZ * np.exp(LOG_STEP * (mels - LOG_FROM_MEL))
    return np.where(mels < LOG_FROM_MEL, mels * LINEAR_HZ_PER_MEL, above)


@lru_cache
def _dct(n: int) -> NDArray[np.float32]:
    """Orthonormal DCT-II as a matrix, shape (n, n); a row of values times it."""
    times, orders = np.arange(n)[:, None], np.arange(n)[None, :]
    matrix = np.cos(np.pi / n * (times + 0.5) * orders) * np.sqrt(2 / n)
    matrix[:, 0] /= np.sqrt(2)
    return np.asarray(matrix, np.float32)


EXTRACTORS: tuple[type[MfccMean] | type[Mfcc] | type[LogMel], ...] = (MfccMean, Mfcc, LogMel)
