"""Who speaks: the table of readers, its filters, and one reader's recordings."""

import math
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from voicegender.audio import load_audio
from voicegender.corpus import Corpus
from voicegender.errors import CorpusError
from voicegender.pitch import F0Median
from voicegender.ui import answering, charts_readers, frame, loaders, model_choice, verdict
from voicegender.ui.answering import Voice
from voicegender.ui.reader_table import View, recordings_of

FILTERS = ("subset", "gender", "minutes", "name", "present")
"""Keys of the filters, in the session and in the address."""
COLUMNS = {
    "speaker_id": st.column_config.Column("Reader", width=70),
    "name": st.column_config.TextColumn("Name", width=155),
    "gender": st.column_config.TextColumn("Gender", width=70, help="As the corpus states it."),
    "subset": st.column_config.TextColumn("Subset", width=120),
    "minutes": st.column_config.NumberColumn("Minutes", format="%.1f", width=75),
    "recordings": st.column_config.NumberColumn(
        "Here", format="%d", width=60, help="Recordings present on this machine."
    ),
}
RECORDING_COLUMNS = {
    "utterance_id": st.column_config.TextColumn("Recording"),
    "duration": st.column_config.NumberColumn("Duration", format="%.1f s"),
}


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
    st.query_params.pop("reader", None)


def filters(readers: pd.DataFrame) -> View:
    """Controls above the table; what they say stands in the address, so a link shares it."""
    bound: dict[str, Any] = {"bind": "query-params"}
    subsets = sorted(set(readers["subset"]))
    genders = sorted(set(readers["gender"]))
    most = max(1, math.ceil(readers["minutes"].max()))
    first, second = st.columns([3, 2], gap="large")
    with first:
        subset = st.pills(
            "Subset", subsets, selection_mode="multi", key="subset", wrap=True, **bound
        )
        name = st.text_input(
            "Name or number", key="name", placeholder="part of a name, or a number", **bound
        )
    with second:
        gender = st.pills(
            "Gender",
            genders,
            selection_mode="multi",
            key="gender",
            format_func=charts_readers.WORDS.__getitem__,
            **bound,
        )
        minutes = st.slider(
            "Minutes of speech in the corpus",
            0,
            most,
            (0, most),
            key="minutes",
            format="%d min",
            **bound,
        )
        present = st.toggle("Only readers with recordings on this machine", key="present", **bound)
    return View(tuple(subset), tuple(gender), minutes, name, present)


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


def charts(shown: pd.DataFrame) -> None:
    """Readers by subset and gender, and how long they read."""
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Readers by subset**")
        frame.chart(
            charts_readers.by_subset(shown), key="by-subset", alt="Readers by subset and gender"
        )
    with right:
        st.markdown("**Minutes they read**")
        frame.chart(
            charts_readers.by_minutes(shown), key="by-minutes", alt="Readers by minutes of speech"
        )


def _readable(shown: pd.DataFrame) -> pd.DataFrame:
    """The table in words; numbers of readers sort as numbers."""
    words = shown.assign(gender=shown["gender"].map(charts_readers.WORDS))
    if words["speaker_id"].str.fullmatch(r"\d{1,15}").all():
        words["speaker_id"] = words["speaker_id"].astype("int64")
    return words


def choose_reader(shown: pd.DataFrame) -> str | None:
    """The table; the reader chosen in it stands in the address."""
    ids = shown["speaker_id"].tolist()
    key = f"readers-{hash(tuple(ids))}"

    def choose() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        if rows:
            st.query_params["reader"] = ids[rows[0]]
        else:
            st.query_params.pop("reader", None)

    asked = st.query_params.get("reader")
    st.dataframe(
        _readable(shown),
        hide_index=True,
        height="auto" if len(shown) < 14 else 530,  # noqa: PLR2004  # rows that fit
        column_config=COLUMNS,
        on_select=choose,
        selection_mode="single-row",
        selection_default={"selection": {"rows": [ids.index(asked)] if asked in ids else []}},
        key=key,
        alt="Readers",
    )
    return asked


def show_reader(corpus: Corpus, speaker_id: str | None) -> None:
    """One reader: what the corpus says, the recordings present, and what a model hears."""
    known = corpus.speakers[corpus.speakers["speaker_id"] == speaker_id]
    if known.empty:
        st.info("Choose a reader in the table to see and hear the recordings that are here.")
        return
    reader = known.iloc[0]
    st.subheader(frame.plain(reader["name"] or f"Reader {speaker_id}"), anchor=False)
    gender = charts_readers.WORDS[reader["gender"]]
    st.caption(
        f"Reader {speaker_id} · {gender}, as the corpus states · {reader['subset']} · "
        f"{reader['minutes']:.1f} min in the whole corpus"
    )
    rows = recordings_of(corpus, str(speaker_id))
    if rows.empty:
        st.info(f"No recording of this reader is here. They come with {reader['subset']}:")
        st.code(f"voicegender corpus download {reader['subset']}", "bash")
        return
    _hear(corpus.root / _choose_recording(rows, str(speaker_id)))


def _choose_recording(rows: pd.DataFrame, speaker_id: str) -> str:
    """Path of the recording chosen, the first one unless another is."""
    state: Any = st.dataframe(
        rows,
        hide_index=True,
        height="auto" if len(rows) < 7 else 250,  # noqa: PLR2004  # rows that fit
        column_order=["utterance_id", "duration"],
        column_config=RECORDING_COLUMNS,
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": [0]}},
        key=f"recordings-{speaker_id}",
        alt="Recordings of this reader",
    )
    chosen = state["selection"]["rows"]
    return str(rows["path"].iloc[chosen[0] if chosen else 0])


def _hear(path: Path) -> None:
    """Play a recording; say its pitch, and what the first model hears."""
    with frame.told():
        voice = Voice(path.name, _bytes_of(path))
        verdict.player(voice)
        hertz = float(F0Median()(load_audio(voice.data, name=voice.name))[0])
        st.metric(
            "Median F0",
            "unvoiced" if math.isnan(hertz) else f"{hertz:.0f} Hz",
            help="The pitch of the voice: vibrations a second, the middle of all voiced moments.",
            width="content",
        )
        for model in loaders.models()[:1]:
            verdict.brief(answering.judge(loaders.classifier(model.folder), voice))
            st.caption(f"by the model {frame.plain(model_choice.model_name(model))}")


def _bytes_of(path: Path) -> bytes:
    """A recording's file.

    Raises
    ------
    CorpusError
        It has gone since the corpus was read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise CorpusError(path, error.strerror or "cannot be read", "reload the page") from None
