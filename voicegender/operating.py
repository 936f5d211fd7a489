"""Scores at another threshold: what it costs to hear voices as female sooner or later.

At a threshold t a voice counts as heard as female from ``p_female`` >= t on. A table of answers
is one of `report.judged`, with a column ``seed`` where several cross-validations are pooled.
"""

from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

import pandas as pd

from voicegender.evaluation import EVEN, by_duration, by_f0, confusion, rates, wrong
from voicegender.hearing import WHOLE, of_length
from voicegender.report import UNITS, disputed, readers_from

READERS = "readers"
LEAST_RATE, MOST_RATE = 1e-4, 1 - 1e-4
"""Ends of the axes of a DET curve: nothing lies at a rate of 0 there."""


def at_threshold(
    answers: pd.DataFrame, metrics: Mapping[str, Any], threshold: float, *, seed: int = 0
) -> dict[str, Any]:
    """What ``metrics.json`` would hold, had the threshold been another one.

    Parameters
    ----------
    answers, metrics
        The answers, and what was said of them at a threshold of 0.5.
    seed
        Of the resampling, as it was then.

    Returns
    -------
    dict
        ``metrics`` with all that the threshold moves put anew; curves, baselines and what the
        model itself calls uncertain stay.
    """
    recordings = of_length(answers, WHOLE)
    by_unit = {unit: of_unit(answers, unit) for unit in (*UNITS, READERS) if unit in metrics}
    once = readers_from(recordings.drop(columns="seed", errors="ignore"))
    return {
        **metrics,
        **{
            unit: {**metrics[unit], **_moved(rows, threshold, seed)}
            for unit, rows in by_unit.items()
        },
        "by_duration": by_duration(recordings, seed=seed, threshold=threshold),
        "by_f0": by_f0(recordings, seed=seed, threshold=threshold),
        "wrong_recordings": wrong(recordings, threshold=threshold),
        "wrong_readers": wrong(once, threshold=threshold),
        **_seeds(answers, metrics, threshold),
    }


def of_unit(answers: pd.DataFrame, unit: str) -> pd.DataFrame:
    """The answers for one of `UNITS`, or for readers."""
    if unit == READERS:
        return readers_from(of_length(answers, WHOLE))
    return of_length(answers, UNITS[unit])


def _moved(rows: pd.DataFrame, threshold: float, seed: int) -> dict[str, Any]:
    moved = rates(rows, seed=seed, threshold=threshold)
    return moved | {"confusion": confusion(rows, threshold=threshold)}


def _seeds(
    answers: pd.DataFrame, metrics: Mapping[str, Any], threshold: float
) -> dict[str, list[dict[str, Any]]]:
    """Scores seed by seed, and the readers whom all of them dispute, where there are seeds."""
    if "seed" not in answers or "seeds" not in metrics:
        return {}
    tables = [rows.reset_index(drop=True) for _, rows in answers.groupby("seed")]
    told = [
        {unit: _of_seed(table, unit, one, threshold) for unit, one in seed.items()}
        for seed, table in zip(metrics["seeds"], tables, strict=True)
    ]
    return {"seeds": told, "disputed": disputed(tables, threshold=threshold)}


def _of_seed(table: pd.DataFrame, unit: str, before: Any, threshold: float) -> Any:
    if unit not in UNITS:
        return before
    counts = confusion(of_length(table, UNITS[unit]), threshold=threshold)
    return {**before, **shares(counts)}


def shares(counts: list[list[int]]) -> dict[str, float | None]:
    """Accuracy and recalls of a confusion (rows are truths, male first); None of nobody."""
    (right_men, wrong_men), (wrong_women, right_women) = counts
    right, n = right_men + right_women, sum(map(sum, counts))
    return {
        "accuracy": _share(right, n),
        "recall_female": _share(right_women, wrong_women + right_women),
        "recall_male": _share(right_men, right_men + wrong_men),
    }


def _share(k: int, n: int) -> float | None:
    return k / n if n else None


def error_rates(counts: list[list[int]]) -> tuple[float, float] | None:
    """Of a confusion: men taken for women, women taken for men; None where a gender lacks."""
    told = shares(counts)
    men, women = told["recall_male"], told["recall_female"]
    return None if men is None or women is None else (1 - men, 1 - women)


def deviate(rate: float) -> float:
    """Where an error rate stands on the axis of a DET curve: its normal deviate [1]_.

    References
    ----------
    .. [1] A. Martin et al., "The DET curve in assessment of detection task performance",
       Eurospeech 1997.
    """
    return NormalDist().inv_cdf(min(max(rate, LEAST_RATE), MOST_RATE))


def by_reader(answers: pd.DataFrame, *, threshold: float = EVEN) -> pd.DataFrame:
    """How much of each reader is heard as labelled, the worst first.

    Parameters
    ----------
    answers
        Of one unit. What several seeds say of one excerpt is one witness, not several.

    Returns
    -------
    pandas.DataFrame
        speaker_id, gender, n (excerpts), right (0..1), low and high (Wilson's 95 % interval: where
        the share would lie with other excerpts of this reader), p_female (mean), f0 (median, Hz).
    """
    right = (answers["p_female"] >= threshold) == (answers["gender"] == "F")
    n_seeds = answers["seed"].nunique() if "seed" in answers else 1
    table = (
        answers.assign(right=right)
        .groupby(["speaker_id", "gender"], as_index=False)
        .agg(
            n=("right", "size"),
            right=("right", "mean"),
            p_female=("p_female", "mean"),
            f0=("f0", "median"),
        )
    )
    table["n"] = (table["n"] / n_seeds).round().astype(int)
    table["low"], table["high"] = wilson(table["right"], table["n"])
    return table.sort_values(["right", "high", "n"], ignore_index=True)


def wilson(share: pd.Series, n: pd.Series, *, level: float = 0.95) -> tuple[pd.Series, pd.Series]:
    """Both ends of Wilson's interval of a share of ``n`` trials [1]_.

    References
    ----------
    .. [1] E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
       Journal of the American Statistical Association, 1927.
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * (share * (1 - share) / n + z**2 / (4 * n**2)) ** 0.5
    return (middle - half).clip(0, 1), (middle + half).clip(0, 1)
