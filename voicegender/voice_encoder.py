"""A voice in windows of a second -> embeddings, by a network that learnt to tell speakers apart.

The network is Resemblyzer's voice encoder [1]_ with the loss of [2]_: three LSTM over 40 mel
bands. It was trained on thousands of speakers of LibriSpeech train-other-500, VoxCeleb 1 and 2
without knowing their gender, and stands here as it came (Apache-2.0, ``voice_encoder.LICENSE``),
converted by ``benchmarks/convert_voice_encoder.py``.

References
----------
.. [1] C. Jemine, "Resemblyzer", https://github.com/resemble-ai/Resemblyzer, 2019.
.. [2] L. Wan, Q. Wang, A. Papir, I. Lopez Moreno, "Generalized end-to-end loss for speaker
   verification", ICASSP 2018.
"""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from voicegender.audio import SAMPLE_RATE, Samples
from voicegender.config import check_least
from voicegender.errors import SettingError
from voicegender.excerpt import Excerpt
from voicegender.features import Frames
from voicegender.inference import MAX_BATCH, open_network, run
from voicegender.mel import mel_power
from voicegender.windows import Windows

WEIGHTS = "resemblyzer-0.1.4"
FILE = Path(__file__).with_name("voice_encoder.onnx")
N_MELS, WIN_LENGTH, HOP_LENGTH = 40, 400, 160
LEVEL = 10 ** (-30 / 20)
"""Root mean square the encoder's training recordings were brought to: -30 dB of full scale."""
LEAST_LEVEL = 1e-6
"""A window below this level is not brought up: it is not the voice that would be heard."""
LEAST_SAMPLES = 2 * WIN_LENGTH


@dataclass(frozen=True)
class VoiceEmbedding:
    """Embeddings of a voice, one a window: last state of the encoder, then its embedding.

    Windows shorter than the 1.6 s the encoder was trained with tell female from male no
    worse, and answer for shorter stretches of time.
    """

    kind: ClassVar[str] = "voice-embedding"
    framed: ClassVar[bool] = True
    of_speech: ClassVar[bool] = True
    n_features: ClassVar[int] = 512
    weights: str = WEIGHTS
    seconds: float = 1.0
    hop: float = 1.0
    excerpt: Excerpt = field(default_factory=Excerpt)

    def __post_init__(self) -> None:
        check_least(self.kind, 0.1, seconds=self.seconds, hop=self.hop)
        if self.weights != WEIGHTS:
            raise SettingError(f"{self.kind} weights {self.weights!r}", f"only {WEIGHTS} ships")

    @property
    def windows(self) -> Windows:
        """A network on embeddings answers for each of the encoder's windows."""
        return Windows(self.seconds, self.hop)

    @property
    def frame_seconds(self) -> float:
        """Time from a window to the next."""
        return self.hop

    def __call__(self, y: Samples) -> Frames:
        """Shape (n_samples,) -> (n_windows, 512)."""
        y = np.pad(y, (0, max(0, LEAST_SAMPLES - len(y))))
        pieces = np.stack([y[a:b] for a, b in self.windows.spans(len(y), SAMPLE_RATE)])
        level = np.sqrt(np.square(pieces).mean(axis=1, keepdims=True))
        pieces = (pieces * (LEVEL / np.maximum(level, LEAST_LEVEL))).astype(np.float32)
        # Batch by batch: the spectra of an hour at once would take a gigabyte.
        batches = (pieces[i : i + MAX_BATCH] for i in range(0, len(pieces), MAX_BATCH))
        return np.concatenate([_encoded(batch) for batch in batches])

    def inputs(self, y: Samples) -> NDArray[np.float32]:
        """Embeddings one by one, shape (n_windows, 1, 512)."""
        return self(y)[:, None]


def _encoded(pieces: NDArray[np.float32]) -> Frames:
    """Embeddings of windows at the encoder's level; (n, n_samples) -> (n, 512)."""
    return run(_network(), mel_power(pieces, WIN_LENGTH, WIN_LENGTH, HOP_LENGTH, N_MELS))


@cache
def _network() -> Any:
    return open_network(FILE)
