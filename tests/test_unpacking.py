"""Archives that are whole, broken, and made to do harm: a folder inside, or nothing at all."""

import gzip
import io
import random
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from voicegender.errors import DownloadError
from voicegender.unpacking import unpack

HERE = "LibriSpeech/dev-clean"
END = bytes(2 * tarfile.BLOCKSIZE)
Entry = tuple[tarfile.TarInfo, bytes]


def entry(name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, to: str = "") -> Entry:
    member = tarfile.TarInfo(name)
    member.size, member.type, member.linkname = len(content), kind, to
    return member, content


def noted(name: str, content: bytes = b"", **notes: str) -> Entry:
    """An entry with notes in the newer format, which may say anything."""
    member, content = entry(name, content)
    member.pax_headers = notes
    return member, content


GOOD = entry("LibriSpeech/SPEAKERS.TXT", b";"), entry(f"{HERE}/1/2/1-2-0000.flac", b"a" * 900)


def tar(*entries: Entry) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member, content in entries:
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def header(kind: bytes, size: int) -> bytes:
    """A header that claims any size; negative ones too, as the format allows."""
    member, _ = entry(f"{HERE}/claim", kind=kind)
    block = bytearray(member.tobuf(tarfile.GNU_FORMAT))
    block[124:136] = (b"\x80" if size >= 0 else b"\xff") + (size % (1 << 88)).to_bytes(11, "big")
    return signed(block)


def signed(block: bytes | bytearray) -> bytes:
    """A header with the checksum that belongs to it."""
    sum_of = sum(block[:148]) + sum(block[156:512]) + 8 * ord(" ")
    return bytes(block[:148]) + b"%06o\0 " % sum_of + bytes(block[156:])


def after_good(*blocks: bytes) -> bytes:
    return tar(*GOOD)[: 4 * 512 + 512] + b"".join(blocks) + END


def sparse(size: int) -> Entry:
    notes = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": f"{HERE}/hole"}
    return noted(
        "hole", b"1\n0\n0\n".ljust(512, b"\0"), **notes, **{"GNU.sparse.realsize": str(size)}
    )


LINK, HARD, PIPE, DEVICE = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.BLKTYPE
NAME, NOTE = tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE
POISON: dict[str, Callable[[], bytes]] = {
    "parent": lambda: tar(*GOOD, entry(f"{HERE}/../../../outside", b"x")),
    "absolute": lambda: tar(*GOOD, entry("/tmp/outside", b"x")),  # noqa: S108  # the attack
    "absolute by note": lambda: tar(*GOOD, noted("a", b"x", path="/tmp/outside")),  # noqa: S108  # as above
    "link": lambda: tar(*GOOD, entry(f"{HERE}/link", kind=LINK, to="/etc")),
    "link inside": lambda: tar(*GOOD, entry(f"{HERE}/link", kind=LINK, to="1")),
    "hard link": lambda: tar(
        *GOOD, entry(f"{HERE}/link", kind=HARD, to=f"{HERE}/1/2/1-2-0000.flac")
    ),
    "pipe": lambda: tar(*GOOD, entry(f"{HERE}/pipe", kind=PIPE)),
    "device": lambda: tar(*GOOD, entry(f"{HERE}/device", kind=DEVICE)),
    "huge hole": lambda: tar(sparse(1 << 50), *GOOD),
    "small hole": lambda: tar(sparse(1 << 10), *GOOD),
    "bomb": lambda: tar(*GOOD, entry(f"{HERE}/zeros", bytes(9 << 20))),
    "bomb after the end": lambda: tar(*GOOD) + bytes(9 << 20),
    "many names": lambda: tar(*GOOD, *[entry(f"{HERE}/{i}") for i in range(4000)]),
    "claims exabytes": lambda: after_good(header(tarfile.REGTYPE, 1 << 62)),
    "claims less than nothing": lambda: after_good(header(tarfile.REGTYPE, -512)),
    "claims less than all": lambda: after_good(header(tarfile.REGTYPE, -(1 << 40))),
    "note of gigabytes": lambda: after_good(header(NOTE, 1 << 33)),
    "note of less than nothing": lambda: after_good(header(NOTE, -512)),
    "name of megabytes": lambda: after_good(header(NAME, 5 << 20), b"a" * (5 << 20)),
    "names of names": lambda: after_good((header(NAME, 3) + b"abc".ljust(512, b"\0")) * 3000),
    "name too long": lambda: tar(*GOOD, entry(f"{HERE}/{'a' * 300}")),
    "name too deep": lambda: tar(*GOOD, entry(f"{HERE}/{'a/' * 3000}b")),
    "name with a zero": lambda: tar(*GOOD, noted("a", path=f"{HERE}/a\0b")),
    "no name": lambda: tar(*GOOD, entry("")),
    "no time": lambda: tar(*GOOD, noted(f"{HERE}/a", mtime="nan")),
    "end of time": lambda: tar(*GOOD, noted(f"{HERE}/a", mtime="1e300")),
    "folder below a file": lambda: tar(*GOOD, entry(f"{HERE}/1/2/1-2-0000.flac/x")),
    "file for a folder": lambda: tar(*GOOD, entry(f"{HERE}/1")),
    "file for the subset": lambda: tar(GOOD[0], entry(HERE, b"x")),
    "folder for the speakers": lambda: tar(entry(GOOD[0][0].name, kind=tarfile.DIRTYPE), GOOD[1]),
    "no speakers": lambda: tar(GOOD[1]),
    "no subset": lambda: tar(GOOD[0]),
    "another subset": lambda: tar(GOOD[0], entry("LibriSpeech/dev-other/1/2/1-2-0.flac")),
    "cut off": lambda: tar(*GOOD)[:1900],
    "no archive": lambda: b"no archive at all",
    "nothing": lambda: b"",
}
BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda packed: packed[: len(packed) // 2],
    "checksum": lambda packed: packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:],
    "length": lambda packed: packed[:-1] + bytes([packed[-1] ^ 1]),
    "something behind": lambda packed: packed + b"something",
    "packed twice": gzip.compress,
    "nothing": lambda _: b"",
    "no archive": lambda _: b"no archive at all",
}


