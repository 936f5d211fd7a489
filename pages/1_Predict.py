"""Drop recordings or speak; read what the voice is heard as."""

import streamlit as st

from voicegender.ui import frame, loaders, model_choice
from voicegender.ui.predict import audition, sources

frame.page("Predict", "Is this voice heard as female or male? Drop recordings, or speak.")

models = loaders.models()
if not models:
    model_choice.no_model()
    st.stop()

model = model_choice.choose_model(models)
live = sources.handed_over()
if live:
    audition.answer_all(model, live, key="live")
    st.divider()

places = st.tabs(["Files", "Microphone", "Examples"])
given = []
for place, source in zip(places, (sources.dropped, sources.spoken, sources.exemplary), strict=True):
    with place:
        given.append(source())

# All ways in are drawn before anything is answered, and files, which may take long, come last.
for place, key, voices in reversed(
    [*zip(places, ("files", "take", "example"), given, strict=True)]
):
    if voices:
        with place:
            audition.answer_all(model, voices, key=key)
