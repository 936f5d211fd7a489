"""Answers as files: made when they are asked for."""

from collections.abc import Callable, Sequence

import streamlit as st

from voicegender import answers
from voicegender.annotations import FORMATS, Format, timelines, zipped
from voicegender.ui.offer import offer
from voicegender.ui.voice.answering import Judged


def show(judged: Sequence[Judged], *, key: str) -> None:
    """Buttons; of several recordings, timelines come in a ZIP file."""
    given = [one.answer for one in judged]
    offers: list[tuple[str, str, str, Callable[[], str | bytes]]] = [
        ("JSON", "voices.json", "application/json", lambda: answers.as_json(given)),
        ("CSV", "voices.csv", "text/csv", lambda: answers.as_csv(given)),
        (
            "CSV of the timeline",
            "segments.csv",
            "text/csv",
            lambda: answers.as_csv(given, segments=True),
        ),
    ]
    if any(not one.answer["error"] for one in judged):
        offers += [_timeline(judged, kind) for kind in FORMATS.values()]
    of_all = f" of all {len(judged):,}" if len(judged) > 1 else ""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for label, name, media_type, make in offers:
            offer(f"Download {label}{of_all}", make, name, media_type, key=f"{key}-{label}")


def _timeline(
    judged: Sequence[Judged], kind: Format
) -> tuple[str, str, str, Callable[[], str | bytes]]:
    """Name, file, media type and maker of timelines in a format."""
    calibration = judged[0].calibration
    heard = [one.answer for one in judged if not one.answer["error"]]
    if len(heard) > 1:
        name = f"timelines{kind.suffix}.zip"
        return (
            kind.name,
            name,
            "application/zip",
            lambda: zipped(timelines(heard, kind, calibration)),
        )
    name = next(iter(timelines(heard, kind, calibration)))
    return kind.name, name, "text/plain", lambda: kind.write(heard[0], calibration)
