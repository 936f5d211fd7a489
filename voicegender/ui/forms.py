"""Settings classes -> forms: fields, defaults and help are read from the class."""

import dataclasses
import inspect
import math
import re
import typing
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

from voicegender import excerpt, split
from voicegender.errors import SettingError
from voicegender.extractors import EXTRACTORS
from voicegender.features import Input
from voicegender.fitting import PRECISIONS
from voicegender.split import Split
from voicegender.ui.terms import TERMS
from voicegender.ui.words import LABELS, option_name
from voicegender.voice_encoder import WEIGHTS, VoiceEmbedding

T = TypeVar("T")

COLUMNS = 3
CHOICES: dict[tuple[str, str], Sequence[str]] = {
    ("split", "policy"): split.POLICIES,
    ("excerpt", "policy"): excerpt.POLICIES,
    ("fitting", "precision"): PRECISIONS,
    (VoiceEmbedding.kind, "weights"): (WEIGHTS,),
}
"""Text settings that take one of several values."""


def settings(setting: T, key: str, *, skip: Sequence[str] = ()) -> T:
    """Inputs for each field of a settings dataclass; the setting they describe.

    Parameters
    ----------
    setting
        Its values are what the inputs begin with.
    key
        Names the inputs; other defaults need another key.
    skip
        Fields that are not asked for.

    Raises
    ------
    SettingError
        Values that make no sense together.
    """
    asked: dict[str, Any] = {}
    inner: dict[str, Any] = {}
    for field in dataclasses.fields(setting):  # type: ignore[arg-type]  # T is a dataclass by contract
        value = getattr(setting, field.name)
        if field.name not in skip:
            (inner if dataclasses.is_dataclass(value) else asked)[field.name] = value
    values = _rows(type(setting), asked, key)
    for name, value in inner.items():
        st.markdown(f"**{label_of(type(setting), name)}**")
        values[name] = settings(value, f"{key}-{name}")
    return dataclasses.replace(setting, **values)  # type: ignore[type-var]  # as above


def _rows(cls: type[Any], asked: dict[str, Any], key: str) -> dict[str, Any]:
    """Inputs in rows of three, so that they keep their order on a narrow screen."""
    hints, help_texts = typing.get_type_hints(cls), described(cls)
    names, values = [*asked], {}
    for start in range(0, len(names), COLUMNS):
        columns = st.columns(COLUMNS, vertical_alignment="bottom")
        for column, name in zip(columns, names[start : start + COLUMNS], strict=False):
            with column:
                values[name] = _input(
                    cls,
                    name,
                    asked[name],
                    may_be_empty=type(None) in typing.get_args(hints[name]),
                    help_text=TERMS.get(f"{cls.kind}.{name}")
                    or help_texts.get(name)
                    or TERMS.get(name),
                    key=f"{key}-{name}",
                )
    return values


def _input(
    cls: type[Any], name: str, value: Any, *, may_be_empty: bool, help_text: str | None, key: str
) -> Any:
    """One input, chosen by the kind of the value."""
    label = label_of(cls, name)
    help_text = f"{help_text or label}  \nSetting: `{cls.kind}.{name}`"
    common: dict[str, Any] = {"key": key, "help": help_text}
    if isinstance(value, bool):
        return st.toggle(label, value, **common)
    if choices := CHOICES.get((cls.kind, name)):
        return st.selectbox(label, choices, choices.index(value), format_func=option_name, **common)
    if isinstance(value, tuple):
        return _whole_numbers(st.text_input(label, ", ".join(map(str, value)), **common), label)
    if isinstance(value, int) or (value is None and may_be_empty):
        empty = "never" if may_be_empty else None
        return st.number_input(label, 0, None, value, 1, placeholder=empty, **common)
    return st.number_input(label, 0.0, None, value, step_of(value), "%g", **common)


def label_of(cls: type[Any], name: str) -> str:
    """What an input is called."""
    words = LABELS.get(f"{getattr(cls, 'kind', '')}.{name}") or LABELS.get(name)
    return words or name.replace("_", " ").capitalize()


def step_of(value: float) -> float:
    """How much one press changes a number: a tenth of its leading digit's place."""
    return float(10 ** (math.floor(math.log10(value)) - 1)) if value > 0 else 0.01


def _whole_numbers(text: str, label: str) -> tuple[int, ...]:
    numbers = re.split(r"[,\s]+", text.strip())
    if not all(number.isdigit() and int(number) for number in numbers):
        raise SettingError(label, f"{text!r} is no list of whole numbers", "write 1, 2, 3")
    return tuple(map(int, numbers))


def described(cls: type[Any]) -> dict[str, str]:
    """What a class's docstring says of each field; names that share a text share it here."""
    lines = inspect.getdoc(cls) or ""
    found: dict[str, str] = {}
    names: list[str] = []
    for line in _section(lines.splitlines()):
        if line.startswith(" "):
            for name in names:
                found[name] = f"{found.get(name, '')} {line.strip()}".strip()
        else:
            names = [name.strip() for name in line.split(":")[0].split(",")]
    return {name: re.sub(r" ?\[\d+\]_", "", text) for name, text in found.items()}


def _section(lines: list[str]) -> list[str]:
    """Lines below the Attributes or Parameters heading, up to the next heading."""
    starts = [i for i, line in enumerate(lines) if line in ("Attributes", "Parameters")]
    if not starts:
        return []
    body = lines[starts[0] + 2 :]
    ends = [i - 1 for i, line in enumerate(body) if line.startswith("---")]
    return [line for line in body[: ends[0] if ends else None] if line.strip()]


def choose_extractor(
    label: str, accepted: Sequence[str], key: str, default: Input | None = None
) -> Input:
    """A kind of features and, folded away, its settings."""
    kinds = {cls.kind: cls for cls in EXTRACTORS if cls.kind in accepted}
    names = [*kinds]
    kind = st.selectbox(
        label,
        names,
        names.index(default.kind) if default else 0,
        format_func=option_name,
        key=f"{key}-features",
        help=TERMS["features"],
    )
    own: Input = default if default and kind == default.kind else kinds[str(kind)]()
    return folded("Settings of the features", lambda: settings(own, f"{key}-{kind}"))


def choose_split(key: str) -> Split:
    """A policy and the settings that matter to it."""
    own = Split()
    policy = st.selectbox(
        label_of(Split, "policy"),
        split.POLICIES,
        split.POLICIES.index(own.policy),
        format_func=option_name,
        key=f"{key}-policy",
        help=TERMS["split.policy"],
    )
    folds, shares = ("n_folds", "fold"), ("validation", "test")
    unasked = {"fold": shares[1:], split.LEAKY: (*shares, *folds)}
    with st.expander("Settings of the split"):
        changed = dataclasses.replace(own, policy=str(policy))
        return settings(changed, f"{key}-split", skip=("policy", *unasked.get(str(policy), folds)))


def folded(title: str, form: Callable[[], T]) -> T:
    """A form that is folded away until it is wanted."""
    with st.expander(title):
        return form()
