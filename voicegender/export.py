"""A fitted Keras model -> a bundle that answers without it. Imports Keras."""

import datetime as dt
import platform
import shutil
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from voicegender.bundle import Bundle, open_bundle, write_facts
from voicegender.calibration import LABELS, Calibration, fit_calibration, log_odds_of
from voicegender.errors import CorpusError
from voicegender.fit import shares_of
from voicegender.hearing import Hearing
from voicegender.process import Progress, Reporter
from voicegender.runs import Run, RunConfig
from voicegender.scoring import scored
from voicegender.store import FeatureSet

CALIBRATED = (3.0,)
"""Seconds of speech at which probabilities are calibrated and thresholds chosen."""
LIBRARIES = ("voicegender", "tensorflow", "keras", "tf2onnx", "onnx", "onnxruntime", "numpy")


def make_bundle(
    run: Run,
    config: RunConfig,
    model: keras.Model,
    features: FeatureSet,
    rows: pd.DataFrame,
    report: Reporter,
) -> Bundle:
    """Write the bundle beside its final place and calibrate it on readers held out."""
    folder = run.folder / "model.partial"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    model = _plain(model, config.network.build(features.config["n_features"]))
    write_onnx(config.network.answering(model), folder / "model.onnx")
    model.save_weights(folder / "model.weights.h5")
    facts: dict[str, Any] = {
        "extractor": features.config["extractor"],
        "network": config.network,
        "provenance": _provenance(run, config, features, model),
    }
    write_facts(folder, calibration=Calibration(), **facts)
    held_out = _held_out(
        open_bundle(folder),
        config,
        model,
        features,
        rows,
        progress=lambda done, total: report("calibrating", done, total),
    )
    if held_out["gender"].nunique() < len(LABELS):
        wrong = "too few recordings hold speech to calibrate on"
        raise CorpusError(config.corpus, wrong, "use more recordings, or longer ones")
    is_female = (held_out["gender"] == "F").to_numpy(dtype=bool)
    calibration = fit_calibration(held_out["log_odds"].to_numpy(), is_female)
    write_facts(folder, calibration=calibration, **facts)
    return open_bundle(folder)


def _held_out(
    bundle: Bundle,
    config: RunConfig,
    model: keras.Model,
    features: FeatureSet,
    rows: pd.DataFrame,
    *,
    progress: Progress,
) -> pd.DataFrame:
    """Scores of readers by what did not learn from them, as `heard` gives them.

    These are the validation part's, or, of a network with several heads, those of every
    reader that is not tested, each by the head that left this one out.
    """
    if config.network.heads == 1:
        validation = rows[rows["part"] == "validation"]
        return scored(bundle, features, validation, seconds=CALIBRATED, progress=progress).table
    shares = shares_of(config, rows)

    def judge(inputs: NDArray[np.float32], speaker_id: str) -> NDArray[np.float64]:
        # Called, not predicted: Keras compiles its prediction anew for each number of windows.
        heads = np.asarray(model(inputs, training=False))
        return log_odds_of(heads[:, shares[speaker_id]])

    learnt = rows[rows["part"] != "test"]
    hearing = Hearing(bundle.extractor, seconds=CALIBRATED)
    return hearing(learnt, Path(features.config["source"]), judge, progress=progress).table


def _plain(model: keras.Model, fresh: keras.Model) -> keras.Model:
    """The model in float32 on one device, without what the optimiser remembers."""
    fresh.set_weights(model.get_weights())
    return fresh


def write_onnx(model: keras.Model, path: Path) -> None:
    """Export for ONNX Runtime: any number of excerpts, any length where frames are read."""
    model(np.zeros((1, *(n or 50 for n in model.input_shape[1:])), np.float32))  # Keras asks for it
    with warnings.catch_warnings():
        # Keras 3.15 asks NumPy 2 for a name it may define again one day.
        warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)
        model.export(path, format="onnx", verbose=False)


def _provenance(
    run: Run, config: RunConfig, features: FeatureSet, model: keras.Model
) -> dict[str, Any]:
    return {
        "run": run.name,
        "asked": config.to_json() | {"corpus": Path(config.corpus).name},
        "synthetic": bool(features.config.get("synthetic")),
        "n_parameters": model.count_params(),
        "epochs": len(run.history),
        "made": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "versions": {"python": platform.python_version()}
        | {library: version(library) for library in LIBRARIES},
    }
