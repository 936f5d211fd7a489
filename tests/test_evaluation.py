"""Truths and scores -> metrics; log-odds -> probabilities."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from voicegender.calibration import UNCERTAIN, Calibration, fit_calibration, log_odds_of
from voicegender.evaluation import (
    by_duration,
    by_f0,
    decided,
    equal_error_rate,
    expected_calibration_error,
    measures,
    rates,
    reliability,
    wrong,
)


def scores(p_female: list[float], genders: str, readers: list[str] | None = None) -> pd.DataFrame:
    names = readers or [str(i) for i in range(len(p_female))]
    return pd.DataFrame({"speaker_id": names, "gender": list(genders), "p_female": p_female})


def drawn(n_readers: int, n_each: int, *, seed: int = 0, spread: float = 1.0) -> pd.DataFrame:
    """Excerpts whose log-odds are the truth, plus a reader's own error, plus noise."""
    rng = np.random.default_rng(seed)
    reader = np.repeat(np.arange(n_readers), n_each)
    sign = np.where(reader % 2, 1.0, -1.0)
    own = spread * rng.normal(size=n_readers)[reader]
    odds = 1.5 * sign + own + 0.3 * rng.normal(size=len(reader))
    return pd.DataFrame(
        {
            "utterance_id": [f"{r}-0" for r in reader],
            "speaker_id": reader.astype(str),
            "gender": np.where(sign > 0, "F", "M"),
            "subset": "test-clean",
            "duration": 8.0,
            "part": "test",
            "start": 0.0,
            "end": 3.0,
            "log_odds": odds,
        }
    )


def test_rates_are_counted_by_hand() -> None:
    named = rates(scores([0.9, 0.4, 0.1, 0.2, 0.7], "FFMMM"))
    assert named["accuracy"] == pytest.approx(3 / 5)
    assert named["recall_female"] == pytest.approx(1 / 2)
    assert named["recall_male"] == pytest.approx(2 / 3)
    assert named["balanced_accuracy"] == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_the_confusion_has_truths_in_rows_and_men_first() -> None:
    table = measures(scores([0.9, 0.4, 0.1, 0.2, 0.7], "FFMMM"))
    assert table["confusion"] == [[2, 1], [1, 1]]


def test_right_and_wrong_answers_score_one_and_nothing() -> None:
    right = measures(scores([0.9, 0.8, 0.1, 0.2], "FFMM"))
    assert (right["accuracy"], right["auc"], right["eer"]) == (1.0, 1.0, 0.0)
    assert right["accuracy_interval"] == [1.0, 1.0]
    turned = measures(scores([0.9, 0.8, 0.1, 0.2], "MMFF"))
    assert (turned["accuracy"], turned["auc"], turned["eer"]) == (0.0, 0.0, 1.0)


def test_the_interval_holds_the_true_accuracy_about_nineteen_times_in_twenty() -> None:
    truth = 1 - float(np.mean(np.random.default_rng(9).normal(1.5, np.hypot(1, 0.3), 10**6) < 0))
    held = 0
    for seed in range(200):
        table = drawn(60, 4, seed=seed).assign(p_female=lambda t: 1 / (1 + np.exp(-t["log_odds"])))
        low, high = rates(table)["accuracy_interval"]
        held += low <= truth <= high
    assert 0.88 <= held / 200 <= 0.99


def test_more_recordings_of_the_same_readers_do_not_narrow_the_interval() -> None:
    few = drawn(40, 1).assign(p_female=lambda t: Calibration()(t["log_odds"].to_numpy()))
    many = pd.concat([few] * 25, ignore_index=True)
    assert rates(many)["accuracy_interval"] == rates(few)["accuracy_interval"]


def test_one_gender_alone_has_no_curve_and_no_other_recall() -> None:
    table = measures(scores([0.9, 0.4], "FF"))
    assert table["recall_male"] is None
    assert table["auc"] is None
    assert table["accuracy"] == 0.5


def test_the_equal_error_rate_of_gaussian_scores_is_the_one_of_theory() -> None:
    rng = np.random.default_rng(0)
    odds = np.concatenate([rng.normal(1, 1, 20_000), rng.normal(-1, 1, 20_000)])
    readers = [str(i % 50) for i in range(len(odds))]
    table = scores(Calibration()(odds).tolist(), "F" * 20_000 + "M" * 20_000, readers)
    assert equal_error_rate(table) == pytest.approx(0.1587, abs=0.005)  # Phi(-1)
    area = roc_auc_score(table["gender"] == "F", table["p_female"])
    assert measures(table)["auc"] == pytest.approx(area)


