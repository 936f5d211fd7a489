"""Recordings of this session -> answers, kept in the session's memory and nowhere else."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd
import streamlit as st

from voicegender.answers import MOST, Answer
from voicegender.audio import SAMPLE_RATE, Samples, encode_wav, load_audio, stream_audio
from voicegender.calibration import Calibration
from voicegender.prediction import Classifier, answer
from voicegender.ui.charts_voice import Outline, outline

TAKE = "live-take"
"""Key of the session under which the Live page hands over a recording, the bytes of a WAV file."""
KEPT = 500
"""Answers a session remembers; the oldest go first."""
LOOKED_AT = 30.0
"""Seconds of a recording whose spectrogram is drawn."""
PLAYABLE = {
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".aac": "audio/aac",
    ".mp4": "audio/mp4",
    ".webm": "audio/webm",
}
"""What browsers play; anything else is turned into WAV for them."""

T = TypeVar("T")


@dataclass(frozen=True)
class Voice:
    """A recording as it was dropped, spoken or chosen: a name and the bytes of a file."""

    name: str
    data: bytes

    @property
    def digest(self) -> str:
        """Differs when the sound differs."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def suffix(self) -> str:
        """Ending of the name, with its dot, in small letters."""
        _, dot, ending = self.name.rpartition(".")
        return f"{dot}{ending.lower()}"


@dataclass(frozen=True)
class Judged:
    """A recording, its answer, and the thresholds behind the answer."""

    voice: Voice
    answer: Answer
    calibration: Calibration

    @property
    def label(self) -> str:
        """female, male, uncertain or refused."""
        return self.answer["label"] or "refused"


def judge(classifier: Classifier, voice: Voice) -> Judged:
    """Answer for a recording; once a session for the same sound, name and model."""
    folder = classifier.bundle.folder
    changed_at = (folder / "bundle.json").stat().st_mtime
    key = ("answer", voice.digest, voice.name, str(folder), changed_at)
    given = _once(key, lambda: answer(classifier, voice.data, voice.name))
    return Judged(voice, given, classifier.bundle.calibration)


def shape_of(voice: Voice) -> Outline:
    """The waveform of a recording that was answered."""
    return _once(
        ("shape", voice.digest), lambda: outline(stream_audio(voice.data, name=voice.name))
    )


def beginning_of(voice: Voice) -> Samples:
    """The first `LOOKED_AT` seconds, mono, at `SAMPLE_RATE`."""
    held: list[Samples] = []
    wanted = int(LOOKED_AT * SAMPLE_RATE)
    for block in stream_audio(voice.data, name=voice.name):
        held.append(block)
        if sum(map(len, held)) >= wanted:
            break
    return _joined(held)[:wanted]


def playable(voice: Voice) -> tuple[bytes, str]:
    """Bytes and media type a browser can play."""
    if voice.suffix in PLAYABLE:
        return voice.data, PLAYABLE[voice.suffix]
    return encode_wav(load_audio(voice.data, name=voice.name)), "audio/wav"


def table(judged: Sequence[Judged]) -> pd.DataFrame:
    """A row a recording: confidence in percent, lengths in seconds, NaN where it was refused."""
    rows = [
        {
            "recording": one.voice.name,
            "heard as": one.label,
            "confidence": _percent(one.answer["confidence"]),
            "duration": one.answer["duration"],
            "speech": one.answer["speech_duration"],
            "reason": reason(one),
        }
        for one in judged
    ]
    numbers = dict.fromkeys(("confidence", "duration", "speech"), "float64")
    return pd.DataFrame(rows).astype(numbers)


def reason(one: Judged) -> str:
    """Why a recording was refused, without its name; empty when it was not."""
    return (one.answer["error"] or "").removeprefix(f"{one.voice.name}: ")


def _percent(p: float | None) -> float | None:
    """Confidence in percent, which is never quite all."""
    return None if p is None else 100 * min(p, MOST)


def _joined(blocks: list[Samples]) -> Samples:
    import numpy as np

    return np.concatenate(blocks)


def _once(key: tuple[Any, ...], make: Callable[[], T]) -> T:
    """What ``make`` gives, remembered in this session."""
    kept: dict[tuple[Any, ...], Any] = st.session_state.setdefault("answering", {})
    if key not in kept:
        kept[key] = make()
        while len(kept) > KEPT:
            kept.pop(next(iter(kept)))
    value: T = kept[key]
    return value
