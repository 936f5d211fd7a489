"""Models on readers they never heard, under noise, in rooms, through codecs, for a second.

Of a cross-validation each fold's model is asked about the readers that tested it; sound is heard
once for the models of all seeds. What has been heard is kept in ``robustness/``, so it goes on
where it stopped.
"""

import dataclasses
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from voicegender.bundle import Bundle, open_bundle
from voicegender.config import digest, read_json, to_json, write_sealed
from voicegender.corpus import load_corpus
from voicegender.crossval import MENDED, folds_of
from voicegender.degradation import CONDITIONS
from voicegender.errors import SettingError
from voicegender.features import CODE_VERSION
from voicegender.hearing import WHOLE, Hearing
from voicegender.limits import LEAST_SPEECH
from voicegender.process import Progress
from voicegender.recordings import Corpus, read_table, write_table
from voicegender.report import judged
from voicegender.robustness_report import CLEAN, LENGTHS, UNITS, report_of
from voicegender.speech import SpeechDetector
from voicegender.workers import worked

PIECE_SIZE = 32
"""Recordings."""
RECORDING = ["utterance_id", "speaker_id", "gender", "path", "size", "mtime"]
"""Columns that say which recording it is, and what it is labelled."""
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
    """A cross-validation's readers, each with the models the reader tested.

    Raises
    ------
    CorpusError
        The corpus is not where it was, or only features of it are known.
    """
    folds = folds_of(folder)
    corpus = load_corpus(folds[0].config.corpus)
    models: dict[str, list[Path]] = {}
    tested: set[str] = set()
    for run in folds:
        rows = read_table(run.folder / "split.parquet", remedy=MENDED)
        rows = rows[rows["part"] == "test"]
        tested |= set(rows["utterance_id"])
        for speaker_id in rows["speaker_id"].unique():
            models.setdefault(speaker_id, []).append(run.model)
    here = corpus.utterances["utterance_id"].isin(tested)
    return Panel(corpus.utterances[here].reset_index(drop=True), corpus.root, models)


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
    tasks = [(one, name, _place(folder, one, name)) for name in names for one in _pieces(panel)]
    _hear_missing(tasks, n_workers, progress)
    tables = {name: _read([place for _, under, place in tasks if under == name]) for name in names}
    asked = {"conditions": names, "models": fingerprint(itertools.chain(*panel.models.values()))}
    report = {"asked": asked} | report_of(tables)
    write_sealed(folder / FILE, report)
    return report


Task = tuple[Panel, str, Path]
"""Recordings with their models, the condition, and where its scores are kept."""


def _hear_missing(tasks: list[Task], n_workers: int | None, progress: Progress | None) -> None:
    missing = [task for task in tasks if not task[2].exists()]
    n_there = len(tasks) - len(missing)
    for done, _ in enumerate(worked(hear, missing, n_workers=n_workers), start=n_there + 1):
        if progress:
            progress(done, len(tasks))


def fingerprint(models: Iterable[Path]) -> str:
    """A digest of all that models are, whatever they are called."""
    return digest(sorted(json.dumps(read_json(path / "bundle.json")) for path in set(models)))


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
    recordings = panel.utterances[RECORDING].to_numpy().tolist()
    heard = [to_json(CONDITIONS[condition]), to_json(SpeechDetector()), _lengths(condition)]
    name = digest(made, heard, LEAST_SPEECH, CODE_VERSION, recordings)
    return folder / "robustness" / f"{name}.parquet"


def hear(panel: Panel, condition: str, place: Path) -> int:
    """Hear recordings once and ask all their models; the number of rows written."""
    bundles = {path: open_bundle(path) for paths in panel.models.values() for path in paths}

    def judge(inputs: NDArray[np.float32], speaker_id: str) -> NDArray[np.float64]:
        asked = [bundles[path].log_odds(inputs) for path in panel.models[speaker_id]]
        return np.stack(asked, axis=1)

    extractor = next(iter(bundles.values())).extractor
    hearing = Hearing(extractor, seconds=_lengths(condition), condition=CONDITIONS[condition])
    found = hearing(panel.utterances, panel.root, judge)
    table = pd.concat([*_said(found.table, panel, bundles), *_refused(found.refused, panel)])
    place.parent.mkdir(parents=True, exist_ok=True)
    write_table(place, table.reset_index(drop=True))
    return len(table)


def _lengths(condition: str) -> tuple[float, ...]:
    return (WHOLE, *LENGTHS) if condition == CLEAN else tuple(UNITS.values())


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
    return pd.concat([read_table(place) for place in places], ignore_index=True)
