"""The run folder: what is asked for, how far it is, what came out.

A reader finds files absent, empty or half written, and says what it knows.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from voicegender.addresses import make_folder
from voicegender.config import (
    SEAL,
    canonical,
    digest,
    folder_name,
    read_json,
    read_sealed,
    write_sealed,
)
from voicegender.errors import WorkError
from voicegender.history import HISTORY, history_is_damaged, read_history
from voicegender.process import State, last_report, state_of
from voicegender.recordings import is_damaged, read_table
from voicegender.run_config import RunConfig

TABLES = ("split", "predictions", "excerpts")
SCORES = "metrics.json"
AGAIN = "train once more, as another run"


class Run:
    """A run's folder, read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def config(self) -> RunConfig:
        """What was asked.

        Raises
        ------
        WorkError
            There is no run here, or what it was asked is damaged.
        """
        place = self.folder / "config.json"
        document = _asked(place)
        if document is None:
            raise WorkError(self.folder, "no run here", "start one: voicegender train CORPUS")
        try:
            return RunConfig.from_json(document, place=place)
        except KeyError as error:
            raise WorkError(place, f"lacks {error}") from None

    @property
    def model(self) -> Path:
        """The bundle; its presence means done."""
        return self.folder / "model"

    @property
    def state(self) -> State:
        """Read off the facts."""
        return state_of(self.folder, done=(self.model / "bundle.json").exists())

    @property
    def report(self) -> dict[str, Any]:
        """The last progress report."""
        return last_report(self.folder)

    @property
    def history(self) -> pd.DataFrame:
        """One row an epoch: epoch (from 1), loss, accuracy, val_loss, val_accuracy, seconds."""
        return read_history(self.folder)

    @property
    def metrics(self) -> dict[str, Any]:
        """Test scores; empty until the run is done."""
        return read_sealed(self.folder / SCORES) or read_json(self.model / SCORES) or {}

    def table(self, name: str) -> pd.DataFrame | None:
        """One of `TABLES` by its name; None until it is there.

        Raises
        ------
        WorkError
            It is damaged.
        """
        path = self.folder / f"{name}.parquet"
        return read_table(path, remedy=AGAIN) if path.exists() else None

    def damaged(self) -> list[Path]:
        """Of a finished run's tables, epochs and scores, those that have changed since.

        Or that are gone, but for runs of earlier versions, which did not seal theirs.
        """
        due = SEAL in (read_json(self.folder / "config.json") or {})
        tables = [self.folder / f"{name}.parquet" for name in TABLES]
        own, told, epochs = self.folder / SCORES, self.model / SCORES, self.folder / HISTORY
        found = [path for path in tables if (due or path.exists()) and is_damaged(path)]
        if history_is_damaged(self.folder) or (due and not epochs.exists()):
            found.append(epochs)
        kept, shown = read_sealed(own), read_json(told)
        if kept is None and (due or own.exists()):
            found.append(own)
        elif shown is None or (kept is not None and digest(kept) != digest(shown)):
            found.append(told)
        return found

    @property
    def log(self) -> str:
        """What the process said."""
        path = self.folder / "log.txt"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def create_run(root: Path, name: str, config: RunConfig) -> Run:
    """Make a run's folder with its ``config.json``.

    Raises
    ------
    SettingError
        The name does not serve as a folder's name, or the network cannot be fed so.
    WorkError
        A run of this name was asked something else, or is damaged.
    """
    folder = root / folder_name(name, "run")
    config.check()
    place, other = folder / "config.json", "choose another name"
    asked = _asked(place)
    if asked is not None and canonical(asked) != canonical(config.to_json()):
        raise WorkError(folder, "a run of this name was asked something else", other)
    make_folder(folder)
    if asked is None:
        write_sealed(place, config.to_json())
    return Run(folder)


def _asked(place: Path) -> dict[str, Any] | None:
    """What ``config.json`` asks; None where there is none."""
    asked = read_sealed(place)
    if asked is None and place.exists():
        wrong = "is damaged, so nobody knows what the run was asked"
        raise WorkError(place, wrong, "start another run")
    return asked


def runs(root: Path) -> list[Run]:
    """All runs, newest first."""
    newest = sorted(root.glob("*/config.json"), key=lambda p: p.stat().st_mtime, reverse=True)
    return [Run(path.parent) for path in newest]


def free_name(root: Path, stem: str) -> str:
    """``stem-1``, or the next number that no run has."""
    number = 1
    while (root / f"{stem}-{number}").exists():
        number += 1
    return f"{stem}-{number}"
