"""One result closely: who is disputed, how seeds differ, errors to listen to."""

from pathlib import Path

import streamlit as st

from voicegender.ui import frame, loaders
from voicegender.ui.result import Result
from voicegender.ui.results import mistakes, results_form, scores
from voicegender.ui.terms import TERMS
from voicegender.ui.voice import charts_voice

UNDISPUTED = "No reader is heard otherwise than labelled with every seed."
ONE_SEED = "One seed only: with `--seeds 3`, chance and disputed labels can be told apart."


def show_wrong_readers(result: Result) -> None:
    """Readers whose recordings, taken together, are heard otherwise than labelled."""
    st.subheader("Readers that went wrong", help="All recordings of a reader taken together.")
    readers = mistakes.wrong_readers(result)
    if readers.empty:
        st.caption("Every reader of the test part was heard as labelled.")
    else:
        frame.table(
            readers,
            hide_index=True,
            column_config=results_form.confidence(),
            height=min(260, 38 + 35 * len(readers)),
        )


def show_seeds(result: Result) -> None:
    """How much the seeds of a cross-validation differ, and whom all of them dispute."""
    table = scores.seeds_table(result)
    if table.empty:
        return
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Right, seed by seed", help=TERMS["seeds"])
        st.table(table.assign(Seed=table["Seed"].map(frame.plain)).set_index("Seed"))
    with right:
        st.subheader("Readers whose label every seed disputes", help=TERMS["disputed"])
        disputed = mistakes.disputed_table(result)
        if disputed.empty:
            st.caption(UNDISPUTED)
        else:
            frame.table(disputed, hide_index=True, alt="Disputed readers")
            st.caption("Named, never dropped: every score on this page counts them.")
        if len(table) == 1:
            st.caption(ONE_SEED)


def show_errors(result: Result) -> None:
    """Wrong recordings, one of them to listen to."""
    st.subheader("Errors to listen to, the most confident first")
    wrong = mistakes.wrong_recordings(result)
    if wrong.empty:
        st.caption("Every recording of the test part was heard as labelled.")
        return
    recording = results_form.choose_row(wrong)
    with frame.told():
        path = results_form.path_of(result, recording)
        if path is None:
            st.caption("The recording is not here to be played: its corpus is not known here.")
            return
        _listen(recording, path)


def _listen(recording: str, path: Path) -> None:
    st.markdown(f"**{frame.plain(recording)}**")
    st.audio(str(path), alt=f"Recording {recording}")
    y = loaders.samples(path)
    frame.chart(charts_voice.f0_contour(y), key="f0", alt="Pitch (F0) of the recording.")
