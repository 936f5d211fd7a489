"""Broken files are answered or refused in one line: what fuzzing found, and a short run of it."""

import io
import re
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from codings import Coding
from mutations import mutated, sums_mended
from needs import CHECKOUT
from voicegender.audio import SAMPLE_RATE, Samples, _Held, load_audio, read_excerpt
from voicegender.containers import channels_of
from voicegender.errors import AudioError
from voicegender.header import header_seconds

EXAMPLES = CHECKOUT / "voicegender" / "example_voices"
PACKET = 188
"""Bytes of a packet of an MPEG transport stream."""
FILES = 240
"""In the short run; the first of them are whole."""
READ = """
import sys
from voicegender.audio import read_excerpt
from voicegender.errors import AudioError
from pathlib import Path
try:
    read_excerpt(Path(sys.argv[1]), 0.2, 0.5)
except AudioError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def voice() -> Samples:
    """A second of a man's voice."""
    path = next(EXAMPLES.glob("man-*.flac"))
    return load_audio(path)[SAMPLE_RATE // 2 :][:SAMPLE_RATE]


def without_peak(y: Samples) -> bytes:
    """The name of a chunk is wrong: libsndfile looks for the next before the file begins."""
    return Coding("AIFF", "FLOAT")(y).replace(b"PEAK", b"PE\0\0")


def skipping_far(y: Samples) -> bytes:
    """A chunk longer than any file can be, which FFmpeg skips."""
    data = Coding("CAF", "ALAW")(y)
    at = data.index(b"data")
    return data[:at] + b"skip" + struct.pack(">q", 2**62) + data[at:]


def title_that_is_no_text(y: Samples) -> bytes:
    """Tags in bytes that are no UTF-8."""
    return Coding("ipod", "aac")(y).replace(b"Lavf", b"\xff\xfevf")


def hole_in_mp3(y: Samples) -> bytes:
    """Zeros where frames were, of which libmpg123 tells on the terminal."""
    data = Coding("MP3", "MPEG_LAYER_III")(y)
    return data[:2000] + bytes(600) + data[2600:]


def end_of_mp3_missing(y: Samples) -> bytes:
    """Shorter than its header says, of which libmpg123 warns on the terminal."""
    return Coding("MP3", "MPEG_LAYER_III")(y)[:1672]


def channels_without_end(y: Samples) -> bytes:
    """Both endless, one upwards and one downwards: NumPy warns of their mean."""
    both = np.column_stack([y, y])
    both[100] = np.inf, -np.inf
    file = io.BytesIO()
    soundfile.write(file, both, SAMPLE_RATE, format="WAV", subtype="FLOAT")
    return file.getvalue()


def stream_that_begins_midway(y: Samples) -> bytes:
    """One packet of sound is said to be of a stream that was not there at the start."""
    data = bytearray(Coding("mpegts", "mp2", 48_000)(y))
    packets = range(0, len(data), PACKET)
    sound = [at for at in packets if data[at + 1 : at + 3] == b"\x41\x00"]
    data[sound[len(sound) // 2] + 1] ^= 8
    return bytes(data)


@pytest.mark.parametrize(
    "broken",
    [
        *(without_peak, skipping_far, title_that_is_no_text, stream_that_begins_midway),
        *(channels_without_end, hole_in_mp3, end_of_mp3_missing),
    ],
)
def test_what_was_found_is_read_or_refused_and_nothing_is_printed(
    broken: Callable[[Samples], bytes],
    voice: Samples,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "voice"
    path.write_bytes(broken(voice))
    for source in (path, path.read_bytes()):
        header_seconds(source)
        for read in (load_audio, lambda broken: read_excerpt(broken, 0.2, 0.5)):
            with suppress(AudioError):
                assert np.isfinite(read(source)).all()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("harmless", [title_that_is_no_text, stream_that_begins_midway])
def test_what_is_beside_the_sound_does_not_keep_a_voice_from_being_heard(
    harmless: Callable[[Samples], bytes], voice: Samples
) -> None:
    assert len(load_audio(harmless(voice))) == pytest.approx(len(voice), rel=0.15)


def test_an_excerpt_of_a_damaged_ogg_does_not_end_the_process(
    voice: Samples, tmp_path: Path
) -> None:
    data = bytearray(Coding("OGG", "VORBIS")(voice))
    data[405:407] = b"\x22\xc8"  # in the codebooks, with which libvorbis seeks out of bounds
    path = tmp_path / "voice.ogg"
    path.write_bytes(sums_mended(bytes(data)))
    words = [sys.executable, "-c", READ, str(path)]
    ran = subprocess.run(words, check=True, capture_output=True, text=True, cwd=CHECKOUT)
    assert len(ran.stdout.splitlines()) <= 1
    assert not ran.stderr


@pytest.mark.parametrize("layout", ["mono", "5.1", "7.1", "hexadecagonal", "22.2"])
def test_of_many_channels_no_more_are_read_than_there_are(layout: str) -> None:
    n_channels = av.AudioLayout(layout).nb_channels
    y = np.arange(n_channels * 1024, dtype=np.float32).reshape(n_channels, 1024)
    frame = av.AudioFrame("fltp", layout, y.shape[1])
    for plane, channel in zip(frame.planes, y, strict=False):  # it counts some that are none
        plane.update(channel.tobytes())
    np.testing.assert_array_equal(channels_of(frame), y)


def test_pieces_of_a_file_of_tiny_frames_are_counted_once_each() -> None:
    n_counted = 0

    class Piece(np.ndarray[tuple[int], np.dtype[np.float32]]):
        def __len__(self) -> int:
            nonlocal n_counted
            n_counted += 1
            return self.shape[0]

    held = _Held()
    for i in range(1000):
        held.add(np.full(3, i, np.float32).view(Piece))
        assert held.n_samples == 3 * (i + 1)
    assert n_counted == 1000
    np.testing.assert_array_equal(held.joined(), np.repeat(np.arange(1000), 3))
    assert held.n_samples == 0


@pytest.mark.parametrize(
    "coding",
    [Coding("OGG", "VORBIS"), Coding("OGG", "OPUS", 48_000), Coding("FLAC", "PCM_16")],
    ids=str,
)
def test_checksums_made_anew_are_those_that_a_good_file_has(coding: Coding, voice: Samples) -> None:
    data = coding(voice)
    assert sums_mended(data) == data
    at = data.rindex(b"OggS") if coding.kind == "OGG" else len(data)
    wrong = data[: at - 2] + bytes(2) + data[at:]
    assert (sums_mended(wrong)[at - 2 : at] == bytes(2)) == (coding.kind == "OGG")


def test_the_same_chance_breaks_a_file_the_same_way(voice: Samples) -> None:
    good = [Coding("WAV", "PCM_16")(voice), Coding("FLAC", "PCM_16")(voice)]
    twice = [
        [mutated(good, index % 2, np.random.default_rng([7, index])) for index in range(20)]
        for _ in range(2)
    ]
    assert twice[0] == twice[1]
    assert len({*twice[0], *good}) > 20


def test_broken_files_are_answered_or_refused_and_nothing_else(tmp_path: Path) -> None:
    words = [sys.executable, "benchmarks/fuzz.py", str(EXAMPLES), "--files", str(FILES)]
    words += ["--kept", str(tmp_path / "found")]
    ran = subprocess.run(words, check=False, capture_output=True, text=True, cwd=CHECKOUT)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    total = re.search(r"^all +(\d+) +(\d+) +(\d+) +(\d+)$", ran.stdout, re.MULTILINE)
    assert total
    files, answered, refused, found = map(int, total.groups())
    assert (files, found) == (FILES, 0)
    assert answered > 0 < refused
    assert answered + refused == FILES
