"""Log-mel excerpts -> other excerpts a network should answer alike.

All work is done on frames, so no recording is decoded again. Each field is a strength; zero
switches it off.

References
----------
.. [1] N. Jaitly, G. Hinton, "Vocal tract length perturbation improves speech recognition",
   ICML workshop on deep learning for audio, 2013.
.. [2] D. S. Park et al., "SpecAugment", Interspeech 2019.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from voicegender.errors import SettingError

Batch = NDArray[np.float32]
"""Log-mel power, shape (n_excerpts, n_frames, n_mels)."""

DB = float(np.log(10)) / 10
"""One decibel in units of the natural logarithm of power."""
NO_NOISE_DB = 80.0
N_KNOTS = 6
"""Support points of a smooth random curve over the bands."""


@dataclass(frozen=True)
class Augmentation:
    """Random changes of log-mel excerpts that leave the voice what it is.

    Attributes
    ----------
    warp
        Vocal-tract length [1]_: bands are stretched by a factor in 1 +- warp.
    equaliser
        Standard deviation, in nepers of power, of a smooth random frequency response.
    noise
        Share of the excerpts that noise of a random colour is added to.
    quietest_noise, loudest_noise
        Signal-to-noise ratios in dB the noise is drawn between.
    masks
        Bands and stretches of time blotted out [2]_, so many each.
    mask_bands, mask_frames
        Widest band mask and longest time mask.
    """

    kind: ClassVar[str] = "augmentation"
    warp: float = 0.06
    equaliser: float = 1.0
    noise: float = 0.6
    quietest_noise: float = 45.0
    loudest_noise: float = 5.0
    masks: int = 2
    mask_bands: int = 8
    mask_frames: int = 20

    def __post_init__(self) -> None:
        if not 0 <= self.noise <= 1 or not 0 <= self.warp < 1 or self.masks < 0:
            raise SettingError("augmentation", "noise and warp are shares, masks a number from 0")

    @classmethod
    def off(cls) -> "Augmentation":
        """Leaves everything as it is."""
        return cls(warp=0.0, equaliser=0.0, noise=0.0, masks=0)

    def __call__(self, x: Batch, rng: np.random.Generator) -> Batch:
        """A changed copy of a batch."""
        n = len(x)
        if self.warp:
            x = warped(x, 1 + rng.uniform(-self.warp, self.warp, n))
        if self.equaliser:
            x = (x + smooth_curves(rng, n, x.shape[2], self.equaliser)[:, None]).astype(np.float32)
        if self.noise:
            x = self._with_noise(x, rng)
        if self.masks:
            x = self._with_masks(x, rng)
        return x

    def _with_noise(self, x: Batch, rng: np.random.Generator) -> Batch:
        n, n_mels = len(x), int(x.shape[2])
        tilt = rng.normal(0, 1.5, (n, 1)) * np.linspace(1, -1, n_mels)
        colour = smooth_curves(rng, n, n_mels, 1.5) + tilt
        colour = colour - np.log(np.exp(colour).mean(axis=1, keepdims=True))
        snr = rng.uniform(self.loudest_noise, self.quietest_noise, n)
        snr[rng.random(n) >= self.noise] = NO_NOISE_DB
        level = np.log(np.exp(x).mean(axis=(1, 2)))
        mean = level[:, None] + colour - DB * snr[:, None]
        # The spread is that of one band of a noise spectrum, smaller for wide bands.
        noise = mean[:, None] + rng.normal(0, 0.5, x.shape)
        return np.asarray(np.logaddexp(x, noise), np.float32)

    def _with_masks(self, x: Batch, rng: np.random.Generator) -> Batch:
        x = x.copy()
        _, n_frames, n_mels = x.shape
        fills = x.mean(axis=(1, 2))
        for i in range(len(x)):
            for _ in range(self.masks):
                x[i, :, _span(rng, n_mels, self.mask_bands)] = fills[i]
                x[i, _span(rng, n_frames, self.mask_frames)] = fills[i]
        return x


def _span(rng: np.random.Generator, n: int, widest: int) -> slice:
    width = int(rng.integers(0, min(widest, n) + 1))
    start = int(rng.integers(0, n - width + 1))
    return slice(start, start + width)


def warped(x: Batch, factors: NDArray[np.float64]) -> Batch:
    """Bands at their places times ``factors``, shape (n_excerpts,), linearly interpolated.

    A mel scale is logarithmic enough that a factor of the band index is one of frequency up
    to a few per cent of difference between low and high bands.
    """
    n_mels = x.shape[2]
    places = np.clip(np.arange(n_mels)[None, :] * factors[:, None], 0, n_mels - 1)
    below = np.minimum(places.astype(int), n_mels - 2)
    share = (places - below).astype(np.float32)[:, None]
    index = np.broadcast_to(below[:, None], x.shape)
    left = np.take_along_axis(x, index, 2)
    changed = left + share * (np.take_along_axis(x, index + 1, 2) - left)
    return np.asarray(changed, np.float32)


def smooth_curves(
    rng: np.random.Generator, n: int, n_mels: int, spread: float
) -> NDArray[np.float32]:
    """``n`` random curves over the bands with standard deviation ``spread`` at their knots."""
    knots = rng.normal(0, spread, (n, N_KNOTS))
    places = np.linspace(0, N_KNOTS - 1, n_mels)
    below = np.minimum(places.astype(int), N_KNOTS - 2)
    share = (1 - np.cos(np.pi * (places - below))) / 2
    curves = knots[:, below] * (1 - share) + knots[:, below + 1] * share
    return np.asarray(curves, np.float32)
