"""openslr archives from a real HTTP server on 127.0.0.1 that behaves well, and badly."""

import gzip
import hashlib
import os
import resource
import socket
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mirror import Server, packed, poisoned, serving_archive
from voicegender import download as module
from voicegender.config import read_json
from voicegender.corpus import load_corpus
from voicegender.download import DESK, download
from voicegender.errors import DownloadError, WorkError
from voicegender.openslr import ARCHIVES, Archive, bytes_needed
from voicegender.process import claimed


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once, where a person would wait some seconds."""
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.0)


@pytest.fixture
def mirror() -> Iterator[str]:
    with serving_archive() as address:
        yield address


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
    units = {"M": 1, "G": 1000}
    sizes = {row[0]: float(row[3][:-1]) * units[row[3][-1]] for row in rows}
    assert sizes == {a.subset: a.n_megabytes for a in ARCHIVES.values()}


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


def link(name: str, to: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, to
    return member


@pytest.mark.parametrize(
    "content",
    [
        poisoned(tarfile.TarInfo("../outside.txt"), b"x"),
        poisoned(tarfile.TarInfo("/tmp/outside.txt"), b"x"),  # noqa: S108  # the attack
        poisoned(link("LibriSpeech/dev-clean", "/etc")),
        poisoned(link("LibriSpeech/dev-clean/1.flac", "../../../secret", tarfile.LNKTYPE)),
        poisoned(link("LibriSpeech/dev-clean/1.flac", "", tarfile.CHRTYPE)),
        poisoned(link("LibriSpeech/dev-clean/1.flac", "", tarfile.FIFOTYPE)),
        poisoned(tarfile.TarInfo("LibriSpeech/dev-clean/1.flac"), bytes(9 << 20)),
        poisoned(tarfile.TarInfo("LibriSpeech/readme.txt"), b"x"),
        b"no archive at all",
        gzip.compress(b"no archive in it"),
        poisoned(tarfile.TarInfo("LibriSpeech/dev-clean/1.flac"), os.urandom(9000))[:5000],
    ],
    ids=[
        *("parent", "absolute", "link", "hard link", "device", "pipe", "bomb"),
        *("other content", "no archive", "nothing packed", "cut off"),
    ],
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
    assert {path.name for path in to.iterdir()} == {DESK, "dev-clean.tar.gz.partial"}


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


@pytest.mark.parametrize("mood", ["stalls", "too long a length", "too short a length", "no length"])
def test_a_server_that_stalls_or_counts_wrongly_is_asked_for_the_rest(
    archive: Archive, mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mood: str
) -> None:
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 0.5)
    Server.mood = mood
    download(archive, tmp_path, mirrors=[mirror])
    assert (tmp_path / "dev-clean").is_dir()
    assert Server.n_sent < 2 * len(Server.content)


@pytest.mark.parametrize("mood", ["404", "503", "another page", "another part", "stalls"])
def test_the_good_part_outlives_a_mirror_that_fails(
    archive: Archive, mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mood: str
) -> None:
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 0.2)
    half = Server.content[: len(Server.content) // 2]
    (tmp_path / "dev-clean.tar.gz.partial").write_bytes(half)
    Server.mood, Server.n_bad = mood, 99
    with pytest.raises(DownloadError, match=r"^dev-clean: http.*; the same command goes on later$"):
        download(archive, tmp_path, mirrors=[mirror])
    assert (tmp_path / "dev-clean.tar.gz.partial").read_bytes().startswith(half)
    Server.mood, Server.ranges = "good", []
    download(archive, tmp_path, mirrors=[mirror])
    assert all(Server.ranges), "it went on"


def test_what_was_wrong_before_is_fetched_anew_from_the_same_mirror(
    archive: Archive, mirror: str, tmp_path: Path
) -> None:
    (tmp_path / "dev-clean.tar.gz.partial").write_bytes(b"?" * 1000)
    download(archive, tmp_path, mirrors=[mirror])
    assert Server.ranges == ["bytes=1000-", f"bytes={len(Server.content)}-", None]


def test_the_checksum_is_counted_while_bytes_come(
    archive: Archive, mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    real = Path.open

    def open_noted(path: Path, mode: str = "r", **more: Any) -> Any:
        opened.extend([mode] if path == archive.packed(tmp_path) else [])
        return real(path, mode, **more)

    monkeypatch.setattr(Path, "open", open_noted)
    download(archive, tmp_path, mirrors=[mirror])
    assert opened == ["a+b", "rb"], "written and counted once, then unpacked"


def test_progress_is_kept_for_whoever_looks(archive: Archive, mirror: str, tmp_path: Path) -> None:
    seen = []

    def look(_done: int, _total: int) -> None:
        seen.append((read_json(tmp_path / DESK / "progress.json") or {}).get("phase"))

    download(archive, tmp_path, mirrors=[mirror], progress=look)
    assert {"connecting", "downloading"} <= set(seen)
    last = read_json(tmp_path / DESK / "progress.json") or {}
    assert last["subset"] == "dev-clean"
    assert last["done"] == last["total"] == len(Server.content)


def test_two_do_not_download_into_one_folder(archive: Archive, mirror: str, tmp_path: Path) -> None:
    wrong = f"process {os.getpid()} is already at work here"
    with claimed(tmp_path / DESK), pytest.raises(WorkError, match=wrong):
        download(archive, tmp_path, mirrors=[mirror])
    assert not Server.ranges


def test_room_is_for_all_subsets_and_the_largest_archive_less_what_is_here(tmp_path: Path) -> None:
    small, large = Archive("dev-clean", "", 100), Archive("train-clean-100", "", 1000)
    assert bytes_needed([small, large], tmp_path) == 2310e6
    small.packed(tmp_path).write_bytes(bytes(1000))
    assert bytes_needed([small, large], tmp_path) == 2310e6 - 1000
    (tmp_path / "train-clean-100" / "1").mkdir(parents=True)
    assert bytes_needed([small, large], tmp_path) == 220e6 - 1000


def test_an_empty_folder_is_no_subset(archive: Archive, mirror: str, tmp_path: Path) -> None:
    (tmp_path / "dev-clean").mkdir()
    download(archive, tmp_path, mirrors=[mirror])
    assert load_corpus(tmp_path).utterances["subset"].unique().tolist() == ["dev-clean"]


def test_a_full_disk_is_said_at_once_and_the_good_part_kept(
    archive: Archive, mirror: str, tmp_path: Path
) -> None:
    least, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(Server.content) // 2, most))
    try:
        with pytest.raises(DownloadError, match="File too large"):
            download(archive, tmp_path, mirrors=[mirror, mirror])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (least, most))
    assert len(Server.ranges) == 1
    download(archive, tmp_path, mirrors=[mirror])
    assert Server.ranges[1] is not None
    assert (tmp_path / "dev-clean").is_dir()
