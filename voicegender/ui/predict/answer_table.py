"""Many recordings: a table that fills, is filtered and sorted, and in which one is chosen."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from voicegender.answers import MOST
from voicegender.ui import frame
from voicegender.ui.colours import UNCERTAIN
from voicegender.ui.voice.answering import Judged

LABELS = ("female", "male", "uncertain", "refused")
COLUMNS = {
    "recording": st.column_config.TextColumn("Recording", width="medium"),
    "heard as": st.column_config.TextColumn("Heard as", width="small"),
    "confidence": st.column_config.ProgressColumn(
        "Confidence", min_value=0, max_value=100, format="%.1f %%", color=UNCERTAIN, width=130
    ),
    "duration": st.column_config.NumberColumn("Duration", format="%.1f s", width="small"),
    "speech": st.column_config.NumberColumn("Speech", format="%.1f s", width="small"),
    "two": st.column_config.TextColumn(
        "Two voices?",
        width="small",
        help="A notable part is decidedly heard otherwise than the whole.",
    ),
    "reason": st.column_config.TextColumn("Refused because", width="large"),
}
ORDERS = {
    "as dropped": ("number", True),
    "by name": ("recording", True),
    "least sure first": ("confidence", True),
    "surest first": ("confidence", False),
    "longest first": ("duration", False),
}
"""What the table is sorted by, and whether upwards."""
N_SHOWN = 11
"""Rows below which a table is as high as it needs."""


def table(judged: Sequence[Judged]) -> pd.DataFrame:
    """A row a recording: confidence in percent, lengths in seconds, NaN where it was refused."""
    rows = [
        {
            "recording": one.voice.name,
            "heard as": one.label,
            "confidence": _percent(one.answer["confidence"]),
            "duration": one.answer["duration"],
            "speech": one.answer["speech_duration"],
            "two": f"part {one.otherwise.label}" if one.otherwise else "",
            "reason": one.reason,
        }
        for one in judged
    ]
    numbers = dict.fromkeys(("confidence", "duration", "speech"), "float64")
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(numbers)


def draw(judged: Sequence[Judged], **chosen: Any) -> Any:
    """The table; columns in which nothing stands are left out."""
    data = table(judged)
    empty = {name for name in ("two", "reason") if not data[name].any()}
    return frame.table(
        data,
        hide_index=True,
        column_config=COLUMNS,
        column_order=[name for name in data if name not in empty],
        placeholder="",
        height="auto" if len(data) < N_SHOWN else 35 * (N_SHOWN + 1) + 3,
        alt="Recordings with what they are heard as",
        **chosen,
    )


def choose(judged: Sequence[Judged], *, key: str) -> Judged | None:
    """Let a person filter, sort and choose; the first row is chosen to begin with."""
    shown = _sorted(_filtered(judged, key), key)
    if not shown:
        st.caption("No recording is left. Choose other labels, or empty the name.")
        return None
    # Another choice of rows is a new table, in which the first is chosen.
    table_key = f"{key}-table-{hash(tuple(one.voice.digest for one in shown))}"
    state = draw(shown, on_select="rerun", selection_mode="single-row-required", key=table_key)
    row: int = min(state["selection"]["rows"][0], len(shown) - 1)
    _steps(shown[row].voice.name, row, len(shown), table_key)
    return shown[row]


def _steps(name: str, row: int, n: int, table_key: str) -> None:
    """The name of the chosen recording, and the way to its neighbours without a mouse."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(frame.plain(name), width="stretch")
        for label, to in (("Previous", row - 1), ("Next", row + 1)):
            st.button(
                label,
                key=f"{table_key}-{label}",
                disabled=not 0 <= to < n,
                on_click=_choose,
                args=(table_key, to),
            )


def _choose(table_key: str, row: int) -> None:
    st.session_state[table_key] = {"selection": {"rows": [row], "columns": [], "cells": []}}


def _filtered(judged: Sequence[Judged], key: str) -> list[Judged]:
    """Counts by label, which are also a filter, and a part of the name."""
    labels = [one.label for one in judged]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        wanted = st.pills(
            "Show",
            [label for label in LABELS if label in labels],
            selection_mode="multi",
            format_func=lambda label: f"{label} {labels.count(label)}",
            key=f"{key}-labels",
        )
        part = st.text_input("Name contains", key=f"{key}-name", width=200).casefold().strip()
        st.selectbox("Order", list(ORDERS), key=f"{key}-order", width=200)
    return [
        one
        for one in judged
        if (not wanted or one.label in wanted) and part in one.voice.name.casefold()
    ]


def _sorted(judged: Sequence[Judged], key: str) -> list[Judged]:
    """In the order that was chosen; what was refused comes last."""
    column, is_upwards = ORDERS[st.session_state[f"{key}-order"]]
    data = table(judged).assign(number=range(len(judged)))
    names = {"key": lambda values: values.str.casefold()} if column == "recording" else {}
    ordered = data.sort_values(column, ascending=is_upwards, kind="stable", **names)
    return [judged[at] for at in ordered["number"]]


def _percent(p: float | None) -> float | None:
    """Confidence in percent, which is never quite all."""
    return None if p is None else 100 * min(p, MOST)
