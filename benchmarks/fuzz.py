"""Twenty thousand broken files: each is answered or refused in one line, and nothing else.

    python benchmarks/fuzz.py RECORDINGS [--files N] [--seed N] [--workers N] [--only N] [--kept F]

A second of speech of some recordings is written in every container and codec that is read; then
chance breaks the files. Each goes the way a user's does, as bytes or by its path: header, excerpt,
decoder, features, network. File N depends on the seed and N alone; `--only N` makes it again.
What is found is kept in the folder of `--kept`, with what it did beside it.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from math import nan
from multiprocessing import get_context
from multiprocessing.connection import wait
from pathlib import Path
from statistics import linear_regression
from typing import Any

import psutil
from broken_files import Fuzzing, knocked, listening, seeds_of
from measured import ONE_THREAD, ended
from trying import ANSWERED, FINDING, REFUSED, Trial, work

N_FILES, N_WORKERS = 20_000, 2
LONGEST, LONGEST_WALL = 5.0, 60.0
"""Seconds of processor time a file may take; of a clock, should it wait for ever."""
WARM_UP = 0.2
"""Share of a worker's files after which its memory should stay where it is."""
MB_PER_1000 = 5.0
"""Most that it may grow by with a thousand files; a leaked file each would be fifty."""
LEAST_TO_WEIGH = 500
"""Files of a worker below which growth is noise."""
MOST_KEPT = 300
LOOK_SECONDS = 0.2


class Worker:
    """A process at its share of the files; where one kills it, the next begins behind that."""

    def __init__(self, fuzzing: Fuzzing, indices: range, folder: Path) -> None:
        self._fuzzing, self._folder = fuzzing, folder
        self.trials: list[Trial] = []
        self._start(indices)

    def _start(self, indices: range) -> None:
        context = get_context("spawn")
        self.received, sent = context.Pipe(duplex=False)
        self._at: Any = context.Value("q", -1, lock=False)
        given = (self._fuzzing, indices, self._folder, sent, self._at)
        self._process = context.Process(target=work, args=given, daemon=True)
        self._process.start()
        sent.close()
        self._known = psutil.Process(self._process.pid)
        self._seen, self._since, self._spent = -1, 0.0, 0.0
        self._left, self._why = indices, ""

    @property
    def is_done(self) -> bool:
        """Whether all its files were tried."""
        return not len(self._left)

    def take(self) -> None:
        """Note what it tells, or that it ended where it should not."""
        try:
            while not self.is_done and self.received.poll():
                self._note(self.received.recv())
        except (EOFError, OSError):
            self._process.join()
            self._fell(self._why or f"the process ended with {self._process.exitcode}")

    def look(self) -> None:
        """End it where it has been at one file for too long."""
        with suppress(psutil.NoSuchProcess):
            spent = sum(self._known.cpu_times()[:2])
            if self._at.value != self._seen:
                self._seen, self._since, self._spent = self._at.value, time.monotonic(), spent
            waited = time.monotonic() - self._since
            took = spent - self._spent
            if self._seen >= 0 and (took > LONGEST or waited > LONGEST_WALL):
                self._why = f"no end: {took:.1f} s of processor time, {waited:.0f} s in all"
                self._process.kill()

    def _note(self, trial: Trial) -> None:
        self.trials.append(trial)
        self._left = self._left[1:]
        if trial.outcome == FINDING:
            print(f"file {trial.number}, {trial.seed}: {_told(trial)}", flush=True)

    def _fell(self, words: str) -> None:
        if self._at.value < 0:
            raise SystemExit(f"a worker could not begin: {words}")
        seed, _ = self._fuzzing.file(self._left[0])
        self._note(Trial(self._left[0], seed.name, FINDING, words, nan, nan, nan))
        if not self.is_done:
            self._start(self._left)

    @property
    def growth(self) -> float:
        """MB that a thousand files add after the warm-up; NaN where there are too few."""
        held = [trial.after for trial in self.trials if trial.after == trial.after]
        late = held[round(WARM_UP * len(held)) :]
        if len(late) < LEAST_TO_WEIGH:
            return nan
        return 1000 * linear_regression(range(len(late)), late).slope


