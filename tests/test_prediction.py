"""Bundle + signal -> verdict and timeline; what is refused; what is imported."""

import csv
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from needs import CHECKOUT
from sounds import SOUNDS, clip
from voicegender import answers
from voicegender.answering import answer
from voicegender.audio import load_audio
from voicegender.bundle import open_bundle
from voicegender.card import card as make_card
from voicegender.config import read_sealed
from voicegender.errors import AudioError, ModelError
from voicegender.listening import PIECE_SAMPLES, on_the_clock
from voicegender.prediction import Classifier, Prediction, load_model

SR = 16_000
DEFAULT = CHECKOUT / "models" / "default"


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    """The model that ships."""
    return load_model(DEFAULT)


@pytest.fixture(scope="module")
def voices(librispeech: Path) -> dict[str, Path]:
    """A recording of a woman and one of a man the model never heard."""
    speakers = {"F": "367", "M": "2414"}
    found = {g: sorted(librispeech.glob(f"test-other/{s}/*/*.flac")) for g, s in speakers.items()}
    return {gender: paths[1] for gender, paths in found.items()}


def test_voices_the_model_never_heard_are_heard_as_their_readers(
    classifier: Classifier, librispeech: Path
) -> None:
    genders = {}
    for line in (librispeech / "SPEAKERS.TXT").read_text().splitlines():
        fields = [field.strip() for field in line.split("|", 4)]
        genders[fields[0]] = fields[1] if len(fields) > 1 else ""
    paths = sorted(librispeech.glob("test-other/*/*/*.flac"))
    right = [
        classifier.predict(path).label == {"F": "female", "M": "male"}[genders[path.parts[-3]]]
        for path in paths
    ]
    assert len(right) == 40
    assert sum(right) >= 38


def test_an_answer_holds_together(classifier: Classifier, voices: dict[str, Path]) -> None:
    prediction = classifier.predict(voices["F"])
    assert prediction.confidence == max(prediction.p_female, 1 - prediction.p_female)
    assert prediction.duration == pytest.approx(soundfile.info(voices["F"]).duration, abs=1e-3)
    assert 0.5 < prediction.speech_duration <= prediction.duration
    total = sum(s.end - s.start for s in prediction.segments)
    assert total == pytest.approx(prediction.speech_duration, abs=0.02)
    edges = [edge for s in prediction.segments for edge in (s.start, s.end)]
    assert edges == sorted(edges)
    assert edges[-1] <= prediction.duration


@pytest.mark.parametrize("gain", [0.05, 0.3, 3.0])
def test_the_level_does_not_matter(
    classifier: Classifier, voices: dict[str, Path], gain: float
) -> None:
    y = load_audio(voices["M"])
    before = classifier.predict_samples(y).p_female
    assert classifier.predict_samples(gain * y).p_female == pytest.approx(before, abs=0.05)


def test_file_bytes_and_samples_give_one_answer(
    classifier: Classifier, voices: dict[str, Path]
) -> None:
    path = voices["F"]
    assert classifier.predict(path.read_bytes()) == classifier.predict(path)
    assert classifier.predict(str(path)) == classifier.predict(path)
    assert classifier.predict_samples(load_audio(path)) == classifier.predict(path)


def test_another_rate_and_more_channels_give_the_answer_of_the_original(
    classifier: Classifier, voices: dict[str, Path], tmp_path: Path
) -> None:
    import soxr

    y = load_audio(voices["M"])
    soundfile.write(tmp_path / "a.wav", np.stack([soxr.resample(y, SR, 44_100)] * 2, 1), 44_100)
    before = classifier.predict(voices["M"]).p_female
    assert classifier.predict(tmp_path / "a.wav").p_female == pytest.approx(before, abs=0.05)
    wide = soxr.resample(y, SR, 48_000)
    assert classifier.predict_samples(wide, sr=48_000).p_female == pytest.approx(before, abs=0.05)


def test_two_voices_in_one_recording_both_show_in_the_timeline(
    classifier: Classifier, voices: dict[str, Path]
) -> None:
    woman, man = (load_audio(voices[gender])[: 8 * SR] for gender in "FM")
    silence = np.zeros(2 * SR, np.float32)
    segments = classifier.predict_samples(np.concatenate([woman, silence, man])).segments
    first = [s.p_female for s in segments if s.end < len(woman) / SR - 2]
    last = [s.p_female for s in segments if s.start > len(woman) / SR + 4]
    assert np.mean(first) > 0.5 > np.mean(last)
    gap = (len(woman) / SR + 0.5, len(woman) / SR + 1.5)
    assert not [s for s in segments if s.start < gap[1] and s.end > gap[0]]


