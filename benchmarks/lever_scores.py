"""Windows -> linear probes over folds of readers -> how many answers are right."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from lever_sounds import PLAIN, Copies, Variant, Windowed
from numpy.typing import NDArray

from voicegender.alteration import NONE
from voicegender.degradation import CONDITIONS
from voicegender.evaluation import rates
from voicegender.hearing import WHOLE
from voicegender.pitch import F0Threshold
from voicegender.recordings import Corpus
from voicegender.split import dealt
from voicegender.voice_encoder import VoiceEmbedding

SEEDS = (0, 1, 2)
N_FOLDS = 5
TOTAL_WEIGHT = 4500.0
"""Of all windows learnt from; times C it is the inverse of `probe.Probe`'s penalty."""
TESTS = ("clean", "noise 10 dB", "far room", "8 kHz")
KEEPING = (20, 17)
"""Shares the training readers are dealt into, and those learnt from where 15 % calibrate."""

Odds = NDArray[np.float64]
"""Log-odds of female, shape (n_seeds, n_windows)."""
Recordings = NDArray[np.signedinteger]
"""Rows of the corpus's table, shape (n,)."""
Judge = Callable[[Windowed], NDArray[np.float64]]


@dataclass(frozen=True)
class Lever:
    """One thing that may make the model better or worse; the defaults are the base.

    Attributes
    ----------
    name
        What the table calls it.
    copies, chosen
        What is learnt from beside the recordings, and the numbers of the copies taken (all).
    extractor
        Length and distance of the windows.
    columns
        Which of the 512 numbers are looked at, from and to.
    c
        Inverse of the penalty, see `TOTAL_WEIGHT`.
    least
        Deviation below which a feature is divided by this instead; 0.01 is about a third
        of what is usual in the embedding.
    learners
        ``all`` training readers; ``kept``: 15 % left out for calibration; ``heads``: five
        probes, each without a fifth.
    f0
        ``added`` to the features, as its logarithm and whether there is one; ``alone``: no
        probe, a threshold; or ``none``.
    """

    name: str
    copies: Copies = NONE
    chosen: tuple[int, ...] = ()
    extractor: VoiceEmbedding = PLAIN
    columns: tuple[int, int] = (0, PLAIN.n_features)
    c: float = 2e-4
    least: float = 0.0
    learners: str = "all"
    f0: str = "none"

    def features(self, windows: Windowed) -> NDArray[np.float64]:
        """Shape (n_windows, n_features)."""
        x = windows.values[:, slice(*self.columns)].astype(np.float64)
        if self.f0 != "added":
            return x
        voiced = np.isfinite(windows.f0)
        log_f0 = np.log(np.where(voiced, windows.f0, F0Threshold.hz))
        return np.column_stack([x, log_f0, voiced])

    def learnt(self, windows: Windowed) -> Windowed:
        """The windows of the recordings and of the copies taken."""
        if not self.chosen:
            return windows
        return windows.only(np.isin(windows.copy, (0, *self.chosen)))

    def judge(self, windows: Windowed, rows: pd.DataFrame, train: NDArray[np.bool_]) -> Judge:
        """A probe learnt from the windows of the recordings in ``train``."""
        female = (rows["gender"] == "F").to_numpy()
        taken = train[windows.recording]
        x, recording = self.features(windows)[taken], windows.recording[taken]
        counts = np.bincount(recording, minlength=len(rows))
        weights = TOTAL_WEIGHT / (counts > 0).sum() / counts[recording]
        return self._fitted(x, female[recording], weights)

    def _fitted(
        self, x: NDArray[np.float64], female: NDArray[np.bool_], weights: NDArray[np.float64]
    ) -> Judge:
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler

        scaler = StandardScaler().fit(x, sample_weight=weights)
        scaler.scale_ = np.maximum(scaler.scale_, self.least)
        model = LogisticRegression(C=self.c, max_iter=1000)
        model.fit(scaler.transform(x), female, sample_weight=weights)
        return lambda w: np.asarray(model.decision_function(scaler.transform(self.features(w))))

    def trains(
        self, rows: pd.DataFrame, rest: NDArray[np.bool_], seed: int
    ) -> list[NDArray[np.bool_]]:
        """Which recordings each probe learns from; ``rest`` are those that do not test."""
        if self.learners == "all":
            return [rest]
        n = N_FOLDS if self.learners == "heads" else KEEPING[0]
        shares = dealt(rows[rest], n, seed=seed)
        share = rows["speaker_id"].map(shares).fillna(n).to_numpy()
        if self.learners == "heads":
            return [rest & (share != head) for head in range(n)]
        return [rest & (share < KEEPING[1])]


