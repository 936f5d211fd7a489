"""Sound as it arrives -> what is heard now, the last minute of it, and the take.

One thread takes sound in, another asks twice a second what is heard; the first never waits for
the second's work.
"""

import copy
import math
import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass

import numpy as np

from voicegender.audio import SAMPLE_RATE, Samples
from voicegender.errors import AudioError
from voicegender.pitch import F0Median
from voicegender.prediction import Classifier
from voicegender.refusal import check_speech, purity
from voicegender.speech import SpeechDetector

SPAN_SECONDS = 1.2
"""Sound just gone that one verdict rests on: enough to be right, short enough to follow a voice."""
MINUTE = 60.0
"""Seconds of the timeline."""
KEPT_SECONDS = 600.0
"""Longest take; of a longer one the end is kept."""
QUIETEST_DB = -90.0
"""Level of what is as good as digital silence."""


@dataclass(frozen=True)
class Moment:
    """What is heard at one time.

    Attributes
    ----------
    start, end
        Seconds since listening began; from the moment before to this one.
    label
        ``female``, ``male`` or ``uncertain``; empty where there is no speech.
    p_female
        Calibrated probability; None where there is no speech.
    level
        Root mean square in dB, 0 at full scale.
    f0
        Median F0 of the speech in Hz; NaN where nothing is voiced.
    """

    start: float
    end: float
    label: str
    p_female: float | None
    level: float
    f0: float


class Listener:
    """A microphone's sound, mono at 16,000 Hz, and what is heard in it; nothing of it on disk.

    Attributes
    ----------
    arrived_at
        When sound came last, on the monotonic clock in seconds; None before the first.
    seconds
        Length of what was heard.
    heard
        Seconds of each label since listening began.
    moments
        The last minute, oldest first.
    """

    def __init__(self) -> None:
        self._arriving = threading.Lock()
        self._arrived: list[Samples] = []
        self._hearing = threading.Lock()
        self._stream = SpeechDetector().stream()
        self._recent = np.zeros(0, np.float32)
        self._speech = np.zeros(0, np.float32)
        self._take: deque[Samples] = deque()
        self.arrived_at: float | None = None
        self.seconds = 0.0
        self.heard: dict[str, float] = defaultdict(float)
        self.moments: deque[Moment] = deque()

    def take_in(self, y: Samples) -> None:
        """Keep the next block; called by the thread that receives it."""
        with self._arriving:
            self._arrived.append(y)
            self.arrived_at = time.monotonic()

    def hear(self, classifier: Classifier) -> Moment | None:
        """Listen to what has arrived since; the newest moment, None before the first."""
        with self._hearing:
            if len(y := self._new_samples()):
                self._listen(y, classifier)
            return self.moments[-1] if self.moments else None

    def take(self) -> Samples:
        """What was recorded, its last `KEPT_SECONDS` at most; shape (n_samples,)."""
        with self._hearing:
            self._keep(self._new_samples())
            return np.concatenate([np.zeros(0, np.float32), *self._take])

    def _new_samples(self) -> Samples:
        with self._arriving:
            arrived, self._arrived = self._arrived, []
        return np.concatenate([np.zeros(0, np.float32), *arrived])

    def _listen(self, y: Samples, classifier: Classifier) -> None:
        start, self.seconds = self.seconds, self.seconds + len(y) / SAMPLE_RATE
        self._keep(y)
        spoken = self._speech_just_gone(y)
        p_female = self._judged(spoken, classifier)
        f0 = float(F0Median()(spoken)[0]) if p_female is not None else math.nan
        label = "" if p_female is None else classifier.bundle.calibration.label(p_female)
        self.heard[label] += self.seconds - start
        self.moments.append(Moment(start, self.seconds, label, p_female, level_of(y), f0))
        while self.moments[0].end < self.seconds - MINUTE:
            self.moments.popleft()

    def _keep(self, y: Samples) -> None:
        self._take.append(y)
        while sum(map(len, self._take)) - len(self._take[0]) > KEPT_SECONDS * SAMPLE_RATE:
            self._take.popleft()

    def _speech_just_gone(self, y: Samples) -> Samples:
        """What is speech in the last `SPAN_SECONDS`."""
        detector = SpeechDetector()
        chunk = round(detector.chunk_seconds * SAMPLE_RATE)
        self._recent = np.concatenate([self._recent, y])
        self._speech = np.concatenate([self._speech, self._stream.push(y)])
        # The detector works in batches; a copy says what the sound that waits in it holds.
        probabilities = np.concatenate([self._speech, copy.copy(self._stream).finish()])
        seconds = len(self._recent) / SAMPLE_RATE
        regions = np.rint(detector.regions(probabilities, seconds) * SAMPLE_RATE).astype(int)
        regions = regions.clip(len(self._recent) - round(SPAN_SECONDS * SAMPLE_RATE))
        parts = [self._recent[a:b] for a, b in regions]
        spare = len(self._recent) - 2 * round(SPAN_SECONDS * SAMPLE_RATE)
        n_chunks = min(max(0, spare) // chunk, len(self._speech))
        self._recent, self._speech = self._recent[n_chunks * chunk :], self._speech[n_chunks:]
        return np.concatenate([np.zeros(0, np.float32), *parts])

    def _judged(self, spoken: Samples, classifier: Classifier) -> float | None:
        try:
            check_speech(len(spoken) / SAMPLE_RATE, purity(spoken), place="microphone")
        except AudioError:
            return None
        bundle = classifier.bundle
        return float(bundle.calibration(bundle.log_odds(bundle.extractor.inputs(spoken)).mean()))


def level_of(y: Samples) -> float:
    """Root mean square in dB, 0 at full scale, `QUIETEST_DB` at least."""
    power = float(np.square(y, dtype=np.float64).mean()) if len(y) else 0.0
    return max(QUIETEST_DB, 10 * math.log10(max(power, 1e-20)))
