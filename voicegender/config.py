"""Settings: frozen dataclass <-> JSON <-> digest.

A setting is a frozen dataclass with a class attribute ``kind``, the name under which
JSON, folders and the command line know it.
"""

import dataclasses
import hashlib
import json
import os
import re
import stat
import sys
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from voicegender.addresses import asked, is_remote, written
from voicegender.errors import SettingError

DIGEST_LENGTH = 16

LATER = {"later": True}
"""Metadata of a field that a class got after folders had been written with it."""

FOLDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")

LARGEST = 32_000_000
"""Bytes of a JSON file; the longest list of errors of a whole corpus takes a tenth."""
SEAL = "seal"
"""Where a JSON object carries the digest of all else that is in it."""

T = TypeVar("T")


def to_json(setting: Any) -> dict[str, Any]:
    """Fields of a settings dataclass, nested ones too, each with its ``kind``.

    A field made with ``metadata=LATER`` is left out at its default: what was asked before there
    was such a field reads, and is compared, as if it were asked today.
    """
    document = {"kind": setting.kind} if hasattr(setting, "kind") else {}
    for field in dataclasses.fields(setting):
        value = getattr(setting, field.name)
        if field.metadata == LATER and value == field.default:
            continue
        document[field.name] = to_json(value) if dataclasses.is_dataclass(value) else value
    return document


def from_json(document: Mapping[str, Any], kinds: Iterable[type[T]], *, place: object) -> T:
    """The setting a JSON object describes, one of several kinds.

    Raises
    ------
    SettingError
        Unknown kind or field, or a value of the wrong type; ``place`` is named.
    """
    named = {getattr(cls, "kind", ""): cls for cls in kinds}
    kind = document.get("kind") if isinstance(document, Mapping) else document
    cls = named.get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise SettingError(place, f"unknown kind {kind!r}", f"one of {[*named]}")
    return replace(cls(), {k: v for k, v in document.items() if k != "kind"}, place=place)


def replace(setting: T, changes: Mapping[str, Any], *, place: object) -> T:
    """A copy with fields changed; text is read as JSON where the field is no text.

    Raises
    ------
    SettingError
        A field that does not exist or a value that does not fit it.
    """
    hints = typing.get_type_hints(type(setting))
    names = [field.name for field in dataclasses.fields(setting)]  # type: ignore[arg-type]  # T is a dataclass by contract
    values = {}
    for name, value in changes.items():
        if name not in names:
            raise SettingError(place, f"no setting named {name!r}", f"one of {', '.join(names)}")
        values[name] = _fitted(value, hints[name], getattr(setting, name), f"{place} {name}")
    return dataclasses.replace(setting, **values)  # type: ignore[type-var]  # as above


def _fitted(value: Any, hint: Any, current: Any, place: str) -> Any:
    """``value`` as the type ``hint`` asks for, or a SettingError."""
    if dataclasses.is_dataclass(current) and isinstance(value, Mapping):
        return replace(current, {k: v for k, v in value.items() if k != "kind"}, place=place)
    if isinstance(hint, types.UnionType):
        allowed = typing.get_args(hint)
    else:
        allowed = (typing.get_origin(hint) or hint,)
    if isinstance(value, str) and str not in allowed:
        value = _parsed(value, place)
    if value is None and type(None) in allowed:
        return None
    if tuple in allowed and isinstance(value, list | tuple):
        element = typing.get_args(hint)[0]
        return tuple(_fitted(item, element, None, place) for item in value)
    if float in allowed and isinstance(value, int) and not isinstance(value, bool):
        if abs(value) > sys.float_info.max:
            raise SettingError(place, "is too large a number", "give one below 1e308")
        return float(value)
    if type(value) not in allowed:
        wanted = " or ".join(getattr(t, "__name__", str(t)) for t in allowed)
        raise SettingError(place, f"{value!r} does not fit", f"give a value of type {wanted}")
    return value


def _parsed(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # ValueError: also a number of thousands of digits
        raise SettingError(place, f"{text!r} is no number, list, true, false or null") from None


def check_least(place: str, least: float, **values: float) -> None:
    """Refuse settings below what makes sense.

    Raises
    ------
    SettingError
        A value is below ``least``, or no number.
    """
    for name, value in values.items():
        if not value >= least:
            raise SettingError(f"{place} {name}", f"{value} will not do", f"{least:g} or more")


def folder_name(name: str, what: str) -> str:
    """The name itself, where it serves as a folder's.

    Raises
    ------
    SettingError
        It could lead elsewhere, or trip a file system.
    """
    if not FOLDER_NAME.fullmatch(name):
        wrong = "begin with a letter or digit; then also dot, dash, underscore (80 at most)"
        raise SettingError(f"{what} {name!r}", wrong)
    return name


def canonical(value: Any) -> Any:
    """``value`` with numbers made canonical: 50 and 50.0 are the same."""
    if isinstance(value, Mapping):
        return {str(key): canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [canonical(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def digest(*documents: Any) -> str:
    """Sixteen hexadecimal digits that differ when any of the documents differs."""
    whole = hashlib.sha256(b"[")
    for number, document in enumerate(documents):
        whole.update(b"," if number else b"")
        for piece in _pieces(document):
            whole.update(piece.encode())
    whole.update(b"]")
    return whole.hexdigest()[:DIGEST_LENGTH]


def _pieces(document: Any) -> Iterator[str]:
    """Canonical JSON, a value of an object at a time: tables have long columns."""
    if not isinstance(document, Mapping):
        yield json.dumps(canonical(document), sort_keys=True, separators=(",", ":"))
        return
    comma = "{"
    for key in sorted(document, key=str):
        yield f"{comma}{json.dumps(str(key))}:"
        yield from _pieces(document[key])
        comma = ","
    yield "}" if document else "{}"


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Replace a JSON file atomically: a reader sees the old one or the new one."""
    with written(path) as file:
        file.write((json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())


def _is_readable(facts: os.stat_result) -> bool:
    return stat.S_ISREG(facts.st_mode) and facts.st_size <= LARGEST


def read_json(path: Path) -> dict[str, Any] | None:
    """A JSON object, or None while the file is absent, empty or half written.

    Nor is anything read that is no file (a device never ends) or larger than `LARGEST`.
    """
    try:
        if not is_remote(path) and not _is_readable(path.stat()):
            return None
        with asked(path):
            document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        # ValueError: not JSON, or not UTF-8; RecursionError: lists in lists by the thousand.
        return None
    return document if isinstance(document, dict) else None


def write_sealed(path: Path, document: Mapping[str, Any]) -> None:
    """Write a JSON object with a seal: a word that changes later is found."""
    write_json(path, {**document, SEAL: digest(document)})


def read_sealed(path: Path) -> dict[str, Any] | None:
    """A JSON object without its seal; None where it has changed since, or is no object.

    What carries no seal is taken as it is.
    """
    document = read_json(path)
    return unsealed(document) if document else document


def unsealed(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """What an object holds beside its seal; None where the two do not fit."""
    held = {key: value for key, value in document.items() if key != SEAL}
    return held if document.get(SEAL) in (None, digest(held)) else None
