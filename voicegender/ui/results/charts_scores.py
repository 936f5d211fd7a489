"""Figures of scores: accuracy, calibration, confusion."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from voicegender.ui.colours import FEMALE, MALE, UNCERTAIN
from voicegender.ui.results.charts_dots import Dots
from voicegender.ui.results.charts_dots import rows as dot_rows
from voicegender.ui.results.charts_runs import LEGEND, MARGIN, PALETTE, SHARE, style

ANSWERS = ("heard as male", "heard as female")
TRUTHS = ("labelled male", "labelled female")
Metrics = Mapping[str, Mapping[str, Any]]
"""What ``metrics.json`` holds, by the run's name."""


def accuracies(rows: Sequence[tuple[str, Mapping[str, Any]]], *, xaxis: str) -> go.Figure:
    """Share right, of all, of women's and of men's, with 95 % intervals; the first row on top."""
    looks: dict[str, tuple[str, dict[str, Any]]] = {
        "all": ("accuracy", {"color": PALETTE[0], "symbol": "circle"}),
        "women": ("recall_female", {"color": FEMALE, "symbol": "diamond"}),
        "men": ("recall_male", {"color": MALE, "symbol": "square"}),
    }
    series = [
        Dots(
            name,
            [row[rate] for _, row in rows],
            [row[f"{rate}_interval"] for _, row in rows],
            look,
            [f", {name}"] * len(rows),
        )
        for name, (rate, look) in looks.items()
    ]
    return dot_rows([name for name, _ in rows], series, xaxis=xaxis, above=True)


def reliability(runs: Metrics, *, height: int = 400) -> go.Figure:
    """Share of women among excerpts that were given a probability, bin by bin."""
    figure = go.Figure(_diagonal())
    for i, (name, metrics) in enumerate(runs.items()):
        bins = metrics.get("calibration", [])
        looks = style(i)
        figure.add_scatter(
            x=[b["p_female"] for b in bins],
            y=[b["share_female"] for b in bins],
            customdata=[b["n"] for b in bins],
            name=name,
            mode="lines+markers",
            line=looks["line"],
            marker={**looks["marker"], "size": 9},
            hovertemplate="said %{x:.0%}, came true %{y:.0%} of %{customdata} excerpts",
        )
    figure.update_xaxes(title_text="probability of female that was said", **SHARE)
    figure.update_yaxes(title_text="share that is labelled female", **SHARE, range=[-0.03, 1.03])
    return _with_legend(figure, height)


def _with_legend(figure: go.Figure, height: int) -> go.Figure:
    """A legend also where there is one run only."""
    return figure.update_layout(height=height, margin=MARGIN, legend=LEGEND, showlegend=True)


def _diagonal() -> go.Scatter:
    """Where perfect calibration lies."""
    return go.Scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        showlegend=False,
        line={"color": UNCERTAIN, "dash": "dot", "width": 1},
        hoverinfo="skip",
    )


def confusion(counts: Sequence[Sequence[int]], *, ink: str, height: int = 260) -> go.Figure:
    """Labels against answers, each cell with its count and share of the label, in ``ink``."""
    totals = [max(1, sum(row)) for row in counts]
    shares = [[n / total for n in row] for row, total in zip(counts, totals, strict=True)]
    words = [
        [f"{n:,} ({share:.0%})" for n, share in zip(row, row_shares, strict=True)]
        for row, row_shares in zip(counts, shares, strict=True)
    ]
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=ANSWERS,
            y=TRUTHS,
            text=words,
            colorscale=[[0, "rgba(27,153,139,0.04)"], [1, "rgba(27,153,139,0.35)"]],
            zmin=0,
            zmax=1,
            showscale=False,
            xgap=3,
            ygap=3,
            hovertemplate="%{y}, %{x}: %{text}<extra></extra>",
        )
    )
    # Written as annotations, for a heatmap's own text takes no colour of the theme.
    for x, y, text in zip(
        ANSWERS * 2, [t for t in TRUTHS for _ in ANSWERS], [*words[0], *words[1]], strict=True
    ):
        figure.add_annotation(x=x, y=y, text=text, showarrow=False, font={"size": 16, "color": ink})
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False)
    figure.update_xaxes(side="top", showgrid=False)
    return figure.update_layout(height=height, margin={"l": 16, "r": 16, "t": 40, "b": 8})
