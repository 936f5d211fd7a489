"""Features, Training and Results as a browser is told to draw them; their jobs are real."""

import dataclasses
import inspect
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from demo_links import link_many
from needs import CHECKOUT
from pages import FEATURES, RESULTS, TRAINING, charts, drawn, opened, press, said
from voicegender import cli, jobs
from voicegender.alteration import Alteration
from voicegender.augmentation import Augmentation
from voicegender.bundle import open_bundle
from voicegender.command_lines import train_arguments
from voicegender.config import read_json, read_sealed, write_json, write_sealed
from voicegender.corpus import load_corpus
from voicegender.degradation import CONDITIONS
from voicegender.extractors import EXTRACTORS
from voicegender.features import MfccMean
from voicegender.fitting import Fitting
from voicegender.networks import NETWORKS
from voicegender.places import Places
from voicegender.process import PROCESS, is_alive, last_report
from voicegender.requests import config_asked
from voicegender.runs import Run, create_run
from voicegender.split import Split
from voicegender.store import FeatureSet, feature_sets, open_feature_set
from voicegender.ui import forms, frame, loaders, words, work
from voicegender.ui import result as results
from voicegender.ui.corpus import extraction_form
from voicegender.ui.results import export_form, scores
from voicegender.ui.terms import TERMS
from voicegender.voice_encoder import VoiceEmbedding

PATIENCE = 90.0
"""Seconds a test waits for a process on a busy machine."""


def until(app: AppTest, is_so: Callable[[], bool]) -> AppTest:
    """Wait, then draw the page."""
    wait(is_so, lambda: said(drawn(app)))
    return drawn(app)


def wait(is_so: Callable[[], bool], otherwise: Callable[[], str] = str) -> None:
    """Wait; say what there is instead where it never comes."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.1)


def labels(app: AppTest) -> set[str]:
    """Names of the buttons."""
    return {button.label for button in app.button}


@pytest.fixture
def large_corpus(data: Path, demo_corpus: Path) -> Path:
    """Enough recordings (links to a few) that work on them can be watched."""
    link_many(demo_corpus, data / "large", 40)
    return data / "large"


def only_set() -> FeatureSet:
    """The one feature set in the store."""
    (found,) = feature_sets(Path(os.environ["VOICEGENDER_DATA"]) / "features")
    return found


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("page", [FEATURES, TRAINING])
def test_a_page_without_a_corpus_offers_to_make_one(page: str) -> None:
    app = opened(page)
    assert "no corpus yet" in said(app)
    assert "Make the demo corpus" in labels(app)


@pytest.mark.usefixtures("data")
def test_results_without_a_run_lead_to_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicegender.ui.loaders.bundles", lambda _root: [])
    app = opened(RESULTS)
    assert "No result yet" in said(app)
    assert [one.proto.page for one in app.main.get("page_link")] == ["Training"]


@pytest.mark.usefixtures("data")
def test_the_tabs_of_an_empty_store_and_no_runs_say_so() -> None:
    assert "No features yet" in said(opened(FEATURES, view="Stored features"))
    assert "No run yet" in said(opened(TRAINING, view="Runs"))


@pytest.mark.usefixtures("full")
def test_a_recording_is_seen_and_heard() -> None:
    app = opened(FEATURES)
    titles = [figure["layout"]["yaxis"]["title"]["text"].split(" (")[0] for figure in charts(app)]
    unit = "standard deviations from the mean"
    assert titles == ["amplitude", "frequency", "coefficient", unit]
    names = [trace["name"] for trace in charts(app)[-1]["data"]]
    assert names == ["this recording", "mean of women", "mean of men"]
    assert len(app.get("audio")) == 1
    (numbers,) = app.dataframe
    assert len(numbers.value) == 128


def extraction_begun(kind: str = "log-mel") -> AppTest:
    """Features that take some seconds, or very long, asked for on the page."""
    app = opened(FEATURES, view="Make features")
    next(box for box in app.selectbox if box.label == "Features").select(kind)
    next(box for box in app.number_input if box.label == "Processes").set_value(1)
    return press(drawn(app), "Make these features")


def test_an_extraction_started_on_the_page_goes_on_to_its_end(large_corpus: Path) -> None:
    app = extraction_begun()
    assert "Cancel" in labels(app)
    assert f"voicegender extract {large_corpus} --features log-mel" in said(app)
    assert "is running" in said(extraction_begun()), "another tab may start it too"
    until(app, lambda: only_set().is_complete)
    table = opened(FEATURES, view="Stored features").dataframe[0].value
    assert table["State"].tolist() == ["✓ done"]
    assert table["Recordings"].tolist() == [len(load_corpus(large_corpus).utterances)]


SLOW = "voice-embedding"
"""Features of a large corpus that are not there before a test is over."""


@contextmanager
def typed(*words: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A command in a terminal of its own, killed where nothing else has ended it."""
    with subprocess.Popen(jobs.command_line(*words), stderr=subprocess.DEVNULL) as terminal:
        try:
            yield terminal
        finally:
            terminal.kill()


