"""Milliseconds from ten seconds of decoded speech to a verdict, on one thread, and megabytes.

    python benchmarks/answer_time.py RECORDING [MODEL]

The recording should hold ten seconds of speech or more, such as one of LibriSpeech.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

# Before NumPy reads it.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

from voicegender.audio import SAMPLE_RATE, load_audio
from voicegender.places import places
from voicegender.prediction import load_model
from voicegender.speech import SpeechDetector, speech_in
from voicegender.voice_encoder import FILE

SECONDS = 10
N_RUNS = 30


def milliseconds(do: Callable[[], object]) -> str:
    """Least and median of some runs, after one that is not counted."""
    do()
    taken = []
    for _ in range(N_RUNS):
        began = time.perf_counter()
        do()
        taken.append(1000 * (time.perf_counter() - began))
    return f"{min(taken):6.1f} least {median(taken):6.1f} median"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recording", type=Path)
    parser.add_argument("model", type=Path, nargs="?", default=places().default_model)
    asked = parser.parse_args()
    classifier = load_model(asked.model)
    y = speech_in(load_audio(asked.recording), SpeechDetector())[: SECONDS * SAMPLE_RATE]
    inputs = classifier.bundle.extractor.inputs(y)
    steps: dict[str, Callable[[], object]] = {
        "samples to verdict": lambda: classifier.predict_samples(y),
        "speech detector": lambda: SpeechDetector()(y),
        "features": lambda: classifier.bundle.extractor.inputs(y),
        "network": lambda: classifier.bundle.log_odds(inputs),
    }
    print(f"{len(y) / SAMPLE_RATE:.1f} s of speech, one thread, ms of {N_RUNS} runs")
    for name, do in steps.items():
        print(f"{name:<20}{milliseconds(do)}")
    size = sum(path.stat().st_size for path in asked.model.iterdir())
    print(f"{'model folder':<20}{size / 1e6:6.2f} MB")
    print(f"{'voice encoder':<20}{FILE.stat().st_size / 1e6:6.2f} MB")


if __name__ == "__main__":
    main()
