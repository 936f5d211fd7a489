"""A published model keeps the evidence its card shows, and shows none of other settings."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from conftest import Crossval
from voicegender.config import SEAL, digest, read_json, read_sealed, write_json, write_sealed
from voicegender.crossval import folds_of, pooled
from voicegender.errors import ModelError, WorkError
from voicegender.publishing import publish
from voicegender.report import evaluate
from voicegender.robustness import measure, panel_of_folds
from voicegender.runs import Run

SEEDS_TABLE = "| seed | recordings |"


@pytest.fixture
def copied(crossval: Crossval, tmp_path: Path) -> Path:
    """A cross-validation of its own, whose files may be changed."""
    folder = tmp_path / "runs" / "cv"
    shutil.copytree(crossval.folder, folder, ignore=shutil.ignore_patterns("robustness*"))
    return folder


def fold(folder: Path) -> Run:
    """A finished run of the same settings."""
    return folds_of(folder)[0]


def test_the_card_shows_the_cross_validation_and_others_beside_it(
    copied: Path, tmp_path: Path
) -> None:
    other = tmp_path / "runs" / "other"
    other.mkdir()
    metrics = read_json(copied / "metrics.json") or {}
    write_json(other / "metrics.json", {"recordings": metrics["recordings"] | {"n": 4321}})
    scores, beside = copied / "metrics.json", [other / "metrics.json"]
    folder = publish(fold(copied), tmp_path / "mine", crossval=scores, beside=beside)
    card = (folder / "README.md").read_text()
    assert SEEDS_TABLE in card
    assert "| recordings, other | 4,321 |" in card
    assert "--crossval cv --beside other" in card


def test_evidence_on_a_card_is_not_dropped_unsaid(copied: Path, tmp_path: Path) -> None:
    run, scores = fold(copied), copied / "metrics.json"
    folder = publish(run, tmp_path / "mine", crossval=scores)
    before = (folder / "README.md").read_bytes()
    with pytest.raises(ModelError, match="which this would drop; name one with --crossval"):
        publish(run, folder)
    assert (folder / "README.md").read_bytes() == before
    publish(run, folder, crossval=scores)


def test_robustness_of_other_models_or_of_some_conditions_is_refused(
    copied: Path, tmp_path: Path
) -> None:
    run, scores = fold(copied), copied / "metrics.json"
    measure(panel_of_folds(copied), copied, conditions=["8 kHz"], n_workers=1)
    with pytest.raises(WorkError, match="under some conditions only; voicegender robustness cv"):
        publish(run, tmp_path / "mine", crossval=scores)
    report = read_sealed(copied / "robustness.json") or {}
    others = report | {"asked": {"conditions": "all", "models": "others"}}
    write_sealed(copied / "robustness.json", others)
    with pytest.raises(WorkError, match="was measured of other models"):
        publish(run, tmp_path / "mine", crossval=scores)
    write_json(copied / "robustness.json", others | {SEAL: digest(report)})
    with pytest.raises(WorkError, match="its robustness is damaged; voicegender robustness cv"):
        publish(run, tmp_path / "mine", crossval=scores)
    assert not (tmp_path / "mine").exists()


def test_the_answers_behind_a_cross_validation_are_published_with_it(
    copied: Path, tmp_path: Path
) -> None:
    folder = publish(fold(copied), tmp_path / "mine", crossval=copied / "metrics.json")
    answers = pd.read_parquet(folder / "crossval.parquet")
    pd.testing.assert_frame_equal(answers, pooled(folds_of(copied))[[*answers]])
    told, metrics = evaluate(answers), read_json(folder / "crossval.json") or {}
    assert told["recordings"] == metrics["recordings"]
    assert not {"path", "log_odds"} & {*answers}


def test_what_links_in_a_model_lead_to_is_not_published(copied: Path, tmp_path: Path) -> None:
    run = fold(copied)
    secret = tmp_path / "secret"
    secret.write_text("mine")
    (run.model / "README.md").symlink_to(secret)
    with pytest.raises(ModelError, match="holds links to other files"):
        publish(run, tmp_path / "mine")
    assert not (tmp_path / "mine").exists()
    assert secret.read_text() == "mine"
