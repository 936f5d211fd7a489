"""Drop recordings or speak; read what the voice is heard as."""

import streamlit as st

from voicegender.requests import AUDIO_SUFFIXES
from voicegender.ui import frame, loaders, model_choice, verdict
from voicegender.ui.answering import Voice

frame.page("Predict", "Is this voice heard as female or male? Drop recordings, or speak.")

models = loaders.models()
if not models:
    model_choice.no_model()
    st.stop()

model = model_choice.choose_model(models)
dropped, spoken = st.tabs(["Files", "Microphone"])

with dropped:
    files = st.file_uploader(
        "Recordings, one or many",
        type=sorted(AUDIO_SUFFIXES),
        accept_multiple_files=True,
        key="files",
        help="Any length up to four hours. Files stay in this session's memory and are never "
        "written to disk.",
    )
    if files:
        voices = [Voice(file.name, file.getvalue()) for file in files]
        verdict.answer_all(model, voices, key="files")
    else:
        st.caption("WAV, FLAC, OGG, Opus, MP3, M4A, AAC, WebM or the sound of a video.")

with spoken:
    take = st.audio_input("Speak for a few seconds", key="take")
    if take:
        verdict.answer_all(model, [Voice("recording.wav", take.getvalue())], key="take")
    else:
        st.caption("The browser asks for the microphone. Read a sentence or two aloud, then stop.")
