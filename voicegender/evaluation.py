"""Truths and probabilities -> metrics, curves, worst errors.

A table of scores has a row a unit (excerpt, recording or reader) with ``speaker_id``,
``gender`` (F or M) and ``p_female``. Intervals come from resampling readers: recordings of
one reader are no independent witnesses.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from voicegender.calibration import UNCERTAIN

N_RESAMPLES = 2000
DURATION_EDGES = (0.0, 2.0, 5.0, 10.0, 15.0, np.inf)
"""Seconds; LibriSpeech recordings last 1.3 to 35 s."""
F0_EDGES = (0.0, 100.0, 120.0, 140.0, 160.0, 180.0, 200.0, 220.0, np.inf)
"""Hz; women's and men's medians overlap from about 120 to 200."""
N_CALIBRATION_BINS = 10
EVEN = 0.5
WORDS = {"F": "female", "M": "male"}


def measures(scores: pd.DataFrame, *, seed: int = 0) -> dict[str, Any]:
    """Counts, accuracies with 95 % intervals, area under the ROC, equal error rate, ECE."""
    from sklearn.metrics import roc_auc_score

    female, p = _truth(scores), scores["p_female"].to_numpy()
    both = len(set(female)) > 1
    return {
        "n": len(scores),
        "n_readers": int(scores["speaker_id"].nunique()),
        **rates(scores, seed=seed),
        "auc": float(roc_auc_score(female, p)) if both else None,
        "eer": equal_error_rate(scores) if both else None,
        "ece": expected_calibration_error(scores),
        "confusion": confusion(scores),
    }


def confusion(scores: pd.DataFrame, *, threshold: float = EVEN) -> list[list[int]]:
    """Counts: rows are truths, columns answers; male first."""
    said = scores["p_female"].to_numpy() >= threshold
    n = np.bincount(2 * _truth(scores) + said, minlength=4)
    return [[int(n[0]), int(n[1])], [int(n[2]), int(n[3])]]


def rates(scores: pd.DataFrame, *, seed: int = 0, threshold: float = EVEN) -> dict[str, Any]:
    """Accuracy, balanced accuracy and each gender's recall, each with its interval.

    Parameters
    ----------
    seed
        Of the resampling.
    threshold
        Probability from which on a voice counts as heard as female.
    """
    counts = _counts_by_reader(scores, threshold)
    named = _rates_of(counts.sum(axis=0))
    summed = np.tensordot(resamples(len(counts), seed), counts, axes=1)
    resampled = _rates_of(np.moveaxis(summed, 0, -1))
    rows: dict[str, Any] = {}
    for name, value in named.items():
        rows[name] = None if np.isnan(value) else float(value)
        spread = resampled[name][~np.isnan(resampled[name])]
        rows[f"{name}_interval"] = (
            np.percentile(spread, [2.5, 97.5]).tolist() if len(spread) else None
        )
    return rows


@lru_cache(maxsize=4)
def resamples(n_readers: int, seed: int) -> NDArray[np.float64]:
    """How often each reader is drawn, shape (N_RESAMPLES, n_readers); the same for all rates."""
    share = np.full(n_readers, 1 / n_readers)
    counts = np.random.default_rng(seed).multinomial(n_readers, share, size=N_RESAMPLES)
    drawn = counts.astype(np.float64)  # as integers their product would take no fast path
    drawn.setflags(write=False)  # one for all who ask
    return drawn


def _counts_by_reader(scores: pd.DataFrame, threshold: float) -> NDArray[np.float64]:
    """Shape (n_readers, 2, 2): for male and female, how many there are and how many right."""
    female = _truth(scores)
    right = (scores["p_female"].to_numpy() >= threshold) == female
    _, reader = np.unique(scores["speaker_id"].to_numpy(dtype=str), return_inverse=True)
    counts = np.zeros((reader.max() + 1, 2, 2))
    for gender in (0, 1):
        of_gender = female == bool(gender)
        n_readers = len(counts)
        counts[:, gender, 0] = np.bincount(reader[of_gender], minlength=n_readers)
        counts[:, gender, 1] = np.bincount(reader[of_gender & right], minlength=n_readers)
    return counts


def _rates_of(counts: NDArray[np.float64]) -> dict[str, Any]:
    """Rates from counts of shape (2, 2, ...)."""
    with np.errstate(invalid="ignore", divide="ignore"):  # a gender that is not there: NaN
        recall = counts[:, 1] / counts[:, 0]
        accuracy = counts[:, 1].sum(axis=0) / counts[:, 0].sum(axis=0)
    return {
        "accuracy": accuracy,
        "balanced_accuracy": recall.mean(axis=0),
        "recall_female": recall[1],
        "recall_male": recall[0],
    }


def decided(scores: pd.DataFrame) -> dict[str, Any]:
    """Share left uncertain by the column ``label``, and accuracy among the others."""
    said = scores[scores["label"] != UNCERTAIN]
    right = (said["p_female"].to_numpy() >= EVEN) == _truth(said)
    return {
        "uncertain": float(1 - len(said) / len(scores)),
        "accuracy_decided": float(right.mean()) if len(said) else None,
    }


def roc(scores: pd.DataFrame, *, n_points: int | None = 200) -> dict[str, list[float]]:
    """False and true positive rates of "female" over thresholds; empty for one gender.

    Parameters
    ----------
    n_points
        At most so many, of those where the curve bends; None gives every threshold.
    """
    from sklearn.metrics import roc_curve

    if scores["gender"].nunique() < 2:  # noqa: PLR2004  # a curve needs both
        return {"false_positive": [], "true_positive": [], "threshold": []}
    bends = n_points is not None
    false, true, threshold = roc_curve(_truth(scores), scores["p_female"], drop_intermediate=bends)
    n = min(n_points or len(false), len(false))
    chosen = np.unique(np.linspace(0, len(false) - 1, n).astype(int))
    return {
        "false_positive": false[chosen].tolist(),
        "true_positive": true[chosen].tolist(),
        "threshold": np.minimum(threshold[chosen], 1.0).tolist(),
    }


def equal_error_rate(scores: pd.DataFrame) -> float:
    """The error at which women taken for men are as frequent as men taken for women."""
    curve = roc(scores, n_points=len(scores) + 1)
    missed = 1 - np.asarray(curve["true_positive"])
    false = np.asarray(curve["false_positive"])
    # Both are piecewise linear along the curve; the error lies where they cross.
    return float(np.interp(0, false - missed, (false + missed) / 2))


def reliability(scores: pd.DataFrame) -> list[dict[str, float]]:
    """Mean probability and share of women in bins of probability."""
    p, female = scores["p_female"].to_numpy(), _truth(scores)
    index = np.minimum((p * N_CALIBRATION_BINS).astype(int), N_CALIBRATION_BINS - 1)
    return [
        {
            "p_female": float(p[index == i].mean()),
            "share_female": float(female[index == i].mean()),
            "n": int((index == i).sum()),
        }
        for i in np.unique(index)
    ]


def expected_calibration_error(scores: pd.DataFrame) -> float:
    """Mean distance of probability and share over the bins, weighted by their size."""
    bins = reliability(scores)
    return sum(abs(b["p_female"] - b["share_female"]) * b["n"] for b in bins) / len(scores)


def by_duration(
    recordings: pd.DataFrame, *, seed: int = 0, threshold: float = EVEN
) -> list[dict[str, Any]]:
    """Rates in bins of the recording's duration (s)."""
    return _binned(recordings, "duration", DURATION_EDGES, seed=seed, threshold=threshold)


