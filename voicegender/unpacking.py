"""A subset's archive -> its folder, with nothing written anywhere else."""

import gzip
import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath

from voicegender.errors import DownloadError
from voicegender.process import Progress

MOST = 4
"""Times the archive's size that may come out of it: recordings are packed already."""
ROUNDING = 1 << 20
"""Bytes more: a small archive may hold mostly text. No name or comment takes as much."""
SPEAKERS = "SPEAKERS.TXT"


def unpack(packed: Path, subset: str, to: Path, progress: Progress) -> None:
    """Unpack beside, then move in: tables first, the subset's folder last.

    Raises
    ------
    DownloadError
        No archive, one that holds what no corpus has, or no room; ``to`` is as it was.
    """
    place = place_of(subset, to)
    shutil.rmtree(place, ignore_errors=True)
    try:
        _extract(packed, place, progress)
        inside = place / "LibriSpeech"
        _check_whole(inside, subset, packed)
        for table in inside.glob("*.TXT"):
            table.replace(to / table.name)
        (inside / subset).rename(to / subset)
    # What tarfile lets out: odd numbers and names in headers, headers without end.
    except (tarfile.TarError, zlib.error, OSError, EOFError, ValueError, OverflowError) as error:
        raise DownloadError(packed, f"cannot be unpacked ({error})") from None
    except RecursionError:
        raise DownloadError(packed, "holds a name without end", "do not use it") from None
    finally:
        shutil.rmtree(place, ignore_errors=True)


def place_of(subset: str, to: Path) -> Path:
    """Where a subset is unpacked to, until it is whole."""
    return to / f"{subset}.unpacked.partial"


class _Stream(gzip.GzipFile):
    """What is packed: never much of it at once, and in all no more than recordings take."""

    most = 0

    def read(self, size: int | None = -1) -> bytes:
        """Up to ``size`` bytes."""
        if size is None or not 0 <= size <= ROUNDING:
            raise tarfile.ReadError("a header of absurd size")
        self.check(0)
        return super().read(size)

    def check(self, n_bytes: int) -> None:
        """Refuse to go on for so many bytes where that is too many."""
        if self.tell() + n_bytes > self.most:
            raise tarfile.ReadError("it holds more than recordings take; do not use it")


def _extract(packed: Path, place: Path, progress: Progress) -> None:
    size = packed.stat().st_size
    with packed.open("rb") as file, _Stream(fileobj=file, mode="rb") as stream:
        stream.most = MOST * size + ROUNDING
        with tarfile.open(fileobj=stream, mode="r:") as tar:
            while member := tar.next():
                _check(member, packed)
                stream.check(member.size)
                tar.extract(member, place, filter="data")
                tar.members.clear()  # type: ignore[attr-defined]  # else all are held, a kilobyte each
                progress(file.tell(), size)
        while stream.read(ROUNDING):
            pass  # its own checksum stands at its end
    progress(size, size)


def _check(member: tarfile.TarInfo, packed: Path) -> None:
    path = PurePosixPath(member.name)
    is_plain = member.isdir() or (member.isfile() and not member.issparse())
    if path.is_absolute() or ".." in path.parts or not is_plain or member.size < 0:
        raise DownloadError(packed, f"holds {member.name!r}, which no corpus has", "do not use it")


def _check_whole(inside: Path, subset: str, packed: Path) -> None:
    if not (inside / subset).is_dir():
        raise DownloadError(packed, f"holds no LibriSpeech/{subset}")
    if any(not table.is_file() for table in (inside / SPEAKERS, *inside.glob("*.TXT"))):
        raise DownloadError(packed, f"holds no LibriSpeech/{SPEAKERS}, or a folder of such a name")