def refusal(*command: str) -> str:
    """What is wrong with a command, in its own words."""
    done = CliRunner().invoke(cli.app, command)
    assert done.exit_code == 2, done.output
    return done.stderr.splitlines()[-1].rpartition(": ")[2]


def who_is_at(folder: Path) -> str:
    """The refusal of a second one at work there."""
    pid = (read_json(folder / PROCESS) or {})["pid"]
    return f"process {pid} is already at work here; wait for it, or cancel it"


def test_what_a_terminal_extracts_is_refused_and_cancelled_on_the_page_and_the_other_way_round(
    large_corpus: Path,
) -> None:
    words = ("extract", str(large_corpus), "--features", SLOW, "--workers", "1")
    with typed(*words) as terminal:
        features = Path(os.environ["VOICEGENDER_DATA"]) / "features"
        wait(lambda: any(is_alive(one.folder) for one in feature_sets(features)))
        refused = said(extraction_begun(SLOW))
        assert frame.plain(f"{SLOW} of large (1,680 recordings) is running; wait") in refused
        app = press(opened(FEATURES), "Cancel")
        assert "■ cancelled" in said(app)
        assert terminal.wait(PATIENCE) != 0
    app = press(app, "Resume")
    wait(lambda: last_report(only_set().folder).get("phase") == "extracting")
    assert refusal(*words) == who_is_at(only_set().folder)
    assert "■ cancelled" in said(press(app, "Cancel"))


def test_what_a_terminal_trains_is_seen_refused_and_cancelled_on_the_page(full: Run) -> None:
    words = ("train", full.config.corpus, "--network", "seed-lstm", "--epochs", "3000")
    with typed(*words, "--name", "typed") as terminal:
        run = Run(full.folder.parent / "typed")
        wait(lambda: run.state == "running")
        for name in ("typed", "second"):
            assert "training typed is running" in said(started(opened(TRAINING), name, 3000))
        app = press(opened(TRAINING, view="Runs", run="typed"), "Cancel")
        assert "■ cancelled" in said(app)
        assert terminal.wait(PATIENCE) != 0


@pytest.mark.usefixtures("large_corpus")
def test_an_extraction_cancelled_and_resumed_makes_the_same_features() -> None:
    app = extraction_begun()
    app = until(app, lambda: len(only_set().missing) < only_set().config["n_parts"])
    app = press(app, "Cancel")
    assert "■ cancelled" in said(app)
    n_made = only_set().config["n_parts"] - len(only_set().missing)
    assert 0 < n_made < only_set().config["n_parts"]
    first = only_set().part(0).stat().st_mtime_ns
    app = press(app, "Resume")
    until(app, lambda: only_set().is_complete)
    assert only_set().part(0).stat().st_mtime_ns == first
    assert not only_set().load().utterances["utterance_id"].duplicated().any()


@pytest.mark.usefixtures("large_corpus")
def test_a_killed_extraction_shows_as_failed_and_can_go_on() -> None:
    app = extraction_begun()
    os.kill((read_json(only_set().folder / "process.json") or {})["pid"], signal.SIGKILL)
    app = until(app, lambda: not is_alive(only_set().folder))
    assert "✕ failed" in said(app)
    until(press(app, "Resume"), lambda: only_set().is_complete)


