"""Stored features -> batches.

Batch ``i`` of an epoch depends on the seed, the epoch and ``i`` alone, so a run that goes on
after an epoch sees what it would have seen.
"""

import math
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from voicegender.augmentation import Augmentation
from voicegender.fitting import UNASKED, Fitting
from voicegender.mapping import Features

MOST_SAMPLED = 16_000_000
"""Numbers that statistics are learnt from, 64 MB: of vectors of 128, all of 125,000."""

Labels = NDArray[np.int32]
"""0 male, 1 female; shape (n,), or (n, n_heads) where some heads are not asked."""
Batch = tuple[NDArray[np.float32], Labels]
"""Features and labels."""


def labels_of(rows: pd.DataFrame) -> Labels:
    """The label of each row."""
    return np.asarray(rows["gender"] == "F", dtype=np.int32)


def labels_by_head(
    rows: pd.DataFrame, shares: Mapping[str, int], n_heads: int
) -> tuple[Labels, Labels]:
    """What each head learns from, and what it is judged by, shape (n, n_heads).

    ``shares`` says which head leaves out which speaker.
    """
    left_out = rows["speaker_id"].map(shares).to_numpy()[:, None] == np.arange(n_heads)
    labels = labels_of(rows)[:, None]
    learn, judge = (np.where(some, labels, UNASKED) for some in (~left_out, left_out))
    return learn.astype(np.int32), judge.astype(np.int32)


class Vectors:
    """One vector an utterance; shape of a batch (n, n_features)."""

    shape: tuple[None, ...] = (None,)
    """Of a batch, but for its features."""

    def __init__(
        self,
        features: Features,
        rows: pd.DataFrame,
        fitting: Fitting,
        labels: Labels | None = None,
    ) -> None:
        self.fitting = fitting
        self.rounds = 1
        # As a plain array: the class of mapped ones costs more than reading a batch does.
        self._values = np.asarray(features.values)
        self._first = rows["first"].to_numpy()
        self._n_rows = rows["n_frames"].to_numpy()
        self._n_versions = features.n_versions
        self._n_frames = self._n_rows // self._n_versions
        self._labels = labels_of(rows) if labels is None else labels
        self._genders = labels_of(rows)

    def __len__(self) -> int:
        """Batches an epoch; the last one may be smaller."""
        return math.ceil(len(self._labels) * self.rounds / self.fitting.batch_size)

    @property
    def label_shape(self) -> tuple[int | None, ...]:
        """Of a batch's labels."""
        return (None, *self._labels.shape[1:])

    @property
    def is_even(self) -> bool:
        """Whether all batches have one shape, but for how many the last holds."""
        return True

    @property
    def sample(self) -> NDArray[np.float32]:
        """All vectors, or as many as `MOST_SAMPLED` allows, evenly taken: (n, n_features)."""
        ends = np.cumsum(self._n_rows)
        most = MOST_SAMPLED // self._values.shape[1]
        chosen = np.arange(0, ends[-1], math.ceil(ends[-1] / most))
        owner = np.searchsorted(ends, chosen, side="right")
        rows = self._first[owner] + chosen - (ends - self._n_rows)[owner]
        return np.asarray(self._values[rows], dtype=np.float32)

    @property
    def longest_run(self) -> int:
        """Most utterances of one gender that follow each other in the table."""
        edges = np.flatnonzero(np.diff(self._genders, prepend=-1, append=-1))
        return int(np.diff(edges).max())

    def epoch(self, number: int) -> Iterator[Batch]:
        """The batches of one epoch."""
        order, size = self._order(number), self.fitting.batch_size
        for i in range(len(self)):
            chosen = order[i * size : (i + 1) * size]
            rng = np.random.default_rng([self.fitting.seed, number, i, 1])
            yield self._input(chosen, rng), self._labels[chosen]

    def _order(self, epoch: int) -> NDArray[np.intp]:
        """Rows in the order of an epoch, each as often as is asked."""
        n = len(self._labels)
        if not self.fitting.shuffle:
            return np.tile(np.arange(n), self.rounds)
        rng = np.random.default_rng([self.fitting.seed, epoch])
        return np.concatenate([rng.permutation(n) for _ in range(self.rounds)])

    def _input(self, chosen: NDArray[np.intp], _rng: np.random.Generator) -> NDArray[np.float32]:
        return np.asarray(self._values[self._first[chosen]], dtype=np.float32)

    def _cut(self, starts: NDArray[np.intp], length: int) -> NDArray[np.float32]:
        """Frames from each start on; shape (n, length, n_features)."""
        rows = starts[:, None] + np.arange(length)
        return self._values.take(rows, axis=0).astype(np.float32)


class Excerpts(Vectors):
    """Random excerpts of framed utterances, augmented; one length a batch."""

    shape = (None, None)

    def __init__(
        self,
        features: Features,
        rows: pd.DataFrame,
        fitting: Fitting,
        labels: Labels,
        *,
        augmentation: Augmentation,
        rate: float,
    ) -> None:
        super().__init__(features, rows, fitting, labels)
        self.rounds = fitting.excerpts
        self._augmentation = augmentation
        self._lengths = _frames(fitting.shortest, rate), _frames(fitting.longest, rate)

    @property
    def is_even(self) -> bool:
        """Only of single frames: of more, a short recording shortens its batch."""
        return self._lengths[1] == 1

    def _input(self, chosen: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.float32]:
        shortest, longest = self._lengths
        length = int(rng.integers(shortest, longest + 1))
        length = min(length, int(self._n_frames[chosen].min()))
        starts = self._first[chosen] + rng.integers(0, self._n_frames[chosen] - length + 1)
        if self._n_versions > 1:
            starts += rng.integers(self._n_versions, size=len(chosen)) * self._n_frames[chosen]
        return self._augmentation(self._cut(starts, length), rng)


class MiddleExcerpts(Vectors):
    """The middle of each framed utterance, unchanged: what validates after each epoch."""

    shape = (None, None)

    def __init__(
        self,
        features: Features,
        rows: pd.DataFrame,
        fitting: Fitting,
        labels: Labels,
        *,
        rate: float,
    ) -> None:
        super().__init__(features, rows, fitting, labels)
        self._longest = _frames(fitting.longest, rate)

    @property
    def is_even(self) -> bool:
        """As of `Excerpts`."""
        return self._longest == 1

    def _input(self, chosen: NDArray[np.intp], _rng: np.random.Generator) -> NDArray[np.float32]:
        length = min(self._longest, int(self._n_frames[chosen].min()))
        return self._cut(self._first[chosen] + (self._n_frames[chosen] - length) // 2, length)


def _frames(seconds: float, rate: float) -> int:
    """Frames that last about so long, but never none."""
    return max(1, round(seconds * rate))
