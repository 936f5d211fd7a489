"""A real Dask scheduler and real workers on this machine, as processes of their own."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from needs import CHECKOUT
from voicegender.store import FeatureSet

PATIENCE = 120.0


@contextmanager
def running(*words: str, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A Dask process, ended with the test."""
    command = [sys.executable, "-m", "dask", *words, "--no-dashboard"]
    with log.open("wb") as file:
        process = subprocess.Popen(command, stderr=file, stdout=file, cwd=CHECKOUT)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def said(log: Path, pattern: str) -> str:
    """What a log says, waited for."""
    deadline = time.monotonic() + PATIENCE
    while not (found := re.search(pattern, log.read_text())):
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    return found.group(1)


@contextmanager
def scheduler_running(log: Path) -> Iterator[str]:
    """Address of a scheduler without workers."""
    with running("scheduler", "--host", "127.0.0.1", "--port", "0", log=log):
        yield said(log, r"(tcp://127\.0\.0\.1:\d+)")


def worker(address: str, log: Path) -> "AbstractContextManager[subprocess.Popen[bytes]]":
    """A worker that joins the scheduler."""
    words = ("worker", address, "--nthreads", "1", "--nworkers", "1", "--no-nanny")
    return running(*words, log=log)


def parts(features: FeatureSet) -> list[bytes]:
    """The files of a set that hold its features."""
    return [features.part(index).read_bytes() for index in range(features.config["n_parts"])]
