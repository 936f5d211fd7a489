"""A corpus as large as one likes, of hard links to the real recordings at hand."""

import os
import shutil
from collections import Counter
from itertools import cycle, islice
from pathlib import Path

SUBSET = "train-clean-100"
A_CHAPTER = 40
"""Recordings of a reader in one folder."""


def make_corpus(source: Path, folder: Path, n_recordings: int) -> None:
    """So many recordings with right names, each a link to a copy of one of the source's."""
    folder.mkdir(parents=True)
    shutil.copy(source / "SPEAKERS.TXT", folder)
    held = folder.parent / f"{folder.name}-held"  # links do not reach to another file system
    held.mkdir()
    paths = [Path(shutil.copy(path, held)) for path in sorted((source / SUBSET).glob("*/*/*.flac"))]
    numbers = Counter[str]()
    for path in islice(cycle(paths), n_recordings):
        reader = path.stem.partition("-")[0]
        chapter, number = divmod(numbers[reader], A_CHAPTER)
        numbers[reader] += 1
        place = folder / SUBSET / reader / f"9{chapter:03d}"
        place.mkdir(parents=True, exist_ok=True)
        os.link(path, place / f"{reader}-{place.name}-{number:04d}.flac")
