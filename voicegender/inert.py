"""Text of others, such as a file's name, made harmless for terminals, programs and tables."""

import json
import re
import unicodedata
from typing import Any

FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]\s*\S|[\t\r\n]")
"""How a cell begins that a spreadsheet may compute; the wide signs count as the narrow ones."""


def printable(text: str) -> str:
    """Text on one line that steers no terminal: no escapes, no change of writing direction."""
    return "".join(map(_letter, text))


def lines(text: str) -> str:
    """The same for text of several lines."""
    return "\n".join(map(printable, text.split("\n")))


def _letter(letter: str) -> str:
    if letter.isprintable():
        return letter
    return " " if unicodedata.category(letter) == "Zs" else "?"


def as_json(document: Any) -> str:
    """JSON, indented; what steers a terminal is escaped, so programs still read it as it was."""
    text = json.dumps(document, indent=1, ensure_ascii=False)
    return "".join(one if one.isprintable() or one == "\n" else _escaped(one) for one in text)


def _escaped(letter: str) -> str:
    return json.dumps(letter)[1:-1] if not letter.isascii() else f"\\u{ord(letter):04x}"


def cell(value: Any) -> Any:
    """A table's cell that a spreadsheet takes for text, never for a formula."""
    if not isinstance(value, str):
        return value
    marked = f"'{value}" if FORMULA.match(value) else value
    return "\t".join(map(printable, marked.split("\t")))
