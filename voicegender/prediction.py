"""Bundle + signal -> verdict and timeline.

Sound comes in blocks, so memory does not grow with the recording: blocks lose what is no
speech, what is left is cut into windows, and windows become numbers.
"""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from voicegender.audio import SAMPLE_RATE, Samples, Source, stream_audio
from voicegender.bundle import Bundle, open_bundle
from voicegender.errors import AudioError
from voicegender.limits import LIMIT_SECONDS
from voicegender.listening import Segment, Speech, on_the_clock
from voicegender.refusal import check_speech, purity
from voicegender.second_voice import Otherwise, heard_otherwise
from voicegender.speech import SpeechDetector

T = TypeVar("T")
N_AHEAD = min(3, os.cpu_count() or 1)
"""Minutes of speech at their networks at once; one speech detector feeds no more."""
Heard = Callable[[float], None]
"""Is told how many seconds of a recording have been heard, again and again."""


@dataclass(frozen=True)
class Prediction:
    """What a voice is heard as.

    Attributes
    ----------
    label
        ``female``, ``male`` or ``uncertain``.
    p_female
        Calibrated probability, 0..1.
    confidence
        Probability of the likelier label, 0.5..1.
    duration, speech_duration
        Seconds of the recording, and of the speech found in it.
    segments
        Speech in time; what lies between is no speech.
    """

    label: str
    p_female: float
    confidence: float
    duration: float
    speech_duration: float
    segments: tuple[Segment, ...]

    @property
    def otherwise(self) -> Otherwise | None:
        """A notable part that is decidedly heard otherwise: perhaps there are two voices."""
        return heard_otherwise(self.segments, self.p_female)


class Classifier:
    """A bundle that answers."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._extract = bundle.extractor
        self._detector = SpeechDetector()

    def predict(
        self, source: str | Source, *, name: str = "", limit: float = LIMIT_SECONDS
    ) -> Prediction:
        """Answer for a file, or for the bytes of one.

        Raises
        ------
        AudioError
            It cannot be decoded, or holds less than half a second of speech.
        """
        return finished(self.hear(source, name=name, limit=limit))

    def hear(
        self, source: str | Source, *, name: str = "", limit: float = LIMIT_SECONDS
    ) -> Generator[float, None, Prediction]:
        """The same in steps: gives the seconds heard so far, a minute further each time.

        Between two steps it may be left alone for as long as one likes; memory stays flat.
        """
        source = Path(source) if isinstance(source, str) else source
        name = name or (str(source) if isinstance(source, Path) else "recording")
        return self._judge(stream_audio(source, limit=limit, name=name), name)

    def predict_samples(self, y: Samples, *, sr: int = SAMPLE_RATE) -> Prediction:
        """Answer for mono samples, float32, shape (n_samples,), at ``sr`` Hz.

        Raises
        ------
        AudioError
            Not one-dimensional, not finite, or less than half a second of speech.
        """
        import soxr

        y = np.asarray(y, np.float32)
        if y.ndim != 1 or not np.isfinite(y).all():
            raise AudioError("samples", "must be one-dimensional and finite", "mix to mono first")
        y = y if sr == SAMPLE_RATE else soxr.resample(y, sr, SAMPLE_RATE)
        return finished(self._judge([y], "samples"))

    def _judge(self, blocks: Iterable[Samples], name: str) -> Generator[float, None, Prediction]:
        speech = Speech(self._detector, blocks)
        found: list[NDArray[np.float64]] = []
        lengths, shares = [], []
        # The networks run beside the speech detector, on the cores it leaves free.
        with ThreadPoolExecutor(N_AHEAD) as pool:
            ahead: deque[Future[NDArray[np.float64]]] = deque()
            for y in speech.chunks():
                if not len(y):
                    yield speech.heard
                    continue
                ahead.append(pool.submit(self._log_odds, y))
                lengths.append(len(y) / SAMPLE_RATE)
                shares.append(purity(y))
                if len(ahead) > N_AHEAD:  # memory stays flat
                    found.append(ahead.popleft().result())
            log_odds = found + [future.result() for future in ahead]
        check_speech(speech.seconds, np.concatenate([np.zeros(0, np.float32), *shares]), place=name)
        p_female = float(self.bundle.calibration(np.concatenate(log_odds).mean()))
        cells = self._cells(log_odds, lengths)
        return Prediction(
            label=self.bundle.calibration.label(p_female),
            p_female=p_female,
            confidence=max(p_female, 1 - p_female),
            duration=speech.heard,
            speech_duration=speech.seconds,
            segments=tuple(on_the_clock(cells, speech.regions)),
        )

    def _log_odds(self, y: Samples) -> NDArray[np.float64]:
        return self.bundle.log_odds(self._extract.inputs(y))

    def _cells(
        self, log_odds: list[NDArray[np.float64]], lengths: list[float]
    ) -> Iterator[tuple[float, float]]:
        """End in seconds of speech, and probability, of each cell."""
        before = 0.0
        for odds, seconds in zip(log_odds, lengths, strict=True):
            for end, value in self._extract.windows.cells(odds, seconds):
                yield before + end, float(self.bundle.calibration(np.asarray(value)))
            before += seconds


def finished(steps: Generator[float, None, T], heard: Heard = lambda _: None) -> T:
    """What steps return in the end."""
    while True:
        try:
            seconds = next(steps)
        except StopIteration as end:
            value: T = end.value
            return value
        heard(seconds)


def load_model(folder: str | Path) -> Classifier:
    """The model in a folder, ready to answer.

    Raises
    ------
    ModelError
        There is none, or it cannot hear recordings.
    """
    bundle = open_bundle(folder)
    bundle.load()
    return Classifier(bundle)
