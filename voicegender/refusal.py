"""What is refused because it holds no voice: too little speech, or a tone.

The speech detector takes some pure tones that glide or shake, 150 to 400 Hz, for a voice. A
voice has harmonics and breath: over the speech of the 291 recordings of LibriSpeech at hand the
median share is 0.944 at most, of tones that the detector let through 0.996 and more.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from voicegender.audio import SAMPLE_RATE, Samples
from voicegender.errors import AudioError
from voicegender.limits import LEAST_SPEECH

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


def check_speech(seconds: float, shares: NDArray[np.float32], *, place: object) -> None:
    """Refuse what is too little to judge, or no voice.

    Parameters
    ----------
    seconds
        Of speech found.
    shares
        `purity` of that speech.
    place
        What the error names.

    Raises
    ------
    AudioError
        Less than half a second of speech, or a tone.
    """
    remedy = "record a voice for a few seconds"
    if seconds < LEAST_SPEECH:
        wrong = f"{seconds:.1f} s of speech found, {LEAST_SPEECH:g} s are needed"
        raise AudioError(place, wrong, remedy)
    if len(shares) and float(np.median(shares)) > PUREST:
        raise AudioError(place, "holds a tone, no speech", remedy)
