"""A bundle asked about utterances -> table of scores."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from voicegender.addresses import place_at
from voicegender.bundle import Bundle, open_bundle
from voicegender.calibration import log_odds_of
from voicegender.hearing import (
    EXCERPTS,
    FACTS,
    NONE_REFUSED,
    WHOLE,
    Hear,
    Heard,
    Hearing,
    Judge,
    in_pieces,
)
from voicegender.inference import open_network, run
from voicegender.store import FeatureSet


def heard(
    bundle: Bundle,
    utterances: pd.DataFrame,
    root: Path,
    *,
    seconds: tuple[float, ...] = EXCERPTS,
    hear: Hear = in_pieces,
) -> Heard:
    """Scores of recordings from their sound, whole and in excerpts."""
    hearing = Hearing(bundle.extractor, seconds=seconds)
    return hear(hearing, utterances, root, partial(_judge, bundle.folder))


def _judge(folder: Path) -> Judge:
    bundle = open_bundle(folder)
    return lambda inputs, _: bundle.log_odds(inputs)


def judge_by_heads(path: Path, shares: Mapping[str, int]) -> Judge:
    """Each speaker by the head that left this one out, of a network in an ONNX file."""
    session = open_network(path)
    return lambda inputs, speaker: log_odds_of(run(session, inputs)[:, shares[speaker]])


def scored(
    bundle: Bundle,
    features: FeatureSet,
    rows: pd.DataFrame,
    *,
    seconds: tuple[float, ...] = EXCERPTS,
    hear: Hear = in_pieces,
) -> Heard:
    """Scores of utterances with features: from their sound, but where only features are known."""
    if not features.imported:
        return heard(bundle, rows, place_at(features.config["source"]), seconds=seconds, hear=hear)
    loaded = features.load()
    rows = rows[["utterance_id", "part"]].merge(loaded.utterances, on="utterance_id")
    x = np.asarray(loaded.values[rows["first"].to_numpy()], dtype=np.float32)
    ends = {"start": rows["start"], "end": rows["start"] + rows["seconds"]}
    scores = {"seconds": WHOLE, **ends, "log_odds": bundle.log_odds(x), "f0": np.nan}
    return Heard(rows[FACTS].assign(**scores), NONE_REFUSED)
