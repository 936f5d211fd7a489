"""Home, Predict and Speakers as a browser is told to draw them, empty and full."""

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages import PREDICT, SPEAKERS, html_of, opened, said
from voicegender import jobs
from voicegender.bundle import write_facts
from voicegender.calibration import Calibration
from voicegender.config import to_json
from voicegender.corpus import load_corpus
from voicegender.demo_corpus import DemoCorpus
from voicegender.features import MfccMean
from voicegender.networks import SeedLstm
from voicegender.places import places
from voicegender.process import is_alive
from voicegender.ui import frame
from voicegender.ui.voice import answering, charts_voice, verdict
from voicegender.ui.voice.charts_sound import mel_centres

UNDECODABLE = ("letter_1.wav", b"Dear reader, this is no sound.", "audio/wav")


def numbers(app: AppTest) -> dict[str, str]:
    """Metrics by their label."""
    return {one.label: str(one.value) for one in app.metric}


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with no corpus, no features, no runs and no model of its own."""
    monkeypatch.setenv("VOICEGENDER_DATA", str(tmp_path))
    monkeypatch.delenv("VOICEGENDER_LIBRISPEECH", raising=False)
    monkeypatch.setattr("voicegender.places.Places.models", property(lambda _: tmp_path / "models"))
    return tmp_path


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small corpus of computed voices, made once."""
    return DemoCorpus(n_speakers=6, n_utterances=2)(tmp_path_factory.mktemp("demo") / "demo")


@pytest.fixture
def full(empty: Path, demo: Path) -> Path:
    """A machine with the demo corpus."""
    (empty / "demo").symlink_to(demo)
    return empty


