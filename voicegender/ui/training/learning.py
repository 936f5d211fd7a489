"""How runs learnt, seen."""

import streamlit as st

from voicegender.ui import frame
from voicegender.ui.results import charts_runs

MEASURES = ("loss", "accuracy")


def show_curves(histories: charts_runs.Curves, key: str, *, epochs: int | None = None) -> None:
    """Loss and accuracy by epoch, side by side.

    Parameters
    ----------
    key
        Names the charts.
    epochs
        Fixes the axis of a run that goes on.
    """
    if sum(not rows.empty for rows in histories.values()) > 1:
        st.caption("Thick: validation. Dotted: training.")
    for column, measure in zip(st.columns(len(MEASURES)), MEASURES, strict=True):
        with column:
            frame.chart(
                charts_runs.history(histories, measure, epochs=epochs),
                key=f"{measure}-{key}",
                alt=f"{measure.capitalize()} of training and validation by epoch.",
            )
