"""What a network has to beat, scored on the same test utterances."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from voicegender.corpus import Corpus
from voicegender.evaluation import measures
from voicegender.extraction import extract
from voicegender.features import Extractor
from voicegender.pitch import F0Median, F0Threshold
from voicegender.process import Progress
from voicegender.store import FeatureSet

MAJORITY = 0.51
"""A probability that says no more than which label is said."""


def majority(rows: pd.DataFrame) -> dict[str, Any]:
    """The gender with more training recordings, said of everyone."""
    is_female = (rows.loc[rows["part"] == "train", "gender"] == "F").mean() >= 1 / 2
    test = rows[rows["part"] == "test"]
    return measures(test.assign(p_female=MAJORITY if is_female else 1 - MAJORITY))


def f0_threshold(
    corpus: Corpus,
    rows: pd.DataFrame,
    store: Path,
    *,
    n_workers: int | None = None,
    progress: Progress | None = None,
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Median F0 against a fixed threshold.

    Returns
    -------
    measures
        As for a network.
    f0
        utterance_id, f0 (Hz, NaN where nothing is voiced), of the test utterances.
    """
    test = rows[rows["part"] == "test"].reset_index(drop=True)
    tested = Corpus(
        corpus.root,
        corpus.utterances[corpus.utterances["utterance_id"].isin(test["utterance_id"])],
        corpus.speakers,
        synthetic=corpus.synthetic,
    )
    extractor: Extractor = F0Median()
    features = extract(tested, extractor, store, n_workers=n_workers, progress=progress).load()
    f0 = pd.DataFrame(
        {
            "utterance_id": features.utterances["utterance_id"],
            "f0": np.asarray(features.values[features.utterances["first"].to_numpy(), 0]),
        }
    )
    heard = test.merge(f0, on="utterance_id")
    return measures(heard.assign(p_female=F0Threshold()(heard["f0"].to_numpy()))), f0


def logistic_regression(features: FeatureSet, rows: pd.DataFrame) -> dict[str, Any]:
    """A linear model of the same vectors, standardised on the training part."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    loaded = features.load()
    rows = rows[["utterance_id", "part"]].merge(loaded.utterances, on="utterance_id")
    x = np.asarray(loaded.values[rows["first"].to_numpy()], dtype=np.float64)
    learn = (rows["part"] == "train").to_numpy()
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(x[learn], rows.loc[learn, "gender"] == "F")
    test = rows[rows["part"] == "test"]
    return measures(test.assign(p_female=model.predict_proba(x[test.index])[:, 1]))
