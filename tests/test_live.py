"""Laws of listening as sound arrives; doors of the microphone."""

import math
import time
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from needs import CHECKOUT
from voicegender import live, load_model
from voicegender.audio import SAMPLE_RATE, Samples, load_audio
from voicegender.errors import SettingError
from voicegender.live import Listener, Moment
from voicegender.prediction import Classifier
from voicegender.ui.live.live import REFUSALS as WORDS
from voicegender.ui.live.live_session import QUIET_SECONDS, REFUSALS, SLOW_SECONDS, Session
from voicegender.ui.live.microphone import ICE, Connection, Resampler, ice_servers

VOICES = CHECKOUT / "voicegender" / "example_voices"
HALF = SAMPLE_RATE // 2
OFF, SIGNALLING, UP = Connection(False, False), Connection(False, True), Connection(True, False)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    """The model that ships."""
    return load_model(CHECKOUT / "models" / "default")


def voice(name: str) -> Samples:
    """An example voice."""
    (path,) = VOICES.glob(f"{name}-*.flac")
    return load_audio(Path(path))


def heard(y: Samples, classifier: Classifier, *, block: int = HALF) -> Listener:
    """What arrives in blocks, listened to twice a second."""
    listener = Listener()
    for start in range(0, len(y), HALF):
        for at in range(start, min(start + HALF, len(y)), block):
            listener.take_in(y[at : min(at + block, start + HALF)])
        listener.hear(classifier)
    return listener


def labels(moments: list[Moment]) -> list[str]:
    """Labels in order, each change once."""
    every = [m.label for m in moments if m.label]
    return [label for label, before in zip(every, ["", *every], strict=False) if label != before]


def test_the_verdict_follows_the_voice(classifier: Classifier) -> None:
    quiet = np.zeros(2 * SAMPLE_RATE, np.float32)
    listener = heard(np.concatenate([voice("man"), quiet, voice("woman"), quiet]), classifier)
    assert labels([*listener.moments]) == ["male", "female"]
    assert listener.moments[-1].label == ""
    assert 90 < np.nanmedian([m.f0 for m in listener.moments if m.label == "male"]) < 160
    assert 160 < np.nanmedian([m.f0 for m in listener.moments if m.label == "female"]) < 260


def test_how_sound_is_cut_into_blocks_makes_no_difference(classifier: Classifier) -> None:
    y = voice("woman")
    once, often = (heard(y, classifier, block=block) for block in (HALF, 320))
    assert [(m.end, m.label) for m in once.moments] == [(m.end, m.label) for m in often.moments]
    said, again = ([m.p_female or 0.0 for m in each.moments] for each in (once, often))
    assert np.allclose(said, again, atol=1e-4)


def test_moments_follow_each_other_and_only_the_last_minute_stays(classifier: Classifier) -> None:
    listener = heard(np.zeros(70 * SAMPLE_RATE, np.float32), classifier)
    moments = [*listener.moments]
    assert all(a.end == b.start for a, b in pairwise(moments))
    assert moments[-1].end == 70.0
    assert live.MINUTE <= moments[-1].end - moments[0].start <= live.MINUTE + 1
    assert sum(listener.heard.values()) == 70.0


@pytest.mark.parametrize("hz", [0, 220])
def test_silence_and_tones_are_no_speech(classifier: Classifier, hz: float) -> None:
    time_axis = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
    listener = heard(np.sin(2 * np.pi * hz * time_axis).astype(np.float32), classifier)
    assert set(listener.heard) == {""}
    level = listener.moments[-1].level
    assert level == (pytest.approx(-3.01, abs=0.01) if hz else live.QUIETEST_DB)


def test_nothing_arrives_nothing_is_heard(classifier: Classifier) -> None:
    listener = Listener()
    assert listener.hear(classifier) is None
    assert listener.arrived_at is None
    assert len(listener.take()) == 0


