"""Files broken in ways that chance draws: what a fuzzer feeds a decoder with."""

import re
import struct
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

Mutation = Callable[[bytearray, np.random.Generator, Sequence[bytes]], bytearray]
"""Bytes of a file, chance, and other files to take from -> bytes."""

TAG = re.compile(rb"[A-Za-z][A-Za-z0-9]{2}[A-Za-z0-9 ]|\xff[\xf0-\xff]|\x1a\x45\xdf\xa3|\x1f\x43")
"""Names of chunks, and where frames begin."""
N_TAGS = 400
AROUND = 24
"""Bytes on both sides of a tag that hold sizes, counts and flags."""
HEADER = 512
BOUNDARIES = (0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF)
EXTREMES = (0, 1, 2, -1, -2, 2**15 - 1, 2**15, 2**31 - 1, 2**31, 2**24, 2**40, 2**63 - 1, 2**63)
FORMATS = ("<H", ">H", "<I", ">I", "<Q", ">Q")
MOST_AT_ONCE = 8
"""Mutations of one file."""


def mutated(seeds: Sequence[bytes], own: int, rng: np.random.Generator) -> bytes:
    """The file ``own`` of some, broken; the same for the same chance."""
    data = bytearray(seeds[own])
    for _ in range(min(MOST_AT_ONCE, rng.geometric(0.45))):
        data = MUTATIONS[rng.integers(len(MUTATIONS))](data, rng, seeds)
    fixed = rng.random() < 0.8
    return sums_mended(bytes(data)) if fixed else bytes(data)


def _place(data: bytearray, rng: np.random.Generator) -> int:
    """Somewhere in the file: in its header, near a tag, or anywhere."""
    if not data:
        return 0
    way = rng.random()
    if way < 0.4:
        return int(rng.integers(min(len(data), HEADER)))
    if way < 0.75:
        tags = [found.start() for found, _ in zip(TAG.finditer(data), range(N_TAGS), strict=False)]
        if tags:
            near = tags[rng.integers(len(tags))] + int(rng.integers(-AROUND, AROUND))
            return min(max(0, near), len(data) - 1)
    return int(rng.integers(len(data)))


def _span(data: bytearray, rng: np.random.Generator) -> slice:
    """Some bytes, few or many, sometimes from one tag to another."""
    first = _place(data, rng)
    if rng.random() < 0.5:
        last = _place(data, rng)
        return slice(min(first, last), max(first, last))
    return slice(first, first + int(2 ** rng.uniform(0, 12)))


def flipped(data: bytearray, rng: np.random.Generator, _: Sequence[bytes]) -> bytearray:
    """Some bits turned over."""
    for _n in range(rng.integers(1, 9) if data else 0):
        data[_place(data, rng)] ^= 1 << int(rng.integers(8))
    return data


def at_a_boundary(data: bytearray, rng: np.random.Generator, _: Sequence[bytes]) -> bytearray:
    """Some bytes set to the ends of what a byte may be."""
    for _n in range(rng.integers(1, 5) if data else 0):
        data[_place(data, rng)] = BOUNDARIES[rng.integers(len(BOUNDARIES))]
    return data


def extreme(data: bytearray, rng: np.random.Generator, _: Sequence[bytes]) -> bytearray:
    """A number of 2, 4 or 8 bytes set to an extreme, to the file's length, or a little off."""
    form = FORMATS[rng.integers(len(FORMATS))]
    size = struct.calcsize(form)
    at = _place(data, rng)
    if at + size > len(data):
        return data
    before = struct.unpack_from(form, data, at)[0]
    numbers = (*EXTREMES, len(data), len(data) - at, before + int(rng.integers(-35, 36)))
    struct.pack_into(form, data, at, numbers[rng.integers(len(numbers))] % 2 ** (8 * size))
    return data


def removed(data: bytearray, rng: np.random.Generator, _: Sequence[bytes]) -> bytearray:
    """A part taken out."""
    del data[_span(data, rng)]
    return data


def repeated(data: bytearray, rng: np.random.Generator, _: Sequence[bytes]) -> bytearray:
    """A part said again, once or some times."""
    span = _span(data, rng)
    data[span.stop : span.stop] = data[span] * int(rng.integers(1, 6))
    return data


