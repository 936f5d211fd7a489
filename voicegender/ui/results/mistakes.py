"""Results -> who and what was heard otherwise than labelled."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from voicegender.corpus import Corpus
from voicegender.ui.result import Result
from voicegender.ui.words import GENDERS

F0_COLUMN = "Median F0, Hz"


def disputed_table(result: Result) -> pd.DataFrame:
    """Readers whose label every seed disputes, with the probability each seed gave."""
    seeds = ", ".join(str(seed["seed"]) for seed in result.metrics.get("seeds", []))
    rows = [
        {
            "Reader": row["speaker_id"],
            "Labelled": GENDERS.get(row["gender"], row["gender"]),
            F0_COLUMN: _rounded(row["f0"]),
            f"Probability of female, seeds {seeds}": ", ".join(f"{p:.2f}" for p in row["p_female"]),
        }
        for row in result.metrics.get("disputed", [])
    ]
    return pd.DataFrame(rows)


def wrong_recordings(result: Result) -> pd.DataFrame:
    """Recordings heard otherwise than labelled, once each, the loudest error first."""
    rows = result.metrics.get("wrong_recordings", [])
    table = _wrong(rows, {"utterance_id": "Recording"}, result.threshold)
    n_seeds = len(result.metrics.get("seeds", []))
    if n_seeds > 1 and len(table):
        times = table["Recording"].map(table["Recording"].value_counts())
        table["Wrong with"] = [f"{n} of {n_seeds} seeds" for n in times]
    return table.drop_duplicates("Recording", ignore_index=True)


def wrong_readers(result: Result) -> pd.DataFrame:
    """Readers heard otherwise than labelled."""
    return _wrong(result.metrics.get("wrong_readers", []), {}, result.threshold)


def _wrong(
    rows: Sequence[Mapping[str, Any]], first: Mapping[str, str], threshold: float
) -> pd.DataFrame:
    columns = {**first, "speaker_id": "Reader"}
    table = pd.DataFrame(
        [
            {
                **{word: row.get(column, "") for column, word in columns.items()},
                "Labelled": GENDERS.get(row["gender"], row["gender"]),
                **_heard(row["p_female"], threshold),
                F0_COLUMN: _rounded(row.get("f0")),
                "Length, s": round(row["duration"], 1) if "duration" in row else None,
            }
            for row in rows
        ],
        columns=[*columns.values(), "Labelled", "Heard as", "Confidence", F0_COLUMN, "Length, s"],
    )
    return table.dropna(axis="columns", how="all") if len(table) else table


def _heard(p_female: float, threshold: float) -> dict[str, Any]:
    """What was heard, and the probability of just that."""
    as_female = p_female >= threshold
    word, p = ("female", p_female) if as_female else ("male", 1 - p_female)
    return {"Heard as": word, "Confidence": round(p, 2)}


def _rounded(f0: float | None) -> int | None:
    """Whole Hz; None where no pitch is known."""
    return round(f0) if f0 is not None and math.isfinite(f0) else None


def recording_path(corpus: Corpus, utterance_id: str) -> Path | None:
    """Where a recording lies; None when the corpus does not have it."""
    rows = corpus.utterances.loc[corpus.utterances["utterance_id"] == utterance_id, "path"]
    path = corpus.root / rows.iat[0] if len(rows) else None
    return path if path is not None and path.is_file() else None
