"""Rows of dots with their intervals: one look for all shares that are compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from voicegender.ui.results.charts_runs import LEGEND, MARGIN, SHARE, whiskers

ABOVE_LINE = {"xref": "paper", "xanchor": "left", "yanchor": "bottom"}
"""Where a row's name stands when it would leave no room beside it on a narrow screen."""
SPREAD = 0.7
"""Share of a row's height that its dots take."""
LEAST_RANGE = 0.05
Interval = Sequence[float]


@dataclass(frozen=True)
class Dots:
    """One series.

    Attributes
    ----------
    values, intervals
        A share a row, and both ends of where it may lie; None where there is none.
    look
        Colour and symbol of the markers.
    told
        What else hovering says of each.
    """

    name: str
    values: Sequence[float | None]
    intervals: Sequence[Interval | None]
    look: dict[str, Any]
    told: Sequence[str]


def rows(
    names: Sequence[str],
    series: Sequence[Dots],
    *,
    xaxis: str,
    above: bool = False,
) -> go.Figure:
    """A line a name, the first on top, with a dot of each series.

    Parameters
    ----------
    above
        Whether names stand above their lines, in place of beside them.
    """
    figure = go.Figure()
    shift = SPREAD / max(2, len(series))
    for i, dots in enumerate(series):
        offset = (i - (len(series) - 1) / 2) * shift
        figure.add_trace(_trace(names, dots, offset))
    ends = [end for dots in series for end in _ends(dots)]
    low = min([*ends, 1 - LEAST_RANGE])
    figure.update_xaxes(title_text=xaxis, **SHARE, range=[low - 0.06 * (1 - low), 1.01])
    figure.update_xaxes(nticks=6, tickangle=0)
    ticks = {"tickvals": [*range(len(names))], "ticktext": [*names], "automargin": True}
    bottom, top = len(names) - 0.4, -0.9 if above else -0.6
    figure.update_yaxes(**ticks, range=[bottom, top], zeroline=False, showticklabels=not above)
    if above:
        _name_above(figure, names, shift * (len(series) - 1) / 2)
    row = (34 if above else 12) + 12 * len(series)
    return figure.update_layout(
        height=110 + row * len(names),
        margin=MARGIN | {"l": 16},
        legend=LEGEND | {"y": 1},
        showlegend=True,
    )


def _trace(names: Sequence[str], dots: Dots, offset: float) -> go.Scatter:
    known = [i for i, value in enumerate(dots.values) if value is not None]
    values = [float(dots.values[i] or 0) for i in known]
    ends = [dots.intervals[i] or (v, v) for i, v in zip(known, values, strict=True)]
    return go.Scatter(
        x=values,
        y=[i + offset for i in known],
        name=dots.name,
        mode="markers",
        marker={"size": 10, **dots.look},
        error_x=whiskers(values, ends) | {"color": dots.look["color"], "thickness": 1.5},
        customdata=[[names[i], dots.told[i], *end] for i, end in zip(known, ends, strict=True)],
        hovertemplate="%{customdata[0]}: %{x:.1%} (%{customdata[2]:.1%} to %{customdata[3]:.1%})"
        "%{customdata[1]}",
    )


def _ends(dots: Dots) -> list[float]:
    """Lowest ends and values."""
    lows = [interval[0] for interval in dots.intervals if interval]
    return [*lows, *(value for value in dots.values if value is not None)]


def _name_above(figure: go.Figure, names: Sequence[str], half: float) -> None:
    for i, name in enumerate(names):
        figure.add_annotation(
            x=0, y=i - half, yshift=6, text=name, showarrow=False, align="left", **ABOVE_LINE
        )
