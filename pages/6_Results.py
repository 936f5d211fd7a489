"""Runs and models side by side, at any threshold; whom they err on; errors to listen to."""

from collections.abc import Callable

import streamlit as st

from voicegender.places import places
from voicegender.ui import frame, loaders
from voicegender.ui.result import Result
from voicegender.ui.results import closeup, comparison, evidence, export_form, results_form
from voicegender.ui.terms import TERMS


def closer(chosen: list[Result], unit: str) -> None:
    """Show one result: who is mistaken for whom, errors to hear, the split, export."""
    result = results_form.choose_one(chosen)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Labels and answers", help=TERMS["answers"])
        comparison.confusion(result, unit if unit in result.metrics else "recordings")
    with right:
        closeup.show_wrong_readers(result)
    closeup.show_seeds(result)
    closeup.show_errors(result)
    if result.run:
        results_form.show_split(result.run)
        export_form.export(result.run)


frame.page("Results", "How well runs and models hear voices they never learnt from.")
evidence.name_damaged(places().runs)
found = loaders.results()
if not found:
    st.info("No result yet. Train a network first; its scores appear here when it is done.")
    frame.way_to("Training", "→ Train a network")
    st.stop()
if not (asked := results_form.choose_results(found)):
    st.info("Choose one or several.")
    st.stop()
results_form.warn(asked)
evidence.name_damaged_runs(asked)
left, right = st.columns(2, gap="large")
with left:
    counted = results_form.choose_unit()
with right:
    threshold = results_form.choose_threshold()
with frame.told():
    moved = [evidence.at(one, threshold) for one in asked]
    comparison.name_unmoved(moved, threshold)
    comparison.price(asked, moved, counted)
    results_form.offer_report(moved, counted)
    shows: dict[str, Callable[[], None]] = {
        "Side by side": lambda: comparison.compare(moved, counted),
        "Curves": lambda: comparison.curves(moved, counted),
        "Who it errs on": lambda: comparison.who(moved, counted),
        "Noise and short speech": lambda: comparison.stress(moved, threshold),
        "One closely": lambda: closer(moved, counted),
    }
    tabs = st.tabs([*shows], key="view", on_change="rerun", bind="query-params")
    for tab, show in zip(tabs, shows.values(), strict=True):
        if tab.open:
            with tab:
                show()