def by_f0(
    recordings: pd.DataFrame, *, seed: int = 0, threshold: float = EVEN
) -> list[dict[str, Any]]:
    """Rates in bins of the recording's median F0 (Hz): who fails."""
    return _binned(recordings, "f0", F0_EDGES, seed=seed, threshold=threshold)


def _binned(
    recordings: pd.DataFrame,
    column: str,
    edges: Sequence[float],
    *,
    seed: int,
    threshold: float,
) -> list[dict[str, Any]]:
    bins = pd.cut(recordings[column], list(edges), right=False)
    return [
        {"from": float(interval.left), "to": finite(interval.right), "n": len(rows)}
        | {"n_female": int(_truth(rows).sum())}
        | {f"readers_{word}": _n_readers(rows, gender) for gender, word in WORDS.items()}
        | rates(rows, seed=seed, threshold=threshold)
        for interval, rows in recordings.groupby(bins, observed=True)
    ]


def _n_readers(rows: pd.DataFrame, gender: str) -> int:
    return int(rows.loc[rows["gender"] == gender, "speaker_id"].nunique())


def finite(value: Any) -> Any:
    """The value, but None for a number that JSON does not know."""
    return None if isinstance(value, float) and not np.isfinite(value) else value


def wrong(scores: pd.DataFrame, *, threshold: float = EVEN) -> list[dict[str, Any]]:
    """Units heard otherwise than the corpus labels them, the furthest from the threshold first."""
    p = scores["p_female"]
    missed = scores[(p >= threshold) != (scores["gender"] == "F")]
    loudest = beyond(missed["p_female"], threshold).sort_values(ascending=False).index
    rows = missed.loc[loudest].to_dict(orient="records")
    return [{name: finite(value) for name, value in row.items()} for row in rows]


def beyond(p_female: Any, threshold: float) -> Any:
    """How far a probability, or many, lies from the threshold, of how far it could: 0..1."""
    away = p_female - threshold
    return np.maximum(away / (1 - threshold), -away / threshold)


def _truth(scores: pd.DataFrame) -> NDArray[np.bool_]:
    return np.asarray(scores["gender"] == "F", dtype=np.bool_)
