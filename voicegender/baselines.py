"""What a network has to beat, scored on the same test utterances."""

from typing import Any

import numpy as np
import pandas as pd

from voicegender.evaluation import measures
from voicegender.store import FeatureSet

MAJORITY = 0.51
"""A probability that says no more than which label is said."""


def majority(rows: pd.DataFrame) -> dict[str, Any]:
    """The gender with more training recordings, said of everyone."""
    is_female = (rows.loc[rows["part"] == "train", "gender"] == "F").mean() >= 1 / 2
    test = rows[rows["part"] == "test"]
    return measures(test.assign(p_female=MAJORITY if is_female else 1 - MAJORITY))


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
