"""Features as arrays: the values of all parts in one file, which is mapped into memory."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from voicegender.addresses import into
from voicegender.seals import file_seal, seal_file

NAME = "values.npy"
Tables = Callable[[list[str]], Iterator[pa.Table]]
"""Gives the named columns of each part, in order."""


@dataclass(frozen=True)
class Features:
    """A whole feature set as arrays; ``values`` lies in a file, not in memory.

    Attributes
    ----------
    utterances
        A row for each utterance that has features: the corpus's columns, with ``first`` and
        ``n_frames``: its rows in ``values``.
    values
        float16 (frames) or float32 (vectors), shape (n_rows, n_features).
    n_versions
        Each utterance's rows are those of so many versions of it, one after the other, as
        many of each; the first is the recording as it is.
    """

    utterances: pd.DataFrame
    values: NDArray[np.floating[Any]]
    n_versions: int = 1

    def of(self, i: int) -> NDArray[np.float32]:
        """Features of the ``i``-th utterance, shape (n_frames, n_features)."""
        first, n = self.utterances["first"].iat[i], self.utterances["n_frames"].iat[i]
        return np.asarray(self.values[first : first + n], dtype=np.float32)


def mapped(
    folder: Path, tables: Tables, n_features: int, dtype: type[np.floating[Any]]
) -> NDArray[np.floating[Any]]:
    """The values, shape (n_rows, n_features); written anew unless they are here as they were."""
    path = folder / NAME
    if file_seal(path) != "whole":  # none yet, an earlier version's, or damaged
        _write(path, tables, n_features, dtype)
    values: NDArray[np.floating[Any]] = np.load(path, mmap_mode="r")
    return values


def _write(path: Path, tables: Tables, n_features: int, dtype: type[np.floating[Any]]) -> None:
    # Two sessions of one server may be here at once.
    partial = path.with_name(f"values.{os.urandom(8).hex()}.partial")
    counts = [sum(table["n_frames"].to_pylist()) for table in tables(["n_frames"])]
    try:
        with into(path):
            whole = np.lib.format.open_memmap(partial, "w+", dtype, (sum(counts), n_features))
            _take_room(partial)
        end = 0
        for table, count in zip(tables(["features"]), counts, strict=True):
            flat = pa.chunked_array(table["features"]).combine_chunks().flatten()
            whole[end : end + count] = flat.to_numpy().reshape(count, n_features)
            end += count
        whole.flush()
        with into(path):
            seal_file(partial)
        partial.replace(path)
    except BaseException:  # a full disk, or a damaged part
        partial.unlink(missing_ok=True)
        raise


def _take_room(path: Path) -> None:
    """Have all of a file on the disk: writing into a map of a hole in a full one is the end."""
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
