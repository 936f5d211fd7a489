"""The readers of a corpus as a table, what is asked of it, and one reader's recordings."""

import math
from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from voicegender.corpus import Corpus

ORDERS = {
    "published": ("", True),
    "most minutes": ("minutes", False),
    "fewest minutes": ("minutes", True),
    "most recordings here": ("recordings", False),
    "name": ("name", True),
}
"""What the readers are ordered by, and whether it rises."""


@dataclass(frozen=True)
class View:
    """What is asked of the readers; empty means any."""

    subsets: tuple[str, ...] = ()
    genders: tuple[str, ...] = ()
    minutes: tuple[float, float] = (0.0, math.inf)
    name: str = ""
    present: bool = False
    disputed: bool = False
    order: str = "published"

    def __call__(self, readers: pd.DataFrame) -> pd.DataFrame:
        """The readers that are meant, in the order that is asked for."""
        low, high = self.minutes
        chosen = readers["minutes"].fillna(0).between(low, high)
        if self.subsets:
            chosen &= readers["subset"].isin(self.subsets)
        if self.genders:
            chosen &= readers["gender"].isin(self.genders)
        if words := self.name.strip().lower():
            named = readers["name"].str.lower().str.contains(words, regex=False)
            chosen &= named | (readers["speaker_id"].astype(str) == words)
        if self.present:
            chosen &= readers["recordings"] > 0
        if self.disputed:
            chosen &= readers["disputed"]
        column, rising = ORDERS[self.order]
        rows = readers[chosen]
        if column:
            rows = rows.sort_values(column, ascending=rising, kind="stable")
        return rows.reset_index(drop=True)


def table(corpus: Corpus, disputed: Collection[str] = ()) -> pd.DataFrame:
    """All readers that are known, with the recordings present and whether a model disputes them."""
    counts = corpus.utterances["speaker_id"].value_counts()
    readers = corpus.speakers[["speaker_id", "name", "gender", "subset", "minutes"]].copy()
    readers["recordings"] = readers["speaker_id"].map(counts).fillna(0).astype(int)
    readers["disputed"] = readers["speaker_id"].isin(disputed)
    return readers


def recordings_of(corpus: Corpus, speaker_id: str) -> pd.DataFrame:
    """A reader's recordings that are present: utterance_id, duration in seconds, path."""
    rows = corpus.utterances[corpus.utterances["speaker_id"] == speaker_id]
    return rows[["utterance_id", "duration", "path"]].reset_index(drop=True)
