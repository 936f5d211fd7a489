"""What a claim is measured with: rows of the table of `bench.py`, and clocks for what they say.

Every benchmark takes its LibriSpeech by `librispeech_at`, and ends by `ended`.
"""

import math
import os
import subprocess
import sys
import time
from argparse import ArgumentTypeError
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple, TypeVar

import psutil

CHECKOUT = Path(__file__).resolve().parent.parent
LIBRISPEECH = os.environ.get("VOICEGENDER_LIBRISPEECH") or str(
    CHECKOUT.parent / "shared" / "LibriSpeech"
)
"""Where it is looked for; a string, so that argparse looks whether it is there."""
INTERRUPTED = 130
"""Exit status after Ctrl-C."""
TURNS = 3
LOOK_SECONDS = 0.5
"""Between two looks at the memory of a command; a process remembers its own highest."""
ONE_THREAD = {
    f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMBA", "VECLIB")
}

T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """One claim: what is ours takes at most ``bound`` times what the reference takes.

    A budget is a claim too: the reference is the budget, the bound 1. ``note`` says why a claim
    does not hold where it does not.
    """

    name: str
    ours: float
    reference: float
    bound: float
    unit: str
    against: str
    note: str = ""

    @property
    def ratio(self) -> float:
        """Ours over the reference."""
        return self.ours / self.reference

    @property
    def holds(self) -> bool:
        """Whether the claim is true here."""
        return self.ratio <= self.bound


def librispeech_at(named: str) -> Path:
    """The folder of LibriSpeech that an argument names.

    Raises
    ------
    ArgumentTypeError
        It is none, or holds no recording.
    """
    folder = Path(named).resolve()
    if not (folder / "SPEAKERS.TXT").is_file():
        raise ArgumentTypeError(f"{named}: no LibriSpeech here; name the folder of SPEAKERS.TXT")
    if not any(folder.glob("*/*/*/*.flac")):
        raise ArgumentTypeError(f"{named}: no recording here; unpack a subset of LibriSpeech")
    return folder


def ended(main: Callable[[], int | None]) -> int:
    """The exit status of a command; after Ctrl-C one line instead of where it was."""
    try:
        return main() or 0
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED


def processor_ms(ways: Sequence[Callable[[T], object]], items: Sequence[T]) -> list[float]:
    """Milliseconds of processor time an item takes each way: the median over the items.

    The ways take turns item by item, so that what slows the machine slows all of them, and of
    some turns the quickest counts: what is slower waited for other programs' memory.
    """
    least = [[math.inf] * len(items) for _ in ways]
    for number, item in enumerate(items):
        for _ in range(TURNS):
            for way, so_far in zip(ways, least, strict=True):
                began = time.process_time()
                way(item)
                so_far[number] = min(so_far[number], 1000 * (time.process_time() - began))
    return [median(one) for one in least]


class Ran(NamedTuple):
    """A command that has ended: seconds on the wall, and the most memory one process held (MB)."""

    seconds: float
    megabytes: float
    said: str


def ran(*words: str | Path, env: Mapping[str, str] | None = None) -> Ran:
    """Run a Python command of this checkout to its end, as a person does.

    Of threads it is told nothing: what `bench.py` sets for itself is taken back.
    """
    command = [sys.executable, *map(str, words)]
    around = {name: value for name, value in os.environ.items() if name not in ONE_THREAD}
    began = time.perf_counter()
    with subprocess.Popen(  # noqa: S603  # our own commands
        command,
        cwd=CHECKOUT,
        env={**around, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        highest = 0.0
        while process.poll() is None:
            highest = max(highest, _highest(process.pid))
            with suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=LOOK_SECONDS)
        said, _ = process.communicate()
        seconds = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit status {process.returncode}\n{said}")
    return Ran(seconds, highest, said)


def _highest(pid: int) -> float:
    """The most megabytes that one process of a command, or one below it, has held so far."""
    found = [0.0]
    with suppress(psutil.NoSuchProcess):
        for process in (parent := psutil.Process(pid), *parent.children(recursive=True)):
            with suppress(OSError, IndexError, psutil.NoSuchProcess):
                status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
                found.append(int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6)
    return max(found)


def in_turn(*ways: Callable[[], float], rounds: int) -> list[float]:
    """The median of what each gives, asked in turn."""
    taken = [[way() for way in ways] for _ in range(rounds)]
    return [median(one) for one in zip(*taken, strict=True)]