def started(app: AppTest, name: str, epochs: int) -> AppTest:
    """The form of a training filled in and sent."""
    network = next(box for box in app.selectbox if box.label == "Network")
    network.select("seed-lstm")
    drawn(app)
    next(box for box in app.number_input if box.label == "Epochs").set_value(epochs)
    next(box for box in app.text_input if box.label == "Name of the run").set_value(name)
    return press(drawn(app), "Start training")


def test_a_training_is_started_watched_refused_beside_another_and_killed(full: Run) -> None:
    app = started(opened(TRAINING), "long", 3000)
    run = Run(full.folder.parent / "long")
    assert "Training long" in said(app)
    refused = started(opened(TRAINING), "second", 1)
    assert "training long is running; wait for it to end" in said(refused)
    assert not (full.folder.parent / "second").exists()
    app = until(app, lambda: len(run.history) > 1)
    assert refusal(*train_arguments(run.config, "long")) == who_is_at(run.folder)
    assert {metric.label for metric in app.metric} >= {"Epochs done", "Best so far"}
    assert len(charts(app)) == 2
    os.kill((read_json(run.folder / "process.json") or {})["pid"], signal.SIGKILL)
    app = until(app, lambda: not is_alive(run.folder))
    assert "✕ failed" in said(app)
    assert "epoch 1: loss" in said(app)
    app = press(opened(TRAINING, view="Runs", run="long"), "Resume")
    app = until(app, lambda: "going on after epoch" in run.log)
    app = press(app, "Cancel")
    assert "■ cancelled" in said(app)
    assert run.state == "cancelled"


def test_a_training_that_cannot_work_says_why(full: Run, tmp_path: Path) -> None:
    corpus = shutil.copytree(full.config.corpus, tmp_path / "gone")
    run = create_run(full.folder.parent, "hopeless", config_asked(corpus, "seed-lstm"))
    shutil.rmtree(corpus)
    work.training_job(run).start()
    app = until(opened(TRAINING, view="Runs", run="hopeless"), lambda: not is_alive(run.folder))
    assert "✕ failed" in said(app)
    assert "gone: no such folder or manifest" in said(app)


@pytest.mark.usefixtures("full")
def test_the_parts_are_shown_before_training_and_the_leaky_split_is_named() -> None:
    app = opened(TRAINING)
    assert "a synthetic corpus" in said(app).lower()
    assert list(app.table[0].value.index) == ["Train", "Validation", "Test"]
    policy = next(box for box in app.selectbox if box.label == "How readers are divided")
    policy.select("leaky-by-recording")
    assert "Leaky split" in said(drawn(app))


def test_results_show_scores_with_baselines_and_play_the_errors(full: Run) -> None:
    app = opened(RESULTS, results=full.name)
    table = app.dataframe[0].value.set_index("Result")
    accuracy = full.metrics["recordings"]["accuracy"]
    assert table.loc[full.name, "Right"].startswith(f"{accuracy:.1%} (")
    assert table.index.str.startswith("baseline: pitch threshold").any()
    assert len(charts(app)) == 2
    assert len(charts(opened(RESULTS, results=full.name, view="Curves"))) == 5
    app = opened(RESULTS, results=full.name, view="One closely")
    wrong = full.metrics["wrong_recordings"]
    assert len(app.get("audio")) == min(1, len(wrong))
    if wrong:
        shown = next(one.value for one in app.dataframe if "Recording" in one.value)
        assert shown["Recording"].tolist() == [row["utterance_id"] for row in wrong]
    assert len(app.table[0].value) == 3


