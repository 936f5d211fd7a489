"""Figures of robustness: what conditions cost, how little speech is enough."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from voicegender.ui.charts_runs import LEGEND, MARGIN, PALETTE, SHARE, style, whiskers
from voicegender.ui.colours import UNCERTAIN

PATTERNS = ("", "/", ".", "x", "-", "+")
"""So that bars of different results are told apart without their colours."""
LEAST_SHOWN = (-1.0, 5.0)
"""Points on the axis at least, so that a loss of chance's size does not fill the chart."""
Costs = Mapping[str, Mapping[str, float]]
"""By name: points lost by condition."""
Lengths = Mapping[str, Sequence[tuple[str, Mapping[str, Any]]]]
"""By name: lengths in words, with their measures."""


def lost(costs: Costs, baselines: Costs) -> go.Figure:
    """Percentage points lost under each condition, a bar for each result and each baseline."""
    figure = go.Figure()
    for i, (name, points) in enumerate(costs.items()):
        figure.add_bar(**_bars(name, points, i, PALETTE[i % len(PALETTE)]))
    for i, (name, points) in enumerate(baselines.items()):
        figure.add_bar(**_bars(name, points, i, UNCERTAIN))
    names = list(dict.fromkeys(name for points in costs.values() for name in points))
    order = {"categoryorder": "array", "categoryarray": names, "autorange": "reversed"}
    values = [
        value for points in (*costs.values(), *baselines.values()) for value in points.values()
    ]
    figure.update_xaxes(
        title_text="percentage points lost against clean",
        zeroline=True,
        range=[1.05 * min(LEAST_SHOWN[0], *values), 1.05 * max(LEAST_SHOWN[1], *values)],
    )
    figure.update_yaxes(**order, automargin=True)
    height = 120 + len(names) * (14 + 12 * (len(costs) + len(baselines)))
    return figure.update_layout(
        height=height,
        margin=MARGIN | {"l": 16},
        legend=LEGEND,
        barmode="group",
        bargap=0.3,
        showlegend=True,
    )


def _bars(name: str, points: Mapping[str, float], i: int, colour: str) -> dict[str, Any]:
    pattern = {"shape": PATTERNS[i % len(PATTERNS)], "fillmode": "overlay", "solidity": 0.25}
    return {
        "x": [*points.values()],
        "y": [*points],
        "name": name,
        "orientation": "h",
        "marker": {"color": colour, "pattern": pattern},
        "hovertemplate": "%{y}: %{x:.1f} points lost",
    }


def by_length(results: Lengths, baselines: Lengths, *, height: int = 380) -> go.Figure:
    """Accuracy of excerpts by their length, with 95 % intervals."""
    figure = go.Figure()
    looks = [(name, rows, style(i)) for i, (name, rows) in enumerate(results.items())]
    looks += [(name, rows, _grey(style(i))) for i, (name, rows) in enumerate(baselines.items())]
    for name, rows, look in looks:
        values = [row["accuracy"] for _, row in rows]
        figure.add_scatter(
            x=[length for length, _ in rows],
            y=values,
            customdata=[row["n"] for _, row in rows],
            name=name,
            mode="lines+markers",
            line={**look["line"], "width": 2},
            marker={**look["marker"], "size": 9},
            error_y=whiskers(values, [row["accuracy_interval"] for _, row in rows]),
            hovertemplate="%{x}: %{y:.1%} of %{customdata} answers",
        )
    figure.update_xaxes(title_text="speech heard, s", type="category")
    figure.update_yaxes(title_text="answers that are right", **SHARE)
    return figure.update_layout(height=height, margin=MARGIN, legend=LEGEND, showlegend=True)


def _grey(look: dict[str, Any]) -> dict[str, Any]:
    """A look without its colour: a baseline's."""
    return {name: {**shape, "color": UNCERTAIN} for name, shape in look.items()}
