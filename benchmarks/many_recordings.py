"""A corpus as large as one likes, of hard links to the real recordings at hand."""

import os
import shutil
from pathlib import Path

SUBSET = "train-clean-100"


def make_corpus(source: Path, folder: Path, n_recordings: int) -> None:
    """So many recordings with right names, each a link to a copy of one of the source's."""
    folder.mkdir(parents=True)
    shutil.copy(source / "SPEAKERS.TXT", folder)
    held = folder.parent / f"{folder.name}-held"  # links do not reach to another file system
    held.mkdir()
    paths = [Path(shutil.copy(path, held)) for path in sorted((source / SUBSET).glob("*/*/*.flac"))]
    for number in range(n_recordings):
        path = paths[number % len(paths)]
        reader = path.stem.partition("-")[0]
        chapter = folder / SUBSET / reader / f"9{number // len(paths) // 40:03d}"
        chapter.mkdir(parents=True, exist_ok=True)
        os.link(path, chapter / f"{reader}-{chapter.name}-{number // len(paths):04d}.flac")
