"""One reader's own page: what the corpus states, the recordings here, what a model hears."""

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from voicegender.audio import stream_audio
from voicegender.bundle import Bundle
from voicegender.corpus import Corpus
from voicegender.errors import CorpusError
from voicegender.openslr import ARCHIVES
from voicegender.ui import frame, loaders, model_choice
from voicegender.ui.colours import UNCERTAIN
from voicegender.ui.corpus import reader_answers, readers
from voicegender.ui.corpus.disputes import SIGN, Disputes
from voicegender.ui.corpus.reader_table import recordings_of
from voicegender.ui.terms import TERMS
from voicegender.ui.voice import answering, charts_voice, playing, verdict
from voicegender.ui.voice.answering import Voice
from voicegender.ui.words import GENDERS as WORDS

N_FIRST = 12
"""Recordings that are answered unasked."""
COLUMNS = {
    "recording": st.column_config.TextColumn("Recording", width="medium"),
    "duration": st.column_config.NumberColumn("Length", format="%.1f s", width="small"),
    "f0": st.column_config.NumberColumn(
        "Median F0", format="%.0f Hz", width="small", help=TERMS["f0"]
    ),
    "heard as": st.column_config.TextColumn("Heard as", width="small"),
    "confidence": st.column_config.ProgressColumn(
        "Confidence", min_value=0, max_value=100, format="%.1f %%", color=UNCERTAIN
    ),
}


def show(corpus: Corpus, speaker_id: str, disputes: Disputes | None) -> None:
    """The page of a reader, or a word where there is none of this number."""
    readers.way_back()
    known = corpus.speakers[corpus.speakers["speaker_id"] == speaker_id]
    if known.empty:
        st.info(f"There is no reader {frame.plain(speaker_id)} in this corpus.")
        return
    reader, rows = known.iloc[0], recordings_of(corpus, speaker_id)
    st.header(frame.plain(reader["name"] or f"Reader {speaker_id}"), anchor=False)
    _stated(reader, rows)
    if disputes and speaker_id in disputes.told:
        st.warning(f"**{SIGN} Disputed.** {disputes.told[speaker_id]}")
    if rows.empty:
        _fetch(reader["subset"])
        return
    _recordings(corpus.root, speaker_id, rows)


def _fetch(subset: str) -> None:
    """Where the recordings are to be had; a command is offered for names that are openslr's."""
    words = "No recording of this reader is here."
    if subset not in ARCHIVES:
        st.info(f"{words} They belong to {frame.plain(subset)}.")
        return
    st.info(f"{words} They come with {subset}:")
    st.code(f"voicegender corpus download {subset}", None)


def _stated(reader: pd.Series, rows: pd.DataFrame) -> None:
    """What the corpus says."""
    with st.container(horizontal=True, gap="medium"):
        for label, value in (
            ("Reader", str(reader["speaker_id"])),
            ("Label in the corpus", WORDS[reader["gender"]]),
            ("Subset", str(reader["subset"])),
            ("In the whole corpus", f"{reader['minutes']:.1f} min"),
            ("Recordings here", f"{len(rows):,}"),
        ):
            st.metric(label, frame.plain(value), width="content")


def _recordings(root: Path, speaker_id: str, rows: pd.DataFrame) -> None:
    """The table and the recording chosen; drawn again and again until all asked are answered."""
    model = next(iter(loaders.models()), None)
    told = reader_answers.known(root, rows["path"].tolist(), model)
    left = [path for path in _asked(speaker_id, rows) if path not in told]
    _summary(told, model)
    place = st.empty()
    with place:
        _how_far(speaker_id, rows, len(left))
    chosen = rows.iloc[_choose(speaker_id, reader_answers.table(rows, told))]
    _hear(root / chosen["path"], model)
    if left:
        n_asked = len(_asked(speaker_id, rows))
        reader_answers.learn(
            root, left, model, lambda n: _bar(place, n_asked - len(left) + n, n_asked)
        )
        st.rerun()


def _asked(speaker_id: str, rows: pd.DataFrame) -> list[str]:
    """Paths of the recordings that shall be answered."""
    n: int = st.session_state.get(f"asked-{speaker_id}", N_FIRST)
    return [str(path) for path in rows["path"].iloc[:n]]


def _summary(told: reader_answers.Known, model: Bundle | None) -> None:
    st.subheader("Recordings here", anchor=False)
    by = f"Heard by the model {frame.plain(model_choice.model_name(model))}" if model else ""
    words = [f"{label}: **{value}**" for label, value in reader_answers.summary(told).items()]
    st.markdown(" · ".join([by or "No model is here that could answer", *words]))


def _how_far(speaker_id: str, rows: pd.DataFrame, n_left: int) -> None:
    """How far the answers are, or a way to ask for all of them."""
    n_asked = len(_asked(speaker_id, rows))
    if n_left:
        _bar(st, n_asked - n_left, n_asked)
    elif n_asked < len(rows):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"The first {n_asked:,} of {len(rows):,} are answered.", width="content")
            if st.button(f"Answer all {len(rows):,}", key=f"all-{speaker_id}"):
                st.session_state[f"asked-{speaker_id}"] = len(rows)
                st.rerun()


def _bar(place: Any, done: int, n_asked: int) -> None:
    place.progress(done / n_asked, f"Listening: {done:,} of {n_asked:,} recordings")


def _choose(speaker_id: str, table: pd.DataFrame) -> int:
    """Row of the recording in the address or chosen in the table; else the first."""
    names, key = table["recording"].tolist(), f"recordings-{speaker_id}"

    def choose() -> None:
        if rows := st.session_state[key]["selection"]["rows"]:
            st.query_params["recording"] = names[rows[0]]

    asked = st.query_params.get("recording")
    row = names.index(asked) if asked in names else 0
    state: Any = frame.table(
        table,
        hide_index=True,
        height="auto" if len(table) < 10 else 360,  # noqa: PLR2004  # rows that fit
        column_config=COLUMNS,
        on_select=choose,
        selection_mode="single-row-required",
        selection_default={"selection": {"rows": [row]}},
        key=key,
        placeholder="",
        alt="Recordings of this reader",
    )
    return next(iter(state["selection"]["rows"]), row)


def _hear(path: Path, model: Bundle | None) -> None:
    """The recording chosen: played, seen, and answered where a model can."""
    voice = Voice(path.name, _bytes_of(path))
    st.markdown(f"**{frame.plain(path.stem)}**")
    if model is None:
        playing.show(voice)
        figure = charts_voice.waveform(
            charts_voice.outline(stream_audio(voice.data, name=voice.name))
        )
        frame.chart(figure, key="wave", alt=f"Waveform of {path.stem}: amplitude in time.")
        return
    verdict.show(answering.judge(loaders.classifier(model.folder), voice), key="reader")


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
