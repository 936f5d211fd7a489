"""Linear probes on a pretrained voice encoder.

References
----------
.. [1] G. Alain, Y. Bengio, "Understanding intermediate layers using linear classifier probes",
   ICLR workshop, 2017.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from voicegender.alteration import Alteration
from voicegender.config import check_least
from voicegender.features import Input
from voicegender.fitting import Fitting
from voicegender.network import Network
from voicegender.voice_encoder import VoiceEmbedding

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Probe(Network):
    """Several linear probes [1]_ on the embeddings of a voice; their mean answers.

    Attributes
    ----------
    heads
        Shares the readers are dealt into; each head learns from all but one of them, and its
        answers for that one are what calibration and thresholds are chosen on.
    penalty
        Of the squares of a head's weights, against the mean cross-entropy.
    least_deviation
        A feature's standard deviation counts as this or more.
    """

    kind: ClassVar[str] = "probe"
    accepts: ClassVar[tuple[str, ...]] = (VoiceEmbedding.kind,)
    features: ClassVar[Input] = VoiceEmbedding()
    fitting: ClassVar[Fitting] = Fitting(
        epochs=30,
        batch_size=64,
        learning_rate=2e-3,
        warmup=1,
        excerpts=6,
        shortest=1.0,
        longest=1.0,
    )
    alteration: ClassVar[Alteration] = Alteration(copies=3)
    learns_statistics: ClassVar[bool] = True
    heads: int = 5
    penalty: float = 1.0
    least_deviation: float = 0.01

    def __post_init__(self) -> None:
        """As others; a penalty is no less than 0, and one head would leave out all readers."""
        super().__post_init__()
        check_least(self.kind, 0, penalty=self.penalty, least_deviation=self.least_deviation)
        check_least(self.kind, 2, heads=self.heads)

    def build(self, n_features: int) -> "keras.Model":
        """Shape (n, n_windows, n_features) -> (n, heads, 2)."""
        import keras

        from voicegender.layers import Standardise

        # The loss is a mean over the heads, so a head's penalty is one share of it.
        penalty = keras.regularizers.L2(self.penalty / self.heads)
        return keras.Sequential(
            [
                keras.Input((None, n_features), name="embeddings"),
                # Of the embedding's units, rectified, some are all but silent in a small
                # corpus: benchmarks/levers.md tells what their deviations do elsewhere.
                Standardise(self.least_deviation),
                keras.layers.Dense(
                    2 * self.heads, kernel_initializer="zeros", kernel_regularizer=penalty
                ),
                keras.layers.GlobalAveragePooling1D(),
                keras.layers.Reshape((self.heads, 2), name="heads"),
                keras.layers.Softmax(dtype="float32"),
            ],
            name="probe",
        )

    def answering(self, model: "keras.Model") -> "keras.Model":
        """Mean log-odds of the heads; shape (n, n_windows, n_features) -> (n, 2)."""
        import keras

        mean = keras.ops.mean(model.get_layer("heads").output, axis=1)
        return keras.Model(model.inputs[0], keras.layers.Softmax()(mean), name="answering")

    def adapt(self, model: "keras.Model", x: NDArray[np.float32]) -> None:
        """Learn mean and deviation of each feature."""
        model.layers[0].adapt(x)
