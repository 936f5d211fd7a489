"""Stored features of many recordings -> places on a map: the two directions they differ most in.

References
----------
.. [1] I. T. Jolliffe, "Principal Component Analysis", 2nd ed., Springer 2002.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from voicegender.errors import WorkError
from voicegender.mapping import Features
from voicegender.store import FeatureSet

N_AXES = 2
TINY = 1e-6


@dataclass(frozen=True)
class Projection:
    """Recordings on a map.

    Attributes
    ----------
    points
        The utterances that have features, with their place: ``x`` and ``y``.
    explained
        Share of all variance that lies along each axis, 0..1.
    """

    points: pd.DataFrame
    explained: tuple[float, float]


def project(features: FeatureSet) -> Projection:
    """Principal components of the recordings' means over time, each number counting alike.

    Raises
    ------
    WorkError
        The set is not complete, or too small for a map.
    """
    from sklearn.decomposition import PCA

    loaded = features.load()
    values = recording_means(loaded)
    if min(values.shape) <= N_AXES:
        wrong = f"{values.shape[0]} recordings of {values.shape[1]} numbers make no map"
        raise WorkError(features.folder, wrong, "choose other features")
    values -= values.mean(axis=0)
    values /= np.maximum(values.std(axis=0), TINY)
    solver = PCA(N_AXES, svd_solver="covariance_eigh")
    places = solver.fit_transform(values)
    shares: Any = solver.explained_variance_ratio_
    points = loaded.utterances.assign(x=places[:, 0], y=places[:, 1])
    return Projection(points, (float(shares[0]), float(shares[1])))


def recording_means(loaded: Features) -> NDArray[np.float32]:
    """Mean over time of each recording as it is, without altered copies; (n, n_features)."""
    table = loaded.utterances
    means = np.empty((len(table), loaded.values.shape[1]), np.float32)
    lengths = table["n_frames"].to_numpy() // loaded.n_versions
    for i, (first, n) in enumerate(zip(table["first"].to_numpy(), lengths, strict=True)):
        means[i] = np.asarray(loaded.values[first : first + n], np.float32).mean(axis=0)
    return means
