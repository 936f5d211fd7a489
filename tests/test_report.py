"""Scores of what was heard -> all that is said about a model."""

import json

import numpy as np
import pandas as pd
import pytest

from voicegender.calibration import UNCERTAIN, Calibration
from voicegender.evaluation import measures
from voicegender.hearing import WHOLE, of_length
from voicegender.report import UNITS, disputed, evaluate, f0_threshold, judged, readers_from


def heard(n_readers: int = 30, n_each: int = 4, *, seed: int = 0) -> pd.DataFrame:
    """Recordings whole and in two pieces of 3 s and three of 1 s.

    Log-odds are the truth, plus a reader's own error, plus noise that is worse for short pieces.
    """
    rng = np.random.default_rng(seed)
    own = rng.normal(0, 1, n_readers)
    rows = []
    for reader in range(n_readers):
        sign = 1 if reader % 2 else -1
        f0 = float(rng.normal(200 if sign > 0 else 120, 15))
        for i in range(n_each):
            for seconds in (WHOLE, 3.0, 3.0, 1.0, 1.0, 1.0):
                spread = 0.2 if seconds == WHOLE else 1 / seconds
                facts = {"utterance_id": f"{reader}-{i}", "speaker_id": str(reader)}
                facts |= {"gender": "F" if sign > 0 else "M", "subset": "test-clean"}
                odds = 1.5 * sign + own[reader] + spread * rng.normal()
                numbers = {"duration": 8.0, "seconds": seconds, "start": 0.0, "log_odds": odds}
                rows.append(facts | numbers | {"part": "test", "end": 3.0, "f0": f0})
    return pd.DataFrame(rows)


def recordings(p_female: list[float], readers: list[str], gender: str | list[str]) -> pd.DataFrame:
    """Judged recordings."""
    genders = list(gender)
    rows = {"speaker_id": readers, "gender": genders, "p_female": p_female, "seconds": WHOLE}
    return pd.DataFrame(rows).assign(f0=[100.0 + 10 * i for i in range(len(readers))])


SHARP = Calibration(lower=0.3, upper=0.7)


def test_judged_scores_have_the_calibrations_probability_and_label() -> None:
    calibration = Calibration(scale=0.5, offset=0.2, lower=0.4, upper=0.6)
    table = judged(heard(), calibration)
    expected = 1 / (1 + np.exp(-(0.5 * table["log_odds"] + 0.2)))
    np.testing.assert_allclose(table["p_female"], expected)
    assert (table.loc[table["p_female"] >= 0.6, "label"] == "female").all()
    assert (table.loc[table["p_female"] < 0.4, "label"] == "male").all()
    assert (table.loc[table["p_female"].between(0.4, 0.59), "label"] == UNCERTAIN).all()


def test_a_whole_report_counts_recordings_excerpts_of_each_length_and_readers() -> None:
    report = evaluate(judged(heard(), SHARP))
    counts = {unit: report[unit]["n"] for unit in (*UNITS, "readers")}
    assert counts == {"recordings": 120, "excerpts": 240, "excerpts_1s": 360, "readers": 30}
    assert all(report[unit]["n_readers"] == 30 for unit in counts)
    assert 0 < report["excerpts"]["uncertain"] < 1
    assert report["excerpts"]["accuracy_decided"] > report["excerpts"]["accuracy"]
    assert report["recordings"]["auc"] > report["excerpts_1s"]["auc"]


def test_a_report_is_json_to_any_reader_even_where_no_f0_is_known() -> None:
    table = judged(heard(), SHARP).assign(f0=np.nan)
    table["gender"] = table["gender"].mask(table["speaker_id"] == "4", "F")  # as if mislabelled
    report = evaluate(table) | {"disputed": disputed([table])}
    assert report["wrong_recordings"]
    assert report["disputed"]
    assert json.loads(json.dumps(report, allow_nan=False)) == report


