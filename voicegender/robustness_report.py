"""Scores under conditions -> what is said about robustness."""

from typing import Any

import pandas as pd

from voicegender.errors import CorpusError
from voicegender.evaluation import decided, measures
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
    asked = {unit: len(of_length(clean, seconds)) for unit, seconds in UNITS.items()}
    conditions = [{"name": name} | _measured(table, asked) for name, table in tables.items()]
    before = conditions[0]
    for row in conditions:
        for unit in UNITS:
            row[unit]["lost"] = before[unit]["right_of_all"] - row[unit]["right_of_all"]
    pieces = {seconds: of_length(clean, seconds) for seconds in LENGTHS}
    lengths = [{"seconds": s} | _scores(rows) for s, rows in pieces.items() if len(rows)]
    whole = {"seconds": None} | _scores(of_length(clean, WHOLE))
    return {"conditions": conditions, "lengths": [*lengths, whole]}


def _measured(table: pd.DataFrame, asked: dict[str, int]) -> dict[str, Any]:
    return {
        unit: _scores(of_length(table, seconds), asked=asked[unit])
        for unit, seconds in UNITS.items()
    }


def _scores(rows: pd.DataFrame, *, asked: int = 0) -> dict[str, Any]:
    """Measures of what was answered; ``right_of_all`` counts what was not as wrong.

    ``asked`` rows there were of the clean recordings: of speech that is no longer found under
    a condition no excerpts are left, and these count too.
    """
    asked = max(asked, len(rows))
    said = rows[rows["log_odds"].notna()]
    scores = measures(said) | decided(said)
    by_f0 = measures(said.assign(p_female=F0Threshold()(said["f0"].to_numpy())))
    return scores | {
        "refused": asked - len(said),
        "right_of_all": scores["accuracy"] * len(said) / asked,
        "f0-threshold": by_f0,
    }
