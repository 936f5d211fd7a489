"""Features on disk.

A feature set is a folder ``<extractor digest>/<corpus digest>/`` with ``config.json``, the
utterances it is made from, and parts. Everything is written as ``.partial``, renamed when
whole, and never changed; a set is complete when each part is there. A store may lie at an
address; only what is mapped into memory is then kept here.
"""

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from voicegender.addresses import is_remote, make_folder
from voicegender.alteration import NONE, Alteration
from voicegender.config import digest, from_json, read_json, to_json, write_json
from voicegender.errors import WorkError
from voicegender.extractors import EXTRACTORS
from voicegender.features import CODE_VERSION, Extractor
from voicegender.limits import LEAST_SPEECH
from voicegender.listing import names_in
from voicegender.objects import table_file
from voicegender.pitch import F0Median
from voicegender.places import local_folder
from voicegender.recordings import Corpus, write_table
from voicegender.speech import SpeechDetector

PART_SIZE = 128
"""Utterances a part: at 20 s each about 65 MB of log-mel frames while it is made."""


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


class FeatureSet:
    """One feature set, whole or on the way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._config = read_json(folder / "config.json")
        if self._config is None:
            raise WorkError(folder, "no features here", "make them: voicegender extract CORPUS")

    @property
    def config(self) -> dict[str, Any]:
        """What ``config.json`` says."""
        return self._config or {}

    @property
    def imported(self) -> bool:
        """Whether the features were made elsewhere."""
        return str(self.config["extractor"]["kind"]) == "imported"

    @cached_property
    def extractor(self) -> Extractor:
        """The setting that made the features; none for imported ones."""
        kinds: list[type[Extractor]] = [*EXTRACTORS, F0Median]
        return from_json(self.config["extractor"], kinds, place=self.folder / "config.json")

    @cached_property
    def alteration(self) -> Alteration:
        """How the copies were changed that stand behind the frames of each recording."""
        asked = self.config.get("alteration")
        place = self.folder / "config.json"
        return from_json(asked, [Alteration], place=place) if asked else NONE

    @property
    def framed(self) -> bool:
        """Whether an utterance has frames in time; else one vector."""
        return not self.imported and bool(self.extractor.framed)

    def part(self, index: int) -> Path:
        """Where a part is, or will be."""
        return self.folder / f"part-{index:05d}.parquet"

    @property
    def missing(self) -> list[int]:
        """Parts that are still to be made."""
        there = names_in(self.folder)
        return [i for i in range(self.config["n_parts"]) if self.part(i).name not in there]

    @property
    def is_complete(self) -> bool:
        """Whether every part is there."""
        return not self.missing

    @property
    def n_bytes(self) -> int:
        """Size on disk."""
        return sum(path.stat().st_size for path in self.folder.glob("*") if path.is_file())

    def utterances(self) -> pd.DataFrame:
        """The corpus's table the set is made from."""
        return self._utterances.copy()

    @cached_property
    def _utterances(self) -> pd.DataFrame:
        return pd.read_parquet(table_file(self.folder / "utterances.parquet"))

    def tables(self, columns: list[str] | None = None) -> Iterator[pa.Table]:
        """The parts in order."""
        for index in range(self.config["n_parts"]):
            yield pq.read_table(table_file(self.part(index)), columns=columns)

    def rows_of(self, index: int) -> pd.DataFrame:
        """The utterances of one part."""
        size = self.config["part_size"]
        return self._utterances.iloc[index * size : (index + 1) * size]

    def tidy(self) -> None:
        """Remove what killed processes left half written; only for who holds the folder."""
        for path in [] if is_remote(self.folder) else self.folder.glob("*.partial"):
            path.unlink(missing_ok=True)

    def errors(self) -> pd.DataFrame:
        """Utterances without features: utterance_id, error."""
        table = pa.concat_tables([*self.tables(["utterance_id", "error"])]).to_pandas()
        return table[table["error"].notna()].reset_index(drop=True)

    def load(self) -> Features:
        """All features, as one array on disk.

        Raises
        ------
        WorkError
            The set is not complete, or every recording failed.
        """
        if not self.is_complete:
            raise WorkError(self.folder, "extraction is not finished", "run extract once more")
        return self._loaded

    @cached_property
    def _loaded(self) -> Features:
        columns = ["utterance_id", "n_frames", "start", "seconds"]
        index = pa.concat_tables([*self.tables(columns)]).to_pandas()
        index["first"] = index["n_frames"].cumsum() - index["n_frames"]
        index = index[index["n_frames"] > 0]
        if index.empty:
            reason = self.errors()["error"].iat[0]
            raise WorkError(self.folder, f"no recording gave features ({reason})")
        rows = self.utterances().merge(index, on="utterance_id", validate="one_to_one")
        rows = rows.sort_values("first").reset_index(drop=True)
        return Features(rows, self._values(), 1 + self.alteration.copies)

    def _values(self) -> NDArray[np.floating[Any]]:
        """All values in one file that is mapped, written at the first use."""
        path = local_folder(self.folder) / "values.npy"
        if not path.exists():
            partial = path.with_name(f"values.{os.getpid()}.partial")
            counts = [sum(t["n_frames"].to_pylist()) for t in self.tables(["n_frames"])]
            shape = (sum(counts), self.config["n_features"])
            dtype = np.float16 if self.framed else np.float32
            whole = np.lib.format.open_memmap(partial, "w+", dtype, shape)
            end = 0
            for table, count in zip(self.tables(["features"]), counts, strict=True):
                flat = pa.chunked_array(table["features"]).combine_chunks().flatten()
                whole[end : end + count] = flat.to_numpy().reshape(count, shape[1])
                end += count
            whole.flush()
            partial.replace(path)
        values: NDArray[np.floating[Any]] = np.load(path, mmap_mode="r")
        return values


