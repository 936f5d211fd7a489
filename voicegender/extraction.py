"""A corpus through an extractor, in parallel, resumable.

The unit of work is a part of the feature set: made whole by one worker, or not at all. What
is there when a run starts is kept, so a killed run goes on where it was; all but damaged parts,
which are told by their seals.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from voicegender.addresses import is_remote, reached
from voicegender.alteration import NONE, Alteration
from voicegender.audio import SAMPLE_RATE, SILENCE, Source, read_excerpt
from voicegender.corpus import Corpus
from voicegender.errors import AudioError, WorkError
from voicegender.features import Extractor
from voicegender.objects import fetched
from voicegender.parts import Row, write_part
from voicegender.process import Progress, Reporter, claimed
from voicegender.refusal import check_speech, purity
from voicegender.speech import SpeechDetector, speech_in
from voicegender.store import FeatureSet, open_feature_set
from voicegender.workers import Crew, worked

SKIPPED = "not longer than the excerpt"
"""Why a recording is left out that has not failed: the recipe passes over it."""


def extract(
    corpus: Corpus,
    extractor: Extractor,
    store: Path,
    *,
    alteration: Alteration = NONE,
    crew: Crew = worked,
    progress: Progress | None = None,
) -> FeatureSet:
    """Make all features of a corpus, or those that are still missing.

    Parameters
    ----------
    corpus, extractor
        What is worked through, and the setting that is called.
    store
        Folder of all feature sets.
    alteration
        Changed copies whose features stand behind those of each recording.
    crew
        Makes the parts; by default one process a core, and none beside this one for a single
        part.
    progress
        Told (done, total) utterances.

    Raises
    ------
    WorkError
        Another process extracts the same at this moment, or a worker died and none is left.
    """
    with reached(store):
        features = open_feature_set(store, extractor, corpus, alteration)
        if features.is_complete and not features.damaged():
            return features
    with claimed(features.folder):
        features.tidy()
        features.drop_damaged()
        _make_parts(features, corpus.root, crew, Reporter(features.folder, progress))
        features.tidy()  # what a lost worker left
    return features


def _make_parts(features: FeatureSet, root: Path, crew: Crew, report: Reporter) -> None:
    with reached(features.folder):
        missing = features.missing
    total = len(features.utterances())
    done = total - sum(len(features.rows_of(index)) for index in missing)
    report("extracting", done, total)
    tasks = [(features.folder, index, features.rows_of(index), root) for index in missing]
    for n_rows in crew(make_part, tasks):
        done += n_rows
        report("extracting", done, total)


def failures(errors: pd.DataFrame) -> pd.DataFrame:
    """Of the recordings left out, those that failed; others the recipe passes over."""
    return errors[~errors["error"].str.startswith(SKIPPED)]


def make_part(folder: Path, index: int, rows: pd.DataFrame, root: Path) -> int:
    """Extract one part of a feature set and write it; the number of its utterances.

    Raises
    ------
    WorkError
        The corpus is not seen from here: no recording's fault, so nothing is written.
    """
    if not is_remote(root) and not root.is_dir():
        raise WorkError(root, "this worker does not see the corpus", "mount it where it lies")
    features = FeatureSet(folder)
    sources = fetched(root, rows["path"].tolist(), rows["size"].tolist())
    columns = zip(sources, rows["utterance_id"], rows["duration"], strict=True)
    made = [_make_row(features, *row) for row in columns]
    write_part(features.part(index), made, half=features.extractor.framed)
    return len(made)


def _make_row(features: FeatureSet, path: Source, utterance_id: str, duration: float) -> Row:
    extractor = features.extractor
    none = np.zeros((0, extractor.n_features), np.float32)
    span = extractor.excerpt(duration, utterance_id)
    if span is None:
        reason = f"{SKIPPED} of {extractor.excerpt.seconds:g} s"
        return Row(utterance_id, 0.0, 0.0, none, reason)
    try:
        y = read_excerpt(path, *span)
        if not len(y) or np.abs(y).max() < SILENCE:
            return Row(utterance_id, *span, none, "silent")
        if extractor.of_speech:
            y = speech_in(y, SpeechDetector())
            check_speech(len(y) / SAMPLE_RATE, purity(y), place=utterance_id)
        versions = [y, *features.alteration(y)]
        values = np.concatenate([np.atleast_2d(extractor(version)) for version in versions])
    except AudioError as error:
        return Row(utterance_id, *span, none, error.wrong)
    return Row(utterance_id, *span, values)
