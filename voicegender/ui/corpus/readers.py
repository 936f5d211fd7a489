"""Who speaks: corpus and filters, how many that are, the table in which a reader is chosen."""

import math
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from voicegender.ui import frame, loaders
from voicegender.ui.corpus import charts_readers
from voicegender.ui.corpus.disputes import SIGN, Disputes
from voicegender.ui.corpus.reader_table import ORDERS, View
from voicegender.ui.terms import TERMS
from voicegender.ui.words import GENDERS

FILTERS = ("subset", "gender", "minutes", "name", "present", "disputed", "order")
"""Keys of the filters, in the session and in the address."""
COLUMNS = {
    "speaker_id": st.column_config.Column("Reader", width=80),
    "name": st.column_config.TextColumn("Name", width="medium"),
    "gender": st.column_config.TextColumn("Gender", width=90, help="As the corpus states it."),
    "subset": st.column_config.TextColumn("Subset", width=140),
    "minutes": st.column_config.NumberColumn(
        "Minutes", format="%.1f", width=90, help="Minutes of speech in the whole corpus."
    ),
    "recordings": st.column_config.NumberColumn(
        "Here", format="%d", width=70, help="Recordings present on this machine."
    ),
    "disputed": st.column_config.TextColumn("Disputed", width=150, help=TERMS["disputed-reader"]),
}
N_FITTING = 14
"""Rows that are shown without scrolling."""


def choose_corpus(paths: list[Path]) -> Path:
    """One of the corpora there are; the choice stands in the address."""
    titles = loaders.titles(paths)
    return st.selectbox(
        "Corpus",
        paths,
        format_func=titles.__getitem__,
        key="corpus",
        bind="query-params",
        on_change=_forget_filters,
    )


def _forget_filters() -> None:
    """The filters of one corpus mean nothing in another."""
    for key in FILTERS:
        st.session_state.pop(key, None)
    _close()


def filters(readers: pd.DataFrame, disputes: Disputes | None) -> View:
    """Controls above the table; what they say stands in the address, so a link shares it."""
    bound: dict[str, Any] = {"bind": "query-params"}
    first, second = st.columns([3, 2], gap="large")
    with first:
        subset = _pills("Subset", sorted(set(readers["subset"])), "subset")
        named, ordered = st.columns(2)
        name = named.text_input(
            "Name or number", key="name", placeholder="part of a name, or a number", **bound
        )
        order = ordered.selectbox("Order", [*ORDERS], key="order", **bound)
    with second:
        gender = _pills("Gender", sorted(set(readers["gender"])), "gender")
        most = max(1, math.ceil(readers["minutes"].max()))
        span, label = (0, most), "Minutes of speech in the corpus"
        minutes = st.slider(label, 0, most, span, key="minutes", format="%d min", **bound)
    with st.container(horizontal=True, gap="large"):
        present = st.toggle(
            "Only readers with recordings on this machine", key="present", width="content", **bound
        )
        return View(
            tuple(subset), tuple(gender), minutes, name, present, _only_disputed(disputes), order
        )


def _pills(label: str, options: list[str], key: str) -> list[str]:
    return st.pills(
        label,
        options,
        selection_mode="multi",
        format_func=lambda option: frame.plain(str(GENDERS.get(option, option))),
        key=key,
        wrap=True,
        bind="query-params",
    )


def _only_disputed(disputes: Disputes | None) -> bool:
    """A filter where something is known; else a word on why nothing is."""
    if disputes is None:
        st.caption("No model was cross-validated on this corpus: no reader can be marked disputed.")
        return False
    return st.toggle(
        f"Only disputed ({len(disputes.told)} of {frame.plain(disputes.scope)})",
        key="disputed",
        width="content",
        help=TERMS["disputed-reader"],
        bind="query-params",
    )


def counts(shown: pd.DataFrame, readers: pd.DataFrame) -> None:
    """How many there are in view."""
    women, men = ((shown["gender"] == gender).sum() for gender in ("F", "M"))
    with st.container(horizontal=True, gap="medium"):
        for label, value in (
            ("Readers", f"{len(shown):,} of {len(readers):,}"),
            ("Female", f"{women:,}"),
            ("Male", f"{men:,}"),
            ("Hours of speech", f"{shown['minutes'].sum() / 60:,.1f}"),
            ("Recordings here", f"{shown['recordings'].sum():,}"),
        ):
            st.metric(label, value, width="content")


def show_table(shown: pd.DataFrame) -> None:
    """The table; the reader chosen in it stands in the address, and is opened."""
    ids = shown["speaker_id"].tolist()
    key = f"readers-{hash(tuple(ids))}"

    def choose() -> None:
        if rows := st.session_state[key]["selection"]["rows"]:
            st.query_params["reader"] = ids[rows[0]]

    st.caption("Tick a row to open that reader. The address keeps filters and order, to be shared.")
    frame.table(
        _readable(shown),
        hide_index=True,
        height="auto" if len(shown) < N_FITTING else 530,
        column_config=COLUMNS,
        on_select=choose,
        selection_mode="single-row",
        key=key,
        alt="Readers",
    )


def _readable(shown: pd.DataFrame) -> pd.DataFrame:
    """The table in words; numbers of readers sort as numbers."""
    words = shown.assign(gender=shown["gender"].map(GENDERS))
    if words["speaker_id"].str.fullmatch(r"\d{1,15}").all():
        words["speaker_id"] = words["speaker_id"].astype("int64")
    if not shown["disputed"].any():
        return words.drop(columns="disputed")
    return words.assign(disputed=shown["disputed"].map({True: f"{SIGN} disputed", False: ""}))


def charts(shown: pd.DataFrame) -> None:
    """Readers and hours by subset and gender, and how long each of them reads."""
    left, right = st.columns(2, gap="large")
    n_subsets = shown["subset"].nunique()
    with left:
        st.markdown("**Readers by subset**")
        alt = f"{len(shown):,} readers by subset and gender, {n_subsets} subsets."
        frame.chart(charts_readers.by_subset(shown), key="by-subset", alt=alt)
    with right:
        st.markdown("**Minutes by subset**")
        alt = f"{shown['minutes'].sum():,.0f} minutes of speech by subset and gender."
        frame.chart(charts_readers.minutes_by_subset(shown), key="minutes-by-subset", alt=alt)
    st.markdown("**Minutes a reader**")
    alt = f"Readers by minutes of speech; the middle one reads {shown['minutes'].median():.0f} min."
    frame.chart(charts_readers.by_minutes(shown), key="by-minutes", alt=alt)


def asked_reader() -> str | None:
    """The reader in the address."""
    return st.query_params.get("reader")


def way_back() -> None:
    """From one reader to the table, with the filters that were set."""
    for key in FILTERS:
        if key in st.session_state:  # what is not drawn would be forgotten
            st.session_state[key] = st.session_state[key]
    st.button("← All readers", key="all-readers", on_click=_close)


def _close() -> None:
    for name in ("reader", "recording"):
        st.query_params.pop(name, None)
