"""Every good format, rate, layout and sample type is heard as the recording it was made from."""

from functools import cache
from itertools import cycle, product
from pathlib import Path

import pytest

from codings import EXACT, LOSSY, PLACES, Coding
from needs import CHECKOUT, librispeech_folder
from voicegender.audio import SAMPLE_RATE, Samples, load_audio
from voicegender.prediction import Classifier, Prediction, load_model

VOICES = sorted((CHECKOUT / "voicegender" / "example_voices").glob("*.flac"))
SHORT = 2 * SAMPLE_RATE
RATES = (
    *(8_000, 11_025, 12_000, 16_000, 22_050, 24_000),
    *(32_000, 44_100, 48_000, 88_200, 96_000, 192_000),
)
ROUGH = {"PCM_U8", "PCM_S8", "ULAW", "ALAW", *(coding.codec for coding in LOSSY)}
"""What loses something: eight bits a sample, and codecs made to."""
EXACT_WITHIN, LOSSY_WITHIN = 0.05, 0.1
"""Of the probability that a voice is female."""
LONGER = 0.15
"""Seconds that a codec may add or lose at both ends."""
BY_TURNS = (
    *(Coding("WAV", codec) for codec in ("PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE")),
    *(Coding(kind, "PCM_16") for kind in ("FLAC", "AIFF", "CAF", "W64", "RF64", "AU")),
    Coding("mp4", "alac"),
)
MANY_CHANNELS = (
    *(Coding("WAV", codec) for codec in ("PCM_U8", "PCM_16", "PCM_24", "FLOAT", "ULAW")),
    *(Coding("FLAC", "PCM_24"), Coding("CAF", "ALAC_16"), Coding("OGG", "VORBIS")),
    *(Coding("OGG", "OPUS", 48_000), Coding("ipod", "aac"), Coding("matroska", "libopus", 48_000)),
    Coding("matroska", "ac3", 48_000),
)
LOSSY_RATES = {
    Coding("MP3", "MPEG_LAYER_III"): (
        8_000,
        11_025,
        16_000,
        22_050,
        24_000,
        32_000,
        44_100,
        48_000,
    ),
    Coding("OGG", "VORBIS"): (8_000, 22_050, 44_100, 48_000, 96_000, 192_000),
    Coding("OGG", "OPUS"): (8_000, 12_000, 16_000, 24_000),
    Coding("ipod", "aac"): (8_000, 11_025, 24_000, 44_100, 48_000, 96_000),
}


@cache
def classifier() -> Classifier:
    return load_model(CHECKOUT / "models" / "default")


@cache
def original(path: Path) -> tuple[Samples, Prediction]:
    y = load_audio(path)[:SHORT]
    return y, classifier().predict_samples(y)


def check(coding: Coding, voice: Path, place: str = "mono") -> None:
    """A voice in a coding is heard as its original is."""
    y, expected = original(voice)
    heard = classifier().predict(coding(y, place), name=f"{coding} at {coding.sr} Hz, {place}")
    within = LOSSY_WITHIN if coding.codec in ROUGH else EXACT_WITHIN
    assert heard.label == expected.label
    assert heard.p_female == pytest.approx(expected.p_female, abs=within)
    assert heard.duration == pytest.approx(expected.duration, abs=LONGER)


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("coding", [*EXACT, *LOSSY], ids=str)
def test_every_container_and_sample_type_gives_the_answer_of_the_original(
    coding: Coding, voice: Path
) -> None:
    check(coding, voice)


@pytest.mark.parametrize(("sr", "place"), product(RATES, PLACES))
def test_every_rate_in_every_layout_gives_the_answer_of_the_original(sr: int, place: str) -> None:
    turn = RATES.index(sr) + [*PLACES].index(place)
    check(BY_TURNS[turn % len(BY_TURNS)].at(sr), VOICES[turn % 2], place)


@pytest.mark.parametrize("coding", MANY_CHANNELS, ids=str)
@pytest.mark.parametrize("place", [place for place in PLACES if place != "mono"])
def test_a_voice_among_channels_gives_the_answer_of_the_original(
    coding: Coding, place: str
) -> None:
    check(coding, VOICES[(MANY_CHANNELS.index(coding) + [*PLACES].index(place)) % 2], place)


@pytest.mark.parametrize(
    ("coding", "voice"),
    zip(
        [coding.at(sr) for coding, rates in LOSSY_RATES.items() for sr in rates],
        cycle(VOICES),
        strict=False,
    ),
    ids=repr,
)
def test_every_rate_of_a_lossy_codec_gives_the_answer_of_the_original(
    coding: Coding, voice: Path
) -> None:
    check(coding, voice)


def test_a_real_voice_gives_the_answer_of_the_original_in_every_format() -> None:
    paths = sorted(librispeech_folder().glob("test-other/*/*/*.flac"))
    for coding, path in zip([*EXACT, *LOSSY], cycle(paths[::29]), strict=False):
        check(coding, path)
