"""History, test scores, runs side by side, errors to listen to."""

from pathlib import Path

import streamlit as st

from voicegender.ui import charts_runs, charts_voice, frame, loaders, results_form, scores
from voicegender.ui.scores import Result
from voicegender.ui.words import TERMS

PERFECT = f"Dotted: said and come true alike. {TERMS['ece']}"


def compare(chosen: list[Result]) -> None:
    """Show scores side by side."""
    results_form.warn(chosen)
    rows = scores.accuracy_rows(chosen, results_form.choose_unit())
    frame.chart(
        charts_runs.accuracies(rows, xaxis="accuracy on test, with 95 % interval"),
        key="accuracies",
        alt="Accuracy of each run and baseline with its 95 % interval.",
    )
    st.dataframe(
        scores.score_table(chosen), hide_index=True, column_config=results_form.column_help()
    )
    curves({result.name: result.run.history for result in chosen if result.run})
    metrics = {result.name: result.metrics for result in chosen}
    left, right = st.columns(2)
    with left:
        st.subheader("Telling apart (ROC)", help=f"Dotted: guessing. {TERMS['auc']}")
        frame.chart(charts_runs.roc(metrics), key="roc", alt="ROC curve of each run.")
    with right:
        st.subheader("Can its probabilities be believed?", help=PERFECT)
        frame.chart(charts_runs.reliability(metrics), key="ece", alt="Calibration of each run.")
    st.subheader("By length of the recording", help=TERMS["interval"])
    frame.chart(
        charts_runs.by_duration(metrics), key="duration", alt="Accuracy by recording length."
    )


def curves(histories: charts_runs.Curves) -> None:
    """Show how runs learnt."""
    if not histories:
        return
    st.subheader("How they learnt", help=TERMS["epoch"])
    if len(histories) > 1:
        st.caption("Thick: validation. Dotted: training.")
    for column, measure in zip(st.columns(2), ("loss", "accuracy"), strict=True):
        with column:
            figure = charts_runs.history(histories, measure)
            frame.chart(figure, key=measure, alt=f"{measure.capitalize()} by epoch and run.")


def closer(result: Result) -> None:
    """Show one result: who is mistaken for whom, errors to hear, the split, export."""
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.subheader("Labels and answers")
        frame.chart(
            charts_runs.confusion(
                result.metrics["recordings"]["confusion"], ink=results_form.ink()
            ),
            key="confusion",
            alt="Recordings by label and by answer.",
        )
    with right:
        st.subheader("Readers that went wrong")
        readers = scores.wrong_readers(result)
        if readers.empty:
            st.caption("Every reader of the test part was heard as labelled.")
        else:
            st.dataframe(readers, hide_index=True, column_config=results_form.confidence())
    st.subheader("Errors to listen to, the most confident first")
    wrong = scores.wrong_recordings(result)
    if wrong.empty:
        st.caption("Every recording of the test part was heard as labelled.")
    else:
        listen(result, results_form.choose_row(wrong))
    if result.run:
        results_form.show_split(result.run)
        results_form.export(result.run)


def listen(result: Result, recording: str) -> None:
    """Play a recording, where its corpus is present."""
    with frame.told():
        path = results_form.path_of(result, recording)
        if path is None:
            st.caption("The recording is not here to be played: only its features are known.")
            return
        st.markdown(f"**{frame.plain(recording)}**")
        st.audio(str(path), alt=f"Recording {recording}")
        y = loaders.samples(Path(path))
        frame.chart(charts_voice.f0_contour(y), key="f0", alt="Pitch (F0) of the recording.")


frame.page("Results", "How well runs and models hear voices they never learnt from.")
found = {result.name: result for result in loaders.results()}
if not found:
    st.info("No result yet. Train a network first; its scores appear here when it is done.")
    frame.way_to("Training", "→ Train a network")
    st.stop()
names = st.multiselect(
    "Runs and models", [*found], [*found][:2], key="results", bind="query-params"
)
if not names:
    st.info("Choose one or several.")
    st.stop()
tabs = st.tabs(["Side by side", "One closely"], key="view", on_change="rerun", bind="query-params")
if tabs[0].open:
    with tabs[0], frame.told():
        compare([found[name] for name in names])
if tabs[1].open:
    with tabs[1], frame.told():
        one = st.selectbox("Run or model", names) if len(names) > 1 else names[0]
        closer(found[str(one)])
