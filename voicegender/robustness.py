"""Models on readers they never heard, under noise, in rooms, through codecs, for a second.

Of a cross-validation each fold's model is asked about the readers that tested it. What has
been heard is kept in ``robustness/``, so it goes on where it stopped.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from voicegender.bundle import open_bundle
from voicegender.config import digest, read_json, to_json, write_json
from voicegender.crossval import folds_of
from voicegender.degradation import CONDITIONS
from voicegender.errors import SettingError
from voicegender.evaluation import decided, measures
from voicegender.hearing import WHOLE, of_length
from voicegender.pitch import F0Threshold
from voicegender.process import Progress
from voicegender.recordings import write_table
from voicegender.report import judged
from voicegender.scoring import heard
from voicegender.workers import worked

LENGTHS = (0.5, 1.0, 2.0, 3.0, 5.0)
"""Seconds; excerpts of clean speech."""
UNITS = {"recordings": WHOLE, "excerpts": 3.0}
"""What is reported under each condition."""
CLEAN = "clean"
FILE = "robustness.json"


@dataclass(frozen=True)
class Asked:
    """A model, and the recordings it is asked about: paths start from ``root``."""

    model: Path
    utterances: pd.DataFrame
    root: Path


def asked_of_folds(folder: Path) -> list[Asked]:
    """Each fold's model with the readers that tested it."""
    asked = []
    for run in folds_of(folder):
        rows = pd.read_parquet(run.folder / "split.parquet")
        asked.append(Asked(run.model, rows[rows["part"] == "test"], Path(run.config.corpus)))
    return asked


def measure(
    asked: Sequence[Asked],
    folder: Path,
    *,
    conditions: Sequence[str] = tuple(CONDITIONS),
    n_workers: int | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Hear everything under each condition and report; also in ``folder/robustness.json``.

    Parameters
    ----------
    asked
        Models and recordings; what they say is reported together.
    folder
        Where scores are kept.
    conditions
        Names from `CONDITIONS`; clean is always heard, for the others are compared with it.
    n_workers
        Processes; by default one a core.

    Raises
    ------
    SettingError
        No condition of this name.
    """
    if unknown := [name for name in conditions if name not in CONDITIONS]:
        wrong = "there is none of this name"
        raise SettingError(f"condition {unknown[0]!r}", wrong, f"one of {', '.join(CONDITIONS)}")
    names = [CLEAN, *(name for name in CONDITIONS if name in conditions and name != CLEAN)]
    tasks = [(one, name, _place(folder, one, name)) for name in names for one in asked]
    missing = [task for task in tasks if not task[2].exists()]
    for done, _ in enumerate(worked(hear, missing, n_workers=n_workers), start=1):
        if progress:
            progress(len(tasks) - len(missing) + done, len(tasks))
    tables = {name: _read([place for _, n, place in tasks if n == name]) for name in names}
    report = _report(tables)
    write_json(folder / FILE, report)
    return report


def _place(folder: Path, asked: Asked, condition: str) -> Path:
    """The file is named by all that its scores depend on."""
    made = read_json(asked.model / "bundle.json") or {}
    setting = to_json(CONDITIONS[condition])
    return folder / "robustness" / f"{digest(made, setting, sorted(_ids(asked)))}.parquet"


def _ids(asked: Asked) -> list[str]:
    return [str(name) for name in asked.utterances["utterance_id"]]


def hear(asked: Asked, condition: str, place: Path) -> int:
    """Hear one model's recordings under one condition; the number of rows written."""
    bundle = open_bundle(asked.model)
    lengths = LENGTHS if condition == CLEAN else (UNITS["excerpts"],)
    found = heard(
        bundle, asked.utterances, asked.root, seconds=lengths, condition=CONDITIONS[condition]
    )
    refused = found.refused.assign(seconds=WHOLE, log_odds=np.nan, f0=np.nan)
    table = pd.concat([judged(found.table, bundle.calibration), refused], ignore_index=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_suffix(f".{os.getpid()}.partial")
    write_table(partial, table)
    partial.replace(place)
    return len(table)


def _read(places: Sequence[Path]) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(place) for place in places], ignore_index=True)


def _report(tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    conditions = [{"name": name} | _measured(table) for name, table in tables.items()]
    before = conditions[0]
    for row in conditions:
        for unit in UNITS:
            row[unit]["lost"] = before[unit]["right_of_all"] - row[unit]["right_of_all"]
    clean = tables[CLEAN]
    lengths = [{"seconds": s} | _scores(of_length(clean, s)) for s in LENGTHS]
    whole = {"seconds": None} | _scores(of_length(clean, WHOLE))
    return {"conditions": conditions, "lengths": [*lengths, whole]}


def _measured(table: pd.DataFrame) -> dict[str, Any]:
    return {unit: _scores(of_length(table, seconds)) for unit, seconds in UNITS.items()}


def _scores(rows: pd.DataFrame) -> dict[str, Any]:
    """Measures of what was answered; ``right_of_all`` counts what was refused as wrong."""
    said = rows[rows["log_odds"].notna()]
    scores = measures(said) | decided(said)
    by_f0 = measures(said.assign(p_female=F0Threshold()(said["f0"].to_numpy())))
    return scores | {
        "refused": len(rows) - len(said),
        "right_of_all": scores["accuracy"] * len(said) / len(rows),
        "f0-threshold": by_f0,
    }
