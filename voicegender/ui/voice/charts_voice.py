"""Figures of one recording: waveform, verdict in time, log-mel spectrogram, F0."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from voicegender.audio import SAMPLE_RATE, Samples
from voicegender.calibration import Calibration
from voicegender.ui.colours import COLOURS, UNCERTAIN
from voicegender.ui.voice.charts_sound import f0_dots, mel_map, name_f0, name_mel_bands

BINS = 1200
"""Columns of a waveform: more than a screen can show of one chart."""
BIN_SAMPLES = SAMPLE_RATE // 400
EVEN = 0.5
PROBABILITIES = [-0.04, 1.04]
"""Ends of an axis of probability: its lines stay whole at 0 and 1."""
MARGIN = {"l": 70, "r": 16, "t": 34, "b": 44}
LEGEND = {"orientation": "h", "yanchor": "bottom", "y": 1.0, "xanchor": "left", "x": 0}
Segments = Sequence[Mapping[str, float]]
"""Speech in time: start and end in seconds, p_female, as an answer holds them."""


@dataclass(frozen=True)
class Outline:
    """The lowest and the highest sample of each stretch of ``step`` seconds, shape (n,)."""

    low: NDArray[np.float32]
    high: NDArray[np.float32]
    step: float

    @property
    def times(self) -> NDArray[np.float64]:
        """Middle of each stretch, seconds."""
        return np.asarray((np.arange(len(self.low)) + 0.5) * self.step, np.float64)

    @property
    def seconds(self) -> float:
        """Length of the recording, but for less than a stretch."""
        return len(self.low) * self.step


def outline(blocks: Iterable[Samples]) -> Outline:
    """Reduce a recording, block by block, to at most `BINS` stretches."""
    lows, highs = [], []
    held = np.zeros(0, np.float32)
    for block in blocks:
        held = np.concatenate([held, block])
        whole = held[: len(held) // BIN_SAMPLES * BIN_SAMPLES].reshape(-1, BIN_SAMPLES)
        lows.append(whole.min(axis=1))
        highs.append(whole.max(axis=1))
        held = held[whole.size :]
    low, high = np.concatenate(lows), np.concatenate(highs)
    n = -(-len(low) // BINS) or 1
    starts = np.arange(0, len(low), n)
    step = n * BIN_SAMPLES / SAMPLE_RATE
    return Outline(np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts), step)


def waveform(shape: Outline, *, height: int = 180) -> go.Figure:
    """Amplitude in time."""
    figure = go.Figure(wave(shape, UNCERTAIN))
    time_axis(figure, shape.seconds)
    figure.update_yaxes(title_text="amplitude", range=span(shape))
    return framed(figure, height)


def timeline(
    segments: Segments,
    calibration: Calibration,
    until: float,
    *,
    since: float = 0.0,
    height: int = 260,
) -> go.Figure:
    """What is heard in time; where nothing is drawn but a dotted line there is no speech."""
    figure = make_subplots(1, 1)
    figure.add_traces(heard(segments, calibration, until, since=since))
    probability_axis(figure, calibration)
    time_axis(figure, until)
    return framed(figure, height)


def spectrogram(y: Samples, *, pitch: bool = True, height: int = 420) -> go.Figure:
    """Log-mel power in time, and the F0 contour below it on the same time axis."""
    rows = 2 if pitch else 1
    figure = make_subplots(
        rows, 1, shared_xaxes=True, row_heights=[0.62, 0.38][:rows], vertical_spacing=0.06
    )
    figure.add_trace(mel_map(y, share=0.62 if pitch else 1.0), row=1, col=1)
    name_mel_bands(figure)
    if pitch:
        figure.add_trace(f0_dots(y), row=2, col=1)
        name_f0(figure, row=2)
    time_axis(figure, len(y) / SAMPLE_RATE, row=rows)
    figure.update_layout(showlegend=False)
    return framed(figure, height)


def f0_contour(y: Samples, *, height: int = 220) -> go.Figure:
    """F0 in time; gaps where nothing is voiced."""
    figure = make_subplots(1, 1)
    figure.add_trace(f0_dots(y), row=1, col=1)
    name_f0(figure, row=1)
    time_axis(figure, len(y) / SAMPLE_RATE)
    return framed(figure, height)


def framed(figure: go.Figure, height: int) -> go.Figure:
    """The margins, the legend and the height."""
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND)
    figure.update_layout(bargap=0, barmode="overlay", hovermode="closest")
    return figure


def time_axis(figure: go.Figure, seconds: float, *, row: int | None = None) -> None:
    """Seconds below the last row; the rows above share its range."""
    figure.update_xaxes(range=[0, seconds], showgrid=False, zeroline=False)
    place = {"row": row, "col": 1} if row else {}
    figure.update_xaxes(title_text="time (s)", **place)


def span(shape: Outline) -> list[float]:
    """A range of amplitude that keeps zero in the middle."""
    most = float(max(np.abs(shape.low).max(initial=0), np.abs(shape.high).max(initial=0), 1e-3))
    return [-1.05 * most, 1.05 * most]


def wave(shape: Outline, colour: str | Sequence[str]) -> go.Bar:
    """A bar from the lowest to the highest sample of each stretch."""
    return go.Bar(
        x=shape.times,
        y=np.maximum(shape.high - shape.low, 1e-4),
        base=shape.low,
        width=shape.step,
        marker={"color": colour, "line": {"width": 0}},
        unselected={"marker": {"opacity": 1}},
        showlegend=False,
        hoverinfo="skip",
    )


def labels_at(
    times: NDArray[np.float64], segments: Segments, calibration: Calibration
) -> list[str]:
    """The label heard at each time; empty where there is no speech."""
    if not segments:
        return [""] * len(times)
    starts = np.array([s["start"] for s in segments])
    at = np.searchsorted(starts, times, side="right") - 1
    labels = [calibration.label(s["p_female"]) for s in segments]
    return [
        labels[i] if i >= 0 and time < segments[i]["end"] else ""
        for i, time in zip(at.tolist(), times.tolist(), strict=True)
    ]


def heard(
    segments: Segments, calibration: Calibration, until: float, *, since: float = 0.0
) -> list[Any]:
    """Up for female, down for male; what touches neither is no speech."""
    traces: list[Any] = []
    for label in ("female", "uncertain", "male"):
        chosen = [s for s in segments if calibration.label(s["p_female"]) == label]
        if chosen:
            traces += [_areas(chosen, label), _lines(chosen, label)]
    return [*traces, _gaps(segments, since, until)]


def _areas(segments: Segments, label: str) -> go.Bar:
    return go.Bar(
        x=[(s["start"] + s["end"]) / 2 for s in segments],
        y=[s["p_female"] - EVEN for s in segments],
        base=EVEN,
        width=[s["end"] - s["start"] for s in segments],
        marker={"color": COLOURS[label], "opacity": 0.3, "line": {"width": 0}},
        unselected={"marker": {"opacity": 0.3}},
        showlegend=False,
        hoverinfo="skip",
    )


def _lines(segments: Segments, label: str) -> go.Scatter:
    ends = [[s["start"], s["end"], None] for s in segments]
    levels = [[s["p_female"], s["p_female"], None] for s in segments]
    return go.Scatter(
        x=[x for three in ends for x in three],
        y=[y for three in levels for y in three],
        mode="lines",
        line={"color": COLOURS[label], "width": 4},
        name=f"heard as {label}" if label != "uncertain" else "uncertain",
        hovertemplate="%{x:.1f} s: probability of female %{y:.0%}<extra></extra>",
    )


def _gaps(segments: Segments, since: float, until: float) -> go.Scatter:
    """A dotted line at the even point wherever there is no speech."""
    edges = [since, *(t for s in segments for t in (s["start"], s["end"])), until]
    pairs = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 1e-3]  # noqa: PLR2004  # a millisecond
    return go.Scatter(
        x=[x for a, b in pairs for x in (a, b, None)],
        y=[y for _ in pairs for y in (EVEN, EVEN, None)],
        mode="lines",
        line={"color": UNCERTAIN, "width": 2, "dash": "dot"},
        name="no speech",
        hovertemplate="%{x:.1f} s: no speech<extra></extra>",
    )


def probability_axis(figure: go.Figure, calibration: Calibration) -> None:
    """0..1 with the words at its ends, and the band in which nothing is said."""
    figure.update_yaxes(
        title_text="probability of female",
        range=PROBABILITIES,
        tickvals=[0, EVEN, 1],
        ticktext=["male 0 %", "50 %", "female 100 %"],
        zeroline=False,
        row=1,
        col=1,
    )
    if calibration.upper > calibration.lower:
        band = {"y0": calibration.lower, "y1": calibration.upper}
        figure.add_hrect(**band, fillcolor=UNCERTAIN, opacity=0.15, line_width=0, row=1, col=1)
