"""Results -> tables of scores for people."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import pandas as pd

from voicegender.evaluation import EVEN
from voicegender.ui.result import CROSS_VALIDATED, MODEL, Result

T = TypeVar("T")

UNITS = {
    "recordings": "Recordings",
    "excerpts": "3 s excerpts",
    "excerpts_1s": "1 s excerpts",
    "readers": "Readers",
}
"""What one answer is given for, by its name in ``metrics.json``."""
WORDS = {
    "recordings": "recordings",
    "excerpts": "excerpts of 3 s",
    "excerpts_1s": "excerpts of 1 s",
    "readers": "voices, all of a reader together,",
}
"""The same in the middle of a sentence."""
BASELINES = {
    "majority": "commoner label",
    "f0-threshold": "pitch threshold",
    "logistic-regression": "logistic regression",
}


def score_table(results: Sequence[Result], unit: str) -> pd.DataFrame:
    """A row a result, then a row a baseline, for one unit of `UNITS`; texts."""
    rows = [_row(name, measured) for name, measured in measured_rows(results, unit)]
    moved = {one.title for one in results if one.threshold != EVEN}
    # What the model itself leaves uncertain goes by its own thresholds, not by the one chosen.
    still = dict.fromkeys(("Uncertain", "If decided"), "-")
    return pd.DataFrame([row | (still if row["Result"] in moved else {}) for row in rows])


def measured_rows(
    results: Sequence[Result], unit: str, *, but: str = ""
) -> list[tuple[str, Mapping[str, Any]]]:
    """Titles and measures: the results, then the baselines ``but`` one, if they know the unit."""
    rows = [(one.title, one.metrics[unit]) for one in results if unit in one.metrics]
    return rows + baselines(results, unit, but=but)


def lacking(results: Sequence[Result], key: str) -> list[str]:
    """Names of the results that hold nothing of this name."""
    return [one.name for one in results if not one.metrics.get(key)]


def baselines(
    results: Sequence[Result], unit: str, *, but: str = ""
) -> list[tuple[str, Mapping[str, Any]]]:
    """Simple methods with their measures; once, where results have the same."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for result in results:
        for name, measured in result.metrics.get("baselines", {}).items():
            of_unit = measured if unit == "recordings" else measured.get(unit)
            if of_unit and name != but:
                found.setdefault(name, {})[result.name] = of_unit
    return [
        (baseline_name(BASELINES.get(name, name), of), measured)
        for name, by_result in found.items()
        for of, measured in told_apart(by_result, len(results), _counted)
    ]


def baseline_name(word: str, of: str) -> str:
    """What a simple method is called, and of whose recordings, where that must be said."""
    return f"{word} for {of}" if of else f"baseline: {word}"


def told_apart(
    by_result: Mapping[str, T], n_results: int, key: Callable[[T], object] = lambda value: value
) -> list[tuple[str, T]]:
    """Values that differ, each with the results it is of; of nobody, where all have the same.

    ``key`` gives what is compared of a value.
    """
    groups: list[tuple[list[str], T]] = []
    for name, value in by_result.items():
        same = next((names for names, other in groups if key(other) == key(value)), None)
        if same is None:
            groups.append(([name], value))
        else:
            same.append(name)
    if len(groups) == 1 and len(by_result) == n_results:
        return [("", groups[0][1])]
    return [(", ".join(map(short, names)), value) for names, value in groups]


def short(name: str) -> str:
    """A result's name without what kind of result it is."""
    return name.removesuffix(CROSS_VALIDATED).removeprefix(MODEL)


def _counted(measured: Mapping[str, Any]) -> tuple[object, ...]:
    """What does not depend on how often the same recordings were asked about."""
    return tuple(measured[name] for name in ("accuracy", "recall_female", "recall_male"))


def _row(name: str, measured: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Result": name,
        "Right": with_interval(measured, "accuracy"),
        "Women": percent(measured.get("recall_female")),
        "Men": percent(measured.get("recall_male")),
        "Uncertain": percent(measured.get("uncertain")),
        "If decided": percent(measured.get("accuracy_decided")),
        "AUC": _number(measured.get("auc")),
        "EER": percent(measured.get("eer")),
        "ECE": _number(measured.get("ece")),
        "Answers": f"{measured['n']:,}",
        "Readers": f"{measured['n_readers']:,}",
    }


def with_interval(measured: Mapping[str, Any] | None, name: str) -> str:
    """A rate with its 95 % interval; a dash where there is none."""
    if not measured or measured.get(name) is None:
        return "-"
    low, high = measured[f"{name}_interval"]
    if low == high:  # readers all alike, however few: resampling them tells nothing
        return f"{measured[name]:.1%} ({measured['n_readers']:,} readers)"
    return f"{measured[name]:.1%} ({100 * low:.0f} to {100 * high:.0f})"


def percent(value: float | None) -> str:
    """A share; a dash where there is none."""
    return "-" if value is None else f"{value:.1%}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def seeds_table(result: Result) -> pd.DataFrame:
    """A row a seed of a cross-validation, then their mean; empty where there are none."""
    seeds = result.metrics.get("seeds", [])
    rows = [{"Seed": f"{seed['seed']}"} | _rates_of_seed([seed]) for seed in seeds]
    rows += [{"Seed": "mean"} | _rates_of_seed(seeds)] if len(seeds) > 1 else []
    return pd.DataFrame(rows)


def _rates_of_seed(seeds: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    words = {unit: word.removesuffix(" excerpts") for unit, word in UNITS.items()}
    columns = {word: (unit, "accuracy") for unit, word in words.items() if unit != "readers"}
    columns |= {"Women": ("recordings", "recall_female"), "Men": ("recordings", "recall_male")}
    return {
        word: percent(_mean([seed.get(unit, {}).get(name) for seed in seeds]))
        for word, (unit, name) in columns.items()
    }


def _mean(values: Sequence[float | None]) -> float | None:
    """The mean; None where one is not known."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None
