"""Who computes next when many ask at once: the more urgent first, else who came first.

Threads that compute side by side hold each other up: each waits for the interpreter at every
step, and all end together, late. In turns, as many at once as there are cores, most are
answered long before the last.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from heapq import heappop, heappush
from itertools import count

FIRST, LATER = 0, 1
"""Ranks: what somebody waits for with nothing on the page yet, and what comes after that."""


class Turns:
    """A door through which so many pass at once.

    Parameters
    ----------
    places
        How many.
    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: list[tuple[int, int]] = []
        self._numbers = count()
        self._changed = threading.Condition()

    @property
    def n_waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    @contextmanager
    def turn(self, rank: int) -> Iterator[None]:
        """Wait for one's turn, and have it; never ask for another one meanwhile."""
        ticket = rank, next(self._numbers)
        with self._changed:
            heappush(self._waiting, ticket)
            self._changed.wait_for(lambda: self._free and self._waiting[0] == ticket)
            heappop(self._waiting)
            self._take(-1)
        try:
            yield
        finally:
            with self._changed:
                self._take(1)

    def _take(self, places: int) -> None:
        self._free += places
        self._changed.notify_all()


OURS = Turns(os.cpu_count() or 1)
"""Of all sessions of this server."""
