"""A long signal -> overlapping windows, and their answers -> one line in time."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Windows:
    """Windows of ``seconds``, at most ``hop`` seconds apart; the unit a network answers for.

    They are spread evenly, so that the first begins with the signal and the last ends with it.
    """

    seconds: float = 3.0
    hop: float = 1.0

    def spans(self, n: int, rate: float) -> list[tuple[int, int]]:
        """Start and stop of each window in ``n`` samples or frames, ``rate`` a second.

        A signal shorter than a window is one window.
        """
        length, hop = max(1, round(self.seconds * rate)), max(1, round(self.hop * rate))
        if n <= length:
            return [(0, n)]
        starts = np.linspace(0, n - length, 1 + math.ceil((n - length) / hop))
        return [(start, start + length) for start in np.rint(starts).astype(int).tolist()]

    def cells(self, log_odds: NDArray[np.float64], seconds: float) -> list[tuple[float, float]]:
        """Answers of windows -> one for each stretch of ``hop`` seconds of the signal.

        Parameters
        ----------
        log_odds
            One a window, shape (n_windows,).
        seconds
            Length of the signal.

        Returns
        -------
        list of (end, log_odds)
            End of each cell in seconds; a cell starts where the one before ends. Its value is
            the mean over the windows that hold its middle.
        """
        starts = np.linspace(0, max(0.0, seconds - self.seconds), len(log_odds))
        n_cells = max(1, math.ceil(seconds / self.hop))
        ends = np.minimum(self.hop * np.arange(1, n_cells + 1), seconds)
        middles = (np.concatenate([[0.0], ends[:-1]]) + ends) / 2
        # A hair wider than a window: where windows only touch, rounding must not leave a gap.
        holds = np.abs(middles[:, None] - starts - self.seconds / 2) <= self.seconds / 2 + 1e-3
        holds |= len(log_odds) == 1
        return [*zip(ends.tolist(), (holds @ log_odds / holds.sum(axis=1)).tolist(), strict=True)]
