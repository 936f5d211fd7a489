"""What has been tested: runs, cross-validations, published models."""

import dataclasses
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from voicegender.bundle import Bundle
from voicegender.card import ANSWERS, CROSSVAL, ROBUSTNESS
from voicegender.command_lines import crossval_arguments
from voicegender.config import read_json, read_sealed
from voicegender.corpus import MARKER
from voicegender.errors import VoiceGenderError
from voicegender.evaluation import EVEN
from voicegender.run_config import RunConfig
from voicegender.runs import Run
from voicegender.split import LEAKY, Split

Kind = Literal["run", "cross-validation", "model"]
N_FOLDS, N_SEEDS = 5, 3
"""Of the cross-validation that is proposed for a run."""
MODEL, CROSS_VALIDATED = "model ", ", cross-validated"
"""What stands before a published model's name, and behind a cross-validation's."""
N_SHOWN = 3
"""Results side by side before anyone chooses."""


@dataclass(frozen=True)
class Result:
    """Test scores, and where they come from.

    Attributes
    ----------
    kind
        A model's cross-validation is a cross-validation.
    config
        What was asked, where it can still be read.
    run
        The run's folder, where the scores are a run's.
    robustness
        What conditions and short excerpts cost; None where it was not measured.
    remedy
        The command that measures that.
    synthetic
        Whether it was tested on computed voices.
    published
        Whether it is a published model's.
    evidence
        Where its answers are: a run's or a cross-validation's folder, or a table; None where
        they were not kept.
    threshold
        Probability from which on a voice counts as heard as female.
    """

    name: str
    metrics: dict[str, Any]
    kind: Kind = "run"
    config: RunConfig | None = None
    run: Run | None = None
    robustness: dict[str, Any] | None = None
    remedy: str = ""
    synthetic: bool = False
    published: bool = False
    evidence: Path | None = None
    threshold: float = EVEN

    @property
    def is_leaky(self) -> bool:
        """Whether the same readers were in training and test; folds are by reader, always."""
        return self.kind != "cross-validation" and asked_leaky(self.config)

    @property
    def history(self) -> pd.DataFrame:
        """How a run learnt; empty for what is no run."""
        return self.run.history if self.run else pd.DataFrame()

    @property
    def title(self) -> str:
        """Its name, with a mark where it must not be compared with others."""
        return f"⚠ {self.name} (leaky)" if self.is_leaky else self.name

    @property
    def seed(self) -> int:
        """Of the resampling behind its intervals."""
        return self.config.split.seed if self.config else 0

    @property
    def tested_how(self) -> str:
        """By what kind of test its scores come about."""
        if self.kind != "cross-validation":
            return "one test part"
        asked = self.metrics.get("asked", {})
        n_folds, n_seeds = asked.get("n_folds", "?"), asked.get("n_seeds", 1)
        times = f", {n_seeds} times" if n_seeds > 1 else ""
        return f"cross-validation in {n_folds} folds{times}"


def result_of_run(run: Run) -> Result:
    """A finished run's."""
    config, metrics = config_of(run), run.metrics
    return Result(
        run.name,
        metrics,
        config=config,
        run=run,
        remedy=_crossval_first(run.name, config),
        evidence=run.folder,
        synthetic=bool(metrics.get("data", {}).get("synthetic")),
    )


def _crossval_first(name: str, config: RunConfig | None) -> str:
    """A single run is measured by a cross-validation of its settings: more readers test.

    Empty where only features are known: nothing can be done to their sound.
    """
    if config is None or (Path(config.corpus) / "config.json").exists():
        return ""
    honest = dataclasses.replace(config, split=Split(seed=config.split.seed))
    folds = f"{name}-folds"
    arguments = crossval_arguments(honest, folds, n_folds=N_FOLDS, n_seeds=N_SEEDS)
    return f"voicegender {shlex.join(arguments)} && voicegender robustness {shlex.quote(folds)}"


def results_of_folds(root: Path) -> list[Result]:
    """Cross-validations', the newest first: each reader tested once for each seed."""
    paths = sorted(root.glob(f"*/{CROSSVAL}"), key=lambda path: path.stat().st_mtime, reverse=True)
    found = []
    for path in paths:
        asked, metrics = read_sealed(path), read_sealed(path.parent / "metrics.json")
        if asked and metrics:
            found.append(_of_folds(path.parent, asked, metrics))
    return found


