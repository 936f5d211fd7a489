"""Scores of what was heard -> all that is said about a model."""

from typing import Any

import numpy as np
import pandas as pd

from voicegender.calibration import Calibration
from voicegender.evaluation import (
    EVEN,
    beyond,
    by_duration,
    by_f0,
    decided,
    finite,
    measures,
    reliability,
    roc,
    wrong,
)
from voicegender.hearing import WHOLE, of_length
from voicegender.pitch import F0Threshold

UNITS = {"recordings": WHOLE, "excerpts": 3.0, "excerpts_1s": 1.0}
"""Names in ``metrics.json`` of the lengths every model is compared at, seconds."""
BELIEVED = ("excerpts", "recordings")
"""What calibration is shown of: the first that is there."""


def judged(table: pd.DataFrame, calibration: Calibration) -> pd.DataFrame:
    """A table of `hearing` with ``p_female`` and ``label``."""
    p = calibration(table["log_odds"].to_numpy())
    return table.assign(p_female=p, label=[calibration.label(float(value)) for value in p])


def readers_from(recordings: pd.DataFrame) -> pd.DataFrame:
    """One row a reader, and seed where there are several: the mean of the recordings' log-odds."""
    p = np.clip(recordings["p_female"].to_numpy(), 1e-12, 1 - 1e-12)
    odds = recordings.assign(log_odds=np.log(p) - np.log1p(-p))
    keys = ["speaker_id", "gender", *(["seed"] if "seed" in odds else [])]
    readers = odds.groupby(keys, as_index=False).agg(
        log_odds=("log_odds", "mean"), f0=("f0", "median"), n_recordings=("log_odds", "size")
    )
    return readers.assign(p_female=1 / (1 + np.exp(-readers["log_odds"])))


def evaluate(table: pd.DataFrame, *, seed: int = 0) -> dict[str, Any]:
    """Everything that is said about judged scores.

    Parameters
    ----------
    table
        As `judged` gives it.
    seed
        Of the resampling.
    """
    by_unit = {unit: rows for unit in UNITS if len(rows := of_length(table, UNITS[unit]))}
    recordings = by_unit["recordings"]
    readers = readers_from(recordings)
    believed = next(by_unit[unit] for unit in BELIEVED if unit in by_unit)
    return {
        **{unit: measures(rows, seed=seed) | decided(rows) for unit, rows in by_unit.items()},
        "readers": measures(readers, seed=seed),
        "roc": roc(recordings),
        "calibration": reliability(believed),
        "by_duration": by_duration(recordings, seed=seed),
        "by_f0": by_f0(recordings, seed=seed),
        "wrong_recordings": wrong(recordings),
        "wrong_readers": wrong(readers_from(recordings.drop(columns="seed", errors="ignore"))),
        "baselines": f0_threshold(by_unit),
    }


def f0_threshold(by_unit: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """What comparing median F0 with a fixed threshold gives on the same rows.

    Measures of recordings, with those of excerpts inside; empty where no F0 is known.
    """
    if by_unit["recordings"]["f0"].isna().all():
        return {}
    by_f0 = {
        unit: measures(rows.assign(p_female=F0Threshold()(rows["f0"].to_numpy())))
        for unit, rows in by_unit.items()
    }
    return {"f0-threshold": by_f0.pop("recordings") | by_f0}


def disputed(tables: list[pd.DataFrame], *, threshold: float = EVEN) -> list[dict[str, Any]]:
    """Readers whose label every one of several cross-validations disputes.

    Parameters
    ----------
    tables
        Judged scores of the same readers, each by models that never heard them.

    Returns
    -------
    list of dict
        speaker_id, gender (as labelled), p_female of each, f0 (Hz); the surest first.
    """
    each = [readers_from(of_length(table, WHOLE)).set_index("speaker_id") for table in tables]
    p = pd.concat([readers["p_female"] for readers in each], axis=1).dropna()
    gender, f0 = each[0]["gender"].loc[p.index], each[0]["f0"].loc[p.index]
    against = ((p >= threshold).to_numpy() != (gender == "F").to_numpy()[:, None]).all(axis=1)
    rows = [
        {
            "speaker_id": name,
            "gender": gender[name],
            "f0": finite(float(f0[name])),
            "p_female": values,
        }
        for name, values in zip(p.index[against], p[against].to_numpy().tolist(), strict=True)
    ]
    return sorted(rows, key=lambda row: -min(beyond(p, threshold) for p in row["p_female"]))
