"""A network and the epochs of a run: fitted, reported, checkpointed. Imports Keras."""

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import keras
import pandas as pd

from voicegender.batches import Excerpts, MiddleExcerpts, Vectors, labels_by_head, labels_of
from voicegender.callbacks import BEST, Chance, Keeper, Patience, Teller, checkpoint, is_over
from voicegender.devices import devices
from voicegender.history import HISTORY, write_history
from voicegender.process import Reporter
from voicegender.run_config import RunConfig
from voicegender.runs import Run
from voicegender.seals import file_seal
from voicegender.split import dealt
from voicegender.store import FeatureSet
from voicegender.stream import Stream

LOGGER = logging.getLogger("voicegender")
RUN_OF_BATCHES = 3
"""Batches of one gender in a row from which an unshuffled order is worth a warning."""


def fit(
    run: Run, config: RunConfig, features: FeatureSet, rows: pd.DataFrame, report: Reporter
) -> keras.Model:
    """Train the network a run asks for, from its last epoch on."""
    fitting, trained_on = config.fitting, devices()
    # Keras draws initial weights and dropout from its own global generator; this process
    # belongs to the run, so the run's seed sets it.
    keras.utils.set_random_seed(fitting.seed)
    learn, validate = batches_of(config, features, rows)
    with trained_on.scope():
        model = compiled(config, features.config["n_features"], learn)
        epochs = _restored(model, run.folder, run.history, best=fitting.best_weights)
    history = run.history  # without what could not be gone on with
    _log_shape(model, config, learn, epochs)
    told = f"{trained_on}, {fitting.precision}"
    LOGGER.info("trained on %s", told)
    if not is_over(history, fitting.epochs, fitting.patience):
        with _interrupts_noted() as interrupted:
            teller = Teller(report, fitting.epochs, len(learn), devices=told)
            callbacks = _callbacks(run.folder, config, teller)
            keeper = Keeper(run.folder, interrupted, best=fitting.best_weights)
            _fit(model, learn, validate, epochs, [keeper, *callbacks])
        if interrupted.is_set():
            raise KeyboardInterrupt
    elif fitting.average:
        model.optimizer.finalize_variable_values(model.trainable_variables)
    if fitting.best_weights:
        model.load_weights(run.folder / BEST)
    return model


def compiled(config: RunConfig, n_features: int, learn: Vectors) -> keras.Model:
    """A fresh model in the precision asked for, ready to be fitted."""
    keras.config.set_dtype_policy(config.fitting.precision)
    try:
        model = config.network.build(n_features)
    finally:
        keras.config.set_dtype_policy("float32")
    for layer in model._flatten_layers():  # noqa: SLF001  # also those inside others
        if isinstance(layer, keras.layers.BatchNormalization):
            # Over all of a batch, whichever devices its shares are on.
            layer.synchronized = model.distribute_strategy.num_replicas_in_sync > 1
    if config.network.learns_statistics:
        config.network.adapt(model, learn.sample)
    config.fitting.compile(model, len(learn))
    model.optimizer.build(model.trainable_variables)
    _prepare_metrics(model, learn)
    return model


def _prepare_metrics(model: keras.Model, learn: Vectors) -> None:
    """Build the metrics from a first batch.

    Keras 3.15 builds them while it traces the first step, which it then traces once more: two
    seconds of a small training. Over several devices it does it from the mean of the shares,
    which fails where they differ in length.
    """
    x, labels = next(learn.epoch(0))
    model._symbolic_build(data_batch=(x, labels))  # noqa: SLF001  # there is no public way
    model._maybe_symbolic_build = lambda **_: None  # noqa: SLF001  # as above


def _fit(
    model: keras.Model, learn: Vectors, validate: Vectors, epochs: int, callbacks: list[Any]
) -> None:
    n_features = model.input_shape[-1]
    stream = Stream(learn, n_features)
    model.fit(
        stream.dataset,
        validation_data=Stream(validate, n_features).dataset,
        initial_epoch=epochs,
        epochs=learn.fitting.epochs,
        callbacks=[stream, *callbacks],
        shuffle=False,  # batches come in their own order
        verbose=0,
    )


@contextmanager
def _interrupts_noted() -> Iterator[threading.Event]:
    """Note Ctrl-C and SIGTERM instead of raising inside TensorFlow.

    An exception through its threads leaves them waiting, and the process never ends.
    """
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted  # signals come to the main thread alone
        return
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: interrupted.set()) for number in signals]
    try:
        yield interrupted
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def batches_of(
    config: RunConfig, features: FeatureSet, rows: pd.DataFrame
) -> tuple[Vectors, Vectors]:
    """What is learnt from and what validates, of rows with their ``part``."""
    # Of the split, which stays as it is when features change: calibration deals the same.
    shares = shares_of(config, rows)
    loaded = features.load()
    rows = loaded.utterances.merge(rows[["utterance_id", "part"]], on="utterance_id")
    learn, validate = (rows[rows["part"] == part] for part in ("train", "validation"))
    labels = labels_of(learn), labels_of(validate)
    if config.network.heads > 1:
        learn = validate = rows[rows["part"] != "test"]
        labels = labels_by_head(learn, shares, config.network.heads)
    fitting = config.fitting
    if not features.framed:
        return Vectors(loaded, learn, fitting), Vectors(loaded, validate, fitting)
    rate = 1 / features.extractor.frame_seconds
    excerpts = Excerpts(
        loaded, learn, fitting, labels[0], augmentation=config.augmentation, rate=rate
    )
    return excerpts, MiddleExcerpts(loaded, validate, fitting, labels[1], rate=rate)


def shares_of(config: RunConfig, rows: pd.DataFrame) -> dict[str, int]:
    """The head that leaves out each reader who is not tested; they validate in turns."""
    readers = rows[rows["part"] != "test"]
    return dealt(readers, config.network.heads, seed=config.fitting.seed)


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


def _callbacks(folder: Path, config: RunConfig, teller: "Teller") -> list[Any]:
    fitting = config.fitting
    tensorboard = keras.callbacks.TensorBoard(folder / "tensorboard", write_graph=False)
    patience = [Patience(folder, fitting.patience)] if fitting.patience is not None else []
    return [Chance(fitting.seed), tensorboard, teller, *patience]


def _restored(model: keras.Model, folder: Path, history: pd.DataFrame, *, best: bool) -> int:
    """Load the last whole checkpoint; the number of epochs that are done.

    Without the best epoch's weights, where these are to be kept, all are made again.
    """
    best_is_gone = best and not _is_whole(folder / BEST)
    for epochs in [] if best_is_gone else range(len(history), 0, -1):
        path = checkpoint(folder, epochs)
        if path.exists() and _loaded(model, path):
            LOGGER.info("going on after epoch %d", epochs)
            write_history(folder, history.head(epochs))  # the others are made again
            return epochs
    if len(history):
        lost = f"{BEST} is damaged" if best_is_gone else "no checkpoint is whole"
        LOGGER.warning("%s: all %d epochs are made again", lost, len(history))
    (folder / HISTORY).unlink(missing_ok=True)
    return 0


def _loaded(model: keras.Model, path: Path) -> bool:
    """Whether a checkpoint was whole, and is loaded."""
    if _is_whole(path):
        model.load_weights(path)
        return True
    LOGGER.warning("%s is damaged: its epoch is made again", path)
    return False


def _is_whole(path: Path) -> bool:
    """Whether weights are as they were written; those of earlier versions, whether they open."""
    state = file_seal(path)
    if state == "absent":
        try:
            h5py.File(path).close()
        except OSError:
            return False
    return state != "broken"
