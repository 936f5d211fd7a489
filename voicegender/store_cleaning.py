"""What lies in the feature store, who uses it, and what can go; nothing goes unasked."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicegender.addresses import is_address
from voicegender.config import read_json
from voicegender.corpus import Corpus, load_corpus
from voicegender.errors import CorpusError, SettingError, VoiceGenderError, WorkError
from voicegender.process import PROCESS, claimed, is_alive
from voicegender.run_config import RunConfig
from voicegender.runs import Run
from voicegender.store import FeatureSet, settings_digest

UNUSED = "no run uses it"
BEGUN = "begun and not finished"
HALF = "half-written files of a process that has ended"
OUTDATED = "made with earlier code or settings; nothing would read it again"
GONE = "its corpus is gone"
CHANGED = "its corpus has changed since (recordings, labels or times of files)"
UNREADABLE = "it cannot be read"
GOING = ".going"
"""Ending of a folder that is being deleted; what is left of it after a crash can go too."""

Reader = Callable[[Path], Corpus]


@dataclass(frozen=True)
class Stored:
    """A folder of the store.

    Attributes
    ----------
    reasons
        Why it can go; empty where it is of use.
    runs
        Names of the runs that read it.
    busy
        What is at work with it; empty where nothing is.
    """

    folder: Path
    n_bytes: int
    reasons: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    busy: str = ""

    @property
    def name(self) -> str:
        """The folder, from the store's own on."""
        return f"{self.folder.parent.name}/{self.folder.name}"


@dataclass(frozen=True)
class _Use:
    """What a run reads."""

    run: Run
    config: RunConfig
    made_by: str

    @property
    def name(self) -> str:
        """The run's, or its cross-validation's."""
        folder = self.run.folder
        return folder.parent.parent.name if folder.name.startswith("fold-") else folder.name

    def __call__(self, folder: Path, facts: dict[str, Any]) -> bool:
        """Whether it reads the set of this folder; in doubt it does."""
        place = Path(self.config.corpus).resolve()
        if "imported" in (facts["extractor"]["kind"], folder.parent.name):
            return place == folder.resolve()
        # A corpus may have been named from another folder, or by the one around it.
        names = {place.name, place.parent.name, "LibriSpeech" if not place.suffix else ""}
        if self.made_by != folder.parent.name or Path(facts["source"]).name not in names:
            return False
        subsets = set(self.config.subsets)
        try:
            return not subsets or set(FeatureSet(folder).utterances()["subset"]) == subsets
        except (OSError, VoiceGenderError):
            return True


def stored(root: Path, runs_root: Path, *, read: Reader = load_corpus) -> list[Stored]:
    """Everything in the store, the largest first.

    Parameters
    ----------
    root, runs_root
        Folders of all feature sets and of all runs.
    read
        Gives the corpus at a path.
    """
    uses = [*_uses(runs_root)]
    found = [_looked_at(folder, uses, read) for folder in root.glob("*/*") if folder.is_dir()]
    return sorted(found, key=lambda one: one.n_bytes, reverse=True)


def remove(one: Stored, root: Path, runs_root: Path) -> None:
    """Delete a folder of the store; its features can be made again.

    Raises
    ------
    WorkError
        It is not in the store, is gone, or an extraction or a training is at work with it.
    """
    folder = one.folder
    inside = folder.resolve().parent.parent == root.resolve() and not folder.is_symlink()
    if not inside or not folder.is_dir():
        raise WorkError(folder, "no folder of the feature store", "look at the store again")
    if busy := _busy(folder, _users(folder, [*_uses(runs_root)])):
        raise WorkError(one.name, busy, "wait for it to end, or cancel it")
    with claimed(folder):  # refused where an extraction begins at this moment
        going = folder.with_name(f"{folder.name}.{os.getpid()}{GOING}")
        folder.rename(going)  # at once: nobody shall find half of it
    shutil.rmtree(going)
    with suppress(OSError):  # other sets of the same settings may lie beside it
        folder.parent.rmdir()


def _looked_at(folder: Path, uses: Sequence[_Use], read: Reader) -> Stored:
    users = _users(folder, uses)
    names = tuple(dict.fromkeys(use.name for use in users))
    n_bytes = sum(map(_size, folder.rglob("*")))
    if busy := _busy(folder, users):
        return Stored(folder, n_bytes, runs=names, busy=busy)
    reasons = (*_faults(folder, read), *(() if users else (UNUSED,)))
    return Stored(folder, n_bytes, reasons, names)


def _size(path: Path) -> int:
    """Bytes of a file; 0 for one that was renamed since it was listed, or a folder."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:
        return 0


def _busy(folder: Path, users: Sequence[_Use]) -> str:
    """Who is at work with a folder."""
    if is_alive(folder):
        return f"process {(read_json(folder / PROCESS) or {}).get('pid')} is at work here"
    running = [use.name for use in users if use.run.state == "running"]
    return f"the training {running[0]} is reading it" if running else ""


def _users(folder: Path, uses: Sequence[_Use]) -> list[_Use]:
    facts = read_json(folder / "config.json")
    return [use for use in uses if use(folder, facts)] if facts else []


def _uses(root: Path) -> Iterator[_Use]:
    """Of all runs, and of the folds of all cross-validations."""
    for pattern in ("*/config.json", "*/*/*/config.json"):
        for path in sorted(root.glob(pattern)):
            run = Run(path.parent)
            with suppress(WorkError, SettingError, KeyError):  # another version's, or half written
                config = run.config
                yield _Use(run, config, settings_digest(config.features, config.alteration))


def _faults(folder: Path, read: Reader) -> Iterator[str]:
    """What is wrong with a set, from its own files and its corpus."""
    if folder.name.endswith(GOING) or not (folder / "config.json").exists():
        yield HALF
        return
    try:
        features = FeatureSet(folder)
        if not features.is_complete:
            yield BEGUN
        elif any(folder.glob("*.partial")):
            yield HALF
        if not features.imported:
            yield from _faults_of_source(features, read)
    except (VoiceGenderError, KeyError, OSError):
        yield UNREADABLE


def _faults_of_source(features: FeatureSet, read: Reader) -> Iterator[str]:
    if settings_digest(features.extractor, features.alteration) != features.folder.parent.name:
        yield OUTDATED
    subsets = sorted(set(features.utterances()["subset"]))
    root = Path(str(features.config["source"]))
    if is_address(str(features.config["source"])):  # a look at the store asks nothing of others
        return
    # Of a manifest's set only the folder around the manifest is known.
    places = [root] if (root / "SPEAKERS.TXT").is_file() else sorted(root.glob("*.csv"))
    if not places:
        yield GONE
    elif features.folder.name not in {_digest(place, subsets, read) for place in places}:
        yield CHANGED


def _digest(place: Path, subsets: list[str], read: Reader) -> str:
    try:
        return read(place).only(subsets).digest
    except CorpusError:
        return ""
