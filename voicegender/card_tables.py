"""Measures -> tables in Markdown, for model cards."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

UNITS = {
    "recordings": "recordings",
    "excerpts": "3 s excerpts",
    "excerpts_1s": "1 s excerpts",
    "readers": "readers",
}
BASELINES = {
    "f0-threshold": "F0 above 160 Hz",
    "majority": "the commoner label",
    "logistic-regression": "logistic regression on the same numbers",
}
Measures = Mapping[str, Any]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lines of a table; the first column holds words, the others numbers."""
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def scores(metrics: Measures) -> str:
    """A row a unit and a baseline."""
    units = [(word, metrics[unit]) for unit, word in UNITS.items() if unit in metrics]
    baselines = [
        (word, row)
        for name, measures in metrics.get("baselines", {}).items()
        for word, row in _baseline(BASELINES.get(name, name), measures)
    ]
    beside = [
        (f"{UNITS[unit]}, {name}", row)
        for name, measures in metrics.get("beside", {}).items()
        for unit, row in measures.items()
    ]
    head = ["scored", "n", "right", "95 % interval", "women", "men", "AUC", "ECE"]
    return table(head, [_score(name, row) for name, row in [*units, *baselines, *beside]])


def _baseline(word: str, measures: Measures) -> list[tuple[str, Measures]]:
    """Measures of recordings, and those of excerpts inside them, where there are any."""
    inner = [(f"{UNITS[u]}, {word}", measures[u]) for u in UNITS if u in measures]
    return [(f"recordings, {word}", measures), *inner]


def _score(name: str, row: Measures) -> list[str]:
    auc = "-" if row["auc"] is None else f"{row['auc']:.3f}"
    recalls = [percent(row[f"recall_{gender}"]) for gender in ("female", "male")]
    words = [percent(row["accuracy"]), interval(row["accuracy_interval"]), *recalls, auc]
    return [name, f"{row['n']:,}", *words, f"{row['ece']:.3f}"]


def seeds(metrics: Measures) -> str:
    """A row a seed of a cross-validation; empty where there is one."""
    rows = [
        [str(seed["seed"]), *(percent(seed[unit]["accuracy"]) for unit in UNITS if unit in seed)]
        for seed in metrics.get("seeds", [])
    ]
    head = ["seed", "recordings", "3 s excerpts", "1 s excerpts"]
    return table(head[: len(rows[0])], rows) if len(rows) > 1 else ""


def by_f0(metrics: Measures) -> str:
    """Both genders' recall by the recording's median F0."""
    rows = [_f0(row) for row in metrics.get("by_f0", [])]
    return table(["median F0, Hz", "women", "right", "men", "right"], rows) if rows else ""


def _f0(row: Measures) -> list[str]:
    women, men = row["readers_female"], row["readers_male"]
    recalls = percent(row["recall_female"]), percent(row["recall_male"])
    return [_range(row), str(women), recalls[0], str(men), recalls[1]]


def _range(row: Measures) -> str:
    if row["to"] is None:
        return f"from {row['from']:g}"
    return f"{row['from']:g} - {row['to']:g}" if row["from"] else f"below {row['to']:g}"


def conditions(report: Measures) -> str:
    """A row a condition; what is refused counts as wrong."""
    head = ["condition", "recordings right", "lost", "women", "men", "3 s right", "lost", "refused"]
    rows = [_condition(row) for row in report["conditions"]]
    return table([*head, "F0 alone"], rows)


def _condition(row: Measures) -> list[str]:
    whole, pieces = row["recordings"], row["excerpts"]
    return [
        row["name"],
        percent(whole["right_of_all"]),
        _points(whole["lost"]),
        percent(whole["recall_female_of_all"]),
        percent(whole["recall_male_of_all"]),
        percent(pieces["right_of_all"]),
        _points(pieces["lost"]),
        str(whole["refused"]),
        percent(whole["f0-threshold"]["accuracy"]),
    ]


def lengths(report: Measures) -> str:
    """A row a length of clean speech."""
    rows = [_length(row) for row in report["lengths"]]
    return table(["speech", "n", "right", "95 % interval", "F0 alone"], rows)


def _length(row: Measures) -> list[str]:
    name = f"{row['seconds']:g} s" if row["seconds"] else "whole"
    rate = [percent(row["accuracy"]), interval(row["accuracy_interval"])]
    return [name, f"{row['n']:,}", *rate, percent(row["f0-threshold"]["accuracy"])]


def percent(value: float | None) -> str:
    """A share; a dash where there is none."""
    return "-" if value is None else f"{value:.1%}"


def interval(ends: Sequence[float]) -> str:
    """Both ends of an interval of shares."""
    return f"{ends[0]:.1%} - {ends[1]:.1%}"


def _points(value: float) -> str:
    return f"{round(100 * value, 1) + 0.0:.1f}"  # no minus before a zero
