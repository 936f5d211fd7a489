"""Extraction and training killed with -9 at random moments, and started again until they are done.

    python benchmarks/kills.py LIBRISPEECH [--kills N] [--seed N]

A kill takes the whole process group, workers too, and counts where the command was still at work.
After each, every part of a set is compared with that of a command that nobody disturbed, and the
epochs of a run with those of such a run; in the end tables, epochs and scores have to be the same.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from many_recordings import make_corpus
from measured import CHECKOUT, ended, librispeech_at

from voicegender.demo_corpus import DemoCorpus
from voicegender.runs import Run
from voicegender.store import FeatureSet

N_KILLS, N_RECORDINGS = 25, 3000
VOICES = DemoCorpus(n_speakers=14, n_utterances=3)
TRAINING = ["--network", "attentive", "--epochs", "12", "--set", "network.channels=8"]
TRAINING += ["--set", "network.embedding=8", "--set", "network.dilations=[1, 2]"]


@dataclass
class Tally:
    """What was seen.

    Attributes
    ----------
    kills, ends
        Commands killed at work; commands that came to their end, in between or at last.
    wrong
        What was not as an undisturbed command leaves it, in words.
    n_bytes_lost, n_rows_twice
        Of parts that differ; of utterances.
    """

    kills: int = 0
    ends: int = 0
    n_bytes_lost: int = 0
    n_rows_twice: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Killed:
    """A command that is killed and started again.

    Attributes
    ----------
    words
        Of the command, by the number of the attempt from the beginning.
    look
        Is told the same number, and whether it has come to its end: compares what is there.
    seconds
        The undisturbed command took.
    """

    words: Callable[[int], Sequence[str | Path]]
    look: Callable[[int, bool, Tally], None]
    seconds: float
    data: Path

    def __call__(self, n_kills: int, rng: np.random.Generator) -> Tally:
        """Kill it so many times, at moments spread over its life in random order."""
        tally, number = Tally(), 0
        while tally.kills < n_kills:
            left = n_kills - tally.kills
            spread = (np.arange(left) + rng.random(left)) / left * self.seconds
            for moment in rng.permutation(spread):
                if self._killed_after(float(moment), number):
                    tally.kills += 1
                    self.look(number, False, tally)
                else:
                    tally.ends += 1
                    self.look(number, True, tally)
                    number += 1
        if finish(self.words(number), self.data):
            tally.wrong.append("the last command failed")
        tally.ends += 1
        self.look(number, True, tally)
        return tally

    def _killed_after(self, seconds: float, number: int) -> bool:
        """Whether the command was at work when it was killed."""
        with started(self.words(number), self.data) as process:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return process.returncode == -signal.SIGKILL
            if process.returncode:
                raise SystemExit(f"{self.words(number)}: exit status {process.returncode}")
            return False


def started(words: Sequence[str | Path], data: Path) -> "subprocess.Popen[bytes]":
    """A command at work, in a group of its own."""
    return subprocess.Popen(  # noqa: S603  # our own commands
        [sys.executable, "-m", "voicegender", *map(str, words)],
        cwd=CHECKOUT,
        env=os.environ | {"VOICEGENDER_DATA": str(data)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def finish(words: Sequence[str | Path], data: Path) -> int:
    """Let a command come to its end; its exit status."""
    with started(words, data) as process:
        return process.wait()


def undisturbed(words: Sequence[str | Path], data: Path) -> float:
    """Seconds a command takes that nobody kills."""
    began = time.perf_counter()
    if status := finish(words, data):
        raise SystemExit(f"{words}: exit status {status}")
    return time.perf_counter() - began


def extraction(corpus: Path, data: Path) -> Killed:
    """Log-mel frames by two workers, each time in a store of its own."""

    def words(number: int | str) -> list[str | Path]:
        store = data / f"store-{number}"
        return ["extract", corpus, "--features", "log-mel", "--workers", "2", "--store", store]

    def made(number: int | str) -> list[FeatureSet]:
        found = (data / f"store-{number}").glob("*/*/config.json")
        return [FeatureSet(path.parent) for path in found]

    def look(number: int, is_done: bool, tally: Tally) -> None:  # noqa: FBT001  # as the field says
        if not made(number):
            return
        (now,) = made(number)
        for index in {*range(now.config["n_parts"])} - {*now.missing}:
            expected, there = (one.part(index).read_bytes() for one in (whole, now))
            if expected != there:
                tally.wrong.append(f"part {index} is another")
                tally.n_bytes_lost += sum(a != b for a, b in zip(expected, there, strict=False))
                tally.n_bytes_lost += abs(len(expected) - len(there))
        if is_done:
            ids = [name for t in now.tables(["utterance_id"]) for name in t[0].to_pylist()]
            tally.n_rows_twice += len(ids) - len({*ids})
            left = [path.name for path in now.folder.glob("*.partial")]
            if ids != now.utterances()["utterance_id"].tolist() or now.missing or left:
                tally.wrong.append(f"the table has {len(ids)} rows; beside it lie {left}")

    seconds = undisturbed(words("whole"), data)
    (whole,) = made("whole")
    if len(whole.errors()):
        raise SystemExit("the undisturbed extraction failed")
    return Killed(words, look, seconds, data)


def training(corpus: Path, data: Path) -> Killed:
    """A small network on computed voices, each time as a run of its own."""

    def words(number: int | str) -> list[str | Path]:
        return ["train", corpus, "--name", f"run-{number}", *TRAINING]

    def look(number: int, is_done: bool, tally: Tally) -> None:  # noqa: FBT001  # as above
        run = Run(data / f"runs/run-{number}")
        epochs = run.history.drop(columns="seconds", errors="ignore")
        expected = history if is_done else history.head(len(epochs))
        if len(epochs) and not epochs.equals(expected):
            tally.wrong.append(f"{run.name} has other epochs")
        for part in ("recordings", "excerpts") if is_done else ():
            if run.metrics.get(part) != whole.metrics[part]:
                tally.wrong.append(f"{run.name} has other scores of {part}")
        if is_done and (run.state != "done" or len(epochs) != len(history)):
            tally.wrong.append(f"{run.name} is {run.state} after {len(epochs)} epochs")

    undisturbed(words("first"), data)  # extracts, too
    seconds = undisturbed(words("whole"), data)
    whole = Run(data / "runs/run-whole")
    history = whole.history.drop(columns="seconds")
    return Killed(words, look, seconds, data)


def report(name: str, killed: Killed, tally: Tally, seconds: float) -> bool:
    """Print what happened; whether nothing was lost."""
    print(f"{name}: {killed.seconds:.1f} s undisturbed, {seconds:.0f} s with all kills")
    print(f"kills survived     {tally.kills:>6}")
    print(f"came to its end    {tally.ends:>6}  each the same as undisturbed")
    print(f"bytes lost         {tally.n_bytes_lost:>6}")
    print(f"rows twice         {tally.n_rows_twice:>6}")
    print(f"wrong              {len(tally.wrong):>6}", *tally.wrong[:10], sep="\n  ", flush=True)
    return not (tally.wrong or tally.n_bytes_lost or tally.n_rows_twice)


def main() -> int:
    """Kill both; 1 where anything is lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("librispeech", type=librispeech_at)
    parser.add_argument("--kills", type=int, default=N_KILLS, help="Of each.")
    parser.add_argument("--recordings", type=int, default=N_RECORDINGS)
    parser.add_argument("--seed", type=int, default=0, help="Of the moments.")
    asked = parser.parse_args()
    print(f"seed {asked.seed}, {asked.kills} kills of each")
    rng, well = np.random.default_rng(asked.seed), []
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        make_corpus(asked.librispeech, data / "many", asked.recordings)
        VOICES(data / "voices")
        for make, corpus in ((extraction, data / "many"), (training, data / "voices")):
            killed = make(corpus, data / make.__name__)
            began = time.perf_counter()
            tally = killed(asked.kills, rng)
            well.append(report(make.__name__, killed, tally, time.perf_counter() - began))
    return 0 if all(well) else 1


if __name__ == "__main__":
    sys.exit(ended(main))
