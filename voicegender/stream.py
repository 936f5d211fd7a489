"""Batches on their way to a network, made ahead of it in their order. Imports Keras."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from voicegender.batches import Batch, Vectors

AHEAD = 4
"""Batches that are ready while others are learnt from: all that is ever held of the features."""


GROUPED = 16
"""Batches of one shape that come out of Python at once: each time costs a small network's step."""


class Stream(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """The batches of the epoch that goes on, or always of one that is named.

    Each epoch is a dataset of its own, which ends: only so can several batches go in one call
    without a batch of the next epoch among them.

    Parameters
    ----------
    batches
        What makes them.
    n_features
        Of the last axis.
    """

    def __init__(self, batches: Vectors, n_features: int) -> None:
        super().__init__()
        self._batches = batches
        self._n_features = n_features
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002  # Keras names them
        """Turn to the batches of an epoch."""
        self._epoch = epoch

    @property
    def dataset(self) -> Any:
        """Features and labels of the epoch that is turned to, each time it is gone through."""
        batches, n = self._batches, GROUPED if self._batches.is_even else 1
        signature = (
            tf.TensorSpec((*batches.shape, self._n_features), tf.float32),
            tf.TensorSpec(batches.label_shape, tf.int32),
        )
        made = tf.data.Dataset.from_generator(
            lambda: _grouped(batches.epoch(self._epoch), n), output_signature=signature
        )
        if n > 1:
            made = made.prefetch(1).rebatch(batches.fitting.batch_size)
        return made.apply(tf.data.experimental.assert_cardinality(len(batches))).prefetch(
            max(AHEAD, n)
        )


def _grouped(batches: Iterator[Batch], n: int) -> Iterator[Batch]:
    """So many batches after one another as one."""
    while group := list(islice(batches, n)):
        features, labels = zip(*group, strict=True)
        yield np.concatenate(features), np.concatenate(labels)
