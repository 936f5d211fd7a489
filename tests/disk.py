"""What a server writes: files seen by the kernel, and files it holds open without a name."""

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers.inotify import InotifyObserver

NOT_ITS = {"__pycache__", ".git", ".venv", ".pytest_cache", ".mypy_cache", ".ruff_cache"}
"""Folders in which Python, and whoever works on the checkout, write."""
OFTEN = 0.02
"""Seconds between two looks at open files."""


class Disk(FileSystemEventHandler):
    """Takes down what is made, changed or moved, however short it is there."""

    def __init__(self, pid: int) -> None:
        self.written: list[str] = []
        self._pid = pid
        self._known = set(self._held())
        self._over = threading.Event()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Note it, unless a file was only read or a folder's time changed with its content."""
        is_change = event.event_type in ("created", "modified", "moved", "deleted")
        is_echo = event.is_directory and event.event_type == "modified"
        path = os.fsdecode(event.src_path)
        if is_change and not is_echo and not NOT_ITS & {*Path(path).parts}:
            self.written.append(f"{event.event_type} {path}")

    def look(self) -> None:
        """Look at open files until it is over."""
        while not self._over.wait(OFTEN):
            self.written += {*self._held()} - self._known - {*self.written}

    def end(self) -> None:
        """Look no more."""
        self._over.set()

    def _held(self) -> Iterator[str]:
        """Open files that have no name any more; what lies in memory alone is none."""
        tree = [psutil.Process(self._pid)]
        for process in [*tree, *tree[0].children(recursive=True)]:
            with suppress(OSError):
                for fd in Path(f"/proc/{process.pid}/fd").iterdir():
                    with suppress(OSError):
                        held = str(fd.readlink())
                        if held.endswith(" (deleted)") and not held.startswith("/memfd:"):
                            yield f"held {held}"


@contextmanager
def watched(pid: int, folders: Iterable[Path]) -> Iterator[Disk]:
    """Watch a process with its children, and everything below these folders."""
    disk, observer = Disk(pid), InotifyObserver()
    for folder in folders:
        observer.schedule(disk, str(folder), recursive=True)
    looking = threading.Thread(target=disk.look, daemon=True)
    observer.start()
    looking.start()
    try:
        yield disk
    finally:
        disk.end()
        looking.join()
        observer.stop()
        observer.join()
