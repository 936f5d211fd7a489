"""What a threshold moves: counted again by hand, and against the evidence that is published."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import confusion_matrix, recall_score

from needs import CHECKOUT
from voicegender.card import ANSWERS, CROSSVAL, ROBUSTNESS
from voicegender.config import read_json
from voicegender.evaluation import roc
from voicegender.hearing import WHOLE, of_length
from voicegender.operating import (
    at_threshold,
    by_reader,
    deviate,
    error_rates,
    of_unit,
    wilson,
)
from voicegender.report import evaluate

MODEL = CHECKOUT / "models" / "default"
UNITS = ("recordings", "excerpts", "excerpts_1s", "readers")


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    """Every answer of the published model's cross-validation."""
    return pd.read_parquet(MODEL / ANSWERS)


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    """What is said of them."""
    return read_json(MODEL / CROSSVAL) or {}


def without(rows: list[dict[str, Any]], told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with the columns alone that ``told`` has."""
    return [{name: row[name] for name in told[0]} for row in rows]


def test_published_scores_are_those_of_the_published_answers_to_the_digit(
    answers: pd.DataFrame, published: dict[str, Any]
) -> None:
    told = json.loads(json.dumps(evaluate(answers, seed=published["asked"]["split"]["seed"])))
    wrong = told.pop("wrong_recordings")
    assert wrong == without(published["wrong_recordings"], wrong)
    assert told == {name: published[name] for name in told}
    assert not {"path", "part"} & set(answers)


def test_at_the_even_threshold_nothing_moves(
    answers: pd.DataFrame, published: dict[str, Any]
) -> None:
    moved = json.loads(json.dumps(at_threshold(answers, published, 0.5)))
    moved["wrong_recordings"] = published["wrong_recordings"]  # with more columns there
    assert moved == published


@pytest.mark.parametrize("threshold", [0.02, 0.3, 0.8, 0.99])
def test_counts_at_a_threshold_are_those_of_scikit_learn(
    answers: pd.DataFrame, published: dict[str, Any], threshold: float
) -> None:
    moved = at_threshold(answers, published, threshold)
    for unit in UNITS:
        rows = of_unit(answers, unit)
        truth, said = rows["gender"] == "F", rows["p_female"] >= threshold
        assert moved[unit]["confusion"] == confusion_matrix(truth, said).tolist()
        assert moved[unit]["accuracy"] == pytest.approx((truth == said).mean())
        assert moved[unit]["recall_female"] == pytest.approx(recall_score(truth, said))
        low, high = moved[unit]["accuracy_interval"]
        assert low <= moved[unit]["accuracy"] <= high
    wrong = (moved["recordings"]["confusion"][0][1], moved["recordings"]["confusion"][1][0])
    assert len(moved["wrong_recordings"]) == sum(wrong)
    for one in moved["seeds"]:
        rows = of_length(answers[answers["seed"] == one["seed"]], WHOLE)
        right = (rows["p_female"] >= threshold) == (rows["gender"] == "F")
        assert one["recordings"]["accuracy"] == pytest.approx(right.mean())


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.9])
def test_the_operating_point_lies_on_the_curve(
    answers: pd.DataFrame, published: dict[str, Any], unit: str, threshold: float
) -> None:
    curve = roc(of_unit(answers, unit), n_points=None)
    last = max(i for i, t in enumerate(curve["threshold"]) if t >= threshold)
    on_curve = (curve["false_positive"][last], 1 - curve["true_positive"][last])
    moved = at_threshold(answers, published, threshold)
    assert error_rates(moved[unit]["confusion"]) == pytest.approx(on_curve)


def test_a_det_axis_is_that_of_normal_deviates() -> None:
    assert deviate(0.5) == pytest.approx(0)
    assert deviate(0.158655) == pytest.approx(-1, abs=1e-5)
    assert deviate(0.02) == pytest.approx(-deviate(0.98))
    assert np.isfinite([deviate(0.0), deviate(1.0)]).all()


def test_wilson_s_interval_is_that_of_the_book() -> None:
    low, high = wilson(pd.Series([0.0, 0.5]), pd.Series([10, 10]))
    assert low.tolist() == pytest.approx([0.0, 0.2366], abs=1e-4)
    assert high.tolist() == pytest.approx([0.2775, 0.7634], abs=1e-4)


def test_seeds_that_hear_the_same_excerpt_are_one_witness() -> None:
    rows = pd.DataFrame(
        {
            "speaker_id": ["1"] * 4 + ["2"] * 2,
            "gender": ["F"] * 4 + ["M"] * 2,
            "p_female": [0.9, 0.2, 0.9, 0.9, 0.1, 0.2],
            "f0": [200.0] * 6,
            "seed": [0, 0, 1, 1, 0, 1],
        }
    )
    table = by_reader(rows).set_index("speaker_id")
    assert table.index.tolist() == ["1", "2"]
    assert table["n"].to_dict() == {"1": 2, "2": 1}
    assert table["right"].to_dict() == {"1": 0.75, "2": 1.0}
    assert by_reader(rows, threshold=0.15).set_index("speaker_id")["right"]["2"] == 0.5


def test_where_nothing_is_refused_shares_of_all_and_of_answers_have_the_same_interval() -> None:
    conditions = (read_json(MODEL / ROBUSTNESS) or {})["conditions"]
    assert any(row["recordings"]["refused"] for row in conditions)
    for row in conditions:
        whole = row["recordings"]
        low, high = whole["right_of_all_interval"]
        assert low <= whole["right_of_all"] <= high
        same = whole["right_of_all_interval"] == pytest.approx(whole["accuracy_interval"])
        assert same == (not whole["refused"]), row["name"]
