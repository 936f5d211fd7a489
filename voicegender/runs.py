"""The run folder: what is asked for, how far it is, what came out.

A reader finds files absent, empty or half written, and says what it knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from voicegender.addresses import make_folder, place_at, reached
from voicegender.alteration import NONE, Alteration
from voicegender.augmentation import Augmentation
from voicegender.config import (
    canonical,
    folder_name,
    from_json,
    read_json,
    read_sealed,
    to_json,
    write_sealed,
)
from voicegender.corpus import corpus_place
from voicegender.errors import SettingError, WorkError
from voicegender.extractors import EXTRACTORS
from voicegender.features import Input, LogMel
from voicegender.fitting import Fitting
from voicegender.history import read_history
from voicegender.listing import is_there
from voicegender.network import Network
from voicegender.networks import NETWORKS
from voicegender.process import State, last_report, state_of
from voicegender.recordings import read_table
from voicegender.split import Split


@dataclass(frozen=True)
class RunConfig:
    """What a run is asked to do.

    ``corpus`` is a corpus or a folder of imported features; ``subsets`` empty means all.
    """

    corpus: str
    network: Network
    features: Input
    fitting: Fitting
    augmentation: Augmentation
    alteration: Alteration = NONE
    split: Split = field(default_factory=Split)
    subsets: tuple[str, ...] = ()

    @classmethod
    def of(cls, corpus: str, network: Network, **asked: Any) -> "RunConfig":
        """The network's own settings, but for what is asked otherwise."""
        features = asked.get("features", network.features)
        # Augmentation knows bands of power; other features are left as they are.
        off = features.kind != LogMel.kind
        own = {
            "features": features,
            "fitting": network.fitting,
            "augmentation": Augmentation.off() if off else network.augmentation,
            "alteration": network.alteration if features.framed else NONE,
        }
        return cls(corpus, network, **{**own, **asked})

    def check(self) -> None:
        """Refuse what cannot end well; cheap, so it comes before any work.

        Raises
        ------
        CorpusError
            There is nothing at ``corpus``.
        SettingError
            The network cannot be fed so, or the augmentation is made for other features.
        """
        place = place_at(self.corpus)
        with reached(place):
            imported = is_there(place / "config.json")
        if not imported:
            corpus_place(self.corpus)
        kind = "imported" if imported else self.features.kind
        if kind not in self.network.accepts:
            remedy = f"choose {' or '.join(self.network.accepts)}"
            wrong = f"cannot be fed {kind} features"
            raise SettingError(f"network {self.network.kind}", wrong, remedy)
        if kind != LogMel.kind and self.augmentation != Augmentation.off():
            wrong = f"is made for {LogMel.kind} features, not {kind}"
            raise SettingError("augmentation", wrong, "leave it off")
        if self.alteration.copies and (imported or not self.features.framed):
            wrong = f"copies of sound cannot become {kind} features"
            raise SettingError("alteration", wrong, "--set alteration.copies=0")

    def to_json(self) -> dict[str, Any]:
        """What ``config.json`` holds."""
        settings = ("network", "features", "split", "fitting", "augmentation", "alteration")
        return {
            "corpus": self.corpus,
            "subsets": list(self.subsets),
            **{name: to_json(getattr(self, name)) for name in settings},
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any], *, place: object) -> "RunConfig":
        """Read ``config.json``.

        Raises
        ------
        SettingError
            A setting that is unknown or does not fit.
        """
        network = network_named(document.get("network", {}).get("kind", ""))
        earlier = {"kind": Alteration.kind}  # versions that know no alteration
        return cls.of(
            str(document.get("corpus", "")),
            from_json(document["network"], [type(network)], place=place),
            features=from_json(document["features"], EXTRACTORS, place=place),
            split=from_json(document["split"], [Split], place=place),
            fitting=from_json(document["fitting"], [Fitting], place=place),
            augmentation=from_json(document["augmentation"], [Augmentation], place=place),
            alteration=from_json(document.get("alteration", earlier), [Alteration], place=place),
            subsets=tuple(document.get("subsets", ())),
        )


def network_named(kind: str) -> Network:
    """A network with its own settings.

    Raises
    ------
    SettingError
        There is none of this name.
    """
    for network in NETWORKS:
        if network.kind == kind:
            return network()
    names = ", ".join(network.kind for network in NETWORKS)
    raise SettingError(f"network {kind!r}", "there is none of this name", f"one of {names}")


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
            There is no run here.
        """
        document = read_sealed(self.folder / "config.json")
        if document is None:
            raise WorkError(self.folder, "no run here", "start one: voicegender train CORPUS")
        try:
            return RunConfig.from_json(document, place=self.folder / "config.json")
        except KeyError as error:
            raise WorkError(self.folder / "config.json", f"lacks {error}") from None

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
        own = read_sealed(self.folder / "metrics.json")
        return own or read_json(self.model / "metrics.json") or {}

    def table(self, name: str) -> pd.DataFrame | None:
        """``split``, ``predictions`` or ``excerpts``; None until it is there.

        Raises
        ------
        WorkError
            It is damaged.
        """
        path, remedy = self.folder / f"{name}.parquet", "train once more, as another run"
        return read_table(path, remedy=remedy) if path.exists() else None

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
    asked = read_sealed(place)
    if asked is None and place.exists():
        raise WorkError(place, "is damaged, so nobody knows what the run was asked", other)
    if asked is not None and canonical(asked) != canonical(config.to_json()):
        raise WorkError(folder, "a run of this name was asked something else", other)
    make_folder(folder)
    if asked is None:
        write_sealed(place, config.to_json())
    return Run(folder)


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
