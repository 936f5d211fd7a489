"""A network trained and tested fold by fold, so that every reader is tested once for each seed.

Each fold is a run; folds that are done are kept, so it goes on where it stopped.
"""

import dataclasses
import itertools
import logging
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from voicegender.config import canonical, folder_name, read_sealed, write_sealed
from voicegender.errors import WorkError
from voicegender.recordings import read_table
from voicegender.report import disputed, evaluate
from voicegender.run_config import RunConfig
from voicegender.runs import AGAIN, Run, create_run
from voicegender.training import utterances_asked

LOGGER = logging.getLogger("voicegender")
SCORES = ("predictions", "excerpts")
MENDED = "the same command voicegender crossval mends it"
MAIN = ("n", "accuracy", "recall_female", "recall_male", "auc", "ece")
"""What is kept of the measures of a single seed or fold."""


def cross_validate(
    root: Path,
    name: str,
    config: RunConfig,
    *,
    n_folds: int,
    n_seeds: int = 1,
    work: Callable[[Run], object],
) -> dict[str, Any]:
    """Train each fold and evaluate all test scores together; also in ``metrics.json``.

    Parameters
    ----------
    root
        Folder of all runs; folds lie in ``<name>/seed-<s>/fold-<i>``.
    config
        What each fold is asked, but for its split.
    n_folds, n_seeds
        Parts the readers are dealt into, and how often, seed by seed.
    work
        Trains one run.

    Raises
    ------
    VoiceGenderError
        A name, a setting or a corpus that does not serve for each of the folds.
    """
    folder = root / folder_name(name, "cross-validation")
    config.check()
    asked = _refuse_other(folder, config.to_json() | {"n_folds": n_folds, "n_seeds": n_seeds})
    first = config.split.seed
    folds = [_folds(folder, config, seed=first + i, n_folds=n_folds) for i in range(n_seeds)]
    for run in itertools.chain(*folds):
        LOGGER.info("%s of %d seeds and %d folds", _place(run), n_seeds, n_folds)
        work(_reopened(run))
    told = {"name": name, "asked": asked | {"corpus": Path(config.corpus).name}}
    metrics = _pooled(folds, seed=first) | told
    write_sealed(folder / "crossval.json", asked)
    write_sealed(folder / "metrics.json", metrics)
    return metrics


def _refuse_other(folder: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """What is asked, where the folder is free for it."""
    before = read_sealed(folder / "crossval.json")
    if before is None:
        return asked
    # More seeds are the same work gone on with; fewer would drop what there is.
    alike = [canonical(one | {"n_seeds": 0}) for one in (before, asked)]
    if alike[0] != alike[1] or asked["n_seeds"] < before["n_seeds"]:
        raise WorkError(
            folder, "a cross-validation of this name was asked something else", "choose --name"
        )
    return asked


def _folds(folder: Path, config: RunConfig, *, seed: int, n_folds: int) -> list[Run]:
    """The runs of one seed; a split that cannot be is told before the first is trained."""
    utterances = utterances_asked(config)
    dealt = dataclasses.replace(config.split, policy="fold", seed=seed, n_folds=n_folds, fold=0)
    splits = [dataclasses.replace(dealt, fold=fold) for fold in range(n_folds)]
    for split in splits:
        split(utterances)
    fitting = dataclasses.replace(config.fitting, seed=seed)
    asked = (dataclasses.replace(config, split=split, fitting=fitting) for split in splits)
    place = folder / f"seed-{seed}"
    return [create_run(place, f"fold-{i}", config) for i, config in enumerate(asked)]


def _reopened(run: Run) -> Run:
    """The run; one that was done and is damaged is to be gone on with from what is whole of it."""
    if run.state == "done" and (damaged := run.damaged()):
        LOGGER.warning("%s is damaged or gone; the fold goes on from what is whole", damaged[0])
        shutil.rmtree(run.model)
    return run


def pooled(folds: Sequence[Run]) -> pd.DataFrame:
    """Test scores of folds, each judged as its own model does, with their ``seed``."""
    tables = [judged_of(run, remedy=MENDED).assign(seed=_seed(run)) for run in folds]
    return pd.concat(tables, ignore_index=True)


def _pooled(folds: list[list[Run]], *, seed: int) -> dict[str, Any]:
    """Scores of all folds."""
    tables = [pooled(of_seed) for of_seed in folds]
    metrics = evaluate(pd.concat(tables, ignore_index=True), seed=seed)
    runs = [run for of_seed in folds for run in of_seed]
    metrics["folds"] = [_main(run.metrics) | {"run": _place(run)} for run in runs]
    metrics["seeds"] = [
        _main(evaluate(table, seed=seed)) | {"seed": _seed(of_seed[0])}
        for table, of_seed in zip(tables, folds, strict=True)
    ]
    metrics["disputed"] = disputed(tables)
    metrics["refused"] = [row for run in runs for row in run.metrics["refused"]]
    return metrics


def _main(metrics: dict[str, Any]) -> dict[str, Any]:
    units = ("recordings", "excerpts", "excerpts_1s")
    return {unit: {k: metrics[unit][k] for k in MAIN} for unit in units if unit in metrics}


def _place(run: Run) -> str:
    return f"{run.folder.parent.name}/{run.name}"


def _seed(run: Run) -> int:
    return run.config.split.seed


def judged_of(run: Run, *, remedy: str = AGAIN) -> pd.DataFrame:
    """Test scores of a run that is done: recordings, then excerpts.

    Raises
    ------
    WorkError
        They are damaged; ``remedy`` is what would do.
    """
    tables = (read_table(run.folder / f"{name}.parquet", remedy=remedy) for name in SCORES)
    return pd.concat([table for table in tables if len(table)], ignore_index=True)


def is_damaged(folder: Path) -> bool:
    """Whether what was asked of a cross-validation, or its scores, have changed since."""
    files = (folder / name for name in ("crossval.json", "metrics.json"))
    return any(file.exists() and read_sealed(file) is None for file in files)


def folds_of(folder: Path) -> list[Run]:
    """The runs of a finished cross-validation, in order of seed and fold."""
    asked = read_sealed(folder / "crossval.json") or {}
    first = asked["split"]["seed"]
    return [
        Run(folder / f"seed-{seed}" / f"fold-{fold}")
        for seed in range(first, first + asked["n_seeds"])
        for fold in range(asked["n_folds"])
    ]
