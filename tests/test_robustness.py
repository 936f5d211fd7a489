"""Models asked under noise, in rooms, through codecs, and for short excerpts."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from conftest import Crossval
from voicegender.audio import SAMPLE_RATE
from voicegender.config import read_sealed
from voicegender.degradation import CONDITIONS
from voicegender.errors import SettingError
from voicegender.robustness import measure, panel_of_folds
from voicegender.robustness_report import LENGTHS
from voicegender.runs import Run

N_RECORDINGS = 8
N_SEEDS = 2
ASKED = ("8 kHz", "far room")


def robustness(data: Path, *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "voicegender", "robustness", *map(str, words)]
    env = os.environ | {"VOICEGENDER_DATA": str(data)}
    return subprocess.run(command, env=env, check=False, capture_output=True, text=True)


def times(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("robustness/*.parquet")}


def test_a_cross_validation_is_measured_under_conditions_and_goes_on_where_it_stopped(
    crossval: Crossval,
) -> None:
    words = [crossval.name, "--workers", 1]
    words += [word for name in ASKED for word in ("--condition", name)]
    said = robustness(crossval.data, *words)
    assert said.returncode == 0, said.stderr
    assert all(name in said.stdout for name in ("clean", *ASKED, "0.5 s", "whole"))
    report = read_sealed(crossval.folder / "robustness.json") or {}
    assert [row["name"] for row in report["conditions"]] == ["clean", *ASKED]
    for row in report["conditions"]:
        whole = row["recordings"]
        assert whole["n"] + whole["refused"] == N_SEEDS * N_RECORDINGS
        assert whole["lost"] == pytest.approx(
            report["conditions"][0]["recordings"]["right_of_all"] - whole["right_of_all"]
        )
    lengths = [row["seconds"] for row in report["lengths"]]
    assert lengths[:3] == [*LENGTHS[:3]]
    assert lengths[-1] is None
    assert report["lengths"][0]["n"] > report["lengths"][3]["n"] > 0
    before = times(crossval.folder)
    assert len(before) == 1 + len(ASKED)  # sound is heard once for the models of both seeds
    lost = min(before)
    (crossval.folder / "robustness" / lost).unlink()
    assert json.loads(robustness(crossval.data, *words, "--json").stdout) == report
    after = times(crossval.folder)
    assert after.keys() == before.keys()
    assert {name for name in after if after[name] != before[name]} == {lost}


def test_only_models_that_never_heard_a_reader_are_asked_one_of_each_seed(
    crossval: Crossval,
) -> None:
    panel = panel_of_folds(crossval.folder)
    assert len(panel.utterances) == panel.utterances["utterance_id"].nunique() == N_RECORDINGS
    assert set(panel.models) == set(panel.utterances["speaker_id"])
    for speaker_id, models in panel.models.items():
        runs = [Run(model.parent) for model in models]
        assert [run.config.split.seed for run in runs] == [*range(N_SEEDS)]
        for run in runs:
            split = run.table("split")
            assert split is not None
            assert set(split.loc[split["speaker_id"] == speaker_id, "part"]) == {"test"}


def test_what_is_said_under_clean_is_what_the_cross_validation_says(crossval: Crossval) -> None:
    report = measure(panel_of_folds(crossval.folder), crossval.folder, conditions=[])
    metrics = json.loads((crossval.folder / "metrics.json").read_text())
    assert [row["name"] for row in report["conditions"]] == ["clean"]
    for unit in ("recordings", "excerpts"):
        found = report["conditions"][0][unit]
        for name in ("n", "accuracy", "recall_female", "recall_male", "confusion", "uncertain"):
            assert found[name] == metrics[unit][name]
        assert found["auc"] == pytest.approx(metrics[unit]["auc"])
        assert found["f0-threshold"]["n"] == found["n"]


def test_what_is_refused_counts_as_wrong_and_a_model_may_be_asked_about_a_corpus(
    finished_run: Run, demo_corpus: Path, data: Path, tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus"
    shutil.copytree(demo_corpus / "test-clean", corpus / "test-clean")
    shutil.copyfile(demo_corpus / "SPEAKERS.TXT", corpus / "SPEAKERS.TXT")
    paths = sorted(corpus.rglob("*.flac"))
    noise = np.random.default_rng(0).normal(0, 0.1, 3 * SAMPLE_RATE)
    soundfile.write(paths[0], noise, SAMPLE_RATE)
    said = robustness(data, finished_run.folder, corpus, "--condition", "8 kHz", "--json")
    assert said.returncode == 0, said.stderr
    for row in json.loads(said.stdout)["conditions"]:
        whole = row["recordings"]
        assert (whole["n"], whole["refused"]) == (len(paths) - 1, 1)
        right = whole["accuracy"] * whole["n"]
        assert whole["right_of_all"] == pytest.approx(right / len(paths))
    assert list(data.glob("runs/robustness-*/robustness.json"))


def test_a_corpus_without_three_seconds_of_speech_is_refused_in_one_line(
    finished_run: Run, demo_corpus: Path, data: Path, tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus"
    shutil.copytree(demo_corpus / "test-clean", corpus / "test-clean")
    shutil.copyfile(demo_corpus / "SPEAKERS.TXT", corpus / "SPEAKERS.TXT")
    for path in corpus.rglob("*.flac"):
        y, rate = soundfile.read(path)
        soundfile.write(path, y[: 2 * rate], rate)
    said = robustness(data, finished_run.folder, corpus, "--condition", "clean")
    assert said.returncode == 2
    wrong = "condition 'clean': no recording is left with 3 s of speech"
    assert said.stderr.strip().splitlines()[-1].startswith(f"voicegender: {wrong}")


def test_a_condition_that_is_not_known_is_refused_before_any_work(
    crossval: Crossval, tmp_path: Path
) -> None:
    panel = panel_of_folds(crossval.folder)
    with pytest.raises(SettingError, match=r"condition 'fog': .*one of clean, .*far room"):
        measure(panel, tmp_path, conditions=["clean", "fog"])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "words", [("nowhere",), ("cv", "--condition", "fog"), ("nowhere", "nowhere")]
)
def test_a_users_error_is_one_line_and_exit_two(crossval: Crossval, words: tuple[str, ...]) -> None:
    said = robustness(crossval.data, *words)
    assert said.returncode == 2
    assert said.stdout == ""
    assert len(said.stderr.strip().splitlines()) == 1, said.stderr


def test_clean_is_the_first_condition() -> None:
    assert next(iter(CONDITIONS)) == "clean"
