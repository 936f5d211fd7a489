"""A timeline written for Praat and Audacity, read back by another hand."""

import io
import itertools
import re
import zipfile

import pytest

from voicegender.annotations import (
    FORMATS,
    as_audacity,
    as_textgrid,
    labels_in_time,
    safe_names,
    timelines,
    zipped,
)
from voicegender.calibration import Calibration

BETWEEN = Calibration(lower=0.3, upper=0.7)
ANSWER = {
    "path": "talk.flac",
    "duration": 9.00053125,
    "segments": [
        {"start": 0.42, "end": 1.42, "p_female": 0.95},
        {"start": 1.42, "end": 2.42, "p_female": 0.85},
        {"start": 2.42, "end": 3.0, "p_female": 0.5},
        {"start": 5.25, "end": 9.001, "p_female": 0.02},
    ],
    "error": None,
}
REFUSED = {"path": "noise.wav", "duration": None, "segments": None, "error": "noise.wav: a tone"}
TOLD = [
    (0.0, 0.42, ""),
    (0.42, 2.42, "female"),
    (2.42, 3.0, "uncertain"),
    (3.0, 5.25, ""),
    (5.25, 9.000531, "male"),
]


def tiers_of(text: str) -> dict[str, list[tuple[float, float, str]]]:
    """Intervals by the name of their tier, as Praat's manual describes the long format."""
    head, *items = re.split(r"^ {4}item \[\d+\]:\n", text, flags=re.MULTILINE)
    assert head.startswith('File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0')
    assert f"size = {len(items)}\n" in head
    tiers = {}
    for item in items:
        name = re.search(r'name = "(.*)"', item)
        size = re.search(r"intervals: size = (\d+)", item)
        found = re.findall(
            r'intervals \[\d+\]:\s+xmin = (\S+)\s+xmax = (\S+)\s+text = "((?:[^"]|"")*)"', item
        )
        assert name
        assert size
        assert len(found) == int(size.group(1))
        tiers[name.group(1)] = [(float(a), float(b), t.replace('""', '"')) for a, b, t in found]
    return tiers


def test_the_tiers_of_a_textgrid_tile_the_recording_and_say_what_its_segments_say() -> None:
    tiers = tiers_of(as_textgrid(ANSWER, BETWEEN))
    assert tiers["heard as"] == TOLD
    for intervals in tiers.values():
        assert intervals[0][0] == 0.0
        assert intervals[-1][1] == pytest.approx(ANSWER["duration"], abs=1e-6)
        assert all(a[1] == b[0] for a, b in itertools.pairwise(intervals))
    spoken = [text for _, _, text in tiers["p(female)"] if text]
    assert spoken == ["0.95", "0.85", "0.50", "0.02"]


def test_audacity_gets_a_line_a_stretch_of_speech() -> None:
    rows = [line.split("\t") for line in as_audacity(ANSWER, BETWEEN).splitlines()]
    assert [(float(a), float(b), label) for a, b, label in rows] == [t for t in TOLD if t[2]]
    assert all(re.fullmatch(r"\d+\.\d{6}", time) for row in rows for time in row[:2])


def test_a_recording_without_a_pause_is_one_interval() -> None:
    answer = ANSWER | {"duration": 2.0, "segments": [{"start": 0.0, "end": 2.0, "p_female": 0.9}]}
    assert [(i.start, i.end, i.text) for i in labels_in_time(answer, BETWEEN)] == [
        (0.0, 2.0, "female")
    ]


@pytest.mark.parametrize("kind", FORMATS)
def test_what_was_refused_has_no_timeline_and_the_others_keep_their_order(kind: str) -> None:
    other = ANSWER | {"path": "sub/TALK.wav"}
    written = timelines([ANSWER, REFUSED, other], FORMATS[kind], BETWEEN)
    suffix = FORMATS[kind].suffix
    assert list(written) == [f"talk{suffix}", f"TALK-2{suffix}"]
    with zipfile.ZipFile(io.BytesIO(zipped(written))) as archive:
        assert archive.read(f"talk{suffix}").decode() == written[f"talk{suffix}"]
        assert archive.namelist() == list(written)


def test_names_are_safe_whatever_the_recording_is_called() -> None:
    hostile = [
        "../../etc/passwd",
        "C:\\voices\\a.wav",
        "con.wav",
        "..",
        "a\n\t\x00b.wav",
        "é" * 300,
    ]
    names = safe_names([*hostile, "A.mp3"], ".txt")
    assert names[:5] == ["passwd.txt", "a.txt", "_con.txt", "recording.txt", "a___b.txt"]
    assert names[6] == "A-2.txt"
    assert len(names[5].encode()) <= 255
