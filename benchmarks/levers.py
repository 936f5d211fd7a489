"""What was tried to make the voice model better, each thing alone -> table of scores.

    python benchmarks/levers.py LIBRISPEECH [--cache data/levers]

The model that ships hears windows of 1 s of speech through a pretrained encoder and judges them
by linear probes that learnt from each recording of train-clean-100 and three altered copies.
Each row changes one thing of the *base*: the same, without copies, one probe. Windows are made
once and kept in ``--cache``, so a run goes on where it stopped. The rows about F0 and formants
need a vocoder that the project does not ask for: ``pip install --target world pyworld`` and
``PYTHONPATH=world``; without it they are skipped.

The table goes to ``levers.md`` beside this file; what stands above the table there is kept.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from lever_scores import TESTS, Lever, Said, said
from lever_sounds import PLAIN, Speed, World
from numpy.typing import NDArray

from voicegender.alteration import Alteration
from voicegender.corpus import load_corpus
from voicegender.evaluation import N_RESAMPLES
from voicegender.hearing import WHOLE
from voicegender.recordings import Corpus

SUBSET = "train-clean-100"
TO = Path(__file__).with_suffix(".md")
MOST_NAMED = 5
"""Readers listed by name; of more, the number is given."""
SHORT = 3.0
"""Seconds of the answers that are compared with the base."""
LEAST = 0.01
"""Deviation of a feature that the last column does not go below."""
UNALTERED = Alteration(equaliser=0, room=0, noise=0, codec=0, telephone=0, clipping=0)
ALTERED = Alteration(copies=6)
WORLD = World()

LEVERS = (
    Lever("base: recordings alone"),
    Lever("+ equaliser, 1 copy", replace(UNALTERED, copies=1, equaliser=1)),
    Lever("+ room, 1 copy", replace(UNALTERED, copies=1, room=1)),
    Lever("+ noise, 1 copy", replace(UNALTERED, copies=1, noise=1)),
    Lever("+ codec, 1 copy", replace(UNALTERED, copies=1, codec=1)),
    Lever("+ telephone, 1 copy", replace(UNALTERED, copies=1, telephone=1)),
    Lever("+ clipping, 1 copy", replace(UNALTERED, copies=1, clipping=1)),
    Lever("+ all six in their shares, 1 copy", ALTERED, (1,)),
    Lever("+ all six in their shares, 3 copies", ALTERED, (1, 2, 3)),
    Lever("+ all six in their shares, 6 copies", ALTERED),
    Lever("+ speed -6 % and +6 %, 2 copies", Speed()),
    Lever("+ WORLD with nothing moved, 1 copy", WORLD, (1,)),
    Lever("+ F0 by 0.75 to 1.33, formants kept, 2 copies", WORLD, (2, 3)),
    Lever("+ formants -8 % and +8 %, F0 kept, 2 copies", WORLD, (4, 5)),
    Lever("windows of 0.5 s", extractor=replace(PLAIN, seconds=0.5, hop=0.5)),
    Lever("windows of 1.6 s", extractor=replace(PLAIN, seconds=1.6, hop=1.6)),
    Lever("windows of 3 s", extractor=replace(PLAIN, seconds=3.0, hop=3.0)),
    Lever("windows every 0.5 s", extractor=replace(PLAIN, hop=0.5)),
    Lever("last state alone", columns=(0, 256)),
    Lever("embedding alone", columns=(256, 512)),
    Lever("penalty times 10 (C 2e-5)", c=2e-5),
    Lever("penalty divided by 10 (C 2e-3)", c=2e-3),
    Lever("deviations of 0.01 or more", least=LEAST),
    Lever("15 % of the readers kept for calibration", learners="kept"),
    Lever("five probes, each without a fifth", learners="heads"),
    Lever("F0 as two more features", f0="added"),
    Lever("F0 threshold alone", f0="alone"),
)
HEAD = (
    "what is changed",
    "recordings",
    "95 %",
    "3 s",
    "1 s",
    *TESTS[1:],
    "3 s, gained",
    "degraded, gained",
    "both with deviations of 0.01 or more",
    "wrong with every seed",
)


class Gain(NamedTuple):
    """A difference of shares of right answers, and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Line:
    """A row of the table: what one lever gave, and the base.

    Attributes
    ----------
    name
        Of the lever.
    got, base
        With each feature divided by its deviation, as it is.
    got_least, base_least
        With no deviation below `LEAST`.
    """

    name: str
    got: Said
    base: Said
    got_least: Said
    base_least: Said

    def cells(self) -> Iterator[str]:
        """As `HEAD` has them."""
        low, high = self.got.interval()
        yield self.name
        yield percent(self.got.right("clean"))
        yield f"{percent(low)} to {percent(high)}"
        yield percent(self.got.right("clean", SHORT))
        yield percent(self.got.right("clean", 1.0))
        yield from (percent(self.got.right(name)) for name in TESTS[1:])
        yield change(self.got, self.base, ["clean"], SHORT)
        yield change(self.got, self.base, TESTS[1:], WHOLE)
        yield change(self.got_least, self.base_least, TESTS[1:], WHOLE)
        names = self.got.always_wrong()
        yield ", ".join(names) if len(names) <= MOST_NAMED else f"{len(names)} readers"


