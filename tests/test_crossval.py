"""Every reader tested by models that never heard it, fold by fold and seed by seed."""

import dataclasses
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from conftest import Crossval
from voicegender.bundle import open_bundle
from voicegender.calibration import fit_calibration, log_odds_of
from voicegender.config import read_sealed
from voicegender.crossval import cross_validate, folds_of, judged_of, pooled
from voicegender.errors import CorpusError, SettingError, WorkError
from voicegender.evaluation import measures
from voicegender.hearing import WHOLE, Hearing, of_length
from voicegender.requests import config_asked, crossval_at
from voicegender.run_config import RunConfig
from voicegender.runs import Run
from voicegender.split import dealt
from voicegender.ui.result import results_of_folds

N_READERS = N_RECORDINGS = 8
N_SEEDS = N_FOLDS = 2


def again(crossval: Crossval, *more: str) -> subprocess.CompletedProcess[str]:
    """The same command once more; what is said twice counts the second time."""
    env = os.environ | {"VOICEGENDER_DATA": str(crossval.data)}
    words = [*crossval.words, *more]
    return subprocess.run(words, env=env, check=False, capture_output=True, text=True)


def test_every_reader_is_tested_once_for_each_seed_by_a_model_that_never_heard_it(
    crossval: Crossval,
) -> None:
    folds = folds_of(crossval.folder)
    assert len(folds) == N_SEEDS * N_FOLDS
    by_seed: dict[int, list[str]] = {}
    for run in folds:
        split = run.table("split")
        assert split is not None
        parts = split.groupby("part")["speaker_id"].agg(set)
        assert not parts["test"] & (parts["train"] | parts["validation"])
        scored = of_length(judged_of(run), WHOLE)
        assert set(scored["speaker_id"]) == parts["test"]
        by_seed.setdefault(run.config.split.seed, []).extend(scored["utterance_id"])
    for tested in by_seed.values():
        assert len(tested) == len(set(tested)) == N_RECORDINGS
    assert len(by_seed) == N_SEEDS
    dealt = {frozenset(run.table("split").query("part == 'test'")["speaker_id"]) for run in folds}  # type: ignore[union-attr]  # seen above
    assert len(dealt) > N_FOLDS  # another seed deals otherwise


def test_the_metrics_are_those_of_all_seeds_and_folds_together(crossval: Crossval) -> None:
    metrics = read_sealed(crossval.folder / "metrics.json") or {}
    assert metrics["recordings"]["n"] == N_SEEDS * N_RECORDINGS
    assert metrics["recordings"]["n_readers"] == N_READERS
    assert metrics["readers"]["n"] == N_SEEDS * N_READERS
    assert metrics["baselines"]["f0-threshold"]["n"] == N_SEEDS * N_RECORDINGS
    assert [row["seed"] for row in metrics["seeds"]] == [0, 1]
    assert [row["recordings"]["n"] for row in metrics["seeds"]] == [N_RECORDINGS] * N_SEEDS
    assert [row["run"] for row in metrics["folds"]] == [
        f"seed-{seed}/fold-{fold}" for seed in range(N_SEEDS) for fold in range(N_FOLDS)
    ]
    assert sum(row["recordings"]["n"] for row in metrics["folds"]) == N_SEEDS * N_RECORDINGS
    for row in metrics["folds"]:
        table = of_length(judged_of(Run(crossval.folder / row["run"])), WHOLE)
        assert row["recordings"]["accuracy"] == measures(table)["accuracy"]
    assert "f0-threshold" in crossval.said
    assert metrics["refused"] == []
    assert str(crossval.corpus.parent) not in (crossval.folder / "metrics.json").read_text()


def test_disputed_readers_are_those_whom_every_seed_hears_otherwise(crossval: Crossval) -> None:
    metrics = read_sealed(crossval.folder / "metrics.json") or {}
    wrong = []
    for seed in range(N_SEEDS):
        runs = [run for run in folds_of(crossval.folder) if run.config.split.seed == seed]
        table = pd.concat([of_length(judged_of(run), WHOLE) for run in runs])
        odds = np.log(table["p_female"] / (1 - table["p_female"]))
        means = odds.groupby([table["speaker_id"], table["gender"]]).mean().reset_index()
        missed = (means["p_female"] >= 0) != (means["gender"] == "F")
        wrong.append(set(means.loc[missed, "speaker_id"]))
    assert {row["speaker_id"] for row in metrics["disputed"]} == wrong[0] & wrong[1]
    assert all(len(row["p_female"]) == N_SEEDS for row in metrics["disputed"])


def test_a_second_call_does_no_work_again(crossval: Crossval) -> None:
    def times() -> dict[Path, int]:
        files = [p for run in folds_of(crossval.folder) for p in run.folder.rglob("*.*")]
        return {path: path.stat().st_mtime_ns for path in files}

    before, metrics = times(), read_sealed(crossval.folder / "metrics.json")
    said = again(crossval)
    assert said.returncode == 0, said.stderr
    assert said.stdout == crossval.said
    assert times() == before
    assert read_sealed(crossval.folder / "metrics.json") == metrics