@dataclass(frozen=True)
class Said:
    """What one lever's probes said of readers they never heard.

    Attributes
    ----------
    rows
        The recordings.
    extractor
        What made the windows.
    tests
        The windows of each condition.
    odds
        What was said of them; shape (n_seeds, n_windows) each.
    """

    rows: pd.DataFrame
    extractor: VoiceEmbedding
    tests: dict[str, Windowed]
    odds: dict[str, Odds]

    def answers(self, condition: str, seconds: float) -> tuple[Odds, Recordings]:
        """Means over as many windows as hold ``seconds``, and the recording of each."""
        windows, odds = self.tests[condition], self.odds[condition]
        if seconds != WHOLE:
            return _runs(windows.recording, odds, self._windows_in(seconds))
        recording = np.arange(len(self.rows))
        female = (self.rows["gender"] == "F").to_numpy()
        means = np.stack([_mean_by(windows.recording, o, len(recording)) for o in odds])
        # What was refused for want of speech counts as wrong.
        return np.where(np.isnan(means), np.where(female, -1.0, 1.0), means), recording

    def _windows_in(self, seconds: float) -> int:
        """Windows that together hold ``seconds``; 0 where one is longer."""
        beyond = seconds - self.extractor.seconds
        return 0 if beyond < 0 else 1 + round(beyond / self.extractor.hop)

    def right(self, condition: str, seconds: float = WHOLE) -> float:
        """Share of the answers that are right, mean over the seeds; NaN without answers."""
        odds, recording = self.answers(condition, seconds)
        return float(self._is_right(odds, recording).mean()) if odds.size else float("nan")

    def by_reader(self, condition: str, seconds: float = WHOLE) -> NDArray[np.float64]:
        """Each reader's share of right answers over all seeds; NaN for one without answers."""
        odds, recording = self.answers(condition, seconds)
        right = self._is_right(odds, recording).mean(axis=0)
        readers = pd.factorize(self.rows["speaker_id"], sort=True)[0]
        return _mean_by(readers[recording], right, readers.max() + 1)

    def _is_right(self, odds: Odds, recording: Recordings) -> NDArray[np.bool_]:
        female = (self.rows["gender"] == "F").to_numpy()
        right: NDArray[np.bool_] = (odds >= 0) == female[recording]
        return right

    def interval(self) -> tuple[float, float]:
        """95 % interval by reader of the share of recordings that are right."""
        odds, _ = self.answers("clean", WHOLE)
        facts = self.rows[["speaker_id", "gender"]]
        pooled = [facts.assign(p_female=1 / (1 + np.exp(-of_seed))) for of_seed in odds]
        low, high = rates(pd.concat(pooled))["accuracy_interval"]
        return float(low), float(high)

    def always_wrong(self) -> list[str]:
        """Readers none of whose recordings is right with any seed."""
        names = sorted(set(self.rows["speaker_id"]))
        shares = self.by_reader("clean")
        return [name for name, share in zip(names, shares, strict=True) if share == 0]


def said(lever: Lever, corpus: Corpus, folder: Path) -> Said:
    """Learn and ask, in folds by reader; ``folder`` keeps the windows."""
    rows = corpus.utterances
    tests = {
        name: Variant(lever.extractor, CONDITIONS[name]).kept(corpus, folder) for name in TESTS
    }
    if lever.f0 == "alone":
        odds = {name: _by_f0(windows)[None] for name, windows in tests.items()}
        return Said(rows, lever.extractor, tests, odds)
    learnt = lever.learnt(Variant(lever.extractor, copies=lever.copies).kept(corpus, folder))
    odds = {name: np.zeros((len(SEEDS), len(windows.f0))) for name, windows in tests.items()}
    for i, seed in enumerate(SEEDS):
        fold = rows["speaker_id"].map(dealt(rows, N_FOLDS, seed=seed)).to_numpy()
        for k in range(N_FOLDS):
            judges = [lever.judge(learnt, rows, t) for t in lever.trains(rows, fold != k, seed)]
            for name, windows in tests.items():
                asked = fold[windows.recording] == k
                x = windows.only(asked)
                odds[name][i, asked] = np.mean([judge(x) for judge in judges], axis=0)
    return Said(rows, lever.extractor, tests, odds)


def _by_f0(windows: Windowed) -> NDArray[np.float64]:
    """Log-odds by the threshold: even where nothing is voiced."""
    p = F0Threshold()(windows.f0)
    return np.asarray(np.log(p) - np.log1p(-p))


def _mean_by(group: Recordings, values: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Mean of the values in each of ``n`` groups; NaN for an empty one."""
    counts = np.bincount(group, minlength=n)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.bincount(group, values, minlength=n) / counts)


def _runs(recording: Recordings, odds: Odds, n: int) -> tuple[Odds, Recordings]:
    """Means over each ``n`` windows in a row of one recording, and that recording."""
    if n == 0:
        return odds[:, :0], recording[:0]
    first, last = recording[: len(recording) - n + 1], recording[n - 1 :]
    means = np.lib.stride_tricks.sliding_window_view(odds, n, axis=1).mean(axis=2)
    return means[:, first == last], first[first == last]
