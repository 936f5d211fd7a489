"""Robustness reports -> tables and figures' numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from voicegender.ui.results import Result
from voicegender.ui.scores import told_apart
from voicegender.ui.words import CONDITIONS

UNITS = {"recordings": "Recordings", "excerpts": "3 s excerpts"}
"""What is reported under each condition."""
CLEAN = "clean"
BASELINE, THRESHOLD = "f0-threshold", "baseline: pitch threshold"


def costs(results: Sequence[Result], unit: str) -> dict[str, dict[str, float]]:
    """Points lost under each condition but clean, by the result's title."""
    return {
        one.title: {row["name"]: 100 * float(row[unit]["lost"]) for row in _conditions(one)[1:]}
        for one in results
    }


def baseline_costs(results: Sequence[Result], unit: str) -> dict[str, dict[str, float]]:
    """The same for the F0 threshold; once, where it loses the same for all results."""
    found = {one.title: _baseline_costs(one, unit) for one in results}
    return {f"{THRESHOLD}{of}": points for of, points in told_apart(found, len(results))}


def _baseline_costs(result: Result, unit: str) -> dict[str, float]:
    clean, *others = _conditions(result)
    return {
        row["name"]: 100 * (_baseline_right(clean[unit]) - _baseline_right(row[unit]))
        for row in others
    }


def _baseline_right(measured: Mapping[str, Any]) -> float:
    """Share right of all that was asked: what the model refuses counts as wrong here too."""
    of_answered = measured[BASELINE]
    n = of_answered["n"]
    return float(of_answered["accuracy"] * n / (n + measured["refused"]))


def _conditions(result: Result) -> list[dict[str, Any]]:
    """Reported conditions, clean first."""
    rows: list[dict[str, Any]] = (result.robustness or {}).get("conditions", [])
    return sorted(rows, key=lambda row: row["name"] != CLEAN)


def conditions_table(results: Sequence[Result]) -> pd.DataFrame:
    """A row a condition, of each result; shares in per cent, losses in points."""
    rows = []
    for one in results:
        by_unit = {unit: {CLEAN: 0.0} | _baseline_costs(one, unit) for unit in UNITS}
        rows += [
            {"Run": one.title, "Condition": row["name"]}
            | {
                f"{word}, {what}": value
                for unit, word in UNITS.items()
                for what, value in _row(row[unit], by_unit[unit][row["name"]]).items()
            }
            | {"Refused": row["recordings"]["refused"]}
            | {"The sound": CONDITIONS.get(row["name"], "")}
            for row in _conditions(one)
        ]
    table = pd.DataFrame(rows)
    return table if len(results) > 1 else table.drop(columns="Run")


def _row(measured: Mapping[str, Any], lost_by_baseline: float) -> dict[str, float]:
    return {
        "right %": 100 * float(measured["right_of_all"]),
        "lost": round(100 * float(measured["lost"]), 1) + 0.0,  # -0.0 reads as a gain
        "lost by pitch": round(lost_by_baseline, 1) + 0.0,
    }


def lengths(results: Sequence[Result]) -> dict[str, list[tuple[str, Mapping[str, Any]]]]:
    """Measures by length of the excerpt, by the result's title."""
    return {one.title: [(_length(row), row) for row in _lengths(one)] for one in results}


def baseline_lengths(results: Sequence[Result]) -> dict[str, list[tuple[str, Mapping[str, Any]]]]:
    """The same for the F0 threshold; once, where it is the same for all results."""
    found = {one.title: [(_length(row), row[BASELINE]) for row in _lengths(one)] for one in results}
    return {f"{THRESHOLD}{of}": rows for of, rows in told_apart(found, len(results))}


def _lengths(result: Result) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (result.robustness or {}).get("lengths", [])
    return rows


def _length(row: Mapping[str, Any]) -> str:
    return "whole" if row["seconds"] is None else f"{row['seconds']:g}"