def test_a_leaky_run_is_named_for_what_it_is(full: Run) -> None:
    copy = full.folder.with_name("leaky")
    shutil.copytree(full.folder, copy)
    asked = read_sealed(copy / "config.json") or {}
    asked["split"]["policy"] = "leaky-by-recording"
    write_sealed(copy / "config.json", asked)
    app = opened(RESULTS, results="leaky")
    warnings = [one.value for one in app.warning]
    assert len(warnings) == 1
    assert "leaky" in warnings[0]
    assert "Leaky split" in warnings[0]
    marked = "⚠ leaky (leaky)"
    assert marked in app.dataframe[0].value["Result"].tolist()
    assert marked in {note["text"] for note in charts(app)[0]["layout"]["annotations"]}
    tables = [table.value for table in opened(TRAINING, view="Runs").dataframe]
    (table,) = (table.set_index("Run") for table in tables if "Run" in table)
    right = table["Test accuracy (95 % interval)"]
    assert right["leaky"] == f"⚠ leaky: {right[full.name]}"
    tables = [table.value for table in opened("streamlit_app.py").dataframe]
    (listed,) = (table.set_index("Run") for table in tables if "Run" in table)
    accuracy = f"{full.metrics['recordings']['accuracy']:.1%}"
    assert listed.loc["leaky", "Right on test"] == f"⚠ leaky: {accuracy}"
    assert listed.loc[full.name, "Right on test"] == accuracy


def test_a_baseline_is_nobodys_only_where_all_results_have_the_same() -> None:
    measured = {"n": 4, "accuracy": 0.5, "recall_female": 1.0, "recall_male": 0.0}
    both = {"recordings": measured, "baselines": {"majority": measured}}
    one, same = (results.Result(name, both) for name in ("one", "same"))
    better = measured | {"accuracy": 0.75, "recall_male": 0.5}
    other = results.Result("other", both | {"baselines": {"majority": better}})
    bare = results.Result("bare", {"recordings": measured})

    def names(*chosen: results.Result) -> list[str]:
        return [name for name, _ in scores.baselines(chosen, "recordings")]

    plain = "baseline: commoner label"
    assert names(one) == names(one, same) == [plain]
    assert names(one, bare) == ["commoner label for one"]
    assert names(one, other) == ["commoner label for one", "commoner label for other"]
    assert names(one, same, other) == [
        "commoner label for one, same",
        "commoner label for other",
    ]


@pytest.fixture
def folds(full: Run) -> Path:
    """The folder of a cross-validation of two seeds, as if the run had been all its folds."""
    folder = full.folder.with_name("folds")
    folder.mkdir()
    metrics, main = full.metrics, ("n", "accuracy", "recall_female", "recall_male", "auc", "ece")
    of_seed = {unit: {name: metrics[unit][name] for name in main} for unit in ("recordings",)}
    better = {"recordings": of_seed["recordings"] | {"accuracy": 1.0}}
    metrics["seeds"] = [of_seed | {"seed": 7}, better | {"seed": 8}]
    metrics["disputed"] = [{"speaker_id": "60", "gender": "M", "f0": 201.4, "p_female": [0.9, 0.8]}]
    # A split that is asked of a cross-validation is replaced by its folds.
    asked = full.config.to_json() | {"n_folds": 3, "n_seeds": 2}
    asked["split"]["policy"] = "leaky-by-recording"
    write_json(folder / "crossval.json", asked)
    write_json(folder / "metrics.json", metrics | {"name": "folds", "asked": asked})
    return folder


FOLDS = "folds, cross-validated"


def test_a_cross_validation_that_changed_since_is_named_and_not_shown(folds: Path) -> None:
    scores = folds / "metrics.json"
    write_sealed(scores, read_json(scores) or {})
    assert not opened(RESULTS).warning
    scores.write_text(scores.read_text().replace('"n_seeds": 2', '"n_seeds": 3', 1))
    app = opened(RESULTS)
    (warned,) = [one.value for one in app.warning]
    assert warned.startswith("The cross-validation **folds** is damaged and not shown; ")
    assert FOLDS not in [str(name) for name in app.dataframe[0].value["Result"]]


@pytest.mark.usefixtures("folds")
def test_a_cross_validation_is_never_leaky_and_is_told_to_be_synthetic() -> None:
    app = opened(RESULTS, results=FOLDS)
    assert not app.warning
    assert app.dataframe[0].value["Result"][0] == FOLDS
    assert [one.value for one in app.info] == [
        "Tested on computed voices, not on people: " + frame.plain(FOLDS) + "."
    ]


