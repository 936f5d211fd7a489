"""The map of recordings: what differs most lies along the first axis."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from voicegender.corpus import load_corpus
from voicegender.demo_corpus import DemoCorpus
from voicegender.errors import WorkError
from voicegender.extraction import extract
from voicegender.features import LogMel, MfccMean
from voicegender.mapping import Features
from voicegender.pitch import F0Median
from voicegender.projection import project, recording_means
from voicegender.store import FeatureSet, create_feature_set


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six voices, two recordings each."""
    return DemoCorpus(n_speakers=6, n_utterances=2)(tmp_path_factory.mktemp("corpora") / "voices")


def test_women_and_men_of_the_demo_corpus_lie_apart_on_the_map(
    corpus: Path, tmp_path: Path
) -> None:
    projection = project(extract(load_corpus(corpus), LogMel(), tmp_path))
    points = projection.points
    assert sorted(points["utterance_id"]) == sorted(load_corpus(corpus).utterances["utterance_id"])
    middles = points.groupby("gender")[["x", "y"]].mean()
    assert np.ptp(middles.to_numpy(), axis=0).max() > 1
    first, second = projection.explained
    assert 0 < second <= first <= 1
    assert first + second <= 1 + 1e-6


def test_the_axes_lie_where_the_variance_is_and_share_nothing(corpus: Path, tmp_path: Path) -> None:
    projection = project(extract(load_corpus(corpus), MfccMean(), tmp_path))
    x, y = projection.points["x"].to_numpy(), projection.points["y"].to_numpy()
    assert np.var(x) >= np.var(y)
    assert abs(np.corrcoef(x, y)[0, 1]) < 1e-4
    ratio = projection.explained[1] / projection.explained[0]
    assert np.var(y) / np.var(x) == pytest.approx(ratio, rel=1e-4)


def test_altered_copies_do_not_move_a_recording() -> None:
    clean, copies = np.full((4, 3), 1.0), np.full((8, 3), 100.0)
    rows = pd.DataFrame({"utterance_id": ["a"], "first": [0], "n_frames": [12]})
    values = np.concatenate([clean, copies]).astype(np.float16)
    assert np.array_equal(recording_means(Features(rows, values, 3)), [[1, 1, 1]])


def test_a_single_number_a_recording_makes_no_map(corpus: Path, tmp_path: Path) -> None:
    made = extract(load_corpus(corpus), F0Median(), tmp_path)
    with pytest.raises(WorkError, match="12 recordings of 1 numbers make no map"):
        project(made)


def test_features_that_are_not_finished_make_no_map(corpus: Path, tmp_path: Path) -> None:
    utterances = load_corpus(corpus).utterances
    facts = {"extractor": {"kind": "imported"}, "n_features": 4, "source": ""}
    create_feature_set(tmp_path / "a/b", utterances, facts)
    with pytest.raises(WorkError, match="not finished"):
        project(FeatureSet(tmp_path / "a/b"))
