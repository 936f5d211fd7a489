"""What happens to a voice before it is heard: noise, rooms, codecs, telephones, clipping.

Each is a setting that changes samples and leaves their number: ``Noise(10)(y, rng)``.

References
----------
.. [1] J.-M. Valin, K. Vos, T. Terriberry, "Definition of the Opus audio codec", RFC 6716, 2012.
.. [2] P. A. Naylor, N. D. Gaubitch (eds.), "Speech dereverberation", Springer, 2010; the late
   part of a room's answer is noise that decays exponentially.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from voicegender.audio import SAMPLE_RATE, Samples
from voicegender.errors import SettingError

LOWEST_HZ = 20.0
"""Below this the power of coloured noise no longer rises."""
RECORDER_RATES = {"mp3": 16_000, "opus": 48_000}
"""Sampling rates the codecs are run at; Opus knows no 44.1 kHz and browsers use 48."""
CODECS = {"mp3": ("mp3", "libmp3lame"), "opus": ("ogg", "libopus")}
LEAST_CODED = 400
"""Samples; FFmpeg reads nothing in the file of a sound that is no longer than some ten."""
DELAY_SECONDS = 0.005
"""From the direct sound to a room's first answer."""


class Degradation(Protocol):
    """Samples -> what is left of them; the number of samples stays."""

    kind: ClassVar[str]

    def __call__(self, y: Samples, rng: np.random.Generator) -> Samples:
        """A changed copy; ``rng`` is where chance comes from."""


@dataclass(frozen=True)
class Clean:
    """Nothing."""

    kind: ClassVar[str] = "clean"

    def __call__(self, y: Samples, rng: np.random.Generator) -> Samples:  # noqa: ARG002  # as all
        """The samples themselves."""
        return y


CLEAN = Clean()


@dataclass(frozen=True)
class Noise:
    """Noise ``snr`` dB below the recording; its power falls as frequency ** -colour.

    ``colour`` 0 is white, 1 pink, 2 brown.
    """

    kind: ClassVar[str] = "noise"
    snr: float = 20.0
    colour: float = 1.0

    def __call__(self, y: Samples, rng: np.random.Generator) -> Samples:
        """Recording and noise."""
        noise = coloured_noise(len(y), rng, colour=self.colour)
        level = np.sqrt(np.mean(np.square(y))) * 10 ** (-self.snr / 20)
        return np.asarray(y + level * noise, np.float32)


def coloured_noise(n: int, rng: np.random.Generator, *, colour: float) -> Samples:
    """``n`` samples of noise with a root mean square of 1; see `Noise`."""
    hz = np.maximum(np.fft.rfftfreq(n, 1 / SAMPLE_RATE), LOWEST_HZ)
    spectrum = (rng.normal(size=len(hz)) + 1j * rng.normal(size=len(hz))) * hz ** (-colour / 2)
    noise = np.fft.irfft(spectrum, n)
    return np.asarray(noise / np.sqrt(np.mean(np.square(noise)) + 1e-20), np.float32)


@dataclass(frozen=True)
class Telephone:
    """Sampled at ``rate`` Hz on the way: all above half of it is lost."""

    kind: ClassVar[str] = "telephone"
    rate: int = 8_000

    def __call__(self, y: Samples, rng: np.random.Generator) -> Samples:  # noqa: ARG002  # as all
        """Down and up again."""
        import soxr

        there = soxr.resample(y, SAMPLE_RATE, self.rate)
        return _as_long(soxr.resample(there, self.rate, SAMPLE_RATE), len(y))


