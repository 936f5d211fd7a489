"""Readers, the map of voices and the store as a browser is told to draw them."""

import shutil
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pages import FEATURES, SPEAKERS, charts, drawn, numbers, opened, said
from voicegender.corpus import load_corpus
from voicegender.features import MfccMean
from voicegender.process import PROCESS
from voicegender.recordings import Corpus
from voicegender.runs import Run
from voicegender.store import FeatureSet, feature_sets, open_feature_set
from voicegender.ui.corpus import disputes, voice_map
from voicegender.ui.corpus.disputes import disputes_of

PATIENCE = 90.0


@pytest.fixture
def full(
    finished_run: Run, full_data: Path, demo_corpus: Path, data: Path, monkeypatch: Any
) -> Path:
    """A data folder of one's own, with a corpus, features and a run."""
    assert finished_run.state == "done"
    shutil.copytree(full_data, data)
    for path in data.rglob(PROCESS):  # what they name is this process, which goes on
        path.unlink()
    monkeypatch.setenv("VOICEGENDER_LIBRISPEECH", str(demo_corpus))
    return data


# Readers


@pytest.mark.usefixtures("full")
def test_a_readers_page_says_of_each_recording_its_pitch_and_what_is_heard(
    demo_corpus: Path,
) -> None:
    utterances = load_corpus(demo_corpus).utterances
    reader = str(utterances["speaker_id"].iloc[0])
    own = utterances[utterances["speaker_id"] == reader]
    app = opened(SPEAKERS, reader=reader, recording=str(own["utterance_id"].iloc[1]))
    table = app.dataframe[0].value
    assert table["recording"].tolist() == own["utterance_id"].tolist()
    assert table["duration"].tolist() == own["duration"].tolist()
    assert table["f0"].between(60, 400).all()
    assert set(table["heard as"]) <= {"female", "male", "uncertain", "refused"}
    assert "" not in set(table["heard as"])
    assert f"**{own['utterance_id'].iloc[1]}**" in said(app)
    assert app.get("audio")


