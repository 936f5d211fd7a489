"""Both errors against each other as the threshold moves: ROC and DET, and where one stands."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from voicegender.operating import deviate
from voicegender.ui.colours import UNCERTAIN
from voicegender.ui.results.charts_runs import LEGEND, MARGIN, SHARE, style

TICKS = (0.001, 0.01, 0.05, 0.2, 0.4, 0.6, 0.8)
"""Error rates named on the axes of a DET curve."""
WHOLE_FIGURE = 0.35
"""Of a corner this large nothing is gained by enlarging it."""
LEAST_CORNER = 0.02
N_POINTS = 600
"""A curve of more shows no more."""
MEN_AS_WOMEN = "labelled male, heard as female"
WOMEN_AS_MEN = "labelled female, heard as male"
HOVER = (
    f"%{{customdata[0]}}: {WOMEN_AS_MEN} %{{customdata[2]:.1%}}, "
    f"{MEN_AS_WOMEN} %{{customdata[1]:.1%}}"
)


@dataclass(frozen=True)
class Curve:
    """A result's errors.

    Attributes
    ----------
    points
        ``false_positive``, ``true_positive``, ``threshold``; empty where they are not known.
    at
        Share of men heard as female, and of women heard as male, at the threshold that is chosen.
    n
        Answers about the rarer gender.
    threshold
        The one that is chosen.
    """

    points: Mapping[str, Sequence[float]]
    at: tuple[float, float] | None
    n: int
    threshold: float = 0.5

    def rows(self) -> list[tuple[float, float, float]]:
        """Thresholds with men heard as female and women heard as male, at most `N_POINTS`."""
        thresholds = self.points.get("threshold", ())
        kept = range(0, len(thresholds), max(1, math.ceil(len(thresholds) / N_POINTS)))
        false, true = (self.points.get(f"{kind}_positive", ()) for kind in ("false", "true"))
        return [(thresholds[i], false[i], 1 - true[i]) for i in [*kept, -1] if len(thresholds)]


def roc(curves: Mapping[str, Curve], *, height: int = 400) -> go.Figure:
    """Women heard as female against men heard so, the corner in which errors are rare."""
    figure = go.Figure()
    figure.add_scatter(x=[0, 1], y=[0, 1], showlegend=False, hoverinfo="skip", **_guessing())
    _draw(figure, curves, lambda false, missed: (false, 1 - missed))
    side = corner(curves)
    what = f", enlarged up to {side:.0%}" if side < 1 else ""
    figure.update_xaxes(title_text=MEN_AS_WOMEN + what, **SHARE, range=[-0.03 * side, side])
    figure.update_yaxes(
        title_text="labelled female, heard so", **SHARE, range=[1 - side, 1 + 0.03 * side]
    )
    return _framed(figure, height)


def corner(curves: Mapping[str, Curve]) -> float:
    """Largest error rate that is drawn: all of the bend and of the points; 1 draws all."""
    bends = [
        min((max(false, missed) for _, false, missed in curve.rows()), default=0.0)
        for curve in curves.values()
    ]
    points = [rate for curve in curves.values() if curve.at for rate in curve.at]
    side = max([3 * max(bends, default=0.0), *(1.4 * rate for rate in points), LEAST_CORNER])
    return 1.0 if side > WHOLE_FIGURE else math.ceil(side * 50) / 50


def det(curves: Mapping[str, Curve], *, height: int = 400) -> go.Figure:
    """Both error rates on axes of normal deviates, which spread out what is rare.

    What never happens is drawn at the end of the axis: half an answer.
    """
    least = min((0.5 / max(1, curve.n) for curve in curves.values()), default=0.001)
    figure = go.Figure()

    def place(false: float, missed: float) -> tuple[float, float]:
        return deviate(max(false, least)), deviate(max(missed, least))

    _draw(figure, curves, place)
    ticks = [least, *(rate for rate in TICKS if rate > 3 * least)]
    words = ["0", *(f"{100 * rate:g} %" for rate in ticks[1:])]
    points = [rate for curve in curves.values() if curve.at for rate in curve.at]
    most = max([0.4, *(1.2 * rate for rate in points)])
    axis = {
        "tickvals": [deviate(rate) for rate in ticks],
        "ticktext": words,
        "range": [deviate(least) - 0.1, deviate(min(0.99, most))],
        "zeroline": False,
    }
    figure.update_xaxes(title_text=MEN_AS_WOMEN, tickangle=0, **axis)
    figure.update_yaxes(title_text=WOMEN_AS_MEN, **axis)
    return _framed(figure, height)


def _draw(figure: go.Figure, curves: Mapping[str, Curve], place: Any) -> None:
    """A line a result, and a large marker where the chosen threshold lies."""
    for i, (name, curve) in enumerate(curves.items()):
        looks, rows = style(i), curve.rows()
        points = [place(false, missed) for _, false, missed in rows]
        figure.add_scatter(
            x=[x for x, _ in points],
            y=[y for _, y in points],
            customdata=[[f"from {t:.0%}", false, missed] for t, false, missed in rows],
            name=name,
            mode="lines",
            line={**looks["line"], "width": 2.5},
            legendgroup=name,
            hovertemplate=HOVER,
        )
        if curve.at:
            x, y = place(*curve.at)
            figure.add_scatter(
                x=[x],
                y=[y],
                customdata=[[f"at {curve.threshold:.0%}", *curve.at]],
                name=name,
                mode="markers",
                marker={**looks["marker"], "size": 14, "line": {"width": 2, "color": "white"}},
                legendgroup=name,
                showlegend=not rows,
                cliponaxis=False,
                hovertemplate=HOVER,
            )


def _guessing() -> dict[str, Any]:
    return {"mode": "lines", "line": {"color": UNCERTAIN, "dash": "dot", "width": 1}}


def _framed(figure: go.Figure, height: int) -> go.Figure:
    return figure.update_layout(height=height, margin=MARGIN, legend=LEGEND, showlegend=True)
