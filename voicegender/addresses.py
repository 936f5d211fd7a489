"""Where data lies: a path of this machine, or an address such as ``s3://bucket/folder``.

An address has a path's methods: it is a ``UPath`` over fsspec [1]_, typed as ``Path`` for what
is used of it here is in both. Credentials and endpoints are the business of the store's own
library (``AWS_*`` variables, for one). Nothing of this is imported for a path.

References
----------
.. [1] "Filesystem Spec", https://filesystem-spec.readthedocs.io
"""

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from voicegender.errors import SettingError, WorkError

if TYPE_CHECKING:
    from upath import UPath

ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://")
SUCH_AS = "such as s3://BUCKET/FOLDER"


@dataclass(frozen=True)
class Facts:
    """What tells a file from its later versions.

    ``size`` in bytes; ``mtime`` in nanoseconds, or a number that stands for an object's ETag.
    """

    size: int
    mtime: int


def place_at(place: str | Path) -> Path:
    """The absolute path, or the address, that is meant.

    Raises
    ------
    SettingError
        The kind of address is unknown, or what reaches it is not installed.
    """
    if isinstance(place, Path) or not ADDRESS.match(str(place)):
        return Path(place).expanduser().resolve()
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
    return cast("Path", address)


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
        from botocore import exceptions  # type: ignore[import-untyped]  # it ships none

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


def is_there(path: Path) -> bool:
    """Whether there is a file, or an object."""
    if not is_remote(path):
        return path.is_file()
    with asked(path):
        try:
            # A byte is read, for asked about an object HTTP hides whether it was reached.
            upath(path).fs.cat_file(upath(path).path, start=0, end=1)
        except FileNotFoundError:
            return False
    return True


def facts_of(path: Path) -> Facts:
    """Size and last change of a file or an object."""
    if not is_remote(path):
        found = path.stat()
        return Facts(found.st_size, found.st_mtime_ns)
    with asked(path):
        return _facts(upath(path).fs.info(upath(path).path))


def listed(folder: Path) -> dict[str, Facts | None]:
    """Objects below an address, by the rest of their names; one request for a thousand on S3.

    Where a listing gives no sizes (HTTP), there are no facts.
    """
    address = upath(folder)
    # A page that is missing in the middle of a tree of pages must not go unseen.
    more = {"on_error": "raise"} if address.protocol.startswith("http") else {}
    with asked(folder):
        try:
            found = address.fs.find(address.path, detail=True, **more)
        except FileNotFoundError:
            return {}
    first = len(address.path.rstrip("/")) + 1
    return {
        name[first:]: None if info["size"] is None else _facts(info) for name, info in found.items()
    }


def names_in(folder: Path) -> set[str]:
    """Names of what lies in a folder; at an address, of all that lies below it."""
    return {*listed(folder)} if is_remote(folder) else {path.name for path in folder.iterdir()}


def lists_sizes(place: Path) -> bool:
    """Whether `listed` is of use without knowing what pages a server shows."""
    return is_remote(place) and not upath(place).protocol.startswith("http")


def _facts(info: dict[str, Any]) -> Facts:
    """What a store says of an object; its ETag goes before its time, which may be in seconds."""
    import hashlib

    stamps = ("ETag", "etag", "LastModified", "Last-Modified", "mtime", "created")
    stamp = next((str(info[name]) for name in stamps if info.get(name)), "")
    number = int.from_bytes(hashlib.sha256(stamp.encode()).digest()[:7])
    return Facts(int(info["size"] or 0), number)


def leads_out(root: Path, name: str) -> bool:
    """Whether a relative name means something outside of ``root``."""
    if not is_remote(root):
        return not (root / name).resolve().is_relative_to(root)
    return "://" in name or os.path.normpath(name).startswith(("..", "/"))


def make_folder(folder: Path) -> None:
    """Make a folder with those around it; stores have none, and a bucket is its owner's."""
    if not is_remote(folder):
        folder.mkdir(parents=True, exist_ok=True)


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
    with partial.open("wb") as file:
        yield file
    partial.replace(path)
