"""A verdict in large letters."""

import streamlit as st

from voicegender.ui.colours import COLOURS, UNCERTAIN


def large(said: str, below: str, *, label: str) -> None:
    """Words of ours, never of others, beside a bar in the colour of the label."""
    st.html(
        f'<div style="border-left:.5rem solid {COLOURS.get(label, UNCERTAIN)};'
        f'padding:.1rem 0 .1rem 1rem"><div role="status" '
        f'style="font-size:2.25rem;font-weight:700;line-height:1.2">{said}</div>'
        f'<div style="font-size:1rem">{below}</div></div>'
    )
