"""What a corpus is: utterances with their speakers, and what had to be left out."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from voicegender.config import digest
from voicegender.errors import CorpusError
from voicegender.header import header_seconds
from voicegender.limits import LIMIT_SECONDS

COLUMNS = ("utterance_id", "speaker_id", "gender", "subset", "path", "duration", "size", "mtime")
GENDERS = {"f": "F", "female": "F", "m": "M", "male": "M"}
"""What tables may write for the two labels of a corpus."""

SUBSETS = (
    "train-clean-100",
    "train-clean-360",
    "train-other-500",
    "dev-clean",
    "dev-other",
    "test-clean",
    "test-other",
)
"""The subsets of LibriSpeech, as published."""


Known = Mapping[tuple[str, int, int], float]
"""Durations in seconds by path, size in bytes and mtime in nanoseconds."""


@dataclass(frozen=True)
class Problem:
    """Something in a corpus that was left out, and why."""

    place: str
    reason: str


@dataclass(frozen=True)
class Corpus:
    """Utterances with their speakers, and what had to be left out.

    Attributes
    ----------
    root
        Folder the paths in ``utterances`` start from.
    utterances
        A row a recording, sorted by ``utterance_id``; see ``COLUMNS``. ``gender`` is F or M,
        ``duration`` in seconds, ``size`` in bytes, ``mtime`` in nanoseconds.
    speakers
        All known speakers, present or not: speaker_id, gender, subset, minutes, name.
    problems
        What was left out.
    synthetic
        Whether the voices were computed, not recorded.
    """

    root: Path
    utterances: pd.DataFrame
    speakers: pd.DataFrame
    problems: tuple[Problem, ...] = ()
    synthetic: bool = False

    @property
    def is_librispeech(self) -> bool:
        """Whether these are the published recordings, as far as names tell."""
        return not self.synthetic and set(self.utterances["subset"]) <= set(SUBSETS)

    @property
    def digest(self) -> str:
        """Differs when any recording or label differs."""
        return digest(self.utterances.to_dict(orient="list"))

    def only(self, subsets: list[str]) -> "Corpus":
        """The part of the corpus in the named subsets; all of it when none is named."""
        if not subsets:
            return self
        present = sorted(set(self.utterances["subset"]))
        if missing := [name for name in subsets if name not in present]:
            wrong = f"no subset {', '.join(missing)}"
            raise CorpusError(self.root, wrong, f"there is {', '.join(present)}")
        rows = self.utterances[self.utterances["subset"].isin(subsets)]
        kept = rows.reset_index(drop=True)
        return Corpus(self.root, kept, self.speakers, self.problems, self.synthetic)

    def summary(self) -> pd.DataFrame:
        """Readers, recordings and hours by subset and gender."""
        grouped = self.utterances.groupby(["subset", "gender"], sort=True)
        table = grouped.agg(
            readers=("speaker_id", "nunique"),
            recordings=("utterance_id", "size"),
            hours=("duration", lambda seconds: seconds.sum() / 3600),
        )
        return table.reset_index()


def measured(
    path: Path, problems: list[Problem], place: str, known: Known = MappingProxyType({})
) -> tuple[float, int, int] | None:
    """Duration, size and mtime of a recording; None, and a problem noted, if unreadable.

    ``known`` holds what was measured before.
    """
    try:
        facts = path.stat()
        seconds = known.get((str(path), facts.st_size, facts.st_mtime_ns))
        if seconds is None:
            seconds = round(read_duration(path), 4)
    except OSError as error:
        problems.append(Problem(place, error.strerror or "cannot be read"))
    except ValueError as error:
        problems.append(Problem(place, str(error)))
    else:
        return seconds, facts.st_size, facts.st_mtime_ns
    return None


def read_duration(path: Path) -> float:
    """Seconds of sound that a file's header promises.

    Raises
    ------
    ValueError
        The file is empty or holds no sound that can be decoded.
    """
    if path.stat().st_size == 0:
        raise ValueError("the file is empty")
    seconds = header_seconds(path)
    if seconds is None:
        raise ValueError("no recording that can be decoded")
    if not seconds > 0:
        raise ValueError("the recording holds no sound")
    if seconds > LIMIT_SECONDS:
        raise ValueError(f"its header claims more than {LIMIT_SECONDS / 3600:g} h")
    return seconds


def table_of(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    """Rows in the order of `COLUMNS`, sorted by utterance."""
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.sort_values("utterance_id", kind="stable").reset_index(drop=True)


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table whole: a reader sees the old one, none, or the new one."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    table.to_parquet(partial, index=False)
    partial.replace(path)
