"""Any file -> mono float32 at one rate."""

import wave
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from voicegender.audio import encode_wav, load_audio, read_excerpt, stream_audio
from voicegender.errors import AudioError

SR = 16_000


def tone(seconds: float = 1.0, sr: int = SR, hz: float = 440.0) -> NDArray[np.float32]:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * sr)) / sr)).astype(np.float32)


def peak_hz(y: NDArray[np.float32]) -> float:
    return float(np.abs(np.fft.rfft(y)).argmax() * SR / len(y))


@pytest.mark.parametrize("sr", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("n_channels", [1, 2, 6])
def test_a_tone_stays_where_it_is_at_any_rate_and_channel_count(
    tmp_path: Path, sr: int, n_channels: int
) -> None:
    path = tmp_path / "tone.wav"
    soundfile.write(path, np.tile(tone(sr=sr)[:, None], n_channels), sr)
    y = load_audio(path)
    assert y.dtype == np.float32
    assert len(y) == pytest.approx(SR, abs=2)
    assert peak_hz(y) == pytest.approx(440, abs=1.5)


@pytest.mark.parametrize(
    ("name", "kind", "subtype"),
    [
        ("a.wav", "WAV", "PCM_U8"),
        ("a.wav", "WAV", "PCM_24"),
        ("a.wav", "WAV", "DOUBLE"),
        ("a.flac", "FLAC", "PCM_16"),
        ("a.ogg", "OGG", "VORBIS"),
        ("a.opus", "OGG", "OPUS"),
        ("a.mp3", "MP3", "MPEG_LAYER_III"),
        ("a.aiff", "AIFF", "PCM_16"),
    ],
)
def test_formats_of_libsndfile_are_decoded(
    tmp_path: Path, name: str, kind: str, subtype: str
) -> None:
    soundfile.write(tmp_path / name, tone(sr=48_000), 48_000, format=kind, subtype=subtype)
    assert peak_hz(load_audio(tmp_path / name)) == pytest.approx(440, abs=2)


def write_with_ffmpeg(path: Path, codec: str, *, picture: bool = False, rate: int = 48_000) -> None:
    """A tone through an encoder of FFmpeg, with moving pictures beside it if asked."""
    with av.open(str(path), "w") as container:
        sound = container.add_stream(codec, rate=rate)
        assert isinstance(sound, av.AudioStream)
        sound.layout = "mono"
        if picture:
            video = container.add_stream("mpeg4", rate=5)
            video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
            for _ in range(5):
                image = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
                container.mux(video.encode(image))
            container.mux(video.encode())
        samples = tone(sr=rate)
        for start in range(0, len(samples), 960):
            block = samples[None, start : start + 960]
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), "fltp", "mono")
            frame.sample_rate, frame.pts = rate, start
            for converted in av.AudioResampler(sound.format.name, "mono", rate).resample(frame):
                container.mux(sound.encode(converted))
        container.mux(sound.encode())


@pytest.mark.parametrize(
    ("name", "codec", "picture"),
    [
        ("a.m4a", "aac", False),
        ("a.aac", "aac", False),
        ("a.webm", "libopus", False),
        ("a.mp4", "aac", True),
        ("a.mkv", "libopus", True),
    ],
)
def test_formats_of_ffmpeg_and_the_sound_of_a_video_are_decoded(
    tmp_path: Path, name: str, codec: str, *, picture: bool
) -> None:
    write_with_ffmpeg(tmp_path / name, codec, picture=picture)
    y = load_audio(tmp_path / name)
    assert len(y) == pytest.approx(SR, rel=0.06)
    assert peak_hz(y) == pytest.approx(440, abs=3)


def test_a_stream_that_changes_its_rate_keeps_its_tone(tmp_path: Path) -> None:
    for i, rate in enumerate((48_000, 24_000)):
        write_with_ffmpeg(tmp_path / f"{i}.aac", "aac", rate=rate)
    joined = tmp_path / "joined.aac"
    joined.write_bytes(b"".join((tmp_path / f"{i}.aac").read_bytes() for i in (0, 1)))
    y = load_audio(joined)
    assert len(y) == pytest.approx(2 * SR, rel=0.15)
    for half in (y[: SR // 2], y[-SR // 2 :]):
        assert peak_hz(half) == pytest.approx(440, abs=5)


def test_bytes_give_what_the_file_gives(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    soundfile.write(path, tone(), SR)
    np.testing.assert_array_equal(load_audio(path.read_bytes()), load_audio(path))


def test_blocks_joined_are_the_whole_signal(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(35.0, 44_100), 44_100)
    blocks = [*stream_audio(path)]
    assert len(blocks) > 3
    whole = np.concatenate(blocks)
    np.testing.assert_allclose(whole[SR : 34 * SR], tone(35.0)[SR : 34 * SR], atol=2e-3)


def test_an_excerpt_is_the_part_of_the_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 5 * SR)
    soundfile.write(path, noise, SR)
    excerpt = read_excerpt(path, 1.25, 2.0)
    np.testing.assert_array_equal(excerpt, load_audio(path)[20_000:52_000])


def test_an_excerpt_of_a_format_that_cannot_seek_is_the_part_of_the_whole(tmp_path: Path) -> None:
    write_with_ffmpeg(tmp_path / "a.m4a", "aac")
    excerpt = read_excerpt(tmp_path / "a.m4a", 0.25, 0.5)
    np.testing.assert_array_equal(excerpt, load_audio(tmp_path / "a.m4a")[4000:12_000])


def write_header_only(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SR)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda p: p.write_bytes(b""), "the file is empty"),
        (lambda p: p.write_bytes(b"nothing to hear " * 99), "cannot be decoded"),
        (write_header_only, "holds no sound"),
        (lambda p: soundfile.write(p, np.zeros(SR), SR), "is silent"),
        (lambda p: soundfile.write(p, np.full(SR, np.nan), SR, subtype="FLOAT"), "no sound"),
        (lambda p: soundfile.write(p, np.full(SR, np.inf), SR, subtype="FLOAT"), "no sound"),
        (lambda p: soundfile.write(p, np.full(SR, 1e30), SR, subtype="FLOAT"), "no sound"),
        (lambda p: p.mkdir(), "is a folder"),
        (lambda _: None, "no such file"),
    ],
)
def test_what_is_no_recording_is_refused_with_place_and_reason(
    tmp_path: Path, make: "object", reason: str
) -> None:
    path = tmp_path / "voice.wav"
    make(path)  # type: ignore[operator]  # one of the functions above
    with pytest.raises(AudioError, match=rf"voice\.wav: .*{reason}"):
        load_audio(path)


def test_a_recording_longer_than_the_limit_is_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(3.0), SR)
    with pytest.raises(AudioError, match=r"longer than .* h; cut it"):
        [*stream_audio(tmp_path / "a.wav", limit=2.0)]


def test_the_wav_for_the_browser_reads_back() -> None:
    np.testing.assert_allclose(load_audio(encode_wav(tone())), tone(), atol=1e-4)


def test_real_recordings_decode_to_what_their_headers_promise(librispeech: Path) -> None:
    paths = sorted(librispeech.glob("test-other/*/*/*.flac"))[:10]
    for path in paths:
        y = load_audio(path)
        assert len(y) == soundfile.info(path).frames
        assert 0.01 < np.abs(y).max() <= 1
