"""Settings -> the command a person would type for the same."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from voicegender.config import to_json
from voicegender.features import Extractor
from voicegender.requests import SECTIONS, config_asked, extractor_named, shorthand
from voicegender.run_config import RunConfig

OPTIONS = {"split.policy": "--split", "fitting.epochs": "--epochs"}
"""Settings that have an option of their own; the others are given by ``--set``."""


def train_arguments(config: RunConfig, name: str) -> list[str]:
    """Arguments of ``voicegender`` that ask for the same run."""
    return ["train", *_asked(config), "--name", name]


def crossval_arguments(config: RunConfig, name: str, *, n_folds: int, n_seeds: int) -> list[str]:
    """Arguments of ``voicegender`` that ask for the same cross-validation."""
    times = ["--folds", str(n_folds), "--seeds", str(n_seeds)]
    return ["crossval", *_asked(config), *times, "--name", name]


def _asked(config: RunConfig) -> list[str]:
    """Corpus and options, but for what the network's own settings say already."""
    kind, features = config.network.kind, config.features.kind
    words = [config.corpus, "--network", kind]
    own = config_asked(config.corpus, kind, settings=shorthand())
    if features != own.features.kind:
        words += ["--features", features]
        own = config_asked(config.corpus, kind, features=features, settings=shorthand())
    words += _subsets(config.subsets)
    for part in SECTIONS:
        for setting, value in _changes(getattr(config, part), getattr(own, part)):
            option = OPTIONS.get(f"{part}.{setting}")
            words += [option, value] if option else ["--set", f"{part}.{setting}={value}"]
    return words


def extract_arguments(
    corpus: str, extractor: Extractor, *, subsets: tuple[str, ...] = (), n_workers: int | None
) -> list[str]:
    """Arguments of ``voicegender`` that ask for the same features."""
    words = ["extract", corpus, "--features", extractor.kind, *_subsets(subsets)]
    if n_workers:
        words += ["--workers", str(n_workers)]
    for setting, value in _changes(extractor, extractor_named(extractor.kind)):
        words += ["--set", f"{setting}={value}"]
    return words


def _subsets(subsets: tuple[str, ...]) -> list[str]:
    return [word for subset in subsets for word in ("--subset", subset)]


def _changes(setting: Any, own: Any) -> Iterator[tuple[str, str]]:
    """Names and values, as text, of the fields in which two settings differ."""
    before = dict(flat(to_json(own)))
    for name, value in flat(to_json(setting)):
        if value != before[name]:
            yield name, value


def flat(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Fields with their values as the command line reads them; inner ones as outer.inner."""
    for name, value in document.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        elif name != "kind":
            yield f"{prefix}{name}", value if isinstance(value, str) else json.dumps(value)
