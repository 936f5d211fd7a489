"""A run's model -> a folder in ``models/`` with its card."""

import shutil
from pathlib import Path

from voicegender.bundle import open_bundle
from voicegender.card import CROSSVAL, card
from voicegender.errors import ModelError, WorkError
from voicegender.runs import Run


def publish(run: Run, folder: Path, *, crossval: Path | None = None) -> Path:
    """Copy the bundle of a finished run, with a card.

    Parameters
    ----------
    run, folder
        What is published, and where.
    crossval
        ``metrics.json`` of a cross-validation of the same network, for the card.

    Raises
    ------
    WorkError
        The run is not done.
    ModelError
        Something else lies at ``folder``.
    """
    if run.state != "done":
        raise WorkError(run.folder, f"the run is {run.state}", f"voicegender resume {run.name}")
    if folder.exists() and not (folder / "bundle.json").exists():
        raise ModelError(folder, "something that is no model lies here", "choose another folder")
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(run.model, partial)
    if crossval is not None:
        shutil.copyfile(crossval, partial / CROSSVAL)
    (partial / "README.md").write_text(card(open_bundle(partial), folder.name), encoding="utf-8")
    if folder.exists():
        shutil.rmtree(folder)
    partial.rename(folder)
    return folder