@pytest.mark.usefixtures("full")
def test_recordings_beyond_the_first_are_answered_when_asked_for(
    demo_corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicegender.ui.corpus.reader_page.N_FIRST", 1)
    reader = str(load_corpus(demo_corpus).utterances["speaker_id"].iloc[-1])
    app = opened(SPEAKERS, reader=reader)
    assert (app.dataframe[0].value["heard as"] != "").tolist() == [True, False, False]
    app.button(key=f"all-{reader}").click()
    assert (drawn(app).dataframe[0].value["heard as"] != "").all()


@pytest.mark.usefixtures("full")
def test_the_way_back_from_a_reader_keeps_the_filters(demo_corpus: Path) -> None:
    app = opened(SPEAKERS)
    app.button_group(key="gender").set_value(["F"])
    drawn(app)
    women = app.dataframe[0].value["speaker_id"].tolist()
    app.query_params["reader"] = str(women[0])
    drawn(app)
    app.button(key="all-readers").click()
    assert drawn(app).dataframe[0].value["speaker_id"].tolist() == women
    assert len(women) < len(load_corpus(demo_corpus).speakers)


def corpus_of(subset: str, gender: str, *, synthetic: bool = False) -> Corpus:
    """One recording of reader 118, whose label the model that ships disputes."""
    recording = {"utterance_id": ["118-1-0001"], "speaker_id": ["118"], "subset": [subset]}
    reader = {"speaker_id": ["118"], "gender": [gender]}
    return Corpus(
        Path("elsewhere"), pd.DataFrame(recording), pd.DataFrame(reader), synthetic=synthetic
    )


def test_disputed_is_said_only_of_the_label_and_the_corpus_that_were_asked() -> None:
    asked = disputes_of(corpus_of("train-clean-100", "M"))
    assert asked
    assert "hear the voice as female" in asked.told["118"]
    assert asked.scope == "251 readers of train-clean-100"
    other_label = disputes_of(corpus_of("train-clean-100", "F"))
    assert other_label
    assert not other_label.told
    assert disputes_of(corpus_of("train-clean-100", "M", synthetic=True)) is None
    assert disputes_of(corpus_of("somebody else's", "M")) is None


@pytest.mark.usefixtures("full")
def test_disputed_readers_are_marked_in_the_table_and_found_by_the_filter(
    demo_corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = str(load_corpus(demo_corpus).speakers["speaker_id"].iloc[2])
    known = disputes.Disputes(14, told={reader: "Heard otherwise."})
    monkeypatch.setattr(disputes, "disputes_of", lambda _: known)
    app = opened(SPEAKERS)
    marked = app.dataframe[0].value.set_index("speaker_id")["disputed"]
    assert marked[marked != ""].index.astype(str).tolist() == [reader]
    app.toggle(key="disputed").set_value(True)
    assert drawn(app).dataframe[0].value["speaker_id"].astype(str).tolist() == [reader]
    assert "Heard otherwise." in said(opened(SPEAKERS, reader=reader))


@pytest.mark.usefixtures("full")
def test_minutes_are_charted_by_subset_and_gender(demo_corpus: Path) -> None:
    app = opened(SPEAKERS, view="Charts")
    speakers = load_corpus(demo_corpus).speakers
    for gender, bar in zip("FM", charts(app)[1]["data"], strict=True):
        minutes = speakers[speakers["gender"] == gender].groupby("subset")["minutes"].sum()
        drawn_minutes = dict(zip(bar["y"], numbers(bar["x"]), strict=True))
        assert drawn_minutes == pytest.approx(minutes.to_dict(), abs=0.06)


@pytest.mark.usefixtures("full")
def test_the_address_orders_the_readers(demo_corpus: Path) -> None:
    speakers = load_corpus(demo_corpus).speakers
    rows = opened(SPEAKERS, order="most minutes").dataframe[0].value
    assert rows["minutes"].tolist() == sorted(speakers["minutes"], reverse=True)
    rows = opened(SPEAKERS, order="name").dataframe[0].value
    assert rows["name"].tolist() == sorted(speakers["name"])


# The map


@pytest.mark.usefixtures("full")
def test_every_recording_with_features_has_a_point_of_its_label() -> None:
    app = opened(FEATURES, view="Map of voices")
    traces = {trace["name"]: trace for trace in charts(app)[0]["data"]}
    (made,) = [one for one in feature_sets(features_folder()) if one.config["n_features"] == 128]
    labels = made.load().utterances["gender"].value_counts()
    for gender, name in (("F", "labelled female"), ("M", "labelled male")):
        assert len(traces[name]["customdata"]) == labels[gender]
    assert len({trace["marker"]["symbol"] for trace in traces.values()}) == 2
    axis = charts(app)[0]["layout"]["xaxis"]["title"]["text"]
    assert axis.startswith("component 1 (")


def features_folder() -> Path:
    """The store in use."""
    from voicegender.places import places

    return places().features


def test_a_large_map_is_thinned_but_never_of_those_disputed() -> None:
    n = 3 * voice_map.N_DRAWN
    points = pd.DataFrame({"speaker_id": [str(i % 300) for i in range(n)], "x": 0.0, "y": 0.0})
    shown = voice_map.drawn(points, {"7": "disputed"})
    assert len(shown) == voice_map.N_DRAWN
    assert (shown["speaker_id"] == "7").sum() == (points["speaker_id"] == "7").sum()
    assert shown.equals(voice_map.drawn(points, {"7": "disputed"}))


def test_what_is_missing_is_made_by_one_button_and_then_seen(
    data: Path, demo_corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEGENDER_LIBRISPEECH", str(demo_corpus))
    assert "A map needs numbers" in said(opened(FEATURES, view="Map of voices"))
    app = opened(FEATURES)
    names = [trace["name"] for trace in charts(app)[-1]["data"]]
    assert names == ["this recording"]
    app.button(key="offer-mfcc-mean").click()
    drawn(app)
    deadline = time.monotonic() + PATIENCE
    while not any(one.is_complete for one in feature_sets(data / "features")):
        assert time.monotonic() < deadline, said(drawn(app))
        time.sleep(0.1)
    names = [trace["name"] for trace in charts(opened(FEATURES))[-1]["data"]]
    assert names == ["this recording", "mean of women", "mean of men"]


# The store


def test_only_what_was_ticked_and_confirmed_is_deleted(full: Path, demo_corpus: Path) -> None:
    spare = open_feature_set(
        full / "features", MfccMean(n_mfcc=20), load_corpus(demo_corpus)
    ).folder
    name = f"{spare.parent.name}/{spare.name}"
    kept = [one.folder for one in feature_sets(full / "features") if one.folder != spare]
    app = opened(FEATURES, view="Stored features")
    assert f"Folder {name}" in said(app)
    assert {one.key for one in app.checkbox} == {f"clean-{name}"}
    app.checkbox(key=f"clean-{name}").check()
    drawn(app)
    assert app.button(key="clean").disabled
    assert spare.is_dir()
    next(one for one in app.checkbox if "for good" in one.label).check()
    drawn(app)
    app.button(key="clean").click()
    assert "free again" in said(drawn(app))
    assert not spare.exists()
    assert all(FeatureSet(folder).is_complete for folder in kept)
