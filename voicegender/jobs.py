"""Background commands: start, state, cancel.

A job is the command a person would type, in its own process session, with its output in
``log.txt`` of the folder it works in. It outlives the page, the tab and the server.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from voicegender.config import read_json, write_json
from voicegender.errors import WorkError
from voicegender.process import PROCESS, PROGRESS, identity_of, is_alive, last_report

HEAPS = "MALLOC_ARENA_MAX"
"""A setting of the server's memory, not passed on: on a terminal the same command has none."""
JOB = "VOICEGENDER_JOB"
"""Tells a command the folder that is looked at, if it has none of its own to report in."""
GRACE_SECONDS = 10.0
"""How long a cancelled command may take to tidy up before it is killed."""
_started: list["subprocess.Popen[bytes]"] = []
"""Commands of this process, kept until they have ended, so that none stays a zombie."""


def command_line(*arguments: str) -> list[str]:
    """The command with this Python."""
    return [sys.executable, "-m", "voicegender", *arguments]


def start(folder: Path, *arguments: str) -> None:
    """Start a command that works in ``folder``.

    Raises
    ------
    WorkError
        A command is at work there.
    """
    with one_at_a_time(folder):
        if is_alive(folder):
            pid = (read_json(folder / PROCESS) or {}).get("pid")
            wrong = f"process {pid} is at work here"
            raise WorkError(folder.name, wrong, "wait for it, or cancel it")
        _start(folder, arguments)


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Let one start at a time look around in ``folder``: two tabs may ask at once."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".starting").open("w") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        yield


def _start(folder: Path, arguments: Sequence[str]) -> None:
    (folder / PROGRESS).unlink(missing_ok=True)
    with (folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  # this Python, and arguments without a shell
            command_line(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={k: v for k, v in os.environ.items() if k != HEAPS} | {JOB: str(folder)},
        )
    write_json(folder / PROCESS, {**identity_of(process.pid), "command": list(arguments)})
    _started[:] = [*(child for child in _started if child.poll() is None), process]


def cancel(folder: Path) -> None:
    """Ask the command to stop, and make it stop if it does not.

    Raises
    ------
    WorkError
        Nothing is at work there.
    """
    identity = read_json(folder / PROCESS)
    if identity is None or not is_alive(folder):
        raise WorkError(folder.name, "nothing is at work here")
    pid = int(identity["pid"])
    deadline = time.monotonic() + GRACE_SECONDS
    with suppress(ProcessLookupError):  # it ended by itself meanwhile
        os.kill(pid, signal.SIGTERM)
        while is_alive(folder):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)
    # Said here, for a command stopped early, or killed, could not say it.
    write_json(folder / PROGRESS, {**last_report(folder), "phase": "cancelled"})


def last_lines(folder: Path, n: int = 30) -> str:
    """The end of what the command said."""
    path = folder / "log.txt"
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 100 * n))
        text = file.read().decode("utf-8", errors="replace")
    return "\n".join(text.splitlines()[-n:])
