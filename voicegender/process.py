"""Who works in a folder, and how far the work is.

A folder that one process fills (a run, a feature set) holds ``process.json``, the identity
of the process, and ``progress.json``, its last report. State is read off these facts.
"""

import fcntl
import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from voicegender.addresses import into, is_remote, make_folder
from voicegender.config import read_json, write_json
from voicegender.errors import WorkError

PROCESS = "process.json"
LOCK = ".lock"
PROGRESS = "progress.json"
BOOT = Path("/proc/sys/kernel/random/boot_id")
START_TIME = 19
"""Of a line of ``/proc/PID/stat``, after the command: field 22, see proc(5)."""
NAMED_SECONDS = 2.0
"""For how long a holder of a folder that has not yet said who it is is waited for."""
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
        if ticks := identity.get("ticks"):
            same = ticks == _ticks(process.pid)
        else:  # an earlier version's, or not Linux
            same = abs(process.create_time() - float(identity["started"])) < 1
        return same and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, psutil.AccessDenied, KeyError, TypeError, ValueError):
        return False


def identity_of(pid: int) -> dict[str, Any]:
    """Pid and start of a running process: seconds since the epoch, and what no clock changes."""
    import psutil

    return {"pid": pid, "started": psutil.Process(pid).create_time(), "ticks": _ticks(pid)}


def _ticks(pid: int) -> str | None:
    """Which start of the machine, and how long after it a process began; None if not on Linux.

    Where a clock is set, the seconds at which a process began change with it.
    """
    try:
        boot = BOOT.read_text(encoding="ascii").strip()
        status = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    return f"{boot} {int(status.rpartition(b')')[2].split()[START_TIME])}"


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
    make_folder(folder)
    with into(folder / LOCK):
        lock = (folder / LOCK).open("w")
    with lock:
        try:
            # The lock goes with the process, also with one that is killed.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            wrong = f"process {_holder(folder)} is already at work here"
            raise WorkError(folder, wrong, "wait for it, or cancel it") from None
        write_json(folder / PROCESS, {**identity_of(os.getpid()), "command": sys.argv})
        yield


def _holder(folder: Path) -> object:
    """Pid of who holds a folder; it writes it down a moment after it has taken the lock."""
    deadline = time.monotonic() + NAMED_SECONDS
    while not is_alive(folder) and time.monotonic() < deadline:
        time.sleep(0.02)
    return (read_json(folder / PROCESS) or {}).get("pid", "unknown")


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
        self._began, self._written = 0.0, -math.inf

    def lap(self, done: int) -> None:
        """Go by what comes from here on: the first lap, which gets ready, is slower."""
        self._laps += 1
        if self._laps == 1:
            self._began, self._done_before = time.monotonic(), done

    def __call__(self, phase: str, done: int, total: int, **facts: Any) -> None:
        """Report ``done`` of ``total`` in ``phase``; ``facts`` stand beside them."""
        now = time.monotonic()  # a clock that is set back would hold up what is told
        if phase != self._phase:
            self._phase, self._began, self._written = phase, now, -math.inf
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
        document = {"phase": phase, "done": done, "total": total, "left_s": left, "at": time.time()}
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
