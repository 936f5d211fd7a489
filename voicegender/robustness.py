"""Models on readers they never heard, under noise, in rooms, through codecs, for a second.

Of a cross-validation each fold's model is asked about the readers that tested it; sound is heard
once for the models of all seeds. What has been heard is kept in ``robustness/``, so it goes on
where it stopped.
"""

import dataclasses
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from voicegender.bundle import Bundle, open_bundle
from voicegender.config import digest, read_json, to_json, write_json
from voicegender.crossval import folds_of
from voicegender.degradation import CONDITIONS
from voicegender.errors import CorpusError, SettingError
from voicegender.evaluation import decided, measures
from voicegender.hearing import WHOLE, Hearing, of_length
from voicegender.pitch import F0Threshold
from voicegender.process import Progress
from voicegender.recordings import Corpus, write_table
from voicegender.report import judged
from voicegender.workers import worked

LENGTHS = (0.5, 1.0, 2.0, 3.0, 5.0)
"""Seconds; excerpts of clean speech."""
UNITS = {"recordings": WHOLE, "excerpts": 3.0}
"""What is reported under each condition."""
PIECE_SIZE = 32
"""Recordings."""
CLEAN = "clean"
FILE = "robustness.json"


@dataclass(frozen=True)
class Panel:
    """Recordings, and the models asked about each.

    Attributes
    ----------
    utterances
        What is heard; paths start from ``root``.
    models
        Folders of the models that are asked about a speaker: of a cross-validation one a
        seed, none of which heard the speaker.
    """

    utterances: pd.DataFrame
    root: Path
    models: dict[str, list[Path]]


def panel_of_folds(folder: Path) -> Panel:
    """A cross-validation's readers, each with the models the reader tested."""
    models: dict[str, list[Path]] = {}
    tested = []
    for run in folds_of(folder):
        rows = pd.read_parquet(run.folder / "split.parquet")
        tested.append(rows[rows["part"] == "test"])
        for speaker_id in tested[-1]["speaker_id"].unique():
            models.setdefault(speaker_id, []).append(run.model)
    utterances = pd.concat(tested).drop_duplicates("utterance_id").reset_index(drop=True)
    return Panel(utterances, Path(run.config.corpus), models)


def panel_of_model(model: Path, corpus: Corpus) -> Panel:
    """A corpus, and one model that is asked about all of it."""
    speakers = corpus.utterances["speaker_id"].unique()
    return Panel(corpus.utterances, corpus.root, {name: [model] for name in speakers})


def measure(
    panel: Panel,
    folder: Path,
    *,
    conditions: Sequence[str] = tuple(CONDITIONS),
    n_workers: int | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Hear everything under each condition and report; also in ``folder/robustness.json``.

    Parameters
    ----------
    panel
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
    CorpusError
        Nothing is left to compare under a condition.
    """
    names = _known(conditions)
    tasks = [
        (piece, name, _place(folder, piece, name)) for name in names for piece in _pieces(panel)
    ]
    missing = [task for task in tasks if not task[2].exists()]
    for done, _ in enumerate(worked(hear, missing, n_workers=n_workers), start=1):
        if progress:
            progress(len(tasks) - len(missing) + done, len(tasks))
    tables = {name: _read([place for _, under, place in tasks if under == name]) for name in names}
    report = _report(tables)
    write_json(folder / FILE, report)
    return report


def _known(conditions: Sequence[str]) -> list[str]:
    """The conditions asked for, in their order, after clean."""
    if unknown := [name for name in conditions if name not in CONDITIONS]:
        wrong = "there is none of this name"
        raise SettingError(f"condition {unknown[0]!r}", wrong, f"one of {', '.join(CONDITIONS)}")
    return [CLEAN, *(name for name in CONDITIONS if name in conditions and name != CLEAN)]


def _pieces(panel: Panel) -> list[Panel]:
    """The recordings in pieces that are kept, and worked on, one by one."""
    starts = range(0, len(panel.utterances), PIECE_SIZE)
    return [
        dataclasses.replace(panel, utterances=panel.utterances.iloc[start : start + PIECE_SIZE])
        for start in starts
    ]


def _place(folder: Path, panel: Panel, condition: str) -> Path:
    """The file is named by all that its scores depend on."""
    speakers = panel.utterances["speaker_id"].unique()
    asked = sorted({str(path) for name in speakers for path in panel.models[name]})
    made = [read_json(Path(path) / "bundle.json") or {} for path in asked]
    recordings = panel.utterances[["utterance_id", "size", "mtime"]].to_numpy().tolist()
    name = digest(made, to_json(CONDITIONS[condition]), recordings)
    return folder / "robustness" / f"{name}.parquet"


def hear(panel: Panel, condition: str, place: Path) -> int:
    """Hear recordings once and ask all their models; the number of rows written."""
    bundles = {path: open_bundle(path) for paths in panel.models.values() for path in paths}

    def judge(inputs: NDArray[np.float32], speaker_id: str) -> NDArray[np.float64]:
        asked = [bundles[path].log_odds(inputs) for path in panel.models[speaker_id]]
        return np.stack(asked, axis=1)

    extractor = next(iter(bundles.values())).extractor
    lengths = (WHOLE, *LENGTHS) if condition == CLEAN else tuple(UNITS.values())
    hearing = Hearing(extractor, seconds=lengths, condition=CONDITIONS[condition])
    found = hearing(panel.utterances, panel.root, judge)
    table = pd.concat([*_said(found.table, panel, bundles), *_refused(found.refused, panel)])
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_suffix(f".{os.getpid()}.partial")
    write_table(partial, table.reset_index(drop=True))
    partial.replace(place)
    return len(table)


def _said(table: pd.DataFrame, panel: Panel, bundles: dict[Path, Bundle]) -> Iterator[pd.DataFrame]:
    """What each model said, judged as it judges."""
    models = table["speaker_id"].map(panel.models)
    for path, bundle in bundles.items():
        asked = np.array([path in paths for paths in models], dtype=bool)
        if asked.any():
            index = [paths.index(path) for paths in models[asked]]
            odds = [values[i] for values, i in zip(table["log_odds"][asked], index, strict=True)]
            yield judged(table[asked].assign(log_odds=odds), bundle.calibration)


def _refused(refused: pd.DataFrame, panel: Panel) -> Iterator[pd.DataFrame]:
    """What was refused, once for each model that would have been asked."""
    for row in refused.to_dict(orient="records"):
        rows = pd.DataFrame([row] * len(panel.models[row["speaker_id"]]))
        yield rows.assign(seconds=WHOLE, log_odds=np.nan, f0=np.nan)


def _read(places: Sequence[Path]) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(place) for place in places], ignore_index=True)


def _check(tables: dict[str, pd.DataFrame]) -> None:
    for name, table in tables.items():
        if of_length(table, UNITS["excerpts"]).empty:
            wrong = f"no recording is left with {UNITS['excerpts']:g} s of speech"
            raise CorpusError(f"condition {name!r}", wrong, "ask about longer or better ones")


def _report(tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    _check(tables)
    conditions = [{"name": name} | _measured(table) for name, table in tables.items()]
    before = conditions[0]
    for row in conditions:
        for unit in UNITS:
            row[unit]["lost"] = before[unit]["right_of_all"] - row[unit]["right_of_all"]
    clean = tables[CLEAN]
    pieces = {seconds: of_length(clean, seconds) for seconds in LENGTHS}
    lengths = [{"seconds": s} | _scores(rows) for s, rows in pieces.items() if len(rows)]
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
