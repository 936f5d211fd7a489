"""Recordings opened for decoders: libsndfile, and FFmpeg for what it does not know.

Both ask a file for whatever its content says, so what they are given is no ordinary file: a place
that cannot be is no exception, for theirs is not the language that knows them.
"""

import io
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from voicegender.errors import WorkError
from voicegender.objects import Ranged

if TYPE_CHECKING:
    import soundfile
    from typing_extensions import Buffer


class _Quiet:
    """A file for libsndfile, which knows no exceptions: the first one is kept for later."""

    def __init__(self, file: Ranged) -> None:
        self.fault: Exception | None = None
        self._file = file
        self.seek, self.tell = file.seek, file.tell
        self.write = None  # libsndfile's binding asks for the names of a file's methods

    def first(self) -> None:
        """Have the first block here; that it is not to be had is raised."""
        self.seek(0)
        self._file.read(1)
        self.seek(0)

    def read(self, n: int = -1) -> bytes:
        """Bytes; none after a fault."""
        try:
            return self._file.read(n) or b""
        except (OSError, WorkError) as fault:
            self.fault = self.fault or fault
            return b""

    def readinto(self, buffer: "Buffer") -> int:
        """Bytes into a buffer; none after a fault."""
        try:
            return self._file.readinto(buffer)
        except (OSError, WorkError) as fault:
            self.fault = self.fault or fault
            return 0


class _Bytes(io.BytesIO):
    """Bytes as a file for decoders, for which a seek gives -1 where a place cannot be."""

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place; stay where it is before the first one."""
        with suppress(ValueError):
            return super().seek(offset, whence)
        return -1


class _File(io.BufferedReader):
    """A file on disk, the same way."""

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place; stay where it is before the first one."""
        with suppress(OSError, ValueError):
            return super().seek(offset, whence)
        return -1


Readable = Path | bytes | Ranged
"""A file or an object, the bytes of one, or one that is open."""


@contextmanager
def sound(source: Readable) -> Iterator["soundfile.SoundFile | None"]:
    """What libsndfile opens; None where FFmpeg should try.

    That is what libsndfile does not know, and MP3: its decoder prints what it finds wrong.

    Raises
    ------
    WorkError
        The store could not be reached while the object was read.
    """
    import soundfile

    with ExitStack() as held:
        try:
            handle = held.enter_context(_for_sndfile(source))
            file = None if _is_mpeg(handle) else soundfile.SoundFile(handle)
        except (soundfile.LibsndfileError, OSError):  # OSError: gone, or no permission
            file = None
        with file or nullcontext():
            yield file


@contextmanager
def _for_sndfile(source: Readable) -> Iterator[bytes | BinaryIO]:
    """A name, as bytes for it need not be text, or a file."""
    if isinstance(source, bytes):
        yield _Bytes(source)
    elif isinstance(source, Path):
        yield os.fsencode(source)
    else:
        quiet = _Quiet(source if isinstance(source, Ranged) else Ranged(source))
        # Now, at once in many threads: what libsndfile asks for comes one after the other.
        quiet.first()
        try:
            yield cast("BinaryIO", quiet)
        finally:
            if quiet.fault:
                raise quiet.fault


def _is_mpeg(handle: bytes | BinaryIO) -> bool:
    """Whether it begins as MP3 does, or with the tags that stand before it."""
    if isinstance(handle, bytes):
        with Path(os.fsdecode(handle)).open("rb", buffering=0) as file:
            head = file.read(2)
    else:
        head = handle.read(2)
        handle.seek(0)
    # A frame begins with eleven bits; of the next four two name the layer, in AAC none.
    return head == b"ID" or (head[:1] == b"\xff" and head[1:] > b"\xe0" and head[1] & 6 > 0)


def opened(source: Readable) -> BinaryIO:
    """A recording as a file to read."""
    if isinstance(source, bytes):
        return _Bytes(source)
    if isinstance(source, Path):
        return _File(io.FileIO(source))
    source = source if isinstance(source, Ranged) else Ranged(source)
    source.seek(0)
    return cast("BinaryIO", source)
