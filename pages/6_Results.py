"""History, test scores, runs side by side, what conditions cost, errors to listen to."""

import streamlit as st

from voicegender.ui import (
    charts_conditions,
    charts_scores,
    closeup,
    conditions,
    frame,
    learning,
    loaders,
    results_form,
    scores,
)
from voicegender.ui.results import Result
from voicegender.ui.terms import TERMS

PERFECT = f"Dotted: said and come true alike. {TERMS['ece']}"


def compare(chosen: list[Result]) -> None:
    """Show scores side by side."""
    unit = results_form.choose_unit()
    results_form.name_lacking(chosen, unit, "Not measured so")
    if rows := scores.measured_rows(chosen, unit):
        frame.chart(
            charts_scores.accuracies(rows, xaxis="accuracy on test, with 95 % interval"),
            key="accuracies",
            alt="Accuracy of each result and baseline with its 95 % interval.",
        )
        table, columns = scores.score_table(chosen, unit), results_form.column_help()
        st.dataframe(table, hide_index=True, column_config=columns, alt="Scores")
    if any(result.run for result in chosen):
        st.subheader("How they learnt", help=TERMS["epoch"])
        learning.show_curves({result.title: result.history for result in chosen}, "chosen")
    metrics = {result.title: result.metrics for result in chosen}
    who_fails(chosen, metrics)
    left, right = st.columns(2)
    with left:
        st.subheader("Telling apart (ROC)", help=f"Dotted: guessing. {TERMS['auc']}")
        frame.chart(charts_scores.roc(metrics), key="roc", alt="ROC curve of each result.")
    with right:
        st.subheader("Can its probabilities be believed?", help=PERFECT)
        figure = charts_scores.reliability(metrics)
        frame.chart(figure, key="ece", alt="Calibration of each result.")
    st.subheader("By length of the recording", help=TERMS["interval"])
    figure = charts_scores.by_duration(metrics)
    frame.chart(figure, key="duration", alt="Accuracy by recording length.")


def who_fails(chosen: list[Result], metrics: charts_scores.Metrics) -> None:
    """Show for which voices it errs, women and men apart."""
    st.subheader("Who fails: accuracy by pitch", help=TERMS["pitch"])
    results_form.name_lacking(chosen, "by_f0", "No pitch is known of the recordings of")
    if len(scores.lacking(chosen, "by_f0")) == len(chosen):
        return
    for column, gender in zip(st.columns(2), ("female", "male"), strict=True):
        with column:
            figure = charts_scores.by_f0(metrics, gender)
            alt = f"Recordings labelled {gender} that are heard so, by their median F0 in Hz."
            frame.chart(figure, key=f"pitch-{gender}", alt=alt)


def stress(chosen: list[Result]) -> None:
    """Show what conditions cost and how little speech is enough."""
    if measured := [one for one in chosen if one.robustness]:
        show_costs(measured)
    results_form.how_to_measure(chosen)


def show_costs(measured: list[Result]) -> None:
    """Show what was measured."""
    st.subheader("What noise, rooms and codecs cost", help=TERMS["lost"])
    for column, (unit, word) in zip(st.columns(2), conditions.UNITS.items(), strict=True):
        with column:
            st.markdown(f"**{word}**")
            costs = conditions.costs(measured, unit), conditions.baseline_costs(measured, unit)
            alt = f"Percentage points lost under each condition, {word.lower()}."
            frame.chart(charts_conditions.lost(*costs), key=f"lost-{unit}", alt=alt)
    table, columns = conditions.conditions_table(measured), results_form.condition_help()
    st.dataframe(table, hide_index=True, column_config=columns, alt="Conditions and their cost")
    st.subheader("How little speech is enough", help=f"{TERMS['lengths']} {TERMS['interval']}")
    figure = charts_conditions.by_length(
        conditions.lengths(measured), conditions.baseline_lengths(measured)
    )
    frame.chart(figure, key="lengths", alt="Accuracy by seconds of speech that are heard.")


def closer(chosen: list[Result]) -> None:
    """Show one result: who is mistaken for whom, errors to hear, the split, export."""
    result = results_form.choose_one(chosen)
    left, right = st.columns(2, gap="large")
    with left:
        closeup.show_confusion(result)
    with right:
        closeup.show_wrong_readers(result)
    closeup.show_seeds(result)
    closeup.show_errors(result)
    if result.run:
        results_form.show_split(result.run)
        results_form.export(result.run)


frame.page("Results", "How well runs and models hear voices they never learnt from.")
found = loaders.results()
if not found:
    st.info("No result yet. Train a network first; its scores appear here when it is done.")
    frame.way_to("Training", "→ Train a network")
    st.stop()
if not (asked := results_form.choose_results(found)):
    st.info("Choose one or several.")
    st.stop()
results_form.warn(asked)
titles = ["Side by side", "Noise and short speech", "One closely"]
tabs = st.tabs(titles, key="view", on_change="rerun", bind="query-params")
for tab, show in zip(tabs, (compare, stress, closer), strict=True):
    if tab.open:
        with tab, frame.told():
            show(asked)
