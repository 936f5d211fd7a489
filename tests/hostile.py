"""Bad files made in code, each with what is rightly said of it."""

import array
import io
import os
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from voicegender.ui.predict.examples import FOLDER, MAN

SR = 16_000
HOUR = 3600
Samples = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """A bad file.

    Attributes
    ----------
    name
        Of the file; bytes, as it need not be text.
    make
        Makes it, given its path; of bytes alone, gives them.
    said
        ``female`` or ``male`` where it is answered, else a pattern of the reason.
    """

    name: bytes
    make: Callable[[Path], object]
    said: str

    @property
    def is_answered(self) -> bool:
        """Whether it is answered rather than refused."""
        return self.said in ("female", "male")

    def write(self, folder: Path) -> Path:
        """Make it in a folder; its path."""
        path = Path(os.fsdecode(os.path.join(os.fsencode(folder), self.name)))  # noqa: PTH118  # Path takes no bytes
        made = self.make(path)
        if isinstance(made, bytes):
            path.write_bytes(made)
        return path


# Sounds


@cache
def voice(name: str = MAN) -> Samples:
    """A person's voice, 16 kHz."""
    return np.asarray(soundfile.read(FOLDER / name)[0])


def encoded(y: Samples, kind: str, subtype: str | None = None, sr: int = SR) -> bytes:
    """Samples through libsndfile."""
    file = io.BytesIO()
    soundfile.write(file, y, sr, format=kind, subtype=subtype)
    return file.getvalue()


@cache
def muxed(container: str, codec: str) -> bytes:
    """A man's voice through FFmpeg."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as written:
        stream: Any = written.add_stream(codec, rate=48_000)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.frombuffer(pcm(), "<i2")[None], "s16", "mono")
        frame.sample_rate = SR
        to_codec = av.AudioResampler(stream.codec_context.format, "mono", 48_000, 960)
        for ready in [*to_codec.resample(frame), *to_codec.resample(None), None]:
            written.mux(stream.encode(ready))
    return file.getvalue()


def filmed() -> bytes:
    """Moving pictures without a sound."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as written:
        video: Any = written.add_stream("mpeg4", rate=5)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        for _ in range(5):
            image = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            written.mux(video.encode(image))
        written.mux(video.encode())
    return file.getvalue()


# Headers


def chunk(kind: bytes, data: bytes, size: int | None = None) -> bytes:
    """A chunk of a RIFF file, with a size of one's own."""
    n = len(data) if size is None else size
    return kind + struct.pack("<I", n) + data + b"\0" * (len(data) % 2)


def fmt(
    *, code: int = 1, channels: int = 1, rate: int = SR, bits: int = 16, align: int | None = None
) -> bytes:
    """A WAV file's format chunk."""
    align = channels * bits // 8 if align is None else align
    fields = struct.pack(
        "<HHIIHH", code, channels, rate, rate * align & 0xFFFFFFFF, align & 0xFFFF, bits
    )
    return chunk(b"fmt ", fields)


def wav(*chunks: bytes, kind: bytes = b"RIFF", size: int | None = None) -> bytes:
    """A WAV file of these chunks."""
    body = b"WAVE" + b"".join(chunks)
    return kind + struct.pack("<I", len(body) if size is None else size) + body


def pcm(y: Samples | None = None) -> bytes:
    """Samples as 16-bit PCM; a man's voice by default."""
    return (np.clip(voice() if y is None else y, -1, 1) * 32_767).astype("<i2").tobytes()


def data(y: Samples | None = None, size: int | None = None) -> bytes:
    """A WAV file's data chunk."""
    return chunk(b"data", pcm(y), size)


def floats(value: float, at: slice = slice(None)) -> bytes:
    """A man's voice in floats, part of which is set to a value."""
    y = voice().copy()
    y[at] = value
    return encoded(y, "WAV", "DOUBLE")


# FLAC and Opus by hand: hours of nothing in a few kilobytes


def _crc(data: bytes, polynomial: int, bits: int) -> int:
    table = _crc_table(polynomial, bits)
    mask, crc = (1 << bits) - 1, 0
    for byte in data:
        crc = (crc << 8 & mask) ^ table[crc >> bits - 8 ^ byte]
    return crc


@cache
def _crc_table(polynomial: int, bits: int) -> Sequence[int]:
    top, mask = 1 << bits - 1, (1 << bits) - 1
    table = array.array("L")
    for byte in range(256):
        crc = byte << bits - 8
        for _ in range(8):
            crc = (crc << 1 ^ (polynomial if crc & top else 0)) & mask
        table.append(crc)
    return table


