"""A recording to hear, and played from where a chart is clicked."""

from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from voicegender.ui.voice import answering
from voicegender.ui.voice.answering import Voice

PLAY = """<script>
{{
  const audio = document.querySelector(".st-key-{key} audio");
  if (audio) {{ audio.currentTime = {seconds:.3f}; audio.play(); }}
}}
</script>"""
"""`st.audio` starts at whole seconds only, and would fetch the recording again."""


def show(voice: Voice) -> None:
    """The recording, to hear."""
    data, media_type = answering.playable(voice)
    st.audio(data, format=media_type, alt=f"Recording {voice.name}")


def place(voice: Voice, *, key: str) -> DeltaGenerator:
    """The same, with a place behind it that `play_where_clicked` needs."""
    with st.container(key=f"{key}-player"):
        show(voice)
        return st.empty()


def forget(key: str) -> None:
    """Begin anew: nothing was clicked."""
    st.session_state.pop(f"{key}-played", None)


def play_where_clicked(place: DeltaGenerator, point: Mapping[str, Any] | None, *, key: str) -> None:
    """Play from a point's time, once for each click.

    A second click at the same place takes its choice back: it plays from there again.
    """
    seconds = None if point is None else float(point["x"])
    before = st.session_state.get(f"{key}-played")
    if seconds != before:
        st.session_state[f"{key}-played"] = seconds
        start = before if seconds is None else seconds
        place.html(PLAY.format(key=f"{key}-player", seconds=start), unsafe_allow_javascript=True)
