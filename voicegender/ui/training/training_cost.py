"""What a training will cost, estimated before it starts: features, epochs, the test.

Paces come from earlier runs on this machine where there are any, else from what they were on
two cores of a server (Xeon, 2026): those tell minutes from hours, no more.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import pandas as pd

from voicegender.corpus import Corpus
from voicegender.places import places
from voicegender.run_config import RunConfig
from voicegender.runs import Run, runs
from voicegender.store import FeatureSet, feature_set_place
from voicegender.ui import loaders
from voicegender.ui.result import config_of
from voicegender.ui.training.training_form import Source

EXCERPT = {"seed-lstm": 1.9e-3, "bilstm": 5e-3, "attentive": 1.8e-3, "probe": 0.07e-3}
"""Seconds that learning from one excerpt takes, by the network's kind; of others `SLOWEST`."""
SLOWEST = max(EXCERPT.values())
FEATURES = {
    "mfcc-mean": 2e-3,
    "mfcc": 2.3e-3,
    "log-mel": 1.2e-3,
    "voice-embedding": 29e-3,
    "f0-median": 20e-3,
}
"""Seconds of one core for each second of sound."""
ALTERED = 10e-3
"""The same to change a copy, before its features are made."""
HEARING = 15e-3
"""Seconds for each second of sound that is heard to calibrate and to test."""
STARTING = 12.0
"""Seconds until TensorFlow is there and the first epoch has begun, and to write the model."""
SECONDS_UNKNOWN = 3.0
"""Taken for a recording whose length is not known: imported features."""
FURTHEST = 3.0
"""Machines are taken to differ by no more than this in making features."""
RESTS_ON = {
    "own": "Going by earlier runs of this network here.",
    "others": "Going by other networks' runs here, so roughly.",
    "elsewhere": "Going by a server's two cores, for nothing was trained here yet: roughly.",
}


@dataclass(frozen=True)
class Cost:
    """Seconds, part by part.

    Attributes
    ----------
    n_missing
        Recordings whose features are still to be made.
    n_learnt
        Recordings that are learnt from.
    rests_on
        A key of `RESTS_ON`.
    """

    features: float
    n_missing: int
    n_learnt: int
    epoch: float
    n_epochs: int
    hearing: float
    rests_on: str

    @property
    def total(self) -> float:
        """All of it."""
        return self.features + STARTING + self.epoch * self.n_epochs + self.hearing


def cost_of(source: Source, config: RunConfig, rows: pd.DataFrame) -> Cost:
    """What a run would cost.

    Parameters
    ----------
    rows
        The utterances with their part, as `training_form.parts_of` gives them.
    """
    paces = _paces(runs(places().runs))
    slower, rests_on = _machine(paces, config.network.kind)
    # Short epochs hold more waiting than work: other work is not stretched as far as they may be.
    bounded = min(FURTHEST, max(1 / FURTHEST, slower))
    cross_fitted = config.network.heads > 1
    learnt = rows[rows["part"] != "test"] if cross_fitted else rows[rows["part"] == "train"]
    heard = rows if cross_fitted else rows[rows["part"] != "train"]
    missing = missing_features(source, config)
    return Cost(
        features=bounded * _seconds(missing) * _each_second(config) / (os.cpu_count() or 1),
        n_missing=len(missing),
        n_learnt=len(learnt),
        epoch=slower * len(learnt) * config.fitting.excerpts * pace_of(config.network.kind),
        n_epochs=config.fitting.epochs,
        hearing=bounded * HEARING * _seconds(heard),
        rests_on=rests_on,
    )


def pace_of(kind: str) -> float:
    """Seconds an excerpt of a network, where it was measured; else of the slowest."""
    return EXCERPT.get(kind, SLOWEST)


def _machine(paces: dict[str, list[float]], kind: str) -> tuple[float, str]:
    """How much slower this machine is than the one `EXCERPT` was measured on, and what says so."""
    if kind in paces:
        return median(paces[kind]), "own"
    others = [pace for of_kind in paces.values() for pace in of_kind]
    return (median(others), "others") if others else (1.0, "elsewhere")


def _paces(found: Sequence[Run]) -> dict[str, list[float]]:
    """Paces of finished runs against `EXCERPT`, by the network's kind."""
    paces: dict[str, list[float]] = {}
    for run in found:
        config, history = config_of(run), run.history
        parts = run.metrics.get("data", {}).get("parts", {})
        if config and parts and not history.empty:
            kind = config.network.kind
            learnt = ("train", "validation") if config.network.heads > 1 else ("train",)
            n = sum(int(parts[part]["recordings"]) for part in learnt) * config.fitting.excerpts
            pace = float(history["seconds"].median()) / max(1, n)
            paces.setdefault(kind, []).append(pace / pace_of(kind))
    return paces


def missing_features(source: Source, config: RunConfig) -> pd.DataFrame:
    """The utterances whose features are still to be made."""
    if source.imported:
        return source.utterances.iloc[:0]
    corpus: Corpus = loaders.corpus(source.path).only(list(config.subsets))
    place = feature_set_place(places().features, config.features, corpus, config.alteration)
    if not (place / "config.json").exists():
        return corpus.utterances
    found = FeatureSet(place)
    rows = [found.rows_of(index) for index in found.missing]
    return pd.concat(rows) if rows else corpus.utterances.iloc[:0]


def _seconds(rows: pd.DataFrame) -> float:
    """Seconds of sound."""
    return float(rows["duration"].fillna(SECONDS_UNKNOWN).sum())


def _each_second(config: RunConfig) -> float:
    """Seconds that the features of a second of sound take, with its altered copies."""
    own = FEATURES.get(config.features.kind, max(FEATURES.values()))
    return own + config.alteration.copies * (own + ALTERED)
