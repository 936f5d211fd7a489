"""Recordings heard the way a user's are, whole and in excerpts -> table of log-odds.

Everything that is said about a model rests on this table: sound is decoded, degraded if so
asked, what is no speech is dropped, and the rest goes through extractor and network as it does
in `prediction`. Excerpts are cut from the speech, so each holds as much of a voice as it says.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from voicegender.addresses import is_remote
from voicegender.audio import SAMPLE_RATE, Samples, Source, load_audio
from voicegender.degradation import CLEAN, Degradation
from voicegender.errors import AudioError, CorpusError
from voicegender.features import Input
from voicegender.listing import names_in
from voicegender.objects import fetched
from voicegender.pitch import F0Median
from voicegender.refusal import check_speech, purity
from voicegender.speech import SpeechDetector, speech_in
from voicegender.windows import Windows
from voicegender.workers import single_threaded, worked

WHOLE = float("inf")
"""Length of an excerpt that is the whole recording."""
EXCERPTS = (WHOLE, 3.0, 1.0)
"""Seconds; the lengths all models are compared at."""
PIECE = 64
"""Recordings that one process hears at a time; so many take longer than to start a process."""
FACTS = ["utterance_id", "speaker_id", "gender", "subset", "duration", "part"]

Judge = Callable[[NDArray[np.float32], str], NDArray[np.float64]]
"""Inputs of a network, and the speaker they come from -> log-odds of female, one a window.

Of several models at once: shape (n_windows, n_models).
"""

Opener = Callable[[], Judge]
"""Opens a judge in the process that hears; sent there, so a function of a module, or a partial."""


class Heard(NamedTuple):
    """What was heard, and what was refused.

    Attributes
    ----------
    table
        A row an excerpt: the columns of `FACTS`, seconds (asked; `WHOLE` for recordings),
        start and end (s, of the speech), log_odds (of several models: an array), f0 (median, Hz).
    refused
        utterance_id, speaker_id, gender, reason.
    """

    table: pd.DataFrame
    refused: pd.DataFrame


NONE_REFUSED = pd.DataFrame(columns=["utterance_id", "speaker_id", "gender", "reason"])


@dataclass(frozen=True)
class Hearing:
    """How recordings are heard.

    Attributes
    ----------
    extractor
        What the network is fed with.
    seconds
        Lengths of the excerpts; a recording that is shorter than each is heard whole.
    condition
        What happens to each recording first; chance in it depends on the utterance alone.
    """

    extractor: Input
    seconds: tuple[float, ...] = EXCERPTS
    condition: Degradation = CLEAN

    def __call__(
        self,
        utterances: pd.DataFrame,
        root: Path,
        judge: Judge,
        *,
        progress: Callable[[int, int], None] | None = None,
    ) -> Heard:
        """Hear the utterances whose paths start from ``root``; a column ``part`` may be missing.

        Raises
        ------
        CorpusError
            A recording is not there: an absent disk must not count as refused speech.
        """
        _check_there(utterances, root)
        return self.of_those_there(utterances, root, judge, progress=progress)

    def of_those_there(
        self,
        utterances: pd.DataFrame,
        root: Path,
        judge: Judge,
        *,
        progress: Callable[[int, int], None] | None = None,
    ) -> Heard:
        """The same, of recordings that were seen to be there."""
        rows: list[dict[str, Any]] = []
        refused: list[dict[str, Any]] = []
        sources = fetched(root, utterances["path"].tolist(), utterances["size"].tolist())
        pairs = zip(utterances.to_dict(orient="records"), sources, strict=True)
        for done, (utterance, source) in enumerate(pairs, start=1):
            facts = {name: utterance.get(name, "test") for name in FACTS}
            try:
                speech = self._speech(source, utterance["utterance_id"])
            except AudioError as error:
                refused.append({**facts, "reason": error.wrong})
            else:
                rows += [facts | row for row in self._rows(speech, judge, facts["speaker_id"])]
            if progress:
                progress(done, len(utterances))
        columns = [*FACTS, "seconds", "start", "end", "log_odds", "f0"]
        named = [*NONE_REFUSED.columns]
        return Heard(pd.DataFrame(rows, columns=columns), pd.DataFrame(refused, columns=named))

    def _speech(self, source: Source, utterance_id: str) -> Samples:
        rng = np.random.default_rng(zlib.crc32(utterance_id.encode()))
        y = speech_in(self.condition(load_audio(source), rng), SpeechDetector())
        check_speech(len(y) / SAMPLE_RATE, purity(y), place=utterance_id)
        return y

    def _rows(self, y: Samples, judge: Judge, speaker_id: str) -> Iterator[dict[str, Any]]:
        for seconds, a, b in self._spans(len(y)):
            yield {
                "seconds": seconds,
                "start": a / SAMPLE_RATE,
                "end": b / SAMPLE_RATE,
                "log_odds": judge(self.extractor.inputs(y[a:b]), speaker_id).mean(axis=0),
                "f0": float(F0Median()(y[a:b])[0]),
            }

    def _spans(self, n: int) -> Iterator[tuple[float, int, int]]:
        """Excerpts of each length that fits, spread evenly: they overlap where they must."""
        fitting = [s for s in self.seconds if s < WHOLE and n >= s * SAMPLE_RATE]
        if WHOLE in self.seconds or not fitting:
            yield WHOLE, 0, n
        for seconds in fitting:
            for a, b in Windows(seconds, seconds).spans(n, SAMPLE_RATE):
                yield seconds, a, b


def in_pieces(
    hearing: Hearing,
    utterances: pd.DataFrame,
    root: Path,
    opener: Opener,
    *,
    n_workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Heard:
    """Hear over processes; the table is that of one process, in the utterances' order.

    Raises
    ------
    CorpusError
        A recording is not there.
    WorkError
        A process was killed.
    """
    if len(utterances) <= PIECE:
        hear = partial(hearing, progress=progress)
        return single_threaded(hear, utterances, root, opener())
    _check_there(utterances, root)
    firsts = range(0, len(utterances), PIECE)
    pieces = [(i, hearing, utterances.iloc[i : i + PIECE], root, opener) for i in firsts]
    found: dict[int, Heard] = {}
    for first, heard in worked(_heard, pieces, n_workers=n_workers):
        found[first] = heard
        if progress:
            progress(min(len(found) * PIECE, len(utterances)), len(utterances))
    tables, refused = zip(*(found[first] for first in firsts), strict=True)
    return Heard(_joined(tables), _joined(refused))


Hear = Callable[[Hearing, pd.DataFrame, Path, Opener], Heard]
"""`in_pieces`, with its number of processes and whom it tells."""


def _heard(
    first: int, hearing: Hearing, utterances: pd.DataFrame, root: Path, opener: Opener
) -> tuple[int, Heard]:
    return first, hearing.of_those_there(utterances, root, opener())


def _joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One table; where all are empty, an empty one."""
    return pd.concat([t for t in tables if len(t)] or tables[:1], ignore_index=True)


def of_length(table: pd.DataFrame, seconds: float) -> pd.DataFrame:
    """The rows of one length."""
    return table[table["seconds"] == seconds].reset_index(drop=True)


def _check_there(utterances: pd.DataFrame, root: Path) -> None:
    listed = names_in(root) if is_remote(root) else set()  # one by one they were requests
    for path in utterances["path"]:
        if not (path in listed if is_remote(root) else (root / path).exists()):
            raise CorpusError(root / path, "is not there any more", "bring the corpus back")
