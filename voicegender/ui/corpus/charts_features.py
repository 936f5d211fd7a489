"""Figures of features: MFCC in time, and the 128 numbers of a recording among all others."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from voicegender.audio import SAMPLE_RATE, Samples
from voicegender.features import MfccMean, Vector
from voicegender.ui.colours import FEMALE, MALE, UNCERTAIN
from voicegender.ui.spread import Spread
from voicegender.ui.voice.charts_voice import BINS

MARGIN = {"l": 70, "r": 16, "t": 34, "b": 44}
N_SHOWN = 40
"""Coefficients drawn in time; those above hold no more than noise to the eye."""
STYLES = {"F": ("mean of women", FEMALE, "dash"), "M": ("mean of men", MALE, "dot")}


def mfcc_map(y: Samples, *, height: int = 260) -> go.Figure:
    """MFCC in time, from the second on: the first is loudness and would hide the others."""
    extract = MfccMean()
    frames = extract.frames(y)[:: max(1, len(y) // extract.hop_length // BINS + 1), 1:N_SHOWN]
    step = len(y) / SAMPLE_RATE / len(frames)
    limit = float(np.percentile(np.abs(frames), 99))
    figure = go.Figure(
        go.Heatmap(
            z=np.round(frames.T, 1),
            x0=0,
            dx=step,
            y0=1,
            dy=1,
            colorscale="Cividis",
            zmin=-limit,
            zmax=limit,
            colorbar={"title": {"text": "dB"}, "thickness": 10},
            hovertemplate="%{x:.2f} s, coefficient %{y}: %{z:.1f}<extra></extra>",
        )
    )
    figure.update_xaxes(title_text="time (s)", range=[0, len(y) / SAMPLE_RATE], showgrid=False)
    figure.update_yaxes(title_text="coefficient", showgrid=False)
    return figure.update_layout(height=height, margin=MARGIN)


def mfcc_numbers(values: Vector, spread: Spread | None, *, height: int = 300) -> go.Figure:
    """The mean MFCC of one recording, beside the means of women and of men.

    Where the spread of all recordings is known it is the unit, so that each number counts
    alike; else they are drawn in dB from the second on, for the first hides the others.
    """
    known = spread is not None
    orders = np.arange(0 if known else 1, len(values))
    figure = go.Figure()
    bar = {"color": UNCERTAIN, "line": {"width": 0}}
    figure.add_bar(
        x=orders,
        y=(spread(values) if spread else values)[orders],
        name="this recording",
        marker=bar,
    )
    if spread:
        for gender, mean in spread.genders.items():
            name, colour, dash = STYLES[gender]
            line = {"color": colour, "dash": dash, "width": 2.5}
            figure.add_scatter(x=orders, y=spread(mean), name=name, mode="lines", line=line)
    figure.update_traces(hovertemplate="coefficient %{x}: %{y:.1f}")
    figure.update_xaxes(title_text="coefficient")
    unit = "standard deviations from the mean" if known else "mean over time (dB)"
    figure.update_yaxes(title_text=unit)
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    return figure.update_layout(height=height, margin=MARGIN, legend=legend, bargap=0.1)


def numbers_table(values: Vector, spread: Spread | None) -> pd.DataFrame:
    """The same numbers in dB, a row a coefficient."""
    table = pd.DataFrame({"Coefficient": np.arange(len(values)), "This recording": values})
    for gender, mean in (spread.genders if spread else {}).items():
        table[STYLES[gender][0].capitalize()] = mean
    return table.round(2)
