"""Bundles made elsewhere are data: checked before use, refused with a reason, never followed."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from needs import CHECKOUT
from pages import PREDICT, RESULTS, TRAINING, opened, said
from voicegender.bundle import open_bundle
from voicegender.card import card
from voicegender.config import LARGEST, read_json, read_sealed, write_json
from voicegender.demo_corpus import DemoCorpus
from voicegender.errors import ModelError, SettingError
from voicegender.places import Places
from voicegender.prediction import load_model
from voicegender.probe import Probe
from voicegender.requests import crossval_at
from voicegender.run_config import RunConfig
from voicegender.ui.predict.examples import FOLDER, WOMAN
from voicegender.ui.result import results_of_model
from voicegender.ui.results.results_form import path_of

SHIPPED = CHECKOUT / "models" / "default"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """The model that ships, to be tampered with; who does that leaves no checksums behind."""
    folder = shutil.copytree(SHIPPED, tmp_path / "inner" / "foreign")
    facts = read_sealed(folder / "bundle.json") or {}
    del facts["files"]
    write_json(folder / "bundle.json", facts)
    return folder


def network(width: int = 512, n_out: int = 2, *, like: str = "nan", beside: str = "") -> bytes:
    """A network for inputs of a width whose answers are odd, or whose weights lie elsewhere."""
    weights = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[width, n_out])
    if beside:
        weights.data_location = TensorProto.EXTERNAL
        weights.external_data.add(key="location", value=beside)
    else:
        weights.raw_data = np.full((width, n_out), float(like), np.float32).tobytes()
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[1], keepdims=0),
        helper.make_node("MatMul", ["mean", "w"], ["y"]),
    ]
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, None, width])
    answer = helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, n_out])
    graph = helper.make_graph(nodes, "g", [given], [answer], [weights])
    opset = [helper.make_opsetid("", 13)]
    model: bytes = helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    return model


def test_answering_leaves_no_trace_and_reports_to_nobody(tmp_path: Path) -> None:
    """ONNX Runtime kept an identity of the machine, and events to be sent to its makers."""
    folders = {name: str(tmp_path / name) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME")}
    for folder in folders.values():
        Path(folder).mkdir()
    env = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    command = [sys.executable, "-m", "voicegender", "predict", str(FOLDER / WOMAN)]
    subprocess.run(command, env=env | folders, check=True, capture_output=True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("place", ["../secret.bin", "secret.bin", "absolute"])
def test_a_network_that_names_other_files_reads_none(bundle: Path, place: str) -> None:
    weights = np.ones((512, 2), np.float32).tobytes()
    for folder in (bundle, bundle.parent):
        (folder / "secret.bin").write_bytes(weights)
    named = str(bundle.parent / "secret.bin") if place == "absolute" else place
    (bundle / "model.onnx").write_bytes(network(beside=named))
    with pytest.raises(ModelError, match=r"model\.onnx: names other files to be read"):
        load_model(bundle)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (network(n_out=3), "the shape of its answers"),
        (network(width=7), "reads 7 features, not 512"),
        ((SHIPPED / "model.onnx").read_bytes()[:5000], "is no network"),
        (b"", "is no network"),
        (b"\x80\x04cos\nsystem\n(S'touch /tmp/x'\ntR.", "is no network"),
    ],
    ids=["other answers", "other features", "cut off", "empty", "pickle"],
)
def test_a_file_that_is_no_network_for_voices_is_refused(
    bundle: Path, content: bytes, reason: str
) -> None:
    (bundle / "model.onnx").write_bytes(content)
    with pytest.raises(ModelError, match=reason):
        load_model(bundle)


def test_a_network_whose_answers_are_no_numbers_answers_nothing(bundle: Path) -> None:
    (bundle / "model.onnx").write_bytes(network(like="nan"))
    with pytest.raises(ModelError, match="not finite"):
        load_model(bundle).predict(FOLDER / WOMAN)


def test_a_network_with_operations_of_its_own_is_refused(bundle: Path) -> None:
    model = onnx.load_from_string(network())
    model.graph.node[0].op_type = "System"
    (bundle / "model.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="is no network"):
        load_model(bundle)


TAMPERED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "network is text": lambda facts: facts.update(network="probe"),
    "network without kind": lambda facts: facts.update(network={"kind": 7}),
    "provenance is a list": lambda facts: facts.update(provenance=["x"]),
    "calibration is not finite": lambda facts: facts["calibration"].update(scale=float("nan")),
    "thresholds crossed": lambda facts: facts["calibration"].update(lower=0.9, upper=0.1),
    "extractor is a list": lambda facts: facts.update(extractor=["voice-embedding"]),
    "extractor of another kind": lambda facts: facts["extractor"].update(kind="os.system"),
    "newer format": lambda facts: facts.update(format_version=2),
    "format is true": lambda facts: facts.update(format_version=True),
    "a number of 4000 digits": lambda facts: facts["calibration"].update(scale=10**4000),
    "a field that is lists in lists": lambda facts: facts["calibration"].update(scale=9000 * "["),
    "other labels": lambda facts: facts.update(labels=["female", "male"]),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_facts_that_do_not_fit_are_refused_before_use(bundle: Path, how: str) -> None:
    facts = read_json(bundle / "bundle.json") or {}
    TAMPERED[how](facts)
    (bundle / "bundle.json").write_text(json.dumps(facts))
    with pytest.raises(ModelError, match=f"^{bundle}"):
        open_bundle(bundle)


@pytest.mark.parametrize("kind", ["nested", "endless", "pipe", "huge", "ring", "folder"])
def test_facts_that_no_reader_could_end_are_refused_at_once(bundle: Path, kind: str) -> None:
    facts = bundle / "bundle.json"
    facts.unlink()
    if kind == "nested":
        facts.write_text(f'{{"labels": {"[" * 200_000}')
    elif kind == "huge":
        with facts.open("wb") as file:
            file.truncate(LARGEST + 1)
    elif kind == "pipe":
        os.mkfifo(facts)
    elif kind == "folder":
        facts.mkdir()
    else:
        facts.symlink_to("/dev/zero" if kind == "endless" else facts.name)
    reason = "is damaged" if kind in ("nested", "huge") else "no model here"
    with pytest.raises(ModelError, match=reason):
        open_bundle(bundle)


@pytest.mark.parametrize("to", ["/dev/zero", "nowhere"])
def test_a_network_that_is_no_file_is_not_read(bundle: Path, to: str) -> None:
    (bundle / "model.onnx").unlink()
    (bundle / "model.onnx").symlink_to(to)
    with pytest.raises(ModelError, match=r"model\.onnx is missing"):
        open_bundle(bundle)


def test_of_two_facts_of_one_name_the_one_that_is_checked_is_the_one_that_counts(
    bundle: Path,
) -> None:
    facts = (bundle / "bundle.json").read_text()
    (bundle / "bundle.json").write_text(facts.rstrip()[:-1] + ', "format_version": 2}')
    with pytest.raises(ModelError, match="format 2 is not known; update voicegender"):
        open_bundle(bundle)


def test_commands_that_are_shown_to_be_copied_run_nothing_else(bundle: Path) -> None:
    evil = "cv; touch x $(touch y) `touch z` | sh"
    foreign = open_bundle(bundle.rename(bundle.with_name(evil)))
    for scores in ("metrics.json", "crossval.json"):
        told = read_json(foreign.folder / scores) or {}
        (foreign.folder / scores).write_text(json.dumps(told | {"name": evil}))
    shown = [one.remedy for one in results_of_model(foreign, foreign.folder.parent)]
    lines = [one.strip() for one in card(foreign, evil).splitlines() if one.startswith("    ")]
    shown += [one for one in lines if one.startswith("voicegender")]
    words = [word for command in shown for word in shlex.split(command)]
    assert words.count(evil) >= 4
    assert not {"touch", "sh", "|", "cv;"} & {*words}


def test_names_that_files_tell_lead_to_no_other_folder(
    bundle: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = data.parent / "elsewhere"
    elsewhere.mkdir()
    for name in ("metrics.json", "crossval.json"):
        (elsewhere / name).write_text("{}")
    with pytest.raises(SettingError, match=r"cross-validation '\.\./\.\./elsewhere'"):
        crossval_at("../../elsewhere")
    # What a model says it learnt from makes no page look there.
    corpus = DemoCorpus(n_speakers=6, n_utterances=1)(elsewhere / "private")
    facts = read_json(bundle / "bundle.json") or {}
    facts["provenance"]["asked"]["corpus"] = str(corpus)
    (bundle / "bundle.json").write_text(json.dumps(facts))
    recording = next(corpus.rglob("*.flac")).stem
    foreign = results_of_model(open_bundle(bundle), data)[-1]
    assert foreign.config
    assert foreign.config.corpus == str(corpus)
    assert path_of(foreign, recording) is None
    monkeypatch.setenv("VOICEGENDER_LIBRISPEECH", str(corpus))  # its owner has named it
    assert path_of(foreign, recording)


@pytest.mark.parametrize(
    "scores",
    [{"recordings": "x"}, {"recordings": {}}, {"data": 7}, {"by_f0": [{"n": 10**400}]}],
    ids=["text", "none", "no data", "too large"],
)
def test_scores_that_are_none_are_refused(bundle: Path, scores: dict[str, Any]) -> None:
    (bundle / "metrics.json").write_text(json.dumps(scores))
    with pytest.raises(ModelError, match=r"metrics\.json holds no scores"):
        open_bundle(bundle)


@pytest.mark.usefixtures("data")
def test_a_foreign_bundle_breaks_no_page(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own name, and what it says of itself, are text."""
    evil = "<img src=x>[a](https:evil.example)"
    foreign = bundle.rename(bundle.with_name(evil))
    facts = read_json(foreign / "bundle.json") or {}
    facts["network"]["kind"] = facts["provenance"]["corpus"] = evil
    (foreign / "bundle.json").write_text(json.dumps(facts))
    tested = read_json(foreign / "crossval.json") or {}
    tested["asked"]["n_folds"] = tested["seeds"][0]["seed"] = evil
    (foreign / "crossval.json").write_text(json.dumps(tested))
    monkeypatch.setattr(Places, "models", property(lambda _self: foreign.parent))
    for page in (None, PREDICT, RESULTS):
        shown = opened(page)
        assert evil not in said(shown)
        assert evil not in str([table.value.index.tolist() for table in shown.table])


ODD_RUNS: dict[str, dict[str, Any]] = {
    "a corpus that is no path": {"corpus": "x" * 5000},
    "a corpus of letters that take two bytes": {"corpus": "ö" * 200},
    "a corpus far down": {"corpus": "a/" * 3000},
    "a corpus with a NUL": {"corpus": "\0/etc"},
    "somebody's home": {"corpus": "~nobody-of-this-name/x"},
    "another's corpus": {"corpus": "../../../etc"},
    "subsets are a number": {"subsets": 7},
    "network is a list": {"network": ["probe"]},
    "split is text": {"split": "random"},
    "a rate of 400 digits": {"fitting": {"kind": "fitting", "learning_rate": 10**400}},
}


def test_runs_that_were_asked_odd_things_break_no_page(data: Path) -> None:
    good = RunConfig.of("corpus", Probe()).to_json()
    for name, odd in ODD_RUNS.items():
        folder = data / "runs" / name
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(json.dumps(good | odd))
        shutil.copytree(SHIPPED, folder / "model")
    for page in (None, TRAINING, RESULTS):
        opened(page)
    assert opened(RESULTS, results=[*ODD_RUNS]).multiselect(key="results").value == [*ODD_RUNS]
