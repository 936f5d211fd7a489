"""The dashboard's home: what this is, what is there, and the way in."""

import streamlit as st

from voicegender.ui import frame, home

frame.page("voicegender", "Is a voice heard as female or male?")
st.markdown(home.WHAT)
home.next_step()
home.doors()
home.state()
