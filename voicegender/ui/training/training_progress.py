"""How far a training is: figures, curves, the end of what it said."""

import streamlit as st

from voicegender.runs import Run
from voicegender.ui.result import config_of
from voicegender.ui.results.scores import percent
from voicegender.ui.terms import TERMS
from voicegender.ui.training import learning, training_tables
from voicegender.ui.words import lasting

LOGGED = 5000
"""Characters of a log that are shown."""


def show(run: Run) -> None:
    """Show the curves so far and the best epoch."""
    history, config = run.history, config_of(run)
    if history.empty:
        st.caption("The curves begin after the first epoch.")
        return
    best, last = training_tables.best_epoch(history), history.iloc[-1]
    figures = {
        "Epochs done": (training_tables.epochs(history, config), "epoch"),
        "Validation accuracy": (percent(last["val_accuracy"]), "validation"),
        "Best so far": (f"{percent(best['val_accuracy'])} in epoch {best['epoch']:.0f}", "best"),
        "An epoch takes": (lasting(history["seconds"].median()), "epoch"),
    }
    with st.container(horizontal=True, gap="large"):
        for label, (value, term) in figures.items():
            st.metric(label, value, help=TERMS[term], width="content")
    epochs = config.fitting.epochs if config else None
    learning.show_curves({run.name: history}, run.name, epochs=epochs)


def end_of_log(run: Run) -> str:
    """What it said last."""
    return run.log[-LOGGED:] or "(the log is empty)"