def share_right(classifier: Classifier, prediction: Prediction, a: float, label: str) -> float:
    """Share of the speech in the five seconds from ``a`` on whose segments have the label."""
    time, right = 0.0, 0.0
    for segment in prediction.segments:
        inside = max(0.0, min(segment.end, a + 5) - max(segment.start, a))
        time += inside
        right += inside * (classifier.bundle.calibration.label(segment.p_female) == label)
    return right / time


def test_a_change_of_voice_without_a_pause_shows_at_its_time(
    classifier: Classifier, librispeech: Path
) -> None:
    shares = []
    for men, women in (("2414", "367"), ("2609", "533")):
        man, woman = (
            [y[: 5 * SR] for y in map(load_audio, paths) if len(y) >= 5 * SR][:3]
            for paths in (
                sorted(librispeech.glob(f"test-other/{s}/*/*.flac")) for s in (men, women)
            )
        )
        for first, second in zip(man, woman, strict=True):
            prediction = classifier.predict_samples(np.concatenate([first, second]))
            shares.append(share_right(classifier, prediction, 0, "male"))
            shares.append(share_right(classifier, prediction, 5, "female"))
    assert len(shares) == 12
    assert np.mean(shares) >= 0.9
    assert min(shares) >= 0.75  # one cell holds both voices, unless they change at its edge


def test_a_long_recording_is_cut_into_pieces_without_a_seam(
    classifier: Classifier, voices: dict[str, Path]
) -> None:
    y = load_audio(voices["F"])
    long = np.tile(y, 1 + int(2.5 * PIECE_SAMPLES / len(y)))
    prediction = classifier.predict_samples(long)
    assert prediction.label == classifier.predict_samples(y).label
    assert prediction.duration == pytest.approx(len(long) / SR)
    total = sum(s.end - s.start for s in prediction.segments)
    assert total == pytest.approx(prediction.speech_duration, abs=0.1)


def noise(seconds: float) -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(0, 0.1, round(seconds * SR)).astype(np.float32)


@pytest.mark.parametrize(
    "y",
    [
        noise(5),
        np.sin(2 * np.pi * 150 * np.arange(5 * SR) / SR),
        np.full(5 * SR, 0.01),
        np.zeros(5 * SR),
        np.zeros(0),
        noise(0.2),
    ],
    ids=["noise", "tone", "constant", "silence", "nothing", "a blink"],
)
def test_what_is_no_speech_is_refused_with_its_reason(
    classifier: Classifier, y: NDArray[np.float64]
) -> None:
    with pytest.raises(AudioError, match=r"samples: 0\.\d s of speech found, 0\.5 s are needed"):
        classifier.predict_samples(y.astype(np.float32))


def test_there_are_a_hundred_sounds_that_are_no_speech() -> None:
    assert len(SOUNDS) == 100


@pytest.mark.parametrize("name", SOUNDS)
def test_a_sound_that_is_no_speech_is_refused(classifier: Classifier, name: str) -> None:
    with pytest.raises(AudioError, match=r"samples: 0\.\d s of speech found"):
        classifier.predict_samples(clip(name))


@pytest.mark.parametrize("y", [np.zeros((2, SR)), np.array([0.1, np.nan] * SR)])
def test_samples_that_are_no_mono_signal_are_refused(
    classifier: Classifier, y: NDArray[np.float64]
) -> None:
    with pytest.raises(AudioError, match="must be one-dimensional and finite"):
        classifier.predict_samples(y.astype(np.float32))


def test_one_bad_file_leaves_the_others_answered(
    classifier: Classifier, voices: dict[str, Path], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"no sound at all" * 100)
    given = [answer(classifier, path, path.name) for path in (bad, voices["F"])]
    assert given[0]["label"] is None
    assert "bad.wav: cannot be decoded" in given[0]["error"]
    assert given[1]["error"] is None
    assert list(given[0]) == list(given[1])
    assert json.loads(answers.as_json(given))[1]["label"] == given[1]["label"]


