"""Figures of runs: history, ROC, confusion, calibration, accuracy with intervals."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from voicegender.ui.colours import UNCERTAIN

PALETTE = ("#1B998B", "#8E5CC2", "#B08900", "#C2447E", "#6B8E23", "#8D6E63")
"""Colours of runs: none is a gender's, and each run has its marker and dash too."""
MARKERS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "pentagon")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
MARGIN = {"l": 64, "r": 16, "t": 44, "b": 48}
LEGEND = {"orientation": "h", "y": 1.08, "yanchor": "bottom", "x": 0}
SHARE = {"tickformat": ".0%"}
ABOVE_LINE = {"xref": "paper", "xanchor": "left", "yanchor": "bottom", "yshift": 3}
"""Where a row's name stands in a chart of rows."""
FEW_EPOCHS = 6
ANSWERS = ("heard as male", "heard as female")
TRUTHS = ("labelled male", "labelled female")
Curves = Mapping[str, pd.DataFrame]
"""Histories by the run's name."""
Metrics = Mapping[str, Mapping[str, Any]]
"""What ``metrics.json`` holds, by the run's name."""


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
    for i, (name, rows) in enumerate(curves.items()):
        if not rows.empty:
            figure.add_traces(_pair(name if len(curves) > 1 else "", rows, measure, i))
    if len(curves) > 1:
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


def accuracies(rows: Sequence[tuple[str, Mapping[str, Any]]], *, xaxis: str) -> go.Figure:
    """Accuracy with its 95 % interval, a line a row with its name above it, the first on top."""
    names = [name for name, _ in rows]
    values = [row["accuracy"] for _, row in rows]
    lows, highs = zip(*(row["accuracy_interval"] for _, row in rows), strict=True)
    figure = go.Figure(
        go.Scatter(
            x=values,
            y=names,
            mode="markers",
            marker={"size": 11, "color": PALETTE[0]},
            error_x={
                "symmetric": False,
                "array": [high - value for high, value in zip(highs, values, strict=True)],
                "arrayminus": [value - low for low, value in zip(lows, values, strict=True)],
                "color": UNCERTAIN,
                "thickness": 2,
            },
            customdata=[*zip(lows, highs, strict=True)],
            hovertemplate="%{y}: %{x:.1%} (%{customdata[0]:.1%} to %{customdata[1]:.1%})"
            "<extra></extra>",
        )
    )
    figure.add_vline(x=0.5, line={"color": UNCERTAIN, "dash": "dot", "width": 1})
    for name in names:  # beside the lines, long names would leave no room on a narrow screen
        figure.add_annotation(x=0, y=name, text=name, showarrow=False, **ABOVE_LINE)
    figure.update_xaxes(title_text=xaxis, **SHARE, range=[min(0.4, *lows) - 0.02, 1.02])
    figure.update_xaxes(nticks=6, tickangle=0)
    figure.update_yaxes(range=[len(rows) - 0.5, -0.8], showticklabels=False)
    return figure.update_layout(height=100 + 46 * len(rows), margin=MARGIN | {"t": 8, "l": 16})


def roc(runs: Metrics, *, height: int = 400) -> go.Figure:
    """Women recognised against men taken for women, as the threshold moves."""
    figure = go.Figure(_diagonal())
    for i, (name, metrics) in enumerate(runs.items()):
        curve = metrics.get("roc", {})
        figure.add_scatter(
            x=curve.get("false_positive", []),
            y=curve.get("true_positive", []),
            customdata=curve.get("threshold", []),
            name=name,
            mode="lines",
            line={**style(i)["line"], "width": 2.5},
            hovertemplate="threshold %{customdata:.2f}: women %{y:.1%}, men taken for women "
            "%{x:.1%}",
        )
    figure.update_xaxes(title_text="men taken for women", **SHARE, range=[-0.02, 1.02])
    figure.update_yaxes(title_text="women recognised", **SHARE, range=[-0.02, 1.02])
    return _with_legend(figure, height)


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
    """Where guessing lies in the one figure, and perfect calibration in the other."""
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


def by_duration(runs: Metrics, *, height: int = 340) -> go.Figure:
    """Accuracy of recordings by their length, with 95 % intervals."""
    figure = go.Figure()
    for i, (name, metrics) in enumerate(runs.items()):
        bins = metrics.get("by_duration", [])
        values = [b["accuracy"] for b in bins]
        lows = [b["accuracy_interval"][0] for b in bins]
        highs = [b["accuracy_interval"][1] for b in bins]
        figure.add_scatter(
            x=[_length(b) for b in bins],
            y=values,
            customdata=[b["n"] for b in bins],
            name=name,
            mode="markers",
            marker={**style(i)["marker"], "size": 11},
            error_y={
                "symmetric": False,
                "array": [high - value for high, value in zip(highs, values, strict=True)],
                "arrayminus": [value - low for low, value in zip(lows, values, strict=True)],
            },
            hovertemplate="%{x}: %{y:.1%} of %{customdata} recordings",
        )
    order = [_length(b) for metrics in runs.values() for b in metrics.get("by_duration", [])]
    lengths = sorted(dict.fromkeys(order), key=lambda text: float(text.split()[0]))
    figure.update_xaxes(
        title_text="length of the recording",
        type="category",
        categoryorder="array",
        categoryarray=lengths,
    )
    figure.update_yaxes(title_text="accuracy", **SHARE)
    return figure.update_layout(
        height=height, margin=MARGIN, legend=LEGEND, scattermode="group", showlegend=len(runs) > 1
    )


def _length(row: Mapping[str, Any]) -> str:
    if row["to"] is None:
        return f"{row['from']:g} s and more"
    return f"{row['from']:g} to {row['to']:g} s"