@pytest.mark.parametrize("unit", ["recordings", "excerpts", "excerpts_1s", "readers"])
def test_scores_and_pitch_threshold_are_counted_by_the_chosen_unit(full: Run, unit: str) -> None:
    app = opened(RESULTS, results=full.name)
    app.segmented_control[0].set_value(unit)
    table = drawn(app).dataframe[0].value.set_index("Result")
    n = full.metrics[unit]["n"]
    assert table.loc[full.name, "Answers"] == f"{n:,}"
    baseline = "baseline: pitch threshold"
    assert (baseline in table.index) == (unit != "readers")
    assert set(table["Answers"]) == {f"{n:,}"}
    uncertain = full.metrics[unit].get("uncertain")
    assert table.loc[full.name, "Uncertain"] == ("-" if uncertain is None else f"{uncertain:.1%}")


def test_who_fails_counts_every_recording_once_women_and_men_apart(full: Run) -> None:
    figures = {
        figure["layout"]["yaxis"].get("title", {}).get("text"): figure
        for figure in charts(opened(RESULTS, results=full.name, view="Who it errs on"))
    }
    n = {"female": 0, "male": 0}
    for gender, who in {"female": "women", "male": "men"}.items():
        trace, _ = figures[f"{who} heard as labelled"]["data"]
        n[gender] = sum(trace["customdata"])
        right = sum(y * k for y, k in zip(trace["y"], trace["customdata"], strict=True))
        assert right / n[gender] == pytest.approx(full.metrics["recordings"][f"recall_{gender}"])
    men, women = map(sum, full.metrics["recordings"]["confusion"])
    assert n == {"female": women, "male": men}


@pytest.mark.usefixtures("folds")
def test_seeds_and_the_readers_all_of_them_dispute_are_shown(full: Run) -> None:
    app = opened(RESULTS, results=FOLDS, view="One closely")
    right = app.table[0].value["Recordings"]
    accuracy = full.metrics["recordings"]["accuracy"]
    assert right.to_dict() == {
        "7": f"{accuracy:.1%}",
        "8": "100.0%",
        "mean": f"{(accuracy + 1) / 2:.1%}",
    }
    shown = next(
        one.value for one in app.dataframe if "Probability of female, seeds 7, 8" in one.value
    )
    assert shown.iloc[0].tolist() == ["60", "male", 201, "0.90, 0.80"]
    assert "never dropped" in said(app)


def robustness(clean: dict[str, Any]) -> dict[str, Any]:
    """A report: noise costs the model 10 points and refuses one, the pitch threshold 20."""

    def scores(right: float, by_pitch: float, refused: int = 0) -> dict[str, Any]:
        n = 100 - refused
        threshold = clean | {"n": n, "accuracy": by_pitch * 100 / n}
        return clean | {
            "n": n,
            "accuracy": right * 100 / n,
            "right_of_all": right,
            "right_of_all_interval": [right - 0.1, right + 0.1],
            "refused": refused,
            "lost": 0.9 - right,
            "f0-threshold": threshold,
        }

    conditions = [
        {"name": name, "recordings": measured, "excerpts": measured}
        for name, measured in {"clean": scores(0.9, 0.8), "far room": scores(0.8, 0.6, 1)}.items()
    ]
    lengths = [{"seconds": s} | scores(0.9, 0.8) for s in (1.0, None)]
    return {"conditions": conditions, "lengths": lengths}


def test_what_is_right_under_conditions_is_shown_beside_the_pitch_threshold(
    full: Run, folds: Path
) -> None:
    write_json(folds / "robustness.json", robustness(full.metrics["recordings"]))
    app = opened(RESULTS, results=FOLDS, view="Noise and short speech")
    assert not app.code
    for figure in charts(app)[:2]:
        assert figure["layout"]["yaxis"]["ticktext"] == ["clean", "far room"]
        dots = {trace["name"]: trace["x"] for trace in figure["data"]}
        assert dots[FOLDS] == pytest.approx([0.9, 0.8])
        assert dots["baseline: pitch threshold"] == pytest.approx([0.8, 0.6])
    lengths = {trace["name"]: trace["x"] for trace in charts(app)[2]["data"]}
    assert lengths == {name: ["1", "whole"] for name in (FOLDS, "baseline: pitch threshold")}
    table = app.dataframe[0].value.set_index("Condition")
    assert table["Recordings, right %"].tolist() == pytest.approx([90, 80])
    assert table["Refused"].tolist() == [0, 1]


