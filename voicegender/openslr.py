"""LibriSpeech as openslr publishes it: seven archives, the room they need, what is here."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from voicegender.errors import DownloadError

MIRRORS = (
    "https://www.openslr.org/resources/12",
    "https://us.openslr.org/resources/12",
    "https://openslr.elda.org/resources/12",
)
MEGABYTE = 1_000_000
SLACK = 1.1
"""Published sizes are cut, not rounded, and files take whole blocks of a disk."""


@dataclass(frozen=True)
class Archive:
    """One subset as openslr publishes it.

    Attributes
    ----------
    md5
        Of the archive, in hexadecimal digits.
    n_megabytes
        Of the archive, as published; what is unpacked from it takes about as much.
    hours
        Of speech.
    """

    subset: str
    md5: str
    n_megabytes: int
    hours: float = 0.0

    @property
    def n_bytes(self) -> int:
        """About: see ``n_megabytes``."""
        return self.n_megabytes * MEGABYTE

    @property
    def possible(self) -> range:
        """Bytes that the archive may have."""
        return range(self.n_bytes, round(SLACK * self.n_bytes) + MEGABYTE)

    def packed(self, to: Path) -> Path:
        """The archive while it is on the way."""
        return to / f"{self.subset}.tar.gz.partial"

    def n_fetched(self, to: Path) -> int:
        """Bytes of the archive that are here."""
        path = self.packed(to)
        return path.stat().st_size if path.exists() else 0

    def is_here(self, to: Path) -> bool:
        """Whether the subset is unpacked: its folder appears whole, or not at all."""
        folder = to / self.subset
        return folder.is_dir() and any(folder.iterdir())


ARCHIVES = {
    archive.subset: archive
    for archive in (
        Archive("dev-clean", "42e2234ba48799c1f50f24a7926300a1", 337, 5.4),
        Archive("dev-other", "c8d0bcc9cca99d4f8b62fcc847357931", 314, 5.3),
        Archive("test-clean", "32fa31d27d2e1cad72775fee3f4849a9", 346, 5.4),
        Archive("test-other", "fb5a50374b501bb3bac4815ee91d3135", 328, 5.1),
        Archive("train-clean-100", "2a93770f6d5c6c964bc36631d331a522", 6_300, 100.6),
        Archive("train-clean-360", "c0e676e450a7ff2f54aeade5171606fa", 23_000, 363.6),
        Archive("train-other-500", "d1a0fd59409feb2c614ce4d30c387708", 30_000, 496.7),
    )
}
"""The seven subsets of https://www.openslr.org/12."""


def bytes_needed(archives: Sequence[Archive], to: Path) -> int:
    """Room on the disk, one after the other: all unpacked, and the largest archive beside them."""
    left = [archive for archive in archives if not archive.is_here(to)]
    sizes = [archive.n_bytes for archive in left]
    here = sum(archive.n_fetched(to) for archive in left)
    return max(0, round(SLACK * (sum(sizes) + max(sizes, default=0))) - here)


def bytes_free(to: Path) -> int:
    """On the disk where ``to`` is, or will be made."""
    there = next(path for path in (to, *to.resolve().parents) if path.exists())
    return shutil.disk_usage(there).free


def check_room(archives: Sequence[Archive], to: Path) -> None:
    """Refuse what will not fit, before anything is fetched.

    Raises
    ------
    DownloadError
        Too little room.
    """
    needed, free = bytes_needed(archives, to), bytes_free(to)
    if free < needed:
        names = ", ".join(archive.subset for archive in archives)
        wrong = f"{needed / 1e9:.1f} GB are needed for {names}, {free / 1e9:.1f} are free"
        raise DownloadError(to, wrong, "make room, or name another folder with --to")
