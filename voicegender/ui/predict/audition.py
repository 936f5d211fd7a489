"""Recordings answered one after the other in sight of a person, and what is shown then."""

import time
from collections.abc import Sequence

import streamlit as st

from voicegender.bundle import Bundle
from voicegender.prediction import Classifier
from voicegender.ui import frame, loaders
from voicegender.ui.predict import answer_table, downloads
from voicegender.ui.voice import answering, verdict
from voicegender.ui.voice.answering import Judged, Voice
from voicegender.ui.voice.hearings import Hearing
from voicegender.ui.words import time_left

LONG = 120.0
"""Seconds of a recording from which its own progress is told."""
REDRAWN = 1.0
"""Least seconds between two drawings of a table that fills."""
GROWTH = 1.2
"""Least growth of that table between them: all drawings together cost a few times the last."""


def answer_all(bundle: Bundle, voices: Sequence[Voice], *, key: str) -> None:
    """Answer recordings and show what is heard; a fault of the model is told in one line."""
    with frame.told():
        show_all(judge_all(loaders.classifier(bundle.folder), voices), key=key)


def judge_all(classifier: Classifier, voices: Sequence[Voice]) -> list[Judged]:
    """Answer one recording after the other; many fill a table meanwhile."""
    sight = _Sight(len(voices))
    judged: list[Judged] = []
    for voice in voices:
        sight.at(len(judged), voice.name)
        judged.append(answering.judge(classifier, voice, sight.told))
        sight.fill(judged)
    sight.close()
    return judged


@st.fragment
def show_all(judged: Sequence[Judged], *, key: str) -> None:
    """One recording: its verdict. Many: a table in which one is chosen."""
    if len(judged) == 1:
        verdict.show(judged[0], key=key)
    else:
        picked = answer_table.choose(judged, key=key)
        if picked:
            verdict.show(picked, key=f"{key}-picked")
    downloads.show(judged, key=key)


class _Sight:
    """A bar, and a table that grows below it; nothing where answers are at hand."""

    def __init__(self, n: int) -> None:
        self._n = n
        self._bar, self._table = st.empty(), st.empty()
        self._drawn_at, self._n_drawn = time.monotonic(), 0
        self._number, self._name = 0, ""

    def at(self, number: int, name: str) -> None:
        """Begin with a recording."""
        self._number, self._name = number, frame.plain(name)
        if self._n == 1 or time.monotonic() - self._drawn_at > REDRAWN / 4:
            self._bar.progress(number / self._n, self._words(""))

    def told(self, hearing: Hearing) -> None:
        """How far a long recording is."""
        if max(hearing.heard, hearing.seconds) < LONG:
            return
        heard = f"{verdict.length(hearing.heard)} heard"
        if hearing.seconds:
            heard = f"{verdict.length(hearing.heard)} of {verdict.length(hearing.seconds)} heard"
        words = ", ".join(word for word in (heard, time_left(hearing.left)) if word)
        self._bar.progress((self._number + hearing.share) / self._n, self._words(words))

    def fill(self, judged: Sequence[Judged]) -> None:
        """Draw the table, not too often."""
        now = time.monotonic()
        if now - self._drawn_at >= REDRAWN and len(judged) >= GROWTH * self._n_drawn:
            with self._table.container():
                answer_table.draw(judged)
            self._drawn_at, self._n_drawn = now, len(judged)

    def close(self) -> None:
        """All are answered."""
        self._bar.empty()
        self._table.empty()

    def _words(self, rest: str) -> str:
        which = f"{self._number + 1} of {self._n}: " if self._n > 1 else "Listening: "
        return f"{which}{self._name}" + (f" · {rest}" if rest else "")
