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

from voicegender.bundle import Bundle, open_bundle, write_facts
from voicegender.calibration import Calibration, fit_calibration
from voicegender.runs import Run, RunConfig
from voicegender.scoring import score
from voicegender.store import FeatureSet

LIBRARIES = ("voicegender", "tensorflow", "keras", "tf2onnx", "onnx", "onnxruntime", "numpy")


def make_bundle(
    run: Run, config: RunConfig, model: keras.Model, features: FeatureSet, rows: pd.DataFrame
) -> Bundle:
    """Write the bundle beside its final place and calibrate it on the validation part."""
    folder = run.folder / "model.partial"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    write_onnx(model, folder / "model.onnx")
    weights = config.network.build(features.config["n_features"])
    weights.set_weights(model.get_weights())  # without what the optimiser remembers
    weights.save_weights(folder / "model.weights.h5")
    facts: dict[str, Any] = {
        "extractor": features.config["extractor"],
        "network": config.network,
        "provenance": _provenance(run, config, features, model),
    }
    write_facts(folder, calibration=Calibration(), **facts)
    excerpts = score(open_bundle(folder), features, rows[rows["part"] == "validation"])
    is_female = (excerpts["gender"] == "F").to_numpy(dtype=bool)
    calibration = fit_calibration(excerpts["log_odds"].to_numpy(), is_female)
    write_facts(folder, calibration=calibration, **facts)
    return open_bundle(folder)


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
