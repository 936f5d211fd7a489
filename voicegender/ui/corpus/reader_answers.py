"""What is known of each recording of a reader: pitch, and what a model hears; once a file."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pandas as pd
import streamlit as st

from voicegender.answering import answer
from voicegender.answers import MOST
from voicegender.audio import load_audio
from voicegender.bundle import Bundle
from voicegender.errors import AudioError
from voicegender.pitch import F0Median
from voicegender.ui import loaders

KEPT = 20_000
"""Answers the server remembers, a few numbers each; the oldest go first."""
TURN_SECONDS = 2.5
"""How long is answered before what is there so far is shown."""


@dataclass(frozen=True)
class Told:
    """One recording: median F0 in Hz (NaN where nothing is voiced), label and confidence."""

    f0: float
    label: str = ""
    confidence: float = math.nan


Known = dict[str, Told]
"""What is known so far, by path."""


@st.cache_resource(max_entries=1)
def _memory() -> dict[tuple[str, ...], Told]:
    """For all sessions: what is told of a file, by file and model; nothing of its sound."""
    return {}


def known(root: Path, paths: list[str], model: Bundle | None) -> Known:
    """What was told before."""
    memory = _memory()
    keys = {path: _key(root / path, model) for path in paths}
    return {path: memory[key] for path, key in keys.items() if key in memory}


def learn(
    root: Path, paths: list[str], model: Bundle | None, progress: Callable[[int], object]
) -> None:
    """Answer for recordings, in order, as long as a turn lasts; ``progress`` is told how many."""
    memory, until = _memory(), time.monotonic() + TURN_SECONDS
    for done, path in enumerate(paths, start=1):
        memory[_key(root / path, model)] = _told(root / path, model)
        while len(memory) > KEPT:
            memory.pop(next(iter(memory)), None)
        progress(done)  # and a click is heeded here
        if time.monotonic() > until:
            return


def _key(path: Path, model: Bundle | None) -> tuple[str, ...]:
    """Differs when the file or the model changes."""
    key = (str(path), str(_changed(path)))
    return (*key, str(model.folder), str(_changed(model.folder / "bundle.json"))) if model else key


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


def _told(path: Path, model: Bundle | None) -> Told:
    try:
        f0 = float(F0Median()(load_audio(path))[0])
    except AudioError:
        return Told(math.nan, "refused")
    if model is None:
        return Told(f0)
    given = answer(loaders.classifier(model.folder), path, path.name)
    return Told(f0, given["label"] or "refused", given["confidence"] or math.nan)


def table(rows: pd.DataFrame, told: Known) -> pd.DataFrame:
    """A row a recording: length in s, median F0 in Hz, label, confidence in percent."""
    nothing = Told(math.nan)
    found = [told.get(path, nothing) for path in rows["path"]]
    return pd.DataFrame(
        {
            "recording": rows["utterance_id"],
            "duration": rows["duration"],
            "f0": [one.f0 for one in found],
            "heard as": [one.label for one in found],
            "confidence": [100 * min(one.confidence, MOST) for one in found],
        }
    )


def summary(told: Known) -> dict[str, str]:
    """Labels counted, and the middle of the recordings' median F0, in words."""
    labels = [one.label for one in told.values() if one.label]
    pitches = [one.f0 for one in told.values() if not math.isnan(one.f0)]
    words = {
        f"Heard as {label}" if label in ("female", "male") else label.capitalize(): (
            f"{labels.count(label)} of {len(labels)}"
        )
        for label in sorted(set(labels), key=labels.count, reverse=True)
    }
    middle = median(pitches) if pitches else math.nan
    if not told:
        return {}
    return {"Median F0": "unvoiced" if math.isnan(middle) else f"{middle:.0f} Hz"} | words
