"""A real HTTP server that sends one archive, as well or as badly as it is told."""

import gzip
import hashlib
import io
import os
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

from needs import CHECKOUT

BOOKS = 1 << 20
"""Bytes beside the recordings, so that an archive has the megabyte it is said to have."""
HEADS = {
    "no HTTP": b"220 come in\r\n",
    "a cut head": b"HTTP/1.0 206 Partial Content\r\nServer: m",
    "an odd length": b"HTTP/1.0 200 OK\r\nContent-Length: nine\r\n\r\n",
    "an odd part": b"HTTP/1.0 206 OK\r\nContent-Range: bytes 1-2/%s\r\n\r\n" % (b"9" * 5000),
    "to a file": b"HTTP/1.0 302 Found\r\nLocation: file:///etc/hostname\r\n\r\n",
    "to FTP": b"HTTP/1.0 302 Found\r\nLocation: ftp://127.0.0.1:9/dev-clean.tar.gz\r\n\r\n",
    "to no address": b"HTTP/1.0 302 Found\r\nLocation: http://[/\r\n\r\n",
    "in a circle": b"HTTP/1.0 302 Found\r\nLocation: /dev-clean.tar.gz\r\n\r\n",
    "a long head": b"HTTP/1.0 200 OK\r\n" + b"A: b\r\n" * 5000 + b"\r\n",
}
"""Answers that are nothing but such a head."""


def packed(root: Path, subset: str) -> bytes:
    """A corpus's subset as openslr packs it."""
    buffer = io.BytesIO()
    books = tarfile.TarInfo("LibriSpeech/BOOKS.TXT")
    books.size = BOOKS
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as tar:
        tar.add(root / "SPEAKERS.TXT", "LibriSpeech/SPEAKERS.TXT")
        tar.addfile(books, io.BytesIO(os.urandom(BOOKS)))
        tar.add(root / subset, f"LibriSpeech/{subset}")
    return buffer.getvalue()


def known_archive(folder: Path, content: bytes) -> str:
    """A path for Python on which it knows another checksum of dev-clean."""
    folder.mkdir()
    checksum = hashlib.md5(content).hexdigest()  # noqa: S324  # openslr's checksum
    (folder / "sitecustomize.py").write_text(
        "from voicegender.openslr import ARCHIVES, Archive\n"
        f"ARCHIVES['dev-clean'] = Archive('dev-clean', {checksum!r}, 1, 0.1)\n"
    )
    return os.pathsep.join([str(folder), str(CHECKOUT)])


class Server(BaseHTTPRequestHandler):
    """Sends ``content``; the first ``n_bad`` requests are answered as the mood is."""

    content: ClassVar[bytes] = b""
    mood: ClassVar[str] = "good"
    n_bad: ClassVar[int] = 3
    cuts: ClassVar[list[int]] = []
    """Bytes after which answers break off, the last first; the mood counts after them."""
    ranges: ClassVar[list[str | None]] = []
    n_sent: ClassVar[int] = 0
    pace: ClassVar[float] = 0.0
    """Seconds for each of a hundred pieces."""

    def do_GET(self) -> None:
        """Answer as the mood is."""
        wanted = self.headers.get("Range")
        self.ranges.append(wanted)
        mood = self.mood if len(self.ranges) <= self.n_bad else "good"
        with suppress(ConnectionError):  # the other side had enough
            if mood.isdigit():
                self._refuse(int(mood))
            elif mood in HEADS:
                self.wfile.write(HEADS[mood])
            elif mood == "a slow head":
                self._send(b"HTTP/1.0 200 OK\r\nServer: slow and slower\r\n", 1, 0.05)
            else:
                self._answer(mood, wanted)

    def _refuse(self, code: int) -> None:
        self.send_response(code)
        self.send_header("Retry-After", "3600")
        self.end_headers()

    def _answer(self, mood: str, wanted: str | None) -> None:
        content = {
            "a page": b"<h1>Sign in to this network</h1>",
            "a page without end": b"<h1>Sign in to this network</h1>" * 99_999,
            "a short file": self.content[:1000],
            "another file": bytes(len(self.content)),
            "packed twice": gzip.compress(self.content, 1),
            "no end": bytes(1 << 25),
        }.get(mood, self.content)
        start = int(wanted[6:-1]) if wanted and mood not in ("ignores ranges", "a page") else 0
        if start >= len(content):
            self._refuse(416)
            return
        self._head(mood, start, len(content))
        body = content[start:]
        if self.cuts:
            body = body[: self.cuts.pop()]
        elif mood in ("breaks off", "ignores ranges", "too short a length", "no length", "stalls"):
            body = body[: len(body) // 2]
        if mood == "chunked":
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        self._send(body, *((20, 0.02) if mood == "trickles" else ()))
        if mood == "stalls":
            time.sleep(1)

    def _head(self, mood: str, start: int, total: int) -> None:
        if mood == "chunked":
            self.protocol_version = "HTTP/1.1"
        self.send_response(206 if start else 200)
        rest = total - start
        length = {"too long a length": rest + 9, "too short a length": rest // 2}.get(mood, rest)
        if mood == "another part":
            self.send_header("Content-Range", f"bytes {start + 9}-{total}/{total}")
        if mood == "packed twice":
            self.send_header("Content-Encoding", "gzip")
        if mood in ("a page", "a page without end"):
            self.send_header("Content-Type", "text/html; charset=utf-8")
        if mood == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
        elif mood not in ("no length", "no end", "a page without end"):
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _send(self, body: bytes, step: int = 0, pause: float = 0.0) -> None:
        step = step or max(4096, len(body) // 100)
        for at in range(0, len(body), step):
            self.wfile.write(body[at : at + step])
            type(self).n_sent += len(body[at : at + step])
            time.sleep(pause or self.pace)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving_archive() -> Iterator[str]:
    """The address of a server in a good mood."""
    Server.mood, Server.n_bad, Server.ranges, Server.cuts = "good", 3, [], []
    Server.n_sent, Server.pace = 0, 0.0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
