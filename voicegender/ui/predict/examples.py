"""Voices to try without a file of one's own."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import streamlit as st

import voicegender
from voicegender.audio import SAMPLE_RATE, Samples, encode_wav, load_audio
from voicegender.ui.voice.answering import Voice

FOLDER = Path(voicegender.__file__).parent / "example_voices"
WOMAN, MAN = "woman-slt-arctic_a0009.flac", "man-awb-arctic_a0007.flac"
SOURCE = (
    "The voices are those of the speakers slt and awb of "
    "[CMU ARCTIC](http://www.festvox.org/cmu_arctic/) (J. Kominek, A. W. Black, 2003; copyright "
    "Carnegie Mellon University, free for any purpose). The tone is made here."
)
PAUSE = 0.5
"""Seconds between two voices."""


def choose() -> Voice | None:
    """Let a person choose an example; none is chosen to begin with."""
    chosen = st.pills("Examples", list(EXAMPLES), key="example", label_visibility="collapsed")
    st.caption(SOURCE)
    return EXAMPLES[chosen]() if chosen else None


def _woman() -> Voice:
    return Voice(WOMAN, (FOLDER / WOMAN).read_bytes())


def _man() -> Voice:
    return Voice(MAN, (FOLDER / MAN).read_bytes())


@cache
def _both() -> Voice:
    """The woman, a pause, the man."""
    pause = np.zeros(round(PAUSE * SAMPLE_RATE), np.float32)
    voices = [load_audio(FOLDER / name) for name in (WOMAN, MAN)]
    return Voice("a woman and a man.wav", encode_wav(np.concatenate([voices[0], pause, voices[1]])))


@cache
def _tone() -> Voice:
    """Two seconds of 220 Hz."""
    y: Samples = np.sin(2 * np.pi * 220 * np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE)
    return Voice("a tone.wav", encode_wav(0.3 * y))


EXAMPLES: dict[str, Callable[[], Voice]] = {
    "A woman": _woman,
    "A man": _man,
    "A woman, then a man": _both,
    "A tone, which is refused": _tone,
}
