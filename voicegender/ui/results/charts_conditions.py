"""Figures of robustness: what conditions cost, how little speech is enough."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from voicegender.ui.colours import UNCERTAIN
from voicegender.ui.results.charts_dots import Dots
from voicegender.ui.results.charts_dots import rows as dot_rows
from voicegender.ui.results.charts_runs import LEGEND, MARGIN, SHARE, style, whiskers

Rights = Mapping[str, Sequence[tuple[str, float, Sequence[float] | None]]]
"""By name: conditions with the share that is right, and where it may lie."""
Lengths = Mapping[str, Sequence[tuple[str, Mapping[str, Any]]]]
"""By name: lengths in words, with their measures."""


def right(results: Rights, baselines: Rights) -> go.Figure:
    """Share right under each condition with its 95 % interval; baselines in grey."""
    looks = [style(i)["marker"] for i in range(len(results))]
    looks += [{**style(i)["marker"], "color": UNCERTAIN} for i in range(len(baselines))]
    found = {**results, **baselines}
    names = list(dict.fromkeys(name for rows in found.values() for name, *_ in rows))
    series = []
    for (title, rows), look in zip(found.items(), looks, strict=True):
        known = {name: (share, interval) for name, share, interval in rows}
        of = [known.get(name, (None, None)) for name in names]
        told = [""] * len(names)
        series.append(Dots(title, [v for v, _ in of], [ends for _, ends in of], look, told))
    return dot_rows(names, series, xaxis="right, of all that was asked")


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
