"""Every container and codec that is read, each written by code: for what is good, and to be broken.

libsndfile writes what it can, FFmpeg the rest.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace

import av
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from voicegender.audio import SAMPLE_RATE, Samples

Channels = NDArray[np.float32]
"""float32, shape (n_samples, n_channels), full scale 1."""
FRAME = 960
"""Samples that are handed to FFmpeg at once."""
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}
BIT_RATE = {"wmav2": 64_000}
"""Where the codec has no default."""


@dataclass(frozen=True)
class Coding:
    """A container and what its sound is coded with.

    Attributes
    ----------
    kind, codec
        As libsndfile names them, in capitals, or FFmpeg.
    sr
        Hz.
    picture
        Whether moving pictures stand beside the sound.
    """

    kind: str
    codec: str
    sr: int = SAMPLE_RATE
    picture: bool = False

    def __str__(self) -> str:
        return f"{self.kind} {self.codec}" + (" with pictures" if self.picture else "")

    def __call__(self, y: Samples, place: str = "mono") -> bytes:
        """The bytes of a file that holds a voice, shape (n_samples,), at `SAMPLE_RATE`.

        ``place`` says where: mono, or one of `PLACES`.
        """
        channels = PLACES[place](soxr.resample(y, SAMPLE_RATE, self.sr))
        if not self.kind.isupper():
            return _by_ffmpeg(self, channels)
        buffer = io.BytesIO()
        soundfile.write(buffer, channels, self.sr, format=self.kind, subtype=self.codec)
        return buffer.getvalue()

    def at(self, sr: int) -> "Coding":
        """The same at another rate."""
        return replace(self, sr=sr)


def _among(*levels: float) -> Callable[[Samples], Channels]:
    return lambda y: np.asarray(y[:, None] * np.array(levels, np.float32), np.float32)


PLACES = {
    "mono": _among(1),
    "stereo": _among(1, 1),
    "left": _among(1, 0),
    "right": _among(0, 1),
    "5.1": _among(1, 1, 1, 1, 1, 1),
    "centre of 5.1": _among(0, 0, 1, 0, 0, 0),
}
"""Where a voice is; shape (n_samples,) -> (n_samples, n_channels)."""

PLAIN = ("PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW")
EXACT = (
    *(Coding("WAV", codec) for codec in ("PCM_U8", *PLAIN)),
    *(Coding("AIFF", codec) for codec in ("PCM_S8", "PCM_U8", *PLAIN)),
    *(Coding("CAF", codec) for codec in ("PCM_S8", *PLAIN, "ALAC_16", "ALAC_24")),
    *(Coding("AU", codec) for codec in ("PCM_S8", *PLAIN)),
    *(Coding("FLAC", codec) for codec in ("PCM_S8", "PCM_16", "PCM_24")),
    *(Coding(kind, codec) for kind in ("RF64", "W64", "WAVEX") for codec in ("PCM_16", "FLOAT")),
    Coding("mp4", "alac"),
    Coding("matroska", "flac"),
    Coding("avi", "pcm_s16le", picture=True),
)
"""Codings that keep each sample, some of them in eight bits."""
LOSSY = (
    *(Coding("WAV", codec) for codec in ("IMA_ADPCM", "MS_ADPCM", "GSM610")),
    Coding("W64", "IMA_ADPCM"),
    Coding("AIFF", "IMA_ADPCM"),
    Coding("OGG", "VORBIS"),
    Coding("OGG", "OPUS", 48_000),
    Coding("MP3", "MPEG_LAYER_III"),
    Coding("ipod", "aac"),  # M4A
    Coding("adts", "aac"),
    Coding("mp4", "aac", 44_100, picture=True),
    Coding("webm", "libopus", 48_000),
    Coding("matroska", "libopus", 48_000, picture=True),
    Coding("matroska", "ac3", 48_000),
    Coding("mpegts", "mp2", 48_000),
    Coding("asf", "wmav2", 44_100),
    Coding("amr", "libopencore_amrnb", 8_000),
    Coding("3gp", "libopencore_amrnb", 8_000),
)


def _by_ffmpeg(coding: Coding, y: Channels) -> bytes:
    buffer = io.BytesIO()
    layout = LAYOUTS[y.shape[1]]
    with av.open(buffer, "w", format=coding.kind) as container:
        sound = container.add_stream(coding.codec, rate=coding.sr)
        assert isinstance(sound, av.AudioStream)
        sound.layout = layout
        if coding.picture:
            _add_pictures(container, seconds=len(y) / coding.sr)
        if coding.codec in BIT_RATE:
            sound.bit_rate = BIT_RATE[coding.codec]
        to_codec = av.AudioResampler(sound.format.name, layout, coding.sr)
        for start in range(0, len(y), FRAME):
            block = np.ascontiguousarray(y[start : start + FRAME].T)
            frame = av.AudioFrame.from_ndarray(block, "fltp", layout)
            frame.sample_rate, frame.pts = coding.sr, start
            for converted in to_codec.resample(frame):
                container.mux(sound.encode(converted))
        container.mux(sound.encode())
    return buffer.getvalue()


def _add_pictures(container: "av.container.OutputContainer", seconds: float) -> None:
    video = container.add_stream("mpeg4", rate=5)
    assert isinstance(video, av.VideoStream)
    video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
    image = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
    for _ in range(round(5 * seconds)):
        container.mux(video.encode(image))
    container.mux(video.encode())
