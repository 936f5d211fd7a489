"""The frame every page shares: its title, the way around, what is shown before anything."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from voicegender.errors import VoiceGenderError

ICON = "🎙️"
WORDS = (
    "A label says how a voice is **heard**. It is no statement about a person's gender, and "
    "nothing to decide about people with."
)


def page(title: str, subtitle: str) -> None:
    """Begin a page; the first call on it."""
    st.set_page_config(page_title=f"{title} · voicegender", page_icon=ICON, layout="wide")
    st.title(title)
    st.caption(subtitle)
    with st.sidebar:
        st.caption(WORDS)


@contextmanager
def told() -> Iterator[None]:
    """Show a user's error in one line where it happened; the rest of the page goes on."""
    try:
        yield
    except VoiceGenderError as error:
        st.error(str(error), icon="⚠️")
