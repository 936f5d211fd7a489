"""Twenty-five users for ten minutes: no error, and memory that stays where it was.

    python benchmarks/soak.py LIBRISPEECH [--minutes N] [--sessions N] [--warm-up SECONDS]

Each user is a websocket session that uploads recordings of LIBRISPEECH, waits for the answer,
downloads some, visits all pages and looks at them for a while; now and then one leaves, as soon as
another one has come.
One of them trains a network on computed voices, again and again, which the others watch.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from math import nan
from pathlib import Path
from statistics import linear_regression

import numpy as np
from many_sessions import file_of, recordings
from measured import ended, librispeech_at
from streamlit.proto.Alert_pb2 import Alert

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))

from browser import PAGES, Server, serving
from sessions import Session
from voicegender.demo_corpus import DemoCorpus
from voicegender.places import places
from voicegender.prediction import load_model
from wire import SessionError

N_SESSIONS, MINUTES, WARM_UP = 25, 10.0, 120.0
N_RECORDINGS = 60
THINKS = 2.0, 12.0
"""Seconds between what a user does, from and to."""
N_ACTS = 4, 12
"""What a user does before leaving, from and to."""
ANSWERS, DOWNLOADS = 0.4, 0.5
"""Shares: of what a user does, uploads; of what is answered, what is downloaded."""
MB_A_MINUTE = 2.0
"""Most that memory may grow by after the warm-up; a leaked upload a session would be five."""
FORGETS = "60"
"""Seconds for which the server remembers who left; by default so long that memory would still grow
when the warm-up is over."""
CORPUS = DemoCorpus(n_speakers=14, n_utterances=3)
NETWORK, EPOCHS = "seed-lstm", 20.0
RUNNING = "▶ running"
"""The word on a training that goes on."""


@dataclass
class Tally:
    """What happened to all users together.

    Attributes
    ----------
    counts
        Sessions, downloads, pages by name, trainings.
    n_open
        Sessions that are open now.
    errors
        What went wrong, in words.
    answered
        Seconds that each answer took.
    memory
        Seconds since the beginning and megabytes of the server, once a second.
    held
        Sessions that were open then.
    """

    counts: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    n_open: int = 0

    @property
    def longest_pause(self) -> float:
        """Most seconds between two looks at memory: what this machine stood still for."""
        times = [t for t, _ in self.memory]
        return max((b - a for a, b in pairwise(times)), default=nan)

    def slope(self, since: float) -> float:
        """Growth of memory in megabytes a minute, by least squares; NaN where it is unknown."""
        late = [(t / 60, size) for t, size in self.memory if t >= since]
        return linear_regression(*zip(*late, strict=True)).slope if len(late) > 1 else nan


@dataclass(frozen=True)
class Crowd:
    """A server, what its users upload with what it is heard as, and until when they stay."""

    server: Server
    voices: Sequence[tuple[str, bytes, str]]
    ends: float
    tally: Tally = field(default_factory=Tally)

    @property
    def is_over(self) -> bool:
        """Whether everybody leaves."""
        return time.monotonic() > self.ends

    async def think(self, rng: np.random.Generator) -> None:
        """Look at what is there, until there is no more time."""
        await asyncio.sleep(min(rng.uniform(*THINKS), max(0, self.ends - time.monotonic())))

    async def come_and_go(
        self, visit: Callable[[Session, np.random.Generator], Awaitable[None]], seed: int
    ) -> None:
        """One user after the other, each in a session of its own."""
        rng = np.random.default_rng(seed)
        await asyncio.sleep(rng.uniform(*THINKS))
        here: list[Session] = []
        while not self.is_over:
            try:
                here.append(await self._come())
                for before in here[:-1]:
                    await self._leave(before)
                del here[:-1]
                await visit(here[-1], rng)
            except (SessionError, LookupError, OSError) as error:
                self.tally.errors.append(f"{type(error).__name__}: {error}")
        for session in here:
            await self._leave(session)

    async def _come(self) -> Session:
        session = Session(self.server.url)
        await session.open()
        self.tally.counts["sessions"] += 1
        self.tally.n_open += 1
        return session

    async def _leave(self, session: Session) -> None:
        self.tally.n_open -= 1
        await session.close()

    async def visit(self, session: Session, rng: np.random.Generator) -> None:
        """Upload recordings and turn over pages."""
        for _ in range(rng.integers(*N_ACTS)):
            await self.think(rng)
            if self.is_over:
                return
            if rng.random() < ANSWERS:
                await self._ask(session, rng)
            else:
                await self._open(session, PAGES[int(rng.integers(len(PAGES)))])

    async def train(self, session: Session, rng: np.random.Generator) -> None:
        """Start a training on Training and watch it; the next user starts the next one."""
        await session.go("Training")
        options = session.tree.find("selectbox", "Network").proto.options
        chosen = next(option for option in options if option.startswith(NETWORK))
        await session.enter("selectbox", "Network", chosen)
        await session.enter("number_input", "Epochs", EPOCHS)
        await session.press("Start training")
        await session.until(RUNNING)
        self.tally.counts["trainings"] += 1
        while RUNNING in session.tree.text and not self.is_over:
            await self.think(rng)
            self._look(session)

    async def _ask(self, session: Session, rng: np.random.Generator) -> None:
        if session.page != "Predict":
            await self._open(session, "Predict")
        name, data, label = self.voices[int(rng.integers(len(self.voices)))]
        began = time.perf_counter()
        verdict = await session.answer(name, data)
        self.tally.answered.append(time.perf_counter() - began)
        if not verdict.lower().endswith(label):
            raise SessionError(f"{name} is {label}, not {verdict}")
        await session.settled()
        self._look(session)
        if rng.random() < DOWNLOADS:
            (told,) = await session.downloaded("Download JSON")
            self.tally.counts["downloads"] += 1
            if (told["path"], told["label"]) != (name, label):
                raise SessionError(f"{name} is {label}, but {told} was downloaded")

    async def _open(self, session: Session, page: str) -> None:
        await session.go(page, **({"view": "Runs"} if page == "Training" else {}))
        self.tally.counts[page or "Home"] += 1
        self._look(session)

    def _look(self, session: Session) -> None:
        """A page that tells an error is one."""
        for node in session.tree.nodes_of("alert"):
            if node.proto.format == Alert.ERROR:
                raise SessionError(f"{session.page}: {node.proto.body}")

    async def weigh(self) -> None:
        """Note the server's memory and its sessions once a second."""
        began = time.monotonic()
        while not self.is_over:
            self.tally.held.append(self.tally.n_open)
            self.tally.memory.append((time.monotonic() - began, self.server.megabytes))
            await asyncio.sleep(1)


