"""One part of a feature set -> a Parquet file, whole or not at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from voicegender.addresses import written


@dataclass(frozen=True)
class Row:
    """Features of one utterance, or why there are none.

    ``values`` has shape (n_frames, n_features); ``start`` and ``seconds`` say which part of
    the recording they describe.
    """

    utterance_id: str
    start: float
    seconds: float
    values: NDArray[np.float32]
    error: str | None = None


def write_part(path: Path, rows: Iterable[Row], *, half: bool) -> None:
    """Write one part whole; ``half`` keeps values as float16.

    Columns: utterance_id, start and seconds (s), n_frames, features (the frames in a row),
    error (null where there are features).
    """
    kind = pa.float16() if half else pa.float32()
    rows = list(rows)
    table = pa.table(
        {
            "utterance_id": pa.array([row.utterance_id for row in rows], pa.string()),
            "start": pa.array([row.start for row in rows], pa.float32()),
            "seconds": pa.array([row.seconds for row in rows], pa.float32()),
            "n_frames": pa.array([len(row.values) for row in rows], pa.int32()),
            "features": _lists([row.values for row in rows], kind, half=half),
            "error": pa.array([row.error for row in rows], pa.string()),
        }
    )
    with written(path) as file:
        pq.write_table(table, file, compression="zstd" if half else "snappy")


def _lists(values: list[NDArray[np.float32]], kind: pa.DataType, *, half: bool) -> pa.ListArray:
    flat = np.concatenate([np.zeros(0, np.float32), *(v.ravel() for v in values)])
    offsets = np.cumsum([0, *(v.size for v in values)], dtype=np.int32)
    flat = flat.astype(np.float16 if half else np.float32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(flat, kind))
