"""Results -> the answers they are of, and what they would be at another threshold."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from voicegender.card import CROSSVAL
from voicegender.config import read_sealed
from voicegender.crossval import MENDED, SCORES, folds_of, is_damaged, judged_of, pooled
from voicegender.evaluation import EVEN, roc
from voicegender.operating import READERS, at_threshold, by_reader, of_unit
from voicegender.recordings import read_table
from voicegender.report import UNITS
from voicegender.runs import AGAIN, Run
from voicegender.ui import frame
from voicegender.ui.result import Result

TABLE = ".parquet"
"""Ending of answers in one file; a run's name may hold a dot too."""
Stamp = tuple[tuple[str, int], ...]
"""Files with the time of their last change: what was read of them is known by this."""
FINE = ("excerpts_1s", "excerpts", "recordings")
"""What a reader is judged by: the first unit that is there. A recording alone says little, and
of some readers there are no 3 s of speech."""


def name_damaged(root: Path) -> None:
    """Cross-validations that are not shown, for their scores are no longer those that were written.

    Parameters
    ----------
    root
        Folder of all runs.
    """
    for path in sorted(root.glob(f"*/{CROSSVAL}")):
        if is_damaged(path.parent):
            name = frame.plain(path.parent.name)
            wrong = f"The cross-validation **{name}** is damaged and not shown; {MENDED}."
            st.warning(wrong, icon="⚠️")


def name_damaged_runs(shown: Sequence[Result]) -> None:
    """Of the runs among these, what has changed since it was written, or is gone."""
    for run in [result.run for result in shown if result.run]:
        files = sorted([*run.folder.glob("*.*"), *run.model.glob("*.*")])
        stamp = tuple((str(path), path.stat().st_mtime_ns) for path in files if path.is_file())
        if names := _damaged(str(run.folder), stamp):
            name, files_hurt = frame.plain(run.name), frame.plain(", ".join(names))
            wrong = f"Of run **{name}** these are damaged or gone: {files_hurt}."
            wrong += f" It may not be shown as it was; {AGAIN}."
            st.warning(wrong, icon="⚠️")


@st.cache_data(max_entries=200, show_spinner=False)
def _damaged(folder: str, stamp: Stamp) -> list[str]:  # noqa: ARG001  # part of the cache key
    return [str(path.relative_to(folder)) for path in Run(Path(folder)).damaged()]


def answers(result: Result) -> pd.DataFrame | None:
    """A row an answer; not to be changed. None where they were not kept."""
    stamp = _stamp(result)
    return _read(str(result.evidence), stamp) if stamp else None


def _stamp(result: Result) -> Stamp:
    """Nothing where a file is missing."""
    paths = _files(result)
    if not paths or not all(path.is_file() for path in paths):
        return ()
    return tuple((str(path), path.stat().st_mtime_ns) for path in paths)


def _files(result: Result) -> list[Path]:
    place = result.evidence
    if place is None or result.kind == "model":
        return []
    if place.suffix == TABLE:
        return [place]
    if not result.run and "n_seeds" not in (read_sealed(place / CROSSVAL) or {}):
        return []  # an earlier version's, whose folds lay elsewhere
    folders = [place] if result.run else [run.folder for run in folds_of(place)]
    return [folder / f"{name}.parquet" for folder in folders for name in SCORES]


@st.cache_resource(max_entries=24, show_spinner="Reading the answers…")
def _read(place: str, stamp: Stamp) -> pd.DataFrame:  # noqa: ARG001  # part of the cache key
    path = Path(place)
    if path.suffix == TABLE:
        return read_table(path)
    is_run = (path / "config.json").exists()
    return judged_of(Run(path)) if is_run else pooled(folds_of(path))


def at(result: Result, threshold: float) -> Result:
    """The result at another threshold; as it is, where its answers are not known."""
    stamp = _stamp(result)
    if threshold == EVEN or not stamp:
        return result
    metrics = _moved(str(result.evidence), stamp, threshold, result.seed, result.metrics)
    return dataclasses.replace(result, metrics=metrics, threshold=threshold)


@st.cache_data(max_entries=200, show_spinner="Counting again…")
def _moved(
    place: str, stamp: Stamp, threshold: float, seed: int, metrics: dict[str, Any]
) -> dict[str, Any]:
    return at_threshold(_read(place, stamp), metrics, threshold, seed=seed)


def curve(result: Result, unit: str) -> dict[str, list[float]]:
    """The ROC of a unit; of recordings the stored one, where answers are not known."""
    if stamp := _stamp(result):
        return _curve(str(result.evidence), stamp, unit)
    stored: dict[str, list[float]] = result.metrics.get("roc", {}) if unit == "recordings" else {}
    return stored


@st.cache_data(max_entries=100, show_spinner=False)
def _curve(place: str, stamp: Stamp, unit: str) -> dict[str, list[float]]:
    rows = of_unit(_read(place, stamp), unit)
    return roc(rows, n_points=None) if len(rows) else {}


def readers(result: Result, unit: str) -> pd.DataFrame:
    """How much of each reader is heard as labelled, at the result's threshold, the worst first.

    Of ``unit``, or of `FINE` where that is a whole recording; empty without answers.
    """
    stamp = _stamp(result)
    if not stamp:
        return pd.DataFrame()
    return _readers(str(result.evidence), stamp, fine(result, unit), result.threshold)


def fine(result: Result, unit: str) -> str:
    """What a reader is judged by, when ``unit`` is asked for."""
    if unit in UNITS and unit != "recordings":
        return unit
    return next((one for one in FINE if one in result.metrics), READERS)


@st.cache_data(max_entries=100, show_spinner=False)
def _readers(place: str, stamp: Stamp, unit: str, threshold: float) -> pd.DataFrame:
    return by_reader(of_unit(_read(place, stamp), unit), threshold=threshold)
