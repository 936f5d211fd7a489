"""openslr archives: resumed, checked while they come, unpacked safely.

What is on the way lies in ``<subset>.tar.gz.partial``; a subset's folder appears whole or
not at all. Who downloads, and how far it is, stands in the folder ``.download`` of the corpus.
"""

import hashlib
import http.client
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from voicegender.errors import DownloadError
from voicegender.openslr import MIRRORS, Archive, check_room
from voicegender.process import Progress, Reporter, claimed
from voicegender.unpacking import unpack

DESK = ".download"
"""Folder in the corpus's in which one download at a time works."""
BLOCK = 1 << 18
TIMEOUT_SECONDS = 30.0
"""A server that sends nothing for so long has stalled."""
PAUSE_SECONDS = 1.0
"""Before the second try without a new byte; before the third twice as long, and so on."""
TRIES = 5
"""Of each mirror in a row without a new byte."""
WRONG = "sent an archive with a wrong checksum"

Tell = Callable[[str, int, int], None]
"""Is told phase, bytes done, bytes in all or 0."""


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
        Told (done, total) bytes, first of what is fetched, then of what is unpacked; total as the
        server says, or 0.

    Raises
    ------
    DownloadError
        No room, no mirror that gives the archive whole, or an archive that is not safe.
    WorkError
        Another process downloads into ``to``.
    """
    folder = to / archive.subset
    if archive.is_here(to):
        return folder
    if odd := [m for m in mirrors if not m.startswith(("http://", "https://"))]:
        raise DownloadError(odd[0], "is no http or https address")
    to.mkdir(parents=True, exist_ok=True)
    check_room([archive], to)
    with claimed(to / DESK):
        _work(archive, to, mirrors, Reporter(to / DESK, progress))
    return folder


def _work(archive: Archive, to: Path, mirrors: Sequence[str], report: Reporter) -> None:
    def tell(phase: str, done: int, total: int) -> None:
        report(phase, done, total, subset=archive.subset)

    packed = archive.packed(to)
    _fetch_from_any(archive, packed, mirrors, tell)
    unpack(packed, archive.subset, to, lambda *far: tell("unpacking", *far))
    packed.unlink()


class _Packed:
    """What is here of an archive: a file that grows, and its checksum so far."""

    def __init__(self, path: Path, tell: Tell) -> None:
        self._path = path
        self._file: BinaryIO = path.open("a+b")
        total = path.stat().st_size
        self._begin()
        while block := self._file.read(BLOCK):
            self._count(block)
            tell("checking", self.size, total)

    def _begin(self) -> None:
        self._file.seek(0)
        self.size, self._md5 = 0, hashlib.md5(usedforsecurity=False)

    def _count(self, block: bytes) -> None:
        self.size += len(block)
        self._md5.update(block)

    def append(self, block: bytes) -> None:
        """Keep what came."""
        try:
            self._file.write(block)
            self._file.flush()
        except OSError as error:  # the disk's fault: another mirror would not help
            raise DownloadError(self._path, error.strerror or "cannot be written") from None
        self._count(block)

    @property
    def md5(self) -> str:
        """Of all that is here."""
        return self._md5.hexdigest()

    def discard(self) -> None:
        """Begin anew."""
        self._file.truncate(0)
        self._begin()

    def close(self) -> None:
        """Leave what is here for another time; an empty file is nothing."""
        with suppress(OSError):  # told where it was written
            self._file.close()
        if not self.size:
            self._path.unlink(missing_ok=True)


def _fetch_from_any(archive: Archive, path: Path, mirrors: Sequence[str], tell: Tell) -> None:
    packed, faults = _Packed(path, tell), []
    try:
        for mirror in mirrors:
            address = f"{mirror.rstrip('/')}/{archive.subset}.tar.gz"
            is_mixed = packed.size > 0
            fault = _fetch(address, packed, archive, tell)
            if fault == WRONG and is_mixed:  # what was here before may be at fault
                packed.discard()
                fault = _fetch(address, packed, archive, tell)
            if fault is None:
                return
            if fault == WRONG:
                packed.discard()
            faults.append(f"{mirror} {fault}")
    finally:
        packed.close()
    raise DownloadError(archive.subset, "; ".join(faults), "the same command goes on later")


def _fetch(address: str, packed: _Packed, archive: Archive, tell: Tell) -> str | None:
    """Fetch until the archive is whole; None, or what went wrong."""
    tries = 0
    while packed.md5 != archive.md5:
        have = packed.size
        tell("connecting", have, max(have, archive.n_bytes))
        try:
            _append(address, packed, tell)
        except urllib.error.HTTPError as error:
            if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and have:
                return WRONG  # there is nothing after what we have
            fault = f"answered {error.code} {error.reason}"
            if not _may_pass(error.code):
                return fault
        except (OSError, http.client.HTTPException) as error:
            fault = f"broke off ({error or type(error).__name__})"
        else:
            if packed.size == have:
                return WRONG  # as above, from a server that knows no ranges
            continue
        tries = 0 if packed.size > have else tries + 1
        if tries == TRIES:
            return fault
        time.sleep(tries * PAUSE_SECONDS)
    return None


def _may_pass(code: int) -> bool:
    """Whether a server that answers so may answer otherwise soon."""
    return code >= http.HTTPStatus.INTERNAL_SERVER_ERROR or code in (
        http.HTTPStatus.TOO_MANY_REQUESTS,
        http.HTTPStatus.REQUEST_TIMEOUT,
    )


def _append(address: str, packed: _Packed, tell: Tell) -> None:
    """Ask for what is missing and append it; what is sent again is passed over."""
    have = packed.size
    headers = {"Range": f"bytes={have}-"} if have else {}
    request = urllib.request.Request(address, headers=headers)  # noqa: S310  # the user's mirror
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310  # as above
        at, total = _span(answer, have)
        if at > have or 0 < total < have:
            raise http.client.HTTPException(f"sent {at:,} to {total:,}, not from {have:,} on")
        while block := answer.read1(BLOCK):
            at += len(block)
            if at > packed.size:
                packed.append(block[packed.size - at :])
            tell("downloading", packed.size, total)
    if at < max(total, have):
        raise http.client.IncompleteRead(b"", max(total, have) - at)


def _span(answer: http.client.HTTPResponse, asked: int) -> tuple[int, int]:
    """Where an answer begins in the archive, and the archive's length or 0, in bytes."""
    part = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("Content-Range", ""))
    is_part = answer.status == http.HTTPStatus.PARTIAL_CONTENT
    start = (int(part[1]) if part else asked) if is_part else 0
    if is_part and part and part[2] != "*":
        return start, int(part[2])
    length = answer.headers.get("Content-Length")
    return start, start + int(length) if length else 0
