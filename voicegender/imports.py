"""Features made elsewhere -> a feature set that training starts from as from our own."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from voicegender.config import digest, folder_name
from voicegender.errors import CorpusError
from voicegender.parts import Row, write_part
from voicegender.recordings import GENDERS
from voicegender.split import PARTS
from voicegender.store import FeatureSet, create_feature_set

SEED_LABELS = {0: "M", 1: "F"}
"""The seed's numbers."""
Table = tuple[pd.DataFrame, NDArray[np.float32]]
"""Utterances, and their features in the same order, shape (n, n_features)."""


def import_features(paths: Sequence[Path], store: Path, *, name: str) -> FeatureSet:
    """Read pairs of the seed's CSV files, or one Parquet file, into the store.

    Parameters
    ----------
    paths
        ``X.csv Y.csv`` once to three times, in the order train, validation, test; or one
        Parquet file.
    store
        Folder of all feature sets.
    name
        What the set is called; it lies in ``imported/<name>``.

    Raises
    ------
    CorpusError
        A file that is not what it should be, or a set of this name with other content.
    """
    folder = store / "imported" / folder_name(name, "features")
    for path in paths:
        if not path.is_file():
            raise CorpusError(path, "no such file")
    if len(paths) == 1 and paths[0].suffix == ".parquet":
        utterances, values = read_parquet(paths[0])
    elif paths and len(paths) % 2 == 0 and len(paths) <= 2 * len(PARTS):
        utterances, values = read_pairs(paths)
    else:
        raise CorpusError(
            "import-features", f"{len(paths)} files", "name X.csv Y.csv pairs, or one .parquet"
        )
    if repeated := utterances.loc[utterances["utterance_id"].duplicated(), "utterance_id"].tolist():
        raise CorpusError(paths[0], f"{repeated[0]} stands in it twice", "give each row its own id")
    return _stored(utterances, values, folder, [path.name for path in paths])


def read_pairs(paths: Sequence[Path]) -> Table:
    """The seed's ``numpy.savetxt`` files: a row a recording in X, 0 (M) or 1 (F) in Y."""
    tables = [
        _read_pair(x, y, part) for x, y, part in zip(paths[::2], paths[1::2], PARTS, strict=False)
    ]
    widths = {values.shape[1] for _, values in tables}
    if len(widths) > 1:
        raise CorpusError(paths[2], f"rows of {sorted(widths)} numbers", "all must have as many")
    whole = pd.concat([utterances for utterances, _ in tables], ignore_index=True)
    return whole, np.concatenate([values for _, values in tables])


def _read_pair(x_path: Path, y_path: Path, part: str) -> Table:
    values, labels = _numbers(x_path), _numbers(y_path)
    if labels.shape[1] != 1 or not np.isin(labels, list(SEED_LABELS)).all():
        raise CorpusError(y_path, "holds other than one 0 (male) or 1 (female) a row")
    if len(labels) != len(values):
        raise CorpusError(y_path, f"{len(labels)} labels for {len(values)} rows of {x_path.name}")
    names = [f"{part}-{i:06d}" for i in range(len(values))]
    genders = [SEED_LABELS[int(label)] for label in labels[:, 0]]
    return _utterances(names, genders, [part] * len(names)), values


def _numbers(path: Path) -> NDArray[np.float32]:
    """Numbers in rows, separated by blanks or commas; shape (n_rows, n_columns)."""
    with path.open(encoding="utf-8", errors="replace") as file:
        separator = "," if "," in file.readline() else r"\s+"
    try:
        table = pd.read_csv(path, sep=separator, header=None, dtype=np.float32)
    except (ValueError, UnicodeDecodeError) as error:  # pandas' parser errors are ValueErrors
        raise CorpusError(path, f"not rows of numbers ({error})") from None
    return np.asarray(table, dtype=np.float32)