def test_pitch_thresholds_that_differ_are_told_apart(full: Run, folds: Path) -> None:
    write_json(folds / "robustness.json", robustness(full.metrics["recordings"]))
    other = shutil.copytree(folds, folds.with_name("others"))
    report = robustness(full.metrics["recordings"])
    for unit in ("recordings", "excerpts"):
        report["conditions"][1][unit]["f0-threshold"]["accuracy"] = 0.5
    write_json(other / "robustness.json", report)
    both = [FOLDS, FOLDS.replace("folds", "others")]
    app = opened(RESULTS, results=both, view="Noise and short speech")
    names = {trace["name"] for trace in charts(app)[0]["data"]}
    assert names == {*both, "pitch threshold for folds", "pitch threshold for others"}
    assert set(app.dataframe[0].value["Result"]) == {*both}


@pytest.mark.usefixtures("folds")
def test_a_result_that_was_not_measured_names_the_command_that_does_it(full: Run) -> None:
    app = opened(RESULTS, results=[FOLDS, full.name], view="Noise and short speech")
    commands = [one.value for one in app.code]
    assert "voicegender robustness folds" in commands
    (of_run,) = (words for words in commands if f"--name {full.name}-folds" in words)
    assert of_run.endswith(f"voicegender robustness {full.name}-folds")


def test_a_model_is_shown_and_quoted_by_its_cross_validation(
    full: Run, folds: Path, tmp_path: Path
) -> None:
    model = shutil.copytree(full.model, tmp_path / "models" / "mine")
    bundle = open_bundle(model)
    (alone,) = results.results_of_model(bundle, full.folder.parent)
    assert (alone.name, alone.metrics) == ("model mine", full.metrics)
    assert alone.evidence is None
    shutil.copy(folds / "metrics.json", model / "crossval.json")
    write_json(model / "robustness.json", robustness(full.metrics["recordings"]))
    tested, own = results.results_of_model(bundle, full.folder.parent)
    assert own == dataclasses.replace(alone, name="model mine, one test")
    assert tested.name == "model mine"
    assert tested.metrics == read_json(folds / "metrics.json") == results.tested_best(bundle)
    assert tested.robustness is not None
    run = results.result_of_run(full)
    assert results.comparable([run, tested, own]) == [tested.name]


def test_facts_of_a_model_are_read_once_for_all_and_again_when_they_change(
    full: Run, tmp_path: Path
) -> None:
    model = shutil.copytree(full.model, tmp_path / "models" / "mine")
    (first,) = loaders.bundles(model.parent)
    assert loaders.bundles(model.parent)[0] is first
    facts = first.facts | {"provenance": {"synthetic": True}}
    write_json(model / "bundle.json", facts)
    (changed,) = loaders.bundles(model.parent)
    assert changed.facts["provenance"] == facts["provenance"]
    (model / "model.onnx").unlink()
    assert loaders.bundles(model.parent) == []


def test_every_kind_setting_and_condition_has_words() -> None:
    assert {cls.kind for cls in (*NETWORKS, *EXTRACTORS)} <= set(words.OPTIONS)
    assert set(words.CONDITIONS) == set(CONDITIONS)
    for setting in SETTINGS:
        own = forms.described(type(setting))
        for field in dataclasses.fields(setting):
            names = (f"{setting.kind}.{field.name}", field.name)
            is_inner = dataclasses.is_dataclass(getattr(setting, field.name))
            assert is_inner or field.name in own or TERMS.keys() & names, names


