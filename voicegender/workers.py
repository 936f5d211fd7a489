"""Tasks over processes, one thread each."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, Self, TypeVar

from voicegender.errors import WorkError

T = TypeVar("T")
Crew = Callable[[Callable[..., int], Sequence[tuple[Any, ...]]], Iterator[int]]
"""Who does tasks: `worked` with a number of processes, or a cluster."""
N_CORES = os.cpu_count() or 1
KEPT_BYTES = 16 * 2**20


def worked(
    do: Callable[..., T], tasks: Sequence[tuple[Any, ...]], *, n_workers: int | None = None
) -> Iterator[T]:
    """Do the tasks and yield what each gives, as each ends.

    Parameters
    ----------
    do, tasks
        A function of a module, and arguments that can be sent to another process.
    n_workers
        Processes; by default one a core, and none beside this one for a single task.

    Raises
    ------
    WorkError
        A process was killed.
    """
    with Processes(max(1, min(n_workers or N_CORES, len(tasks)))) as crew:
        yield from crew(do, tasks)


class Processes:
    """Worker processes, none beside this one where one is asked for.

    They get ready to ``do`` on entry, while tasks may still have to be found; an error or Ctrl-C
    ends them amid their work.
    """

    def __init__(self, n_workers: int | None = None, do: Callable[..., Any] | None = None) -> None:
        self._n_workers = n_workers or N_CORES
        self._do = do
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        if self._n_workers > 1:
            context, here = get_context("spawn"), (os.getpid(),)
            self._pool = ProcessPoolExecutor(self._n_workers, context, _prepare, here)
            with _deaf():
                for _ in range(self._n_workers):  # each call starts one at most
                    self._pool.submit(_known, self._do)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._pool:
            # What is at work or next in line cannot be cancelled, and Python's end waits for it.
            workers = [*(self._pool._processes or {}).values()]  # noqa: SLF001  # public from 3.14 on
            self._pool.shutdown(wait=False, cancel_futures=True)
            for worker in workers if kind else ():
                worker.terminate()

    def __call__(self, do: Callable[..., T], tasks: Sequence[tuple[Any, ...]]) -> Iterator[T]:
        """Do the tasks and yield what each gives, as each ends.

        Raises
        ------
        WorkError
            A process was killed.
        """
        if self._pool is None or len(tasks) == 1:
            keep_memory()
            yield from (single_threaded(do, *task) for task in tasks)
            return
        try:
            waiting = {self._pool.submit(single_threaded, do, *task) for task in tasks}
            while waiting:
                ended, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in ended)
        except BrokenProcessPool:
            raise WorkError(
                "worker processes",
                "one was killed",
                'start it again; a script of your own needs if __name__ == "__main__":',
            ) from None


@contextmanager
def _deaf() -> Iterator[None]:
    """Hear no Ctrl-C meanwhile: what is started so never does, not even while it imports.

    It is heard here afterwards.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _known(_: object) -> None:
    """Nothing; what is sent is imported by it."""


def single_threaded(do: Callable[..., T], *task: Any) -> T:
    """What the call gives, made by one thread.

    More would get in each other's way, and matrix products round otherwise with another
    number of threads.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return do(*task)


def keep_memory() -> None:
    """Keep the memory that is worked in, once it was needed.

    glibc hands memory back as soon as more than twice its largest block so far lies free. Without
    a large block once, each recording's arrays would be fetched anew from the system, which takes
    as long as the work on them.
    """
    bytearray(KEPT_BYTES)


def _prepare(parent: int) -> None:
    """What a worker does first."""
    _follow_parent(parent)
    keep_memory()


def _follow_parent(parent: int, seconds: float = 1.0) -> None:
    """End with the parent (also a killed one), and leave Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch(leave: Callable[[int], None] = os._exit) -> None:
        while os.getppid() == parent:
            time.sleep(seconds)
        leave(1)

    threading.Thread(target=watch, daemon=True).start()
