"""One part of a feature set -> a Parquet file, whole or not at all."""

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from voicegender.addresses import written
from voicegender.errors import WorkError
from voicegender.objects import ONE_THREAD, opened_table
from voicegender.recordings import DAMAGED
from voicegender.seals import footer_seal, sealed_table, table_seal


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
    whole, packed = BytesIO(), "zstd" if half else "snappy"
    pq.write_table(table, whole, compression=packed, write_page_checksum=True)
    with written(path) as file:
        file.write(sealed_table(whole.getvalue()))


def read_part(path: Path, columns: list[str] | None = None) -> pa.Table:
    """A part, or some columns of it, with the sums of what is read of it.

    Raises
    ------
    WorkError
        It is cut, or a byte of what is read has changed.
    """
    try:
        with opened_table(path) as file:
            if footer_seal(file) != "broken":
                return pq.read_table(
                    file, columns=columns, page_checksum_verification=True, **ONE_THREAD
                )
    except (pa.ArrowException, OSError, KeyError) as error:
        if isinstance(error, OSError) and error.errno:  # the disk's fault, not the file's
            raise
    raise WorkError(path, DAMAGED, "make the features again")


def damaged_parts(n_rows: Mapping[Path, int]) -> list[Path]:
    """Of parts here, those whose bytes are not what was written, or of another number of rows.

    All bytes are read, by several threads.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        odd = pool.map(_is_damaged, n_rows.keys(), n_rows.values())
        return [path for path, is_odd in zip(n_rows, odd, strict=True) if is_odd]


def _is_damaged(path: Path, n_rows: int) -> bool:
    data = path.read_bytes()
    if table_seal(data) == "broken":
        return True
    try:
        return int(pq.read_metadata(BytesIO(data)).num_rows) != n_rows
    except (pa.ArrowException, OSError):
        return True


def _lists(values: list[NDArray[np.float32]], kind: pa.DataType, *, half: bool) -> pa.ListArray:
    flat = np.concatenate([np.zeros(0, np.float32), *(v.ravel() for v in values)])
    offsets = np.cumsum([0, *(v.size for v in values)], dtype=np.int32)
    flat = flat.astype(np.float16 if half else np.float32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(flat, kind))
