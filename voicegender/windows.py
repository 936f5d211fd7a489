"""A long signal -> overlapping windows, and their answers -> one line in time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Windows:
    """Windows of ``seconds``, one every ``hop`` seconds; the unit a network answers for."""

    seconds: float = 3.0
    hop: float = 1.0

    def spans(self, n: int, rate: float) -> list[tuple[int, int]]:
        """Start and stop of each window in ``n`` samples or frames, ``rate`` a second.

        A signal shorter than a window is one window; what is left at the end, less than a
        hop, belongs to none.
        """
        length, hop = round(self.seconds * rate), round(self.hop * rate)
        return [(start, min(start + length, n)) for start in range(0, max(n - length, 0) + 1, hop)]

    def cells(self, log_odds: NDArray[np.float64], seconds: float) -> list[tuple[float, float]]:
        """Answers of windows -> mean log-odds of the windows over each hop of the signal.

        Parameters
        ----------
        log_odds
            One a window, shape (n_windows,).
        seconds
            Length of the signal.

        Returns
        -------
        list of (end, log_odds)
            End of each cell in seconds; a cell starts where the one before ends.
        """
        overlap = max(1, round(self.seconds / self.hop))
        n_cells = len(log_odds) + overlap - 1
        cells = []
        for i in range(n_cells):
            over = log_odds[max(0, i - overlap + 1) : i + 1]
            end = seconds if i == n_cells - 1 else min((i + 1) * self.hop, seconds)
            cells.append((end, float(over.mean())))
            if end >= seconds:
                break
        return cells
