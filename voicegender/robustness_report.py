"""Scores under conditions -> what is said about robustness."""

from typing import Any

import numpy as np
import pandas as pd

from voicegender.errors import CorpusError
from voicegender.evaluation import EVEN, decided, measures, resamples
from voicegender.hearing import WHOLE, of_length
from voicegender.pitch import F0Threshold

LENGTHS = (0.5, 1.0, 2.0, 3.0, 5.0)
"""Seconds; excerpts of clean speech."""
UNITS = {"recordings": WHOLE, "excerpts": 3.0}
"""What is reported under each condition."""
CLEAN = "clean"


def _check(tables: dict[str, pd.DataFrame]) -> None:
    for name, table in tables.items():
        if of_length(table, UNITS["excerpts"]).empty:
            wrong = f"no recording is left with {UNITS['excerpts']:g} s of speech"
            raise CorpusError(f"condition {name!r}", wrong, "ask about longer or better ones")


def report_of(tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """What ``robustness.json`` holds of judged tables of `hearing`, by condition, clean first.

    Raises
    ------
    CorpusError
        Nothing is left to compare under a condition.
    """
    _check(tables)
    clean = tables[CLEAN]
    before = {unit: of_length(clean, seconds) for unit, seconds in UNITS.items()}
    conditions = [{"name": name} | _measured(table, before) for name, table in tables.items()]
    for row in conditions:
        for unit in UNITS:
            row[unit]["lost"] = conditions[0][unit]["right_of_all"] - row[unit]["right_of_all"]
    pieces = {seconds: of_length(clean, seconds) for seconds in LENGTHS}
    lengths = [{"seconds": s} | _scores(rows) for s, rows in pieces.items() if len(rows)]
    whole = {"seconds": None} | _scores(before["recordings"])
    return {"conditions": conditions, "lengths": [*lengths, whole]}


def _measured(table: pd.DataFrame, before: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Measures of each unit, and what is left of what there was before, of clean sound."""
    found = {}
    for unit, seconds in UNITS.items():
        rows = of_length(table, seconds)
        found[unit] = _scores(rows) | _of_all(rows, before[unit])
    return found


def _scores(rows: pd.DataFrame) -> dict[str, Any]:
    """Measures of what was answered, and what the F0 threshold gives there."""
    said = rows[rows["log_odds"].notna()]
    by_f0 = measures(said.assign(p_female=F0Threshold()(said["f0"].to_numpy())))
    return measures(said) | decided(said) | {"f0-threshold": by_f0}


def _of_all(rows: pd.DataFrame, before: pd.DataFrame) -> dict[str, Any]:
    """Shares that are right of all there was before, and how much is refused.

    Each recording counts as much as before, however much speech is still found in it; of
    which none is found, or which is refused, counts as wrong.
    """
    said = rows[rows["log_odds"].notna()]
    right = ((said["p_female"] >= EVEN) == (said["gender"] == "F")).groupby(said["utterance_id"])
    each = before.groupby("utterance_id").agg(
        weight=("gender", "size"), gender=("gender", "first"), reader=("speaker_id", "first")
    )
    answered = said.groupby("utterance_id").size().reindex(each.index, fill_value=0)
    asked = rows.groupby("utterance_id").size().reindex(each.index).fillna(answered).clip(lower=1)
    there = answered / asked
    each["right"] = right.mean().reindex(each.index, fill_value=0.0) * there
    return {
        "right_of_all": _weighted(each),
        "right_of_all_interval": _interval(each),
        "recall_female_of_all": _weighted(each[each["gender"] == "F"]),
        "recall_male_of_all": _weighted(each[each["gender"] == "M"]),
        "refused": round(float(((1 - there) * each["weight"]).sum())),
    }


def _weighted(each: pd.DataFrame) -> float | None:
    total = float(each["weight"].sum())
    return float((each["right"] * each["weight"]).sum()) / total if total else None


def _interval(each: pd.DataFrame, *, seed: int = 0) -> list[float]:
    """Where that share would lie with other readers, 95 %."""
    right = each["right"] * each["weight"]
    of_readers = [column.groupby(each["reader"]).sum() for column in (right, each["weight"])]
    drawn = resamples(len(of_readers[0]), seed)
    drawn_right, drawn_all = (drawn @ column.to_numpy(dtype=np.float64) for column in of_readers)
    ends: list[float] = np.percentile(drawn_right / drawn_all, [2.5, 97.5]).tolist()
    return ends
