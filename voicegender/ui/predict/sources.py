"""Where a recording to be answered comes from: files, the microphone, examples, another page."""

from collections.abc import Sequence

import streamlit as st

from voicegender.audio import SAMPLE_RATE
from voicegender.finding import AUDIO_SUFFIXES
from voicegender.ui.predict import examples
from voicegender.ui.voice.answering import TAKE, Voice

LEFT, BACK = "files-before", "files-back"
"""Where the session keeps the files of before, and whether it is those that are shown."""
KINDS = "WAV, FLAC, OGG, Opus, MP3, M4A, AAC, WebM or the sound of a video."
NO_MICROPHONE = (
    "**Nothing happens, or “an error has occurred”?** Then the browser gives no microphone. Allow "
    "it for this page (the sign at the left of the address), check that one is plugged in and that "
    "no other program holds it, then reload. Browsers ask only on `localhost`, `127.0.0.1` or "
    "HTTPS."
)


def dropped() -> Sequence[Voice]:
    """Files; those of before, where the page was left and its own field is empty again."""
    is_back = "files" not in st.session_state
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
    voices = [Voice(file.name, file.getvalue(), file.file_id) for file in files]
    return _kept(voices, is_back=is_back)


def _kept(voices: list[Voice], *, is_back: bool) -> list[Voice]:
    """The files, or those of before the page was left, until they are let go or replaced."""
    st.session_state[BACK] = not voices and (is_back or st.session_state.get(BACK, False))
    if not st.session_state[BACK]:
        st.session_state[LEFT] = voices
        return voices
    before: list[Voice] = st.session_state.get(LEFT, [])
    if before:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(
                f"From before you left this page: {len(before):,} recordings.", width="content"
            )
            st.button("Let them go", key="forget-files", on_click=_forget_files)
    return before


def _forget_files() -> None:
    st.session_state[LEFT] = []


def spoken() -> Sequence[Voice]:
    """The microphone."""
    # At higher rates browsers switch on processing that distorts a voice.
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
