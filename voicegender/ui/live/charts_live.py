"""Figures of the last minute: what is heard, and how high the voice is."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from voicegender.calibration import Calibration
from voicegender.live import MINUTE, Moment
from voicegender.pitch import F0Threshold
from voicegender.ui.colours import PITCH, UNCERTAIN
from voicegender.ui.voice import charts_voice
from voicegender.ui.voice.charts_sound import f0_span

ALIKE = 0.03
"""Difference in probability that nobody sees."""
TICKS = (60, 45, 30, 15, 0)
"""Seconds ago."""


def last_minute(
    moments: Sequence[Moment], calibration: Calibration, now: float, *, height: int = 400
) -> go.Figure:
    """What is heard, moment by moment, and below it the median F0 of each, on one time axis.

    Parameters
    ----------
    now
        Seconds since listening began.
    """
    spoken, since = _spoken(moments, now), -min(MINUTE, now)
    figure = charts_voice.timeline(spoken, calibration, 0.0, since=since, height=height)
    figure.add_trace(_pitch(moments, now))
    hz = F0Threshold().hz
    axis = {"title": {"text": "F0 (Hz)"}, "range": f0_span(), "nticks": 5}
    figure.update_layout(yaxis={"domain": [0.46, 1]}, yaxis2=axis | {"domain": [0, 0.34]})
    line = {"color": UNCERTAIN, "dash": "dot", "width": 1}
    figure.add_shape(type="line", x0=-MINUTE, x1=0, y0=hz, y1=hz, yref="y2", line=line)
    return figure.update_xaxes(
        anchor="y2",
        range=[-MINUTE, 0],
        tickvals=[-ago for ago in TICKS],
        ticktext=["now" if not ago else f"-{ago} s" for ago in TICKS],
        title_text="time, seconds before now",
    )


def _spoken(moments: Sequence[Moment], now: float) -> list[dict[str, float]]:
    """Moments of speech; those that say the same after each other are one."""
    segments: list[dict[str, float]] = []
    for m in moments:
        if m.p_female is None:
            continue
        one = {"start": m.start - now, "end": m.end - now, "p_female": m.p_female}
        last = segments[-1] if segments else None
        if last and last["end"] == one["start"] and abs(last["p_female"] - m.p_female) < ALIKE:
            last["end"] = one["end"]
        else:
            segments.append(one)
    return segments


def _pitch(moments: Sequence[Moment], now: float) -> go.Scatter:
    """Nothing where nothing is voiced."""
    voiced = [m for m in moments if not math.isnan(m.f0)]
    return go.Scatter(
        x=[m.end - now for m in voiced],
        y=[m.f0 for m in voiced],
        yaxis="y2",
        mode="markers",
        marker={"size": 6, "color": PITCH},
        name="pitch",
        showlegend=False,
        hovertemplate="F0 %{y:.0f} Hz<extra></extra>",
    )
