"""Containers that FFmpeg opens: those that hold their sound themselves.

It also reads playlists, session descriptions and the like, which have it open other files and
addresses (HLS, DASH, concat, SDP). Of a stranger's file none of these is opened.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from voicegender.objects import Readable, opened

if TYPE_CHECKING:
    from av.container import InputContainer

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
    with opened(source) as file, av.open(file, "r", container_options=OPTIONS) as container:
        yield container
