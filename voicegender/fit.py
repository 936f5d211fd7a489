"""A network and the epochs of a run: fitted, reported, checkpointed. Imports Keras."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from voicegender.batches import Batch, Excerpts, MiddleExcerpts, Vectors
from voicegender.process import Reporter
from voicegender.runs import Run, RunConfig
from voicegender.store import FeatureSet

LOGGER = logging.getLogger("voicegender")
Logs = dict[str, float] | None

RUN_OF_BATCHES = 3
"""Batches of one gender in a row from which an unshuffled order is worth a warning."""


def fit(
    run: Run, config: RunConfig, features: FeatureSet, rows: pd.DataFrame, report: Reporter
) -> keras.Model:
    """Train the network a run asks for, from its last epoch on."""
    fitting = config.fitting
    # Keras draws initial weights and dropout from its own global generator; this process
    # belongs to the run, so the run's seed sets it.
    keras.utils.set_random_seed(fitting.seed)
    learn, validate = _batches(config, features, rows)
    model = config.network.build(features.config["n_features"])
    if not features.framed:
        config.network.adapt(model, learn.values)
    fitting.compile(model, len(learn))
    model.optimizer.build(model.trainable_variables)
    history = run.history
    epochs = _restored(model, run.folder, history)
    _log_shape(model, config, learn, epochs)
    if not _is_over(history, fitting.epochs, fitting.patience):
        _fit(model, learn, validate, epochs, _callbacks(run.folder, config, len(learn), report))
    elif fitting.average:
        model.optimizer.finalize_variable_values(model.trainable_variables)
    if fitting.best_weights:
        model.load_weights(run.folder / "best.weights.h5")
    return model


def _fit(
    model: keras.Model, learn: Vectors, validate: Vectors, epochs: int, callbacks: list[Any]
) -> None:
    model.fit(
        _stream(learn, lambda: learn.epochs(epochs), model),
        validation_data=_stream(validate, lambda: validate.epoch(0), model),
        steps_per_epoch=len(learn),
        validation_steps=len(validate),
        initial_epoch=epochs,
        epochs=learn.fitting.epochs,
        callbacks=callbacks,
        shuffle=False,  # batches come in their own order
        verbose=0,
    )


def _stream(batches: Vectors, make: Callable[[], Iterator[Batch]], model: keras.Model) -> Any:
    """Batches made ahead of the network, in their order, whatever Keras looks at beforehand."""
    shape = (*batches.shape, model.input_shape[-1])
    signature = (tf.TensorSpec(shape, tf.float32), tf.TensorSpec((None,), tf.int32))
    return tf.data.Dataset.from_generator(make, output_signature=signature).prefetch(2)


def _batches(
    config: RunConfig, features: FeatureSet, rows: pd.DataFrame
) -> tuple[Vectors, Vectors]:
    loaded = features.load()
    rows = loaded.utterances.merge(rows[["utterance_id", "part"]], on="utterance_id")
    learn, validate = (rows[rows["part"] == part] for part in ("train", "validation"))
    fitting = config.fitting
    if not features.framed:
        return Vectors(loaded, learn, fitting), Vectors(loaded, validate, fitting)
    rate = 1 / features.extractor.frame_seconds
    excerpts = Excerpts(loaded, learn, fitting, config.augmentation, rate)
    return excerpts, MiddleExcerpts(loaded, validate, fitting, rate)


def _log_shape(model: keras.Model, config: RunConfig, learn: Vectors, epochs: int) -> None:
    LOGGER.info(
        "%s: %d parameters, %d batches an epoch, epoch %d of %d is next",
        config.network.kind,
        model.count_params(),
        len(learn),
        epochs + 1,
        config.fitting.epochs,
    )
    longest = learn.longest_run
    if not config.fitting.shuffle and longest > RUN_OF_BATCHES * config.fitting.batch_size:
        LOGGER.warning(
            "%d recordings of one gender come in a row and the order is kept: the network will "
            "learn the order; --set fitting.shuffle=true would do",
            longest,
        )


def _is_over(history: pd.DataFrame, epochs: int, patience: int | None) -> bool:
    if history.empty:
        return False
    since_best = len(history) - 1 - int(np.argmin(history["val_loss"]))
    return len(history) >= epochs or (patience is not None and since_best >= patience)


def _checkpoint(folder: Path, epochs: int) -> Path:
    return folder / f"checkpoint-{epochs:05d}.weights.h5"


def _restored(model: keras.Model, folder: Path, history: pd.DataFrame) -> int:
    """Load the last checkpoint; the number of epochs that are done."""
    for epochs in range(len(history), 0, -1):
        path = _checkpoint(folder, epochs)
        if path.exists():
            model.load_weights(path)
            LOGGER.info("going on after epoch %d", epochs)
            _write_history(folder, history.head(epochs))
            return epochs
    (folder / "history.jsonl").unlink(missing_ok=True)
    return 0


def _write_history(folder: Path, history: pd.DataFrame) -> None:
    """Drop what came after the checkpoint: those epochs are made again."""
    lines = [json.dumps(row) + "\n" for row in history.to_dict(orient="records")]
    partial = folder / "history.partial"
    partial.write_text("".join(lines), encoding="utf-8")
    partial.replace(folder / "history.jsonl")


def _callbacks(folder: Path, config: RunConfig, n_steps: int, report: Reporter) -> list[Any]:
    fitting = config.fitting
    callbacks = [
        Chance(fitting.seed),
        keras.callbacks.TensorBoard(folder / "tensorboard", write_graph=False),
        Keeper(folder, best=fitting.best_weights),
        Teller(report, fitting.epochs, n_steps),
    ]
    if fitting.patience is not None:
        callbacks.append(Patience(folder, fitting.patience))
    return callbacks


class Chance(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Makes dropout in an epoch depend on the seed and the epoch alone, as batches do.

    Keras goes on drawing from one epoch to the next, so a resumed run would draw otherwise
    than one that was never stopped.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._seed = seed

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:  # noqa: ARG002  # Keras names them
        """Set the states of dropout's generators."""
        seeds = [v for v in self.model.variables if v.name == "seed_generator_state"]
        for i, state in enumerate(seeds):
            state.assign([self._seed + i, epoch])


