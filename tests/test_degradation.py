"""What is done to a voice before it is heard: each change is what its name says."""

import numpy as np
import pytest
from numpy.typing import NDArray

from voicegender.audio import SAMPLE_RATE, Samples
from voicegender.degradation import (
    CLEAN,
    CONDITIONS,
    Clipping,
    Codec,
    Degradation,
    Noise,
    Room,
    Telephone,
    coloured_noise,
)
from voicegender.demo_corpus import DemoCorpus
from voicegender.errors import SettingError

OCTAVES = [125.0 * 2**i for i in range(6)]
"""Lower edges, Hz."""


@pytest.fixture(scope="module")
def voice() -> Samples:
    """A computed voice, some seconds."""
    return DemoCorpus().voices()[0](np.random.default_rng(0))


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def power(y: Samples) -> float:
    return float(np.square(y, dtype=np.float64).mean())


def densities(y: Samples, edges: list[float] = OCTAVES) -> NDArray[np.float64]:
    """Mean power a hertz in octaves, dB."""
    spectrum = np.square(np.abs(np.fft.rfft(y.astype(np.float64))))
    hz = np.fft.rfftfreq(len(y), 1 / SAMPLE_RATE)
    bands = [spectrum[(hz >= low) & (hz < 2 * low)].mean() for low in edges]
    return np.asarray(10 * np.log10(bands))


@pytest.mark.parametrize("name", CONDITIONS)
@pytest.mark.parametrize("seconds", [0.5, 2.0])
def test_every_condition_leaves_the_length_and_finite_samples(
    voice: Samples, name: str, seconds: float
) -> None:
    y = voice[: round(seconds * SAMPLE_RATE) + 7]
    kept = y.copy()
    after = CONDITIONS[name](y, chance())
    assert after.shape == y.shape
    assert after.dtype == np.float32
    assert np.isfinite(after).all()
    assert power(after) > 0.1 * power(y)
    np.testing.assert_array_equal(y, kept)


@pytest.mark.parametrize("name", CONDITIONS)
def test_every_condition_leaves_silence_and_nothing_finite(name: str) -> None:
    for n in (SAMPLE_RATE, 10, 1):
        after = CONDITIONS[name](np.zeros(n, np.float32), chance())
        assert after.shape == (n,)
        assert np.isfinite(after).all()


@pytest.mark.parametrize("name", CONDITIONS)
def test_the_same_generator_gives_the_same_samples(voice: Samples, name: str) -> None:
    condition, y = CONDITIONS[name], voice[: 2 * SAMPLE_RATE]
    np.testing.assert_array_equal(condition(y, chance(3)), condition(y, chance(3)))


@pytest.mark.parametrize("condition", [Noise(), Room()], ids=lambda condition: condition.kind)
def test_another_seed_gives_other_noise_and_another_room(
    voice: Samples, condition: Degradation
) -> None:
    assert not np.array_equal(condition(voice, chance(0)), condition(voice, chance(1)))


def test_clean_changes_nothing(voice: Samples) -> None:
    np.testing.assert_array_equal(CLEAN(voice, chance()), voice)


