"""Keras layers the networks need beside Keras's own. Imports Keras: only training does.

They count in float32 also where the layers around them have a mixed precision: squares, sums over
time and powers leave the range of half precision.
"""

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray


class MinMax(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Scales each feature to 0..1; its range is learnt once and saved with the weights."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(dtype="float32", **kwargs)

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make room for the two rows of statistics."""
        rows = {"shape": (shape[-1],), "trainable": False}
        self.low = self.add_weight(name="low", initializer="zeros", **rows)
        self.range = self.add_weight(name="range", initializer="ones", **rows)

    def adapt(self, x: NDArray[np.float32]) -> None:
        """Learn the range of each column; shape (n, n_features)."""
        low, high = x.min(axis=0), x.max(axis=0)
        self.low.assign(low)
        self.range.assign(np.where(high > low, high - low, 1))

    def call(self, x: Any) -> Any:
        """Scale a batch."""
        return (x - self.low) / self.range


class Standardise(keras.layers.Layer):  # type: ignore[misc]  # as above
    """Takes mean and deviation out of each feature; learnt once and saved with the weights.

    A deviation counts as ``least`` or more: a feature that hardly ever moved where it was
    learnt would outvote all others where it does move.
    """

    def __init__(self, least: float, **kwargs: Any) -> None:
        super().__init__(dtype="float32", **kwargs)
        self.least = least

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make room for the two rows of statistics."""
        rows = {"shape": (shape[-1],), "trainable": False}
        self.mean = self.add_weight(name="mean", initializer="zeros", **rows)
        self.deviation = self.add_weight(name="deviation", initializer="ones", **rows)

    def adapt(self, x: NDArray[np.float32]) -> None:
        """Learn mean and deviation of each column; shape (n, n_features)."""
        self.mean.assign(x.mean(axis=0))
        self.deviation.assign(np.maximum(x.std(axis=0), self.least))

    def call(self, x: Any) -> Any:
        """Standardise a batch."""
        return (x - self.mean) / self.deviation


class Loudness(keras.layers.Layer):  # type: ignore[misc]  # as above
    """Takes the level out of log-mel frames: the answer must not depend on the gain.

    The mean power of an excerpt becomes 0; what is ``floor`` nepers below is cut off, which
    is where recordings differ in their noise and not in their voices.
    """

    def __init__(self, floor: float = 14.0, **kwargs: Any) -> None:
        super().__init__(dtype="float32", **kwargs)
        self.floor = floor

    def call(self, x: Any) -> Any:
        """Shape (n, n_frames, n_mels), same out; about -1 to 1.5 where there is speech."""
        level = ops.log(ops.mean(ops.exp(x), axis=(1, 2), keepdims=True) + 1e-10)
        return (ops.maximum(x - level, -self.floor) + 5.0) * 0.3


class AttentiveStatistics(keras.layers.Layer):  # type: ignore[misc]  # as above
    """Mean and standard deviation over time, weighted by learnt attention.

    References
    ----------
    .. [1] K. Okabe, T. Koshinaka, K. Shinoda, "Attentive statistics pooling for deep speaker
       embedding", Interspeech 2018.
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(dtype="float32", **kwargs)
        self.hidden = keras.layers.Dense(units, activation="tanh")

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the two layers that score frames, for each channel apart."""
        self.hidden.build(shape)
        self.score = keras.layers.Dense(shape[-1])
        self.score.build((*shape[:-1], self.hidden.units))

    def call(self, x: Any) -> Any:
        """Shape (n, n_frames, n_channels) -> (n, 2 * n_channels)."""
        # The two layers have the precision of all others.
        weights = ops.softmax(ops.cast(self.score(self.hidden(x)), x.dtype), axis=1)
        mean = ops.sum(weights * x, axis=1)
        variance = ops.sum(weights * ops.square(x), axis=1) - ops.square(mean)
        return ops.concatenate([mean, ops.sqrt(ops.maximum(variance, 1e-4))], axis=-1)
