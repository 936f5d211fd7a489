"""What each epoch of a run gave: a line each, sealed, read as far as they are whole."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from voicegender.addresses import into, written
from voicegender.config import SEAL, digest

HISTORY = "history.jsonl"


def read_history(folder: Path) -> pd.DataFrame:
    """A row an epoch, up to the first line that is half written or damaged."""
    path, rows = folder / HISTORY, []
    for line in path.read_bytes().splitlines() if path.exists() else []:
        row = _row(line)
        if row is None:
            break
        rows.append(row)
    return pd.DataFrame(rows)


def history_is_damaged(folder: Path) -> bool:
    """Whether a line was written that cannot be read any more."""
    path = folder / HISTORY
    n_lines = len(path.read_bytes().splitlines()) if path.exists() else 0
    return n_lines != len(read_history(folder))


def _row(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:  # not JSON, or not UTF-8
        return None
    if not isinstance(row, dict):
        return None
    seal = row.pop(SEAL, None)  # an earlier version's has none
    return row if seal in (None, digest(row)) else None


def add_to_history(folder: Path, row: Mapping[str, Any]) -> None:
    """Append an epoch."""
    with into(folder / HISTORY), (folder / HISTORY).open("ab") as file:
        file.write(_line(row))


def write_history(folder: Path, history: pd.DataFrame) -> None:
    """Replace all of it."""
    with written(folder / HISTORY) as file:
        file.writelines(_line(row) for row in history.to_dict(orient="records"))


def _line(row: Mapping[Any, Any]) -> bytes:
    return json.dumps({**row, SEAL: digest(row)}).encode() + b"\n"
