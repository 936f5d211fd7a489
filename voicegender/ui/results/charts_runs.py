"""How runs are drawn, and how they learnt."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

PALETTE = ("#1B998B", "#8E5CC2", "#B08900", "#C2447E", "#6B8E23", "#8D6E63")
"""Colours of runs: none is a gender's, and each run has its marker and dash too."""
MARKERS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "pentagon")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
PATTERNS = ("", "/", ".", "x", "-", "+")
"""So that bars of different results are told apart without their colours."""
MARGIN = {"l": 64, "r": 16, "t": 44, "b": 48}
LEGEND = {"orientation": "h", "y": 1.08, "yanchor": "bottom", "x": 0}
SHARE = {"tickformat": ".1~%"}  # near 100 % two ticks may lie half a per cent apart
FEW_EPOCHS = 6
Curves = Mapping[str, pd.DataFrame]
"""Histories by the run's name."""


def shown(name: str) -> str:
    """A name as Plotly writes it, which takes part of HTML for its own."""
    return html.escape(name, quote=False)


def style(i: int) -> dict[str, Any]:
    """Line and marker of the i-th run."""
    return {
        "line": {"color": PALETTE[i % len(PALETTE)], "dash": DASHES[i % len(DASHES)]},
        "marker": {"color": PALETTE[i % len(PALETTE)], "symbol": MARKERS[i % len(MARKERS)]},
    }


def history(
    curves: Curves, measure: str, *, epochs: int | None = None, height: int = 320
) -> go.Figure:
    """Loss or accuracy by epoch: training thin and dotted, validation thick.

    Of several runs only the validation stands in the legend, by the run's name.

    Parameters
    ----------
    measure
        ``loss`` or ``accuracy``.
    epochs
        Fixes the axis of a run that goes on.
    """
    figure = go.Figure()
    several = sum(not rows.empty for rows in curves.values()) > 1
    for i, (name, rows) in enumerate(curves.items()):
        if not rows.empty:
            figure.add_traces(_pair(name if several else "", rows, measure, i))
    if several:
        figure.update_traces(showlegend=False, selector={"line_dash": "dot"})
    last = epochs or max((len(rows) for rows in curves.values()), default=1)
    few = {"dtick": 1} if last <= FEW_EPOCHS else {}
    figure.update_xaxes(title_text="epoch", range=[0.5, last + 0.5], zeroline=False, **few)
    axis = {"title_text": "loss (lower is better)"} if measure == "loss" else SHARE
    figure.update_yaxes(**{"title_text": measure, **axis})
    return figure.update_layout(height=height, margin=MARGIN, legend=LEGEND)


def _pair(name: str, rows: pd.DataFrame, measure: str, i: int) -> list[go.Scatter]:
    looks: tuple[tuple[str, str, dict[str, Any], int], ...] = (
        (measure, "training", {"width": 1.5, "dash": "dot"}, 4),
        (f"val_{measure}", "validation", {"width": 2.5}, 6),
    )
    return [
        go.Scatter(
            x=rows["epoch"],
            y=rows[column],
            name=name if name and part == "validation" else f"{name} {part}".strip(),
            mode="lines+markers",
            line={"color": PALETTE[i % len(PALETTE)], **line},
            marker={"size": size, "symbol": MARKERS[i % len(MARKERS)]},
            hovertemplate="epoch %{x}: %{y:.3f}",
        )
        for column, part, line, size in looks
    ]


def whiskers(values: Sequence[float], intervals: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Error bars from each value to both ends of its interval."""
    return {
        "symmetric": False,
        "array": [high - value for value, (_, high) in zip(values, intervals, strict=True)],
        "arrayminus": [value - low for value, (low, _) in zip(values, intervals, strict=True)],
    }