@pytest.mark.usefixtures("full")
def test_the_network_offered_first_is_the_one_train_takes_and_its_readers_take_turns() -> None:
    app = opened(TRAINING)
    network = next(box for box in app.selectbox if box.label == "Network")
    assert network.value == inspect.signature(cli.train).parameters["network"].default
    assert "take turns" in said(app)
    network.select("seed-lstm")
    assert "take turns" not in said(drawn(app))


def test_altered_copies_begun_by_a_training_are_no_extraction_of_their_own(full: Run) -> None:
    corpus = load_corpus(Path(full.config.corpus))
    store = full.folder.parent.parent / "features"
    altered = open_feature_set(store, VoiceEmbedding(), corpus, Alteration(copies=2))
    plain = open_feature_set(store, VoiceEmbedding(), corpus)
    try:
        assert [one.folder for one in extraction_form.unfinished()] == [plain.folder]
        assert "each with 2 altered copies" in extraction_form.label(altered)
    finally:
        for made in (altered, plain):
            shutil.rmtree(made.folder)


def test_a_run_is_exported_as_a_model(
    full: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_form, "places", lambda: Places(tmp_path))
    app = opened(RESULTS, results=full.name, view="One closely")
    next(box for box in app.text_input if box.label == "Name of the model").set_value("../other")
    assert "begin with a letter or digit" in said(press(drawn(app), "Export"))
    next(box for box in app.text_input if box.label == "Name of the model").set_value("mine")
    assert "Exported to" in said(press(drawn(app), "Export"))
    assert open_bundle(tmp_path / "models" / "mine").metrics == full.metrics


def test_a_run_is_exported_with_the_cross_validation_of_the_same_settings(
    full: Run, folds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_form, "places", lambda: Places(tmp_path))
    app = opened(RESULTS, results=full.name, view="One closely")
    box = "Cross-validation its card shows"
    next(one for one in app.selectbox if one.label == box).select("folds")
    assert "Exported to" in said(press(drawn(app), "Export"))
    model = tmp_path / "models" / full.name
    assert read_json(model / "crossval.json") == read_json(folds / "metrics.json")


SETTINGS = [
    Fitting(),
    Split(),
    Augmentation(),
    Alteration(copies=2),
    *(cls() for cls in (*NETWORKS, *EXTRACTORS)),
]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: type(setting).__name__)
def test_a_form_left_alone_gives_the_settings_it_began_with(setting: Any) -> None:
    def page(setting: object) -> None:
        import streamlit as st

        from voicegender.ui import forms

        st.session_state["given"] = forms.settings(setting, "key")

    app = drawn(AppTest.from_function(page, args=(setting,), default_timeout=30))
    assert app.session_state["given"] == setting
    inputs = [*app.number_input, *app.selectbox, *app.text_input, *app.toggle]
    fields = dataclasses.fields(setting)
    assert len(inputs) >= len(fields)
    assert all(box.help for box in inputs)


def test_a_form_shows_what_makes_no_sense_as_a_sentence(full: Run) -> None:
    assert full.state == "done"
    app = opened(FEATURES, view="Make features")
    next(box for box in app.number_input if box.label == "Coefficients (MFCC)").set_value(500)
    assert "must lie in 1..128" in said(drawn(app))


def test_help_is_read_from_the_class() -> None:
    words = forms.described(Fitting)
    assert set(words) <= {field.name for field in dataclasses.fields(Fitting)}
    assert (
        words["shortest"] == words["longest"] == "Seconds of an excerpt, drawn anew for each batch."
    )


@pytest.mark.usefixtures("full")
def test_no_page_of_work_imports_tensorflow() -> None:
    script = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('streamlit_app.py', default_timeout=60).run()\n"
        f"for page in {[FEATURES, TRAINING, RESULTS]}:\n"
        "    app.switch_page(page).run()\n"
        "    assert not app.exception, app.exception\n"
        "print(sorted({'tensorflow', 'keras'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_mean_mfcc_of_another_size_is_not_compared_with(full: Run) -> None:
    from voicegender.ui.corpus.extraction_form import same_vectors

    corpus = load_corpus(Path(full.config.corpus))
    found = same_vectors(corpus)
    assert found is not None
    assert found.extractor == MfccMean()
