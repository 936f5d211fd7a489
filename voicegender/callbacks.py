"""What happens around the epochs of a run: chance, keeping, telling, stopping. Imports Keras."""

import logging
import threading
import time
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from voicegender.addresses import into
from voicegender.errors import WorkError
from voicegender.history import add_to_history
from voicegender.process import Reporter
from voicegender.runs import Run
from voicegender.seals import seal_file

LOGGER = logging.getLogger("voicegender")
Logs = dict[str, float] | None
BEST = "best.weights.h5"


def is_over(history: pd.DataFrame, epochs: int, patience: int | None) -> bool:
    """Whether all epochs are done, or none of the last ``patience`` bettered the loss."""
    if history.empty:
        return False
    since_best = len(history) - 1 - int(np.argmin(history["val_loss"]))
    return len(history) >= epochs or (patience is not None and since_best >= patience)


def checkpoint(folder: Path, epochs: int) -> Path:
    """Where the state after ``epochs`` epochs is kept: weights and the optimiser's."""
    return folder / f"checkpoint-{epochs:05d}.weights.h5"


def save_weights(model: keras.Model, path: Path) -> None:
    """Write weights.

    Raises
    ------
    WorkError
        The disk is full, which HDF5 tells in several ways.
    """
    try:
        with into(path):
            model.save_weights(path, overwrite=True)
    except (OSError, RuntimeError) as error:
        wrong = f"cannot be written ({str(error).splitlines()[0][:80]})"
        raise WorkError(path, wrong, "make room if the disk is full; it goes on") from None


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

    In this order: a line without its checkpoint would be an epoch that cannot be resumed. An
    interrupt ends the epoch at the next batch, and what is left of it is not kept.
    """

    def __init__(self, folder: Path, interrupted: threading.Event, *, best: bool) -> None:
        super().__init__()
        self._folder = folder
        self._interrupted = interrupted
        self._best = best

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:  # noqa: ARG002  # as above
        """Start the clock."""
        self._began = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:  # noqa: ARG002  # as above
        """Stop if an interrupt has been noted."""
        self.model.stop_training = self.model.stop_training or self._interrupted.is_set()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Keep what the epoch gave."""
        if self._interrupted.is_set():
            return
        row = {"epoch": epoch + 1, **{k: float(v) for k, v in (logs or {}).items()}}
        row["seconds"] = round(time.perf_counter() - self._began, 3)
        self._save(checkpoint(self._folder, epoch + 1))
        if self._best and row["val_loss"] <= self._least():
            self._save(self._folder / BEST)
        add_to_history(self._folder, row)
        # The one before stays, for should the last be damaged.
        checkpoint(self._folder, epoch - 1).unlink(missing_ok=True)
        LOGGER.info(
            "epoch %d: loss %.4f, accuracy %.4f, validation loss %.4f, accuracy %.4f (%.1f s)",
            *(row[k] for k in ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds")),
        )

    def _least(self) -> float:
        history = Run(self._folder).history
        return float(history["val_loss"].min()) if len(history) else np.inf

    def _save(self, path: Path) -> None:
        partial = path.with_name("partial.weights.h5")  # Keras asks for this ending
        try:
            save_weights(self.model, partial)
            with into(path):
                seal_file(partial)
                partial.replace(path)
        finally:  # on a full disk it would keep the room
            partial.unlink(missing_ok=True)


class Teller(keras.callbacks.Callback):  # type: ignore[misc]  # as above
    """Reports batches of all epochs, the epoch, and what trains."""

    def __init__(self, report: Reporter, epochs: int, n_steps: int, *, devices: str) -> None:
        super().__init__()
        self._report = report
        self._epochs = epochs
        self._n_steps = n_steps
        self._devices = devices
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:  # noqa: ARG002  # as above
        """Remember the epoch."""
        self._epoch = epoch
        self._tell(0)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:  # noqa: ARG002  # as above
        """Report."""
        self._tell(min(batch + 1, self._n_steps))  # the last call may hold fewer batches

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:  # noqa: ARG002  # as above
        """An epoch is a lap."""
        self._report.lap((epoch + 1) * self._n_steps)

    def _tell(self, batches: int) -> None:
        done, total = self._epoch * self._n_steps + batches, self._epochs * self._n_steps
        facts = {"epoch": self._epoch + 1, "epochs": self._epochs, "devices": self._devices}
        self._report("training", done, total, **facts)


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
        if is_over(Run(self._folder).history, epoch + 2, self._patience):
            LOGGER.info("no better validation loss for %d epochs: stopped", self._patience)
            self.model.stop_training = True
