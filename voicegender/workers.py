"""Tasks over processes, one thread each."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any, TypeVar

from voicegender.errors import WorkError

T = TypeVar("T")
Crew = Callable[[Callable[..., int], Sequence[tuple[Any, ...]]], Iterator[int]]
"""Who does tasks: `worked` with a number of processes, or a cluster."""
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
    n_workers = min(n_workers or os.cpu_count() or 1, len(tasks))
    if n_workers <= 1:
        keep_memory()
        yield from (single_threaded(do, *task) for task in tasks)
    else:
        yield from _over_processes(do, tasks, n_workers)


def _over_processes(
    do: Callable[..., T], tasks: Sequence[tuple[Any, ...]], n_workers: int
) -> Iterator[T]:
    with ProcessPoolExecutor(
        n_workers,
        mp_context=get_context("spawn"),
        initializer=_prepare,
        initargs=(os.getpid(),),
    ) as pool:
        waiting: set[Future[T]] = {pool.submit(single_threaded, do, *task) for task in tasks}
        try:
            while waiting:
                ended, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in ended)
        except BrokenProcessPool:
            raise WorkError(
                "worker processes",
                "one was killed",
                'start it again; a script of your own needs if __name__ == "__main__":',
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


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
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch(leave: Callable[[int], None] = os._exit) -> None:
        while os.getppid() == parent:
            time.sleep(seconds)
        leave(1)

    threading.Thread(target=watch, daemon=True).start()