def flat_flac(
    seconds: float, *, value: int = 0, rate: int = SR, channels: int = 1, claims: int | None = None
) -> bytes:
    """One value for a time, 16 bits; each frame of up to 65,535 samples takes some 12 bytes."""
    n = round(seconds * rate)
    size = 65_535
    fields = (rate << 44) | (channels - 1 << 41) | (15 << 36) | (n if claims is None else claims)
    info = struct.pack(">HH", size, size) + bytes(6) + fields.to_bytes(8, "big") + bytes(16)
    frames = [b"fLaC", b"\x80\0\0\x22", info]
    for number, first in enumerate(range(0, n, size)):
        length = min(size, n - first)
        # block size in 16 bits, rate as in STREAMINFO; 16 bits a sample
        head = b"\xff\xf8\x70" + bytes([channels - 1 << 4 | 0b1000])
        head += (chr(number).encode("utf-8", "surrogatepass")) + struct.pack(">H", length - 1)
        head += bytes([_crc(head, 0x07, 8)])
        frame = head + (b"\0" + struct.pack(">h", value)) * channels
        frames.append(frame + struct.pack(">H", _crc(frame, 0x8005, 16)))
    return b"".join(frames)


def ogg_page(packets: Sequence[bytes], *, number: int, granule: int, flags: int = 0) -> bytes:
    """A page of small packets."""
    lacing = bytes(map(len, packets))
    head = b"OggS" + struct.pack("<BBqIII", 0, flags, granule, 7, number, 0)
    page = head + bytes([len(lacing)]) + lacing + b"".join(packets)
    return page[:22] + struct.pack("<I", _crc(page, 0x04C11DB7, 32)) + page[26:]


def mute_opus(seconds: float, *, claims: float | None = None) -> bytes:
    """Packets of two bytes that each stand for 120 ms of nothing."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 0) + struct.pack("<I", 0)
    pages = [
        ogg_page([head], number=0, granule=0, flags=2),
        ogg_page([tags], number=1, granule=0),
    ]
    n, step = round(seconds / 0.12), 255
    for number, first in enumerate(range(0, n, step)):
        count = min(step, n - first)
        is_last = first + count == n
        granule = (first + count) * 5760
        if is_last and claims:
            granule = round(claims * 48_000)
        packet = bytes([3 << 3 | 3, 2])  # SILK, narrow, 60 ms; two frames, both empty
        pages.append(
            ogg_page([packet] * count, number=number + 2, granule=granule, flags=4 * is_last)
        )
    return b"".join(pages)


# Files that name others


def pointers(url: str, file: Path) -> dict[str, bytes]:
    """Playlists and the like, which have a careless reader open an address or a file."""
    segment = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n{}#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n"
    key = f'#EXT-X-KEY:METHOD=AES-128,URI="{url}/key"\n'
    dash = (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT9S"><Period><AdaptationSet mimeType="audio/mp4">'
        '<Representation id="1" bandwidth="9"><BaseURL>{}</BaseURL></Representation>'
        "</AdaptationSet></Period></MPD>"
    )
    sdp = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 50040 RTP/AVP 0\n"
    reference = f"rtsptext\n{url}/a.mov".encode()
    texts = {
        "playlist of an address.m3u8": segment.format("", f"{url}/a.mp3"),
        "playlist of a file.mp3": segment.format("", file),
        "playlist of a file address.wav": segment.format("", f"file://{file}"),
        "playlist of a neighbour.m4a": segment.format("", file.name),
        "playlist with a key.m3u8": segment.format(key, file.name),
        "playlist of playlists.m3u8": f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{url}/b.m3u8\n",
        "playlist through concat.m3u8": segment.format("", f"concat:{file}|{url}/a.mp3"),
        "playlist of crypto.m3u8": segment.format("", f"crypto+{url}/a.mp3"),
        "plain playlist.m3u": f"{url}/a.mp3\n{file}\n",
        "playlist.pls": f"[playlist]\nFile1={url}/a.mp3\nFile2={file}\n",
        "playlist.xspf": f"<playlist><trackList><track><location>{url}</location></track>"
        "</trackList></playlist>",
        "concat of a file.wav": f"ffconcat version 1.0\nfile {file}\n",
        "concat of a neighbour.flac": f"ffconcat version 1.0\nfile {file.name}\n",
        "concat of an address.ffconcat": f"ffconcat version 1.0\nfile {url}/a.wav\n",
        "session.sdp": sdp + f"a=control:{url}/x\n",
        "manifest.mpd": dash.format(f"{url}/d.mp4"),
        "manifest of a file.mp4": dash.format(file),
        "sheet.cue": f'FILE "{file}" WAVE\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n',
        "picture.svg": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}/a"/></svg>',
        "page.html": f'<html><audio src="{url}/a.mp3"></audio></html>',
        "entity.wav": f'<!DOCTYPE a [<!ENTITY b SYSTEM "file://{file}">]><a>&b;</a>',
        "reference.mov": "",
    }
    given = {name: text.encode() for name, text in texts.items()}
    given["reference.mov"] = struct.pack(">I", len(reference) + 8) + b"rtsp" + reference
    return given
