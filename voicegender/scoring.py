"""A bundle asked about utterances -> table of scores."""

from pathlib import Path

import numpy as np
import pandas as pd

from voicegender.addresses import place_at
from voicegender.bundle import Bundle
from voicegender.hearing import EXCERPTS, FACTS, NONE_REFUSED, WHOLE, Heard, Hearing
from voicegender.process import Progress
from voicegender.store import FeatureSet


def heard(
    bundle: Bundle,
    utterances: pd.DataFrame,
    root: Path,
    *,
    seconds: tuple[float, ...] = EXCERPTS,
    progress: Progress | None = None,
) -> Heard:
    """Scores of recordings from their sound, whole and in excerpts."""
    hearing = Hearing(bundle.extractor, seconds=seconds)
    return hearing(utterances, root, lambda inputs, _: bundle.log_odds(inputs), progress=progress)


def scored(
    bundle: Bundle,
    features: FeatureSet,
    rows: pd.DataFrame,
    *,
    seconds: tuple[float, ...] = EXCERPTS,
    progress: Progress | None = None,
) -> Heard:
    """Scores of utterances with features: from their sound, but where only features are known."""
    if not features.imported:
        root = place_at(features.config["source"])
        return heard(bundle, rows, root, seconds=seconds, progress=progress)
    loaded = features.load()
    rows = rows[["utterance_id", "part"]].merge(loaded.utterances, on="utterance_id")
    x = np.asarray(loaded.values[rows["first"].to_numpy()], dtype=np.float32)
    ends = {"start": rows["start"], "end": rows["start"] + rows["seconds"]}
    scores = {"seconds": WHOLE, **ends, "log_odds": bundle.log_odds(x), "f0": np.nan}
    return Heard(rows[FACTS].assign(**scores), NONE_REFUSED)
