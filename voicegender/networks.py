"""Settings -> Keras model.

To add a network: write the class, name it in ``NETWORKS``.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from voicegender.augmentation import Augmentation
from voicegender.features import Input, LogMel, MfccMean
from voicegender.fitting import Fitting
from voicegender.network import Network
from voicegender.probe import Probe

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class SeedLstm(Network):
    """The seed's network: an LSTM that reads 128 averaged MFCC as if they were in time."""

    kind: ClassVar[str] = "seed-lstm"
    accepts: ClassVar[tuple[str, ...]] = (MfccMean.kind, "imported")
    features: ClassVar[Input] = MfccMean()
    fitting: ClassVar[Fitting] = Fitting(epochs=50, batch_size=72, shuffle=False)
    learns_statistics: ClassVar[bool] = True
    units: int = 256
    dense: int = 128

    def build(self, n_features: int) -> "keras.Model":
        """Shape (n, n_features) -> (n, 2)."""
        import keras

        from voicegender.layers import MinMax

        return keras.Sequential(
            [
                keras.Input((n_features,), name="features"),
                MinMax(),
                keras.layers.Reshape((n_features, 1)),
                keras.layers.LSTM(self.units),
                keras.layers.Dense(self.dense, activation="relu"),
                keras.layers.Dense(2, activation="softmax", dtype="float32"),
            ],
            name="seed_lstm",
        )

    def adapt(self, model: "keras.Model", x: NDArray[np.float32]) -> None:
        """Learn the range of each feature."""
        model.layers[0].adapt(x)


@dataclass(frozen=True)
class BiLstm(Network):
    """Two-way LSTM over frames in time: what the seed meant by a sequence."""

    kind: ClassVar[str] = "bilstm"
    accepts: ClassVar[tuple[str, ...]] = (LogMel.kind, "mfcc")
    features: ClassVar[Input] = LogMel()
    fitting: ClassVar[Fitting] = Fitting(epochs=40, learning_rate=2e-3, warmup=1, excerpts=4)
    augmentation: ClassVar[Augmentation] = Augmentation()
    units: int = 64
    stride: int = 4
    dropout: float = 0.3

    def build(self, n_features: int) -> "keras.Model":
        """Shape (n, n_frames, n_features) -> (n, 2)."""
        import keras

        layers: Any = keras.layers
        return keras.Sequential(
            [
                keras.Input((None, n_features), name="frames"),
                layers.BatchNormalization(),
                # Fewer steps for the recurrence: one a `stride` frames.
                layers.Conv1D(self.units, 5, strides=self.stride, activation="relu"),
                layers.Bidirectional(layers.LSTM(self.units, return_sequences=True)),
                layers.GlobalAveragePooling1D(),
                layers.Dropout(self.dropout),
                layers.Dense(self.units, activation="relu"),
                layers.Dense(2, activation="softmax", dtype="float32"),
            ],
            name="bilstm",
        )


@dataclass(frozen=True)
class Attentive(Network):
    """Dilated convolutions over log-mel frames, attentive statistics pooling, any length."""

    kind: ClassVar[str] = "attentive"
    accepts: ClassVar[tuple[str, ...]] = (LogMel.kind,)
    features: ClassVar[Input] = LogMel()
    fitting: ClassVar[Fitting] = Fitting(
        epochs=40,
        learning_rate=2e-3,
        warmup=1,
        weight_decay=0.02,
        label_smoothing=0.1,
        average=0.99,
        excerpts=4,
    )
    augmentation: ClassVar[Augmentation] = Augmentation()
    channels: int = 96
    kernel: int = 3
    dilations: tuple[int, ...] = (1, 2, 3, 4)
    stride: int = 2
    embedding: int = 128
    attention: int = 64
    hidden: int = 64
    dropout: float = 0.3

    def build(self, n_features: int) -> "keras.Model":
        """Shape (n, n_frames, n_features) -> (n, 2)."""
        import keras

        from voicegender.layers import AttentiveStatistics, Loudness

        layers: Any = keras.layers
        frames = keras.Input((None, n_features), name="frames")
        x = _normed(layers.Conv1D(self.channels, 5, strides=self.stride, padding="same"))(
            Loudness()(frames)
        )
        for dilation in self.dilations:
            block = layers.Conv1D(
                self.channels, self.kernel, dilation_rate=dilation, padding="same"
            )
            x = x + layers.SpatialDropout1D(self.dropout / 3)(_normed(block)(x))
        x = _normed(layers.Dense(self.embedding))(x)
        x = layers.BatchNormalization()(AttentiveStatistics(self.attention)(x))
        x = layers.Dropout(self.dropout)(x)
        x = layers.Dense(self.hidden, activation="relu")(x)
        x = layers.Dropout(self.dropout)(x)
        answer = layers.Dense(2, activation="softmax", dtype="float32")
        return keras.Model(frames, answer(x), name="attentive")


def _normed(layer: Any) -> Any:
    """The layer, then normalisation over the batch, then a rectifier."""
    import keras

    layer.use_bias = False  # the normalisation has its own
    after = (keras.layers.BatchNormalization(), keras.layers.ReLU())
    return lambda x: after[1](after[0](layer(x)))


NETWORKS: tuple[type[SeedLstm] | type[BiLstm] | type[Attentive] | type[Probe], ...] = (
    SeedLstm,
    BiLstm,
    Attentive,
    Probe,
)
