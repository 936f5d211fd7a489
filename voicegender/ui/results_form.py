"""What is chosen and done on the page of results."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from voicegender.config import folder_name
from voicegender.places import places
from voicegender.publishing import publish
from voicegender.runs import Run
from voicegender.ui import frame, loaders
from voicegender.ui.scores import UNITS, Result, parts_table, readers_table, recording_path
from voicegender.ui.words import LEAKY, TERMS

HELP = {
    "By recording": "accuracy",
    "By 3 s excerpt": "accuracy",
    "By reader": "accuracy",
    "Women": "recall",
    "Men": "recall",
    "AUC": "auc",
    "EER": "eer",
    "ECE": "ece",
}
WIDTHS, NARROW = {"accuracy": 130, "recall": 130}, 65
"""Pixels of a column, by the term it holds: a rate with its interval is the longest text."""


def warn(chosen: Sequence[Result]) -> None:
    """What must be known before scores are compared."""
    for result in chosen:
        if result.is_leaky:
            st.warning(f"**{frame.plain(result.name)}**: {LEAKY}", icon="⚠️")
        if result.data.get("synthetic"):
            st.info(f"{frame.plain(result.name)}: tested on computed voices, not on people.")


def choose_unit() -> str:
    """Ask what one answer is given for."""
    unit = st.segmented_control(
        "Counted by",
        [*UNITS],
        default="recordings",
        required=True,
        format_func=lambda name: UNITS[name].removeprefix("By "),
        help=f"What one answer is given for. {TERMS['interval']}",
    )
    return str(unit)


def ink() -> str:
    """Colour of text upon a chart, for the theme that is shown."""
    return "#FAFAFA" if st.context.theme.type == "dark" else "#262730"


def column_help() -> dict[str, Any]:
    """What each column of scores means."""
    columns = {
        name: st.column_config.Column(help=TERMS[term], width=WIDTHS.get(term, NARROW))
        for name, term in HELP.items()
    }
    return columns | {"Run": st.column_config.Column(pinned=True)}


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
    event = st.dataframe(
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
    """Where a test recording lies; None for features made elsewhere.

    Raises
    ------
    VoiceGenderError
        The corpus is not where it was.
    """
    if result.config is None or (Path(result.config.corpus) / "config.json").exists():
        return None
    return recording_path(loaders.corpus(Path(result.config.corpus)), recording)


def show_split(run: Run) -> None:
    """Who was in which part of a run."""
    rows = run.table("split")
    if rows is None:
        return
    with st.expander("Who was in which part"):
        st.table(parts_table(rows))
        st.dataframe(readers_table(rows), hide_index=True, height=300)


def export(run: Run) -> None:
    """Offer to publish the run's model."""
    with st.expander("Use this model: export it"):
        st.caption(
            "Copies the model with its card into the folder of models, where Predict and Live "
            "find it."
        )
        name = st.text_input("Name of the model", run.name, key=f"export-name-{run.name}")
        folder = places().models / name
        replaces = (folder / "bundle.json").exists()
        agreed = not replaces or st.checkbox(f"Replace the model {frame.plain(name)} there is")
        if st.button("Export", key=f"export-{run.name}", disabled=not agreed):
            with frame.told():
                _publish(run, name)
                st.success(f"Exported to {frame.plain(str(folder))}.")
                frame.way_to("Predict", "→ Use it in Predict")


def _publish(run: Run, name: str) -> None:
    folder = places().models / folder_name(name, "model")
    places().models.mkdir(parents=True, exist_ok=True)
    publish(run, folder)
