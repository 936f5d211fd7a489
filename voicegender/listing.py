"""What is there: files and folders of this machine, or objects of a store, with few questions."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicegender.addresses import asked, is_remote, upath


@dataclass(frozen=True)
class Facts:
    """What tells a file from its later versions.

    ``size`` in bytes; ``mtime`` in nanoseconds, or a number that stands for an object's ETag.
    """

    size: int
    mtime: int


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


def is_folder(path: Path) -> bool:
    """Whether there is a folder.

    Raises
    ------
    FileNotFoundError
        There is nothing at an address, or no such bucket; it says which.
    """
    if not is_remote(path):
        return path.is_dir()
    with asked(path):
        return bool(upath(path).fs.ls(upath(path).path))


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
    with asked(folder):
        try:
            if address.protocol.startswith("http"):
                found = dict(_pages(address.fs, address.path))
            else:
                found = address.fs.find(address.path, detail=True)
        except FileNotFoundError:
            return {}
    first = len(address.path.rstrip("/")) + 1
    return {
        name[first:]: None if info["size"] is None else _facts(info) for name, info in found.items()
    }


def _pages(fs: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What pages below a page link to; fsspec's own walk passes over those that fail.

    Raises
    ------
    FileNotFoundError
        The first page is missing.
    OSError
        One that another links to is: a listing with holes must not pass for a corpus.
    """
    for info in fs.ls(path, detail=True):
        if info["type"] == "directory":
            try:
                yield from _pages(fs, info["name"])
            except FileNotFoundError:
                raise OSError(f"a page that is linked to is missing: {info['name']}") from None
        else:
            yield info["name"], info


def names_in(folder: Path) -> set[str]:
    """Names of what lies in a folder; at an address, of all that lies below it."""
    return {*listed(folder)} if is_remote(folder) else {path.name for path in folder.iterdir()}


def lists_sizes(place: Path) -> bool:
    """Whether `listed` is of use without knowing what pages a server shows."""
    return is_remote(place) and not upath(place).protocol.startswith("http")


def _facts(info: dict[str, Any]) -> Facts:
    """What a store says of an object; its ETag goes before its time, which may be in seconds."""
    stamps = ("ETag", "etag", "LastModified", "Last-Modified", "mtime", "created")
    stamp = next((str(info[name]) for name in stamps if info.get(name)), "")
    number = int.from_bytes(hashlib.sha256(stamp.encode()).digest()[:7])
    if info["size"] is None:
        raise OSError("the server tells no sizes")
    return Facts(int(info["size"]), number)
