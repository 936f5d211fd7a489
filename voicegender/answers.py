"""Predictions -> what a terminal, a table or a program reads."""

import csv
import io
import json
import re
from collections.abc import Sequence
from typing import Any

Answer = dict[str, Any]
"""One recording: path, label, p_female, confidence, duration, speech_duration, segments, error."""

COLUMNS = ("path", "label", "p_female", "confidence", "duration", "speech_duration", "error")
SEGMENT_COLUMNS = ("path", "start", "end", "p_female", "error")
FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
"""How a cell begins that a spreadsheet may compute; the wide signs count as the narrow ones."""
DIGITS = 4
MOST = 0.999
"""Confidence above which a line claims no more."""


def as_json(answers: Sequence[Answer]) -> str:
    """One array; numbers to four digits."""
    return json.dumps([_rounded(answer) for answer in answers], indent=1, ensure_ascii=False)


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
    writer.writerows({key: _inert(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def as_text(answer: Answer, *, segments: bool = False) -> str:
    """A line a recording, and one a segment."""
    if answer["error"]:
        return f"{'refused':<10} {_printable(answer['error'])}"
    line = (
        f"{answer['label']:<10} {min(answer['confidence'], MOST):>5.1%}  "
        f"{answer['duration']:7.1f} s  {_printable(answer['path'])}"
    )
    if not segments:
        return line
    return "\n".join([line, *(_segment_line(segment) for segment in answer["segments"])])


def _segment_line(segment: Answer) -> str:
    span = f"{segment['start']:7.2f} - {segment['end']:7.2f} s"
    return f"    {span}  p(female) {segment['p_female']:.2f}"


def _printable(text: str) -> str:
    """Text on one line that steers no terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value


def _inert(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula, marked as text."""
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value
