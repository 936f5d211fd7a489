"""What an hour of speech costs here, and a corpus ten times as large as those of `bench.py`.

    python benchmarks/scaling.py [--recordings N] [--librispeech FOLDER]

The figures of docs/scaling.md: unit costs of each kind of features; what the list of recordings
costs as it grows (a catalogue of hard links, ten times over); how many parts a second a
Dask scheduler hands out.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from answers_time import recordings
from many_recordings import make_corpus
from measured import CHECKOUT, LIBRISPEECH, ended, librispeech_at, ran

N_RECORDINGS = 200_000
N_UNIT = 502
FEATURES = ("mfcc-mean", "log-mel", "voice-embedding")
N_TASKS = 5_000
N_DECODED = 60
MP3_RATE = 48_000


class Unit(NamedTuple):
    """Costs of an hour of speech: processor seconds, bytes stored, bytes of sound."""

    seconds: float
    stored: float
    sound: float


def unit_cost(features: str, corpus: Path, data: Path) -> Unit:
    """One worker, one thread; what the command takes to start is left out."""
    from voicegender.corpus import load_corpus
    from voicegender.store import feature_sets

    hours = float(load_corpus(corpus).utterances["duration"].sum()) / 3600
    env = {"VOICEGENDER_DATA": str(data)}
    command = ("-m", "voicegender", "extract", corpus, "--features", features, "--workers", "1")
    seconds = ran(*command, env=env).seconds - ran(*command, env=env).seconds
    (made,) = (found for found in feature_sets(data / "features"))
    size = sum(path.stat().st_size for path in corpus.glob("*/*/*/*.flac"))
    return Unit(seconds / hours, made.n_bytes / hours, size / hours)


def unit_rows(librispeech: Path) -> Iterator[str]:
    """A table: a row a kind of features."""
    yield "| features | processor seconds | bytes stored | bytes of sound read |"
    yield "|---|---|---|---|"
    with tempfile.TemporaryDirectory() as temporary:
        corpus = Path(temporary) / "LibriSpeech"
        make_corpus(librispeech, corpus, N_UNIT)
        for features in FEATURES:
            one = unit_cost(features, corpus, Path(temporary) / features)
            sizes = (f"{one.stored / 1e6:.3f} MB", f"{one.sound / 1e6:.0f} MB")
            yield f"| `{features}` | {one.seconds:.2f} | {' | '.join(sizes)} |"


def decoding_rows(librispeech: Path) -> Iterator[str]:
    """A table: what it takes to decode an hour, as LibriSpeech and as Common Voice have it."""
    import soundfile
    import soxr

    from voicegender.audio import load_audio

    yield "| an hour as | processor seconds to decode | bytes |"
    yield "|---|---|---|"
    paths = recordings(librispeech)[:N_DECODED]
    with tempfile.TemporaryDirectory() as temporary:
        as_mp3 = [Path(temporary) / f"{path.stem}.mp3" for path in paths]
        seconds = 0.0
        for path, mp3 in zip(paths, as_mp3, strict=True):
            y, sr = soundfile.read(path, dtype="float32")
            soundfile.write(mp3, soxr.resample(y, sr, MP3_RATE), MP3_RATE)
            seconds += len(y) / sr
        for name, files in (("FLAC, 16 kHz", paths), ("MP3, 48 kHz", as_mp3)):
            began = time.process_time()
            for path in files:
                load_audio(path)
            taken = (time.process_time() - began) / seconds * 3600
            size = sum(path.stat().st_size for path in files) / seconds * 3600
            yield f"| {name} | {taken:.2f} | {size / 1e6:.0f} MB |"


def growth_rows(librispeech: Path, n_most: int) -> Iterator[str]:
    """A table: a tenth and all of a large corpus, from start to a finished table."""
    yield "| recordings | first time, s | each, ms | asked again, s | memory of any process, MB |"
    yield "|---|---|---|---|---|"
    for n in (n_most // 10, n_most):
        with tempfile.TemporaryDirectory() as temporary:
            corpus = Path(temporary) / "LibriSpeech"
            make_corpus(librispeech, corpus, n)
            env = {"VOICEGENDER_DATA": str(Path(temporary) / "data")}
            first, again = (ran("-m", "voicegender", "extract", corpus, env=env) for _ in range(2))
            each = 1000 * first.seconds / n
            figures = (first.seconds, each, again.seconds, first.megabytes)
            yield f"| {n:,} | {' | '.join(f'{figure:.3g}' for figure in figures)} |"


def nothing(_: int) -> int:
    """A task that costs nothing but to be handed out."""
    return 1


def scheduler_rate() -> float:
    """Tasks a second that a scheduler hands out to one worker."""
    from voicegender.cluster import Cluster

    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        words = ("scheduler", "--host", "127.0.0.1", "--port", "0")
        address = stack.enter_context(_dask(Path(folder) / "scheduler", words))
        worker = ("worker", address, "--nthreads", "1", "--nworkers", "1", "--no-nanny")
        stack.enter_context(_dask(Path(folder) / "worker", worker))
        crew = Cluster(address)
        list(crew(nothing, [(0,)]))
        began = time.perf_counter()
        list(crew(nothing, [(i,) for i in range(N_TASKS)]))
        return N_TASKS / (time.perf_counter() - began)


@contextmanager
def _dask(log: Path, words: tuple[str, ...]) -> Iterator[str]:
    """A Dask process, and the address it tells."""
    command = [sys.executable, "-m", "dask", *words, "--no-dashboard"]
    env = {**os.environ, "PYTHONPATH": str(CHECKOUT / "benchmarks")}
    with (
        log.open("wb") as file,
        subprocess.Popen(command, stdout=file, stderr=file, env=env) as process,  # noqa: S603  # our own
    ):
        try:
            while not (found := re.search(r"tcp://127\.0\.0\.1:\d+", log.read_text("utf-8"))):
                if process.poll() is not None:
                    raise SystemExit(log.read_text("utf-8"))
                time.sleep(0.05)
            yield found.group()
        finally:
            process.kill()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--librispeech", type=librispeech_at, default=LIBRISPEECH)
    parser.add_argument("--recordings", type=int, default=N_RECORDINGS)
    asked = parser.parse_args()
    source = asked.librispeech
    for table in (unit_rows(source), decoding_rows(source), growth_rows(source, asked.recordings)):
        for line in table:
            print(line, flush=True)
        print()
    print(f"{scheduler_rate():.0f} tasks a second from one scheduler to one worker")


if __name__ == "__main__":
    sys.exit(ended(main))
