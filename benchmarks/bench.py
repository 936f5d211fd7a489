"""The figures this project claims, measured here: a table on the screen and in results.md.

    make bench
    python benchmarks/bench.py [GROUP...] [--librispeech FOLDER] [--to benchmarks/results.md]

References run on the same recordings, in turn with what is ours. What is ours may take at most
the bound times what the reference takes. The exit status is 1 where a row does not hold. Some
groups alone replace their rows in the file, where that is of today and of this machine.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from measured import CHECKOUT, LIBRISPEECH, ONE_THREAD, Row, ended, librispeech_at

# Read by the matrix libraries when they are imported.
os.environ |= ONE_THREAD

import datetime as dt
import platform
from importlib import import_module

import psutil

GROUPS = {
    "recordings": "extraction_time.recording_rows",
    "corpus": "extraction_time.corpus_rows",
    "cold": "answers_time.cold_rows",
    "loaded": "answers_time.loaded_rows",
    "files": "answers_time.file_rows",
    "dashboard": "dashboard_time.rows",
    "sessions": "many_sessions.rows",
    "seed-epoch": "training_time.seed_rows",
    "probe-epoch": "training_time.probe_rows",
    "training-memory": "training_time.memory_rows",
}
"""What measures each group of rows; imported when its turn has come."""
RESULTS = CHECKOUT / "benchmarks" / "results.md"


def rows_of(group: str, librispeech: Path) -> Iterator[Row]:
    """What one group measures."""
    module, _, function = GROUPS[group].partition(".")
    rows: Iterator[Row] = getattr(import_module(module), function)(librispeech)
    return rows


def line(row: Row) -> str:
    """A row of a table in Markdown."""
    excess = f"{row.ratio / row.bound:.2f} times that" if row.bound else "more"
    missed = f"**{excess}** {row.note}".strip()
    ours, reference = (f"{value:.3g} {row.unit}".strip() for value in (row.ours, row.reference))
    cells = (row.name, ours, row.against, reference, f"{row.ratio:.3g}", f"{row.bound:.3g}")
    return f"| {' | '.join(cells)} | {'' if row.holds else missed} |"


HEAD = "| what | ours | beside | takes | ratio | at most | |\n|---|---|---|---|---|---|---|"


def machine() -> str:
    """The machine in words."""
    memory = psutil.virtual_memory().total / 2**30
    return f"{psutil.cpu_count()} cores ({_processor()}), {memory:.0f} GiB, {platform.system()}"


def _processor() -> str:
    named = [
        text.partition(":")[2].strip()
        for text in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if text.startswith("model name")
    ]
    return named[0] if named else platform.machine()


def measured(groups: Sequence[str], librispeech: Path) -> list[Row]:
    """All rows, each printed when it is known."""
    print(HEAD)
    rows = []
    for group in groups:
        for row in rows_of(group, librispeech):
            print(line(row), flush=True)
            rows.append(row)
    return rows


def main() -> int:
    """Measure, print, write; 1 where a row does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(GROUPS)}")
    parser.add_argument("--librispeech", type=librispeech_at, default=LIBRISPEECH)
    parser.add_argument("--to", type=Path, default=RESULTS)
    asked = parser.parse_args()
    if unknown := set(asked.groups) - set(GROUPS):
        parser.error(f"no group {', '.join(sorted(unknown))}; there is {', '.join(GROUPS)}")
    if asked.groups and not (asked.to.exists() and title() in asked.to.read_text("utf-8")):
        parser.error(f"{asked.to} is of another day or machine; name no group, or another file")
    rows = measured(asked.groups or [*GROUPS], asked.librispeech)
    asked.to.write_text(table(kept(asked.to) if asked.groups else {}, rows), encoding="utf-8")
    return 0 if all(row.holds for row in rows) else 1


def kept(path: Path) -> dict[str, str]:
    """Lines of a table that was written before, by what they are about."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    rows = [text for text in lines if text.startswith("| ")][1:]
    return {about(text): text for text in rows}


def table(before: dict[str, str], rows: Sequence[Row]) -> str:
    """The file: date and machine, then the rows; those of before where there is nothing newer."""
    newer = {about(line(row)): line(row) for row in rows}
    return "\n".join([title(), "", HEAD, *(before | newer).values(), ""])


def title() -> str:
    """Day and machine."""
    return f"`make bench`, {dt.datetime.now(dt.UTC):%d %B %Y}, {machine()}."


def about(text: str) -> str:
    """What a line of the table compares."""
    cells = text.split(" | ")
    return f"{cells[0]} | {cells[2]}"


if __name__ == "__main__":
    sys.exit(ended(main))
