"""The corpus of bad files: what each is, and what is rightly said of it."""

import gzip
import io
import json
import os
import socket
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from hostile import (
    HOUR,
    SR,
    Case,
    chunk,
    data,
    encoded,
    filmed,
    flat_flac,
    floats,
    fmt,
    mute_opus,
    muxed,
    voice,
    wav,
)
from voicegender.ui.predict.examples import FOLDER, MAN

UNDECODABLE = "cannot be decoded"
DAMAGED = "damaged"
BROKEN = f"{DAMAGED}|{UNDECODABLE}"
NOTHING = f"holds no sound|{UNDECODABLE}"
SILENT = "is silent"
NO_SPEECH = r"0\.\d s of speech found"
NO_SOUND = "samples that are no sound"
TOO_LONG = "longer than 4 h"
SPECIAL = "is no ordinary file"

Made = bytes | Callable[[Path], object]
Named = dict[str, tuple[Made, str]]
"""By name: the bytes, or what makes the file; and what is said."""

RNG = np.random.default_rng(6)
FLAC = (FOLDER / MAN).read_bytes()


@cache
def of(kind: str) -> bytes:
    """A man's voice in a format."""
    encoders = {
        "wav": lambda: encoded(voice(), "WAV"),
        "aiff": lambda: encoded(voice(), "AIFF"),
        "au": lambda: encoded(voice(), "AU"),
        "caf": lambda: encoded(voice(), "CAF"),
        "w64": lambda: encoded(voice(), "W64"),
        "rf64": lambda: encoded(voice(), "RF64"),
        "flac": lambda: FLAC,
        "ogg": lambda: encoded(voice(), "OGG", "VORBIS"),
        "opus": lambda: encoded(voice(), "OGG", "OPUS"),
        "mp3": lambda: encoded(voice(), "MP3"),
        "m4a": lambda: muxed("ipod", "aac"),
        "aac": lambda: muxed("adts", "aac"),
        "webm": lambda: muxed("webm", "libopus"),
    }
    return encoders[kind]()


def cut(kind: str, share: float = 0.6) -> bytes:
    """The first part of a file."""
    whole = of(kind)
    return whole[: int(share * len(whole))]


def holed(kind: str, share: float = 0.5, size: int = 2000) -> bytes:
    """A file of which some bytes in the middle are zero."""
    whole = of(kind)
    at = int(share * len(whole))
    return whole[:at] + bytes(size) + whole[at + size :]


def changed(whole: bytes, at: int, value: bytes) -> bytes:
    """A file with other bytes at a place."""
    return whole[:at] + value + whole[at + len(value) :]


def channels(*parts: np.ndarray) -> bytes:
    """A WAV file of these channels."""
    return encoded(np.stack(parts, axis=1), "WAV")


