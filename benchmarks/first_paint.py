"""Seconds until each page is seen and until all of it is drawn, over much data, beside Home's.

    python benchmarks/first_paint.py LIBRISPEECH DATA [--rounds N] [--keep FOLDER]

LIBRISPEECH holds SPEAKERS.TXT and some recordings of train-clean-100; DATA a run that is done.
From them a corpus of 28,539 recordings (train-clean-100's number) is made of hard links, and 20
runs of copies; then the real server is started and each page is opened in Chromium, in turn:
once on the fresh server (cold), and then some rounds more (warm). A page is first painted when
something of its own stands below its head; it is drawn when nothing is awaited any more, charts
included, whose library alone (Plotly, 4.7 MB) takes a browser as long as Home.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from playwright.sync_api import Page, expect, sync_playwright

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))

from many_recordings import make_corpus
from measured import ended, librispeech_at

from browser import PAGES, Server, launch, serving, settled
from voicegender.runs import runs

N_RECORDINGS, N_RUNS, N_ROUNDS = 28_539, 20, 5
BOUND = 1.5
"""Times Home that a warm page may take to its first paint."""
CONTENT, HEAD = "[data-testid=stMain] [data-testid=stElementContainer]", 2
"""What a page shows; its title and the line below it come first."""


class Seconds(NamedTuple):
    """From asking for a page on."""

    painted: float
    drawn: float


def make_data(source: Path, data: Path) -> None:
    """`N_RUNS` copies of a finished run, the features and cross-validations there are."""
    done = next(run for run in runs(source / "runs") if run.state == "done")
    for number in range(N_RUNS):
        shutil.copytree(done.folder, data / "runs" / f"run-{number:02d}")
    for path in (source / "runs").glob("*/crossval.json"):
        shutil.copytree(path.parent, data / "runs" / path.parent.name)
    if (source / "features").is_dir():
        shutil.copytree(source / "features", data / "features")


@contextmanager
def large_data(source: Path, librispeech: Path, keep: Path | None) -> Iterator[Path]:
    """A data folder with all of it; made once where it is kept."""
    with tempfile.TemporaryDirectory() as temporary:
        data = keep or Path(temporary) / "data"
        if not data.is_dir():
            make_corpus(librispeech, data / "LibriSpeech", N_RECORDINGS)
            make_data(source, data)
        yield data


def measure(server: Server, n_rounds: int) -> dict[str, list[Seconds]]:
    """By page, in the order they were measured: the cold one first."""
    taken: dict[str, list[Seconds]] = {name: [] for name in PAGES}
    with sync_playwright() as playwright:
        browser = launch(playwright)
        context = browser.new_context(viewport={"width": 1440, "height": 1000})
        for _ in range(1 + n_rounds):
            for name in PAGES:
                page = context.new_page()
                taken[name].append(_open(page, f"{server.url}/{name}"))
                page.close()
    return taken


def _open(page: Page, url: str) -> Seconds:
    began = time.perf_counter()
    page.goto(url)
    expect(page.locator(CONTENT).nth(HEAD)).to_be_visible()
    painted = time.perf_counter() - began
    settled(page)
    return Seconds(painted, time.perf_counter() - began)


def report(taken: dict[str, list[Seconds]]) -> bool:
    """Print a table; whether each page is painted within the bound."""
    print(f"{'':<12}{'first paint, s':^24}{'all drawn, s':^24}")
    print(
        f"{'page':<12}{'cold':>8}{'warm':>8}{'x Home':>8}" + f"{'cold':>8}{'warm':>8}{'x Home':>8}"
    )
    home = _medians(taken[""])
    for name, rows in taken.items():
        columns = [
            f"{cold:>8.2f}{warm:>8.2f}{warm / of_home:>8.2f}"
            for cold, warm, of_home in zip(rows[0], _medians(rows), home, strict=True)
        ]
        print(f"{name or 'Home':<12}{''.join(columns)}")
    return all(_medians(rows).painted <= BOUND * home.painted for rows in taken.values())


def _medians(rows: list[Seconds]) -> Seconds:
    """Of the warm ones."""
    painted, drawn = zip(*rows[1:], strict=True)
    return Seconds(median(painted), median(drawn))


def main() -> int:
    """Measure and print; 1 where a page is too slow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("librispeech", type=librispeech_at)
    parser.add_argument("data", type=Path)
    parser.add_argument("--rounds", type=int, default=N_ROUNDS)
    parser.add_argument("--keep", type=Path, help="Where the large data folder is kept.")
    asked = parser.parse_args()
    with (
        large_data(asked.data, asked.librispeech, asked.keep) as data,
        serving(data.resolve()) as server,
    ):
        return 0 if report(measure(server, asked.rounds)) else 1


if __name__ == "__main__":
    sys.exit(ended(main))
