"""Figures of a corpus's readers: how many by subset and gender, and how long they read."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from voicegender.ui.colours import GENDERS
from voicegender.ui.words import GENDERS as WORDS

PATTERNS = {"F": "", "M": "/"}
"""Hatching, so that colour alone does not tell the bars apart."""
WHOLE_FROM = 100
"""Minutes from which on a decimal says nothing."""
N_BINS = 30
LEAST_HEIGHT = 260
MARGIN = {"l": 56, "r": 16, "t": 34, "b": 44}
LEGEND = {"orientation": "h", "traceorder": "normal", "yanchor": "bottom", "y": 1.0, "x": 0}


def by_subset(readers: pd.DataFrame) -> go.Figure:
    """Readers by subset and gender, side by side."""
    counts = readers.groupby(["subset", "gender"]).size().unstack(fill_value=0)
    return _by_subset(counts, readers, "readers")


def minutes_by_subset(readers: pd.DataFrame) -> go.Figure:
    """Minutes of speech by subset and gender, side by side."""
    minutes = readers.groupby(["subset", "gender"])["minutes"].sum().unstack(fill_value=0)
    digits = 0 if minutes.to_numpy().max() >= WHOLE_FROM else 1
    return _by_subset(minutes.round(digits), readers, "minutes of speech")


def _by_subset(amounts: pd.DataFrame, readers: pd.DataFrame, what: str) -> go.Figure:
    """The subset with the most readers on top, whatever is counted."""
    amounts = amounts.loc[readers["subset"].value_counts().index]
    figure = go.Figure()
    for gender in amounts.columns:
        bar = _bar(gender, f"%{{y}}: %{{x:,.0f}} {what}")
        figure.add_trace(
            bar.update(
                x=amounts[gender],
                y=amounts.index,
                orientation="h",
                texttemplate="%{x:,.0f}",
                textposition="outside",
                textfont={"size": 11},
                cliponaxis=False,
            )
        )
    figure.update_xaxes(title_text=what if what == "readers" else f"{what} (min)")
    figure.update_yaxes(automargin=True, autorange="reversed")
    return _framed(figure, barmode="group", height=_height(readers))


def by_minutes(readers: pd.DataFrame) -> go.Figure:
    """How many readers read how many minutes, female on male."""
    minutes = readers["minutes"].dropna()
    edges = np.histogram_bin_edges(minutes, bins=N_BINS) if len(minutes) else np.array([0.0, 1.0])
    figure = go.Figure()
    for gender in sorted(set(readers["gender"])):
        counts, _ = np.histogram(readers.loc[readers["gender"] == gender, "minutes"], edges)
        bar = _bar(gender, "%{x:.1f} min: %{y:,} readers")
        figure.add_trace(bar.update(x=(edges[:-1] + edges[1:]) / 2, y=counts))
    figure.update_xaxes(title_text="minutes of speech by a reader (min)")
    figure.update_yaxes(title_text="readers")
    return _framed(figure, barmode="stack", height=LEAST_HEIGHT)


def _height(readers: pd.DataFrame) -> int:
    """Pixels: figures grow with the number of subsets, so two beside each other stay in line."""
    return max(LEAST_HEIGHT, 120 + 42 * len(set(readers["subset"])))


def _bar(gender: str, hover: str) -> go.Bar:
    return go.Bar(
        name=WORDS[gender],
        marker={
            "color": GENDERS[gender],
            "line": {"width": 0},
            "pattern": {
                "shape": PATTERNS[gender],
                "fillmode": "overlay",
                "fgcolor": "rgba(255,255,255,0.55)",
                "size": 6,
                "solidity": 0.2,
            },
        },
        hovertemplate=f"{WORDS[gender]}, {hover}<extra></extra>",
    )


def _framed(figure: go.Figure, *, barmode: str, height: int) -> go.Figure:
    figure.update_layout(
        height=height, margin=MARGIN, legend=LEGEND, barmode=barmode, bargap=0.15, bargroupgap=0.05
    )
    return figure
