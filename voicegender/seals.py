"""Checksums inside the files they are of: a byte that has changed on the disk is found.

A seal is a mark and CRC-32 sums [1]_. In a Parquet file it stands before the footer, where no
reader looks, for all places are counted from the start; other files carry it at their end, behind
what is read of them. A file appears with its seal or not at all. What earlier versions wrote has
none and counts as whole while it can be read.

References
----------
.. [1] RFC 1952, "GZIP file format specification", section 8; it finds each change of up to 32 bits
   in a row, and of others all but one in four billion.
"""

import os
import struct
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import BinaryIO, Literal

MARK = b"\nsealed\n"
SUM = struct.Struct("<II")
"""Of a Parquet file: of all but the seal, and of what follows it; of others: of all, twice."""
SIZE = len(MARK) + SUM.size
MAGIC = b"PAR1"
END = struct.Struct("<I4s")
"""How a Parquet file ends: bytes of the footer, the format's mark."""
TAIL = 1 << 16
BLOCK = 1 << 23
State = Literal["whole", "broken", "absent"]


def sealed_table(data: bytes) -> bytes:
    """A Parquet file's bytes with their seal."""
    at = _footer(data[-END.size :], len(data)) or len(data)
    head, foot = memoryview(data)[:at], memoryview(data)[at:]
    seal = MARK + SUM.pack(zlib.crc32(foot, zlib.crc32(head)), zlib.crc32(foot))
    return b"".join((head, seal, foot))


def table_seal(data: bytes) -> State:
    """Whether a Parquet file's bytes are those that were sealed; without a footer they are not."""
    at = _footer(data[-END.size :], len(data))
    if at is None:
        return "broken"
    told = _told(data[max(0, at - SIZE) : at])
    if told is None:  # where there is one elsewhere, the place of the footer is wrong
        return "broken" if MARK in data else "absent"
    view = memoryview(data)
    foot = view[at:]
    same = told == (zlib.crc32(foot, zlib.crc32(view[: at - SIZE])), zlib.crc32(foot))
    return "whole" if same else "broken"


def footer_seal(file: BinaryIO) -> State:
    """The same of the footer alone, which pages with sums of their own do not cover."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - TAIL))
    tail = file.read(TAIL)
    at = _footer(tail[-END.size :], size)
    if at is None:
        return "broken"
    if size - at + SIZE > len(tail):
        file.seek(max(0, at - SIZE))
        tail = file.read()
    foot = tail[at - size :]
    told = _told(tail[: len(tail) - len(foot)][-SIZE:])
    if told is None:
        return "broken" if MARK in tail else "absent"
    return "whole" if told[1] == zlib.crc32(foot) else "broken"


def _footer(end: bytes, size: int) -> int | None:
    """Where the footer begins; None where there is none."""
    if len(end) < END.size:
        return None
    n_bytes, magic = END.unpack(end)
    at = size - END.size - n_bytes
    return int(at) if magic == MAGIC and at >= len(MAGIC) else None


def _told(seal: bytes) -> tuple[int, int] | None:
    if len(seal) < SIZE or not seal.startswith(MARK):
        return None
    whole, foot = SUM.unpack(seal[len(MARK) :])
    return whole, foot


def seal_file(path: Path) -> None:
    """Put a seal at the end of a file that nobody reads yet."""
    total = _sum(path, path.stat().st_size)
    with path.open("ab") as file:
        file.write(MARK + SUM.pack(total, total))


def file_seal(path: Path) -> State:
    """Whether a file is what was sealed; ``absent`` also where there is no file."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            file.seek(max(0, size - SIZE))
            told = _told(file.read())
    except FileNotFoundError:
        return "absent"
    if told is None:
        return "absent"
    total = _sum(path, size - SIZE)
    return "whole" if told == (total, total) else "broken"


def _sum(path: Path, n_bytes: int) -> int:
    """Sum of the sums of a file's blocks, which several threads make."""
    with path.open("rb") as file, ThreadPoolExecutor(os.cpu_count()) as pool:
        read: Callable[[int], int] = partial(_sum_at, file.fileno(), n_bytes)
        sums = [*pool.map(read, range(0, n_bytes, BLOCK))]
    return zlib.crc32(struct.pack(f"<{len(sums)}I", *sums))


def _sum_at(file: int, n_bytes: int, at: int) -> int:
    return zlib.crc32(os.pread(file, min(BLOCK, n_bytes - at), at))
