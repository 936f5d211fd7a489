"""A corpus through an extractor, in parallel, resumable.

The unit of work is a part of the feature set: made whole by one worker, or not at all. What
is there when a run starts is kept, so a killed run goes on where it was.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from voicegender.audio import SILENCE, read_excerpt
from voicegender.corpus import Corpus
from voicegender.errors import AudioError, WorkError
from voicegender.features import Extractor
from voicegender.process import Progress, Reporter, claimed
from voicegender.store import FeatureSet, Row, open_feature_set, write_part

SKIPPED = "not longer than the excerpt"
"""Why a recording is left out that has not failed: the recipe passes over it."""


def extract(
    corpus: Corpus,
    extractor: Extractor,
    store: Path,
    *,
    n_workers: int | None = None,
    progress: Progress | None = None,
) -> FeatureSet:
    """Make all features of a corpus, or those that are still missing.

    Parameters
    ----------
    corpus, extractor
        What is worked through, and the setting that is called.
    store
        Folder of all feature sets.
    n_workers
        Processes; by default one a core, and none beside this one for a single part.
    progress
        Told (done, total) utterances.

    Raises
    ------
    WorkError
        Another process extracts the same at this moment, or a worker died.
    """
    features = open_feature_set(store, extractor, corpus)
    if features.is_complete:
        return features
    with claimed(features.folder):
        features.tidy()
        _make_parts(features, corpus.root, n_workers, Reporter(features.folder, progress))
    return features


def _make_parts(features: FeatureSet, root: Path, n_workers: int | None, report: Reporter) -> None:
    missing = features.missing
    n_workers = min(n_workers or os.cpu_count() or 1, len(missing))
    total = len(features.utterances())
    done = total - sum(len(features.rows_of(index)) for index in missing)
    report("extracting", done, total)
    tasks = [(features.folder, index, features.rows_of(index), root) for index in missing]
    for n_rows in _worked(tasks, n_workers):
        done += n_rows
        report("extracting", done, total)


def failures(errors: pd.DataFrame) -> pd.DataFrame:
    """Of the recordings left out, those that failed; others the recipe passes over."""
    return errors[~errors["error"].str.startswith(SKIPPED)]


Task = tuple[Path, int, pd.DataFrame, Path]


def _worked(tasks: list[Task], n_workers: int) -> Iterator[int]:
    """Do the tasks and yield, as each ends, how many utterances it held."""
    if n_workers <= 1:
        yield from (make_part(*task) for task in tasks)
        return
    with ProcessPoolExecutor(
        n_workers,
        mp_context=get_context("spawn"),
        initializer=_follow_parent,
        initargs=(os.getpid(),),
    ) as pool:
        waiting: set[Future[int]] = {pool.submit(make_part, *task) for task in tasks}
        try:
            while waiting:
                ended, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in ended)
        except BrokenProcessPool:
            raise WorkError(
                "extraction",
                "a worker was killed",
                'start it again; a script of your own needs if __name__ == "__main__":',
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def make_part(folder: Path, index: int, rows: pd.DataFrame, root: Path) -> int:
    """Extract one part of a feature set and write it; the number of its utterances."""
    from threadpoolctl import threadpool_limits

    features = FeatureSet(folder)
    columns = zip(rows["utterance_id"], rows["path"], rows["duration"], strict=True)
    # One thread a worker: more would get in each other's way, and matrix products round
    # otherwise with another number of threads.
    with threadpool_limits(1):
        made = [
            _make_row(features.extractor, root / path, utterance_id, duration)
            for utterance_id, path, duration in columns
        ]
    write_part(features.part(index), made, half=features.extractor.framed)
    return len(made)


def _make_row(extractor: Extractor, path: Path, utterance_id: str, duration: float) -> Row:
    none = np.zeros((0, extractor.n_features), np.float32)
    span = extractor.excerpt(duration, utterance_id)
    if span is None:
        reason = f"{SKIPPED} of {extractor.excerpt.seconds:g} s"
        return Row(utterance_id, 0.0, 0.0, none, reason)
    try:
        y = read_excerpt(path, *span)
        if not len(y) or np.abs(y).max() < SILENCE:
            return Row(utterance_id, *span, none, "silent")
        values = np.atleast_2d(extractor(y))
    except AudioError as error:
        return Row(utterance_id, *span, none, error.wrong)
    return Row(utterance_id, *span, values)


def _follow_parent(parent: int, seconds: float = 1.0) -> None:
    """End with the parent (also a killed one), and leave Ctrl-C to it."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch(leave: Callable[[int], None] = os._exit) -> None:
        while os.getppid() == parent:
            time.sleep(seconds)
        leave(1)

    threading.Thread(target=watch, daemon=True).start()
