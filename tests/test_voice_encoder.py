"""The voice encoder: laws of its embeddings, the file that ships, and whether it knows voices."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from voicegender.audio import SAMPLE_RATE, Samples, load_audio
from voicegender.demo_corpus import DemoCorpus
from voicegender.errors import SettingError
from voicegender.inference import MAX_BATCH
from voicegender.speech import SpeechDetector, speech_in
from voicegender.voice_encoder import FILE, VoiceEmbedding
from voicegender.windows import Windows

SHA256 = "99381af4cd978b1fda3a6d7b562bc6dcb86b734958a18fd679bc84b403b46cc3"
EMBEDDING = slice(256, 512)
"""Of a frame; before it stands the encoder's last state."""


@pytest.fixture(scope="module")
def voice() -> Samples:
    """A computed voice, some seconds."""
    return DemoCorpus().voices()[0](np.random.default_rng(0))


def test_the_file_that_ships_is_the_one_that_was_converted_and_its_licence_lies_beside_it() -> None:
    assert hashlib.sha256(FILE.read_bytes()).hexdigest() == SHA256
    assert "Apache License" in FILE.with_suffix(".LICENSE").read_text()


@pytest.mark.parametrize("gain", [0.1, 10.0])
def test_an_embedding_does_not_hear_the_gain(voice: Samples, gain: float) -> None:
    embed = VoiceEmbedding()
    np.testing.assert_allclose(embed(np.float32(gain) * voice), embed(voice), atol=1e-3)


def test_an_embedding_depends_on_its_own_window_alone(voice: Samples) -> None:
    embed, half = VoiceEmbedding(), SAMPLE_RATE
    both = embed(voice[: 2 * half])
    alone = np.concatenate([embed(voice[:half]), embed(voice[half : 2 * half])])
    np.testing.assert_allclose(both, alone, atol=1e-4)
    turned = embed(np.concatenate([voice[half : 2 * half], voice[:half]]))
    np.testing.assert_allclose(both, turned[::-1], atol=1e-4)


def test_the_place_in_a_batch_does_not_change_an_embedding(voice: Samples) -> None:
    long = np.tile(voice[: 4 * SAMPLE_RATE], 1 + MAX_BATCH // 4)
    values = VoiceEmbedding()(long)
    assert len(values) > MAX_BATCH
    np.testing.assert_allclose(values, np.tile(values[:4], (len(values) // 4, 1)), atol=1e-4)


def test_a_frame_is_a_state_and_an_embedding_of_length_one(voice: Samples) -> None:
    embed = VoiceEmbedding(hop=0.5)
    values = embed(voice)
    n_windows = len(Windows(1.0, 0.5).spans(len(voice), SAMPLE_RATE))
    assert values.shape == (n_windows, embed.n_features) == (n_windows, 512)
    np.testing.assert_allclose(np.linalg.norm(values[:, EMBEDDING], axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(embed.inputs(voice)[:, 0], values)


@pytest.mark.parametrize("n", [0, 1, 100, 799, 800, 15_999])
def test_a_signal_shorter_than_a_window_still_has_one_finite_embedding(n: int) -> None:
    y = np.random.default_rng(0).normal(0, 0.1, n).astype(np.float32)
    values = VoiceEmbedding()(y)
    assert values.shape == (1, 512)
    assert np.isfinite(values).all()


def test_silence_has_finite_embeddings() -> None:
    assert np.isfinite(VoiceEmbedding()(np.zeros(2 * SAMPLE_RATE, np.float32))).all()


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"weights": "ecapa"}, "voice-embedding weights 'ecapa': only resemblyzer"),
        ({"seconds": 0.0}, "voice-embedding seconds: 0.0 will not do; 0.1 or more"),
        ({"hop": 0.05}, "voice-embedding hop"),
    ],
)
def test_settings_that_make_no_sense_are_refused(asked: dict[str, float], reason: str) -> None:
    with pytest.raises(SettingError, match=reason):
        VoiceEmbedding(**asked)  # type: ignore[arg-type]  # one of them is text


def centre(path: Path) -> NDArray[np.float32]:
    """The mean embedding of a recording's speech, of length one."""
    mean = VoiceEmbedding()(speech_in(load_audio(path), SpeechDetector()))[:, EMBEDDING].mean(
        axis=0
    )
    return np.asarray(mean / np.linalg.norm(mean))


def test_real_voices_are_nearer_to_themselves_than_to_others(librispeech: Path) -> None:
    paths = [
        path
        for reader in sorted(librispeech.glob("test-other/*"))
        for path in sorted(reader.glob("*/*.flac"))[:4]
    ]
    readers = np.array([path.parts[-3] for path in paths])
    assert len(paths) == 16
    values = np.stack([centre(path) for path in paths])
    near = values @ values.T
    same, itself = readers[:, None] == readers, np.eye(len(paths), dtype=bool)
    assert near[same & ~itself].mean() > near[~same].mean() + 0.15
    nearest = np.where(itself, -1, near).argmax(axis=1)
    assert (readers[nearest] == readers).mean() >= 0.9
