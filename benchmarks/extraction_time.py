"""Extraction: beside librosa, beside mere decoding, and 20,000 recordings beside the seed's way."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import librosa
import numpy as np
import soundfile
from many_recordings import make_corpus
from measured import Ran, Row, processor_ms, ran
from seed_way import mean_mfcc_of

from voicegender.audio import SAMPLE_RATE, load_audio, read_excerpt
from voicegender.corpus import load_corpus
from voicegender.features import LogMel, MfccMean
from voicegender.workers import keep_memory

MEAN, FRAMES = MfccMean(), LogMel()
N_RECORDINGS = 20_000
ROUNDS = 3
BOUNDS = {"seed": 1 / 5, "librosa": 1 / 3.5, "decoding": 2.1, "log-mel decoding": 2.4}
NUMBERS_EQUAL = 1e-3


class Excerpt(NamedTuple):
    """Three seconds of a recording; ``start`` in samples."""

    path: Path
    start: int
    seconds: float


def excerpts(librispeech: Path) -> list[Excerpt]:
    """Where the recipe would look in each recording that is long enough."""
    corpus = load_corpus(librispeech)
    rows = corpus.utterances[["utterance_id", "path", "duration"]]
    spans = [
        (corpus.root / path, MEAN.excerpt(duration, name))
        for name, path, duration in rows.itertuples(index=False)
    ]
    return [Excerpt(path, round(span[0] * SAMPLE_RATE), span[1]) for path, span in spans if span]


def _ours(one: Excerpt) -> object:
    return MfccMean()(read_excerpt(one.path, one.start / SAMPLE_RATE, one.seconds))


def _librosa(one: Excerpt) -> object:
    y, _ = librosa.load(one.path, sr=SAMPLE_RATE)
    return mean_mfcc_of(y[one.start : one.start + round(one.seconds * SAMPLE_RATE)])


def _decoded(one: Excerpt) -> object:
    with soundfile.SoundFile(one.path) as file:
        file.seek(one.start)
        return file.read(round(one.seconds * SAMPLE_RATE), dtype="float32")


def _our_frames(path: Path) -> object:
    return FRAMES(load_audio(path))


def _librosa_frames(path: Path) -> object:
    y, _ = librosa.load(path, sr=SAMPLE_RATE)
    mel = librosa.feature.melspectrogram(
        y=y, sr=SAMPLE_RATE, n_fft=512, win_length=400, hop_length=160, n_mels=64, center=False
    )
    return np.log(np.maximum(1e-10, mel))


def _decoded_whole(path: Path) -> object:
    return soundfile.read(path, dtype="float32")


def recording_rows(librispeech: Path) -> Iterator[Row]:
    """Processor time a recording, on one thread."""
    keep_memory()  # as a worker does; librosa gains by it too
    chosen = excerpts(librispeech)
    ours, theirs, floor = processor_ms([_ours, _librosa, _decoded], chosen)
    mean = "mfcc-mean, a recording"
    yield Row(mean, ours, theirs, BOUNDS["librosa"], "ms", "librosa.load + mfcc + mean")
    yield Row(mean, ours, floor, BOUNDS["decoding"], "ms", "decoding the same 3 s")
    pairs = [(np.asarray(_ours(one)), np.asarray(_librosa(one))) for one in chosen[:50]]
    furthest = max(float(np.abs(a - b).max()) for a, b in pairs)
    yield Row("mfcc-mean, furthest number", furthest, NUMBERS_EQUAL, 1, "", "what may differ")
    paths = [one.path for one in chosen]
    frames = "log-mel, a recording"
    ours, theirs, floor = processor_ms([_our_frames, _librosa_frames, _decoded_whole], paths)
    yield Row(frames, ours, theirs, 1, "ms", "librosa, the same settings")
    yield Row(frames, ours, floor, BOUNDS["log-mel decoding"], "ms", "decoding it")


def corpus_rows(librispeech: Path) -> Iterator[Row]:
    """A large corpus from start to a finished table."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        corpora = [folder / f"{n}" / "LibriSpeech" for n in (N_RECORDINGS, 2 * N_RECORDINGS)]
        for corpus, n in zip(corpora, (N_RECORDINGS, 2 * N_RECORDINGS), strict=True):
            make_corpus(librispeech, corpus, n)
        seed = ran("benchmarks/seed_way.py", corpora[0], folder / "seed.npy")
        pairs = [
            [_extracted(corpora[0], folder / f"{n}-{turn}", n) for n in (1, 2)]
            for turn in range(ROUNDS)
        ]
        one, two = (median(pair[i].seconds for pair in pairs) for i in (0, 1))
        twice = _extracted(corpora[1], folder / "twice", 2)
        again = _extracted(corpora[0], folder / "2-0", 2)
    megabytes = median(pair[1].megabytes for pair in pairs)
    name = f"{N_RECORDINGS:,} recordings"
    yield Row(f"{name}, two workers", two, seed.seconds, BOUNDS["seed"], "s", "seed's way")
    yield Row(f"{name}, two workers", two, one, 1 / 1.8, "s", "one worker")
    yield Row(f"{name}, asked again", again.seconds, two, 0.2, "s", "the first time")
    memory = "memory of any process"
    yield Row(f"{name}, {memory}", megabytes, 400, 1, "MB", "budget")
    double = f"{2 * N_RECORDINGS:,} recordings, {memory}"
    note = "(the list of recordings; workers hold the same)"
    yield Row(double, twice.megabytes, megabytes, 1.05, "MB", f"{name} (5 % for noise)", note)


def _extracted(corpus: Path, data: Path, n_workers: int) -> Ran:
    env = {"VOICEGENDER_DATA": str(data)}
    return ran("-m", "voicegender", "extract", corpus, "--workers", str(n_workers), env=env)
