"""Copies of recordings for training: how many, of what, and what becomes of them."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from voicegender.alteration import NONE, Alteration, equalised
from voicegender.audio import SAMPLE_RATE, Samples, load_audio
from voicegender.augmentation import Augmentation
from voicegender.batches import Excerpts, MiddleExcerpts, labels_of
from voicegender.corpus import Corpus, load_corpus
from voicegender.demo_corpus import DemoCorpus
from voicegender.errors import SettingError
from voicegender.extraction import extract
from voicegender.features import LogMel
from voicegender.fitting import Fitting
from voicegender.mapping import Features
from voicegender.workers import worked

ALONE = partial(worked, n_workers=1)


OFF = {"equaliser": 0.0, "room": 0.0, "noise": 0.0, "codec": 0.0, "telephone": 0.0, "clipping": 0.0}


@pytest.fixture(scope="module")
def voice() -> Samples:
    """A computed voice, two seconds and a bit."""
    return DemoCorpus().voices()[0](np.random.default_rng(0))[: 2 * SAMPLE_RATE + 7]


@pytest.fixture(scope="module")
def corpus(demo_corpus: Path) -> Corpus:
    return load_corpus(demo_corpus).only(["dev-clean"])


def test_there_are_as_many_copies_as_are_asked_each_as_long_as_the_recording(
    voice: Samples,
) -> None:
    for n in (0, 1, 5):
        copies = [*Alteration(copies=n)(voice)]
        assert [copy.shape for copy in copies] == [voice.shape] * n
        assert all(np.isfinite(copy).all() and copy.dtype == np.float32 for copy in copies)
    assert [*NONE(voice)] == []


def test_copies_differ_from_each_other_and_leave_the_recording(voice: Samples) -> None:
    kept = voice.copy()
    copies = [*Alteration(copies=3, equaliser=1.0, noise=1.0)(voice)]
    for i, copy in enumerate(copies):
        assert not any(np.array_equal(copy, other) for other in [voice, *copies[:i]])
    np.testing.assert_array_equal(voice, kept)


def test_a_copy_depends_on_its_samples_and_the_seed_alone(voice: Samples) -> None:
    first, again = ([*Alteration(copies=2, noise=1.0)(y)] for y in (voice, voice.copy()))
    np.testing.assert_array_equal(first, again)
    more = [*Alteration(copies=4, noise=1.0)(voice)]
    np.testing.assert_array_equal(more[:2], first)
    other = [*Alteration(copies=2, noise=1.0, seed=1)(voice)]
    assert not np.array_equal(first[0], other[0])
    later = [*Alteration(copies=2, noise=1.0)(voice[1:])]
    assert not np.array_equal(later[0], first[0][1:])


def test_with_every_change_off_the_copies_are_the_recording(voice: Samples) -> None:
    for copy in Alteration(copies=2, **OFF)(voice):  # type: ignore[arg-type]  # all are shares
        np.testing.assert_array_equal(copy, voice)


def test_switching_one_change_off_leaves_the_others(voice: Samples) -> None:
    asked = {**OFF, "equaliser": 1.0}
    plain = [*Alteration(copies=3, **asked)(voice)]  # type: ignore[arg-type]  # as above
    both = [*Alteration(copies=3, **{**asked, "clipping": 1.0})(voice)]  # type: ignore[arg-type]  # as above
    for unclipped, clipped in zip(plain, both, strict=True):
        untouched = np.abs(clipped) < np.abs(clipped).max()
        assert untouched.mean() > 0.8
        np.testing.assert_array_equal(clipped[untouched], unclipped[untouched])


def test_an_equaliser_gives_each_frequency_its_decibels() -> None:
    hz = 2000.0
    y = np.sin(2 * np.pi * hz * np.arange(SAMPLE_RATE) / SAMPLE_RATE).astype(np.float32)
    knots = np.array([0.0, 0.0, 6.0, 0.0, 0.0])  # the middle of the root of frequency: 2 kHz
    gain = np.sqrt(np.square(equalised(y, knots)).mean() / np.square(y).mean())
    assert 20 * np.log10(gain) == pytest.approx(6.0, abs=0.05)
    np.testing.assert_allclose(equalised(y, np.zeros(5)), y, atol=1e-6)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"copies": -1}, "alteration copies: -1 will not do"),
        ({"seed": -1}, "alteration seed"),
        ({"noise": 1.5}, "shares from 0 to 1"),
    ],
)
def test_an_alteration_that_makes_no_sense_is_refused(asked: dict[str, int], reason: str) -> None:
    with pytest.raises(SettingError, match=reason):
        Alteration(**asked)


def test_a_feature_set_holds_the_frames_of_the_recording_and_then_of_its_copies(
    corpus: Corpus, tmp_path: Path
) -> None:
    alteration = Alteration(copies=2)
    plain = extract(corpus, LogMel(n_mels=20), tmp_path, crew=ALONE)
    altered = extract(corpus, LogMel(n_mels=20), tmp_path, alteration=alteration, crew=ALONE)
    assert altered.folder.parent != plain.folder.parent
    assert altered.folder.name == plain.folder.name  # the same corpus
    assert altered.alteration == alteration
    assert plain.alteration == NONE
    one, three = plain.load(), altered.load()
    assert (one.n_versions, three.n_versions) == (1, 3)
    assert list(three.utterances["n_frames"]) == [3 * n for n in one.utterances["n_frames"]]
    row = three.utterances.iloc[2]
    y = load_audio(corpus.root / row["path"])
    expected = np.concatenate([LogMel(n_mels=20)(version) for version in (y, *alteration(y))])
    np.testing.assert_allclose(three.of(2), expected, atol=0.01)  # float16
    n = len(one.of(2))
    np.testing.assert_array_equal(three.of(2)[:n], one.of(2))


def test_another_alteration_has_another_place_and_none_has_the_old_one(
    corpus: Corpus, tmp_path: Path
) -> None:
    asked = [NONE, Alteration(noise=0.1), Alteration(copies=1), Alteration(copies=1, seed=1)]
    folders = [
        extract(corpus, LogMel(n_mels=10), tmp_path, alteration=one, crew=ALONE).folder
        for one in asked
    ]
    assert folders[0] == folders[1]  # without copies nothing else matters
    assert len(set(folders)) == 3


def versions(n_recordings: int, n_versions: int, n_frames: int) -> Features:
    """Frames that say which recording, version and time they are of."""
    shape = (n_recordings, n_versions, n_frames)
    values = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    rows = pd.DataFrame(
        {
            "speaker_id": [str(i) for i in range(n_recordings)],
            "gender": ["F", "M"] * (n_recordings // 2),
            "first": n_versions * n_frames * np.arange(n_recordings),
            "n_frames": n_versions * n_frames,
        }
    )
    return Features(rows, values.reshape(-1, 3).astype(np.float32), n_versions)


def test_batches_draw_from_all_versions_and_never_across_two() -> None:
    features = versions(8, 3, 20)
    fitting = Fitting(batch_size=4, excerpts=30, shortest=5, longest=5)
    rows = features.utterances
    learn = Excerpts(
        features, rows, fitting, labels_of(rows), augmentation=Augmentation.off(), rate=1
    )
    drawn = np.concatenate([x for x, _ in learn.epoch(0)])
    assert drawn.shape == (8 * 30, 5, 3)
    assert (np.ptp(drawn[:, :, :2], axis=1) == 0).all()  # one recording, one version
    np.testing.assert_array_equal(np.diff(drawn[:, :, 2], axis=1), 1)
    counts = np.bincount(drawn[:, 0, 1].astype(int), minlength=3)
    assert counts.min() > 0.2 * len(drawn)
    assert {*drawn[:, 0, 2]} == {*range(16)}  # every start there is
    for x, labels in learn.epoch(1):
        np.testing.assert_array_equal(labels, x[:, 0, 0] % 2 == 0)


def test_what_validates_is_the_middle_of_the_recording_as_it_is() -> None:
    features = versions(8, 3, 20)
    fitting = Fitting(batch_size=4, excerpts=30, shortest=5, longest=6)
    rows = features.utterances
    validate = MiddleExcerpts(features, rows, fitting, labels_of(rows), rate=1)
    x = np.concatenate([x for x, _ in validate.epoch(0)])
    assert x.shape == (8, 6, 3)
    assert not x[:, :, 1].any()
    np.testing.assert_array_equal(x[:, :, 2], [np.arange(7, 13)] * 8)
