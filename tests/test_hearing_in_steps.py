"""A long recording heard in steps; two voices in one."""

from pathlib import Path

import numpy as np
import pytest

from needs import CHECKOUT
from voicegender.answering import answer_in_steps
from voicegender.audio import load_audio
from voicegender.header import header_seconds
from voicegender.listening import Segment
from voicegender.prediction import Classifier, finished, load_model
from voicegender.second_voice import heard_otherwise

EXAMPLES = CHECKOUT / "voicegender" / "example_voices"
WOMAN, MAN = EXAMPLES / "woman-slt-arctic_a0009.flac", EXAMPLES / "man-awb-arctic_a0007.flac"


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    """The model that ships."""
    return load_model(CHECKOUT / "models" / "default")


def test_steps_tell_how_much_was_heard_and_end_in_the_same_answer(
    classifier: Classifier, tmp_path: Path
) -> None:
    import soundfile

    y = np.concatenate([np.tile(load_audio(WOMAN), 20), np.zeros(16_000 * 90, np.float32)])
    path = tmp_path / "long.wav"
    soundfile.write(path, y, 16_000)
    heard: list[float] = []
    steps = answer_in_steps(classifier, path, "long.wav")
    given = finished(steps, heard.append)
    assert heard == sorted(heard)
    assert len(heard) == len(y) // (60 * 16_000) + 1
    assert max(np.diff([0.0, *heard])) <= 60
    assert heard[-1] == pytest.approx(given["duration"])
    assert header_seconds(path) == pytest.approx(given["duration"])
    assert given["p_female"] == classifier.predict(path).p_female


def test_a_man_after_a_woman_is_told_and_one_voice_is_not(classifier: Classifier) -> None:
    woman, man = load_audio(WOMAN), load_audio(MAN)
    both = classifier.predict_samples(np.concatenate([woman, man]))
    assert both.otherwise
    assert both.otherwise.label == ("male" if both.p_female >= 0.5 else "female")
    assert both.otherwise.seconds == pytest.approx(min(len(woman), len(man)) / 16_000, abs=1)
    assert both.otherwise.of_seconds == pytest.approx(both.speech_duration, abs=0.01)
    assert classifier.predict(WOMAN).otherwise is None
    assert classifier.predict(MAN).otherwise is None


def test_readers_are_not_said_to_be_two(classifier: Classifier, librispeech: Path) -> None:
    paths = sorted(librispeech.glob("test-other/*/*/*.flac"))
    assert len(paths) == 40
    assert [path.name for path in paths if classifier.predict(path).otherwise] == []


@pytest.mark.parametrize(("seconds", "p_other"), [(1.0, 0.05), (2.0, 0.2), (0.0, 0.5)])
def test_a_short_or_undecided_part_is_no_second_voice(seconds: float, p_other: float) -> None:
    notable = [Segment(0, 10, 0.97), Segment(10, 12, 0.05)]
    assert heard_otherwise(notable, 0.9)
    other = Segment(10, 10 + seconds, p_other)
    assert heard_otherwise([notable[0], other], 0.9) is None


def test_a_voice_that_is_hard_to_tell_is_not_called_two() -> None:
    segments = [Segment(0, 6, 0.6), Segment(6, 8, 0.95), Segment(8, 10, 0.05)]
    assert heard_otherwise(segments, 0.55) is None
