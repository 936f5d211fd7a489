"""Figures of whom results err on: by pitch, by length, reader by reader."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from voicegender.pitch import F0Threshold
from voicegender.ui.colours import UNCERTAIN
from voicegender.ui.results.charts_dots import Dots, rows
from voicegender.ui.results.charts_runs import (
    LEGEND,
    MARGIN,
    PATTERNS,
    SHARE,
    shown,
    style,
    whiskers,
)
from voicegender.ui.results.charts_scores import Metrics
from voicegender.ui.words import GENDERS

Bins = Sequence[Mapping[str, Any]]
"""Rates in bins, as ``by_f0`` and ``by_duration`` hold them."""
FEW_READERS = 2
"""A dot of no more is hollow: it says something of them, little of others."""
SPANS = {"all right": 1.0, "90-99 %": 0.9, "75-89 %": 0.75, "50-74 %": 0.5, "under 50 %": 0.0}
"""Groups of readers by the share of them that is right, with the least share of each."""


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
            legendgroup=name,
            showlegend=False,
            mode="markers",
            marker=_sized(looks["marker"], [_n_readers(row, gender) for row in known]),
            error_y=whiskers(
                values,
                [row[f"{rate}_interval"] or (v, v) for row, v in zip(known, values, strict=True)],
            ),
            text=[_readers(row, gender) for row in known],
            hovertemplate=f"%{{x}} {unit}: %{{y:.1%}} of %{{customdata}} recordings%{{text}}",
        )
        # The legend's marker is of its own: a first dot that is hollow would stand there too.
        marker = {**looks["marker"], "size": 10}
        figure.add_scatter(
            x=[None], y=[None], name=name, legendgroup=name, mode="markers", marker=marker
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


def _n_readers(row: Mapping[str, Any], gender: str) -> int:
    """How many readers a bin's recordings are of; 0 where earlier versions did not count them."""
    genders = [gender] if f"readers_{gender}" in row else ["female", "male"]
    return sum(int(row.get(f"readers_{one}", 0)) for one in genders)


def _readers(row: Mapping[str, Any], gender: str) -> str:
    """The same in words."""
    n_readers = _n_readers(row, gender)
    return f" of {n_readers} reader{'s' * (n_readers > 1)}" if n_readers else ""


def _sized(marker: Mapping[str, Any], n_readers: Sequence[int]) -> dict[str, Any]:
    """A marker that grows with the readers it stands for, hollow where they are few."""
    hollow = [0 < n <= FEW_READERS for n in n_readers]
    symbols = [f"{marker['symbol']}-open" if few else marker["symbol"] for few in hollow]
    sizes = [8 + min(8, n**0.5) for n in n_readers]
    return {
        **marker,
        "symbol": symbols,
        "size": sizes,
        "opacity": 1,
        "line": {"width": 2 * any(hollow)},
    }


def _in_order(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """What the bins are called, the lowest first, each once."""
    starts = {row["from"]: _span(row) for row in rows}
    return [starts[start] for start in sorted(starts)]


def _span(row: Mapping[str, Any]) -> str:
    if row["to"] is None:
        return f"{row['from']:g}+"
    return f"{row['from']:g}-{row['to']:g}" if row["from"] else f"<{row['to']:g}"


def worst_readers(tables: Mapping[str, pd.DataFrame], *, n: int = 20) -> go.Figure:
    """Readers of whom the least is heard as labelled, with 95 % intervals.

    Parameters
    ----------
    tables
        By the result's name: what `operating.by_reader` gives.
    """
    names = worst(tables, n=n)
    series = []
    for i, (name, table) in enumerate(tables.items()):
        by_id = table.set_index("speaker_id").to_dict(orient="index")
        of = [by_id.get(reader) for reader in names]
        look = {key: style(i)["marker"][key] for key in ("color", "symbol")}
        series.append(
            Dots(
                name,
                [row["right"] if row else None for row in of],
                [(row["low"], row["high"]) if row else None for row in of],
                look,
                [f" of {row['n']} excerpts" if row else "" for row in of],
            )
        )
    return rows([*names.values()], series, xaxis="the reader's excerpts heard as labelled")


def worst(tables: Mapping[str, pd.DataFrame], *, n: int = 20) -> dict[str, str]:
    """Readers with any error, in all results together the worst first, by id and in words."""
    everyone = pd.concat([*tables.values()], ignore_index=True)
    each = everyone.groupby("speaker_id").agg(
        right=("right", "mean"), f0=("f0", "median"), gender=("gender", "first")
    )
    each = each[each["right"] < 1].sort_values("right").head(n)
    return {
        str(
            reader
        ): f"{shown(reader)} ({GENDERS.get(row['gender'], row['gender'])}{_height(row['f0'])})"
        for reader, row in each.iterrows()
    }


def _height(f0: float) -> str:
    return f", {f0:.0f} Hz" if pd.notna(f0) else ""


def spread(tables: Mapping[str, pd.DataFrame], *, height: int = 320) -> go.Figure:
    """How many readers are heard right how often."""
    figure = go.Figure()
    edges = [*SPANS.values()]
    for i, (name, table) in enumerate(tables.items()):
        lower = [float(edge) for edge in edges]
        upper = [2.0, *lower[:-1]]
        counts = [
            int(((table["right"] >= low) & (table["right"] < high)).sum())
            for low, high in zip(lower, upper, strict=True)
        ]
        figure.add_bar(
            x=[*SPANS],
            y=counts,
            name=name,
            text=counts,
            textposition="outside",
            cliponaxis=False,
            marker={
                "color": style(i)["marker"]["color"],
                "pattern": {"shape": PATTERNS[i % len(PATTERNS)], "solidity": 0.25},
            },
            hovertemplate="%{x}: %{y} readers",
        )
    figure.update_xaxes(title_text="a reader's excerpts heard as labelled", tickangle=0)
    figure.update_yaxes(title_text="readers", rangemode="tozero")
    return figure.update_layout(
        height=height, margin=MARGIN, legend=LEGEND, barmode="group", showlegend=True
    )
