"""One recording on one time axis: what is heard, waveform, log-mel, F0; each can be clicked."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from voicegender.calibration import Calibration
from voicegender.ui.colours import COLOURS, PITCH, QUIET
from voicegender.ui.voice import charts_voice
from voicegender.ui.voice.charts_sound import FLOOR_DB, f0_span, name_f0, name_mel_bands
from voicegender.ui.voice.charts_voice import Segments
from voicegender.ui.voice.portrait import Portrait

HEIGHTS = (0.3, 0.18, 0.3, 0.22)
"""Shares of what is heard, waveform, log-mel and F0."""
LONG, STEPS, N_TICKS = 120.0, (30, 60, 120, 300, 600, 1200, 1800), 8
"""Seconds from which time is told in minutes, steps between ticks in seconds, most ticks."""
N_PLACES = 600
"""Places on the time axis that can be clicked; finer than a finger or a mouse is."""
MOST_SEGMENTS = 600
"""Segments that are drawn; neighbours of one label are joined until there are no more."""


def portrait(
    drawn: Portrait, segments: Segments, calibration: Calibration, *, height: int = 680
) -> go.Figure:
    """What is heard in time, over the waveform, log-mel power and F0."""
    figure = make_subplots(4, 1, shared_xaxes=True, row_heights=HEIGHTS, vertical_spacing=0.035)
    seconds = drawn.shape.seconds
    times = (np.arange(N_PLACES) + 0.5) * seconds / N_PLACES
    shown = thinned(segments, calibration, seconds)
    figure.add_traces(charts_voice.heard(shown, calibration, seconds), rows=1, cols=1)
    # A line would take a click near one of its ends for itself; places below answer it.
    figure.update_traces(hoverinfo="skip", hovertemplate=None)
    labels = charts_voice.labels_at(drawn.shape.times, segments, calibration)
    colours = [COLOURS.get(label, QUIET) for label in labels]
    figure.add_trace(charts_voice.wave(drawn.shape, colours), row=2, col=1)
    figure.add_trace(_power(drawn), row=3, col=1)
    figure.add_trace(_dots(drawn), row=4, col=1)
    said = _said_at(times, segments, calibration)
    span = charts_voice.span(drawn.shape)
    bands = [-0.5, len(drawn.decibels) - 0.5]
    panels = (charts_voice.PROBABILITIES, span, bands, f0_span())
    for row, ends in enumerate(panels, start=1):
        figure.add_trace(_places(times, seconds, ends, said), row=row, col=1)
    charts_voice.probability_axis(figure, calibration)
    charts_voice.time_axis(figure, seconds, row=4)
    _name_minutes(figure, seconds)
    figure.update_yaxes(title_text="amplitude", range=span, row=2, col=1)
    name_mel_bands(figure, row=3)
    name_f0(figure, row=4)
    return charts_voice.framed(figure, height)


def clock(seconds: float) -> str:
    """Minutes and seconds, as a player shows them."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _name_minutes(figure: go.Figure, seconds: float) -> None:
    """Ticks in minutes below a long recording."""
    if seconds >= LONG:
        step = next((s for s in STEPS if seconds / s <= N_TICKS), STEPS[-1])
        at = np.arange(0, seconds, step)
        figure.update_xaxes(tickvals=at, ticktext=[clock(t) for t in at])
        figure.update_xaxes(title_text="time (min:s)", row=4, col=1)


def thinned(segments: Segments, calibration: Calibration, seconds: float) -> Segments:
    """At most about `MOST_SEGMENTS` segments: within a narrow stretch one label is one segment.

    The speech of joined segments keeps its mean probability; gaps within the stretch close.
    """
    if len(segments) <= MOST_SEGMENTS:
        return segments
    width = 2 * seconds / MOST_SEGMENTS
    groups: dict[tuple[int, str], list[Mapping[str, float]]] = {}
    for segment in segments:
        place = (int(segment["start"] // width), calibration.label(segment["p_female"]))
        groups.setdefault(place, []).append(segment)
    joined = [_joined(group) for group in groups.values()]
    # Two labels in one stretch follow each other; they may not overlap.
    ends = [min(a["end"], b["start"]) for a, b in pairwise(joined)]
    return [
        {**one, "end": end}
        for one, end in zip(joined, [*ends, joined[-1]["end"]], strict=True)
        if end > one["start"]
    ]


def _joined(group: list[Mapping[str, float]]) -> dict[str, float]:
    lengths = [s["end"] - s["start"] for s in group]
    mean = float(np.average([s["p_female"] for s in group], weights=lengths))
    return {"start": group[0]["start"], "end": group[-1]["end"], "p_female": mean}


def _power(drawn: Portrait) -> go.Heatmap:
    return go.Heatmap(
        z=drawn.decibels,
        x0=drawn.start,
        dx=drawn.step,
        colorscale="Cividis",
        zmin=FLOOR_DB,
        zmax=0,
        showscale=False,
        hoverinfo="skip",
    )


def _dots(drawn: Portrait) -> go.Scatter:
    marker = {"size": 3, "color": PITCH}
    return go.Scatter(
        x=drawn.times,
        y=drawn.f0,
        mode="markers",
        marker=marker,
        unselected={"marker": {"opacity": 1}},
        showlegend=False,
        hoverinfo="skip",
    )


def _places(
    times: NDArray[np.float64], seconds: float, ends: list[float], said: list[str]
) -> go.Bar:
    """Bars that nobody sees and everybody can click."""
    return go.Bar(
        x=times,
        y=np.full(len(times), ends[1] - ends[0]),
        base=ends[0],
        width=seconds / len(times),
        marker={"color": PITCH, "opacity": 0, "line": {"width": 0}},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=said,
        showlegend=False,
        hovertemplate="%{customdata}<extra></extra>",
    )


def _said_at(times: NDArray[np.float64], segments: Segments, calibration: Calibration) -> list[str]:
    """What is heard at each time, in words."""
    labels = charts_voice.labels_at(times, segments, calibration)
    words = {"": "no speech", "uncertain": "uncertain"}
    is_long = times[-1] >= LONG
    return [
        f"{clock(t) if is_long else f'{t:.1f} s'}: {words.get(label, f'heard as {label}')}"
        for t, label in zip(times.tolist(), labels, strict=True)
    ]
