"""Features on disk.

A feature set is a folder ``<extractor digest>/<corpus digest>/`` with ``config.json``, the
utterances it is made from, and parts. Everything is written as ``.partial``, renamed when
whole, and never changed; a set is complete when each part is there. A store may lie at an
address; only what is mapped into memory is then kept here.
"""

import logging
import math
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from voicegender.addresses import is_remote, make_folder
from voicegender.alteration import NONE, Alteration
from voicegender.config import digest, from_json, read_sealed, to_json, write_sealed
from voicegender.errors import WorkError
from voicegender.extractors import EXTRACTORS
from voicegender.features import CODE_VERSION, Extractor
from voicegender.limits import LEAST_SPEECH
from voicegender.listing import is_there, names_in
from voicegender.mapping import NAME, Features, mapped
from voicegender.parts import damaged_parts, read_part
from voicegender.pitch import F0Median
from voicegender.places import local_folder
from voicegender.recordings import Corpus, is_damaged, read_table, write_table
from voicegender.seals import table_seal
from voicegender.speech import SpeechDetector

LOGGER = logging.getLogger("voicegender")
CONFIG, UTTERANCES = "config.json", "utterances.parquet"
PART_SIZE = 128
"""Utterances a part: at 20 s each about 65 MB of log-mel frames while it is made."""


class FeatureSet:
    """One feature set, whole or on the way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._config = read_sealed(folder / CONFIG)
        if self._config is None:
            wrong = f"{CONFIG} is damaged" if is_there(folder / CONFIG) else "no features here"
            raise WorkError(folder, wrong, "make them: voicegender extract CORPUS")

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
        return from_json(self.config["extractor"], kinds, place=self.folder / CONFIG)

    @cached_property
    def alteration(self) -> Alteration:
        """How the copies were changed that stand behind the frames of each recording."""
        asked = self.config.get("alteration")
        place = self.folder / CONFIG
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
        return read_table(self.folder / UTTERANCES, remedy="make the features again")

    def tables(self, columns: list[str] | None = None) -> Iterator[pa.Table]:
        """The parts in order."""
        for index in range(self.config["n_parts"]):
            yield read_part(self.part(index), columns)

    def rows_of(self, index: int) -> pd.DataFrame:
        """The utterances of one part."""
        size = self.config["part_size"]
        return self._utterances.iloc[index * size : (index + 1) * size]

    def damaged(self) -> list[Path]:
        """Parts here whose bytes are not those that were written; all of each is read.

        Not at an address: stores look after that themselves, and reading costs.
        """
        if is_remote(self.folder):
            return []
        there = {*range(self.config["n_parts"])} - {*self.missing}
        return damaged_parts({self.part(i): len(self.rows_of(i)) for i in sorted(there)})

    def tidy(self) -> None:
        """Remove what killed processes left half written; only for who holds the folder."""
        for path in [] if is_remote(self.folder) else self.folder.glob("*.partial"):
            path.unlink(missing_ok=True)

    def drop_damaged(self) -> None:
        """Remove damaged parts and what was made of them, and say so; as above."""
        for path in self.damaged():
            LOGGER.warning("%s is damaged and is made again", path)
            path.unlink()
            (self.folder / NAME).unlink(missing_ok=True)

    def errors(self) -> pd.DataFrame:
        """Utterances without features: utterance_id, error."""
        table = pa.concat_tables([*self.tables(["utterance_id", "error"])]).to_pandas(
            use_threads=False
        )
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
        index = pa.concat_tables([*self.tables(columns)]).to_pandas(use_threads=False)
        index["first"] = index["n_frames"].cumsum() - index["n_frames"]
        index = index[index["n_frames"] > 0]
        if index.empty:
            reason = self.errors()["error"].iat[0]
            raise WorkError(self.folder, f"no recording gave features ({reason})")
        rows = self.utterances().merge(index, on="utterance_id", validate="one_to_one")
        rows = rows.sort_values("first").reset_index(drop=True)
        dtype = np.float16 if self.framed else np.float32
        values = mapped(local_folder(self.folder), self.tables, self.config["n_features"], dtype)
        return Features(rows, values, 1 + self.alteration.copies)


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
    place, table = folder / CONFIG, folder / UTTERANCES
    facts_read = read_sealed(place)
    if facts_read is None or is_damaged(table):
        if is_there(place):
            LOGGER.warning(
                "%s is damaged and is made again", place if facts_read is None else table
            )
        make_folder(folder)
        write_table(table, utterances)
        n_parts = math.ceil(len(utterances) / PART_SIZE)
        layout = {"n_parts": n_parts, "part_size": PART_SIZE}
        write_sealed(place, facts | layout)
    return FeatureSet(folder)


def feature_sets(root: Path) -> list[FeatureSet]:
    """All sets in a store that can be read, newest first."""
    configs = sorted(root.glob("*/*/config.json"), key=lambda p: p.stat().st_mtime, reverse=True)
    return [FeatureSet(path.parent) for path in configs if _is_readable(path.parent)]


def _is_readable(folder: Path) -> bool:
    try:
        whole = table_seal((folder / UTTERANCES).read_bytes()) != "broken"
    except OSError:
        return False
    return whole and read_sealed(folder / CONFIG) is not None