def unpacked(packed: bytes, to: Path) -> None:
    (to / "archive").write_bytes(packed)
    unpack(to / "archive", "dev-clean", to, lambda _done, _total: None)


def refused(packed: bytes, to: Path) -> None:
    """Refuse in a line, and leave everything as it was."""
    to.mkdir()
    (to / "SPEAKERS.TXT").write_text("mine")
    with pytest.raises(DownloadError, match=r"archive: (holds|cannot be unpacked)") as error:
        unpacked(packed, to)
    assert "\n" not in str(error.value)
    assert {path.name for path in to.iterdir()} == {"SPEAKERS.TXT", "archive"}
    assert (to / "SPEAKERS.TXT").read_text() == "mine"
    assert list(to.parent.iterdir()) == [to]


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_an_archive_that_no_corpus_is_in_changes_nothing(
    poison: Callable[[], bytes], tmp_path: Path
) -> None:
    refused(gzip.compress(poison(), 1), tmp_path / "to")


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_what_is_packed_badly_changes_nothing(
    broken: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    refused(broken(gzip.compress(tar(*GOOD))), tmp_path / "to")


def test_odd_names_and_rights_stay_inside_and_do_no_harm(tmp_path: Path) -> None:
    member, content = entry(f"{HERE}/rights", b"x")
    member.mode = 0o6777
    twice = entry(f"{HERE}/1/2/1-2-0000.flac", b"later")
    odd = [f"{HERE}/a\nb", f"{HERE}/\x1b[31m", f"{HERE}/A", f"{HERE}/a", f"{HERE}/\u202egnp"]
    unpacked(gzip.compress(tar(*GOOD, twice, (member, content), *map(entry, odd))), tmp_path)
    folder = tmp_path / "dev-clean"
    assert {path.name for path in tmp_path.iterdir()} == {"archive", "SPEAKERS.TXT", "dev-clean"}
    assert (folder / "1/2/1-2-0000.flac").read_bytes() == b"later"
    assert (folder / "rights").stat().st_mode & 0o7022 == 0
    assert len(list(folder.iterdir())) == 7


def mutated(whole: bytes, rng: random.Random) -> bytes:
    """An archive with some bytes changed, cut out or put in; headers signed again, mostly."""
    wrong = bytearray(whole)
    for _ in range(rng.choice((1, 1, 2, 5))):
        at, n = rng.randrange(len(wrong)), rng.choice((1, 512))
        match rng.randrange(4):
            case 0:
                del wrong[at : at + n]
            case 1:
                wrong[at:at] = rng.randbytes(n)
            case _:
                wrong[at] = rng.choice(b"\0\xff\x80/.xLKSg7" + rng.randbytes(1))
    if rng.random() < 0.8:  # else most end at the first wrong header
        for at in range(0, len(wrong) - 511, 512):
            if wrong[at + 257 : at + 262] == b"ustar":
                wrong[at : at + 512] = signed(wrong[at : at + 512])
    return bytes(wrong)


def test_archives_changed_at_random_are_unpacked_inside_or_refused(tmp_path: Path) -> None:
    rng = random.Random(0)  # noqa: S311  # no secret
    long_names = (
        noted("a", b"b", path=f"{HERE}/{'q' * 150}", mtime="1.5"),
        entry(f"{HERE}/{'w' * 150}"),
    )
    wholes = [tar(*GOOD), tar(*GOOD, *long_names)]
    for i in range(150):
        to = tmp_path / str(i)
        to.mkdir()
        try:
            unpacked(gzip.compress(mutated(rng.choice(wholes), rng), 1), to)
        except DownloadError:
            assert [path.name for path in to.iterdir()] == ["archive"]
        else:
            others = {path.name for path in to.iterdir() if path.suffix != ".TXT"}
            assert others == {"archive", "dev-clean"}
    assert len(list(tmp_path.iterdir())) == 150
