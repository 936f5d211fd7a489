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
ways = {"live": (st.container(), sources.handed_over)}
tabs = st.tabs(["Files", "Microphone", "Examples"])
keys = {"files": sources.dropped, "take": sources.spoken, "example": sources.exemplary}
ways |= {key: (tab, source) for tab, (key, source) in zip(tabs, keys.items(), strict=True)}
given = {}
for key, (place, source) in ways.items():
    with place:
        given[key] = source()

# All ways in are drawn before anything is answered, and files, which may take long, come last.
for key in ("example", "take", "live", "files"):
    if given[key]:
        with ways[key][0]:
            audition.answer_all(model, given[key], key=key)