def make_bundle(folder: Path, log_odds: float, **provenance: Any) -> None:
    """Write a real bundle whose network answers every recording with the same odds of female."""
    from onnx import TensorProto, checker, helper, save

    extractor = MfccMean()
    bias = helper.make_tensor("bias", TensorProto.FLOAT, [2], [0.0, log_odds])
    size = (extractor.n_features, 2)
    weight = helper.make_tensor("weight", TensorProto.FLOAT, size, np.zeros(size).ravel())
    nodes = [
        helper.make_node("Gemm", ["x", "weight", "bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["p"]),
    ]
    batch: list[str | int | None] = ["n", extractor.n_features]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, batch)
    p = helper.make_tensor_value_info("p", TensorProto.FLOAT, ["n", 2])
    graph = helper.make_graph(nodes, "constant", [x], [p], [weight, bias])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    folder.mkdir(parents=True)
    save(model, folder / "model.onnx")
    write_facts(
        folder,
        extractor=to_json(extractor),
        network=SeedLstm(),
        calibration=Calibration(lower=0.3, upper=0.7),
        provenance=provenance,
    )


@pytest.fixture
def female(full: Path) -> Path:
    """A model that hears everybody as female."""
    make_bundle(full / "models" / "default", 3.0)
    return full


def flacs(demo: Path) -> list[tuple[str, bytes, str]]:
    """The recordings of the corpus as uploads."""
    return [(p.name, p.read_bytes(), "audio/flac") for p in sorted(demo.rglob("*.flac"))]


# Empty


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize("page", [None, PREDICT, SPEAKERS])
def test_a_page_without_data_says_what_to_do_next(page: str | None) -> None:
    app = opened(page)
    assert not app.exception
    wanted = "There is no model yet" if page == PREDICT else "There is no corpus yet"
    assert wanted in said(app)
    if page == PREDICT:
        assert any("voicegender corpus" in code.value for code in app.code)
    else:
        assert {"Make the demo corpus", "Download"} <= {button.label for button in app.button}


def test_the_demo_corpus_is_made_by_a_button_and_then_shown(empty: Path) -> None:
    app = opened()
    app.button(key="make-demo").click().run()
    assert not app.exception
    folder = empty / "jobs" / "demo"
    try:
        assert "making the demo corpus" in said(app).lower()
        wait_for(lambda: not is_alive(folder))
    finally:
        if is_alive(folder):
            jobs.cancel(folder)
    app = opened()
    assert "There is no corpus yet" not in said(app)
    assert "demo (synthetic)" in app.dataframe[0].value["Corpus"].tolist()


def wait_for(condition: Callable[[], bool], seconds: float = 120) -> None:
    """Wait until something is so."""
    import time

    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.usefixtures("empty")
def test_a_corpus_elsewhere_can_be_named_for_the_session(demo: Path) -> None:
    app = opened()
    app.text_input(key="corpus-path").set_value(str(demo))
    app.button[-1].click().run()
    assert not app.exception
    assert "demo (synthetic)" in app.dataframe[0].value["Corpus"].tolist()
    app.switch_page(SPEAKERS).run()
    assert numbers(app)["Readers"] == "6 of 6"


@pytest.mark.usefixtures("empty")
def test_a_folder_that_is_no_corpus_is_refused_in_one_line(tmp_path: Path) -> None:
    app = opened()
    app.text_input(key="corpus-path").set_value(str(tmp_path / "nowhere"))
    app.button[-1].click().run()
    assert [e.value for e in app.error if "there is nothing here" in e.value]
    assert not app.exception
    assert "corpora" not in app.session_state


# Home


@pytest.mark.usefixtures("female")
def test_home_counts_what_is_there() -> None:
    app = opened()
    assert not app.exception
    corpora, models = app.dataframe[0].value, app.dataframe[1].value
    assert corpora["Readers"].tolist() == ["6 of 6"]
    assert corpora["Recordings"].tolist() == ["12"]
    assert models["Model"].tolist() == ["default"]


@pytest.mark.usefixtures("full")
def test_home_with_a_corpus_and_no_model_sends_to_training() -> None:
    app = opened()
    assert "train a model" in said(app)


# Speakers


@pytest.mark.usefixtures("full")
def test_speakers_shows_every_reader_and_says_the_voices_are_synthetic() -> None:
    app = opened(SPEAKERS)
    assert not app.exception
    assert len(app.dataframe[0].value) == 6
    assert "synthetic" in said(app)
    assert numbers(app)["Female"] == "3"


@pytest.mark.usefixtures("full")
def test_filters_narrow_the_table_and_the_counts() -> None:
    app = opened(SPEAKERS)
    app.button_group(key="gender").set_value(["F"])
    app.run()
    assert app.dataframe[0].value["gender"].tolist() == ["female"] * 3
    assert numbers(app)["Readers"] == "3 of 6"
    app.text_input(key="name").set_value("nobody of this name").run()
    assert "No reader fits" in said(app)
    assert not app.exception


@pytest.mark.usefixtures("full")
def test_a_link_to_a_reader_nobody_knows_leads_back_to_the_table() -> None:
    app = opened(SPEAKERS, reader="<b>7</b>")
    assert not app.exception
    assert r"There is no reader \<b\>7" in said(app)
    app.button(key="all-readers").click().run()
    assert len(app.dataframe[0].value) == 6


@pytest.mark.usefixtures("female")
def test_speakers_says_what_the_model_hears(demo: Path) -> None:
    app = opened(SPEAKERS, reader=load_corpus(demo).utterances["speaker_id"].iloc[0])
    assert not app.exception
    assert "Heard as female" in html_of(app)


# Predict


@pytest.mark.usefixtures("female")
def test_one_recording_is_answered_with_label_confidence_and_lengths(demo: Path) -> None:
    app = opened(PREDICT)
    app.file_uploader(key="files").set_value([flacs(demo)[0]])
    app.run()
    assert not app.exception
    assert not app.error
    assert "Heard as female" in html_of(app)
    assert numbers(app)["Confidence"] == "95%"
    assert numbers(app)["Recording"].endswith(" s")
    assert app.get("audio")
    assert app.get("plotly_chart")


@pytest.mark.usefixtures("female")
def test_many_recordings_fill_a_table_and_the_refused_one_says_why(demo: Path) -> None:
    app = opened(PREDICT)
    app.file_uploader(key="files").set_value([*flacs(demo)[:3], UNDECODABLE])
    app.run()
    assert not app.exception
    table = app.dataframe[0].value
    assert table["heard as"].tolist() == ["female"] * 3 + ["refused"]
    assert "cannot be decoded" in table["reason"].iloc[3]
    assert np.isnan(table["confidence"].iloc[3])


@pytest.mark.usefixtures("female")
def test_the_table_can_be_narrowed_to_the_refused(demo: Path) -> None:
    app = opened(PREDICT)
    app.file_uploader(key="files").set_value([*flacs(demo)[:2], UNDECODABLE])
    app.run()
    app.button_group(key="files-labels").set_value(["refused"])
    app.run()
    assert app.dataframe[0].value["recording"].tolist() == ["letter_1.wav"]


@pytest.mark.usefixtures("female")
@pytest.mark.parametrize("data", [UNDECODABLE[1], b""])
def test_an_undecodable_file_is_refused_in_one_line(data: bytes) -> None:
    app = opened(PREDICT)
    app.file_uploader(key="files").set_value([(UNDECODABLE[0], data, UNDECODABLE[2])])
    app.run()
    assert not app.exception
    assert len(app.error) == 1
    assert "Refused" in app.error[0].value
    assert r"letter\_1.wav" in app.error[0].value
    assert "\n" not in app.error[0].value


@pytest.mark.usefixtures("female")
def test_a_recording_from_the_microphone_is_answered(demo: Path) -> None:
    y, sr = soundfile.read(io.BytesIO(flacs(demo)[0][1]))
    wav = io.BytesIO()
    soundfile.write(wav, y, sr, format="WAV")
    app = opened(PREDICT)
    app.audio_input(key="take").set_value(("take.wav", wav.getvalue(), "audio/wav"))
    app.run()
    assert not app.exception
    assert "Heard as female" in html_of(app)


@pytest.mark.usefixtures("female")
def test_silence_is_refused_and_not_called_male_or_female() -> None:
    wav = io.BytesIO()
    soundfile.write(wav, np.zeros(32_000), 16_000, format="WAV")
    app = opened(PREDICT)
    app.audio_input(key="take").set_value(("take.wav", wav.getvalue(), "audio/wav"))
    app.run()
    assert "silent" in app.error[0].value
    assert "Heard as" not in html_of(app)


def test_an_answer_between_the_thresholds_is_uncertain(full: Path, demo: Path) -> None:
    make_bundle(full / "models" / "default", 0.4)
    app = opened(PREDICT)
    app.file_uploader(key="files").set_value([flacs(demo)[0]])
    app.run()
    assert "Uncertain" in html_of(app)
    assert "too close to call: 60% female" in html_of(app)


def test_a_model_that_learnt_from_computed_voices_is_said_to(full: Path) -> None:
    make_bundle(full / "models" / "default", 3.0, synthetic=True)
    app = opened(PREDICT)
    assert app.selectbox(key="model").options == ["default · synthetic"]
    assert "computed voices" in app.warning[0].value


def test_a_model_that_is_damaged_is_told_in_one_line(female: Path) -> None:
    (female / "models" / "default" / "model.onnx").write_bytes(b"no network")
    st.cache_resource.clear()
    app = opened(PREDICT)
    app.file_uploader(key="files").set_value([flacs(female / "demo")[0]])
    app.run()
    assert not app.exception
    assert "is damaged" in app.error[0].value


def test_uploads_are_never_written_to_disk(female: Path, demo: Path) -> None:
    before = written(female)
    app = opened(PREDICT)
    app.file_uploader(key="files").set_value(flacs(demo)[:2])
    app.run()
    assert written(female) == before


def written(folder: Path) -> set[str]:
    """All files below a folder."""
    return {os.path.join(at, name) for at, _, names in os.walk(folder) for name in names}  # noqa: PTH118  # compared as text


@pytest.mark.usefixtures("female")
def test_one_session_does_not_see_the_answers_of_another(demo: Path) -> None:
    first, second = opened(PREDICT), opened(PREDICT)
    first.file_uploader(key="files").set_value([flacs(demo)[0]])
    first.run()
    second.run()
    assert first.session_state["answering"]
    assert "answering" not in second.session_state


@pytest.mark.skipif(
    not (places().default_model / "bundle.json").exists(), reason="models/default does not ship yet"
)
def test_the_model_that_ships_answers_a_recording(demo: Path) -> None:
    app = opened(PREDICT)
    app.file_uploader(key="files").set_value([flacs(demo)[0]])
    app.run()
    assert not app.exception
    shown = html_of(app) + said(app)
    assert any(word in shown for word in ("Heard as", "Uncertain", "Refused"))


# What the pages are made of


def test_the_outline_of_a_tone_reaches_its_amplitude_everywhere() -> None:
    y = 0.5 * np.sin(2 * np.pi * 440 * np.arange(80_000) / 16_000).astype(np.float32)
    shape = charts_voice.outline(np.split(y, 7_000 * np.arange(1, 12)))
    assert len(shape.times) <= charts_voice.BINS
    assert shape.seconds == pytest.approx(5.0, abs=shape.step)
    assert shape.high == pytest.approx(0.5, abs=0.01)
    assert shape.low == pytest.approx(-0.5, abs=0.01)


def test_the_timeline_leaves_gaps_where_there_is_no_speech() -> None:
    segments = [
        {"start": 1.0, "end": 2.0, "p_female": 0.9},
        {"start": 3.0, "end": 4.0, "p_female": 0.1},
    ]
    figure = charts_voice.timeline(segments, Calibration(lower=0.4, upper=0.6), 5.0)
    lines = {
        line["name"]: list(line["x"])
        for line in json.loads(figure.to_json())["data"][:]
        if "name" in line
    }
    assert lines["heard as female"][:2] == [1.0, 2.0]
    assert lines["heard as male"][:2] == [3.0, 4.0]
    assert lines["no speech"] == [0.0, 1.0, None, 2.0, 3.0, None, 4.0, 5.0, None]


def test_the_spectrogram_names_a_tone_by_its_frequency() -> None:
    y = 0.3 * np.sign(np.sin(2 * np.pi * 200 * np.arange(48_000) / 16_000)).astype(np.float32)
    power, f0 = charts_voice.spectrogram(y).data
    assert np.nanmedian(f0.y) == pytest.approx(200, abs=2)
    centres = mel_centres(512, 64)
    assert centres[np.asarray(power.z).mean(axis=1).argmax()] == pytest.approx(200, abs=40)
    assert np.diff(centres).min() > 0


def test_lengths_are_said_in_minutes_where_there_are_any() -> None:
    assert [verdict.length(s) for s in (2.74, 61, 3600)] == ["2.7 s", "1 min 01 s", "60 min 00 s"]


def test_the_text_of_others_is_shown_as_it_is() -> None:
    assert frame.plain("![a](b_c).wav") == r"\!\[a\]\(b\_c\).wav"


def test_confidence_is_never_shown_as_certainty() -> None:
    assert verdict.percent(0.99999) == "over 99%"
    assert verdict.percent(0.514) == "51%"


def test_what_browsers_cannot_play_is_turned_into_flac(demo: Path) -> None:
    voice = answering.Voice("voice.aiff", flacs(demo)[0][1])
    data, media_type = answering.playable(voice)
    assert (data[:4], media_type) == (b"fLaC", "audio/flac")
