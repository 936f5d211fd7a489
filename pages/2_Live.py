"""Listen to the microphone, continuously."""

import streamlit as st

from voicegender.ui import frame, loaders, model_choice
from voicegender.ui.live import live, live_session, microphone

frame.page("Live", "Speak, and watch the verdict follow.")

models = loaders.models()
if not models:
    model_choice.no_model()
    st.stop()

with frame.told():
    classifier = loaders.classifier(model_choice.choose_model(models).folder)
    one = live_session.session()
    steered, shown, kept, connected = (st.container() for _ in range(4))
    with kept:  # before the connection, which may end this run and start another
        live.take(one)
    with connected:
        permission = microphone.permission(one.turn if one.wanted else 0)
        one.notice(permission)
        is_given = one.wanted and permission == "granted"
        connection = microphone.connect(one.receive, wanted=is_given)
    with steered:
        live.controls(one)
    with shown:
        pace = live.PACE if one.wanted else None
        st.fragment(live.show, run_every=pace)(one, classifier, permission, connection)
