"""Samples -> power in mel bands; the numbers are librosa's.

References
----------
.. [1] M. Slaney, "Auditory Toolbox", Interval Research technical report 1998-010, 1998.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from voicegender.audio import SAMPLE_RATE

Transform = Callable[[NDArray[np.float32]], NDArray[np.complex64]]

BLOCK = 128
"""Frames that are worked on at once: they stay in the processor's cache."""
LONG = 512
"""Samples of a frame."""
BANDS_AT_ONCE = 16
"""Neighbouring bands see few of all frequencies, so a few at once need few products."""


def mel_power(
    y: NDArray[np.float32], n_fft: int, win_length: int, hop_length: int, n_mels: int
) -> NDArray[np.float32]:
    """Power in mel bands; shape (..., n_samples) -> (..., n_frames, n_mels)."""
    if y.ndim > 1:
        return np.stack([mel_power(one, n_fft, win_length, hop_length, n_mels) for one in y])
    frames = np.lib.stride_tricks.sliding_window_view(y, n_fft)[::hop_length]
    window = _window(n_fft, win_length)
    mels = np.empty((len(frames), n_mels), np.float32)
    for at in range(0, len(frames), BLOCK):
        power = _power(frames[at : at + BLOCK] * window)
        for bands, bins, filters in _banded(n_fft, n_mels):
            np.matmul(power[:, bins], filters, out=mels[at : at + BLOCK, bands])
    return mels


def _power(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of each frequency; shape (n_frames, n_fft) -> (n_frames, n_fft // 2 + 1)."""
    spectrum = _real_transform(frames.shape[1])(frames)
    power: NDArray[np.float32] = np.square(spectrum.real)
    power += np.square(spectrum.imag)
    return power


@lru_cache
def _real_transform(n_fft: int) -> Transform:
    """NumPy's; for long frames SciPy's, which takes a quarter of the time there.

    For short ones that is not worth its import: 0.1 s before an answer, 28 MB in a server.
    """
    if n_fft < LONG:
        return cast("Transform", np.fft.rfft)
    from scipy.fft import rfft

    return cast("Transform", rfft)


@lru_cache
def _window(n_fft: int, win_length: int) -> NDArray[np.float32]:
    """Periodic Hann window, centred in ``n_fft`` samples."""
    phase = 2 * np.pi * np.arange(win_length) / win_length
    before = (n_fft - win_length) // 2
    window = np.pad(0.5 - 0.5 * np.cos(phase), (before, n_fft - win_length - before))
    return window.astype(np.float32)


@lru_cache
def mel_filters(n_fft: int, n_mels: int) -> NDArray[np.float32]:
    """Triangular filters of equal area on Slaney's mel scale [1]_.

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


@lru_cache
def _banded(n_fft: int, n_mels: int) -> tuple[tuple[slice, slice, NDArray[np.float32]], ...]:
    """Neighbouring bands, the frequencies they see, and their part of `mel_filters`."""
    filters = mel_filters(n_fft, n_mels)
    found = []
    for first in range(0, n_mels, BANDS_AT_ONCE):
        bands = slice(first, first + BANDS_AT_ONCE)
        seen = np.flatnonzero(filters[:, bands].any(axis=1))
        bins = slice(seen[0], seen[-1] + 1) if len(seen) else slice(1)
        found.append((bands, bins, np.ascontiguousarray(filters[bins, bands])))
    return tuple(found)


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
def dct(n: int) -> NDArray[np.float32]:
    """Orthonormal DCT-II as a matrix, shape (n, n); a row of values times it."""
    times, orders = np.arange(n)[:, None], np.arange(n)[None, :]
    matrix = np.cos(np.pi / n * (times + 0.5) * orders) * np.sqrt(2 / n)
    matrix[:, 0] /= np.sqrt(2)
    return np.asarray(matrix, np.float32)
