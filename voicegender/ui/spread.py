"""How the features of many recordings spread, and where women's and men's means lie."""

from dataclasses import dataclass

import numpy as np

from voicegender.features import Vector
from voicegender.store import FeatureSet
from voicegender.ui.words import GENDERS

TINY = np.float32(1e-6)


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation of many recordings, and each gender's mean."""

    mean: Vector
    deviation: Vector
    genders: dict[str, Vector]

    def __call__(self, values: Vector) -> Vector:
        """Numbers in standard deviations from the mean."""
        return (values - self.mean) / self.deviation


def spread_of(features: FeatureSet) -> Spread:
    """Of a feature set of vectors."""
    loaded = features.load()
    values = np.asarray(loaded.values[loaded.utterances["first"].to_numpy()], np.float32)
    labels = loaded.utterances["gender"].to_numpy()
    means = {g: values[labels == g].mean(axis=0) for g in GENDERS if (labels == g).any()}
    return Spread(values.mean(axis=0), values.std(axis=0) + TINY, means)
