"""MfccMean, Mfcc, LogMel: settings that are callable."""

from pathlib import Path

import librosa
import numpy as np
import pytest
from numpy.typing import NDArray

from voicegender.audio import load_audio
from voicegender.errors import SettingError
from voicegender.excerpt import Excerpt
from voicegender.features import LogMel, Mfcc, MfccMean
from voicegender.mel import mel_filters

SR = 16_000


def noise(seconds: float = 2.0, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(0, 0.1, round(seconds * SR)).astype(np.float32)


def seed_recipe(y: NDArray[np.float32]) -> NDArray[np.float32]:
    """The numbers of the seed project."""
    return np.asarray(librosa.feature.mfcc(y=y, sr=SR, n_mfcc=128).mean(axis=1))


def test_mel_filters_are_librosas() -> None:
    ours = mel_filters(512, 64)
    np.testing.assert_allclose(ours, librosa.filters.mel(sr=SR, n_fft=512, n_mels=64).T, atol=1e-7)


def test_mean_mfcc_of_every_real_recording_is_the_seed_recipes(librispeech: Path) -> None:
    extract, excerpt = MfccMean(), Excerpt("random")
    paths = sorted(librispeech.glob("*/*/*/*.flac"))
    assert len(paths) == 291
    worst = 0.0
    for path in paths:
        y = load_audio(path)
        start, seconds = excerpt(len(y) / SR, path.stem) or (0.0, len(y) / SR)
        y = y[round(start * SR) : round((start + seconds) * SR)]
        worst = max(worst, float(np.abs(extract(y) - seed_recipe(y)).max()))
    assert worst < 1e-3


def test_log_mel_frames_are_librosas() -> None:
    y = noise()
    power = librosa.feature.melspectrogram(
        y=y, sr=SR, n_fft=512, win_length=400, hop_length=160, n_mels=64, center=False
    )
    np.testing.assert_allclose(LogMel()(y), np.log(power).T, atol=1e-3)


def test_the_mean_of_the_mfcc_is_the_mfcc_of_the_mean() -> None:
    extract = MfccMean(n_mfcc=20)
    np.testing.assert_allclose(extract(noise()), extract.frames(noise()).mean(axis=0), atol=1e-3)


@pytest.mark.parametrize("hz", [150.0, 400.0, 1500.0, 5000.0])
def test_a_tone_peaks_in_its_band(hz: float) -> None:
    y = np.sin(2 * np.pi * hz * np.arange(SR) / SR).astype(np.float32)
    band = int(LogMel()(y).mean(axis=0).argmax())
    centres = librosa.mel_frequencies(66, fmin=0, fmax=SR / 2)[1:-1]
    assert abs(band - int(np.abs(centres - hz).argmin())) <= 1


def test_ten_times_the_amplitude_adds_twenty_decibels() -> None:
    difference = LogMel()(10 * noise()) - LogMel()(noise())
    np.testing.assert_allclose(difference, np.log(100), atol=1e-3)


def test_a_later_start_gives_the_same_frames_later() -> None:
    y = noise()
    np.testing.assert_allclose(LogMel()(y[1600:]), LogMel()(y)[10:], atol=1e-4)


def test_mfcc_in_time_are_the_cosine_transform_of_log_mel() -> None:
    y = noise()
    reference = librosa.feature.mfcc(S=LogMel()(y).T, n_mfcc=13).T
    np.testing.assert_allclose(Mfcc(n_mfcc=13)(y), reference, atol=1e-3)


@pytest.mark.parametrize("extract", [MfccMean(), LogMel(), Mfcc()])
def test_a_signal_shorter_than_a_window_still_has_finite_features(
    extract: MfccMean | LogMel | Mfcc,
) -> None:
    values = np.atleast_2d(extract(noise(0.01)))
    assert values.shape == (1, extract.n_features)
    assert np.isfinite(values).all()


@pytest.mark.parametrize("policy", ["random", "first", "middle"])
def test_excerpts_lie_inside_and_have_their_length(policy: str) -> None:
    for duration in (3.01, 5.0, 30.0):
        start, seconds = Excerpt(policy)(duration, "a") or (-1.0, -1.0)
        assert seconds == 3.0
        assert 0 <= start <= duration - seconds


def test_a_recording_no_longer_than_the_excerpt_is_skipped_as_the_seed_does() -> None:
    assert Excerpt("random")(3.0, "a") is None
    assert Excerpt("whole")(1.0, "a") == (0.0, 1.0)


def test_a_random_excerpt_depends_on_seed_and_id_alone() -> None:
    draw = Excerpt("random")
    assert draw(20.0, "a") == draw(20.0, "a")
    assert draw(20.0, "a") != draw(20.0, "b")
    assert draw(20.0, "a") != Excerpt("random", seed=1)(20.0, "a")


@pytest.mark.parametrize("make", [lambda: Excerpt("last"), lambda: Excerpt(seconds=0)])
def test_an_excerpt_that_makes_no_sense_is_refused(make: "object") -> None:
    with pytest.raises(SettingError, match="excerpt"):
        make()  # type: ignore[operator]  # one of the functions above


def test_more_coefficients_than_bands_are_refused() -> None:
    with pytest.raises(SettingError, match=r"n_mfcc 200: must lie in 1\.\.128"):
        MfccMean(n_mfcc=200)