def test_every_unit_of_a_report_is_measured_on_its_own_rows() -> None:
    table = judged(heard(), SHARP)
    report = evaluate(table, seed=3)
    for unit, seconds in UNITS.items():
        own = measures(of_length(table, seconds), seed=3)
        assert {name: report[unit][name] for name in own} == own


def test_calibration_is_shown_of_excerpts_or_of_recordings_where_there_are_none() -> None:
    table = judged(heard(), SHARP)
    assert sum(point["n"] for point in evaluate(table)["calibration"]) == 240
    whole = of_length(table, WHOLE)
    report = evaluate(whole)
    assert sum(point["n"] for point in report["calibration"]) == 120
    assert "excerpts" not in report


def test_a_report_bins_recordings_by_duration_and_by_f0() -> None:
    report = evaluate(judged(heard(), SHARP))
    assert [(b["from"], b["to"], b["n"]) for b in report["by_duration"]] == [(5.0, 10.0, 120)]
    assert sum(b["n"] for b in report["by_f0"]) == 120
    assert sum(b["n_female"] for b in report["by_f0"]) == 60


def test_a_reader_is_the_mean_of_the_log_odds_of_all_recordings() -> None:
    table = recordings([0.9, 0.5, 0.2], ["a", "a", "b"], "FFM")
    readers = readers_from(table).set_index("speaker_id")
    assert readers.loc["a", "p_female"] == pytest.approx(1 / (1 + 9**-0.5))  # odds 9 and 1
    assert readers.loc["b", "p_female"] == pytest.approx(0.2)
    assert list(readers["n_recordings"]) == [2, 1]
    assert list(readers["f0"]) == [105.0, 120.0]
    assert list(readers["gender"]) == ["F", "M"]


def test_certain_recordings_leave_a_reader_finite() -> None:
    readers = readers_from(recordings([1.0, 0.0], ["a", "a"], "FF"))
    assert np.isfinite(readers["log_odds"]).all()
    assert readers["p_female"].iat[0] == pytest.approx(0.5, abs=1e-4)


def test_only_readers_against_whom_every_table_speaks_are_disputed() -> None:
    names = ["both", "one", "none", "surer", "man", "missing"]
    first = recordings([0.3, 0.3, 0.9, 0.1, 0.8, 0.1], names, "FFFFMF")
    second = recordings([0.4, 0.6, 0.9, 0.2, 0.7, 0.9], names, "FFFFMF").iloc[:-1]
    rows = disputed([first, second[::-1]])
    assert [row["speaker_id"] for row in rows] == ["surer", "man", "both"]
    assert rows[0] == {
        "speaker_id": "surer",
        "gender": "F",
        "f0": 130.0,
        "p_female": pytest.approx([0.1, 0.2]),
    }
    alone = {row["speaker_id"] for row in disputed([first])}
    assert alone == {"surer", "missing", "man", "both", "one"}


def test_a_readers_recordings_are_weighed_together_before_it_is_disputed() -> None:
    names = ["a", "a", "b"]
    assert disputed([recordings([0.4, 0.9, 0.1], names, "FFM")]) == []


def test_the_f0_threshold_is_measured_on_the_same_rows() -> None:
    table = judged(heard(), SHARP)
    by_unit = {unit: of_length(table, seconds) for unit, seconds in UNITS.items()}
    baseline = f0_threshold(by_unit)["f0-threshold"]
    assert baseline["n"] == 120
    assert (baseline["excerpts"]["n"], baseline["excerpts_1s"]["n"]) == (240, 360)
    right = (by_unit["recordings"]["f0"] > 160) == (by_unit["recordings"]["gender"] == "F")
    assert baseline["accuracy"] == pytest.approx(right.mean(), abs=0.05)
    unknown = {unit: rows.assign(f0=np.nan) for unit, rows in by_unit.items()}
    assert f0_threshold(unknown) == {}
