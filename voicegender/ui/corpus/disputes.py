"""Readers whose label the first model disputes, as far as its cross-validation asked them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from voicegender.bundle import Bundle
from voicegender.card import CROSSVAL
from voicegender.config import read_json
from voicegender.corpus import Corpus
from voicegender.ui import loaders
from voicegender.ui.words import GENDERS

OTHER = {"F": "male", "M": "female"}
SIGN = "⚑"
MOST = 0.99
"""A confidence is never said to be quite all."""


@dataclass(frozen=True)
class Disputes:
    """What is known of the readers of a corpus.

    Attributes
    ----------
    n_readers
        Readers that were asked; none of the models asked had learnt from them.
    subsets
        Where they stand; empty means the whole corpus.
    told
        A sentence on each reader that is heard otherwise than labelled, by number.
    """

    n_readers: int
    subsets: tuple[str, ...] = ()
    told: dict[str, str] = field(default_factory=dict)

    @property
    def scope(self) -> str:
        """Who was asked, in words."""
        whole = f" of {', '.join(self.subsets)}" if self.subsets else ""
        return f"{self.n_readers:,} readers{whole}"


def disputes_of(corpus: Corpus) -> Disputes | None:
    """By the model that answers first; None where none was cross-validated on this corpus."""
    for bundle in loaders.models()[:1]:
        tested = read_json(bundle.folder / CROSSVAL)
        if tested and _same_corpus(corpus, bundle, tested):
            return _read(corpus, tested)
    return None


def _same_corpus(corpus: Corpus, bundle: Bundle, tested: Mapping[str, Any]) -> bool:
    """Published recordings are known by their names; any other corpus by its folder's."""
    data = bundle.metrics.get("data", {})
    if corpus.is_librispeech and data.get("librispeech"):
        return True
    named: Any = tested.get("asked", {}).get("corpus")
    return corpus.root.name == named and corpus.synthetic == bool(data.get("synthetic"))


def _read(corpus: Corpus, tested: Mapping[str, Any]) -> Disputes:
    labels = dict(zip(corpus.speakers["speaker_id"], corpus.speakers["gender"], strict=True))
    n_seeds = len(tested.get("seeds", [])) or 1
    told = {row["speaker_id"]: _on_average(row) for row in tested.get("wrong_readers", [])}
    if n_seeds > 1:
        by_all = tested.get("disputed", [])
        told |= {row["speaker_id"]: _by_all(row, n_seeds) for row in by_all}
    rows = [*tested.get("wrong_readers", []), *tested.get("disputed", [])]
    # Versions of SPEAKERS.TXT differ: a label that is another here is not the disputed one.
    same = {row["speaker_id"] for row in rows if labels.get(row["speaker_id"]) == row["gender"]}
    return Disputes(
        int(tested["recordings"]["n_readers"]),
        tuple(tested.get("asked", {}).get("subsets", ())),
        {reader: sentence for reader, sentence in told.items() if reader in same},
    )


def _by_all(row: Mapping[str, Any], n_seeds: int) -> str:
    confidences = [p if row["gender"] == "M" else 1 - p for p in row["p_female"]]
    least = min([*confidences, MOST])
    return (
        f"All {n_seeds} models that were asked, none of which had heard this reader before, hear "
        f"the voice as {OTHER[row['gender']]} (each with {least:.0%} or more); "
        f"the corpus labels it {GENDERS[row['gender']]}."
    )


def _on_average(row: Mapping[str, Any]) -> str:
    return (
        "Models that had not heard this reader before hear the voice, all recordings taken "
        f"together, as {OTHER[row['gender']]}; the corpus labels it {GENDERS[row['gender']]}."
    )
