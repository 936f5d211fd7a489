"""A real HTTP server that sends one archive, as well or as badly as it is told."""

import io
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

PAGE = b"<h1>Sign in to this network</h1>"


def packed(root: Path, subset: str) -> bytes:
    """A corpus's subset as openslr packs it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.add(root / "SPEAKERS.TXT", "LibriSpeech/SPEAKERS.TXT")
        tar.add(root / subset, f"LibriSpeech/{subset}")
    return buffer.getvalue()


def poisoned(member: tarfile.TarInfo, content: bytes = b"") -> bytes:
    """An archive with one odd thing in it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


class Server(BaseHTTPRequestHandler):
    """Sends ``content``; the first ``n_bad`` requests are answered as the mood is."""

    content: ClassVar[bytes] = b""
    mood: ClassVar[str] = "good"
    n_bad: ClassVar[int] = 3
    ranges: ClassVar[list[str | None]] = []
    n_sent: ClassVar[int] = 0
    pace: ClassVar[float] = 0.0
    """Seconds for each of a hundred pieces."""

    def do_GET(self) -> None:
        """Answer as the mood is."""
        wanted = self.headers.get("Range")
        self.ranges.append(wanted)
        mood = self.mood if len(self.ranges) <= self.n_bad or self.mood.isdigit() else "good"
        if mood.isdigit():
            self.send_error(int(mood))
            return
        content = PAGE if mood == "another page" else self.content
        knows_ranges = mood not in ("ignores ranges", "another page")
        start = int(wanted[6:-1]) if wanted and knows_ranges else 0
        if start >= len(content):
            self.send_error(416)
            return
        body = content[start:]
        self.send_response(206 if start else 200)
        if mood == "another part":
            self.send_header("Content-Range", f"bytes {start + 9}-{len(content)}/{len(content)}")
        length = {"too long a length": len(body) + 9, "too short a length": len(body) // 2}
        if mood != "no length":
            self.send_header("Content-Length", str(length.get(mood, len(body))))
        self.end_headers()
        breaks = mood in ("breaks off", "ignores ranges", "too short a length", "no length")
        self._send(body[: len(body) // 2] if breaks or mood == "stalls" else body)
        if mood == "stalls":
            time.sleep(1)

    def _send(self, body: bytes) -> None:
        step = max(1, len(body) // 100)
        with suppress(ConnectionError):  # the other side had enough
            for at in range(0, len(body), step):
                self.wfile.write(body[at : at + step])
                type(self).n_sent += len(body[at : at + step])
                time.sleep(self.pace)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving_archive() -> Iterator[str]:
    """The address of a server in a good mood."""
    Server.mood, Server.n_bad, Server.ranges = "good", 3, []
    Server.n_sent, Server.pace = 0, 0.0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
