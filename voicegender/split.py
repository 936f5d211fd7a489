"""Speakers -> train / validation / test.

Voices are split, never clips: whatever the policy and the row order, a reader has exactly
one part. The one exception is named for what it is.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from voicegender.config import check_least
from voicegender.errors import CorpusError, SettingError

PARTS = ("train", "validation", "test")
LEAKY = "leaky-by-recording"
POLICIES = ("auto", "published", "random-readers", "fold", LEAKY)
LEAKY_SHARES = (0.1875, 0.25)
"""Validation and test of the seed's 20,000 recordings: 3,750 and 5,000."""


@dataclass(frozen=True)
class Split:
    """How the readers of a corpus are divided.

    Attributes
    ----------
    policy
        ``published``: train-* to learn, dev-* to validate, test-* to test; without dev-* a
        share of the training readers validates. ``random-readers``: a stratified random
        split. ``auto``: published where the subsets are there, else random. ``fold``: one
        fold of a cross-validation tests. ``leaky-by-recording``: the seed's mistake, the
        same readers on both sides, kept to be measured.
    validation, test
        Shares of the readers, between 0 and 1, where they are drawn.
    n_folds, fold
        Number of folds, and the one that tests, from 0.
    """

    kind: ClassVar[str] = "split"
    policy: str = "auto"
    seed: int = 0
    validation: float = 0.15
    test: float = 0.15
    n_folds: int = 5
    fold: int = 0

    def __post_init__(self) -> None:
        if self.policy not in POLICIES:
            raise SettingError(f"split {self.policy!r}", f"choose one of {', '.join(POLICIES)}")
        check_least("split", 0, seed=self.seed)
        if not 0 < self.validation < 1 or not 0 < self.test < 1 or self.validation + self.test >= 1:
            raise SettingError(
                "split", "validation and test must be shares that leave some to train"
            )
        if not 0 <= self.fold < self.n_folds:
            raise SettingError(f"fold {self.fold}", f"must lie in 0..{self.n_folds - 1}")

    def __call__(self, utterances: pd.DataFrame) -> pd.DataFrame:
        """The same rows with a column ``part``; rows no part wants are left out.

        Raises
        ------
        CorpusError
            A part would be empty, or hold one gender only.
        """
        policy = self._chosen(utterances)
        if policy == LEAKY:
            parts = self._drawn(utterances["utterance_id"], utterances["gender"], *LEAKY_SHARES)
            part = utterances["utterance_id"].map(parts)
        else:
            part = utterances["speaker_id"].map(self._parts_of_readers(utterances, policy))
        rows = utterances.assign(part=part)
        rows = rows[rows["part"].notna()].reset_index(drop=True)
        _check(rows)
        return rows

    def _chosen(self, utterances: pd.DataFrame) -> str:
        if self.policy != "auto":
            return self.policy
        published = set(utterances["subset"].map(published_part))
        return "published" if {"train", "test"} <= published else "random-readers"

    def _parts_of_readers(self, utterances: pd.DataFrame, policy: str) -> dict[str, str]:
        genders = utterances.groupby("speaker_id")["gender"].first()
        readers, labels = genders.index.to_series(), genders
        if policy == "random-readers":
            return self._drawn(readers, labels, self.validation, self.test)
        if policy == "fold":
            return self._folded(readers, labels)
        parts = _published_parts(utterances)
        if "validation" not in parts.values():
            learn = genders[[reader for reader in genders.index if parts.get(reader) == "train"]]
            parts |= self._drawn(learn.index.to_series(), learn, self.validation, 0.0)
        return parts

    def _drawn(
        self, names: pd.Series, genders: pd.Series, validation: float, test: float
    ) -> dict[str, str]:
        """Names drawn into parts, each gender by itself; sorted first, so order is no matter."""
        rng = np.random.default_rng(self.seed)
        parts = {}
        for shuffled in _shuffled_by_gender(names, genders, rng):
            n_test = _count(test, len(shuffled))
            n_held = n_test + _count(validation, len(shuffled))
            for i, name in enumerate(shuffled):
                parts[name] = "test" if i < n_test else "validation" if i < n_held else "train"
        return parts

    def _folded(self, readers: pd.Series, genders: pd.Series) -> dict[str, str]:
        """Every reader tests in exactly one fold; a share of the others validates."""
        rng = np.random.default_rng(self.seed)
        parts: dict[str, str] = {}
        for shuffled in _shuffled_by_gender(readers, genders, rng):
            tested = [name for i, name in enumerate(shuffled) if i % self.n_folds == self.fold]
            rest = [name for i, name in enumerate(shuffled) if i % self.n_folds != self.fold]
            n_validation = _count(self.validation, len(rest))
            parts |= dict.fromkeys(tested, "test") | dict.fromkeys(rest, "train")
            parts |= dict.fromkeys(rest[:n_validation], "validation")
        return parts


def published_part(subset: str) -> str | None:
    """The part that a published subset's name asks for; None for a name without one."""
    words = subset.lower().split("-")
    for word, part in {"train": "train", "dev": "validation", "validation": "validation"}.items():
        if word in words:
            return part
    return "test" if "test" in words else None


def _published_parts(utterances: pd.DataFrame) -> dict[str, str]:
    """A reader in two subsets goes to the one held out furthest, so nothing leaks."""
    pairs = utterances[["speaker_id", "subset"]].drop_duplicates()
    parts: dict[str, str] = {}
    for reader, subset in zip(pairs["speaker_id"], pairs["subset"], strict=True):
        part = published_part(subset)
        if part and PARTS.index(part) >= PARTS.index(parts.get(reader, "train")):
            parts[reader] = part
    return parts


def dealt(rows: pd.DataFrame, n: int, *, seed: int) -> dict[str, int]:
    """Each speaker's share, 0 to n - 1: as many of each gender in each, whatever the order."""
    genders = rows.groupby("speaker_id")["gender"].first()
    rng = np.random.default_rng(seed)
    groups = _shuffled_by_gender(genders.index.to_series(), genders, rng)
    return {name: i % n for group in groups for i, name in enumerate(group)}


def _count(share: float, n: int) -> int:
    """A share of ``n`` names: at least one, unless none is asked for."""
    return max(1, round(share * n)) if share else 0


def _shuffled_by_gender(
    names: pd.Series, genders: pd.Series, rng: np.random.Generator
) -> list[list[str]]:
    labels = dict(zip(names, genders, strict=True))
    by_gender = [sorted(n for n in labels if labels[n] == g) for g in sorted(set(labels.values()))]
    return [[group[i] for i in rng.permutation(len(group))] for group in by_gender]


def _check(rows: pd.DataFrame) -> None:
    for part in PARTS:
        genders = set(rows.loc[rows["part"] == part, "gender"])
        if genders != {"F", "M"}:
            held = "no reader" if not genders else f"readers of one gender only ({genders.pop()})"
            raise CorpusError(
                f"{part} part", f"has {held}", "use more readers, or another split or seed"
            )


def balance(rows: pd.DataFrame) -> pd.DataFrame:
    """Readers and recordings of each gender in each part; a row a part."""
    counts = rows.groupby(["part", "gender"]).agg(
        readers=("speaker_id", "nunique"), recordings=("utterance_id", "size")
    )
    return counts.unstack("gender", fill_value=0).reindex(
        list(PARTS), fill_value=0
    )  # two levels to columns
