"""Stored features -> batches for Keras. Imports Keras: only training does.

Batch ``i`` of an epoch depends on the seed, the epoch and ``i`` alone, so a run that goes on
after an epoch sees what it would have seen.
"""

import math

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from voicegender.augmentation import Augmentation
from voicegender.fitting import Fitting
from voicegender.store import Features

Batch = tuple[NDArray[np.float32], NDArray[np.int32]]


class Vectors(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """One vector an utterance."""

    def __init__(self, features: Features, rows: pd.DataFrame, fitting: Fitting) -> None:
        super().__init__()
        self.fitting = fitting
        self.epoch = 0
        self._values = features.values
        self._first = rows["first"].to_numpy()
        self._n_frames = rows["n_frames"].to_numpy()
        self._labels = (rows["gender"] == "F").to_numpy(dtype=np.int32)
        self._rounds = 1

    @property
    def values(self) -> NDArray[np.float32]:
        """All vectors, shape (n, n_features)."""
        return np.asarray(self._values[self._first], dtype=np.float32)

    @property
    def longest_run(self) -> int:
        """Most utterances of one gender that follow each other in the table."""
        edges = np.flatnonzero(np.diff(self._labels, prepend=-1, append=-1))
        return int(np.diff(edges).max())

    @property
    def order(self) -> NDArray[np.intp]:
        """Rows in the order of this epoch, each as often as the fitting asks."""
        n = len(self._labels)
        if not self.fitting.shuffle:
            return np.tile(np.arange(n), self._rounds)
        rng = np.random.default_rng([self.fitting.seed, self.epoch])
        return np.concatenate([rng.permutation(n) for _ in range(self._rounds)])

    def __len__(self) -> int:
        """Batches an epoch; the last one may be smaller."""
        return math.ceil(len(self._labels) * self._rounds / self.fitting.batch_size)

    def on_epoch_end(self) -> None:
        """Go on to the next epoch's order."""
        self.epoch += 1

    def __getitem__(self, i: int) -> Batch:
        """Features and labels (0 male, 1 female) of one batch."""
        size = self.fitting.batch_size
        chosen = self.order[i * size : (i + 1) * size]
        rng = np.random.default_rng([self.fitting.seed, self.epoch, i, 1])
        return self._input(chosen, rng), self._labels[chosen]

    def _input(self, chosen: NDArray[np.intp], _rng: np.random.Generator) -> NDArray[np.float32]:
        return np.asarray(self._values[self._first[chosen]], dtype=np.float32)


class Excerpts(Vectors):
    """Random excerpts of framed utterances, augmented; one length a batch."""

    def __init__(
        self,
        features: Features,
        rows: pd.DataFrame,
        fitting: Fitting,
        augmentation: Augmentation,
        rate: float,
    ) -> None:
        super().__init__(features, rows, fitting)
        self._rounds = fitting.excerpts
        self._augmentation = augmentation
        self._rate = rate

    def _input(self, chosen: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.float32]:
        shortest, longest = self.fitting.shortest * self._rate, self.fitting.longest * self._rate
        length = int(rng.integers(round(shortest), round(longest) + 1))
        length = min(length, int(self._n_frames[chosen].min()))
        starts = self._first[chosen] + rng.integers(0, self._n_frames[chosen] - length + 1)
        x = np.stack([self._values[start : start + length] for start in starts])
        return self._augmentation(x.astype(np.float32), rng)


class MiddleExcerpts(Vectors):
    """The middle of each framed utterance, unchanged: what validates after each epoch."""

    def __init__(
        self, features: Features, rows: pd.DataFrame, fitting: Fitting, rate: float
    ) -> None:
        super().__init__(features, rows, fitting)
        self._longest = round(fitting.longest * rate)

    def _input(self, chosen: NDArray[np.intp], _rng: np.random.Generator) -> NDArray[np.float32]:
        length = min(self._longest, int(self._n_frames[chosen].min()))
        starts = self._first[chosen] + (self._n_frames[chosen] - length) // 2
        x = np.stack([self._values[start : start + length] for start in starts])
        return x.astype(np.float32)
