"""A model asked about a whole corpus through the way a user's file takes, sound to verdict."""

from typing import Any

import numpy as np
import pandas as pd

from voicegender.audio import load_audio
from voicegender.corpus import Corpus
from voicegender.errors import AudioError, CorpusError
from voicegender.evaluation import by_duration, decided, measures, reliability, roc, wrong
from voicegender.pitch import F0Median, F0Threshold
from voicegender.prediction import Classifier
from voicegender.process import Progress


def evaluate_on(
    classifier: Classifier, corpus: Corpus, *, progress: Progress | None = None
) -> dict[str, Any]:
    """Metrics of verdicts on recordings; refused ones are counted and named.

    Raises
    ------
    CorpusError
        Every recording was refused.
    """
    # Imported now: what is missing should be told before an hour of answers, not after.
    import sklearn.metrics  # noqa: F401  # evaluation needs it

    rows, refused = [], []
    utterances = corpus.utterances.to_dict(orient="records")
    for done, utterance in enumerate(utterances, start=1):
        path = corpus.root / utterance["path"]
        try:
            y = load_audio(path)
            p_female = classifier.predict_samples(y).p_female
        except AudioError as error:
            refused.append({"path": utterance["path"], "reason": error.wrong})
        else:
            rows.append(utterance | {"p_female": p_female, "f0": float(F0Median()(y)[0])})
        if progress:
            progress(done, len(utterances))
    if not rows:
        raise CorpusError(corpus.root, f"every recording was refused ({refused[0]['reason']})")
    return _metrics(classifier, pd.DataFrame(rows)) | {"refused": refused}


def _metrics(classifier: Classifier, recordings: pd.DataFrame) -> dict[str, Any]:
    p = np.clip(recordings["p_female"].to_numpy(), 1e-12, 1 - 1e-12)
    odds = recordings.assign(log_odds=np.log(p) - np.log1p(-p))
    readers = odds.groupby(["speaker_id", "gender"], as_index=False)["log_odds"].mean()
    readers["p_female"] = 1 / (1 + np.exp(-readers["log_odds"]))
    by_f0 = recordings.assign(p_female=F0Threshold()(recordings["f0"].to_numpy()))
    return {
        "recordings": measures(recordings) | decided(recordings, classifier.bundle.calibration),
        "readers": measures(readers),
        "roc": roc(recordings),
        "calibration": reliability(recordings),
        "by_duration": by_duration(recordings),
        "wrong_recordings": wrong(recordings),
        "wrong_readers": wrong(readers),
        "baselines": {"f0-threshold": measures(by_f0)},
    }
