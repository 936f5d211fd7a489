"""The model folder: ``bundle.json``, ``model.onnx``, weights, metrics, the card.

Reading a bundle's facts needs neither Keras nor ONNX Runtime. A bundle is data: nothing in
it is executed but the network's graph.
"""

import hashlib
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicegender.calibration import LABELS, Calibration, log_odds_of
from voicegender.config import from_json, read_json, to_json, unsealed, write_sealed
from voicegender.errors import ModelError, VoiceGenderError
from voicegender.extractors import EXTRACTORS
from voicegender.features import Input
from voicegender.inference import AGAIN, DAMAGED, check_shapes, open_network, run, told_of

FORMAT_VERSION = 1
SCORES = ("metrics.json", "crossval.json")
NETWORK, WEIGHTS = "model.onnx", "model.weights.h5"


@dataclass(frozen=True)
class Bundle:
    """A model folder whose facts have been read and checked."""

    folder: Path
    facts: dict[str, Any]
    calibration: Calibration

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def hears(self) -> bool:
        """Whether recordings can be answered: the extractor is one of ours."""
        extractor = self.facts["extractor"]
        return not (isinstance(extractor, dict) and extractor.get("kind") == "imported")

    @cached_property
    def extractor(self) -> Input:
        """What turns samples into the network's input.

        Raises
        ------
        ModelError
            The features were made elsewhere, so a recording cannot be turned into them.
        """
        if not self.hears:
            raise ModelError(
                self.folder, "learnt from imported features; it cannot hear a recording"
            )
        return from_json(self.facts["extractor"], EXTRACTORS, place=self.folder / "bundle.json")

    @property
    def metrics(self) -> dict[str, Any]:
        """Test scores; empty when there are none."""
        return read_json(self.folder / "metrics.json") or {}

    def load(self) -> None:
        """Load the network now, not at the first answer.

        Raises
        ------
        ModelError
            ``model.onnx`` is no network, or one for other features.
        """
        with told_of(self.folder / NETWORK):
            check_shapes(self._session)
        width = self._session.get_inputs()[0].shape[-1]
        if self.hears and width != self.extractor.n_features:
            raise ModelError(
                self.folder, f"its network reads {width} features, not {self.extractor.n_features}"
            )

    @cached_property
    def _session(self) -> Any:
        place = self.folder / NETWORK
        with told_of(place):
            return open_network(place, sha256=self.facts["files"].get(NETWORK, ""))

    def log_odds(self, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
        """Uncalibrated log-odds of female of a batch.

        Parameters
        ----------
        inputs
            Shape (n, n_frames, n_features) for frames, (n, n_features) for vectors.

        Raises
        ------
        ModelError
            The network fails, or gives something else than probabilities.
        """
        with told_of(self.folder / NETWORK):
            answers = run(self._session, inputs)
            if answers.shape != (len(inputs), len(LABELS)) or not np.isfinite(answers).all():
                raise ValueError(f"its answers are {answers.shape} numbers, or not finite")
        return log_odds_of(answers)


def open_bundle(folder: str | Path) -> Bundle:
    """Read and check a bundle's facts.

    Raises
    ------
    ModelError
        No bundle there, not whole, of a newer format, or with other labels.
    """
    folder = Path(folder)
    facts = _facts(folder)
    if not (folder / NETWORK).is_file():
        raise ModelError(folder, "model.onnx is missing", "export the run again")
    if odd := [name for name in SCORES if not _are_scores(read_json(folder / name) or {})]:
        raise ModelError(folder, f"{odd[0]} holds no scores", "export the run again")
    try:
        place = folder / "bundle.json"
        calibration = from_json(facts["calibration"], [Calibration], place=place)
        bundle = Bundle(folder, facts, calibration)
        if bundle.hears:
            _ = bundle.extractor  # read now, so that an unknown one is told now
    except VoiceGenderError as error:
        raise ModelError(folder, error.wrong) from None
    return bundle


def _facts(folder: Path) -> dict[str, Any]:
    """What ``bundle.json`` says, checked."""
    place = folder / "bundle.json"
    told = read_json(place)
    if told is None:
        if place.is_file():
            raise ModelError(place, DAMAGED, AGAIN)
        raise ModelError(folder, "no model here", "name a folder with a bundle.json")
    version = told.get("format_version")
    if type(version) is not int or not 1 <= version <= FORMAT_VERSION:
        raise ModelError(folder, f"format {version!r} is not known", "update voicegender")
    facts = unsealed(told)
    if facts is None:
        raise ModelError(place, DAMAGED, AGAIN)
    _check_facts(folder, facts)
    return facts


def _check_facts(folder: Path, facts: dict[str, Any]) -> None:
    if facts.get("labels") != list(LABELS):
        raise ModelError(folder, f"its labels are {facts.get('labels')!r}, not {list(LABELS)}")
    if missing := [key for key in ("extractor", "network", "calibration") if key not in facts]:
        raise ModelError(folder, f"bundle.json lacks {', '.join(missing)}")
    network = facts["network"]
    if not isinstance(network, dict) or not isinstance(network.get("kind"), str):
        raise ModelError(folder, "bundle.json names no network")
    for key in ("provenance", "files"):  # earlier versions' have no sums of files
        if not isinstance(facts.setdefault(key, {}), dict):
            raise ModelError(folder, f"its {key} is no JSON object")


def check_files(bundle: Bundle) -> None:
    """Refuse a bundle whose network or weights are not those that were written.

    Raises
    ------
    ModelError
        A byte of them has changed, or one is gone.
    """
    now = _sums(bundle.folder)
    for name, told in bundle.facts["files"].items():
        if now.get(name) != told:
            raise ModelError(bundle.folder / name, DAMAGED, AGAIN)


def _sums(folder: Path) -> dict[str, str]:
    """SHA-256 of what answers and what is trained further, as far as it is there."""
    there = [name for name in (NETWORK, WEIGHTS) if (folder / name).is_file()]
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in there}


def _are_scores(document: dict[str, Any]) -> bool:
    """Whether what is shown first of each model can be read; all of it may be absent."""
    told = document.get("recordings", {"accuracy": 0.0})
    is_told = isinstance(told, dict) and isinstance(told.get("accuracy"), int | float)
    asked = document.get("asked", {})
    is_asked = isinstance(asked, dict) and isinstance(asked.get("n_seeds", 1), int)
    is_made = is_asked and isinstance(document.get("data", {}), dict)
    return is_told and is_made and _can_be_shown(document)


def _can_be_shown(document: Any) -> bool:
    """Whether no number in it is larger than floats are: JSON holds whole ones of any length."""
    left = [document]
    while left:
        one = left.pop()
        if isinstance(one, dict | list):
            left += one.values() if isinstance(one, dict) else one
        elif isinstance(one, int) and abs(one) > sys.float_info.max:
            return False
    return True


def write_facts(
    folder: Path,
    *,
    extractor: dict[str, Any],
    network: Any,
    calibration: Calibration,
    provenance: dict[str, Any],
) -> None:
    """Write ``bundle.json``; the rest of the folder is there already."""
    facts = {
        "format_version": FORMAT_VERSION,
        "labels": list(LABELS),
        "extractor": extractor,
        "network": to_json(network),
        "calibration": to_json(calibration),
        "provenance": provenance,
        "files": _sums(folder),
    }
    write_sealed(folder / "bundle.json", facts)
