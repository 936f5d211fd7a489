"""Log-odds of a network -> probability that can be believed -> label or "uncertain".

References
----------
.. [1] J. Platt, "Probabilistic outputs for support vector machines", Advances in Large
   Margin Classifiers, 1999.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from voicegender.errors import SettingError

LABELS = ("male", "female")
"""Order of a network's two outputs, and of the seed's numbers: M = 0, F = 1."""
UNCERTAIN = "uncertain"
FURTHEST = 0.9
"""No threshold asks for more than this probability before it decides."""

Odds = NDArray[np.floating]
"""Natural log-odds of female, any shape."""


@dataclass(frozen=True)
class Calibration:
    """Platt's scaling of log-odds, and the two thresholds between which nothing is said."""

    kind: ClassVar[str] = "calibration"
    scale: float = 1.0
    offset: float = 0.0
    lower: float = 0.5
    upper: float = 0.5

    def __post_init__(self) -> None:
        """Refuse numbers with which nothing, or everything, would be decided."""
        if not (
            np.isfinite([self.scale, self.offset]).all() and 0 <= self.lower <= self.upper <= 1
        ):
            wrong = "holds numbers that calibrate nothing"
            raise SettingError(self.kind, wrong, "0 <= lower <= upper <= 1, all finite")

    def __call__(self, log_odds: Odds) -> NDArray[np.float64]:
        """Probability of female, 0..1, same shape."""
        bounded = np.clip(self.scale * np.asarray(log_odds, np.float64) + self.offset, -50, 50)
        return 1 / (1 + np.exp(-bounded))

    def label(self, p_female: float) -> str:
        """Female at or above the upper threshold, male below the lower, else uncertain."""
        if p_female >= self.upper:
            return LABELS[1]
        return LABELS[0] if p_female < self.lower else UNCERTAIN


def log_odds_of(probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    """Log-odds of female of a network's answers, shape (n, 2) -> (n,)."""
    p = np.clip(np.asarray(probabilities, np.float64), 1e-7, 1)  # float32 softmax ends there
    odds: NDArray[np.float64] = np.log(p[:, 1]) - np.log(p[:, 0])
    return odds


def fit_calibration(
    log_odds: Odds, is_female: NDArray[np.bool_], *, right: float = 0.995, most: float = 0.03
) -> Calibration:
    """Fit scale, offset and thresholds on excerpts that were not learnt from.

    Parameters
    ----------
    log_odds, is_female
        Shape (n_excerpts,).
    right
        Share of the decided excerpts that shall be right.
    most
        Share of excerpts that may be left undecided to get there.
    """
    from sklearn.linear_model import LogisticRegression

    # Two targets pulled inwards, as Platt does, keep separable excerpts from certainty: each
    # excerpt counts a little for the other label.
    doubt = 1 / (np.bincount(is_female.astype(int), minlength=2)[is_female.astype(int)] + 2)
    fitted = LogisticRegression(C=1e6).fit(
        np.concatenate([log_odds, log_odds])[:, None],
        np.concatenate([is_female, ~is_female]),
        sample_weight=np.concatenate([1 - doubt, doubt]),
    )
    scale, offset = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    if scale <= 0:  # a network that learnt nothing: leave its answers as they are
        return Calibration()
    calibration = Calibration(scale, offset)
    margin = _margin(calibration(log_odds), is_female, right, most)
    return Calibration(scale, offset, round(1 - margin, 2), margin)


def _margin(
    p: NDArray[np.float64], is_female: NDArray[np.bool_], right: float, most: float
) -> float:
    """The least probability of the likelier label at which it is said."""
    sure = np.maximum(p, 1 - p)
    correct = (p >= 0.5) == is_female  # noqa: PLR2004  # the even point
    for margin in np.arange(0.5, FURTHEST, 0.01):
        decided = sure >= margin
        if decided.mean() < 1 - most:
            return round(float(max(margin - 0.01, 0.5)), 2)
        if correct[decided].mean() >= right:
            return round(float(margin), 2)
    return FURTHEST
