"""A fitted Keras model -> a bundle that answers without it. Imports Keras."""

import datetime as dt
import platform
import shutil
import warnings
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np
import pandas as pd

from voicegender.addresses import into, place_at
from voicegender.bundle import NETWORK, WEIGHTS, Bundle, open_bundle, write_facts
from voicegender.calibration import LABELS, Calibration, fit_calibration
from voicegender.callbacks import save_weights
from voicegender.errors import CorpusError
from voicegender.fit import shares_of
from voicegender.hearing import Hear, Hearing
from voicegender.run_config import RunConfig
from voicegender.runs import Run
from voicegender.scoring import judge_by_heads, scored
from voicegender.store import FeatureSet

CALIBRATED = (3.0,)
"""Seconds of speech at which probabilities are calibrated and thresholds chosen."""
MOST_CALIBRATED_ON = 5_000
"""Recordings. What they settle is two numbers and two thresholds, and readers weigh more there
than recordings; to hear one again takes some 50 ms of a core."""
LIBRARIES = ("voicegender", "tensorflow", "keras", "tf2onnx", "onnx", "onnxruntime", "numpy")


def make_bundle(
    run: Run,
    config: RunConfig,
    model: keras.Model,
    features: FeatureSet,
    rows: pd.DataFrame,
    hear: Hear,
) -> Bundle:
    """Write the bundle beside its final place and calibrate it on readers held out."""
    folder = run.folder / "model.partial"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    model = _plain(model, config.network.build(features.config["n_features"]))
    write_onnx(config.network.answering(model), folder / NETWORK)
    save_weights(model, folder / WEIGHTS)
    facts: dict[str, Any] = {
        "extractor": features.config["extractor"],
        "network": config.network,
        "provenance": _provenance(run, config, features, model),
    }
    write_facts(folder, calibration=Calibration(), **facts)
    held_out = _held_out(open_bundle(folder), config, model, features, rows, hear)
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
    hear: Hear,
) -> pd.DataFrame:
    """Scores of readers by what did not learn from them, as `heard` gives them.

    These are the validation part's, or, of a network with several heads, those of every
    reader that is not tested, each by the head that left this one out; of very many recordings
    some of each reader.
    """
    seed = config.fitting.seed
    if config.network.heads == 1:
        validation = few_of_each(rows[rows["part"] == "validation"], seed=seed)
        return scored(bundle, features, validation, seconds=CALIBRATED, hear=hear).table
    learnt = few_of_each(rows[rows["part"] != "test"], seed=seed)
    with TemporaryDirectory() as kept:
        path = Path(kept) / "heads.onnx"
        write_onnx(model, path)
        opener = partial(judge_by_heads, path, shares_of(config, rows))
        hearing = Hearing(bundle.extractor, seconds=CALIBRATED)
        return hear(hearing, learnt, place_at(features.config["source"]), opener).table


def few_of_each(rows: pd.DataFrame, *, seed: int, most: int = MOST_CALIBRATED_ON) -> pd.DataFrame:
    """At most so many recordings, as many of each reader as of others, by chance."""
    if len(rows) <= most:
        return rows
    rank = rows.sample(frac=1, random_state=seed).groupby("speaker_id").cumcount()
    return rows.loc[rank.sort_values(kind="stable").index[:most]].sort_index()


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
        with into(path):
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
