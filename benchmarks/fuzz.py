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
import socket
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import nan
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from statistics import linear_regression
from typing import Any, NamedTuple

import numpy as np
import psutil
from measured import ONE_THREAD

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))

from codings import EXACT, LOSSY
from mutations import mutated
from voicegender.audio import SAMPLE_RATE, Samples, load_audio, read_excerpt
from voicegender.errors import VoiceGenderError
from voicegender.header import header_seconds
from voicegender.limits import LEAST_SPEECH
from voicegender.listening import Segment
from voicegender.places import places
from voicegender.prediction import Classifier, Prediction, load_model
from voicegender.speech import SpeechDetector, speech_in

N_FILES, N_WORKERS, N_VOICES = 20_000, 2, 2
SECONDS = 1.0
"""Of speech in a file before it is broken."""
LONGEST, LONGEST_WALL = 5.0, 60.0
"""Seconds of processor time a file may take; of a clock, should it wait for ever."""
MOST_MB = 400
"""Memory of a process while it is at a file, all its libraries and the model included."""
WARM_UP = 0.2
"""Share of a worker's files after which its memory should stay where it is."""
MB_PER_1000 = 5.0
"""Most that it may grow by with a thousand files; a leaked file each would be fifty."""
LEAST_TO_WEIGH = 500
"""Files of a worker below which growth is noise."""
MOST_KEPT = 300
LOOK_SECONDS = 0.2
ROUNDED = 0.0006
"""Seconds by which a time that is told to the millisecond may be off."""
ANSWERED, REFUSED, FINDING = "answered", "refused", "FINDING"
FORBIDDEN = {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec"}


class Seed(NamedTuple):
    """A good file, or one that names another file, which must not be opened for it."""

    name: str
    data: bytes
    answers: bool = True

    @property
    def container(self) -> str:
        """The first word of its name."""
        return self.name.split()[0]


class Trial(NamedTuple):
    """What became of a file; megabytes are the process's most while at it, and those after it."""

    number: int
    seed: str
    outcome: str
    words: str
    seconds: float
    peak: float
    after: float


@dataclass(frozen=True)
class Fuzzing:
    """Which files are made, and how."""

    seeds: tuple[Seed, ...]
    chance: int

    def file(self, index: int) -> tuple[Seed, bytes]:
        """One of the files; the first are the seeds as they are."""
        if index < len(self.seeds):
            return self.seeds[index], self.seeds[index].data
        rng = np.random.default_rng([self.chance, index])
        own = int(rng.integers(len(self.seeds)))
        return self.seeds[own], mutated([seed.data for seed in self.seeds], own, rng)


def voices(folder: Path) -> Iterator[Samples]:
    """A second of speech of the first recording of each reader there, some of them."""
    firsts: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.flac")):
        firsts.setdefault(path.name.split("-")[0], path)
    for path in [*firsts.values()][:N_VOICES]:
        y = speech_in(load_audio(path), SpeechDetector())
        yield y[SAMPLE_RATE // 4 :][: round(SECONDS * SAMPLE_RATE)]


def seeds_of(recordings: Path, folder: Path, port: int) -> tuple[Seed, ...]:
    """Good files, and lists that name a good file in ``folder`` or at a port of this machine."""
    heard = [*voices(recordings)]
    if not heard:
        raise SystemExit(f"{recordings}: no *.flac there; name a folder of recordings")
    codings = [*EXACT, *LOSSY]
    good = [Seed(str(c), c(heard[i % len(heard)])) for i, c in enumerate(codings)]
    target = folder / "other.m4a"
    os.mkfifo(target)  # whoever opens it waits for ever, and is found
    return (*good, *(_lists(str(target))), *_lists(f"http://127.0.0.1:{port}/other.m4a"))


def _lists(address: str) -> Iterator[Seed]:
    """What FFmpeg would follow."""
    texts = {
        "m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.0,\n{}\n#EXT-X-ENDLIST\n",
        "key": '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MAP:URI="{0}"\n#EXTINF:1.0,\n{0}\n',
        "concat": "ffconcat version 1.0\nfile '{}'\n",
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\na={}\n",
        "dash": (
            '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
            'mediaPresentationDuration="PT1S" profiles="urn:mpeg:dash:profile:isoff-main:2011">'
            '<Period><AdaptationSet mimeType="audio/mp4"><Representation id="1" bandwidth="1">'
            "<BaseURL>{}</BaseURL></Representation></AdaptationSet></Period></MPD>"
        ),
    }
    for name, text in texts.items():
        yield Seed(f"list {name}", text.format(address).encode(), answers=False)


def must(what: str, *, hold: bool) -> None:
    """Raise what does not hold."""
    if not hold:
        raise AssertionError(what)


def check_answer(prediction: Prediction) -> None:
    """Raise where an answer is none."""
    p, segments, seconds = prediction.p_female, prediction.segments, prediction.speech_duration
    edges = [edge for segment in segments for edge in (segment.start, segment.end)]
    must(f"a label: {prediction}", hold=prediction.label in {"female", "male", "uncertain"})
    must(f"probabilities: {prediction}", hold=all(0 <= q <= 1 for q in (p, *_parts(segments))))
    must(f"a confidence: {prediction}", hold=prediction.confidence == max(p, 1 - p))
    must(f"durations: {prediction}", hold=LEAST_SPEECH <= seconds <= prediction.duration < np.inf)
    must(f"order: {prediction}", hold=bool(edges) and edges == sorted(edges))
    must(f"inside: {prediction}", hold=edges[0] >= 0 and edges[-1] <= prediction.duration + ROUNDED)


def _parts(segments: Sequence[Segment]) -> list[float]:
    return [segment.p_female for segment in segments]


def tried(classifier: Classifier, data: bytes, path: Path, index: int) -> tuple[str, str]:
    """What the product does with a file, every other time by its path; the outcome and its words.

    Any exception but the user's error is left to rise.
    """
    try:
        if index % 2:
            path.write_bytes(data)
            seconds = header_seconds(path)
            must(f"a length: {seconds}", hold=seconds is None or 0 <= seconds < np.inf)
            read_excerpt(path, 0.2, 0.5)
            prediction = classifier.predict(path)
        else:
            prediction = classifier.predict(data, name="an upload")
    except VoiceGenderError as error:
        must(f"one line: {error}", hold=len(str(error).splitlines()) == 1)
        return REFUSED, error.wrong
    check_answer(prediction)
    return ANSWERED, prediction.label


def _expected(outcome: str, seed: Seed, index: int, n_seeds: int) -> bool:
    """Good files are answered, as long as they are good; those that name others are refused."""
    return index >= n_seeds or outcome == (ANSWERED if seed.answers else REFUSED)


class Weight:
    """Memory of this process."""

    def forget(self) -> None:
        """Let the most so far be what it is now."""
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")

    def __call__(self) -> tuple[float, float]:
        """The most since, and now; MB."""
        status = Path("/proc/self/status").read_text(encoding="ascii")
        kib = (int(status.split(name)[1].split()[0]) for name in ("VmHWM:", "VmRSS:"))
        most, now = (n * 1024 / 1e6 for n in kib)
        return most, now


def work(fuzzing: Fuzzing, indices: range, folder: Path, sent: Connection, at: Any) -> None:
    """Try files in this process; tells each outcome, and first which file it is at."""
    said = folder / f"{os.getpid()}.txt"
    path = folder / f"{os.getpid()}.bin"
    with said.open("wb") as file:  # what decoders print is a finding, and belongs to its file
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    classifier, weight = load_model(places().default_model), Weight()
    sys.addaudithook(_forbid)
    for index in indices:
        seed, data = fuzzing.file(index)
        weight.forget()
        at.value = index
        began = time.process_time()
        try:
            outcome, words = tried(classifier, data, path, index)
        except BaseException:  # noqa: BLE001  # whatever it is, it is what is looked for
            outcome, words = FINDING, traceback.format_exc()
        seconds = time.process_time() - began
        if outcome != FINDING and not _expected(outcome, seed, index, len(fuzzing.seeds)):
            outcome, words = FINDING, f"{seed.name} is {outcome}: {words}"
        if text := said.read_text(errors="replace"):
            os.truncate(1, 0)
            outcome, words = FINDING, f"printed {text}"
        peak, after = weight()
        if peak > MOST_MB:
            outcome, words = FINDING, f"{peak:.0f} MB held; {words}"
        sent.send(Trial(index, seed.name, outcome, words, seconds, peak, after))
    sent.close()


def _forbid(event: str, arguments: tuple[object, ...]) -> None:
    if event in FORBIDDEN:
        raise AssertionError(f"{event} {arguments}")


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


@contextmanager
def listening() -> Iterator[socket.socket]:
    """A port of this machine at which nobody should knock."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def knocked(server: socket.socket) -> bool:
    """Whether somebody did."""
    with suppress(BlockingIOError):
        server.accept()
        return True
    return False


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
    slowest = max(measured, key=lambda trial: trial.seconds)
    largest = max(measured, key=lambda trial: trial.peak)
    growth = [worker.growth for worker in workers]
    print(f"{seconds:.0f} s, {1000 * seconds / len(trials):.1f} ms a file")
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
    sys.exit(main())
