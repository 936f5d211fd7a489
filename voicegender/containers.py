"""Containers that FFmpeg opens: those that hold their sound themselves.

It also reads playlists, session descriptions and the like, which have it open other files and
addresses (HLS, DASH, concat, SDP). Of a stranger's file none of these is opened.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from voicegender.media import Readable, opened

if TYPE_CHECKING:
    import numpy as np
    from av import AudioFrame
    from av.container import InputContainer
    from numpy.typing import NDArray

KINDS = (
    *("aac", "ac3", "aiff", "amr", "ape", "asf", "au", "avi", "caf", "eac3", "flac", "flv"),
    *("matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2", "mp3", "mpeg", "mpegts", "ogg", "tta", "w64"),
    *("wav", "wv"),
)
"""FFmpeg's names of what may be opened."""
OPTIONS = {"format_whitelist": ",".join(KINDS), "protocol_whitelist": "none"}


@contextmanager
def container_of(source: Readable) -> Iterator["InputContainer"]:
    """What FFmpeg makes of a file that libsndfile does not know.

    Raises
    ------
    av.FFmpegError
        It is none of `KINDS`, or damaged.
    """
    import av

    av.logging.set_level(av.logging.PANIC)
    with (
        opened(source) as file,
        # Titles and names in it need not be text.
        av.open(file, "r", container_options=OPTIONS, metadata_errors="replace") as container,
    ):
        yield container


def frames_of(container: "InputContainer") -> Iterator["AudioFrame"]:
    """The sound of a container's first stream that has some.

    Raises
    ------
    av.FFmpegError
        It is damaged; of MP3, all of it.
    """
    # PyAV, when all is read and decoded, stumbles over a stream that began midway.
    with suppress(IndexError):
        if container.format.name == "mp3":
            yield from _frames_of_mp3(container)
        else:
            yield from container.decode(audio=0)


def _frames_of_mp3(container: "InputContainer") -> Iterator["AudioFrame"]:
    """The frames that can be decoded: what stands between and behind them is tags, by custom."""
    from av.error import InvalidDataError

    fault: InvalidDataError | None = None
    heard = False
    for packet in container.demux(audio=0):
        try:
            for frame in packet.decode():
                heard = True
                yield frame
        except InvalidDataError as error:
            fault = error
    if fault and not heard:
        raise fault


def channels_of(planar: "AudioFrame") -> "NDArray[np.float32]":
    """Samples of a frame of format ``fltp``, shape (n_channels, n_samples).

    PyAV 18.1 counts planes until a pointer is zero: of 8 channels and more it takes for some what
    is none, and its own ``to_ndarray`` reads there.
    """
    import numpy as np

    planes = planar.planes[: planar.layout.nb_channels]
    return np.stack(
        [np.frombuffer(memoryview(plane), np.float32, planar.samples) for plane in planes]
    )