def test_the_take_is_what_arrived_and_of_a_long_one_the_end(
    classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    y = voice("man")
    listener = heard(y, classifier)
    listener.take_in(y[:100])  # not listened to yet, and part of the take all the same
    assert np.array_equal(listener.take(), np.concatenate([y, y[:100]]))
    monkeypatch.setattr(live, "KEPT_SECONDS", 2.0)
    kept = heard(y, classifier).take()
    assert 2 * SAMPLE_RATE <= len(kept) <= 3 * SAMPLE_RATE
    assert np.array_equal(kept, y[-len(kept) :])


def frames(y: Samples, sr: int) -> list[av.AudioFrame]:
    """Stereo frames of 20 ms, as a browser's connection brings them."""
    pcm = np.repeat(np.rint(32767 * y).astype(np.int16), 2)[None]
    found = []
    for at in range(0, len(y), sr // 50):
        frame = av.AudioFrame.from_ndarray(
            pcm[:, 2 * at : 2 * (at + sr // 50)], format="s16", layout="stereo"
        )
        frame.sample_rate, frame.pts = sr, at
        found.append(frame)
    return found


@pytest.mark.parametrize("sr", [48_000, 44_100])
def test_frames_become_mono_at_the_rate_of_the_model_without_a_seam(sr: int) -> None:
    tone = (0.5 * np.sin(2 * np.pi * 440 * np.arange(2 * sr) / sr)).astype(np.float32)
    resample = Resampler()
    y = np.concatenate([resample(frame) for frame in frames(tone, sr)])
    assert abs(len(y) - 2 * SAMPLE_RATE) < 0.01 * SAMPLE_RATE
    spectrum = np.abs(np.fft.rfft(y[1000:17000] * np.hanning(16_000)))
    assert spectrum.argmax() == 440
    assert np.delete(spectrum, range(430, 451)).max() < 1e-3 * spectrum.max()
    assert np.sqrt(np.mean(y[1000:] ** 2)) == pytest.approx(0.5 / math.sqrt(2), rel=0.01)


def test_no_server_is_asked_unless_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ICE, raising=False)
    assert ice_servers() == []
    monkeypatch.setenv(ICE, '[{"urls": "turn:turn.example.org", "username": "me"}]')
    assert ice_servers() == [{"urls": "turn:turn.example.org", "username": "me"}]


@pytest.mark.parametrize("text", ["stun:stun.example.org", '{"urls": "a"}', '["a"]', "[{}]", ""])
def test_servers_in_another_form_are_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ICE, text)
    with pytest.raises(SettingError, match=ICE):
        ice_servers()


def test_the_state_is_read_off_what_the_browser_said_and_what_arrives() -> None:
    one = Session()
    assert one.state("", OFF) == "stopped"
    one.start()
    assert one.state("", OFF) == "asking"
    assert one.state("asking", OFF) == "asking"
    assert one.state("granted", SIGNALLING) == "connecting"
    assert one.state("granted", UP) == "connecting"
    one.since -= SLOW_SECONDS
    assert one.state("granted", SIGNALLING) == "stuck"
    assert one.state("granted", UP) == "mute"
    one.receive(frames(np.zeros(960, np.float32), 48_000)[0])
    assert one.state("granted", UP) == "listening"
    one.listener.arrived_at = time.monotonic() - QUIET_SECONDS
    assert one.state("granted", UP) == "mute"
    one.stop()
    assert one.state("granted", UP) == "stopped"


def test_a_refusal_stops_and_stays_until_the_next_start() -> None:
    one = Session()
    one.start()
    one.notice("denied")
    assert one.state("denied", OFF) == "refused"
    assert not one.wanted
    one.notice("")
    assert one.state("", OFF) == "refused"
    one.start()
    assert one.state("", OFF) == "asking"


def test_a_page_that_was_left_has_stopped() -> None:
    one = Session()
    one.start()
    one.notice("")  # the browser has not answered yet
    assert one.wanted
    one.notice("granted")
    one.notice("")
    assert not one.wanted
    one.start()
    one.notice("")
    assert one.wanted


def test_sound_that_comes_after_the_stop_is_not_taken_in() -> None:
    one = Session()
    one.start()
    one.stop()
    one.receive(frames(np.zeros(960, np.float32), 48_000)[0])
    assert one.listener.arrived_at is None


def test_every_reason_the_browser_gives_has_words() -> None:
    assert set(WORDS) == REFUSALS
