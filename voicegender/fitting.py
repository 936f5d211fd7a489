"""How a network is fitted: settings that compile it and time it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from voicegender.config import LATER, check_least
from voicegender.errors import SettingError

if TYPE_CHECKING:
    import keras


UNASKED = -1
"""In place of a label, for a head that is not to learn from, or be judged by, a speaker."""
SMALLEST = 1e-7
PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")
"""As in Keras."""
FEW_PARAMETERS, STEPS_AT_ONCE = 20_000, 16
"""A network with no more parameters than these is given so many batches in one call: its steps
take a millisecond, and most of that was Python's way from one to the next."""


@dataclass(frozen=True)
class Fitting:
    """Epochs, optimiser and what a batch is made of.

    Attributes
    ----------
    epochs, batch_size
        As in Keras.
    learning_rate
        Of Adam; with ``warmup`` epochs it rises to this and falls as a cosine to 1 % of it.
    weight_decay
        Of AdamW; zero is plain Adam.
    label_smoothing
        Share of a label given to the other one; zero is the plain cross-entropy.
    average
        Momentum of a running average of the weights that replaces them at the end.
    shuffle
        Whether each epoch has its own order; the seed recipe keeps the table's.
    excerpts
        Excerpts of each recording in an epoch, where recordings have frames.
    shortest, longest
        Seconds of an excerpt, drawn anew for each batch.
    patience
        Epochs without a better validation loss before it stops; null never stops.
    best_weights
        Whether the epoch with the best validation loss is kept, not the last.
    seed
        Of weights, dropout, order, excerpts and augmentation.
    precision
        Of the products: float32, or one of the mixed ones, which graphics cards do faster; weights
        and answers are float32 in all of them.
    """

    kind: ClassVar[str] = "fitting"
    epochs: int = 50
    batch_size: int = 32
    learning_rate: float = 1e-3
    warmup: int = 0
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    average: float = 0.0
    shuffle: bool = True
    excerpts: int = 1
    shortest: float = 1.0
    longest: float = 3.0
    patience: int | None = None
    best_weights: bool = False
    seed: int = 0
    precision: str = field(default=PRECISIONS[0], metadata=LATER)

    def __post_init__(self) -> None:
        counts = {"epochs": self.epochs, "batch_size": self.batch_size, "excerpts": self.excerpts}
        check_least("fitting", 1, **counts)
        check_least("fitting", 0, seed=self.seed, warmup=self.warmup, patience=self.patience or 0)
        check_least("fitting", 0, weight_decay=self.weight_decay)
        if not (0 <= self.average < 1 and 0 <= self.label_smoothing < 1):
            raise SettingError("fitting", "average and label_smoothing are shares below 1")
        if not 0 < self.shortest <= self.longest:
            raise SettingError("fitting", "0 < shortest <= longest must hold (seconds)")
        if self.precision not in PRECISIONS:
            wrong = f"there is no {self.precision!r}"
            raise SettingError("fitting precision", wrong, f"one of {', '.join(PRECISIONS)}")
        if not self.learning_rate > 0:
            raise SettingError("fitting", "learning_rate must be positive")
        if self.average and (self.best_weights or self.patience is not None):
            raise SettingError(
                "fitting", "average replaces the weights at the end", "drop best_weights, patience"
            )

    def compile(self, model: "keras.Model", n_steps: int) -> None:
        """Give the model its optimiser and loss for ``n_steps`` batches an epoch."""
        import keras

        rate: object = self.learning_rate
        if self.warmup:
            rate = keras.optimizers.schedules.CosineDecay(
                self.learning_rate * 0.05,
                max(1, self.epochs - self.warmup) * n_steps,
                alpha=0.01,
                warmup_target=self.learning_rate,
                warmup_steps=self.warmup * n_steps,
            )
        averaging = {"use_ema": True, "ema_momentum": self.average} if self.average else {}
        if self.weight_decay:
            optimizer = keras.optimizers.AdamW(
                rate, weight_decay=self.weight_decay, clipnorm=1.0, **averaging
            )
        else:
            optimizer = keras.optimizers.Adam(rate, **averaging)
        heads = len(model.output_shape) > len(("excerpts", "labels"))
        model.compile(
            optimizer,
            loss=heads_crossentropy if heads else self._loss(),
            metrics=[accuracy if heads else "accuracy"],
            steps_per_execution=_steps_at_once(model),
            jit_compile=False,  # excerpts differ in length, and each would be compiled anew
        )

    def _loss(self) -> object:
        import keras

        if not self.label_smoothing:
            return "sparse_categorical_crossentropy"
        smoothing = self.label_smoothing

        def smoothed_crossentropy(truth: object, p: object) -> object:
            target = keras.ops.one_hot(keras.ops.reshape(truth, (-1,)), 2)
            return keras.losses.categorical_crossentropy(target, p, label_smoothing=smoothing)

        return smoothed_crossentropy


def _steps_at_once(model: "keras.Model") -> int:
    # Over several devices Keras 3.15 cannot stop at an epoch's end within a call.
    alone = model.distribute_strategy.num_replicas_in_sync == 1
    return STEPS_AT_ONCE if alone and model.count_params() <= FEW_PARAMETERS else 1


def heads_crossentropy(truth: Any, p: Any) -> Any:
    """Cross-entropy of several heads, each only for whom it is asked.

    Parameters
    ----------
    truth
        0, 1 or `UNASKED`, shape (n, n_heads).
    p
        Probabilities, shape (n, n_heads, 2).
    """
    import keras

    asked = keras.ops.cast(truth >= 0, "float32")
    said = keras.ops.take_along_axis(p, keras.ops.maximum(truth, 0)[:, :, None], axis=2)[:, :, 0]
    return _mean_over(asked, -keras.ops.log(keras.ops.maximum(said, SMALLEST)))


def accuracy(truth: Any, p: Any) -> Any:
    """Share of the heads asked that are right; shapes as in `heads_crossentropy`."""
    import keras

    right = keras.ops.cast(keras.ops.argmax(p, axis=2), truth.dtype) == truth
    return _mean_over(keras.ops.cast(truth >= 0, "float32"), keras.ops.cast(right, "float32"))


def _mean_over(asked: Any, values: Any) -> Any:
    import keras

    return keras.ops.sum(asked * values, axis=1) / keras.ops.sum(asked, axis=1)
