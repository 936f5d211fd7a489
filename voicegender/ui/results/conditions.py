"""Robustness reports -> tables and figures' numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from voicegender.ui.result import Result
from voicegender.ui.results.charts_conditions import Rights
from voicegender.ui.results.charts_runs import shown
from voicegender.ui.results.scores import BASELINES, baseline_name, told_apart
from voicegender.ui.words import CONDITIONS

UNITS = {"recordings": "Recordings", "excerpts": "3 s excerpts"}
"""What is reported under each condition."""
CLEAN = "clean"
BASELINE = "f0-threshold"


def rights(results: Sequence[Result], unit: str) -> Rights:
    """Share right of all that was asked under each condition, by the result's title."""
    return {
        shown(one.title): [
            (row["name"], row[unit]["right_of_all"], row[unit].get("right_of_all_interval"))
            for row in _conditions(one)
        ]
        for one in results
    }


def baseline_rights(results: Sequence[Result], unit: str) -> Rights:
    """The same for the F0 threshold; once, where it is the same for all results."""
    found = {
        shown(one.title): [_baseline_right(row["name"], row[unit]) for row in _conditions(one)]
        for one in results
    }
    apart = told_apart(found, len(results), lambda rows: [row[:2] for row in rows])
    return {baseline_name(BASELINES[BASELINE], of): rows for of, rows in apart}


def _baseline_right(name: str, measured: Mapping[str, Any]) -> tuple[str, float, list[float]]:
    """Of all that was asked: what the model refuses counts as wrong here too."""
    of_answered = measured[BASELINE]
    answered = of_answered["n"] / (of_answered["n"] + measured["refused"])
    share = float(of_answered["accuracy"]) * answered
    return name, share, [end * answered for end in of_answered["accuracy_interval"]]


def _conditions(result: Result) -> list[dict[str, Any]]:
    """Reported conditions, clean first."""
    rows: list[dict[str, Any]] = (result.robustness or {}).get("conditions", [])
    return sorted(rows, key=lambda row: row["name"] != CLEAN)


def conditions_table(results: Sequence[Result]) -> pd.DataFrame:
    """A row a condition, of each result; shares in per cent, losses in points."""
    rows = [
        {"Result": one.title, "Condition": row["name"]}
        | {
            f"{word}, {what}": value
            for unit, word in UNITS.items()
            for what, value in _row(row[unit]).items()
        }
        | {"Refused": row["recordings"]["refused"]}
        | {"The sound": CONDITIONS.get(row["name"], "")}
        for one in results
        for row in _conditions(one)
    ]
    table = pd.DataFrame(rows)
    return table if len(results) > 1 else table.drop(columns="Result")


def _row(measured: Mapping[str, Any]) -> dict[str, float]:
    return {
        "right %": 100 * float(measured["right_of_all"]),
        "lost": round(100 * float(measured["lost"]), 1) + 0.0,  # -0.0 reads as a gain
    }


def lengths(results: Sequence[Result]) -> dict[str, list[tuple[str, Mapping[str, Any]]]]:
    """Measures by length of the excerpt, by the result's title."""
    return {shown(one.title): [(_length(row), row) for row in _lengths(one)] for one in results}


def baseline_lengths(results: Sequence[Result]) -> dict[str, list[tuple[str, Mapping[str, Any]]]]:
    """The same for the F0 threshold; once, where it is the same for all results."""
    found = {
        shown(one.title): [(_length(row), row[BASELINE]) for row in _lengths(one)]
        for one in results
    }
    return {
        baseline_name(BASELINES[BASELINE], of): rows for of, rows in told_apart(found, len(results))
    }


def _lengths(result: Result) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (result.robustness or {}).get("lengths", [])
    return rows


def _length(row: Mapping[str, Any]) -> str:
    return "whole" if row["seconds"] is None else f"{row['seconds']:g}"
