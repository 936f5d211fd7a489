"""Predictions -> what a terminal, a table or a program reads."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from voicegender import inert
from voicegender.inert import printable

Answer = dict[str, Any]
"""One recording: path, label, p_female, confidence, duration, speech_duration, segments, error."""

COLUMNS = ("path", "label", "p_female", "confidence", "duration", "speech_duration", "error")
SEGMENT_COLUMNS = ("path", "start", "end", "p_female", "error")
DIGITS = 4
MOST = 0.999
"""Confidence above which a line claims no more."""


def as_json(answers: Sequence[Answer]) -> str:
    """One array; numbers to four digits."""
    return inert.as_json([_rounded(answer) for answer in answers])


def as_csv(answers: Sequence[Answer], *, segments: bool = False) -> str:
    """A row a recording, or a row a segment."""
    rows = [_rounded(answer) for answer in answers]
    columns: tuple[str, ...] = COLUMNS
    if segments:
        columns = SEGMENT_COLUMNS
        rows = [
            {"path": row["path"], "error": row["error"], **segment}
            for row in rows
            for segment in row["segments"] or [{}]
        ]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: inert.cell(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def as_text(answer: Answer, *, segments: bool = False) -> str:
    """A line a recording, and one a segment."""
    if answer["error"]:
        return f"{'refused':<10} {printable(answer['error'])}"
    line = (
        f"{answer['label']:<10} {min(answer['confidence'], MOST):>5.1%}  "
        f"{answer['duration']:7.1f} s  {printable(answer['path'])}"
    )
    if not segments:
        return line
    return "\n".join([line, *(_segment_line(segment) for segment in answer["segments"])])


def _segment_line(segment: Answer) -> str:
    span = f"{segment['start']:7.2f} - {segment['end']:7.2f} s"
    return f"    {span}  p(female) {segment['p_female']:.2f}"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value
