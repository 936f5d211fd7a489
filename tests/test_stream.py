"""Batches on their way to a network: in their order, epoch by epoch, with little in memory."""

from collections.abc import Iterator

import keras
import numpy as np
import pandas as pd
import pytest

from voicegender import batches
from voicegender.batches import Vectors
from voicegender.fitting import STEPS_AT_ONCE, Fitting
from voicegender.mapping import Features
from voicegender.probe import Probe
from voicegender.stream import Stream

N, N_FEATURES = 70, 3


def vectors(n: int = N, **settings: object) -> Vectors:
    """One vector a recording that tells which it is."""
    values = np.arange(n, dtype=np.float32)[:, None] + np.zeros(N_FEATURES, np.float32)
    rows = pd.DataFrame({"gender": ["F", "M"] * (n // 2), "first": np.arange(n), "n_frames": 1})
    fitting = Fitting(batch_size=4, **settings)  # type: ignore[arg-type]  # a test's own settings
    return Vectors(Features(rows, values), rows, fitting)


class Seen(keras.Model):  # type: ignore[misc]  # Keras has no types
    """Keeps which recordings it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.table = self.add_weight(shape=(8, N), initializer="zeros", trainable=False)
        self.steps = self.add_weight(shape=(), initializer="zeros", trainable=False)
        self.head = keras.layers.Dense(2, activation="softmax")

    def call(self, x: object) -> object:
        """Answer anything."""
        return self.head(x)

    def train_step(self, data: tuple[object, object]) -> dict[str, object]:
        """Write the number of the step beside each recording of the batch, by epoch."""
        import tensorflow as tf

        rows = tf.cast(data[0][:, 0], tf.int32)  # type: ignore[index]  # a tensor
        epoch = tf.cast(self.steps.value // len(vectors()), tf.int32)
        at = tf.stack([tf.fill(tf.shape(rows), epoch), rows], axis=1)
        step = tf.fill(tf.shape(rows), self.steps.value + 1)
        self.table.assign(tf.tensor_scatter_nd_update(self.table.value, at, step))
        self.steps.assign(self.steps.value + 1)
        return {"loss": self.steps.value}


def given(*, first: int, epochs: int, steps_at_once: int) -> list[list[list[int]]]:
    """Recordings of each batch of each epoch, as a network saw them."""
    model, learn = Seen(), vectors()
    model.compile(loss="mse", steps_per_execution=steps_at_once)
    stream = Stream(learn, N_FEATURES)
    common = {"callbacks": [stream], "shuffle": False, "verbose": 0}
    model.fit(stream.dataset, initial_epoch=first, epochs=first + epochs, **common)
    table, n = np.asarray(model.table), len(learn)
    assert float(model.steps) == epochs * n
    return [
        [sorted(np.flatnonzero(table[e] == e * n + i + 1)) for i in range(n)] for e in range(epochs)
    ]


def made(epoch: int) -> Iterator[list[int]]:
    for x, _ in vectors().epoch(epoch):
        yield sorted(x[:, 0].astype(int))


@pytest.mark.parametrize("steps_at_once", [1, STEPS_AT_ONCE])
def test_a_network_sees_each_epochs_batches_in_order_also_when_it_goes_on(
    steps_at_once: int,
) -> None:
    assert len(vectors()) % STEPS_AT_ONCE  # the last call of an epoch is not full
    seen = given(first=2, epochs=2, steps_at_once=steps_at_once)
    assert seen == [[*made(2)], [*made(3)]]
    assert seen[0] != seen[1]


def test_only_small_networks_are_given_many_batches_at_once() -> None:
    small = Probe().build(512)
    large = keras.Sequential([keras.Input((512,)), keras.layers.Dense(50)])
    for model, steps in ((small, STEPS_AT_ONCE), (large, 1)):
        Fitting().compile(model, n_steps=1)
        assert model.steps_per_execution == steps


def test_statistics_are_learnt_from_evenly_taken_rows_and_no_more_than_a_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    counts = rng.integers(1, 9, 40)
    ends = np.cumsum(counts + 2)  # two rows of others between
    rows = pd.DataFrame({"gender": "F", "first": ends - counts, "n_frames": counts})
    values = np.arange(ends[-1], dtype=np.float32)[:, None]
    learn = Vectors(Features(rows, values), rows, Fitting())
    all_rows = np.concatenate([np.arange(e - n, e) for e, n in zip(ends, counts, strict=True)])
    np.testing.assert_array_equal(learn.sample[:, 0], all_rows)
    monkeypatch.setattr(batches, "MOST_SAMPLED", 50)
    step = -(-len(all_rows) // 50)
    assert step > 1
    np.testing.assert_array_equal(learn.sample[:, 0], all_rows[::step])
