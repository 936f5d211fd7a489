"""Who works in a folder, and how far the work is.

A folder that one process fills (a run, a feature set) holds ``process.json``, the identity
of the process, and ``progress.json``, its last report. State is read off these facts.
"""

import fcntl
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from voicegender.addresses import is_remote
from voicegender.config import read_json, write_json
from voicegender.errors import WorkError

PROCESS = "process.json"
PROGRESS = "progress.json"
REPORT_SECONDS = 0.25
"""Least time between two reports; a page looks once a second."""

Progress = Callable[[int, int], None]
"""What is told (done, total) while work goes on."""


def is_alive(folder: Path) -> bool:
    """Whether the process that claimed ``folder`` still runs."""
    identity = read_json(folder / PROCESS)
    return identity is not None and _runs(identity)


def _runs(identity: dict[str, Any]) -> bool:
    import psutil

    try:
        process = psutil.Process(int(identity["pid"]))
        # A pid alone may have been given to another program since.
        same = abs(process.create_time() - float(identity["started"])) < 1
        return same and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, psutil.AccessDenied, KeyError, TypeError, ValueError):
        return False


def identity_of(pid: int) -> dict[str, Any]:
    """Pid and start time (seconds since the epoch) of a running process."""
    import psutil

    return {"pid": pid, "started": psutil.Process(pid).create_time()}


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Hold a folder as the one process that works in it.

    Not at an address: stores know no locks. Whoever works there at the same time makes the same,
    and puts it whole.

    Raises
    ------
    WorkError
        Another living process works there.
    """
    if is_remote(folder):
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            # The lock goes with the process, also with one that is killed.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pid = (read_json(folder / PROCESS) or {}).get("pid", "unknown")
            raise WorkError(
                folder, f"process {pid} is already at work here", "wait for it, or cancel it"
            ) from None
        write_json(folder / PROCESS, {**identity_of(os.getpid()), "command": sys.argv})
        yield


class Reporter:
    """Writes ``progress.json`` now and then, and tells a terminal the same.

    Parameters
    ----------
    folder
        Where ``progress.json`` is kept; not at an address, where each report is a request.
    listener
        Told each (done, total) too; a progress bar, for one.
    """

    def __init__(self, folder: Path, listener: Progress | None = None) -> None:
        self._folder = folder
        self._listener = listener
        self._phase, self._laps = "", 0
        self._began = self._written = 0.0

    def lap(self, done: int) -> None:
        """Go by what comes from here on: the first lap, which gets ready, is slower."""
        self._laps += 1
        if self._laps == 1:
            self._began, self._done_before = time.time(), done

    def __call__(self, phase: str, done: int, total: int, **facts: Any) -> None:
        """Report ``done`` of ``total`` in ``phase``; ``facts`` stand beside them."""
        now = time.time()
        if phase != self._phase:
            self._phase, self._began, self._written = phase, now, 0.0
            self._done_before = done
        if self._listener:
            self._listener(done, total)
        if is_remote(self._folder):
            return
        if now - self._written < REPORT_SECONDS and done < total:
            return
        self._written = now
        fresh = done - self._done_before
        left = (now - self._began) / fresh * (total - done) if fresh else None
        document = {"phase": phase, "done": done, "total": total, "left_s": left, "at": now}
        write_json(self._folder / PROGRESS, document | facts)


def last_report(folder: Path) -> dict[str, Any]:
    """The last progress report; empty when there is none yet."""
    return read_json(folder / PROGRESS) or {}


State = Literal["new", "running", "done", "cancelled", "failed"]


def state_of(folder: Path, *, done: bool) -> State:
    """What is going on in a folder, from facts: result there, process alive, last report."""
    if done:
        return "done"
    if is_alive(folder):
        return "running"
    if not (folder / PROCESS).exists():
        return "new"
    return "cancelled" if last_report(folder).get("phase") == "cancelled" else "failed"
