"""A model asked about a whole corpus through the way a user's file takes, sound to verdict."""

from functools import partial
from typing import Any

from voicegender.corpus import Corpus
from voicegender.errors import CorpusError
from voicegender.hearing import in_pieces
from voicegender.prediction import Classifier
from voicegender.process import Progress
from voicegender.report import evaluate, judged
from voicegender.scoring import heard


def evaluate_on(
    classifier: Classifier, corpus: Corpus, *, progress: Progress | None = None
) -> dict[str, Any]:
    """Metrics of verdicts on recordings and excerpts; refused ones are counted and named.

    Raises
    ------
    CorpusError
        Every recording was refused.
    """
    # Imported now: what is missing should be told before an hour of answers, not after.
    import sklearn.metrics  # noqa: F401  # evaluation needs it

    hear = partial(in_pieces, progress=progress)
    found = heard(classifier.bundle, corpus.utterances, corpus.root, hear=hear)
    if found.table.empty:
        reason = found.refused["reason"].iat[0]
        raise CorpusError(corpus.root, f"every recording was refused ({reason})")
    metrics = evaluate(judged(found.table, classifier.bundle.calibration))
    return metrics | {"refused": found.refused.to_dict(orient="records")}