class Keeper(keras.callbacks.Callback):  # type: ignore[misc]  # as above
    """After each epoch: a checkpoint, then its line in the history.

    In this order: a line without its checkpoint would be an epoch that cannot be resumed.
    """

    def __init__(self, folder: Path, *, best: bool) -> None:
        super().__init__()
        self._folder = folder
        self._best = best

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:  # noqa: ARG002  # as above
        """Start the clock."""
        self._began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Keep what the epoch gave."""
        row = {"epoch": epoch + 1, **{k: float(v) for k, v in (logs or {}).items()}}
        row["seconds"] = round(time.perf_counter() - self._began, 3)
        self._save(_checkpoint(self._folder, epoch + 1))
        if self._best and row["val_loss"] <= self._least():
            self._save(self._folder / "best.weights.h5")
        with (self._folder / "history.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        _checkpoint(self._folder, epoch).unlink(missing_ok=True)
        LOGGER.info(
            "epoch %d: loss %.4f, accuracy %.4f, validation loss %.4f, accuracy %.4f (%.1f s)",
            *(row[k] for k in ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds")),
        )

    def _least(self) -> float:
        history = Run(self._folder).history
        return float(history["val_loss"].min()) if len(history) else np.inf

    def _save(self, path: Path) -> None:
        partial = path.with_name("partial.weights.h5")  # Keras asks for this ending
        self.model.save_weights(partial, overwrite=True)
        partial.replace(path)


class Teller(keras.callbacks.Callback):  # type: ignore[misc]  # as above
    """Reports batches of all epochs, and the epoch."""

    def __init__(self, report: Reporter, epochs: int, n_steps: int) -> None:
        super().__init__()
        self._report = report
        self._epochs = epochs
        self._n_steps = n_steps
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:  # noqa: ARG002  # as above
        """Remember the epoch."""
        self._epoch = epoch
        self._tell(0)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:  # noqa: ARG002  # as above
        """Report."""
        self._tell(batch + 1)

    def _tell(self, batches: int) -> None:
        done, total = self._epoch * self._n_steps + batches, self._epochs * self._n_steps
        self._report("training", done, total, epoch=self._epoch + 1, epochs=self._epochs)


class Patience(keras.callbacks.Callback):  # type: ignore[misc]  # as above
    """Stops when the history has not bettered for some epochs.

    Read off the file, so that a resumed run stops where an uninterrupted one does.
    """

    def __init__(self, folder: Path, patience: int) -> None:
        super().__init__()
        self._folder = folder
        self._patience = patience

    def on_epoch_end(self, epoch: int, _logs: dict[str, float] | None = None) -> None:
        """Stop if it is time."""
        if _is_over(Run(self._folder).history, epoch + 2, self._patience):
            LOGGER.info("no better validation loss for %d epochs: stopped", self._patience)
            self.model.stop_training = True
