"""openslr archives: resumed, checked while they come, unpacked safely.

What is on the way lies in ``<subset>.tar.gz.partial``; a subset's folder appears whole or
not at all. Who downloads, and how far it is, stands in the folder ``.download`` of the corpus.
"""

import http.client
import shutil
import time
import urllib.error
from collections.abc import Sequence
from pathlib import Path

from voicegender.errors import DownloadError
from voicegender.openslr import MIRRORS, Archive, check_room
from voicegender.process import Progress, Reporter, claimed
from voicegender.transfer import NotTheArchiveError, Packed, Tell, append
from voicegender.unpacking import place_of, unpack
from voicegender.web import SLOWEST

DESK = ".download"
"""Folder in the corpus's in which one download at a time works."""
PAUSE_SECONDS = 1.0
"""Before the second try without a new byte; before the third twice as long, and so on."""
TRIES = 5
"""Of each mirror in a row with hardly a new byte."""
WRONG = "sent an archive with a wrong checksum"


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
    if archive.is_here(to) and not archive.n_fetched(to):
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
        try:
            report(phase, done, total, subset=archive.subset)
        except OSError as error:  # the disk's fault, not the mirror's
            raise DownloadError(to / DESK, error.strerror or "cannot be written") from None

    packed = archive.packed(to)
    if not archive.is_here(to):  # another process may have made it meanwhile
        _fetch_from_any(archive, packed, mirrors, tell)
        unpack(packed, archive.subset, to, lambda *far: tell("unpacking", *far))
    packed.unlink(missing_ok=True)
    shutil.rmtree(place_of(archive.subset, to), ignore_errors=True)


def _fetch_from_any(archive: Archive, path: Path, mirrors: Sequence[str], tell: Tell) -> None:
    packed, faults = Packed(path, tell), []
    try:
        for mirror in mirrors:
            address = f"{mirror.rstrip('/')}/{archive.subset}.tar.gz"
            fault = _fetch(address, packed, archive, tell)
            if fault == WRONG and packed.is_mixed:  # another piece may be at fault
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


def _fetch(address: str, packed: Packed, archive: Archive, tell: Tell) -> str | None:
    """Fetch until the archive is whole; None, or what went wrong."""
    tries = 0
    while packed.md5 != archive.md5:
        have, began = packed.size, time.monotonic()
        may_be_whole = have >= archive.n_bytes  # only then is it what is here that is wrong
        tell("connecting", have, max(have, archive.n_bytes))
        try:
            append(address, packed, archive.possible, tell)
            fault = "broke off"
            if may_be_whole and packed.size == have:
                return WRONG
        except NotTheArchiveError as error:
            return str(error)
        except urllib.error.HTTPError as error:
            fault = f"answered {error.code} {error.reason}"
            if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and may_be_whole:
                return WRONG
            if not _may_pass(error.code):
                return fault
        except (OSError, http.client.HTTPException, ValueError) as error:
            fault = f"broke off ({getattr(error, 'reason', error) or type(error).__name__})"
        is_going_on = packed.size - have > SLOWEST * (time.monotonic() - began)
        tries = 0 if is_going_on else tries + 1
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