def test_a_table_of_answers_is_inert_in_a_spreadsheet() -> None:
    hostile = {"path": "=cmd()", "label": None, "error": "+1", "segments": None}
    rows = answers.as_csv([hostile]).splitlines()
    assert rows[0].startswith("path,label,p_female")
    assert rows[1].startswith("'=cmd()")
    assert rows[1].endswith("'+1")


@pytest.mark.parametrize("name", ["=1", " =1", "+1", "-1", "@a", "\uff1d1", "\t=1"])
def test_a_name_that_a_spreadsheet_would_compute_is_marked_as_text(name: str) -> None:
    answer = {"path": name, "label": None, "error": "x", "segments": None}
    (row,) = csv.DictReader(io.StringIO(answers.as_csv([answer])))
    assert row["path"] == f"'{name}"


def test_speech_is_put_back_between_its_gaps() -> None:
    segments = [*on_the_clock([(1.0, 0.2), (3.0, 0.8)], [(5.0, 6.5), (10.0, 11.5)])]
    assert [(s.start, s.end, s.p_female) for s in segments] == [
        (5.0, 6.0, 0.2),
        (6.0, 6.5, 0.8),
        (10.0, 11.5, 0.8),
    ]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda f: (f / "bundle.json").unlink(), "no model here"),
        (lambda f: (f / "bundle.json").write_text("{"), r"bundle\.json: is damaged"),
        (lambda f: digit_changed(f / "bundle.json"), r"bundle\.json: is damaged"),
        (lambda f: (f / "model.onnx").unlink(), r"model\.onnx is missing"),
        (lambda f: (f / "model.onnx").write_bytes(b"nothing"), "is damaged: not the file"),
        (lambda f: change(f, "format_version", 99), "format 99 is not known; update"),
        (lambda f: change(f, "labels", ["a", "b"]), "its labels are"),
        (lambda f: change(f, "extractor", {"kind": "wavelets"}), "unknown kind 'wavelets'"),
        (lambda f: change(f, "calibration", {"scale": "high"}), "unknown kind"),
        (lambda f: change(f, "calibration", 5), "unknown kind 5"),
        (lambda f: change(f, "extractor", {}), "unknown kind None"),
        (lambda f: change(f, "extractor", None), "unknown kind None"),
        (
            lambda f: change(f, "extractor", {"kind": "log-mel", "n_mels": 41}),
            r"reads \d+ features, not 41",
        ),
    ],
)
def test_a_bundle_that_is_not_whole_is_refused_with_its_reason(
    tmp_path: Path, spoil: "object", reason: str
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(DEFAULT, folder)
    spoil(folder)  # type: ignore[operator]  # one of the functions above
    with pytest.raises(ModelError, match=reason):
        load_model(folder)


def change(folder: Path, key: str, value: object) -> None:
    facts = read_sealed(folder / "bundle.json") or {}
    (folder / "bundle.json").write_text(json.dumps(facts | {key: value}))


def digit_changed(facts: Path) -> None:
    """Turn the sign of the calibration's scale, and all answers with it."""
    said = facts.read_text()
    assert '"scale": ' in said
    facts.write_text(said.replace('"scale": ', '"scale": -'))


def test_answering_imports_neither_tensorflow_nor_librosa(voices: dict[str, Path]) -> None:
    code = f"""
import sys
import voicegender
print(voicegender.load_model({str(DEFAULT)!r}).predict({str(voices["F"])!r}).label)
heavy = {{"tensorflow", "keras", "librosa", "streamlit", "pandas", "sklearn"}} & set(sys.modules)
assert not heavy, heavy
"""
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert said.stdout.strip() == "female"


def test_a_card_is_read_without_a_network_library() -> None:
    code = f"""
import sys
from voicegender.bundle import open_bundle
assert open_bundle({str(DEFAULT)!r}).facts["labels"] == ["male", "female"]
assert not {{"onnxruntime", "keras"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_model_that_ships_has_its_card_and_says_what_it_learnt_from() -> None:
    bundle = open_bundle(DEFAULT)
    card = " ".join((DEFAULT / "README.md").read_text().split())
    assert bundle.facts["provenance"]["synthetic"] is False
    assert "CC BY 4.0" in card
    assert "voicegender train" in card
    assert "no statement about a person's gender identity" in card
    assert sum(path.stat().st_size for path in DEFAULT.iterdir()) < 12e6
    assert (DEFAULT / "README.md").read_text() == make_card(bundle, "default")
