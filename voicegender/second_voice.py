"""Whether part of a recording is heard otherwise than the whole: perhaps there are two voices.

Of a man and a woman one after the other, by models that had heard neither, 44 of 50 are told with
3 s of speech of each, 49 of 50 with 5 s, 34 of 50 with 2 s; of 251 recordings of one reader each,
one is said to hold two (``benchmarks/second_voice.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from voicegender.calibration import LABELS
from voicegender.listening import Segment

DECIDED = 0.9
"""Probability of a label from which a stretch counts as decided."""
LEAST_SECONDS, LEAST_SHARE = 1.5, 0.1
"""Of the speech: a single reader too is heard otherwise for a second now and then."""
LEAST_DECIDED = 0.7
"""Share of the speech that is decided, either way; below it one voice is merely hard to tell."""


@dataclass(frozen=True)
class Otherwise:
    """What part of a recording is heard as, its length, and that of all speech, in seconds."""

    label: str
    seconds: float
    of_seconds: float


def heard_otherwise(segments: Sequence[Segment], p_female: float) -> Otherwise | None:
    """The part that is decidedly heard otherwise than the whole; None where it is too small."""
    here, other = LABELS[::-1] if p_female >= 0.5 else LABELS  # noqa: PLR2004  # the even point
    total = sum(s.end - s.start for s in segments)
    seconds = _decided(segments, other)
    is_notable = seconds >= max(LEAST_SECONDS, LEAST_SHARE * total)
    if is_notable and seconds + _decided(segments, here) >= LEAST_DECIDED * total:
        return Otherwise(other, seconds, total)
    return None


def _decided(segments: Sequence[Segment], label: str) -> float:
    """Seconds that are decidedly heard as ``label``."""
    return sum(
        s.end - s.start
        for s in segments
        if (s.p_female if label == LABELS[1] else 1 - s.p_female) >= DECIDED
    )
