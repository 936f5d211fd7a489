"""Spectrogram and F0 as parts of a figure: what is drawn, and the axes that name it."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from voicegender.audio import SAMPLE_RATE, Samples
from voicegender.features import Frames, LogMel
from voicegender.mel import mel_filters
from voicegender.pitch import F0Threshold, F0Track
from voicegender.ui.colours import PITCH, UNCERTAIN

N_COLUMNS = 1200
"""More than a screen can show of one chart."""
FLOOR_DB = -80.0
HERTZ = (250, 500, 1000, 2000, 4000)
"""Ticks of the mel axis."""


def mel_map(y: Samples, *, share: float = 1.0) -> go.Heatmap:
    """Log-mel power in dB below the loudest, in at most `N_COLUMNS` columns.

    ``share`` of the figure's height, from its top, is what the bar of colours takes.
    """
    extract = LogMel()
    frames = extract(y)
    n = -(-len(frames) // N_COLUMNS)
    return go.Heatmap(
        z=below_the_loudest(columns_of(frames, n)),
        x0=first_column(extract, n),
        dx=n * extract.frame_seconds,
        colorscale="Cividis",
        zmin=FLOOR_DB,
        zmax=0,
        colorbar={
            "title": {"text": "dB"},
            "thickness": 10,
            "len": share,
            "y": 1.0,
            "yanchor": "top",
        },
        hovertemplate="%{x:.2f} s, band %{y}: %{z} dB<extra></extra>",
    )


def columns_of(frames: Frames, n: int) -> Frames:
    """Mean power in dB of every ``n`` frames; natural logarithms, shape (n_frames, n_mels)."""
    starts = np.arange(0, len(frames), n)
    counts = np.diff(starts, append=len(frames))[:, None]
    decibels = frames * np.float32(10 / np.log(10))
    return np.asarray(np.add.reduceat(decibels, starts, axis=0) / counts, np.float32)


def below_the_loudest(columns: Frames) -> NDArray[np.int8]:
    """Whole dB from `FLOOR_DB` to 0; shape (n_columns, n_mels) -> (n_mels, n_columns)."""
    return np.asarray(np.rint(np.maximum(columns - columns.max(), FLOOR_DB)).T, np.int8)


def first_column(extract: LogMel, n: int) -> float:
    """Middle of the first ``n`` frames, seconds; a frame's window is centred in its samples."""
    return (extract.n_fft / 2 + (n - 1) / 2 * extract.hop_length) / SAMPLE_RATE


def f0_span() -> list[float]:
    """Ends of the axis of F0, Hz."""
    track = F0Track()
    return [track.fmin - 15, track.fmax]


def mel_centres(n_fft: int, n_mels: int) -> NDArray[np.float64]:
    """Centre of each mel band, Hz; shape (n_mels,)."""
    filters = mel_filters(n_fft, n_mels).astype(np.float64)
    hertz = np.linspace(0, SAMPLE_RATE / 2, len(filters))
    return np.asarray(hertz @ filters / filters.sum(axis=0), np.float64)


def name_mel_bands(figure: go.Figure, row: int = 1) -> None:
    """Mel bands, named by the frequencies that lie in them."""
    extract = LogMel()
    centres = mel_centres(extract.n_fft, extract.n_mels)
    ticks = np.interp(HERTZ, centres, np.arange(extract.n_mels))
    figure.update_yaxes(
        title_text="frequency (Hz)",
        tickvals=ticks,
        ticktext=[f"{hertz:,}" for hertz in HERTZ],
        showgrid=False,
        row=row,
        col=1,
    )


def f0_dots(y: Samples) -> go.Scatter:
    """F0 of each voiced frame; nothing where there is none."""
    track = F0Track()
    f0 = track(y)
    return go.Scatter(
        x=track.times(len(f0)),
        y=f0,
        mode="markers",
        marker={"size": 4, "color": PITCH},
        name="F0",
        showlegend=False,
        hovertemplate="%{x:.2f} s: F0 %{y:.0f} Hz<extra></extra>",
    )


def name_f0(figure: go.Figure, row: int) -> None:
    """Hz, with the line at which the F0 baseline changes its mind."""
    threshold = F0Threshold()
    figure.update_yaxes(title_text="F0 (Hz)", range=f0_span(), row=row, col=1)
    figure.add_hline(
        y=threshold.hz,
        line={"color": UNCERTAIN, "dash": "dot", "width": 1},
        annotation={"text": f"{threshold.hz:.0f} Hz", "font": {"size": 11}},
        row=row,
        col=1,
    )
