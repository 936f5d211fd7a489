"""Laws of the F0 track, and how far a threshold alone gets on real voices."""

import numpy as np
import pytest
import soundfile

from needs import librispeech_folder
from voicegender.audio import SAMPLE_RATE, Samples
from voicegender.config import from_json, to_json
from voicegender.errors import SettingError
from voicegender.pitch import F0Median, F0Threshold, F0Track


def tone(f0: float, *, seconds: float = 1.0, n_harmonics: int = 8) -> Samples:
    times = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    orders = np.arange(1, n_harmonics + 1)[:, None]
    waves = np.sin(2 * np.pi * f0 * orders * times + orders) / orders
    return np.asarray(0.2 * waves.sum(axis=0), np.float32)


@pytest.mark.parametrize("f0", [75.0, 110.0, 160.0, 220.0, 311.0, 390.0])
def test_every_frame_of_a_harmonic_tone_has_its_f0(f0: float) -> None:
    np.testing.assert_allclose(F0Track()(tone(f0)), f0, rtol=0.01)
    np.testing.assert_allclose(F0Median()(tone(f0)), [f0], rtol=0.005)


def test_a_missing_fundamental_is_heard_all_the_same() -> None:
    y = tone(200.0) - tone(200.0, n_harmonics=1)
    np.testing.assert_allclose(F0Median()(y), [200], rtol=0.01)


def test_the_level_does_not_matter() -> None:
    y = np.concatenate([tone(120.0), tone(240.0)])
    quiet = F0Track()(np.asarray(y / 1024, np.float32))
    assert quiet.tolist() == pytest.approx(F0Track()(y).tolist(), rel=1e-4, nan_ok=True)


def test_noise_and_silence_are_unvoiced() -> None:
    noise = np.random.default_rng(0).standard_normal(SAMPLE_RATE).astype(np.float32)
    assert np.isnan(F0Track()(noise)).mean() > 0.95
    for y in (np.zeros(SAMPLE_RATE), np.full(SAMPLE_RATE, 0.3), np.zeros(1), np.zeros(0)):
        assert np.isnan(F0Track()(y.astype(np.float32))).all()
        assert np.isnan(F0Median()(y.astype(np.float32))).all()


def test_times_are_where_the_pitch_changes() -> None:
    f0 = F0Track()(np.concatenate([tone(110.0), np.zeros(SAMPLE_RATE, np.float32), tone(220.0)]))
    times = F0Track().times(len(f0))
    assert np.nanmedian(f0[times < 0.95]) == pytest.approx(110, rel=0.01)
    assert np.isnan(f0[(times > 1.05) & (times < 1.95)]).all()
    assert np.nanmedian(f0[times > 2.05]) == pytest.approx(220, rel=0.01)
    assert times[-1] == pytest.approx(3, abs=0.05)


def test_a_long_signal_is_followed_as_a_short_one_is() -> None:
    # Beyond one batch of frames.
    f0 = F0Track()(tone(150.0, seconds=30))
    assert len(f0) == 1 + (30 * SAMPLE_RATE - 768) // 256
    np.testing.assert_allclose(f0, 150, rtol=0.01)


def test_the_threshold_is_even_at_its_frequency_and_rises() -> None:
    p_female = F0Threshold(hz=160)(np.array([np.nan, 0.0, 160.0, 100.0, 159.0, 161.0, 250.0]))
    np.testing.assert_array_equal(p_female[:3], 0.5)
    assert (np.diff(p_female[3:]) > 0).all()
    assert p_female[3] < 0.1
    assert p_female[-1] > 0.9


def test_an_octave_up_and_an_octave_down_are_opposite() -> None:
    down, up = F0Threshold(hz=160, steepness=3)(np.array([80.0, 320.0]))
    assert down + up == pytest.approx(1)
    assert up == pytest.approx(8 / 9)  # odds 2 ** 3


def test_settings_survive_json() -> None:
    setting = F0Median(F0Track(fmin=80.0))
    assert from_json(to_json(setting), [F0Median], place="test") == setting
    assert setting.n_features == 1


def test_settings_outside_their_range_are_refused() -> None:
    with pytest.raises(SettingError, match="F0 range: 500 to 400 Hz"):
        F0Track(fmin=500)
    with pytest.raises(SettingError, match="F0 range: 10 to 400 Hz"):
        F0Track(fmin=10)
    with pytest.raises(SettingError, match="hop_length 1: "):
        F0Track(hop_length=1)
    with pytest.raises(SettingError, match="F0 threshold: hz and steepness"):
        F0Threshold(hz=0)


def test_a_threshold_alone_is_right_for_nine_real_readers_in_ten() -> None:
    folder = librispeech_folder()
    lines = (folder / "SPEAKERS.TXT").read_text(encoding="utf-8").splitlines()
    rows = [line.split("|", 4) for line in lines if not line.startswith(";")]
    genders = {row[0].strip(): row[1].strip() for row in rows}
    right = []
    for file in sorted(folder.glob("train-clean-100/*/*/*.flac")):
        p_female = F0Threshold()(F0Median()(soundfile.read(file, dtype="float32")[0]))
        right.append((p_female[0] > 0.5) == (genders[file.parts[-3]] == "F"))
    assert len(right) > 200
    assert 0.9 < np.mean(right) < 0.96