@pytest.mark.parametrize("snr", [30.0, 10.0, 0.0, -5.0])
@pytest.mark.parametrize("colour", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("gain", [1.0, 0.01])
def test_noise_lies_as_far_below_the_recording_as_is_asked(
    voice: Samples, snr: float, colour: float, gain: float
) -> None:
    y = np.float32(gain) * voice
    noise = Noise(snr, colour)(y, chance()) - y
    assert 10 * np.log10(power(y) / power(noise)) == pytest.approx(snr, abs=0.5)


@pytest.mark.parametrize("colour", [0.0, 1.0, 2.0])
def test_the_power_of_noise_falls_by_three_decibels_an_octave_for_each_colour(
    colour: float,
) -> None:
    levels = densities(coloured_noise(20 * SAMPLE_RATE, chance(), colour=colour))
    slope = np.polyfit(np.arange(len(levels)), levels, 1)[0]
    assert slope == pytest.approx(-3.01 * colour, abs=0.3)
    np.testing.assert_allclose(np.diff(levels), -3.01 * colour, atol=1.0)


def test_a_telephone_removes_what_is_above_four_kilohertz_and_keeps_the_rest() -> None:
    y = coloured_noise(4 * SAMPLE_RATE, chance(), colour=0)
    loss = densities(Telephone()(y, chance()), [500, 1000, 4200]) - densities(y, [500, 1000, 4200])
    np.testing.assert_allclose(loss[:2], 0, atol=0.5)
    assert loss[2] < -40


@pytest.mark.parametrize("share", [0.01, 0.05, 0.2])
def test_clipping_cuts_off_the_share_that_is_asked_and_nothing_else(
    voice: Samples, share: float
) -> None:
    after = Clipping(share)(voice, chance())
    changed = after != voice
    assert changed.mean() == pytest.approx(share, abs=0.002)
    level = np.abs(after).max()
    np.testing.assert_array_equal(np.abs(after[changed]), level)
    assert np.abs(voice[~changed]).max() <= level


@pytest.mark.parametrize("seconds", [0.3, 0.9])
def test_a_room_prolongs_a_click_by_its_time(seconds: float) -> None:
    click = np.zeros(2 * SAMPLE_RATE, np.float32)
    click[100] = 1
    heard = Room(seconds, direct=0)(click, chance()).astype(np.float64)
    assert np.abs(heard[:100]).max() < 1e-6
    tail = heard[101:]
    # Schroeder's backward sum falls by 60 dB in the time asked; read off between -5 and -35 dB.
    decay = 10 * np.log10(np.cumsum(np.square(tail)[::-1])[::-1] / np.square(tail).sum() + 1e-20)
    first, last = (int(np.argmax(decay < level)) for level in (-5, -35))
    assert 2 * (last - first) / SAMPLE_RATE == pytest.approx(seconds, rel=0.1)


@pytest.mark.parametrize("direct", [-3.0, 0.0, 6.0])
def test_the_direct_sound_stands_as_far_above_the_rooms_answer_as_is_asked(direct: float) -> None:
    click = np.zeros(2 * SAMPLE_RATE, np.float32)
    click[0] = 1
    heard = Room(0.6, direct)(click, chance())
    tail = np.square(heard[1:], dtype=np.float64).sum()
    assert 10 * np.log10(float(heard[0]) ** 2 / tail) == pytest.approx(direct, abs=0.2)


@pytest.mark.parametrize(("name", "kbps"), [("mp3", 32), ("opus", 24)])
def test_a_codec_keeps_a_voice_and_its_time(voice: Samples, name: str, kbps: int) -> None:
    after = Codec(name, kbps)(voice, chance())
    n = 2 * len(voice)
    both = np.fft.rfft(after, n) * np.conj(np.fft.rfft(voice, n))
    correlation = np.fft.irfft(both, n) / np.sqrt(power(after) * power(voice)) / len(voice)
    assert correlation.max() > 0.8
    lag = int(correlation.argmax())
    lag = lag - n if lag > n // 2 else lag
    assert abs(lag) < 0.1 * SAMPLE_RATE
    assert not np.array_equal(after, voice)
    edges = [250.0, 500.0, 1000.0, 2000.0]
    np.testing.assert_allclose(densities(after, edges), densities(voice, edges), atol=3)


def test_fewer_bits_keep_less_of_a_voice(voice: Samples) -> None:
    fine, coarse = (power(Codec("mp3", kbps)(voice, chance()) - voice) for kbps in (64, 16))
    assert coarse > fine


def test_a_codec_that_is_not_known_is_refused() -> None:
    with pytest.raises(SettingError, match="codec 'flac': choose mp3 or opus"):
        Codec("flac")
