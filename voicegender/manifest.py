"""A CSV table of recordings -> corpus."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from voicegender.addresses import leads_out, place_at
from voicegender.durations import keep_durations, known_durations
from voicegender.errors import CorpusError
from voicegender.listing import listed, lists_sizes
from voicegender.recordings import GENDERS, Corpus, Problem, measured, table_of

NEEDED = ("path", "speaker_id", "gender")
MORE = ""
"""Where values beyond the last column are kept."""


def load_manifest(path: Path) -> Corpus:
    """Read a table path,speaker_id,gender[,subset]; paths start from the table's folder.

    Raises
    ------
    CorpusError
        Not a table, or a column is missing.
    """
    root = place_at(path.parent)
    rows: list[tuple[object, ...]] = []
    problems: list[Problem] = []
    door, known = _Door(root), known_durations(path, root)
    entries = [(entry, door.fault(entry)) for entry in _read(path)]
    paths = [entry["path"] for entry, fault in entries if not fault]
    facts = listed(root) if lists_sizes(root) else {}
    rows_of_good = measured(root, [(name, facts.get(name)) for name in paths], known)
    for number, (entry, fault) in enumerate(entries, start=2):
        place = f"{path.name}:{number}"
        row = fault or next(rows_of_good)
        if isinstance(row, str):
            problems.append(Problem(place, row))
        else:
            gender = GENDERS[entry["gender"].lower()]
            subset = entry.get("subset") or "all"
            name = _name(entry)
            rows.append((name, entry["speaker_id"], gender, subset, entry["path"], *row))
    table = table_of(rows)
    keep_durations(path, root, table, known)
    return Corpus(root, table, _speakers(table), tuple(problems))


def check_columns(path: Path) -> None:
    """Look at the first line alone.

    Raises
    ------
    CorpusError
        Not a table, or a column is missing.
    """
    with _opened(path) as table:
        columns = table.fieldnames or ()
    if missing := [name for name in NEEDED if name not in columns]:
        wrong = f"no column {', '.join(missing)}"
        raise CorpusError(path, wrong, f"a manifest has {','.join(NEEDED)}[,subset]")


def _read(path: Path) -> list[dict[str, Any]]:
    check_columns(path)
    with _opened(path) as table:
        return list(table)


@contextmanager
def _opened(path: Path) -> Iterator["csv.DictReader[str]"]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield csv.DictReader(file, restkey=MORE, restval="")
    except (ValueError, OSError, csv.Error) as error:  # ValueError: not UTF-8
        raise CorpusError(path, f"not a CSV table ({error})") from None


class _Door:
    """Checks rows, and remembers what it has let in."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._names: set[str] = set()
        self._genders: dict[str, str] = {}

    def fault(self, entry: dict[str, Any]) -> str | None:
        """Why a row cannot be used; None when it can."""
        if any(entry.get(MORE, ())):  # a comma at the end alone is no matter
            return "more values than columns"
        return self._fault(entry)

    def _fault(self, entry: dict[str, Any]) -> str | None:
        gender = GENDERS.get(entry["gender"].lower())
        if gender is None:
            return f"gender {entry['gender']!r} is neither F nor M"
        if not entry["speaker_id"] or not Path(entry["path"]).name or "\0" in entry["path"]:
            return "no speaker_id or no path"
        if leads_out(self._root, entry["path"]):
            return "the path leads out of the manifest's folder"
        if _name(entry) in self._names:
            return f"a recording named {_name(entry)} stands in the manifest already"
        if self._genders.setdefault(entry["speaker_id"], gender) != gender:
            return f"reader {entry['speaker_id']} had the other gender before"
        self._names.add(_name(entry))
        return None


def _name(entry: dict[str, str]) -> str:
    return str(Path(entry["path"]).with_suffix(""))


def _speakers(table: pd.DataFrame) -> pd.DataFrame:
    speakers = table.groupby("speaker_id", as_index=False).agg(
        gender=("gender", "first"), subset=("subset", "first"), minutes=("duration", "sum")
    )
    return speakers.assign(minutes=speakers["minutes"] / 60, name="")