@contextmanager
def crowd(librispeech: Path, minutes: float) -> Iterator[Crowd]:
    """A server with a corpus of computed voices, and real ones to upload."""
    model = load_model(places().default_model)
    paths = recordings(librispeech, N_RECORDINGS)
    voices = [(*file_of(path), model.predict(path).label) for path in paths]
    with tempfile.TemporaryDirectory() as folder:
        CORPUS(Path(folder) / "demo")
        with serving(Path(folder), STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL=FORGETS) as server:
            yield Crowd(server, voices, time.monotonic() + 60 * minutes)


async def soak(users: Crowd, n_sessions: int) -> None:
    """All at once, until the time is over."""
    visits = [users.train, *[users.visit] * (n_sessions - 1)]
    coming = (users.come_and_go(visit, seed) for seed, visit in enumerate(visits))
    await asyncio.gather(users.weigh(), *coming)


def report(tally: Tally, warm_up: float) -> bool:
    """Print what happened; whether all went well."""
    sizes = [size for _, size in tally.memory]
    warm = next((size for t, size in tally.memory if t >= warm_up), sizes[-1])
    slope = tally.slope(warm_up)
    pages = {name or "Home": tally.counts[name or "Home"] for name in PAGES}
    half, most = np.percentile(tally.answered, [50, 95])
    held = [n for (t, _), n in zip(tally.memory, tally.held, strict=True) if t >= warm_up]
    print(f"sessions           {tally.counts['sessions']:>8}  one after the other")
    print(f"held at once       {min(held, default=0):>8}  at least, after {warm_up:.0f} s")
    print(f"uploads answered   {len(tally.answered):>8}  each with the verdict of its recording")
    print(f"files downloaded   {tally.counts['downloads']:>8}  each of the session's own answer")
    print(f"pages opened       {sum(pages.values()):>8}  {pages}")
    print(f"trainings started  {tally.counts['trainings']:>8}")
    print(f"errors             {len(tally.errors):>8}")
    print(f"answer, median, s  {half:>8.2f}")
    print(f"answer, p95, s     {most:>8.2f}")
    print(f"memory, MB         {sizes[0]:>8.0f}  warm {warm:.0f}, end {sizes[-1]:.0f}")
    print(f"growth, MB/min     {slope:>8.2f}  after {warm_up:.0f} s; at most {MB_A_MINUTE}")
    print(f"longest pause, s   {tally.longest_pause:>8.1f}  between two looks, which are 1 s apart")
    for error, n in Counter(tally.errors).most_common():
        print(f"{n} x {error}")
    return not tally.errors and slope <= MB_A_MINUTE


def main() -> int:
    """Let them come; 1 where something went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("librispeech", type=librispeech_at)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--sessions", type=int, default=N_SESSIONS)
    parser.add_argument("--warm-up", type=float, default=WARM_UP, help="Seconds.")
    asked = parser.parse_args()
    with crowd(asked.librispeech, asked.minutes) as users:
        asyncio.run(soak(users, asked.sessions))
    return 0 if report(users.tally, asked.warm_up) else 1


if __name__ == "__main__":
    sys.exit(ended(main))
