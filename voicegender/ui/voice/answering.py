"""Recordings of this session -> answers, kept in the session's memory and nowhere else."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st

from voicegender.answering import answer_in_steps
from voicegender.answers import Answer
from voicegender.audio import SAMPLE_RATE, stream_audio
from voicegender.calibration import Calibration
from voicegender.header import header_seconds
from voicegender.inert import printable
from voicegender.listening import Segment
from voicegender.prediction import Classifier
from voicegender.second_voice import Otherwise, heard_otherwise
from voicegender.ui.voice.hearings import Hearing
from voicegender.ui.voice.portrait import Portrait, portrait

TAKE = "live-take"
"""Where the session keeps the WAV file that another page hands over."""
KEPT = {"answers": 5_000, "portraits": 20, "players": 1}
"""How much of each a session remembers; what was not asked for longest goes first."""
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
"""What browsers play; anything else is turned into FLAC for them."""

T = TypeVar("T")


@dataclass(frozen=True)
class Voice:
    """A recording as it was dropped, spoken or chosen: a name and the bytes of a file."""

    name: str
    data: bytes
    known_as: str = ""

    @property
    def digest(self) -> str:
        """Differs when the sound differs; ``known_as`` where a name for it is at hand."""
        return self.known_as or hashlib.sha256(self.data).hexdigest()

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

    @property
    def reason(self) -> str:
        """Why it was refused, without its name; empty when it was not."""
        return (self.answer["error"] or "").removeprefix(
            f"{printable(' '.join(self.voice.name.split()))}: "
        )

    @property
    def otherwise(self) -> Otherwise | None:
        """A part that is heard otherwise, where it is notable."""
        segments = [Segment(**segment) for segment in self.answer["segments"] or ()]
        return heard_otherwise(segments, self.answer["p_female"]) if segments else None


def judge(
    classifier: Classifier, voice: Voice, told: Callable[[Hearing], None] = lambda _: None
) -> Judged:
    """Answer for a recording; once a session for the same sound, name and model.

    ``told`` hears now and then how far it is.
    """
    folder = classifier.bundle.folder
    changed_at = (folder / "bundle.json").stat().st_mtime
    key = (voice.digest, voice.name, str(folder), changed_at)
    given = _once("answers", key, lambda: _answered(classifier, voice, key, told))
    return Judged(voice, given, classifier.bundle.calibration)


def _answered(
    classifier: Classifier, voice: Voice, key: object, told: Callable[[Hearing], None]
) -> Answer:
    """The answer; a hearing that another run of the page began is gone on with."""
    begun, hearing = st.session_state.get("hearing", (None, None))
    if begun != key or hearing.over:
        steps = answer_in_steps(classifier, voice.data, voice.name)
        hearing = Hearing(steps, header_seconds(voice.data) or 0.0)
        st.session_state["hearing"] = (key, hearing)
    told(hearing)
    while hearing.step():
        told(hearing)
    st.session_state["hearing"] = (None, None)
    given: Answer = hearing.answer
    return given


def portrait_of(one: Judged) -> Portrait:
    """What is drawn of a recording that was answered."""
    blocks = stream_audio(one.voice.data, name=one.voice.name)
    return _once("portraits", one.voice.digest, lambda: portrait(blocks, one.answer["duration"]))


def playable(voice: Voice) -> tuple[bytes, str]:
    """Bytes and media type a browser can play."""
    if voice.suffix in PLAYABLE:
        return voice.data, PLAYABLE[voice.suffix]
    return _once("players", voice.digest, lambda: _as_flac(voice)), "audio/flac"


def _as_flac(voice: Voice) -> bytes:
    """The same sound, block by block."""
    import soundfile

    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", SAMPLE_RATE, 1, "PCM_16", format="FLAC") as file:
        for block in stream_audio(voice.data, name=voice.name):
            file.write(block)
    return buffer.getvalue()


def _once(kind: str, key: object, make: Callable[[], T]) -> T:
    """What ``make`` gives, remembered in this session."""
    kept: dict[object, Any] = st.session_state.setdefault("answering", {}).setdefault(kind, {})
    value: T = kept.pop(key) if key in kept else make()
    kept[key] = value
    while len(kept) > KEPT[kind]:
        kept.pop(next(iter(kept)))
    return value
