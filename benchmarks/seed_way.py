"""Features the way of the student recipe this project grew from, for `extraction_time.py`.

    python benchmarks/seed_way.py LIBRISPEECH OUT.npy

Four worker processes with their libraries' threads left on; each recording is loaded whole by
librosa, three seconds of it are cut at random, and the 128 MFCC are averaged over time.
"""

import argparse
import random
from multiprocessing import Pool
from pathlib import Path

import librosa
import numpy as np
from numpy.typing import NDArray

SR, SECONDS, N_MFCC, N_PROCESSES = 16_000, 3, 128, 4


def mean_mfcc(path: Path) -> NDArray[np.float32] | None:
    """128 numbers; none for a recording that is not longer than the excerpt."""
    y, _ = librosa.load(path, sr=SR)
    room = len(y) - SECONDS * SR
    if room <= 0:
        return None
    start = random.randrange(room)  # noqa: S311  # as the recipe does; nothing secret
    return mean_mfcc_of(y[start : start + SECONDS * SR])


def mean_mfcc_of(y: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same of samples."""
    mfcc = librosa.feature.mfcc(y=y, sr=SR, n_mfcc=N_MFCC)
    return np.asarray(mfcc.mean(axis=1), np.float32)


def main() -> None:
    """Work through a corpus, and save a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("librispeech", type=Path)
    parser.add_argument("to", type=Path)
    asked = parser.parse_args()
    paths = sorted(asked.librispeech.glob("*/*/*/*.flac"))
    with Pool(N_PROCESSES) as pool:
        rows = [row for row in pool.map(mean_mfcc, paths) if row is not None]
    np.save(asked.to, np.stack(rows))


if __name__ == "__main__":
    main()