def change(got: Said, base: Said, conditions: Sequence[str], seconds: float) -> str:
    """What was gained, mean over the conditions; nothing for the base itself."""
    if got is base:
        return ""
    after, before = ([one.by_reader(name, seconds) for name in conditions] for one in (got, base))
    return signed(gained(after, before))


def gained(after: Sequence[NDArray[np.float64]], before: Sequence[NDArray[np.float64]]) -> Gain:
    """Difference of readers' shares of right answers, with its interval by reader.

    Parameters
    ----------
    after, before
        As `Said.by_reader` gives them, one a condition; their mean is compared.
    """
    differences = np.mean(after, axis=0) - np.mean(before, axis=0)
    differences = differences[~np.isnan(differences)]
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(differences), size=(N_RESAMPLES, len(differences)))
    low, high = np.percentile(differences[drawn].mean(axis=1), [2.5, 97.5])
    return Gain(float(differences.mean()), float(low), float(high))


def percent(share: float) -> str:
    """A share in % with one decimal; a dash where there is none."""
    return "-" if np.isnan(share) else f"{100 * share:.1f}"


def signed(gain: Gain) -> str:
    """A gain and its interval in percentage points; bold where it is not 0."""
    text = f"{100 * gain.value:+.1f} ({100 * gain.low:+.1f} to {100 * gain.high:+.1f})"
    return f"**{text}**" if gain.low > 0 or gain.high < 0 else text


def table(corpus_place: str, folder: Path) -> Iterator[str]:
    """Lines of markdown; progress goes to stderr."""
    corpus = load_corpus(corpus_place).only([SUBSET])
    yield markdown(HEAD)
    yield markdown(["---"] * len(HEAD))
    base, base_least = both(LEVERS[0], corpus, folder)
    for i, lever in enumerate(LEVERS, start=1):
        began = time.monotonic()
        try:
            got, got_least = both(lever, corpus, folder) if i > 1 else (base, base_least)
        except ModuleNotFoundError as error:
            yield markdown([lever.name, f"skipped: no {error.name} here"])
            continue
        line = markdown([*Line(lever.name, got, base, got_least, base_least).cells()])
        seconds = time.monotonic() - began
        print(f"{i} of {len(LEVERS)}, {seconds:.0f} s: {line}", file=sys.stderr, flush=True)
        yield line


def both(lever: Lever, corpus: Corpus, folder: Path) -> tuple[Said, Said]:
    """What a lever's probes say, and what they say with no deviation below `LEAST`."""
    return said(lever, corpus, folder), said(replace(lever, least=LEAST), corpus, folder)


def markdown(cells: Sequence[str]) -> str:
    """A row; missing cells at its end are empty."""
    return "| " + " | ".join([*cells, *[""] * (len(HEAD) - len(cells))]) + " |"


def write(lines: Sequence[str]) -> None:
    """Put the table in place of the one in `TO`; what is above it stays."""
    before = TO.read_text(encoding="utf-8") if TO.exists() else "# Levers\n\n"
    above = before[: before.index("\n| ") + 1] if "\n| " in before else before
    TO.write_text(above + "\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Measure all, print the table and write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    known = os.environ.get("VOICEGENDER_LIBRISPEECH")
    parser.add_argument("corpus", nargs="?" if known else None, default=known)
    parser.add_argument("--cache", type=Path, default=Path("data/levers"))
    asked = parser.parse_args()
    lines = [*table(asked.corpus, asked.cache)]
    print("\n".join(lines))
    write(lines)


if __name__ == "__main__":
    main()
