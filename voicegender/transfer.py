"""One address -> a file that grows: what is missing asked for, what comes counted."""

import hashlib
import http.client
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from voicegender.errors import DownloadError
from voicegender.web import Pace, answer_from

BLOCK = 1 << 18

Tell = Callable[[str, int, int], None]
"""Is told phase, bytes done, bytes in all or 0."""


class NotTheArchiveError(Exception):
    """What a server offers is something else, said in words that follow its address."""


class Packed:
    """What is here of an archive: a file that grows, and its checksum so far.

    Attributes
    ----------
    is_mixed
        Whether it came in more than one piece, so no single answer is to blame for it.
    """

    def __init__(self, path: Path, tell: Tell) -> None:
        self._path = path
        self._file: BinaryIO = path.open("a+b")
        total = path.stat().st_size
        self._begin()
        while block := self._file.read(BLOCK):
            self._count(block)
            tell("checking", self.size, total)
        self.is_mixed = total > 0

    def _begin(self) -> None:
        self._file.seek(0)
        self.size, self._md5, self.is_mixed = 0, hashlib.md5(usedforsecurity=False), False

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


def append(address: str, packed: Packed, possible: range, tell: Tell) -> None:
    """Ask for what is missing and append it; what is sent again is passed over.

    Parameters
    ----------
    possible
        Bytes the archive may have.

    Raises
    ------
    NotTheArchiveError
        The answer is something else; nothing of it was kept.
    OSError, http.client.HTTPException, ValueError
        The answer broke off, stalled or makes no sense.
    """
    have = packed.size
    headers = {"Range": f"bytes={have}-"} if have else {}
    with answer_from(address, headers) as answer:
        at, total = _span(answer, have)
        _check(answer, total, possible)
        if 0 < total <= have:
            return  # nothing is missing
        if at > have:
            raise http.client.HTTPException(f"sent what follows {at:,}, not {have:,}")
        pace = Pace()
        while (block := answer.read1(BLOCK)) and packed.size < possible.stop:
            at += len(block)
            if at > packed.size:
                packed.is_mixed = packed.is_mixed or packed.size == have > 0
                packed.append(block[packed.size - at :])
            tell("downloading", packed.size, total)
            pace(len(block))
    if at < max(total, have):
        raise http.client.IncompleteRead(b"", max(total, have) - at)


def _check(answer: http.client.HTTPResponse, total: int, possible: range) -> None:
    if answer.headers.get_content_type() == "text/html":
        raise NotTheArchiveError("sent a web page instead of the archive")
    if total and total not in possible:
        raise NotTheArchiveError(f"has {total:,} bytes, which is not the archive's size")


def _span(answer: http.client.HTTPResponse, asked: int) -> tuple[int, int]:
    """Where an answer begins in the archive, and the archive's length or 0, in bytes."""
    part = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("Content-Range", ""))
    is_part = answer.status == http.HTTPStatus.PARTIAL_CONTENT
    start = (int(part[1]) if part else asked) if is_part else 0
    if is_part and part and part[2] != "*":
        return start, int(part[2])
    length = answer.headers.get("Content-Length")
    return start, start + max(0, int(length)) if length else 0
