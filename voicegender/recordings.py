"""What a corpus is: utterances with their speakers, and what had to be left out."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
from pyarrow import ArrowException

from voicegender.addresses import asked, is_remote, written
from voicegender.config import digest
from voicegender.errors import CorpusError, WorkError
from voicegender.header import header_seconds
from voicegender.limits import LIMIT_SECONDS
from voicegender.listing import Facts, facts_of
from voicegender.objects import HEAD, ONE_THREAD, Ranged, ahead
from voicegender.seals import sealed_table, table_seal

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

ROWS_AT_ONCE = 4096
DAMAGED = "is damaged: cut, or a byte has changed since it was written"

Known = Mapping[tuple[str, int, int], float]
"""Durations in seconds by path, size in bytes and mtime in nanoseconds."""
Entry = tuple[str, Facts | None]
"""A recording's path below its corpus, and what a listing says of it."""
Measure = tuple[float, int, int]
"""Duration in seconds, size in bytes and mtime in nanoseconds of a recording."""


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
        ``duration`` in seconds, ``size`` in bytes, ``mtime`` in nanoseconds (see `Facts`).
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
        return digest(_Columns(self.utterances))

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


class _Columns(Mapping[str, list[Any]]):
    """A table as an object of lists, made one at a time."""

    def __init__(self, table: pd.DataFrame) -> None:
        self._table = table

    def __getitem__(self, name: str) -> list[Any]:
        return list(self._table[name].tolist())

    def __iter__(self) -> Iterator[str]:
        return iter(self._table.columns)

    def __len__(self) -> int:
        return len(self._table.columns)


def measured(root: Path, entries: Iterable[Entry], known: Known) -> Iterator[Measure | str]:
    """Measures of recordings below ``root``, in order; of one that cannot be read, why.

    ``known`` holds what was measured before.
    """

    def measure(name: str, facts: Facts | None) -> Measure | str:
        return _measured(root / name, facts, known)

    if is_remote(root):
        yield from ahead(measure, entries)
    else:
        yield from (measure(*entry) for entry in entries)


def _measured(path: Path, facts: Facts | None, known: Known) -> Measure | str:
    if _is_no_text(str(path)):
        return "its name is no text"
    try:
        facts = facts or facts_of(path)
        if facts.size == 0:
            return "the file is empty"
        seconds = known.get((str(path), facts.size, facts.mtime))
        if seconds is None:
            head = Ranged(path, size=facts.size, block=HEAD) if is_remote(path) else path
            seconds = round(read_duration(head), 4)
    except OSError as error:
        return error.strerror or "cannot be read"
    except ValueError as error:
        return str(error)
    return seconds, facts.size, facts.mtime


def _is_no_text(name: str) -> bool:
    """Whether bytes of a name have no letters; no table can hold it."""
    return not name.isascii() and any("\ud800" <= letter <= "\udfff" for letter in name)


def read_duration(source: Path | Ranged) -> float:
    """Seconds of sound that a file's header promises.

    Raises
    ------
    ValueError
        The file holds no sound that can be decoded.
    """
    seconds = header_seconds(source)
    if seconds is None:
        raise ValueError("no recording that can be decoded")
    if not seconds > 0:
        raise ValueError("the recording holds no sound")
    if seconds > LIMIT_SECONDS:
        raise ValueError(f"its header claims more than {LIMIT_SECONDS / 3600:g} h")
    return seconds


def table_of(rows: Iterable[tuple[object, ...]]) -> pd.DataFrame:
    """Rows in the order of `COLUMNS`, sorted by utterance; some at a time, for rows are large."""
    columns = list(COLUMNS)
    pieces = [pd.DataFrame([], columns=columns)]
    rows = iter(rows)
    while piece := list(islice(rows, ROWS_AT_ONCE)):
        pieces.append(pd.DataFrame(piece, columns=columns))
    table = pd.concat(pieces[1:] or pieces, ignore_index=True)
    pieces.clear()
    if table["utterance_id"].is_monotonic_increasing:  # as a subset's folders are
        return table
    return table.sort_values("utterance_id", kind="stable", ignore_index=True)


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table whole and sealed: a reader sees the old one, none, or the new one."""
    whole = BytesIO()
    table.to_parquet(whole, index=False)
    with written(path) as file:
        file.write(sealed_table(whole.getvalue()))


def read_table(path: Path, *, remedy: str = "") -> pd.DataFrame:
    """A table that was written so, or by an earlier version.

    Raises
    ------
    WorkError
        It is cut, or a byte of it has changed.
    """
    with asked(path):
        data = path.read_bytes()
    table = _table_in(data)
    if table is None:
        raise WorkError(path, DAMAGED, remedy)
    return table


def is_damaged(path: Path) -> bool:
    """Whether a table is not there whole.

    Raises
    ------
    WorkError
        Its store cannot be reached.
    """
    try:
        with asked(path):
            data = path.read_bytes()
    except FileNotFoundError:
        return True
    return _table_in(data) is None


def _table_in(data: bytes) -> pd.DataFrame | None:
    """The table that these bytes hold; None where they are damaged."""
    if table_seal(data) != "broken":
        with suppress(ArrowException, OSError, KeyError, ValueError):
            alone = {"use_threads": False}
            return pd.read_parquet(BytesIO(data), to_pandas_kwargs=alone, **ONE_THREAD)
    return None