@dataclass(frozen=True)
class Codec:
    """Encoded by MP3 or Opus [1]_ at ``kbps`` kilobits a second, and decoded."""

    kind: ClassVar[str] = "codec"
    name: str = "mp3"
    kbps: int = 32

    def __post_init__(self) -> None:
        if self.name not in CODECS:
            raise SettingError(f"codec {self.name!r}", f"choose {' or '.join(CODECS)}")

    def __call__(self, y: Samples, rng: np.random.Generator) -> Samples:  # noqa: ARG002  # as all
        """There and back, by FFmpeg."""
        import av

        file = io.BytesIO()
        container, codec = CODECS[self.name]
        with av.open(file, "w", format=container) as written:
            stream: Any = written.add_stream(codec, rate=RECORDER_RATES[self.name])
            stream.bit_rate, stream.layout = 1000 * self.kbps, "mono"
            for packet in _packets(_as_long(y, max(len(y), LEAST_CODED)), stream):
                written.mux(packet)
        file.seek(0)
        to_float = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
        with av.open(file, "r") as read:
            frames = [*(f for frame in read.decode(audio=0) for f in to_float.resample(frame))]
        decoded = [np.asarray(frame.to_ndarray(), np.float32)[0] for frame in frames]
        return _as_long(np.concatenate(decoded), len(y))


def _packets(y: Samples, stream: Any) -> Iterator[Any]:
    """Samples through an encoder."""
    import av

    pcm = np.rint(np.clip(y, -1, 1) * np.iinfo(np.int16).max).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
    frame.sample_rate = SAMPLE_RATE
    to_codec = av.AudioResampler(
        format=stream.codec_context.format, layout="mono", rate=stream.rate
    )
    for ready in [*to_codec.resample(frame), *to_codec.resample(None), None]:
        yield from stream.encode(ready)


@dataclass(frozen=True)
class Room:
    """A far microphone in a room [2]_.

    Attributes
    ----------
    seconds
        Time in which the room's answer falls by 60 dB.
    direct
        Direct sound over the room's answer, dB; 0 is about two metres from the speaker.
    """

    kind: ClassVar[str] = "room"
    seconds: float = 0.6
    direct: float = 0.0

    def __call__(self, y: Samples, rng: np.random.Generator) -> Samples:
        """Direct sound and the room's answer, at the level of the recording."""
        times = np.arange(round(self.seconds * SAMPLE_RATE)) / SAMPLE_RATE
        answer = rng.normal(size=len(times)) * 10 ** (-3 * times / self.seconds)
        answer[: round(DELAY_SECONDS * SAMPLE_RATE)] = 0
        answer *= 10 ** (-self.direct / 20) / np.sqrt(np.sum(np.square(answer)) + 1e-20)
        answer[0] = 1
        n = len(y) + len(answer)
        heard = np.fft.irfft(np.fft.rfft(y, n) * np.fft.rfft(answer, n), n)[: len(y)]
        level = np.sqrt(np.mean(np.square(y)) / (np.mean(np.square(heard)) + 1e-20))
        return np.asarray(heard * level, np.float32)


@dataclass(frozen=True)
class Clipping:
    """Recorded too loud: ``share`` of the samples are cut off at one level."""

    kind: ClassVar[str] = "clipping"
    share: float = 0.05

    def __call__(self, y: Samples, rng: np.random.Generator) -> Samples:  # noqa: ARG002  # as all
        """The samples, cut off."""
        level = np.quantile(np.abs(y), 1 - self.share)
        return np.asarray(np.clip(y, -level, level), np.float32)


def _as_long(y: Samples, n: int) -> Samples:
    """The first ``n`` samples, with silence where there are fewer."""
    return np.pad(y[:n], (0, max(0, n - len(y)))).astype(np.float32)


CONDITIONS: dict[str, Degradation] = {
    "clean": CLEAN,
    "noise 20 dB": Noise(20),
    "noise 10 dB": Noise(10),
    "noise 5 dB": Noise(5),
    "white noise 10 dB": Noise(10, colour=0),
    "8 kHz": Telephone(),
    "MP3 32 kb/s": Codec("mp3", 32),
    "Opus 24 kb/s": Codec("opus", 24),
    "far room": Room(),
    "clipping": Clipping(),
}
"""What robustness is measured under, by the name reports use."""