def swapped(data: bytearray, rng: np.random.Generator, _: Sequence[bytes]) -> bytearray:
    """Two parts side by side that have changed places."""
    a, b, c = sorted(_place(data, rng) for _n in range(3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def zeroed(data: bytearray, rng: np.random.Generator, _: Sequence[bytes]) -> bytearray:
    """A part of zeros."""
    span = _span(data, rng)
    data[span] = bytes(len(data[span]))
    return data


def truncated(data: bytearray, rng: np.random.Generator, _: Sequence[bytes]) -> bytearray:
    """The end missing."""
    return data[: _place(data, rng) if rng.random() < 0.5 else int(rng.integers(len(data) + 1))]


def inserted(data: bytearray, rng: np.random.Generator, _: Sequence[bytes]) -> bytearray:
    """Noise put in."""
    at = _place(data, rng)
    data[at:at] = rng.bytes(int(2 ** rng.uniform(0, 10)))
    return data


def overwritten(data: bytearray, rng: np.random.Generator, seeds: Sequence[bytes]) -> bytearray:
    """A part replaced by one of another file."""
    other = bytearray(seeds[int(rng.integers(len(seeds)))])
    data[_span(data, rng)] = other[_span(other, rng)]
    return data


def spliced(data: bytearray, rng: np.random.Generator, seeds: Sequence[bytes]) -> bytearray:
    """The beginning of a file, or its header, before the body of another."""
    other = bytearray(seeds[int(rng.integers(len(seeds)))])
    return data[: _place(data, rng)] + other[_place(other, rng) :]


MUTATIONS: tuple[Mutation, ...] = (
    *(flipped, at_a_boundary, extreme) * 3,
    *(removed, repeated, swapped, zeroed, truncated, inserted, overwritten, spliced),
)
"""Drawn evenly; what reaches deepest stands thrice."""


def _table(polynomial: int, bits: int) -> tuple[int, ...]:
    """Remainders of each byte, first bit first."""
    top, mask = 1 << (bits - 1), (1 << bits) - 1
    table = []
    for byte in range(256):
        rest = byte << (bits - 8)
        for _ in range(8):
            rest = (rest << 1) ^ (polynomial if rest & top else 0)
        table.append(rest & mask)
    return tuple(table)


CRC8, CRC16, CRC32 = _table(0x07, 8), _table(0x8005, 16), _table(0x04C11DB7, 32)


def _crc8(data: bytes) -> int:
    rest = 0
    for byte in data:
        rest = CRC8[rest ^ byte]
    return rest


def _crc16(data: bytes) -> int:
    rest = 0
    for byte in data:
        rest = ((rest << 8) & 0xFFFF) ^ CRC16[(rest >> 8) ^ byte]
    return rest


def _crc32(data: bytes) -> int:
    rest = 0
    for byte in data:
        rest = ((rest << 8) & 0xFFFFFFFF) ^ CRC32[(rest >> 24) ^ byte]
    return rest


def sums_mended(data: bytes) -> bytes:
    """The checksums of Ogg pages and FLAC frames made right, so that what is wrong is read."""
    if data.startswith(b"OggS"):
        return _ogg_mended(bytearray(data))
    return _flac_mended(bytearray(data)) if data.startswith(b"fLaC") else data


def _ogg_mended(data: bytearray) -> bytes:
    at = data.find(b"OggS")
    while at >= 0 and at + 27 <= len(data):
        n_segments = data[at + 26]
        size = 27 + n_segments + sum(data[at + 27 : at + 27 + n_segments])
        data[at + 22 : at + 26] = bytes(4)
        struct.pack_into("<I", data, at + 22, _crc32(bytes(data[at : at + size])))
        at = data.find(b"OggS", at + 4)
    return bytes(data)


def _flac_mended(data: bytearray) -> bytes:
    """Frames begin with a sync code and, as in what libFLAC writes, a header of 6 to 8 bytes."""
    starts = [found.start() for found in re.finditer(rb"\xff\xf8[\x00-\xff]{2}[\x00-\x7f]", data)]
    for at, end in pairwise([*starts, len(data)]):
        size = 5 + {6: 1, 7: 2}.get(data[at + 2] >> 4, 0)
        size += {12: 1, 13: 2, 14: 2}.get(data[at + 2] & 15, 0)
        if end - at > size + 2:
            data[at + size] = _crc8(bytes(data[at : at + size]))
            struct.pack_into(">H", data, end - 2, _crc16(bytes(data[at : end - 2])))
    return bytes(data)
