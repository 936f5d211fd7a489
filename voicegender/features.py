"""MfccMean, LogMel: settings that are callable.

The numbers are librosa's [1]_.

References
----------
.. [1] B. McFee et al., "librosa: Audio and Music Signal Analysis in Python", SciPy 2015.
"""

from dataclasses import dataclass, field
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from voicegender.audio import SAMPLE_RATE, Samples
from voicegender.config import check_least
from voicegender.errors import SettingError
from voicegender.excerpt import Excerpt
from voicegender.mel import dct, mel_power
from voicegender.windows import Windows

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
    of_speech: ClassVar[bool]
    """Whether it is made to be fed speech alone, without the pauses of a recording."""

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


class Input(Extractor, Protocol):
    """Features a network can be fed with, window by window."""

    @property
    def windows(self) -> Windows:
        """What a network answers for."""

    def inputs(self, y: Samples) -> NDArray[np.float32]:
        """What a network is given for each window of the samples; first axis: windows."""


@dataclass(frozen=True)
class MfccMean:
    """MFCC averaged over time: the seed recipe's 128 numbers a recording.

    Equal to ``librosa.feature.mfcc(y=y, sr=16000, n_mfcc=...).mean(axis=1)``. The cosine
    transform is linear, so it is taken once, of the mean.
    """

    kind: ClassVar[str] = "mfcc-mean"
    framed: ClassVar[bool] = False
    of_speech: ClassVar[bool] = False
    windows: ClassVar[Windows] = Windows()
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

    def inputs(self, y: Samples) -> NDArray[np.float32]:
        """One vector a window; shape (n_windows, n_mfcc)."""
        return np.stack([self(y[a:b]) for a, b in self.windows.spans(len(y), SAMPLE_RATE)])

    def frames(self, y: Samples) -> Frames:
        """MFCC in time; shape (n_samples,) -> (n_frames, n_mfcc)."""
        return np.asarray(self.decibels(y) @ self._transform)

    @property
    def _transform(self) -> NDArray[np.float32]:
        return dct(self.n_mels)[:, : self.n_mfcc]

    def decibels(self, y: Samples) -> Frames:
        """Mel power in dB, at most 80 dB below the loudest; shape (n_frames, n_mels)."""
        padded = np.pad(y, self.n_fft // 2)
        power = mel_power(padded, self.n_fft, self.n_fft, self.hop_length, self.n_mels)
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
    of_speech: ClassVar[bool] = False
    windows: ClassVar[Windows] = Windows()
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
        power = mel_power(y, self.n_fft, self.win_length, self.hop_length, self.n_mels)
        return np.log(np.maximum(AMIN, power))

    def inputs(self, y: Samples) -> NDArray[np.float32]:
        """Frames of each window; shape (n_windows, n_frames, n_mels)."""
        return _stacked(self(y), self)


@dataclass(frozen=True)
class Mfcc:
    """MFCC in time: the cosine transform of `LogMel` frames, its first coefficients."""

    kind: ClassVar[str] = "mfcc"
    framed: ClassVar[bool] = True
    of_speech: ClassVar[bool] = False
    windows: ClassVar[Windows] = Windows()
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
        return np.asarray(self.mel(y) @ dct(self.mel.n_mels)[:, : self.n_mfcc])

    def inputs(self, y: Samples) -> NDArray[np.float32]:
        """Frames of each window; shape (n_windows, n_frames, n_mfcc)."""
        return _stacked(self(y), self)


def _stacked(frames: Frames, extractor: Input) -> NDArray[np.float32]:
    """Shape (n_frames, n_features) -> (n_windows, frames a window, n_features)."""
    spans = extractor.windows.spans(len(frames), 1 / extractor.frame_seconds)
    return np.stack([frames[a:b] for a, b in spans])
