"""What is chosen and done on the page of results."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from voicegender.runs import Run
from voicegender.ui import frame, loaders
from voicegender.ui.offer import offer
from voicegender.ui.result import Result, comparable
from voicegender.ui.results import conditions, html_report
from voicegender.ui.results.mistakes import recording_path
from voicegender.ui.results.parts_tables import parts_table, readers_table
from voicegender.ui.results.scores import UNITS, lacking
from voicegender.ui.terms import TERMS
from voicegender.ui.words import LEAKY

HELP = {
    "Answers": "answers",
    "Readers": "readers",
    "Right": "accuracy",
    "Women": "recall",
    "Men": "recall",
    "Uncertain": "uncertain",
    "If decided": "decided",
    "AUC": "auc",
    "EER": "eer",
    "ECE": "ece",
}
NAME = 210
WIDTHS, NARROW = {"accuracy": 135, "uncertain": 82, "decided": 82, "recall": 72}, 66
"""Pixels of a column, by the term it holds: a rate with its interval is the longest text."""


def choose_results(found: Sequence[Result]) -> list[Result]:
    """Ask which results are shown; at first those that can be compared."""
    by_name = {one.name: one for one in found}
    names = st.multiselect(
        "Runs, cross-validations and models",
        [*by_name],
        # What was put into the session is not to be given as a default too.
        None if "results" in st.session_state else comparable(found),
        key="results",
        bind="query-params",
        help=TERMS["tested"],
    )
    offer_newest(found, names)
    return [by_name[name] for name in names]


def offer_newest(found: Sequence[Result], names: Sequence[str]) -> None:
    """Offer the run that was made last, where it is not among what is shown."""
    newest = next((one.name for one in found if one.run), None)
    if newest and newest not in names:
        st.button(
            f"+ Add the newest run: {frame.plain(newest)}",
            type="tertiary",
            on_click=_show_too,
            args=(newest, tuple(names)),
        )


def _show_too(name: str, names: Sequence[str]) -> None:
    st.session_state["results"] = [*names, name]


def choose_threshold() -> float:
    """Ask from which probability on a voice counts as heard as female."""
    per_cent = st.slider(
        "Heard as female from a probability of",
        1,
        99,
        50,
        format="%d %%",
        key="threshold",
        bind="query-params",
        help=TERMS["threshold"],
    )
    return float(per_cent) / 100


def offer_report(chosen: Sequence[Result], unit: str) -> None:
    """Offer all of this page as one file."""
    offer(
        "Download as a report (HTML)",
        lambda: html_report.report(chosen, unit),
        "voicegender-results.html",
        "text/html",
        help="Scores, figures and errors at this threshold in one file that opens offline.",
    )


def choose_one(chosen: Sequence[Result]) -> Result:
    """Ask which of them is looked at closely, where there are several."""
    if len(chosen) == 1:
        return chosen[0]
    return st.selectbox("Which one", chosen, format_func=lambda one: one.title, key="closely")


def warn(chosen: Sequence[Result]) -> None:
    """What must be known before scores are compared."""
    for result in chosen:
        if result.is_leaky:
            st.warning(f"**{frame.plain(result.name)}**: {LEAKY}", icon="⚠️")
    if names := [result.name for result in chosen if result.synthetic]:
        st.info(f"Tested on computed voices, not on people: {frame.plain(', '.join(names))}.")


def choose_unit() -> str:
    """Ask what one answer is given for."""
    unit = st.segmented_control(
        "Counted by",
        [*UNITS],
        default="recordings",
        required=True,
        format_func=UNITS.__getitem__,
        key="unit",
        bind="query-params",
        help=f"{TERMS['unit']} {TERMS['interval']}",
    )
    return str(unit)


def name_lacking(chosen: Sequence[Result], key: str, what: str) -> None:
    """Say for which results something is not known."""
    if names := lacking(chosen, key):
        st.caption(f"{what}: {frame.plain(', '.join(names))}.")


def ink() -> str:
    """Colour of text upon a chart, for the theme that is shown."""
    return "#FAFAFA" if st.context.theme.type == "dark" else "#262730"


def column_help() -> dict[str, Any]:
    """What each column of scores means."""
    columns = {
        name: st.column_config.Column(help=TERMS[term], width=WIDTHS.get(term, NARROW))
        for name, term in HELP.items()
    }
    return columns | {
        "Result": st.column_config.Column(pinned=True, width=NAME, help=TERMS["baseline"])
    }


def how_to_measure(chosen: Sequence[Result]) -> None:
    """For each result without robustness, the command that measures it."""
    for one in chosen:
        if not one.robustness:
            st.caption(f"{frame.plain(one.name)}: not measured yet under noise or on short speech.")
            if one.remedy:
                st.code(one.remedy, None, wrap_lines=True)
            else:
                st.caption("It cannot be: only features of its recordings are known.")


def condition_help() -> dict[str, Any]:
    """What each column of a table of conditions means."""
    columns = {
        f"{word}, {what}": st.column_config.NumberColumn(format="%.1f", help=TERMS["lost"])
        for word in conditions.UNITS.values()
        for what in ("right %", "lost")
    }
    return columns | {
        "Condition": st.column_config.Column(pinned=True),
        "Refused": st.column_config.Column(help=TERMS["refused"], width=NARROW),
        "Result": st.column_config.Column(width=NAME),
    }


def confidence() -> dict[str, Any]:
    """Confidence as a bar with its number."""
    return {
        "Confidence": st.column_config.ProgressColumn(
            format="percent",
            min_value=0,
            max_value=1,
            color="gray",
            help="Probability of what was heard; the higher, the surer was the wrong answer.",
        )
    }


def choose_row(wrong: pd.DataFrame) -> str:
    """Show wrong recordings; the one that is chosen, at first the loudest error."""
    event = frame.table(
        wrong,
        hide_index=True,
        height=min(320, 38 + 35 * len(wrong)),
        column_config=confidence(),
        on_select="rerun",
        selection_mode="single-row",
        key="errors",
        alt="Recordings heard otherwise than labelled; choose a row to hear it.",
    )
    rows = event["selection"]["rows"]
    st.caption("Choose a row to hear another one.")
    return str(wrong["Recording"].iat[rows[0] if rows and rows[0] < len(wrong) else 0])


def path_of(result: Result, recording: str) -> Path | None:
    """Where a test recording lies; None where its corpus is not here.

    A published model knows its corpus by name alone: one of that name is looked into, and no
    folder that a model from elsewhere might name.

    Raises
    ------
    VoiceGenderError
        The corpus cannot be read.
    """
    if result.config is None:
        return None
    asked = Path(result.config.corpus)
    own = [] if result.published else [asked]
    if any((path / "config.json").exists() for path in own):
        return None  # features that were made elsewhere
    places_known = [*own, *(path for path in loaders.known_corpora() if path.name == asked.name)]
    found = (recording_path(loaders.corpus(p), recording) for p in places_known if p.exists())
    return next((path for path in found if path), None)


def show_split(run: Run) -> None:
    """Who was in which part of a run."""
    rows = run.table("split")
    if rows is None:
        return
    with st.expander("Who was in which part"):
        st.table(parts_table(rows))
        frame.table(readers_table(rows), hide_index=True, height=300)
