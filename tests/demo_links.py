"""A large corpus out of a small one, so that work on it can be watched."""

import os
import shutil
from pathlib import Path


def link_many(corpus: Path, folder: Path, n_copies: int) -> None:
    """The recordings of a corpus in LibriSpeech's layout, each in so many chapters."""
    for path in corpus.glob("*/*/*/*.flac"):
        for copy in range(n_copies):
            chapter = folder / path.relative_to(corpus).parent.parent / f"9{copy:03d}"
            chapter.mkdir(parents=True, exist_ok=True)
            speaker, _, number = path.stem.split("-")
            os.link(path, chapter / f"{speaker}-{chapter.name}-{number}.flac")
    shutil.copy(corpus / "SPEAKERS.TXT", folder)
