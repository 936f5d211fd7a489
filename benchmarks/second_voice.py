"""How often a second voice is told where there is one, and where there is none.

    python benchmarks/second_voice.py CROSSVAL

CROSSVAL is the folder of a finished cross-validation. Each reader is answered by the model that
was tested on that reader; then a man and a woman of the same fold are put one after the other,
with so many seconds of speech of each.
"""

import argparse
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from voicegender.audio import SAMPLE_RATE, Samples, load_audio
from voicegender.corpus import load_corpus
from voicegender.crossval import folds_of
from voicegender.errors import AudioError
from voicegender.prediction import Classifier, load_model
from voicegender.runs import Run
from voicegender.speech import SpeechDetector, speech_in

SECONDS = (2.0, 3.0, 5.0)
N_PAIRS = 10
"""Of each fold and length."""
PAUSE = np.zeros(SAMPLE_RATE // 2, np.float32)


def told(classifier: Classifier, y: Samples) -> bool | None:
    """Whether a second voice is told; None for what is refused."""
    try:
        return classifier.predict_samples(y).otherwise is not None
    except AudioError:
        return None


def mixes(rows: pd.DataFrame, root: Path, seconds: float) -> Iterator[Samples]:
    """A woman and a man, or the other way round, of those who speak long enough."""
    spoken = {
        gender: [speech_in(load_audio(root / path), SpeechDetector()) for path in of_gender]
        for gender, of_gender in rows.groupby("gender")["path"]
    }
    size = int(seconds * SAMPLE_RATE)
    women, men = ([y[:size] for y in spoken[gender] if len(y) >= size] for gender in "FM")
    pairs = [*product(range(len(women)), range(len(men)))]
    for n, i in enumerate(np.random.default_rng(0).permutation(len(pairs))[:N_PAIRS]):
        both = women[pairs[i][0]], men[pairs[i][1]]
        first, second = both if n % 2 else both[::-1]
        yield np.concatenate([first, PAUSE, second])


def tested(run: Run) -> tuple[Classifier, pd.DataFrame, Path]:
    """A fold's model, and the recordings of the readers it had not heard."""
    corpus = load_corpus(Path(run.config.corpus))
    split = pd.read_parquet(run.folder / "split.parquet")
    ids = split.loc[split["part"] == "test", "utterance_id"]
    rows = corpus.utterances[corpus.utterances["utterance_id"].isin(ids)]
    return load_model(run.model), rows, corpus.root


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("crossval", type=Path)
    folder = parser.parse_args().crossval
    folds = [tested(run) for run in folds_of(folder)]
    first = len(folds) // max(1, len({run.folder.parent for run in folds_of(folder)}))
    alone = [
        told(classifier, load_audio(root / path))
        for classifier, rows, root in folds[:first]
        for path in rows["path"]
    ]
    print(f"one reader: {alone.count(True)} of {len(alone) - alone.count(None)} said to be two")
    for seconds in SECONDS:
        found = [
            told(classifier, y)
            for classifier, rows, root in folds[:first]
            for y in mixes(rows, root, seconds)
        ]
        print(f"two voices, {seconds:g} s of each: {found.count(True)} of {len(found)} told")


if __name__ == "__main__":
    main()
