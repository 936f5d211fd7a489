"""Speech or a tone: how much of the power of a short time lies in a few neighbouring hertz.

The speech detector takes some pure tones that glide or shake, 150 to 400 Hz, for a voice. A
voice has harmonics and breath: over the speech of the 291 recordings of LibriSpeech at hand the
median share is 0.944 at most, of tones that the detector let through 0.996 and more.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from voicegender.audio import SAMPLE_RATE, Samples

N_FFT = 512
LOWEST_HZ = 125.0
"""What lies below is left out: hum is one tone too, and stands under many a voice."""
N_STRONGEST = 5
"""Bins that count as one tone: a Hann window spreads it over four, a glide over one more."""
PUREST = 0.985
"""Median share above which nothing but a tone is heard."""


def purity(y: Samples) -> NDArray[np.float32]:
    """Share of a frame's power that lies in its strongest bins; (n_samples,) -> (n_frames,)."""
    if len(y) < N_FFT:
        return np.zeros(0, np.float32)
    frames = sliding_window_view(y, N_FFT)[::N_FFT] * np.hanning(N_FFT).astype(np.float32)
    first = round(LOWEST_HZ * N_FFT / SAMPLE_RATE)
    power = np.square(np.abs(np.fft.rfft(frames)))[:, first:]
    strongest = np.partition(power, -N_STRONGEST, axis=1)[:, -N_STRONGEST:]
    share = strongest.sum(axis=1) / np.maximum(power.sum(axis=1), np.finfo(np.float32).tiny)
    return np.asarray(share, np.float32)


def is_tone(shares: NDArray[np.float32]) -> bool:
    """Whether frames of these shares hold a tone and no voice."""
    return len(shares) > 0 and float(np.median(shares)) > PUREST
