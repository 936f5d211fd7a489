"""Where a recording to be answered comes from: files, the microphone, examples, another page."""

from collections.abc import Sequence

import streamlit as st

from voicegender.requests import AUDIO_SUFFIXES
from voicegender.ui.predict import examples
from voicegender.ui.voice.answering import TAKE, Voice

SAMPLE_RATE = 16_000
"""Hz; at higher rates browsers switch on processing that distorts a voice."""
KINDS = "WAV, FLAC, OGG, Opus, MP3, M4A, AAC, WebM or the sound of a video."
NO_MICROPHONE = (
    "**Nothing happens, or “an error has occurred”?** Then the browser gives no microphone. Allow "
    "it for this page (the sign at the left of the address), check that one is plugged in and that "
    "no other program holds it, then reload. Browsers ask only on `localhost`, `127.0.0.1` or "
    "HTTPS."
)


def dropped() -> Sequence[Voice]:
    """Files."""
    limit = st.get_option("server.maxUploadSize")
    files = st.file_uploader(
        "Recordings, one or many",
        type=sorted(AUDIO_SUFFIXES),
        accept_multiple_files=True,
        key="files",
        help="Any length up to four hours. Files stay in this session's memory and are never "
        "written to disk.",
    )
    if not files:
        st.caption(f"{KINDS} Up to {limit} MB and four hours each: an hour of FLAC is about 70 MB.")
        st.caption("No recording at hand? There are some under **Examples**.")
    return [Voice(file.name, file.getvalue(), file.file_id) for file in files]


def spoken() -> Sequence[Voice]:
    """The microphone."""
    take = st.audio_input("Speak for a few seconds", sample_rate=SAMPLE_RATE, key="take")
    if take:
        return [Voice("recording.wav", take.getvalue(), take.file_id)]
    st.caption("The browser asks for the microphone. Read a sentence or two aloud, then stop.")
    st.caption(NO_MICROPHONE)
    return []


def exemplary() -> Sequence[Voice]:
    """Examples."""
    voice = examples.choose()
    return [voice] if voice else []


def handed_over() -> Sequence[Voice]:
    """The take from Live, until it is dismissed."""
    data: bytes | None = st.session_state.get(TAKE)
    if not data:
        return []
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="left"):
        st.subheader("The take from Live", width="content")
        st.button("Dismiss", key="dismiss-take", on_click=_dismiss)
    return [Voice("live-take.wav", data)]


def _dismiss() -> None:
    del st.session_state[TAKE]