def test_probabilities_that_are_true_have_no_calibration_error() -> None:
    rng = np.random.default_rng(0)
    p = rng.uniform(size=200_000)
    genders = "".join(np.where(rng.uniform(size=len(p)) < p, "F", "M"))
    table = scores(p.tolist(), genders)
    assert expected_calibration_error(table) < 0.005
    for point in reliability(table):
        assert point["share_female"] == pytest.approx(point["p_female"], abs=0.02)


def test_errors_come_the_most_confident_first() -> None:
    missed = wrong(scores([0.51, 0.99, 0.2, 0.9], "MMFF"))
    assert [row["p_female"] for row in missed] == [0.99, 0.2, 0.51]


def test_an_error_holds_nothing_that_json_does_not_know() -> None:
    missed = wrong(scores([0.9], "M").assign(seconds=np.inf, f0=np.nan, duration=2.5))
    assert missed[0] == {
        "speaker_id": "0",
        "gender": "M",
        "p_female": 0.9,
        "seconds": None,
        "f0": None,
        "duration": 2.5,
    }


def test_durations_are_binned_in_seconds() -> None:
    table = scores([0.9, 0.9, 0.1], "FFM").assign(duration=[1.0, 7.0, 7.5])
    bins = by_duration(table)
    assert [(b["from"], b["to"], b["n"]) for b in bins] == [(0.0, 2.0, 1), (5.0, 10.0, 2)]


def test_f0_is_binned_in_hertz_with_the_women_counted_in_each_bin() -> None:
    table = scores([0.9, 0.4, 0.1, 0.9, 0.9, 0.9], "FFMMFF")
    table = table.assign(f0=[99.9, 100.0, 119.0, 120.0, 250.0, np.nan])
    bins = by_f0(table)
    assert [(b["from"], b["to"], b["n"], b["n_female"]) for b in bins] == [
        (0.0, 100.0, 1, 1),
        (100.0, 120.0, 2, 1),
        (120.0, 140.0, 1, 0),
        (220.0, None, 1, 1),
    ]
    assert [b["accuracy"] for b in bins] == [1.0, 0.5, 0.0, 1.0]
    again = by_f0(pd.concat([table, table], ignore_index=True))  # the same readers once more
    readers = [(b["readers_female"], b["readers_male"]) for b in again]
    assert readers == [(1, 0), (1, 1), (0, 1), (1, 0)]


def test_what_is_left_uncertain_does_not_count_among_the_decided() -> None:
    labels = ["female", UNCERTAIN, "male", "female"]
    table = scores([0.9, 0.55, 0.1, 0.8], "FMMM").assign(label=labels)
    assert decided(table) == {"uncertain": 0.25, "accuracy_decided": pytest.approx(2 / 3)}
    assert decided(table.assign(label=UNCERTAIN)) == {"uncertain": 1.0, "accuracy_decided": None}


def too_sure(n: int, *, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Log-odds three times what they should be."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(0, 2, n)
    return 3 * odds, rng.uniform(size=n) < 1 / (1 + np.exp(-odds))


def test_calibration_undoes_what_was_done_to_the_odds() -> None:
    calibration = fit_calibration(*too_sure(50_000))
    assert calibration.scale == pytest.approx(1 / 3, rel=0.05)
    assert calibration.offset == pytest.approx(0, abs=0.05)


def test_calibration_of_separable_scores_stays_finite() -> None:
    odds = np.array([-3.0, -2.0, 2.0, 3.0])
    calibration = fit_calibration(odds, odds > 0)
    assert 0.5 < calibration(np.array([2.0]))[0] < 0.99


def test_calibration_never_turns_answers_round() -> None:
    odds, is_female = too_sure(1000)
    assert fit_calibration(-odds, is_female) == Calibration()


def test_thresholds_leave_few_undecided_and_labels_follow_them() -> None:
    odds, is_female = too_sure(5000)
    calibration = fit_calibration(odds, is_female, most=0.05)
    p = calibration(odds)
    undecided = (p >= calibration.lower) & (p < calibration.upper)
    assert undecided.mean() <= 0.05
    sharp = Calibration(lower=0.3, upper=0.7)
    assert [sharp.label(p) for p in (0.29, 0.3, 0.69, 0.7)] == [
        "male",
        "uncertain",
        "uncertain",
        "female",
    ]


def test_log_odds_of_certain_answers_are_finite_and_ordered() -> None:
    odds = log_odds_of(np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]], np.float32))
    assert np.isfinite(odds).all()
    assert odds[0] < odds[1] == 0 < odds[2]
