"""openslr archives from a real HTTP server on 127.0.0.1 that behaves well, and badly."""

import hashlib
import io
import socket
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from voicegender import download as module
from voicegender.corpus import load_corpus
from voicegender.download import ARCHIVES, Archive, download
from voicegender.errors import DownloadError


def packed(root: Path, subset: str) -> bytes:
    """A corpus's subset as openslr packs it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.add(root / "SPEAKERS.TXT", "LibriSpeech/SPEAKERS.TXT")
        tar.add(root / subset, f"LibriSpeech/{subset}")
    return buffer.getvalue()


class Server(BaseHTTPRequestHandler):
    """Sends one archive, as well or as badly as it is told."""

    content: ClassVar[bytes] = b""
    mood: ClassVar[str] = "good"
    ranges: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        """Answer as the mood is."""
        wanted = self.headers.get("Range")
        self.ranges.append(wanted)
        if self.mood in ("404", "503"):
            self.send_error(int(self.mood))
            return
        start = int(wanted[6:-1]) if wanted and self.mood != "ignores ranges" else 0
        if start >= len(self.content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        body = self.content[start:]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        breaks = self.mood in ("breaks off", "ignores ranges") and len(self.ranges) < 4
        self.wfile.write(body[: len(body) // 2] if breaks else body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def mirror() -> Iterator[str]:
    Server.mood, Server.ranges = "good", []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def archive(demo_corpus: Path) -> Archive:
    Server.content = packed(demo_corpus, "dev-clean")
    return Archive("dev-clean", hashlib.md5(Server.content).hexdigest(), 1)  # noqa: S324  # openslr's checksum


def test_the_published_archives_are_the_seven_of_openslr(librispeech: Path) -> None:
    table = librispeech.parent / "openslr12.csv"
    if not table.exists():
        pytest.skip("no table of checksums beside the recordings")
    rows = [line.split(",") for line in table.read_text().splitlines()[1:]]
    assert {row[0]: row[2] for row in rows} == {a.subset: a.md5 for a in ARCHIVES.values()}


def test_a_subset_is_fetched_whole_and_is_a_corpus(
    archive: Archive, mirror: str, demo_corpus: Path, tmp_path: Path
) -> None:
    reports: list[tuple[int, int]] = []
    folder = download(archive, tmp_path, mirrors=[mirror], progress=lambda *r: reports.append(r))
    assert folder == tmp_path / "dev-clean"
    fetched = load_corpus(tmp_path).utterances["utterance_id"].tolist()
    assert (
        fetched == load_corpus(demo_corpus).only(["dev-clean"]).utterances["utterance_id"].tolist()
    )
    assert reports[-1] == (len(Server.content), len(Server.content))
    assert not list(tmp_path.glob("*.partial"))


def test_a_subset_that_is_there_is_not_fetched_again(
    archive: Archive, mirror: str, tmp_path: Path
) -> None:
    download(archive, tmp_path, mirrors=[mirror])
    download(archive, tmp_path, mirrors=[mirror])
    assert len(Server.ranges) == 1


@pytest.mark.parametrize("mood", ["breaks off", "ignores ranges"])
def test_a_broken_transfer_goes_on_and_ends_whole(
    archive: Archive, mirror: str, tmp_path: Path, mood: str
) -> None:
    Server.mood = mood
    download(archive, tmp_path, mirrors=[mirror])
    assert len(Server.ranges) == 4
    assert Server.ranges[1] == f"bytes={len(Server.content) // 2}-"
    assert (tmp_path / "dev-clean").is_dir()


def test_what_an_earlier_command_fetched_is_not_fetched_again(
    archive: Archive, mirror: str, tmp_path: Path
) -> None:
    (tmp_path / "dev-clean.tar.gz.partial").write_bytes(Server.content[:1000])
    download(archive, tmp_path, mirrors=[mirror])
    assert Server.ranges == ["bytes=1000-"]


@pytest.mark.parametrize("mood", ["404", "503"])
def test_a_mirror_that_fails_gives_way_to_the_next(
    archive: Archive, mirror: str, tmp_path: Path, mood: str
) -> None:
    Server.mood = mood
    with pytest.raises(DownloadError, match=f"dev-clean: .*answered {mood}"):
        download(archive, tmp_path, mirrors=[mirror])
    Server.mood = "good"
    download(archive, tmp_path, mirrors=["http://127.0.0.1:9", mirror])
    assert (tmp_path / "dev-clean").is_dir()


def test_wrong_bytes_are_thrown_away(archive: Archive, mirror: str, tmp_path: Path) -> None:
    Server.content = Server.content[:-1] + b"?"
    with pytest.raises(DownloadError, match="wrong checksum"):
        download(archive, tmp_path, mirrors=[mirror])
    assert not [path for path in tmp_path.iterdir() if not path.name.startswith(".")]


def poisoned(member: tarfile.TarInfo, content: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def link(name: str, to: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, to
    return member


@pytest.mark.parametrize(
    "content",
    [
        poisoned(tarfile.TarInfo("../outside.txt"), b"x"),
        poisoned(tarfile.TarInfo("/tmp/outside.txt"), b"x"),  # noqa: S108  # the attack
        poisoned(link("LibriSpeech/dev-clean", "/etc")),
        poisoned(tarfile.TarInfo("LibriSpeech/readme.txt"), b"x"),
        b"no archive at all",
    ],
    ids=["parent", "absolute", "link", "other content", "no archive"],
)
def test_an_archive_that_is_not_safe_or_not_ours_changes_nothing_outside(
    mirror: str, tmp_path: Path, content: bytes
) -> None:
    Server.content = content
    archive = Archive("dev-clean", hashlib.md5(content).hexdigest(), 1)  # noqa: S324  # openslr's checksum
    to = tmp_path / "inner" / "LibriSpeech"
    with pytest.raises(DownloadError, match=r"holds|cannot be unpacked"):
        download(archive, to, mirrors=[mirror])
    assert not (to / "dev-clean").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["inner"]


def test_too_little_room_is_said_before_anything_is_fetched(mirror: str, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"GB are needed for dev-clean, .* free"):
        download(Archive("dev-clean", "", 10**9), tmp_path, mirrors=[mirror])
    assert not Server.ranges


def test_a_server_that_stalls_is_left(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 0.2)  # seconds a person would wait: 30
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(DownloadError, match=r"broke off \(.*timed out"):
            download(archive, tmp_path, mirrors=[address])
