"""Stored features through a bundle -> table of scores."""

import numpy as np
import pandas as pd

from voicegender.bundle import Bundle
from voicegender.store import Features, FeatureSet
from voicegender.windows import Windows

FACTS = ["utterance_id", "speaker_id", "gender", "subset", "duration", "part"]


def score(bundle: Bundle, features: FeatureSet, rows: pd.DataFrame) -> pd.DataFrame:
    """Score each utterance in ``rows`` that has features.

    Returns
    -------
    pandas.DataFrame
        A row an excerpt: the columns of `FACTS`, start and end (s), log_odds.
    """
    loaded = features.load()
    rows = rows[["utterance_id", "part"]].merge(loaded.utterances, on="utterance_id")
    if not features.framed:
        return _score_vectors(bundle, loaded, rows)
    rate = 1 / features.extractor.frame_seconds
    return _score_frames(bundle, loaded, rows, rate)


def _score_vectors(bundle: Bundle, loaded: Features, rows: pd.DataFrame) -> pd.DataFrame:
    x = np.asarray(loaded.values[rows["first"].to_numpy()], dtype=np.float32)
    return rows[FACTS].assign(
        start=rows["start"], end=rows["start"] + rows["seconds"], log_odds=bundle.log_odds(x)
    )


def _score_frames(
    bundle: Bundle, loaded: Features, rows: pd.DataFrame, rate: float
) -> pd.DataFrame:
    windows = Windows()
    pieces = []
    for i, (first, n) in enumerate(zip(rows["first"], rows["n_frames"], strict=True)):
        frames = np.asarray(loaded.values[first : first + n], dtype=np.float32)
        spans = windows.spans(n, rate)
        log_odds = bundle.log_odds(np.stack([frames[a:b] for a, b in spans]))
        pieces.append(
            pd.DataFrame(
                {
                    "row": i,
                    "start": [a / rate for a, _ in spans],
                    "end": [b / rate for _, b in spans],
                    "log_odds": log_odds,
                }
            )
        )
    scored = pd.concat(pieces, ignore_index=True)
    facts = rows[FACTS].iloc[scored.pop("row")].reset_index(drop=True)
    return pd.concat([facts, scored], axis=1)
