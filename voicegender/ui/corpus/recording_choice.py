"""Corpus, subset, reader and recording, chosen one after the other."""

from pathlib import Path

import pandas as pd
import streamlit as st

from voicegender.corpus import Corpus
from voicegender.ui import loaders
from voicegender.ui.words import GENDERS


def choose_corpus(key: str) -> tuple[Path, Corpus] | None:
    """Ask for one of the known corpora; None when there is none.

    Raises
    ------
    VoiceGenderError
        A corpus that cannot be read.
    """
    paths = loaders.known_corpora()
    if not paths:
        return None
    path = st.selectbox("Corpus", paths, format_func=loaders.titles(paths).__getitem__, key=key)
    return (path, loaders.corpus(path)) if path else None


def choose_recording(corpus: Corpus, key: str) -> pd.Series:
    """Ask for subset, reader and recording; its row in the corpus's table."""
    subset_column, reader_column, recording_column = st.columns(3)
    table = corpus.utterances
    with subset_column:
        present = sorted(set(table["subset"]))
        subset = st.selectbox("Subset", present, key=f"{key}-subset-{corpus.root}")
    table = table[table["subset"] == subset]
    names = _readers(corpus, table)
    with reader_column:
        reader = st.selectbox(
            "Reader",
            [*names],
            format_func=lambda speaker: names.get(speaker, str(speaker)),
            key=f"{key}-reader-{corpus.root}-{subset}",
            help="Type a number or a name to find a reader.",
        )
    table = table[table["speaker_id"] == reader].set_index("utterance_id", drop=False)
    with recording_column:
        recording = st.selectbox(
            "Recording",
            table.index,
            format_func=lambda name: f"{name} ({table['duration'][name]:.1f} s)",
            key=f"{key}-recording-{reader}",
        )
    return table.loc[str(recording)]


def _readers(corpus: Corpus, table: pd.DataFrame) -> dict[str, str]:
    """Readers of a table, by number, with label and name."""
    present = corpus.speakers[corpus.speakers["speaker_id"].isin(table["speaker_id"].unique())]
    return {
        speaker: f"{speaker} · {GENDERS[gender]}{f' · {name}' if name else ''}"
        for speaker, gender, name in zip(
            present["speaker_id"], present["gender"], present["name"], strict=True
        )
    }
