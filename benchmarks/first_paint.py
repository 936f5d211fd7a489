"""Seconds until each page is drawn, over a large corpus and many runs, beside Home's.

    python benchmarks/first_paint.py LIBRISPEECH DATA [--rounds N] [--keep FOLDER]

LIBRISPEECH holds SPEAKERS.TXT and some recordings of train-clean-100; DATA a run that is done.
From them a corpus of 28,539 recordings (train-clean-100's number) is made of hard links, and 20
runs of copies; then the real server is started and each page is opened in Chromium, in turn:
once on the fresh server (cold), and then some rounds more (warm).
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))

from browser import PAGES, Server, launch, opened, serving
from voicegender.runs import runs

SUBSET = "train-clean-100"
N_RECORDINGS, N_RUNS, N_ROUNDS = 28_539, 20, 5
BOUND = 1.5
"""Times Home that a warm page may take."""


def make_corpus(source: Path, folder: Path) -> None:
    """`N_RECORDINGS` with right names, each a link to one of the source's."""
    folder.mkdir(parents=True)
    shutil.copy(source / "SPEAKERS.TXT", folder)
    held = folder.parent / "held"  # links do not reach from one file system to another
    held.mkdir()
    paths = [Path(shutil.copy(path, held)) for path in sorted((source / SUBSET).glob("*/*/*.flac"))]
    for number in range(N_RECORDINGS):
        path = paths[number % len(paths)]
        reader = path.stem.partition("-")[0]
        chapter = folder / SUBSET / reader / f"9{number // len(paths) // 40:03d}"
        chapter.mkdir(parents=True, exist_ok=True)
        os.link(path, chapter / f"{reader}-{chapter.name}-{number // len(paths):04d}.flac")


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
            make_corpus(librispeech, data / "LibriSpeech")
            make_data(source, data)
        yield data


def seconds_to_draw(server: Server, n_rounds: int) -> dict[str, list[float]]:
    """By page, in the order they were measured: the cold one first."""
    taken: dict[str, list[float]] = {name: [] for name in PAGES}
    with sync_playwright() as playwright:
        browser = launch(playwright)
        context = browser.new_context(viewport={"width": 1440, "height": 1000})
        for _ in range(1 + n_rounds):
            for name in PAGES:
                page = context.new_page()
                began = time.perf_counter()
                opened(page, server, name)
                taken[name].append(time.perf_counter() - began)
                page.close()
    return taken


def report(taken: dict[str, list[float]]) -> bool:
    """Print a table; whether each page keeps within the bound."""
    home = median(taken[""][1:])
    print(f"{'page':<12}{'cold, s':>9}{'warm, s':>9}{'x Home':>8}")
    for name, (cold, *warm) in taken.items():
        middle = median(warm)
        print(f"{name or 'Home':<12}{cold:>9.2f}{middle:>9.2f}{middle / home:>8.2f}")
    return all(median(warm) <= BOUND * home for _, *warm in taken.values())


def main() -> int:
    """Measure and print; 1 where a page is too slow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("librispeech", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--rounds", type=int, default=N_ROUNDS)
    parser.add_argument("--keep", type=Path, help="Where the large data folder is kept.")
    asked = parser.parse_args()
    with (
        large_data(asked.data, asked.librispeech, asked.keep) as data,
        serving(data.resolve()) as server,
    ):
        return 0 if report(seconds_to_draw(server, asked.rounds)) else 1


if __name__ == "__main__":
    sys.exit(main())