def _of_folds(folder: Path, asked: Mapping[str, Any], metrics: dict[str, Any]) -> Result:
    config = _config(lambda: RunConfig.from_json(asked, place=folder / CROSSVAL))
    return Result(
        f"{folder.name}{CROSS_VALIDATED}",
        metrics,
        kind="cross-validation",
        config=config,
        robustness=read_sealed(folder / ROBUSTNESS),
        remedy=f"voicegender robustness {shlex.quote(folder.name)}",
        synthetic=(Path(str(asked.get("corpus", ""))) / MARKER).is_file(),
        evidence=folder,
    )


def results_of_model(bundle: Bundle, root: Path) -> list[Result]:
    """A published model's: its cross-validation where it has one, then its own test.

    Parameters
    ----------
    root
        Folder of all runs, where its robustness is kept when it was asked of a corpus.
    """
    own = Result(
        f"{MODEL}{bundle.name}",
        bundle.metrics,
        kind="model",
        config=config_of_model(bundle),
        robustness=read_sealed(root / f"robustness-{bundle.name}" / ROBUSTNESS),
        remedy=f"voicegender robustness {shlex.quote(bundle.name)} CORPUS",
        synthetic=bool(bundle.facts.get("provenance", {}).get("synthetic")),
        published=True,
    )
    tested = read_json(bundle.folder / CROSSVAL)
    if tested is None:
        return [own] if own.metrics else []
    one_test = dataclasses.replace(own, name=f"{own.name}, one test")
    return [_folds_of_model(bundle, own, tested), *([one_test] if own.metrics else [])]


def _folds_of_model(bundle: Bundle, own: Result, tested: dict[str, Any]) -> Result:
    asked, name = tested.get("asked", {}), str(tested.get("name", "NAME"))
    again = ("export", "RUN", f"models/{bundle.name}", "--crossval", name)
    return dataclasses.replace(
        own,
        metrics=tested,
        evidence=bundle.folder / ANSWERS,
        kind="cross-validation",
        config=_config(lambda: RunConfig.from_json(asked, place=bundle.folder / CROSSVAL)),
        robustness=read_sealed(bundle.folder / ROBUSTNESS),
        remedy=f"voicegender robustness {shlex.quote(name)} && voicegender {shlex.join(again)}",
    )


def tested_best(bundle: Bundle) -> dict[str, Any]:
    """Scores a model is quoted by: a cross-validation's, which asks more readers, if any."""
    return read_json(bundle.folder / CROSSVAL) or bundle.metrics


def rightness(tested: Mapping[str, Any], *, leaky: bool) -> str:
    """Share of recordings that are right, for a list of many; marked where it is of memory."""
    measured = tested.get("recordings")
    mark = "⚠ leaky: " if leaky else ""
    return f"{mark}{measured['accuracy']:.1%}" if measured else ""


def asked_leaky(config: RunConfig | None) -> bool:
    """Whether the same readers were to be in training and test."""
    return config is not None and config.split.policy == LEAKY


def config_of_model(bundle: Bundle) -> RunConfig | None:
    """What the run of a model was asked, where it can still be read."""
    asked = bundle.facts.get("provenance", {}).get("asked", {})
    return _config(lambda: RunConfig.from_json(asked, place=bundle.folder))


def comparable(found: Sequence[Result]) -> list[str]:
    """Names shown at first: a published model, and others tested on the same kind of voices.

    One of each other network, the newest, by the same kind of test: a test on four readers
    beside one on all of them would be believed too easily.
    """
    first = next((one for one in found if one.published), found[0])
    shown = {network_of(first): first.name}
    for one in found:
        if (one.kind, one.synthetic) == (first.kind, first.synthetic) and not one.is_leaky:
            shown.setdefault(network_of(one), one.name)
    return [*shown.values()][:N_SHOWN]


def network_of(result: Result) -> str:
    """The kind of its network; its own name where that is not known."""
    return result.config.network.kind if result.config else result.name


def config_of(run: Run) -> RunConfig | None:
    """What a run was asked, where it can still be read."""
    return _config(lambda: run.config)


def _config(read: Any) -> RunConfig | None:
    """What was asked, or None where another version wrote it."""
    try:
        config: RunConfig = read()
    except (VoiceGenderError, KeyError):
        return None
    return config
