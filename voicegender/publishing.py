"""A run's model -> a folder in ``models/`` with its card."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from voicegender.addresses import into
from voicegender.bundle import check_files, open_bundle
from voicegender.card import ANSWERS, CROSSVAL, ROBUSTNESS, card
from voicegender.config import canonical, read_sealed, write_json
from voicegender.crossval import folds_of, pooled
from voicegender.degradation import CONDITIONS
from voicegender.errors import ModelError, WorkError
from voicegender.recordings import write_table
from voicegender.report import UNITS
from voicegender.robustness import fingerprint
from voicegender.runs import AGAIN, Run

ANSWERED = [
    "utterance_id",
    "speaker_id",
    "gender",
    "duration",
    "seconds",
    "f0",
    "p_female",
    "label",
    "seed",
]
"""What is published of each answer: all that scores are counted from, and no path."""


def publish(
    run: Run, folder: Path, *, crossval: Path | None = None, beside: Sequence[Path] = ()
) -> Path:
    """Copy the bundle of a finished run, with a card.

    Parameters
    ----------
    run, folder
        What is published, and where.
    crossval
        ``metrics.json`` of a cross-validation of the same network, for the card.
    beside
        Those of other networks, whose scores stand beside its own.

    Raises
    ------
    WorkError
        The run is not done or damaged, or the cross-validation was asked something else.
    ModelError
        The run's model is damaged, or holds links, and what they lead to would be published; or
        something else lies at ``folder``, or a model with more on its card.
    """
    _check_whole(run)
    if crossval is not None:
        _check_same(run, crossval)
    if folder.exists() and not (folder / "bundle.json").exists():
        raise ModelError(folder, "something that is no model lies here", "choose another folder")
    if crossval is None and (folder / CROSSVAL).exists():
        wrong = "the card there shows a cross-validation, which this would drop"
        raise ModelError(folder, wrong, "name one with --crossval, or another folder")
    partial = _filled(folder, run, crossval, beside)
    if folder.exists():
        shutil.rmtree(folder)
    partial.rename(folder)
    return folder


def _check_whole(run: Run) -> None:
    """Refuse a run that is not done, or of which something has changed since."""
    if run.state != "done":
        raise WorkError(run.folder, f"the run is {run.state}", f"voicegender resume {run.name}")
    _refuse_links(run.model)
    check_files(open_bundle(run.model))
    if damaged := run.damaged():
        raise WorkError(damaged[0], "is damaged or gone", AGAIN)
    run.config.check()


def _refuse_links(model: Path) -> None:
    """What links lead to is not meant to be published."""
    if any(path.is_symlink() for path in (model, *model.rglob("*"))):
        raise ModelError(model, "holds links to other files", "put the files themselves there")


def _filled(folder: Path, run: Run, crossval: Path | None, beside: Sequence[Path]) -> Path:
    """All that is published, beside its place; nothing where the disk is full."""
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        with into(folder):
            partial.mkdir(parents=True)
            for path in run.model.iterdir():
                shutil.copyfile(path, partial / path.name)
            if crossval is not None:
                _add_evidence(partial, crossval, beside)
            text = card(open_bundle(partial), folder.name)
            (partial / "README.md").write_text(text, encoding="utf-8")
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return partial


def _add_evidence(folder: Path, crossval: Path, beside: Sequence[Path]) -> None:
    """Write what the card is to show beside the test part's scores."""
    write_json(folder / CROSSVAL, _scores(crossval, beside))
    folds = folds_of(crossval.parent)
    if all(run.state == "done" for run in folds):
        write_table(folder / ANSWERS, pooled(folds)[ANSWERED])
    measured = crossval.parent / ROBUSTNESS
    if measured.exists():
        # Without its seal, as all scores of a model: their owner may edit them.
        write_json(folder / ROBUSTNESS, _measured(measured))


def _scores(crossval: Path, beside: Sequence[Path]) -> dict[str, Any]:
    """A cross-validation's scores, with the measures of others."""
    others = {path.parent.name: read_sealed(path) or {} for path in beside}
    measures = {
        name: {unit: metrics[unit] for unit in UNITS if unit in metrics}
        for name, metrics in others.items()
    }
    return (read_sealed(crossval) or {}) | ({"beside": measures} if measures else {})


def _measured(measured: Path) -> dict[str, Any]:
    """Robustness on a card is that of these folds, under all conditions, or it misleads."""
    told, name = read_sealed(measured), measured.parent.name
    if told is None:
        raise WorkError(name, "its robustness is damaged", f"voicegender robustness {name}")
    asked = told.get("asked", {})
    whole = asked.get("conditions") == [*CONDITIONS]
    if not whole or asked.get("models") != fingerprint(f.model for f in folds_of(measured.parent)):
        wrong = "its robustness was measured of other models, or under some conditions only"
        raise WorkError(name, wrong, f"voicegender robustness {name}")
    return told


def _check_same(run: Run, crossval: Path) -> None:
    """Scores on a card are those of the same settings, or they mislead."""
    tested = (read_sealed(crossval) or {}).get("asked", {})
    asked = run.config.to_json()
    for part in ("network", "features", "fitting", "augmentation", "alteration"):
        if canonical(tested.get(part)) != canonical(asked[part]):
            wrong = f"was made with another {part} than run {run.name}"
            raise WorkError(crossval.parent.name, wrong, "cross-validate the same settings")
