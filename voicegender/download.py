"""openslr archives: resumed, checked, unpacked safely.

What is on the way lies in ``<subset>.tar.gz.partial``; a subset's folder appears whole or
not at all.
"""

import hashlib
import http.client
import shutil
import tarfile
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from voicegender.errors import DownloadError
from voicegender.process import Progress, claimed

MIRRORS = (
    "https://www.openslr.org/resources/12",
    "https://us.openslr.org/resources/12",
    "https://openslr.elda.org/resources/12",
)
MEGABYTE = 1 << 20
BLOCK = MEGABYTE // 4
TIMEOUT_SECONDS = 30.0
"""A server that sends nothing for so long has stalled."""
TRIES = 5
"""Of each mirror in a row without a new byte."""
ROOM = 2.2
"""Times the archive's size: the archive beside what is unpacked from it."""


@dataclass(frozen=True)
class Archive:
    """One subset as openslr publishes it; ``md5`` of the archive, ``n_megabytes`` rounded."""

    subset: str
    md5: str
    n_megabytes: int


ARCHIVES = {
    archive.subset: archive
    for archive in (
        Archive("dev-clean", "42e2234ba48799c1f50f24a7926300a1", 337),
        Archive("dev-other", "c8d0bcc9cca99d4f8b62fcc847357931", 314),
        Archive("test-clean", "32fa31d27d2e1cad72775fee3f4849a9", 346),
        Archive("test-other", "fb5a50374b501bb3bac4815ee91d3135", 328),
        Archive("train-clean-100", "2a93770f6d5c6c964bc36631d331a522", 6_300),
        Archive("train-clean-360", "c0e676e450a7ff2f54aeade5171606fa", 23_000),
        Archive("train-other-500", "d1a0fd59409feb2c614ce4d30c387708", 30_000),
    )
}
"""The seven subsets of https://www.openslr.org/12."""


def download(
    archive: Archive,
    to: Path,
    *,
    mirrors: Sequence[str] = MIRRORS,
    progress: Progress | None = None,
) -> Path:
    """Fetch and unpack one subset, or what is left of it; its folder in ``to``.

    Parameters
    ----------
    archive
        One of `ARCHIVES`.
    to
        Folder that becomes a corpus in LibriSpeech's layout.
    mirrors
        Addresses tried in turn.
    progress
        Told (done, total) bytes; total as the server says, or 0.

    Raises
    ------
    DownloadError
        No room, no mirror that gives the archive whole, or an archive that is not safe.
    """
    folder = to / archive.subset
    if folder.is_dir():
        return folder
    to.mkdir(parents=True, exist_ok=True)
    if odd := [m for m in mirrors if not m.startswith(("http://", "https://"))]:
        raise DownloadError(odd[0], "is no http or https address")
    _check_room(archive, to)
    packed = _packed(archive, to)
    with claimed(to / f".{archive.subset}.download"):
        _fetch_from_any(archive, packed, mirrors, progress)
        _unpack(packed, archive, to)
        packed.unlink()
    return folder


def _packed(archive: Archive, to: Path) -> Path:
    return to / f"{archive.subset}.tar.gz.partial"


def _check_room(archive: Archive, to: Path) -> None:
    have = _size(_packed(archive, to)) / MEGABYTE
    wanted = archive.n_megabytes * ROOM - have
    free = shutil.disk_usage(to).free / MEGABYTE
    if free < wanted:
        wrong = f"{wanted / 1000:.1f} GB are needed for {archive.subset}, {free / 1000:.1f} free"
        raise DownloadError(to, wrong, "name another folder with --to")


def _fetch_from_any(
    archive: Archive, packed: Path, mirrors: Sequence[str], progress: Progress | None
) -> None:
    faults = []
    for mirror in mirrors:
        address = f"{mirror.rstrip('/')}/{archive.subset}.tar.gz"
        fault = _fetch(address, packed, progress)
        if fault is None and _md5(packed) == archive.md5:
            return
        if fault is None:
            packed.unlink()  # whole, and wrong: nothing in it can be trusted
            fault = "sent an archive with a wrong checksum"
        faults.append(f"{mirror} {fault}")
    raise DownloadError(archive.subset, "; ".join(faults), "the same command goes on later")


def _fetch(address: str, packed: Path, progress: Progress | None) -> str | None:
    """Fetch until the server has no more; None, or what went wrong."""
    tries = 0
    while tries < TRIES:
        have = _size(packed)
        try:
            _append(address, packed, progress)
        except urllib.error.HTTPError as error:
            if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and have:
                return None  # there is nothing after what we have
            if error.code < http.HTTPStatus.INTERNAL_SERVER_ERROR:
                return f"answered {error.code} {error.reason}"
            fault = f"answered {error.code} {error.reason}"
        except (OSError, http.client.HTTPException) as error:
            fault = f"broke off ({error or type(error).__name__})"
        else:
            return None
        tries = 0 if _size(packed) > have else tries + 1
    return fault


def _append(address: str, packed: Path, progress: Progress | None) -> None:
    """Ask for what is missing and append it; a server that ignores ranges starts anew."""
    have = _size(packed)
    headers = {"Range": f"bytes={have}-"} if have else {}
    request = urllib.request.Request(address, headers=headers)  # noqa: S310  # the user's mirror
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310  # as above
        goes_on = answer.status == http.HTTPStatus.PARTIAL_CONTENT
        have = have if goes_on else 0
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length else 0
        with packed.open("ab" if goes_on else "wb") as file:
            while block := answer.read(BLOCK):
                file.write(block)
                have += len(block)
                if progress:
                    progress(have, total)
    if have < total:
        raise http.client.IncompleteRead(b"", total - have)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _unpack(packed: Path, archive: Archive, to: Path) -> None:
    """Unpack beside, then move in: tables first, the subset's folder last."""
    place = to / f"{archive.subset}.unpacked.partial"
    shutil.rmtree(place, ignore_errors=True)
    try:
        with tarfile.open(packed, "r:gz") as tar:
            for member in tar:
                _check_member(member, packed)
                tar.extract(member, place, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise DownloadError(packed, f"cannot be unpacked ({error})") from None
    inside = place / "LibriSpeech"
    if not (inside / archive.subset).is_dir():
        raise DownloadError(packed, f"holds no LibriSpeech/{archive.subset}")
    for table in inside.glob("*.TXT"):
        table.replace(to / table.name)
    (inside / archive.subset).rename(to / archive.subset)
    shutil.rmtree(place)


def _check_member(member: tarfile.TarInfo, packed: Path) -> None:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or not (member.isfile() or member.isdir()):
        raise DownloadError(packed, f"holds {member.name!r}, which no corpus has", "do not use it")
