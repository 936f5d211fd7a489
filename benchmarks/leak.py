"""How much of the seed's 92 % was memory: the same recipe with its split, and with an honest one.

The seed divided recordings, so that the readers it was tested on were those it had learnt from.
Here each recording is cut into pieces; then either the pieces are divided (as the seed did) or
the readers are, into shares of the same size. All else is equal::

    python benchmarks/leak.py data/LibriSpeech --subset train-clean-100

Prints a table and writes it to ``benchmarks/leak.md``. Runs that are done are kept in the data
folder's ``leak/``.
"""

import argparse
import csv
import dataclasses
import os
from pathlib import Path
from typing import Any

import numpy as np

from voicegender.audio import SAMPLE_RATE, load_audio
from voicegender.baselines import logistic_regression
from voicegender.card_tables import interval, percent, table
from voicegender.corpus import Corpus, load_corpus
from voicegender.extraction import extract
from voicegender.places import places
from voicegender.requests import config_asked
from voicegender.run_config import RunConfig
from voicegender.runs import create_run
from voicegender.split import LEAKY, LEAKY_SHARES
from voicegender.training import train

SECONDS = 3.2
"""Length of a piece: the seed recipe passes over what is 3 s or shorter."""
NETWORK = "seed-lstm"
EPOCHS = (50,)
"""As the recipe says; more may be named here, for few pieces are few steps of training."""
N_SEEDS = 3
SPLITS = {"random-readers": "readers (honest)", LEAKY: "recordings (the seed's)"}
RESULT = Path(__file__).with_suffix(".md")


def pieces_of(corpus: Corpus, folder: Path) -> Path:
    """Cut each recording into pieces side by side; the manifest of them."""
    import soundfile

    manifest = folder / "pieces.csv"
    if manifest.exists():
        return manifest
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for utterance in corpus.utterances.to_dict(orient="records"):
        y = load_audio(corpus.root / utterance["path"])
        n = int(SECONDS * SAMPLE_RATE)
        for i in range(len(y) // n):
            name = f"{utterance['utterance_id']}-{i:02d}.flac"
            soundfile.write(folder / name, y[i * n : (i + 1) * n], SAMPLE_RATE)
            rows.append([name, utterance["speaker_id"], utterance["gender"]])
    partial = manifest.with_suffix(".partial")
    with partial.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["path", "speaker_id", "gender"], *rows])
    partial.replace(manifest)
    return manifest


def asked_for(manifest: Path, policy: str, *, seed: int, epochs: int) -> RunConfig:
    """The seed recipe on the pieces; of its settings only the epochs are asked."""
    validation, test = LEAKY_SHARES
    asked = [f"split.policy={policy}", f"split.seed={seed}", f"fitting.seed={seed}"]
    asked += [f"split.validation={validation}", f"split.test={test}", f"fitting.epochs={epochs}"]
    return config_asked(manifest, NETWORK, settings=asked)


def network_scores(manifest: Path, policy: str, epochs: int) -> dict[str, Any]:
    """Test scores of the seed's network."""
    config = asked_for(manifest, policy, seed=0, epochs=epochs)
    run = create_run(manifest.parent / "runs", f"{NETWORK}-{policy}-{epochs}", config)
    scores: dict[str, Any] = train(run, manifest.parent / "features")["recordings"]
    return scores


def regression_scores(manifest: Path, policy: str) -> list[dict[str, Any]]:
    """Test scores, a seed each, of a logistic regression on the numbers the network is given."""
    config = asked_for(manifest, policy, seed=0, epochs=1)
    features = extract(load_corpus(manifest), config.features, manifest.parent / "features")
    rows = features.load().utterances
    splits = [dataclasses.replace(config.split, seed=seed) for seed in range(N_SEEDS)]
    return [logistic_regression(features, split(rows)) for split in splits]


def row(manifest: Path, policy: str) -> list[str]:
    """What was divided, then each method's accuracy with its interval."""
    scores = [[network_scores(manifest, policy, epochs)] for epochs in EPOCHS]
    scores.append(regression_scores(manifest, policy))
    return [SPLITS[policy], *map(said, scores)]


def said(scores: list[dict[str, Any]]) -> str:
    """Mean accuracy, and the widest of the intervals."""
    ends = np.array([score["accuracy_interval"] for score in scores])
    widest = [float(ends[:, 0].min()), float(ends[:, 1].max())]
    return (
        f"{percent(float(np.mean([score['accuracy'] for score in scores])))} ({interval(widest)})"
    )


def main() -> None:
    """Cut, train, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--subset", action="append", default=[])
    asked = parser.parse_args()
    manifest = pieces_of(load_corpus(asked.corpus).only(asked.subset), places().data / "leak")
    networks = [f"{NETWORK}, {epochs} epochs" for epochs in EPOCHS]
    regression = f"logistic regression, mean of {N_SEEDS} seeds"
    text = table(["what was divided", *networks, regression], [row(manifest, p) for p in SPLITS])
    print(text)
    RESULT.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
