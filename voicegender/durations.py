"""Lengths of a large corpus's recordings, kept on disk: a header is read once, not at each start.

A length counts only for a file of the same path, size and time of change; all else is measured.
"""

from contextlib import suppress
from pathlib import Path

import pandas as pd

from voicegender.addresses import is_remote, place_at
from voicegender.config import digest
from voicegender.errors import WorkError
from voicegender.places import places
from voicegender.recordings import Known, read_table, write_table

LEAST = 1000
"""Recordings from which on a file is worth it: fewer are measured in a moment."""
COLUMNS = ["path", "size", "mtime", "duration"]


def known_durations(place: Path, root: Path) -> Known:
    """What was measured before of the corpus at ``place``, whose paths start from ``root``."""
    path = _file(place)
    try:
        table = read_table(path)[COLUMNS]
    except (OSError, WorkError, KeyError):  # none yet, or a damaged one: all is measured
        return {}
    paths = [f"{root}/{path}" for path in table["path"]]
    keys = zip(paths, table["size"].tolist(), table["mtime"].tolist(), strict=True)
    return dict(zip(keys, table["duration"].tolist(), strict=True))


def keep_durations(place: Path, root: Path, utterances: pd.DataFrame, known: Known) -> None:
    """Write the lengths of a large corpus, where any of them is new."""
    if len(utterances) < LEAST and not is_remote(root):  # there each length is a request
        return
    paths = (f"{root}/{path}" for path in utterances["path"])
    keys = zip(paths, utterances["size"], utterances["mtime"], strict=True)
    if len(known) != len(utterances) or not all(key in known for key in keys):
        with suppress(OSError):  # a data folder that cannot be written: it is measured again
            _file(place).parent.mkdir(parents=True, exist_ok=True)
            write_table(_file(place), utterances[COLUMNS])


def _file(place: Path) -> Path:
    return places().data / "corpora" / f"{digest(str(place_at(place)))}.parquet"
