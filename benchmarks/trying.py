"""What the product does with a broken file, tried in a process of its own."""

import os
import sys
import time
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from broken_files import Fuzzing, Seed

from voicegender.audio import read_excerpt
from voicegender.errors import VoiceGenderError
from voicegender.header import header_seconds
from voicegender.limits import LEAST_SPEECH
from voicegender.listening import Segment
from voicegender.places import places
from voicegender.prediction import Classifier, Prediction, load_model

MOST_MB = 400
"""Memory of a process while it is at a file, all its libraries and the model included."""
ROUNDED = 0.0006
"""Seconds by which a time that is told to the millisecond may be off."""
ANSWERED, REFUSED, FINDING = "answered", "refused", "FINDING"
FORBIDDEN = {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec"}


class Trial(NamedTuple):
    """What became of a file; megabytes are the process's most while at it, and those after it."""

    number: int
    seed: str
    outcome: str
    words: str
    seconds: float
    peak: float
    after: float


def must(what: str, *, hold: bool) -> None:
    """Raise what does not hold."""
    if not hold:
        raise AssertionError(what)


def check_answer(prediction: Prediction) -> None:
    """Raise where an answer is none."""
    p, segments, seconds = prediction.p_female, prediction.segments, prediction.speech_duration
    edges = [edge for segment in segments for edge in (segment.start, segment.end)]
    must(f"a label: {prediction}", hold=prediction.label in {"female", "male", "uncertain"})
    must(f"probabilities: {prediction}", hold=all(0 <= q <= 1 for q in (p, *_parts(segments))))
    must(f"a confidence: {prediction}", hold=prediction.confidence == max(p, 1 - p))
    must(f"durations: {prediction}", hold=LEAST_SPEECH <= seconds <= prediction.duration < np.inf)
    must(f"order: {prediction}", hold=bool(edges) and edges == sorted(edges))
    must(f"inside: {prediction}", hold=edges[0] >= 0 and edges[-1] <= prediction.duration + ROUNDED)


def _parts(segments: Sequence[Segment]) -> list[float]:
    return [segment.p_female for segment in segments]


def tried(classifier: Classifier, data: bytes, path: Path, index: int) -> tuple[str, str]:
    """What the product does with a file, every other time by its path; the outcome and its words.

    Any exception but the user's error is left to rise.
    """
    try:
        if index % 2:
            path.write_bytes(data)
            seconds = header_seconds(path)
            must(f"a length: {seconds}", hold=seconds is None or 0 <= seconds < np.inf)
            read_excerpt(path, 0.2, 0.5)
            prediction = classifier.predict(path)
        else:
            prediction = classifier.predict(data, name="an upload")
    except VoiceGenderError as error:
        must(f"one line: {error}", hold=len(str(error).splitlines()) == 1)
        return REFUSED, error.wrong
    check_answer(prediction)
    return ANSWERED, prediction.label


def _expected(outcome: str, seed: Seed, index: int, n_seeds: int) -> bool:
    """Good files are answered, as long as they are good; those that name others are refused."""
    return index >= n_seeds or outcome == (ANSWERED if seed.answers else REFUSED)


class Weight:
    """Memory of this process."""

    def forget(self) -> None:
        """Let the most so far be what it is now."""
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")

    def __call__(self) -> tuple[float, float]:
        """The most since, and now; MB."""
        status = Path("/proc/self/status").read_text(encoding="ascii")
        kib = (int(status.split(name)[1].split()[0]) for name in ("VmHWM:", "VmRSS:"))
        most, now = (n * 1024 / 1e6 for n in kib)
        return most, now


def work(fuzzing: Fuzzing, indices: range, folder: Path, sent: Connection, at: Any) -> None:
    """Try files in this process; tells each outcome, and first which file it is at."""
    said = folder / f"{os.getpid()}.txt"
    path = folder / f"{os.getpid()}.bin"
    with said.open("wb") as file:  # what decoders print is a finding, and belongs to its file
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    classifier, weight = load_model(places().default_model), Weight()
    sys.addaudithook(_forbid)
    for index in indices:
        seed, data = fuzzing.file(index)
        weight.forget()
        at.value = index
        began = time.process_time()
        try:
            outcome, words = tried(classifier, data, path, index)
        except BaseException:  # noqa: BLE001  # whatever it is, it is what is looked for
            outcome, words = FINDING, traceback.format_exc()
        seconds = time.process_time() - began
        if outcome != FINDING and not _expected(outcome, seed, index, len(fuzzing.seeds)):
            outcome, words = FINDING, f"{seed.name} is {outcome}: {words}"
        if text := said.read_text(errors="replace"):
            os.truncate(1, 0)
            outcome, words = FINDING, f"printed {text}"
        peak, after = weight()
        if peak > MOST_MB:
            outcome, words = FINDING, f"{peak:.0f} MB held; {words}"
        sent.send(Trial(index, seed.name, outcome, words, seconds, peak, after))
    sent.close()


def _forbid(event: str, arguments: tuple[object, ...]) -> None:
    if event in FORBIDDEN:
        raise AssertionError(f"{event} {arguments}")
