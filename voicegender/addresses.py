"""Where data lies: a path of this machine, or an address such as ``s3://bucket/folder``.

An address has a path's methods: it is a ``UPath`` over fsspec [1]_, typed as ``Path`` for what
is used of it here is in both. Credentials and endpoints are the business of the store's own
library (``AWS_*`` variables, for one). Nothing of this is imported for a path.

References
----------
.. [1] "Filesystem Spec", https://filesystem-spec.readthedocs.io
"""

import errno
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from voicegender.errors import SettingError, WorkError

if TYPE_CHECKING:
    from upath import UPath

ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://")
SUCH_AS = "such as s3://BUCKET/FOLDER"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)


def place_at(place: str | Path) -> Path:
    """The absolute path, or the address, that is meant.

    Raises
    ------
    SettingError
        The kind of address is unknown, or what reaches it is not installed; or it is no path.
    """
    if place == "":  # which would mean the current folder
        raise SettingError("a path", "is empty", "name a folder or a file")
    if isinstance(place, Path) or not is_address(str(place)):
        try:
            return Path(place).expanduser().resolve()
        except (ValueError, RuntimeError) as error:
            # A NUL; the home of somebody unknown, or links in a ring.
            raise SettingError(place, f"is no path ({error})") from None
    text = str(place).rstrip("/")
    if text.endswith(":"):
        raise SettingError(place, "is no address", SUCH_AS)
    try:
        from upath import UPath

        # Others write there, so what was listed a while ago says nothing.
        address = UPath(text, use_listings_cache=False)
        _ = address.fs
    except ImportError as error:  # ours, or that of a kind of address
        missing = error.name or str(error)
        remedy = "pip install 'voicegender[objects]'"
        raise SettingError(place, f"something is not installed ({missing})", remedy) from None
    except ValueError as error:
        raise SettingError(place, f"is no address ({error})", SUCH_AS) from None
    except OSError as error:  # kinds that are reached before anything is asked
        raise SettingError(place, f"cannot be reached ({_words(error)})", SUCH_AS) from None
    return cast("Path", address)


def is_address(text: str) -> bool:
    """Whether a text is an address, whether it serves or not."""
    return bool(ADDRESS.match(text))


def is_remote(place: object) -> bool:
    """Whether a place is an address, not a path of this machine."""
    return not isinstance(place, str | Path)


def upath(place: Path) -> "UPath":
    """An address as what it is."""
    return cast("UPath", place)


@contextmanager
def asked(place: Path) -> Iterator[None]:
    """Say in one line why a store did not serve; that an object is not there is an answer.

    Raises
    ------
    WorkError
        The store cannot be reached, or refuses.
    """
    if not is_remote(place):
        yield
        return
    try:
        yield
    except FileNotFoundError:
        raise
    except _refusals() as error:
        remedy = "give credentials that may, as its library reads them"
        raise WorkError(place, f"is not open to us ({_words(error)})", remedy) from None
    except _faults() as error:
        remedy = "check address and network; the same command goes on"
        raise WorkError(place, f"cannot be reached ({_words(error)})", remedy) from None


@contextmanager
def reached(place: Path) -> Iterator[None]:
    """The same, where what is not there cannot be done without.

    Raises
    ------
    WorkError
        The store cannot be reached, refuses, or has no such bucket or object.
    """
    try:
        with asked(place):
            yield
    except FileNotFoundError as error:
        if not is_remote(place):
            raise
        raise WorkError(place, f"nothing is here ({_words(error)})", "check the address") from None


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__


def _refusals() -> tuple[type[Exception], ...]:
    found: list[type[Exception]] = [PermissionError]
    with suppress(ModuleNotFoundError):
        from botocore import exceptions

        found += [exceptions.NoCredentialsError, exceptions.PartialCredentialsError]
    return tuple(found)


def _faults() -> tuple[type[Exception], ...]:
    """What the libraries of the stores raise beside OSError."""
    found: list[type[Exception]] = [OSError]
    with suppress(ModuleNotFoundError):
        from botocore import exceptions

        found += [exceptions.BotoCoreError, exceptions.ClientError]
    with suppress(ModuleNotFoundError):
        from aiohttp import ClientError

        found.append(ClientError)
    return tuple(found)


def leads_out(root: Path, name: str) -> bool:
    """Whether a relative name means something outside of ``root``."""
    if not is_remote(root):
        # Unlike Path.resolve, it takes links that go round in a circle.
        return not Path(os.path.realpath(root / name)).is_relative_to(root)
    return "://" in name or os.path.normpath(name).startswith(("..", "/"))


def make_folder(folder: Path) -> None:
    """Make a folder with those around it; stores have none, and a bucket is its owner's."""
    if not is_remote(folder):
        with into(folder):
            folder.mkdir(parents=True, exist_ok=True)


@contextmanager
def into(path: Path) -> Iterator[None]:
    """Say in one line that a file cannot be written, for the disk is full or the folder closed.

    Raises
    ------
    WorkError
        There is no space left, or no right to write.
    """
    try:
        yield
    except OSError as error:
        wrong = (error.strerror or str(error)).splitlines()[0]
        if error.errno in FULL:
            remedy = "make room; the same command goes on"
            raise WorkError(path, "no space left on this disk", remedy) from None
        if error.errno in CLOSED:
            remedy = "open the folder, or name another one"
            raise WorkError(path, f"cannot be written ({wrong})", remedy) from None
        raise


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """A file to write; a reader sees the old one, none, or the new one, whole.

    An object is put at once when it is whole. A file is renamed; until then its name is apart
    from what other processes, here or on other machines, may write.
    """
    if is_remote(path):
        whole = io.BytesIO()
        yield whole
        with asked(path):
            upath(path).fs.pipe_file(upath(path).path, whole.getvalue())
        return
    partial = path.with_name(f"{path.name}.{os.urandom(8).hex()}.partial")
    try:
        with into(path):
            with partial.open("wb") as file:
                yield file
            partial.replace(path)
    except BaseException:  # a full disk, or what writes has failed: nobody comes to tidy
        partial.unlink(missing_ok=True)
        raise