def open_feature_set(
    root: Path, extractor: Extractor, corpus: Corpus, alteration: Alteration = NONE
) -> FeatureSet:
    """The set for an extractor and a corpus; its folder is made if need be."""
    folder = feature_set_place(root, extractor, corpus, alteration)
    facts = _altered(alteration) | {
        "extractor": to_json(extractor),
        "n_features": extractor.n_features,
        "source": str(corpus.root),
        "synthetic": corpus.synthetic,
    }
    return create_feature_set(folder, corpus.utterances, facts)


def feature_set_place(
    root: Path, extractor: Extractor, corpus: Corpus, alteration: Alteration = NONE
) -> Path:
    """Where that set is, or will be."""
    return root / settings_digest(extractor, alteration) / corpus.digest


def settings_digest(extractor: Extractor, alteration: Alteration = NONE) -> str:
    """Differs when the same recordings would give other features."""
    heard = [to_json(SpeechDetector()), LEAST_SPEECH] if extractor.of_speech else []
    return digest(to_json(extractor), CODE_VERSION, *heard, *_altered(alteration).values())


def _altered(alteration: Alteration) -> dict[str, Any]:
    return {"alteration": to_json(alteration)} if alteration.copies else {}


def create_feature_set(folder: Path, utterances: pd.DataFrame, facts: dict[str, Any]) -> FeatureSet:
    """Make a set's folder, or find it made; ``config.json`` comes last and makes it valid."""
    if read_json(folder / "config.json") is None:
        make_folder(folder)
        write_table(folder / "utterances.parquet", utterances)
        n_parts = math.ceil(len(utterances) / PART_SIZE)
        layout = {"n_parts": n_parts, "part_size": PART_SIZE}
        write_json(folder / "config.json", facts | layout)
    return FeatureSet(folder)


def feature_sets(root: Path) -> list[FeatureSet]:
    """All sets in a store that can be read, newest first."""
    configs = sorted(root.glob("*/*/config.json"), key=lambda p: p.stat().st_mtime, reverse=True)
    return [FeatureSet(path.parent) for path in configs if _is_readable(path.parent)]


def _is_readable(folder: Path) -> bool:
    try:
        pq.read_metadata(folder / "utterances.parquet")
    except (OSError, pa.ArrowInvalid):
        return False
    return read_json(folder / "config.json") is not None
