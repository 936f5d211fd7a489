"""Speakers -> train / validation / test."""

import numpy as np
import pandas as pd
import pytest

from voicegender.errors import CorpusError, SettingError
from voicegender.split import PARTS, Split, balance, dealt, published_part


def utterances(n_readers: int = 60, subsets: tuple[str, ...] = ("all",)) -> pd.DataFrame:
    """Three recordings a reader, genders and subsets in turn."""
    rows = [
        {
            "utterance_id": f"{reader}-{i}",
            "speaker_id": str(reader),
            "gender": "FM"[reader % 2],
            "subset": subsets[reader // 2 % len(subsets)],
        }
        for reader in range(n_readers)
        for i in range(3)
    ]
    return pd.DataFrame(rows)


def parts_of_readers(rows: pd.DataFrame) -> pd.Series:
    return rows.groupby("speaker_id")["part"].agg(set)


@pytest.mark.parametrize("policy", ["auto", "random-readers", "fold"])
@pytest.mark.parametrize("seed", range(5))
def test_each_reader_has_one_part_whatever_the_row_order(policy: str, seed: int) -> None:
    table = utterances()
    shuffled = table.sample(frac=1, random_state=seed)
    parts = parts_of_readers(Split(policy, seed=seed)(table))
    assert (parts.map(len) == 1).all()
    assert parts_of_readers(Split(policy, seed=seed)(shuffled)).equals(parts)


def test_shares_are_kept_for_each_gender() -> None:
    rows = Split("random-readers")(utterances(200))
    readers = balance(rows)["readers"]
    assert readers.loc["train"].tolist() == [70, 70]
    assert readers.loc["validation"].tolist() == [15, 15]
    assert readers.loc["test"].tolist() == [15, 15]


def test_another_seed_draws_other_readers() -> None:
    first, second = (Split("random-readers", seed=seed)(utterances()) for seed in (0, 1))
    assert not parts_of_readers(first).equals(parts_of_readers(second))


def test_published_subsets_decide_where_they_are_present() -> None:
    subsets = ("train-clean-100", "train-other-500", "dev-other", "test-clean")
    rows = Split()(utterances(80, subsets))
    wanted = rows["subset"].map(published_part)
    assert (rows["part"] == wanted).all()


def test_without_a_published_validation_part_training_readers_validate() -> None:
    rows = Split()(utterances(80, ("train-clean-100", "test-other")))
    assert set(rows.loc[rows["part"] == "validation", "subset"]) == {"train-clean-100"}
    assert set(rows.loc[rows["part"] == "test", "subset"]) == {"test-other"}


def test_a_reader_in_two_published_subsets_is_only_held_out() -> None:
    table = utterances(40, ("train-clean-100", "dev-clean", "test-clean"))
    leaked = table[table["speaker_id"] == "0"].assign(subset="test-clean")
    leaked = leaked.assign(utterance_id=leaked["utterance_id"] + "-again")
    rows = Split("published")(pd.concat([table, leaked], ignore_index=True))
    assert set(rows.loc[rows["speaker_id"] == "0", "part"]) == {"test"}


def test_each_reader_tests_in_exactly_one_fold() -> None:
    tested = [
        reader
        for fold in range(5)
        for reader in Split("fold", fold=fold)(utterances()).query("part == 'test'")["speaker_id"]
    ]
    counts = pd.Series(tested).value_counts()
    assert len(counts) == 60
    assert (counts == 3).all()  # its three recordings, once


@pytest.mark.parametrize("n", [2, 3, 5])
def test_shares_hold_as_many_of_each_gender_whatever_the_row_order(n: int) -> None:
    table = utterances(46)
    shares = dealt(table, n, seed=0)
    assert set(shares) == set(table["speaker_id"])
    assert set(shares.values()) == {*range(n)}
    genders = table.groupby("speaker_id")["gender"].first()
    counts = pd.crosstab(pd.Series(shares), genders)
    assert np.ptp(counts.to_numpy(), axis=0).max() <= 1
    assert dealt(table.sample(frac=1, random_state=1), n, seed=0) == shares
    assert dealt(table, n, seed=1) != shares


def test_the_seeds_split_by_recording_leaks_readers_and_must_be_asked_for_by_name() -> None:
    rows = Split("leaky-by-recording")(utterances())
    assert (parts_of_readers(rows).map(len) > 1).any()
    shares = rows["part"].value_counts(normalize=True)
    np.testing.assert_allclose(shares[list(PARTS)], [0.5625, 0.1875, 0.25], atol=0.02)
    assert (parts_of_readers(Split()(utterances())).map(len) == 1).all()


def test_a_part_without_both_genders_is_refused_by_name() -> None:
    women = utterances()
    with pytest.raises(CorpusError, match=r"part: has readers of one gender only \(F\)"):
        Split("random-readers")(women.assign(gender="F"))
    with pytest.raises(CorpusError, match="part: has no reader"):
        Split("published")(utterances(subsets=("train-clean-100",)))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Split("by-height"), "choose one of auto"),
        (lambda: Split(validation=0.6, test=0.5), "leave some to train"),
        (lambda: Split("fold", n_folds=5, fold=5), r"0\.\.4"),
        (lambda: Split(seed=-1), "split seed: -1"),
    ],
)
def test_a_split_that_makes_no_sense_is_refused(make: "object", reason: str) -> None:
    with pytest.raises(SettingError, match=reason):
        make()  # type: ignore[operator]  # one of the functions above
