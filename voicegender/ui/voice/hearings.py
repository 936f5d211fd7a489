"""A recording that is being answered: how far it is, whoever looks, and however often."""

import threading
import time
from collections.abc import Generator

from voicegender.answers import Answer
from voicegender.ui.voice import turns

MINUTE = 60.0
"""Seconds of a recording that go before charts; shorter ones are answered within them."""


class Hearing:
    """Steps towards an answer, taken one at a time and never lost.

    Streamlit ends the run of a page wherever a person does something, and begins another. The
    steps that were taken stay taken: the next run goes on. The last run may still be in a step
    then, so a lock lets them follow each other.

    Parameters
    ----------
    steps
        Gives seconds heard so far, and the answer in the end.
    seconds
        Length of the recording, as far as it is known; else 0.
    """

    def __init__(self, steps: Generator[float, None, Answer], seconds: float) -> None:
        self._steps = steps
        self._lock = threading.Lock()
        self.seconds = seconds
        self.heard = self.spent = 0.0
        self.answer: Answer | None = None
        self.over = False

    def step(self) -> bool:
        """Hear a minute further; whether more is to be heard."""
        rank = turns.LATER if self.heard > MINUTE else turns.FIRST
        with self._lock, turns.OURS.turn(rank):
            began = time.monotonic()
            is_over, self.over = self.over, True  # so it stays if the step ends in an error
            if not is_over:
                try:
                    self.heard = next(self._steps)
                    self.over = False
                except StopIteration as end:
                    self.answer = end.value
            self.spent += time.monotonic() - began
        return not self.over

    @property
    def share(self) -> float:
        """How much was heard, 0..1."""
        return min(1.0, self.heard / self.seconds) if self.seconds else 0.0

    @property
    def left(self) -> float | None:
        """Seconds of work that remain, as fast as it went so far; None where nobody knows."""
        share = self.share
        return self.spent * (1 - share) / share if share else None
