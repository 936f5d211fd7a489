"""What a person asks for in words -> settings and runs."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from voicegender.addresses import place_at
from voicegender.config import folder_name, replace
from voicegender.corpus import load_corpus
from voicegender.crossval import MENDED, is_damaged
from voicegender.errors import SettingError, VoiceGenderError, WorkError
from voicegender.extractors import EXTRACTORS
from voicegender.features import Input
from voicegender.finding import model_at
from voicegender.places import places
from voicegender.robustness import Panel, panel_of_folds, panel_of_model
from voicegender.run_config import RunConfig, network_named
from voicegender.runs import Run, create_run, free_name
from voicegender.training import utterances_asked

SECTIONS = ("network", "features", "split", "fitting", "augmentation", "alteration")
"""Of a run's config."""


def extractor_named(kind: str, settings: Sequence[str] = ()) -> Input:
    """An extractor with its own settings, but for ``NAME=VALUE`` ones.

    Raises
    ------
    SettingError
        No extractor or no setting of this name, or a value that does not fit.
    """
    for extractor in EXTRACTORS:
        if extractor.kind == kind:
            asked: dict[str, Any] = {}
            for text in settings:
                _put(asked, *_pair(text))
            return replace(extractor(), asked, place="--set")
    names = ", ".join(extractor.kind for extractor in EXTRACTORS)
    raise SettingError(f"features {kind!r}", "there are none of this name", f"one of {names}")


def config_asked(
    corpus: str | Path,
    network: str,
    *,
    features: str | None = None,
    subsets: Sequence[str] | None = None,
    settings: Sequence[str] = (),
) -> RunConfig:
    """What ``train`` is asked, with the network's own settings where nothing is said.

    Parameters
    ----------
    settings
        ``PART.NAME=VALUE``, PART one of `SECTIONS`.

    Raises
    ------
    SettingError
        A name or a value that does not serve.
    """
    own = network_named(network)
    config = RunConfig.of(
        str(place_at(corpus)),
        own,
        subsets=tuple(subsets or ()),
        features=extractor_named(features) if features else own.features,
    )
    for part, changes in _grouped(settings).items():
        changed = replace(getattr(config, part), changes, place=f"--set {part}")
        config = dataclasses.replace(config, **{part: changed})
    return config


def _grouped(settings: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Changes by part: they are made together, for some make sense only so."""
    groups: dict[str, dict[str, Any]] = {}
    for text in settings:
        path, value = _pair(text)
        part, _, name = path.partition(".")
        if part not in SECTIONS or not name:
            sections = ", ".join(SECTIONS)
            raise SettingError(f"--set {text}", "names no part", f"PART.NAME=VALUE, of {sections}")
        _put(groups.setdefault(part, {}), name, value)
    return groups


def _put(changes: dict[str, Any], name: str, value: str) -> None:
    """Enter a change, also one of a setting inside another (excerpt.seconds)."""
    outer, _, inner = name.partition(".")
    if inner:
        _put(changes.setdefault(outer, {}), inner, value)
    else:
        changes[name] = value


def shorthand(*, split: str | None = None, epochs: int | None = None, seed: int = 0) -> list[str]:
    """The options for what is changed most, as settings."""
    settings = [f"split.seed={seed}", f"fitting.seed={seed}"]
    settings += [f"split.policy={split}"] if split else []
    settings += [f"fitting.epochs={epochs}"] if epochs is not None else []
    return settings


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise SettingError(f"--set {text}", "is not NAME=VALUE")
    return name, value


def run_asked(corpus: str | Path, network: str, *, name: str | None = None, **asked: Any) -> Run:
    """The run folder for what ``train`` is asked: the unfinished one of the same, or a new one.

    Raises
    ------
    VoiceGenderError
        See `config_asked` and `create_run`, or the corpus cannot be split as asked.
    """
    config = config_asked(corpus, network, **asked)
    root = places().runs
    if name is None:
        name = _unfinished(root, config) or free_name(root, network)
    if not (root / folder_name(name, "run") / "config.json").exists():
        config.check()
        config.split(utterances_asked(config))  # told before there is a folder
    return create_run(root, name, config)


def _unfinished(root: Path, config: RunConfig) -> str | None:
    """An interrupted run that was asked the same goes on, so that the same command goes on."""
    from voicegender.runs import runs

    for run in runs(root):
        if run.state in ("new", "cancelled", "failed"):
            try:
                same = run.config == config
            except VoiceGenderError:  # a folder of another version is no run to go on with
                continue
            if same:
                return run.name
    return None


def run_at(path: Path) -> Run:
    """A run by its folder or its name.

    Raises
    ------
    WorkError
        There is none.
    """
    for folder in (path, places().runs / path):
        if (folder / "config.json").exists():
            return Run(folder)
    raise WorkError(path, "no run here", f"name a folder in {places().runs}")


def robustness_asked(
    name: str, corpus: str | Path | None, *, subsets: Sequence[str] = ()
) -> tuple[Panel, Path]:
    """Models and recordings of a cross-validation, or a model with a corpus; where to keep it.

    Raises
    ------
    VoiceGenderError
        No cross-validation that is done and no model of this name, or no such corpus.
    """
    if corpus is None:
        if any(
            (folder / "bundle.json").exists() for folder in (Path(name), places().models / name)
        ):
            wrong = "is a model, no cross-validation"
            raise WorkError(name, wrong, "name the corpus it shall be asked about, too")
        folder = crossval_at(name).parent
        return panel_of_folds(folder), folder
    model, chosen = model_at(Path(name)).bundle, load_corpus(corpus).only([*subsets])
    panel = panel_of_model(model.folder, chosen)
    # A run's model lies in the run's folder, as "model".
    owner = model.folder.parent if model.folder.parent.parent == places().runs else model.folder
    return panel, places().runs / folder_name(f"robustness-{owner.name}", "model")


def crossval_at(name: str) -> Path:
    """The scores of a cross-validation by its name.

    Raises
    ------
    WorkError
        There is none, it is not done, or what is told of it has changed since.
    SettingError
        The name, which a file may have told, could lead elsewhere.
    """
    path = places().runs / folder_name(name, "cross-validation") / "metrics.json"
    if not (path.exists() and (path.parent / "crossval.json").exists()):
        raise WorkError(name, "no finished cross-validation of this name", "voicegender crossval")
    if is_damaged(path.parent):
        raise WorkError(name, "is damaged", MENDED)
    return path