HEADERS: Named = {
    **{f"nothing.{s}": (b"", "the file is empty") for s in ("wav", "flac", "mp3", "ogg", "m4a")},
    "one byte.wav": (b"R", UNDECODABLE),
    "RIFF alone.wav": (b"RIFF", UNDECODABLE),
    "no chunk.wav": (wav(), UNDECODABLE),
    "no data.wav": (wav(fmt()), NOTHING),
    "no sample.wav": (wav(fmt(), chunk(b"data", b"")), NOTHING),
    "no format.wav": (wav(data()), UNDECODABLE),
    "half a format.wav": (wav(chunk(b"fmt ", b"\1\0\1\0")), NOTHING),
    "marker alone.flac": (b"fLaC", UNDECODABLE),
    "header alone.flac": (flat_flac(0), f"{NOTHING}|{DAMAGED}"),
    "marker alone.ogg": (b"OggS", UNDECODABLE),
    "header alone.opus": (mute_opus(0), NOTHING),
    "header alone.ogg": (cut("ogg", 0.05), NOTHING),
    "header alone.mp3": (b"\xff\xfb\x90\x00", NOTHING),
    "tag alone.mp3": (b"ID3\4\0\0\0\0\7\x76" + bytes(1014), NOTHING),
    "tag of 256 MB.mp3": (b"ID3\4\0\0\x7f\x7f\x7f\x7f" + bytes(1000), NOTHING),
    "header alone.m4a": (cut("m4a", 0.002), NOTHING),
    "header alone.webm": (cut("webm", 0.01), NOTHING),
    "header alone.aac": (of("aac")[:7], NOTHING),
    "header alone.aiff": (of("aiff")[:54], NOTHING),
    "header alone.au": (of("au")[:24], NOTHING),
    "header alone.caf": (of("caf")[:60], NOTHING),
    "header alone.w64": (of("w64")[:80], NOTHING),
    "header alone.amr": (b"#!AMR\n", NOTHING),
}
NUMBERS: Named = {
    "no channel.wav": (wav(fmt(channels=0), data()), BROKEN),
    "65,535 channels.wav": (wav(fmt(channels=65_535), data()), NOTHING),
    "1,000 channels.wav": (wav(fmt(channels=1000), data()), NO_SPEECH),
    "no rate.wav": (wav(fmt(rate=0), data()), "samples a second|cannot be decoded"),
    "1 Hz.wav": (wav(fmt(rate=1), data()), "samples a second"),
    "100 Hz.wav": (wav(fmt(rate=100), data()), "samples a second"),
    "2 GHz.wav": (wav(fmt(rate=2**31 - 1), data()), "samples a second"),
    "4 GHz.wav": (wav(fmt(rate=2**32 - 1), data()), "samples a second|cannot be decoded"),
    "1 Hz.au": (changed(of("au"), 16, struct.pack(">I", 1)), "samples a second"),
    "no bits.wav": (wav(fmt(bits=0), data()), BROKEN),
    "7 bits.wav": (wav(fmt(bits=7), data()), f"{BROKEN}|{NO_SPEECH}"),
    "255 bits.wav": (wav(fmt(bits=255), data()), BROKEN),
    "no block.wav": (wav(fmt(align=0), data()), "male"),
    "unknown code.wav": (wav(fmt(code=0xABCD), data()), BROKEN),
    "claims 4 GB.wav": (wav(fmt(), data(size=2**32 - 1)), "male"),
    "claims 2 GB of RIFF.wav": (wav(fmt(), data(), size=2**31), "male"),
    "claims nothing.wav": (wav(fmt(), data(size=0), size=0), "holds no sound"),
    "list of 4 GB.wav": (wav(fmt(), chunk(b"LIST", b"INFO", 2**32 - 9), data()), NOTHING),
    "odd chunks.wav": (wav(fmt(), chunk(b"odd ", b"abc"), data()), "male"),
    "data before format.wav": (wav(data(), fmt()), "male"),
    "20,000 chunks.wav": (wav(fmt(), chunk(b"junk", b"") * 20_000, data()), "male"),
    "claims 2^36 samples.flac": (
        changed(FLAC, 21, bytes([FLAC[21] | 15]) + b"\xff" * 4),
        DAMAGED,
    ),
    "claims 1,000 h.opus": (mute_opus(60, claims=1000 * HOUR), SILENT),
    "claims 8 EB.w64": (changed(of("w64"), 16, b"\xff" * 7 + b"\x7f"), "male"),
    "claims 8 EB.rf64": (changed(of("rf64"), 20, b"\xff" * 7 + b"\x7f"), "male"),
}
SAMPLES: Named = {
    "not a number.wav": (floats(np.nan), NO_SOUND),
    "one not a number.wav": (floats(np.nan, slice(20_000, 20_001)), NO_SOUND),
    "infinite.wav": (floats(np.inf), NO_SOUND),
    "one infinite.wav": (floats(-np.inf, slice(-1, None)), NO_SOUND),
    "1e30.wav": (floats(1e30), NO_SOUND),
    "1e300.wav": (floats(1e300), NO_SOUND),
    "denormal.wav": (floats(1e-310), SILENT),
    "silence.wav": (encoded(np.zeros(3 * SR), "WAV"), SILENT),
    "silence.m4a": (encoded(np.zeros(3 * SR), "FLAC"), SILENT),
    "last bit.wav": (encoded(RNG.integers(-1, 2, 3 * SR) / 2**15, "WAV"), SILENT),
    "constant.wav": (encoded(np.full(3 * SR, 0.4), "WAV"), SILENT),
    "noise.wav": (encoded(RNG.normal(0, 0.1, 3 * SR), "WAV"), NO_SPEECH),
    "loud noise.wav": (encoded(RNG.uniform(-1, 1, 3 * SR), "WAV"), NO_SPEECH),
    "tone.wav": (encoded(0.5 * np.sin(np.arange(3 * SR) * 0.17), "WAV"), f"tone|{NO_SPEECH}"),
    "a word.wav": (encoded(voice()[8000:13_000], "WAV"), NO_SPEECH),
    "one sample.wav": (encoded(np.array([0.2]), "WAV"), NO_SPEECH),
    "3 h of silence.flac": (flat_flac(3 * HOUR), SILENT),
    "an hour of a constant.flac": (flat_flac(HOUR, value=9000), NO_SPEECH),
    "half an hour of silence.opus": (mute_opus(1800), SILENT),
    "5 h of silence.flac": (flat_flac(5 * HOUR, rate=8000), TOO_LONG),
    "claims an hour less.flac": (flat_flac(HOUR, claims=SR), SILENT),
    "eight channels at 655 kHz.flac": (flat_flac(5, rate=655_350, channels=8), SILENT),
    "opposite channels.wav": (channels(voice(), -voice()), "male"),
    "one channel silent.wav": (channels(voice(), 0 * voice()), "male"),
    "far from zero.wav": (encoded(voice() * 0.5 + 0.45, "WAV"), "male"),
    "farther from zero.wav": (encoded(voice() * 0.5 - 3, "WAV", "FLOAT"), "male"),
    "8 bits.wav": (encoded(voice(), "WAV", "PCM_U8"), "male"),
    "clipped.wav": (encoded(np.clip(20 * voice(), -1, 1), "WAV"), "male"),
    "200 times too loud.wav": (encoded(200 * voice(), "WAV", "FLOAT"), "male"),
    "256 channels.wav": (encoded(np.tile(voice()[:, None], 256), "WAV", "PCM_U8"), "male"),
}
DAMAGE: Named = {
    "cut.wav": (cut("wav"), "male"),
    "cut.aiff": (cut("aiff"), "male"),
    "cut.flac": (cut("flac"), BROKEN),
    "cut.mp3": (cut("mp3"), "male"),
    "cut.ogg": (cut("ogg"), "male"),
    "cut.opus": (cut("opus"), "male"),
    "cut.m4a": (cut("m4a"), BROKEN),
    "cut.webm": (cut("webm"), "male"),
    "cut.aac": (cut("aac"), BROKEN),
    "holed.wav": (holed("wav"), "male"),
    "holed.flac": (holed("flac"), BROKEN),
    "holed.mp3": (holed("mp3", size=800), "male"),
    "holed.ogg": (holed("ogg"), "male"),
    "holed.opus": (holed("opus"), "male"),
    "holed.m4a": (holed("m4a", 0.3), BROKEN),
    "holed.webm": (holed("webm"), "male"),
    "wrong MD5.flac": (changed(FLAC, 26, bytes(range(16))), "male"),
    "wrong CRC.flac": (changed(FLAC, len(FLAC) // 2, b"\x55"), BROKEN),
    "wrong CRC.ogg": (changed(of("ogg"), len(of("ogg")) // 2, b"\x55"), "male"),
    "text before.wav": (b"Dear reader! " * 80 + of("wav"), UNDECODABLE),
    "text before.mp3": (b"Dear reader! " * 80 + of("mp3"), "male"),
    **{
        f"text after.{kind}": (of(kind) + b"Dear reader! " * 80, "male")
        for kind in ("wav", "flac", "mp3", "ogg", "m4a", "webm")
    },
    **{
        f"twice.{kind}": (2 * of(kind), "male")
        for kind in ("wav", "mp3", "ogg", "opus", "m4a", "webm", "aac")
    },
    "twice.flac": (2 * FLAC, "male"),
    "tag before.flac": (b"ID3\4\0\0\0\0\7\x76" + bytes(1014) + FLAC, "male"),
    "an OGG called.wav": (of("ogg"), "male"),
    "an M4A called.flac": (of("m4a"), "male"),
}


def png(width: int = 8, height: int = 8, rows: int | None = None) -> bytes:
    """A black picture; ``rows`` alone are there."""

    def part(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    rows = height if rows is None else rows
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress((b"\0" + bytes(3 * width)) * rows, 9)
    mark = b"\x89PNG\r\n\x1a\n"
    return mark + part(b"IHDR", head) + part(b"IDAT", packed) + part(b"IEND", b"")


def with_cover(picture: bytes) -> bytes:
    """An MP3 file with a picture in its tag."""
    body = b"\0image/png\0\3\0" + picture
    frame = b"APIC" + struct.pack(">I", len(body)) + b"\0\0" + body
    n = len(frame)
    size = bytes([n >> 21 & 127, n >> 14 & 127, n >> 7 & 127, n & 127])
    return b"ID3\3\0\0" + size + frame + of("mp3")


def zipped() -> bytes:
    """A ZIP archive that holds a good recording."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("voice.flac", FLAC)
    return file.getvalue()


def tarred() -> bytes:
    """A tar archive that holds a good recording."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        info = tarfile.TarInfo("voice.flac")
        info.size = len(FLAC)
        archive.addfile(info, io.BytesIO(FLAC))
    return file.getvalue()


PICKLE = b"\x80\x04cos\nsystem\n\x8c\x0ftouch /tmp/owned\x85R."
GIF = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + bytes(500) + b"\xff\xd9"
STRANGERS: Named = {
    "picture.wav": (png(), UNDECODABLE),
    "picture.flac": (JPEG, NOTHING),
    "picture.mp3": (GIF, UNDECODABLE),
    "picture of 900 megapixels.m4a": (png(30_000, 30_000, 30), UNDECODABLE),
    "cover of 900 megapixels.mp3": (with_cover(png(30_000, 30_000, 300)), "male"),
    "cover.mp3": (with_cover(png()), "male"),
    "archive.wav": (zipped(), UNDECODABLE),
    "archive.mp3": (tarred(), UNDECODABLE),
    "packed.wav": (gzip.compress(of("wav")), UNDECODABLE),
    "bomb.flac": (gzip.compress(bytes(9_000_000)), NOTHING),
    "letter.wav": (b"Dear reader, " * 99, UNDECODABLE),
    "letter.txt": ("Liebe Leserin".encode("utf-16") * 99, UNDECODABLE),
    "paper.mp3": (b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF", UNDECODABLE),
    "program.wav": (b"\x7fELF\2\1\1" + bytes(9) + b"\2\0\x3e\0" + bytes(2000), UNDECODABLE),
    "program.flac": (b"MZ\x90\0" + bytes(2000), NOTHING),
    "script.wav": (b"#!/bin/sh\ntouch /tmp/owned\n", UNDECODABLE),
    "pickle.wav": (PICKLE, UNDECODABLE),
    "object.wav": (b"\x93NUMPY\1\0v\0{'descr': '|O'}" + bytes(200), UNDECODABLE),
    "table.ogg": (b"path,speaker_id,gender\n" * 50, UNDECODABLE),
    "document.opus": (json.dumps({"a": [1] * 99}).encode(), UNDECODABLE),
    "database.wav": (b"SQLite format 3\0" + bytes(4000), UNDECODABLE),
    "subtitles.mp4": (b"1\n00:00:00,000 --> 00:00:09,000\nDear reader\n", UNDECODABLE),
    "letters on a terminal.wav": (b"\x1b[31mDear reader\x1b[0m\n" * 50, UNDECODABLE),
    "a million zeros.wav": (bytes(1_000_000), UNDECODABLE),
    "a million ones.mp3": (b"\xff" * 1_000_000, UNDECODABLE),
    "chance.wav": (RNG.bytes(200_000), UNDECODABLE),
    "chance.mp3": (RNG.bytes(200_000), NOTHING),
    "film without sound.mp4": (filmed(), "holds no sound"),
}


def pipe(path: Path) -> None:
    """A pipe nobody writes to."""
    os.mkfifo(path)


def knock(path: Path) -> None:
    """A socket, bound from its folder, as its path may be too long."""
    with socket.socket(socket.AF_UNIX) as door:
        before = Path.cwd()
        os.chdir(path.parent)
        door.bind(path.name)
        os.chdir(before)


def link(to: str) -> Callable[[Path], None]:
    """A link to somewhere."""
    return lambda path: path.symlink_to(to)


PLACES: Named = {
    "pipe.wav": (pipe, SPECIAL),
    "socket.wav": (knock, SPECIAL),
    "folder.wav": (Path.mkdir, "is a folder"),
    "loop.wav": (link("loop.wav"), "Too many levels|no such file"),
    "loop 1.wav": (link("loop 2.wav"), "Too many levels|no such file"),
    "loop 2.wav": (link("loop 1.wav"), "Too many levels|no such file"),
    "nowhere.wav": (link("is not there.wav"), "no such file"),
    "passwords.wav": (link("/etc/passwd"), UNDECODABLE),
    "zeros.wav": (link("/dev/zero"), SPECIAL),
    "random.wav": (link("/dev/random"), SPECIAL),
    "full.wav": (link("/dev/full"), SPECIAL),
    "memory.wav": (link("/proc/self/mem"), f"the file is empty|{SPECIAL}|{UNDECODABLE}"),
    "good link.flac": (link(str(FOLDER / MAN)), "male"),
}
NAMES = (
    b"n" * 250 + b".flac",
    "ö".encode() * 125 + b".flac",
    b"no text \xff\xfe\x80.flac",
    b"two\nlines.flac",
    b"red \x1b[31m and \x9b2J.flac",
    "\u202ecalf.flac".encode(),
    b"-rf.flac",
    b"--model.flac",
    b"  spaces  .flac",
    b"%s%n%d{0}{name}.flac",
    b"..\\..\\up.flac",
    b"$(touch owned)`id`;ls|cat.flac",
    b"'quotes\".flac",
    b"=cmd|' !A0.flac",
    b"<img src=x onerror=alert(1)>.flac",
    b"concat:a|b.flac",
    b"http:--example.org.flac",
    b"file:voice.flac",
    b"a\rb\tc\x07.flac",
    b"no ending",
    b"...flac",
)
LONG = (b"5 h of silence.flac", b"an hour of a constant.flac", b"half an hour of silence.opus")
"""What takes seconds, so once is enough."""
KINDS = (HEADERS, NUMBERS, SAMPLES, DAMAGE, STRANGERS, PLACES)


def _case(name: str, made: Made, said: str) -> Case:
    return Case(name.encode(), made if callable(made) else lambda _: made, said)


CASES = [
    *(_case(name, made, said) for kind in KINDS for name, (made, said) in kind.items()),
    *(Case(name, lambda _: FLAC, "male") for name in NAMES),
]
