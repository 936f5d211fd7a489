"""The map of recordings: a point a recording, near those it resembles."""

import html
from collections.abc import Collection

import pandas as pd
import plotly.graph_objects as go

from voicegender.projection import Projection
from voicegender.ui.colours import GENDERS, UNCERTAIN
from voicegender.ui.words import GENDERS as WORDS

MARKERS = {"F": "circle", "M": "diamond"}
"""Shapes, so that colour alone does not tell the points apart."""
MARGIN = {"l": 64, "r": 16, "t": 34, "b": 48}
LEGEND = {"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0}


def voices(
    projection: Projection,
    points: pd.DataFrame,
    disputed: Collection[str] = (),
    *,
    height: int = 620,
) -> go.Figure:
    """The points, those of disputed readers ringed; ``customdata`` is the utterance."""
    figure = go.Figure()
    ringed = points[points["speaker_id"].isin(disputed)]
    if len(ringed):
        figure.add_trace(_rings(ringed))
    for gender, rows in points.groupby("gender"):
        figure.add_trace(_points(str(gender), rows))
    names = [f"component {i} ({share:.0%} of all differences)" for i, share in _axes(projection)]
    figure.update_xaxes(title_text=names[0], zeroline=False)
    figure.update_yaxes(title_text=names[1], zeroline=False)
    return figure.update_layout(height=height, margin=MARGIN, legend=LEGEND, hovermode="closest")


def _axes(projection: Projection) -> list[tuple[int, float]]:
    return [*enumerate(projection.explained, start=1)]


def _points(gender: str, rows: pd.DataFrame) -> go.Scatter:
    return go.Scatter(
        x=rows["x"].round(2),
        y=rows["y"].round(2),
        mode="markers",
        name=f"labelled {WORDS[gender]}",
        marker={
            "color": GENDERS[gender],
            "symbol": MARKERS[gender],
            "size": 8,
            "opacity": 0.75,
            "line": {"width": 0},
        },
        customdata=rows[["utterance_id", "speaker_id"]].to_numpy(),
        hovertext=[
            f"reader {html.escape(reader)}, labelled {WORDS[gender]}<br>{html.escape(name)}"
            for reader, name in zip(rows["speaker_id"], rows["utterance_id"], strict=True)
        ],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _rings(rows: pd.DataFrame) -> go.Scatter:
    """Behind the points, so that a click meets those."""
    return go.Scatter(
        x=rows["x"].round(2),
        y=rows["y"].round(2),
        mode="markers",
        name="label disputed",
        marker={"symbol": "circle-open", "size": 17, "color": UNCERTAIN, "line": {"width": 3}},
        hoverinfo="skip",
    )
