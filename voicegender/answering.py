"""Recordings -> an answer each, in their order, as many at work as there are cores.

Threads, for most of the time goes to networks and decoders that let other threads run: no
model is loaded twice, and nothing has to start.
"""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from threading import Event
from typing import Any

from voicegender.audio import Source
from voicegender.errors import AudioError
from voicegender.prediction import Classifier, Heard, finished

Watch = Callable[[Path], AbstractContextManager[Heard]]
"""What is told of each file, while it is awaited, how far it has been heard."""
LOOK_SECONDS = 0.1
"""Between two looks at how far that is."""


def answer_in_steps(
    classifier: Classifier, source: Source, name: str
) -> Generator[float, None, dict[str, Any]]:
    """Seconds heard so far; in the end what `answer` gives."""
    nothing = dict.fromkeys(
        ("label", "p_female", "confidence", "duration", "speech_duration", "segments")
    )
    try:
        prediction = yield from classifier.hear(source, name=name)
    except AudioError as error:
        return {"path": name, **nothing, "error": str(error)}
    return {"path": name, **asdict(prediction), "error": None}


def answer(
    classifier: Classifier, source: Source, name: str, heard: Heard = lambda _: None
) -> dict[str, Any]:
    """A prediction, or why there is none, as the JSON object of one recording."""
    return finished(answer_in_steps(classifier, source, name), heard)


def unwatched(_: Path) -> AbstractContextManager[Heard]:
    """A watch that tells nobody."""
    return nullcontext(lambda _: None)


class _Hearing:
    """A file that is being answered: how far it has been heard, and in the end its answer."""

    def __init__(
        self, classifier: Classifier, path: Path, pool: ThreadPoolExecutor, left: Event
    ) -> None:
        self.path = path
        self._left, self._seconds = left, 0.0
        # A name need not be text; what is shown must be.
        name = os.fsencode(path).decode("utf-8", errors="replace")
        self._future: Future[dict[str, Any]] = pool.submit(
            answer, classifier, path, name, self._note
        )

    def _note(self, seconds: float) -> None:
        if self._left.is_set():
            raise CancelledError
        self._seconds = seconds

    def answer(self, watch: Watch) -> dict[str, Any]:
        """Wait for the answer."""
        with watch(self.path) as heard:
            while wait([self._future], LOOK_SECONDS).not_done:
                heard(self._seconds)
            heard(self._seconds)
        return self._future.result()


def answer_all(
    classifier: Classifier,
    paths: Iterable[Path],
    *,
    watch: Watch = unwatched,
    n_workers: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Answers in the order of the paths, each as soon as it and those before it are known.

    ``n_workers`` files are at work at once; by default as many as there are cores.
    """
    n_workers = n_workers or os.cpu_count() or 1
    left = Event()
    with ThreadPoolExecutor(n_workers) as pool:
        ahead: deque[_Hearing] = deque()
        try:
            for path in paths:
                ahead.append(_Hearing(classifier, path, pool, left))
                if len(ahead) > n_workers:
                    yield ahead.popleft().answer(watch)
            while ahead:
                yield ahead.popleft().answer(watch)
        finally:
            left.set()  # whoever asked has gone, or was interrupted: no more is begun or finished
            pool.shutdown(wait=False, cancel_futures=True)