def read_parquet(path: Path) -> Table:
    """One column of ids (clip or utterance_id), ``gender``, one list column of numbers.

    ``subset`` and ``speaker_id`` are read where present; a clip's folder is its subset.
    """
    try:
        table = pq.read_table(path)
        table.validate(full=True)  # text in it may be none
    except (pa.ArrowInvalid, OSError) as error:
        raise CorpusError(path, f"not a Parquet file ({error})") from None
    lists = [f.name for f in table.schema if pa.types.is_list(f.type) or _is_fixed(f.type)]
    ids = [name for name in ("utterance_id", "clip") if name in table.column_names]
    if len(lists) != 1 or not ids or "gender" not in table.column_names:
        raise CorpusError(path, "needs clip or utterance_id, gender, and one column of lists")
    genders = [GENDERS.get(str(g).lower()) for g in table["gender"].to_pylist()]
    if None in genders:
        raise CorpusError(f"{path}:{genders.index(None)}", "gender is neither F nor M")
    names = [str(name) for name in table[ids[0]].to_pylist()]
    folders = [str(Path(name).parent.name) or "all" for name in names]
    subsets = table["subset"].to_pylist() if "subset" in table.column_names else folders
    speakers = table["speaker_id"].to_pylist() if "speaker_id" in table.column_names else None
    values = _matrix(path, table[lists[0]])
    return _utterances(names, [str(g) for g in genders], subsets, speakers), values


def _is_fixed(kind: pa.DataType) -> bool:
    return bool(pa.types.is_fixed_size_list(kind))


def _matrix(path: Path, column: pa.ChunkedArray) -> NDArray[np.float32]:
    lengths = pc.list_value_length(column).unique().to_pylist()
    if len(lengths) != 1 or not lengths[0]:
        raise CorpusError(path, "its lists are empty or differ in length", "give rows of one width")
    flat = column.combine_chunks().flatten()
    if flat.null_count or not (pa.types.is_floating(flat.type) or pa.types.is_integer(flat.type)):
        raise CorpusError(path, "its lists hold other than numbers")
    values = flat.to_numpy(zero_copy_only=False).reshape(len(column), lengths[0])
    return np.ascontiguousarray(values, dtype=np.float32)


def _utterances(
    names: list[str],
    genders: list[str],
    subsets: Iterable[str],
    speakers: list[str] | None = None,
) -> pd.DataFrame:
    """The corpus's table; without known speakers each recording is a reader of its own."""
    table = pd.DataFrame({"utterance_id": names, "speaker_id": speakers or names})
    table = table.assign(gender=genders, subset=list(subsets), path="", duration=0.0)
    table.attrs["readers_known"] = speakers is not None
    return table


def _stored(
    utterances: pd.DataFrame, values: NDArray[np.float32], folder: Path, sources: list[str]
) -> FeatureSet:
    content = digest(
        utterances.to_dict(orient="list"), hashlib.sha256(values.tobytes()).hexdigest()
    )
    facts: dict[str, Any] = {
        "extractor": {"kind": "imported", "content": content},
        "n_features": int(values.shape[1]),
        "source": ", ".join(sources),
        "synthetic": False,
        "readers_known": utterances.attrs["readers_known"],
    }
    features = create_feature_set(folder, utterances, facts)
    if features.config["extractor"]["content"] != content:
        raise CorpusError(folder, "there are other features of this name", "choose another --name")
    features.drop_damaged()
    for index in features.missing:
        rows = features.rows_of(index).index
        write_part(
            features.part(index),
            [_row(utterances["utterance_id"].iat[i], values[i]) for i in rows],
            half=False,
        )
    return features


def _row(name: str, vector: NDArray[np.float32]) -> Row:
    if np.isfinite(vector).all() and vector.any():
        return Row(name, 0.0, 0.0, vector[None])
    wrong = "all zero" if np.isfinite(vector).all() else "not finite"
    return Row(name, 0.0, 0.0, np.zeros((0, len(vector)), np.float32), wrong)
