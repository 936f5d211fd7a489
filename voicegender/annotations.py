"""A timeline as other programs read it: Praat's TextGrid, Audacity's labels.

References
----------
.. [1] Praat manual, "TextGrid file formats", https://www.fon.hum.uva.nl/praat/manual
.. [2] Audacity manual, "Importing and Exporting Labels", https://manual.audacityteam.org
"""

import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voicegender.calibration import Calibration

Answer = Mapping[str, Any]
"""One recording that was answered, as ``predict --json`` shows it."""
LONGEST_NAME = 200
"""Bytes; systems take 255, with the ending and a number."""
SLIVER = 5e-4
"""Seconds too short for an interval: times are written in milliseconds and less."""
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)
"""Names that Windows keeps for devices."""


@dataclass(frozen=True)
class Interval:
    """A stretch of a recording, start and end in seconds, and what is written there."""

    start: float
    end: float
    text: str


def labels_in_time(answer: Answer, calibration: Calibration) -> list[Interval]:
    """What is heard from 0 to the end without gaps; empty text where there is no speech."""
    tiled = _tiled(answer, calibration.label)
    merged: list[Interval] = []
    for one in tiled:
        if merged and merged[-1].text == one.text:
            merged[-1] = Interval(merged[-1].start, one.end, one.text)
        else:
            merged.append(one)
    return merged


def as_textgrid(answer: Answer, calibration: Calibration) -> str:
    """Two interval tiers: what is heard, and the probability of female of each segment [1]_."""
    tiers = {
        "heard as": labels_in_time(answer, calibration),
        "p(female)": _tiled(answer, lambda p_female: f"{p_female:.2f}"),
    }
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', ""]
    lines += [
        *_span(0.0, answer["duration"]),
        "tiers? <exists>",
        f"size = {len(tiers)}",
        "item []:",
    ]
    for number, (name, intervals) in enumerate(tiers.items(), start=1):
        lines += [f"    item [{number}]:", *_tier(name, intervals)]
    return "\n".join(lines) + "\n"


def as_audacity(answer: Answer, calibration: Calibration) -> str:
    """A line for each stretch of speech: start, end, label, with tabs between [2]_."""
    spoken = [one for one in labels_in_time(answer, calibration) if one.text]
    return "".join(f"{one.start:.6f}\t{one.end:.6f}\t{_plain(one.text)}\n" for one in spoken)


@dataclass(frozen=True)
class Format:
    """How a timeline is written: the program's word for it, a file's ending, the writer."""

    name: str
    suffix: str
    write: Callable[[Answer, Calibration], str]


FORMATS = {
    "textgrid": Format("Praat TextGrid", ".TextGrid", as_textgrid),
    "audacity": Format("Audacity labels", ".txt", as_audacity),
}


def timelines(answers: Iterable[Answer], kind: Format, calibration: Calibration) -> dict[str, str]:
    """A file's safe name and its text for each recording that was not refused."""
    given = [answer for answer in answers if not answer["error"]]
    names = safe_names([answer["path"] for answer in given], kind.suffix)
    texts = (kind.write(answer, calibration) for answer in given)
    return dict(zip(names, texts, strict=True))


def safe_names(paths: Sequence[str], suffix: str) -> list[str]:
    """Names that any system takes as a file in one folder, no two alike even in small letters."""
    taken: set[str] = set()
    names = []
    for path in paths:
        stem = name = _stem(path)
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.casefold())
        names.append(name + suffix)
    return names


def zipped(files: Mapping[str, str]) -> bytes:
    """Texts by name as one ZIP file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text.encode())
    return buffer.getvalue()


def _tiled(answer: Answer, text: Callable[[float], str]) -> list[Interval]:
    """Segments with what lies between them; times in whole milliseconds but for the end."""
    duration = float(answer["duration"])
    tiled, at = [], 0.0
    for segment in answer["segments"]:
        start, end = max(at, segment["start"]), min(segment["end"], duration)
        if end <= start:
            continue
        if start > at:
            tiled.append(Interval(at, start, ""))
        tiled.append(Interval(start, end, text(segment["p_female"])))
        at = end
    if duration - at > SLIVER:
        return [*tiled, Interval(at, duration, "")]
    return [*tiled[:-1], Interval(tiled[-1].start, duration, tiled[-1].text)] if tiled else tiled


def _tier(name: str, intervals: Sequence[Interval]) -> list[str]:
    inner = " " * 8
    lines = ['class = "IntervalTier"', f"name = {_quoted(name)}"]
    lines += [*_span(intervals[0].start, intervals[-1].end), f"intervals: size = {len(intervals)}"]
    for number, one in enumerate(intervals, start=1):
        lines.append(f"intervals [{number}]:")
        inside = [*_span(one.start, one.end), f"text = {_quoted(one.text)}"]
        lines += [f"    {line}" for line in inside]
    return [inner + line for line in lines]


def _span(start: float, end: float) -> list[str]:
    return [f"xmin = {start:.6f}", f"xmax = {end:.6f}"]


def _quoted(text: str) -> str:
    """Text in quotes, those within it doubled."""
    return '"' + _plain(text).replace('"', '""') + '"'


def _plain(text: str) -> str:
    """Text on one line, without tabs."""
    return " ".join(text.split())


def _stem(path: str) -> str:
    """The last part of a path without its ending, of letters, digits and ``-_.`` alone."""
    last = unicodedata.normalize("NFC", re.split(r"[/\\]", path)[-1])
    stem = last.rpartition(".")[0] or last
    short = re.sub(r"[^\w.-]", "_", stem).encode()[:LONGEST_NAME].decode(errors="ignore")
    safe = short.strip(".") or "recording"
    return f"_{safe}" if RESERVED.match(safe) else safe
