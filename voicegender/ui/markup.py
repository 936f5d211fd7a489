"""Names of others in a figure: Plotly would read tags in them."""

import html
from typing import Any

import numpy as np
import plotly.graph_objects as go

SHOWN = ("name", "text", "x", "y")
"""What a trace shows of others; ``hovertext`` is composed with tags of ours, where it is made."""


def without_markup(figure: go.Figure, *fields: str) -> go.Figure:
    """The figure with names that are no more than text; by default in customdata too."""
    for trace in figure.data:
        for field in fields or (*SHOWN, "customdata"):
            if field in trace and trace[field] is not None:
                trace[field] = _inert(trace[field])
    for axis in (*figure.select_xaxes(), *figure.select_yaxes()):
        for field in ("categoryarray", "ticktext"):
            if axis[field] is not None:
                axis[field] = _inert(axis[field])
    return figure


def _inert(value: Any) -> Any:
    if isinstance(value, str):
        return html.escape(html.unescape(value), quote=False)
    if isinstance(value, np.ndarray) and value.dtype.kind in "OU":
        return [_inert(one) for one in value.tolist()]
    if isinstance(value, list | tuple):
        return [_inert(one) for one in value]
    return value
