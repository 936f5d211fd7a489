"""A subset's archive -> its folder, with nothing written anywhere else."""

import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath

from voicegender.errors import DownloadError
from voicegender.process import Progress

MOST = 4
"""Times the archive's size that may come out of it: recordings are packed already."""
ROUNDING = 1 << 20
"""Bytes more: a small archive may hold mostly text."""


def unpack(packed: Path, subset: str, to: Path, progress: Progress) -> None:
    """Unpack beside, then move in: tables first, the subset's folder last.

    Raises
    ------
    DownloadError
        No archive, one that holds what no corpus has, or no room; ``to`` is as it was.
    """
    place = to / f"{subset}.unpacked.partial"
    shutil.rmtree(place, ignore_errors=True)
    try:
        _extract(packed, place, progress)
        inside = place / "LibriSpeech"
        if not (inside / subset).is_dir():
            raise DownloadError(packed, f"holds no LibriSpeech/{subset}")
        for table in inside.glob("*.TXT"):
            table.replace(to / table.name)
        (inside / subset).rename(to / subset)
    except (tarfile.TarError, zlib.error, OSError, EOFError) as error:
        raise DownloadError(packed, f"cannot be unpacked ({error})") from None
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _extract(packed: Path, place: Path, progress: Progress) -> None:
    size, n_bytes = packed.stat().st_size, 0
    with packed.open("rb") as file, tarfile.open(fileobj=file, mode="r:gz") as tar:
        for member in tar:
            n_bytes += member.size
            _check(member, packed)
            if n_bytes > MOST * size + ROUNDING:
                raise DownloadError(packed, "holds more than recordings", "do not use it")
            tar.extract(member, place, filter="data")
            progress(file.tell(), size)
    progress(size, size)


def _check(member: tarfile.TarInfo, packed: Path) -> None:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or not (member.isfile() or member.isdir()):
        raise DownloadError(packed, f"holds {member.name!r}, which no corpus has", "do not use it")