def fuzzed(fuzzing: Fuzzing, indices: range, n_workers: int, folder: Path) -> list[Worker]:
    """Try the files over processes that are watched."""
    shares = [indices[k::n_workers] for k in range(min(n_workers, len(indices)))]
    workers = [Worker(fuzzing, share, folder) for share in shares]
    while busy := [worker for worker in workers if not worker.is_done]:
        wait([worker.received for worker in busy], LOOK_SECONDS)
        for worker in busy:
            worker.take()
            worker.look()
    return workers


def keep(fuzzing: Fuzzing, found: Sequence[Trial], folder: Path) -> None:
    """Write files that were found, and what each did."""
    folder.mkdir(parents=True, exist_ok=True)
    for trial in found[:MOST_KEPT]:
        _, data = fuzzing.file(trial.number)
        place = folder / f"{fuzzing.chance}-{trial.number}.bin"
        place.write_bytes(data)
        place.with_suffix(".txt").write_text(f"{trial.seed}\n{trial.words}\n", encoding="utf-8")
    print(f"{len(found)} findings, kept in {folder}")
    for words, n in Counter(_told(trial) for trial in found).most_common():
        first = next(trial for trial in found if _told(trial) == words)
        print(
            f"{n} x {words}  (first: --seed {fuzzing.chance} --only {first.number}, {first.seed})"
        )


def _told(trial: Trial) -> str:
    """Its last line, without numbers, so that what is alike is counted together."""
    return re.sub(r"\d+", "N", trial.words.strip().splitlines()[-1])[:160]


def report(workers: Sequence[Worker], seconds: float) -> list[Trial]:
    """Print what became of the files; those that were found."""
    trials = [trial for worker in workers for trial in worker.trials]
    counts = Counter((trial.seed.split()[0], trial.outcome) for trial in trials)
    outcomes = (ANSWERED, REFUSED, FINDING)
    print(f"{'container':<12}{'files':>8}" + "".join(f"{outcome:>10}" for outcome in outcomes))
    for container in sorted({container for container, _ in counts}):
        row = [counts[container, outcome] for outcome in outcomes]
        print(f"{container:<12}{sum(row):>8}" + "".join(f"{n:>10}" for n in row))
    row = [sum(trial.outcome == outcome for trial in trials) for outcome in outcomes]
    print(f"{'all':<12}{len(trials):>8}" + "".join(f"{n:>10}" for n in row))
    measured = [trial for trial in trials if trial.seconds == trial.seconds]
    growth = [worker.growth for worker in workers]
    print(f"{seconds:.0f} s, {1000 * seconds / len(trials):.1f} ms a file")
    if measured:  # a file that ended its process was not
        slowest = max(measured, key=lambda trial: trial.seconds)
        largest = max(measured, key=lambda trial: trial.peak)
        print(f"slowest  {slowest.seconds:.2f} s  file {slowest.number}, {slowest.seed}")
        print(f"largest  {largest.peak:.0f} MB  file {largest.number}, {largest.seed}")
    print("growth   " + ", ".join(f"{g:.2f}" for g in growth) + " MB a thousand files, by worker")
    return [trial for trial in trials if trial.outcome == FINDING]


def main() -> int:
    """Break files; 1 where something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recordings", type=Path)
    parser.add_argument("--files", type=int, default=N_FILES)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=N_WORKERS)
    parser.add_argument("--only", type=int, help="The one file with this number.")
    parser.add_argument("--kept", type=Path, help="Folder for what is found.")
    asked = parser.parse_args()
    os.environ.update(ONE_THREAD)
    kept = asked.kept or Path(tempfile.gettempdir()) / "fuzz-findings"
    indices = range(asked.files) if asked.only is None else range(asked.only, asked.only + 1)
    with tempfile.TemporaryDirectory() as name, listening() as server:
        port = server.getsockname()[1]
        fuzzing = Fuzzing(seeds_of(asked.recordings, Path(name), port), asked.seed)
        began = time.monotonic()
        workers = fuzzed(fuzzing, indices, asked.workers, Path(name))
        found = report(workers, time.monotonic() - began)
        called = knocked(server)
    print("somebody called another machine" if called else "no other file, no other machine")
    grows = any(worker.growth > MB_PER_1000 for worker in workers)
    if found:
        keep(fuzzing, found, kept)
    return 1 if found or called or grows else 0


if __name__ == "__main__":
    sys.exit(ended(main))
