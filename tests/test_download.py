"""openslr archives from a real HTTP server on 127.0.0.1 that behaves well, and badly."""

import hashlib
import io
import os
import random
import resource
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mirror import HEADS, Server, packed, serving_archive
from voicegender import download as module
from voicegender import web
from voicegender.config import read_json
from voicegender.corpus import load_corpus
from voicegender.download import DESK, download
from voicegender.errors import DownloadError, WorkError
from voicegender.openslr import ARCHIVES, Archive, bytes_needed
from voicegender.process import claimed
from voicegender.transfer import BLOCK
from voicegender.unpacking import place_of


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


def test_leftovers_of_a_kill_after_the_last_step_go(
    archive: Archive, mirror: str, tmp_path: Path
) -> None:
    (tmp_path / "dev-clean" / "1").mkdir(parents=True)
    archive.packed(tmp_path).write_bytes(b"x")
    place_of("dev-clean", tmp_path).mkdir()
    download(archive, tmp_path, mirrors=[mirror])
    assert {path.name for path in tmp_path.iterdir()} == {DESK, "dev-clean"}
    assert not Server.ranges


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


def test_a_poisoned_archive_changes_nothing_outside(mirror: str, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.addfile(tarfile.TarInfo("LibriSpeech/dev-clean/1.flac"))
        tar.addfile(tarfile.TarInfo("LibriSpeech/dev-clean/../../../outside.txt"))
    Server.content = buffer.getvalue()
    archive = Archive("dev-clean", hashlib.md5(Server.content).hexdigest(), 0)  # noqa: S324  # openslr's checksum
    to = tmp_path / "inner" / "LibriSpeech"
    with pytest.raises(DownloadError, match=r"holds 'LibriSpeech/dev-clean/[./]+outside.txt'"):
        download(archive, to, mirrors=[mirror])
    assert [path.name for path in tmp_path.iterdir()] == ["inner"]
    assert {path.name for path in to.iterdir()} == {DESK, "dev-clean.tar.gz.partial"}


def test_too_little_room_is_said_before_anything_is_fetched(mirror: str, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"GB are needed for dev-clean, .* free"):
        download(Archive("dev-clean", "", 10**9), tmp_path, mirrors=[mirror])
    assert not Server.ranges


def half_of_it(archive: Archive, to: Path) -> bytes:
    """As an earlier command left it."""
    half = Server.content[: len(Server.content) // 2 + 1]
    archive.packed(to).write_bytes(half)
    return half


SOON_WELL = ["breaks off", "ignores ranges", "no length", "too long a length", "chunked"]
SOON_WELL += ["too short a length", "stalls"]
FOR_GOOD = ["404", "a page", "a page without end", "a short file", "to a file", "in a circle"]
FOR_NOW = [*(HEADS.keys() - FOR_GOOD), "503", "429", "another part", "a slow head", "trickles"]


@pytest.fixture
def mood(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How the server is; for a slow one one does not wait half a minute."""
    mood: str = request.param
    if mood in ("stalls", "trickles", "a slow head"):
        monkeypatch.setattr(web, "TIMEOUT_SECONDS", 0.5)
    return mood


@pytest.mark.parametrize("mood", [*SOON_WELL, *sorted(FOR_NOW)], indirect=True)
def test_a_server_that_is_well_again_is_asked_for_the_rest(
    archive: Archive, mirror: str, tmp_path: Path, mood: str
) -> None:
    half = half_of_it(archive, tmp_path)
    Server.mood, Server.n_bad = mood, 1
    download(archive, tmp_path, mirrors=[mirror])
    assert (tmp_path / "dev-clean").is_dir()
    assert None not in Server.ranges
    assert mood == "ignores ranges" or Server.n_sent < 2 * len(half)


@pytest.mark.parametrize("mood", [*sorted(FOR_NOW), *FOR_GOOD], indirect=True)
def test_the_good_part_outlives_a_mirror_that_fails(
    archive: Archive, mirror: str, tmp_path: Path, mood: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TRIES", 2)
    half = half_of_it(archive, tmp_path)
    Server.mood, Server.n_bad = mood, 1 if mood in FOR_GOOD else 2
    if mood == "in a circle":
        Server.n_bad = 99
    with pytest.raises(DownloadError, match=r"^dev-clean: http.*; the same command goes on later$"):
        download(archive, tmp_path, mirrors=[mirror])
    assert archive.packed(tmp_path).read_bytes().startswith(half)
    assert Server.content.startswith(archive.packed(tmp_path).read_bytes())
    n_here = archive.n_fetched(tmp_path)
    Server.mood = "good"
    Server.ranges.clear()
    monkeypatch.setattr(web, "TIMEOUT_SECONDS", 30.0)
    download(archive, tmp_path, mirrors=["http://127.0.0.1:9", mirror])
    assert Server.ranges == [f"bytes={n_here}-"]


@pytest.mark.parametrize("mood", ["a page", "a page without end", "a short file"])
def test_what_is_no_archive_is_not_begun_with(
    archive: Archive, mirror: str, tmp_path: Path, mood: str
) -> None:
    Server.mood, Server.n_bad = mood, 1
    download(archive, tmp_path, mirrors=[mirror, mirror])
    assert Server.ranges == [None, None]


@pytest.mark.parametrize("mood", ["another file", "packed twice", "no end"])
def test_a_whole_that_is_wrong_is_thrown_away_before_it_fills_the_disk(
    archive: Archive, mirror: str, tmp_path: Path, mood: str
) -> None:
    sizes = [0]
    Server.mood, Server.n_bad = mood, 2
    with pytest.raises(DownloadError, match="sent an archive with a wrong checksum"):
        download(
            archive, tmp_path, mirrors=[mirror], progress=lambda done, _total: sizes.append(done)
        )
    assert max(sizes) < archive.possible.stop + BLOCK
    assert not [path for path in tmp_path.iterdir() if not path.name.startswith(".")]
    Server.ranges.clear()
    download(archive, tmp_path, mirrors=[mirror, mirror])
    assert (tmp_path / "dev-clean").is_dir()


def test_a_file_that_changes_between_two_answers_is_fetched_anew(
    archive: Archive, mirror: str, tmp_path: Path
) -> None:
    Server.mood, Server.n_bad, Server.cuts = "another file", 1, [100_000]
    download(archive, tmp_path, mirrors=[mirror])
    assert Server.ranges == [None, "bytes=100000-", f"bytes={len(Server.content)}-", None]


def test_a_transfer_that_breaks_off_wherever_it_likes_ends_whole(
    archive: Archive, mirror: str, tmp_path: Path
) -> None:
    rng = random.Random(1)  # noqa: S311  # no secret
    Server.cuts = [rng.choice((1, 2000, 40_000)) + rng.randrange(20_000) for _ in range(50)]
    download(archive, tmp_path, mirrors=[mirror])
    assert (tmp_path / "dev-clean").is_dir()
    assert len(Server.ranges) > 20
    assert Server.n_sent == len(Server.content)


def test_a_flipped_bit_in_what_is_here_is_found(
    archive: Archive, mirror: str, tmp_path: Path
) -> None:
    half = bytearray(half_of_it(archive, tmp_path))
    half[4321] ^= 4
    archive.packed(tmp_path).write_bytes(half)
    download(archive, tmp_path, mirrors=[mirror])
    assert Server.ranges == [f"bytes={len(half)}-", f"bytes={len(Server.content)}-", None]
    assert (tmp_path / "dev-clean").is_dir()


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
