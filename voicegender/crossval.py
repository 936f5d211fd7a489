"""A network trained and tested fold by fold, so that every reader is tested once.

Each fold is a run; folds that are done are kept, so it goes on where it stopped.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from voicegender.bundle import open_bundle
from voicegender.calibration import Calibration
from voicegender.config import folder_name, write_json
from voicegender.evaluation import evaluate, measures, recordings_from
from voicegender.pitch import F0Threshold
from voicegender.runs import Run, RunConfig, create_run
from voicegender.split import Split
from voicegender.training import utterances_asked


def cross_validate(
    root: Path, name: str, config: RunConfig, *, n_folds: int, work: Callable[[Run], object]
) -> dict[str, Any]:
    """Train each fold and evaluate all test scores together.

    Parameters
    ----------
    root
        Folder of all runs; folds lie in ``<name>/fold-<i>``.
    config
        What each fold is asked, but for its split; the split's seed deals the readers.
    n_folds
        Parts the readers are dealt into, each gender by itself.
    work
        Trains one run.

    Raises
    ------
    VoiceGenderError
        A name, a setting or a corpus that does not serve for each of the folds.

    Returns
    -------
    dict
        As `evaluate` gives it, with the baselines; also in ``metrics.json``.
    """
    folder = root / folder_name(name, "cross-validation")
    config.check()
    folds = []
    for split in _splits(config, n_folds):
        asked = dataclasses.replace(config, split=split)
        folds.append(create_run(folder, f"fold-{split.fold}", asked))
        work(folds[-1])
    metrics = _pooled(folds, seed=config.split.seed)
    metrics["folds"] = [{"fold": i, **run.metrics["recordings"]} for i, run in enumerate(folds)]
    metrics["name"] = name
    metrics["asked"] = config.to_json() | {"corpus": Path(config.corpus).name}
    write_json(folder / "crossval.json", config.to_json() | {"n_folds": n_folds})
    write_json(folder / "metrics.json", metrics)
    return metrics


def _splits(config: RunConfig, n_folds: int) -> list[Split]:
    """The split of each fold; one that cannot be is told before the first is trained."""
    seed, utterances = config.split.seed, utterances_asked(config)
    splits = [Split("fold", seed=seed, n_folds=n_folds, fold=fold) for fold in range(n_folds)]
    for split in splits:
        split(utterances)
    return splits


def _pooled(folds: list[Run], *, seed: int) -> dict[str, Any]:
    """Scores of all folds, each calibrated as its own fold says."""
    calibrations = [open_bundle(run.model).calibration for run in folds]
    tables = [_table(run, "excerpts") for run in folds]
    for table, calibration in zip(tables, calibrations, strict=True):
        table["log_odds"] = calibration.scale * table["log_odds"] + calibration.offset
    margin = float(np.mean([calibration.upper for calibration in calibrations]))
    whole = Calibration(lower=1 - margin, upper=margin)
    excerpts = pd.concat(tables, ignore_index=True)
    metrics = evaluate(excerpts, whole, seed=seed)
    metrics["baselines"] = {}
    predictions = pd.concat([_table(run, "predictions") for run in folds], ignore_index=True)
    if "f0" in predictions:
        p_female = F0Threshold()(predictions["f0"].to_numpy())
        metrics["baselines"]["f0-threshold"] = measures(predictions.assign(p_female=p_female))
    metrics["n_recordings"] = len(recordings_from(excerpts, whole))
    return metrics


def _table(run: Run, name: str) -> pd.DataFrame:
    table = run.table(name)
    if table is None:  # `work` has ended, so this is a bug, not a user's error
        raise FileNotFoundError(run.folder / f"{name}.parquet")
    return table
