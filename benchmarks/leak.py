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
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from voicegender.audio import SAMPLE_RATE, load_audio
from voicegender.card_tables import interval, percent, table
from voicegender.corpus import Corpus, load_corpus
from voicegender.places import places
from voicegender.requests import config_asked
from voicegender.runs import create_run
from voicegender.split import LEAKY, LEAKY_SHARES
from voicegender.training import train

SECONDS = 3.2
"""Length of a piece: the seed recipe passes over what is 3 s or shorter."""
NETWORKS = ("seed-lstm", "bilstm")
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


def accuracies(manifest: Path, network: str, policy: str, seeds: int) -> Iterator[dict[str, Any]]:
    """Test scores of one network with one split, a seed each."""
    validation, test = LEAKY_SHARES
    for seed in range(seeds):
        asked = [f"split.policy={policy}", f"split.seed={seed}", f"fitting.seed={seed}"]
        asked += [f"split.validation={validation}", f"split.test={test}"]
        config = config_asked(manifest, network, settings=asked)
        run = create_run(manifest.parent / "runs", f"{network}-{policy}-{seed}", config)
        yield train(run, manifest.parent / "features")


def row(network: str, policy: str, found: list[dict[str, Any]]) -> list[str]:
    """Mean over the seeds, and the range of their intervals."""
    scores = [metrics["recordings"] for metrics in found]
    baseline = [m["baselines"].get("logistic-regression", {}).get("accuracy") for m in found]
    ends = np.array([score["accuracy_interval"] for score in scores])
    return [
        network,
        SPLITS[policy],
        percent(float(np.mean([score["accuracy"] for score in scores]))),
        interval([float(ends[:, 0].min()), float(ends[:, 1].max())]),
        percent(float(np.mean(baseline))) if None not in baseline else "-",
        percent(float(np.mean([m["baselines"]["f0-threshold"]["accuracy"] for m in found]))),
    ]


def main() -> None:
    """Cut, train, compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--subset", action="append", default=[])
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    corpus = load_corpus(asked.corpus).only(asked.subset)
    manifest = pieces_of(corpus, places().data / "leak")
    rows = [
        row(network, policy, [*accuracies(manifest, network, policy, asked.seeds)])
        for network in NETWORKS
        for policy in SPLITS
    ]
    head = ["network", "what was divided", "pieces right", "95 % interval (widest of the seeds)"]
    text = table([*head, "logistic regression on the same numbers", "F0 above 160 Hz"], rows)
    print(text)
    RESULT.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
