"""Too little speech, and tones that the speech detector takes for a voice, are refused."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from needs import CHECKOUT
from voicegender.audio import SAMPLE_RATE, load_audio
from voicegender.errors import AudioError
from voicegender.prediction import load_model
from voicegender.refusal import PUREST, check_speech, purity
from voicegender.speech import SpeechDetector, speech_in


def glide(low: float, high: float, per_second: float, *, seconds: float = 6) -> NDArray[np.float32]:
    """A sine whose pitch swings between two, as a theremin's does."""
    times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    hz = (low + high) / 2 + (high - low) / 2 * np.sin(2 * np.pi * per_second * times)
    return np.asarray(0.7 * np.sin(2 * np.pi * np.cumsum(hz) / SAMPLE_RATE), np.float32)


def test_a_tone_is_pure_and_noise_is_not() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, SAMPLE_RATE).astype(np.float32)
    assert np.median(purity(glide(440, 440, 0))) > 0.999
    assert np.median(purity(noise)) < 0.2


def test_purity_does_not_depend_on_the_level() -> None:
    y = glide(150, 300, 6)
    quiet = np.asarray(y / 100, np.float32)
    assert np.allclose(purity(y), purity(quiet), rtol=1e-3)


def test_hum_below_the_limit_does_not_make_a_voice_a_tone() -> None:
    times = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    noise = np.random.default_rng(0).normal(0, 0.01, SAMPLE_RATE)
    hum = (noise + 0.5 * np.sin(2 * np.pi * 50 * times)).astype(np.float32)
    check_speech(1, purity(hum), place="hum")


def test_nothing_is_no_tone() -> None:
    check_speech(1, purity(np.zeros(100, np.float32)), place="nothing")
    check_speech(1, purity(np.zeros(SAMPLE_RATE, np.float32)), place="nothing")


def test_less_than_half_a_second_is_too_little() -> None:
    check_speech(0.5, np.zeros(1, np.float32), place="word")
    with pytest.raises(AudioError, match=r"^word: 0\.4 s of speech found, 0\.5 s are needed; "):
        check_speech(0.4, np.zeros(1, np.float32), place="word")


@pytest.mark.parametrize(("low", "high"), [(150, 300), (200, 400)])
@pytest.mark.parametrize("per_second", [6, 7])
def test_glides_that_the_detector_takes_for_speech_are_refused(
    low: float, high: float, per_second: float
) -> None:
    y = glide(low, high, per_second)
    assert len(speech_in(y, SpeechDetector())) > SAMPLE_RATE  # else this shows nothing
    with pytest.raises(AudioError, match="holds a tone, no speech"):
        load_model(CHECKOUT / "models" / "default").predict_samples(y)


def test_no_voice_is_taken_for_a_tone(librispeech: Path) -> None:
    paths = sorted(librispeech.rglob("*.flac"))[::10]
    medians = [float(np.median(purity(speech_in(load_audio(p), SpeechDetector())))) for p in paths]
    assert max(medians) < PUREST - 0.05
