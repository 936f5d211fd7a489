"""What all networks have: a frozen dataclass whose fields are its shape."""

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from voicegender.alteration import NONE, Alteration
from voicegender.augmentation import Augmentation
from voicegender.config import check_least
from voicegender.errors import SettingError
from voicegender.features import Input
from voicegender.fitting import Fitting

if TYPE_CHECKING:
    import keras


class Network:
    """Settings -> Keras model.

    ``accepts`` names the features it can be fed, and ``features``, ``fitting``,
    ``augmentation`` and ``alteration`` are what it is trained with unless asked otherwise.
    ``heads``: answers of the fitted model, each learnt without one share of the readers, so
    that every reader can be judged by one that never heard it; 1 is an ordinary network.
    """

    kind: ClassVar[str]
    accepts: ClassVar[tuple[str, ...]]
    features: ClassVar[Input]
    fitting: ClassVar[Fitting]
    augmentation: ClassVar[Augmentation] = Augmentation.off()
    alteration: ClassVar[Alteration] = NONE
    learns_statistics: ClassVar[bool] = False
    heads = 1

    def __post_init__(self) -> None:
        """Sizes are 1 or more; dropout, where there is any, is a share."""
        values = vars(self)
        sizes = {name: value for name, value in values.items() if isinstance(value, int)}
        check_least(self.kind, 1, **sizes)
        check_least(self.kind, 1, dilations=min(values.get("dilations", (1,)), default=1))
        if not 0 <= values.get("dropout", 0.0) < 1:
            raise SettingError(f"{self.kind} dropout", "must be a share below 1")

    def build(self, n_features: int) -> "keras.Model":
        """A fresh model: features in, probabilities (male, female) out, of each head if many."""
        raise NotImplementedError

    def answering(self, model: "keras.Model") -> "keras.Model":
        """The model that answers, shape (n, 2), of a fitted one: itself, where it has one head."""
        return model

    def adapt(self, model: "keras.Model", x: NDArray[np.float32]) -> None:
        """Learn fixed statistics from training vectors, shape (n, n_features); none here."""