@pytest.mark.parametrize(
    ("file", "was", "became"),
    [("crossval.json", '"n_seeds": 2', '"n_seeds": 1'), ("metrics.json", '"auc": 1', '"auc": 0')],
)
def test_what_changed_since_is_not_shown_and_the_same_command_mends_it(
    crossval: Crossval, monkeypatch: pytest.MonkeyPatch, file: str, was: str, became: str
) -> None:
    monkeypatch.setenv("VOICEGENDER_DATA", str(crossval.data))
    place = crossval.folder / file
    before = place.read_text()
    assert was in before
    try:
        place.write_text(before.replace(was, became, 1))
        with pytest.raises(WorkError, match=f"{crossval.name}: is damaged"):
            crossval_at(crossval.name)
        assert results_of_folds(crossval.folder.parent) == []
        assert again(crossval).returncode == 0
        assert place.read_text() == before
        assert len(results_of_folds(crossval.folder.parent)) == 1
    finally:  # for whoever is tested next
        place.write_text(before)


def test_a_fold_that_is_damaged_is_gone_on_with_to_the_same_scores(
    crossval: Crossval, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = dataclasses.replace(crossval, data=tmp_path / "data")
    shutil.copytree(crossval.data, copied.data)
    monkeypatch.setenv("VOICEGENDER_DATA", str(copied.data))
    fold, whole = folds_of(copied.folder)[0], folds_of(crossval.folder)[0]
    table = fold.folder / "predictions.parquet"
    table.write_bytes(table.read_bytes()[:-100])
    with pytest.raises(WorkError, match=r"predictions\.parquet: is damaged.* mends it"):
        pooled(folds_of(copied.folder))
    said = again(copied)
    assert said.returncode == 0, said.stderr
    assert "predictions.parquet is damaged or gone; the fold goes on" in said.stderr
    assert said.stdout == crossval.said
    assert fold.damaged() == []
    pd.testing.assert_frame_equal(judged_of(fold), judged_of(whole))


@pytest.mark.parametrize("other", [("--epochs", "3"), ("--folds", "3"), ("--seeds", "1")])
def test_other_settings_under_the_same_name_are_refused_in_one_line(
    crossval: Crossval, other: tuple[str, str]
) -> None:
    said = again(crossval, *other)
    assert said.returncode == 2
    assert len(said.stderr.strip().splitlines()) == 1
    assert "was asked something else; choose --name" in said.stderr


def test_more_seeds_go_on_where_fewer_stopped(crossval: Crossval, tmp_path: Path) -> None:
    shutil.copytree(crossval.folder, tmp_path / crossval.name)
    asked = read_sealed(crossval.folder / "crossval.json") or {}
    config = RunConfig.from_json(asked, place="crossval.json")
    kept: list[str] = []

    def work(run: Run) -> None:
        if run.state != "done":
            raise KeyboardInterrupt  # the first fold of the new seed
        kept.append(run.name)

    with pytest.raises(KeyboardInterrupt):
        cross_validate(
            tmp_path, crossval.name, config, n_folds=N_FOLDS, n_seeds=N_SEEDS + 1, work=work
        )
    assert len(kept) == N_SEEDS * N_FOLDS


def test_what_cannot_be_is_refused_before_the_first_fold(demo_corpus: Path, tmp_path: Path) -> None:
    config = config_asked(demo_corpus, "seed-lstm")
    with pytest.raises(CorpusError, match="part: has"):
        cross_validate(tmp_path, "cv", config, n_folds=12, work=lambda _: pytest.fail("trained"))
    with pytest.raises(SettingError, match="cross-validation"):
        cross_validate(tmp_path, "../cv", config, n_folds=2, work=lambda _: pytest.fail("trained"))


def test_a_probe_is_calibrated_by_the_answers_of_heads_that_never_heard_the_reader(
    crossval: Crossval,
) -> None:
    run = folds_of(crossval.folder)[0]
    config, split = run.config, run.table("split")
    assert split is not None
    model = config.network.build(config.features.n_features)
    model.load_weights(run.model / "model.weights.h5")
    learnt = split[split["part"] != "test"]
    left_out = dealt(learnt, config.network.heads, seed=config.fitting.seed)

    others: list[float] = []

    def judge(inputs: NDArray[np.float32], speaker: str) -> NDArray[np.float64]:
        heads = np.asarray(model(inputs))
        others.append(float(log_odds_of(heads[:, 1 - left_out[speaker]]).mean()))
        return log_odds_of(heads[:, left_out[speaker]])

    table = Hearing(config.features, seconds=(3.0,))(learnt, crossval.corpus, judge).table
    female = (table["gender"] == "F").to_numpy()
    own, other = (
        fit_calibration(odds, female) for odds in (table["log_odds"].to_numpy(), np.array(others))
    )
    made = open_bundle(run.model).calibration
    assert (made.scale, made.offset) == pytest.approx((own.scale, own.offset), rel=1e-3)
    assert (made.scale, made.offset) != pytest.approx((other.scale, other.offset), rel=1e-3)
