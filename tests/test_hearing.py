"""Recordings heard whole and in excerpts: what is in the table, and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from numpy.typing import NDArray

from voicegender.audio import SAMPLE_RATE, load_audio
from voicegender.corpus import load_corpus
from voicegender.degradation import Noise, Telephone
from voicegender.errors import CorpusError
from voicegender.features import LogMel
from voicegender.hearing import EXCERPTS, FACTS, WHOLE, Heard, Hearing, of_length
from voicegender.speech import SpeechDetector, speech_in

CHEAP = LogMel(n_mels=8)
LENGTHS = [seconds for seconds in EXCERPTS if seconds < WHOLE]


def level(inputs: NDArray[np.float32], _speaker_id: str) -> NDArray[np.float64]:
    """Stands for a network: it answers with the loudness of each window."""
    return np.asarray(inputs.mean(axis=(1, 2)), np.float64)


@pytest.fixture(scope="module")
def utterances(demo_corpus: Path) -> pd.DataFrame:
    return load_corpus(demo_corpus).only(["test-clean"]).utterances


@pytest.fixture(scope="module")
def heard(utterances: pd.DataFrame, demo_corpus: Path) -> Heard:
    return Hearing(CHEAP)(utterances, demo_corpus, level)


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values(["utterance_id", "seconds", "start"]).reset_index(drop=True)


def test_a_table_has_every_recording_whole_and_in_excerpts_of_each_length(
    heard: Heard, utterances: pd.DataFrame
) -> None:
    assert list(heard.table) == [*FACTS, "seconds", "start", "end", "log_odds", "f0"]
    assert heard.refused.empty
    for _, rows in heard.table.groupby("utterance_id"):
        whole = of_length(rows, WHOLE)
        assert len(whole) == 1
        speech = whole["end"].iat[0]
        assert whole["start"].iat[0] == 0
        for seconds in LENGTHS:
            wanted = np.ceil(speech / seconds - 1e-9) if speech >= seconds else 0
            assert len(of_length(rows, seconds)) == wanted
    assert set(heard.table["utterance_id"]) == set(utterances["utterance_id"])
    assert heard.table["f0"].between(60, 400).all()


def test_excerpts_lie_in_the_speech_and_cover_it(heard: Heard) -> None:
    for _, rows in heard.table.groupby("utterance_id"):
        speech = of_length(rows, WHOLE)["end"].iat[0]
        for seconds in LENGTHS:
            pieces = of_length(rows, seconds)
            np.testing.assert_allclose(pieces["end"] - pieces["start"], seconds, atol=1e-4)
            assert pieces["start"].iat[0] == 0
            assert pieces["end"].iat[-1] == pytest.approx(speech)
            assert (np.diff(pieces["start"]) <= seconds + 1e-4).all()


def test_an_answer_is_the_mean_over_the_windows_of_its_stretch_of_speech(
    heard: Heard, utterances: pd.DataFrame, demo_corpus: Path
) -> None:
    row = utterances.iloc[1]
    y = speech_in(load_audio(demo_corpus / row["path"]), SpeechDetector())
    for piece in heard.table[heard.table["utterance_id"] == row["utterance_id"]].itertuples():
        a, b = (round(edge * SAMPLE_RATE) for edge in (piece.start, piece.end))
        assert piece.log_odds == pytest.approx(CHEAP.inputs(y[a:b]).mean(axis=(1, 2)).mean())


def test_the_judge_is_told_whose_voice_it_is(utterances: pd.DataFrame, demo_corpus: Path) -> None:
    def number(inputs: NDArray[np.float32], speaker_id: str) -> NDArray[np.float64]:
        return np.full(len(inputs), float(speaker_id))

    table = Hearing(CHEAP, seconds=(WHOLE,))(utterances, demo_corpus, number).table
    assert list(table["log_odds"]) == [float(name) for name in table["speaker_id"]]


def test_a_recording_shorter_than_each_excerpt_is_heard_whole(
    utterances: pd.DataFrame, demo_corpus: Path
) -> None:
    table = Hearing(CHEAP, seconds=(60.0,))(utterances, demo_corpus, level).table
    assert set(table["seconds"]) == {WHOLE}
    assert len(table) == len(utterances)


def test_what_cannot_be_heard_is_named_with_its_reason_and_the_rest_is_heard(
    utterances: pd.DataFrame, demo_corpus: Path, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.1, 3 * SAMPLE_RATE)
    soundfile.write(tmp_path / "noise.wav", noise, SAMPLE_RATE)
    soundfile.write(tmp_path / "silent.wav", 0 * noise, SAMPLE_RATE)
    (tmp_path / "broken.wav").write_bytes(b"nothing" * 100)
    good = str(demo_corpus / utterances["path"].iat[0])
    paths = ["noise.wav", "silent.wav", "broken.wav", good]
    rows = utterances.iloc[:4].assign(path=paths)
    told: list[tuple[int, int]] = []
    found = Hearing(CHEAP)(rows, tmp_path, level, progress=lambda *r: told.append(r))
    assert list(found.refused["utterance_id"]) == list(rows["utterance_id"][:3])
    assert list(found.refused["gender"]) == list(rows["gender"][:3])
    for reason, words in zip(
        found.refused["reason"],
        ["0.0 s of speech found", "is silent", "cannot be decoded"],
        strict=True,
    ):
        assert words in reason
    assert set(found.table["utterance_id"]) == {rows["utterance_id"].iat[3]}
    assert told == [(i, 4) for i in range(1, 5)]


def test_a_recording_that_has_gone_is_no_refused_speech(
    utterances: pd.DataFrame, demo_corpus: Path
) -> None:
    rows = utterances.assign(path=[*utterances["path"][:-1], "gone.flac"])
    with pytest.raises(CorpusError, match=r"gone\.flac: is not there any more"):
        Hearing(CHEAP)(rows, demo_corpus, level)


def test_the_order_of_recordings_is_no_matter_where_chance_is(
    utterances: pd.DataFrame, demo_corpus: Path
) -> None:
    hearing = Hearing(CHEAP, condition=Noise(10))
    there = hearing(utterances, demo_corpus, level).table
    back = hearing(utterances[::-1], demo_corpus, level).table
    assert not there.equals(back)
    pd.testing.assert_frame_equal(in_order(there), in_order(back))


def test_a_condition_changes_what_is_heard(
    heard: Heard, utterances: pd.DataFrame, demo_corpus: Path
) -> None:
    asked = [Hearing(CHEAP, condition=Telephone()), Hearing(CHEAP, condition=Noise(10))]
    asked.append(Hearing(CHEAP, condition=Noise(10, colour=0)))
    answers = [of_length(heard.table, WHOLE)["log_odds"].to_numpy()]
    for hearing in asked:
        table = hearing(utterances, demo_corpus, level).table
        answers.append(of_length(table, WHOLE)["log_odds"].to_numpy())
    for i, one in enumerate(answers):
        assert not any(np.allclose(one, other, atol=1e-6) for other in answers[:i])
