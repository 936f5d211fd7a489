"""Figures of scores: accuracy, ROC, calibration, confusion, by pitch and by length."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from voicegender.pitch import F0Threshold
from voicegender.ui.charts_runs import LEGEND, MARGIN, PALETTE, SHARE, style, whiskers
from voicegender.ui.colours import UNCERTAIN

ABOVE_LINE = {"xref": "paper", "xanchor": "left", "yanchor": "bottom", "yshift": 3}
"""Where a row's name stands in a chart of rows."""
ANSWERS = ("heard as male", "heard as female")
TRUTHS = ("labelled male", "labelled female")
Metrics = Mapping[str, Mapping[str, Any]]
"""What ``metrics.json`` holds, by the run's name."""

Bins = Sequence[Mapping[str, Any]]
"""Rates in bins, as ``by_f0`` and ``by_duration`` hold them."""


def accuracies(rows: Sequence[tuple[str, Mapping[str, Any]]], *, xaxis: str) -> go.Figure:
    """Accuracy with its 95 % interval, a line a row with its name above it, the first on top."""
    names = [name for name, _ in rows]
    values = [row["accuracy"] for _, row in rows]
    intervals = [row["accuracy_interval"] for _, row in rows]
    figure = go.Figure(
        go.Scatter(
            x=values,
            y=names,
            mode="markers",
            marker={"size": 11, "color": PALETTE[0]},
            error_x=whiskers(values, intervals) | {"color": UNCERTAIN, "thickness": 2},
            customdata=intervals,
            hovertemplate="%{y}: %{x:.1%} (%{customdata[0]:.1%} to %{customdata[1]:.1%})"
            "<extra></extra>",
        )
    )
    figure.add_vline(x=0.5, line={"color": UNCERTAIN, "dash": "dot", "width": 1})
    for name in names:  # beside the lines, long names would leave no room on a narrow screen
        figure.add_annotation(x=0, y=name, text=name, showarrow=False, **ABOVE_LINE)
    figure.update_xaxes(
        title_text=xaxis, **SHARE, range=[min(0.4, *(low for low, _ in intervals)) - 0.02, 1.02]
    )
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
    figure = _binned(
        {name: metrics.get("by_duration", []) for name, metrics in runs.items()},
        "accuracy",
        unit="s",
        height=height,
    )
    figure.update_xaxes(title_text="length of the recording, s")
    known = (
        row["accuracy_interval"]
        for metrics in runs.values()
        for row in metrics.get("by_duration", [])
    )
    lowest = min((low for low, _ in known), default=0.0)
    return figure.update_yaxes(
        title_text="recordings heard as labelled", range=[min(0.5, lowest) - 0.03, 1.03]
    )


def by_f0(runs: Metrics, gender: str, *, height: int = 340) -> go.Figure:
    """Share of women's or men's recordings heard as labelled, by median F0.

    Parameters
    ----------
    gender
        ``female`` or ``male``.
    """
    found = {name: metrics.get("by_f0", []) for name, metrics in runs.items()}
    figure = _binned(found, f"recall_{gender}", unit="Hz", height=height)
    hz = F0Threshold().hz
    starts = {row["from"] for bins in found.values() for row in bins}
    # Along categories a line's place is counted from the middle of the first one.
    figure.add_vline(
        x=sum(start < hz for start in starts) - 0.5,
        line={"color": UNCERTAIN, "dash": "dot", "width": 1.5},
    )
    figure.update_xaxes(title_text="median F0 of the recording, Hz")
    who = {"female": "women", "male": "men"}[gender]
    return figure.update_yaxes(title_text=f"{who} heard as labelled", range=[-0.04, 1.04])


def _binned(found: Mapping[str, Bins], rate: str, *, unit: str, height: int) -> go.Figure:
    """A rate with its 95 % interval in each bin in which it is known; the axis has all bins."""
    figure = go.Figure()
    gender = rate.removeprefix("recall_")
    for i, (name, bins) in enumerate(found.items()):
        known = [row for row in bins if _n(row, gender)]
        values = [row[rate] for row in known]
        looks = style(i)
        figure.add_scatter(
            x=[_span(row) for row in known],
            y=values,
            customdata=[_n(row, gender) for row in known],
            name=name,
            mode="markers",
            marker={**looks["marker"], "size": 11},
            error_y=whiskers(
                values,
                [row[f"{rate}_interval"] or (v, v) for row, v in zip(known, values, strict=True)],
            ),
            text=[_readers(row, gender) for row in known],
            hovertemplate=f"%{{x}} {unit}: %{{y:.1%}} of %{{customdata}} recordings%{{text}}",
        )
    spans = _in_order(row for bins in found.values() for row in bins)
    order = {"type": "category", "categoryorder": "array", "categoryarray": spans}
    figure.update_xaxes(**order, range=[-0.5, len(spans) - 0.5])
    figure.update_yaxes(**SHARE)
    return figure.update_layout(
        height=height, margin=MARGIN, legend=LEGEND, scattermode="group", showlegend=len(found) > 1
    )


def _n(row: Mapping[str, Any], gender: str) -> int:
    """Recordings in a bin, of one gender where one is named."""
    women = int(row.get("n_female", 0))
    return {"female": women, "male": int(row["n"]) - women}.get(gender, int(row["n"]))


def _readers(row: Mapping[str, Any], gender: str) -> str:
    """How many readers a bin's recordings are of, where that is known."""
    n_readers = row.get(f"readers_{gender}")
    return f" of {n_readers} readers" if n_readers else ""


def _in_order(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """What the bins are called, the lowest first, each once."""
    starts = {row["from"]: _span(row) for row in rows}
    return [starts[start] for start in sorted(starts)]


def _span(row: Mapping[str, Any]) -> str:
    if row["to"] is None:
        return f"{row['from']:g}+"
    return f"{row['from']:g}-{row['to']:g}" if row["from"] else f"<{row['to']:g}"
