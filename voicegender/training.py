"""What a run folder asks for, done.

The only way to TensorFlow: nothing that answers imports this module.
"""

import importlib.util
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from voicegender import baselines
from voicegender.addresses import place_at
from voicegender.config import write_json, write_sealed
from voicegender.corpus import Corpus, load_corpus
from voicegender.devices import devices_asked
from voicegender.errors import CorpusError, WorkError
from voicegender.extraction import extract
from voicegender.hearing import WHOLE, Heard, in_pieces
from voicegender.history import HISTORY
from voicegender.listing import is_there
from voicegender.process import Progress, Reporter, claimed
from voicegender.recordings import write_table
from voicegender.report import evaluate, judged
from voicegender.run_config import RunConfig
from voicegender.runs import AGAIN, Run
from voicegender.scoring import scored
from voicegender.split import balance
from voicegender.store import FeatureSet
from voicegender.workers import worked

LOGGER = logging.getLogger("voicegender")


def train(
    run: Run, store: Path, *, n_workers: int | None = None, listener: Progress | None = None
) -> dict[str, Any]:
    """Do what the run's ``config.json`` asks, or what is left of it; the test scores.

    Parameters
    ----------
    run
        Its folder is filled.
    store
        Folder of all feature sets; what is missing is extracted first.
    n_workers
        Processes that extract, and that hear recordings again; by default one a core.
    listener
        Told (done, total) of the phase that goes on.

    Raises
    ------
    VoiceGenderError
        A corpus, setting or folder that does not serve.
    """
    config = run.config
    if run.state == "done":
        for path in run.damaged():
            LOGGER.warning("%s is damaged or gone; %s", path, AGAIN)
        if metrics := run.metrics:
            return metrics
        raise WorkError(run.folder, "its scores are damaged", AGAIN)
    config.check()
    devices_asked()
    if importlib.util.find_spec("tensorflow") is None:
        raise ModuleNotFoundError(name="tensorflow")
    with claimed(run.folder), _logged(run.folder):
        report = Reporter(run.folder, listener)
        report("starting", 0, 1)
        try:
            return _train(run, config, store, n_workers, report)
        except KeyboardInterrupt:
            report("cancelled", 1, 1)
            raise


def _train(
    run: Run, config: RunConfig, store: Path, n_workers: int | None, report: Reporter
) -> dict[str, Any]:
    def extracting(done: int, total: int) -> None:
        report("extracting", done, total)

    corpus, features = _features(config, store, n_workers, extracting)
    rows = _split(run, config, features)
    hear = partial(in_pieces, n_workers=n_workers)
    bundle = _fitted(run, config, features, rows, report, hear)
    report("evaluating", 0, 1)
    tested, told = rows[rows["part"] == "test"], partial(report, "evaluating")
    found = scored(bundle, features, tested, hear=partial(hear, progress=told))
    if found.table.empty:
        reason = found.refused["reason"].iat[0]
        raise CorpusError("test part", f"every recording was refused ({reason})")
    table = judged(found.table, bundle.calibration)
    metrics = evaluate(table, seed=config.split.seed)
    answered = ~rows["utterance_id"].isin(found.refused["utterance_id"])
    metrics["baselines"]["majority"] = baselines.majority(rows[answered])
    if not features.framed:
        metrics["baselines"]["logistic-regression"] = baselines.logistic_regression(features, rows)
    metrics["refused"] = found.refused.to_dict(orient="records")
    metrics["data"] = _data(corpus, features, rows)
    _finish(run, bundle.folder, metrics, table)
    report("done", 1, 1)
    return metrics


def _features(
    config: RunConfig, store: Path, n_workers: int | None, progress: Progress
) -> tuple[Corpus | None, FeatureSet]:
    """The corpus (none for imported features) and its features."""
    folder = place_at(config.corpus)
    if is_there(folder / "config.json"):
        return None, FeatureSet(folder)
    corpus = load_corpus(folder).only(list(config.subsets))
    for problem in corpus.problems[:20]:
        LOGGER.warning("left out: %s: %s", problem.place, problem.reason)
    features = extract(
        corpus,
        config.features,
        store,
        alteration=config.alteration,
        crew=partial(worked, n_workers=n_workers),
        progress=progress,
    )
    errors, n_all = features.errors(), len(corpus.utterances)
    LOGGER.info("%d of %d recordings have features", n_all - len(errors), n_all)
    for name, reason in errors.head(20).itertuples(index=False):
        LOGGER.warning("left out: %s: %s", name, reason)
    return corpus, features


def utterances_asked(config: RunConfig) -> pd.DataFrame:
    """The utterances a run is to be made from, before any features are."""
    folder = place_at(config.corpus)
    if is_there(folder / "config.json"):
        rows = FeatureSet(folder).utterances()
        return rows[rows["subset"].isin(config.subsets)] if config.subsets else rows
    return load_corpus(folder).only(list(config.subsets)).utterances


def _split(run: Run, config: RunConfig, features: FeatureSet) -> pd.DataFrame:
    """The utterances with their part; the same as before when the run goes on."""
    before = _split_before(run)
    if before is None:
        utterances = features.load().utterances
        if config.subsets:
            utterances = utterances[utterances["subset"].isin(config.subsets)]
        if utterances.empty:
            raise CorpusError(config.corpus, f"nothing in {', '.join(config.subsets)}")
        before = config.split(utterances)
        write_table(run.folder / "split.parquet", before)
    LOGGER.info("readers and recordings in each part:\n%s", balance(before).to_string())
    return before


def _split_before(run: Run) -> pd.DataFrame | None:
    try:
        return run.table("split")
    except WorkError as error:
        LOGGER.warning("%s: %s; it and all epochs are made again", error.place, error.wrong)
        (run.folder / HISTORY).unlink(missing_ok=True)  # for a reader could change sides
        return None


def _fitted(
    run: Run,
    config: RunConfig,
    features: FeatureSet,
    rows: pd.DataFrame,
    report: Reporter,
    hear: Callable[..., Heard],
) -> Any:
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _stderr_closed():
        from voicegender.export import make_bundle
        from voicegender.fit import fit

    model = fit(run, config, features, rows, report)
    calibrating = partial(report, "calibrating")
    return make_bundle(run, config, model, features, rows, partial(hear, progress=calibrating))


def _data(corpus: Corpus | None, features: FeatureSet, rows: pd.DataFrame) -> dict[str, Any]:
    """What a reader of the scores must know of the data."""
    return {
        "corpus": Path(features.config.get("source", "")).name,
        "synthetic": bool(features.config.get("synthetic")),
        "librispeech": corpus is not None and corpus.is_librispeech,
        "readers_known": corpus is not None or bool(features.config.get("readers_known")),
        "left_out": len(features.errors()),
        "parts": {
            part: {
                "readers": int(group["speaker_id"].nunique()),
                "recordings": len(group),
                "female": int((group["gender"] == "F").sum()),
                "subsets": sorted(group["subset"].unique().tolist()),
            }
            for part, group in rows.groupby("part")
        },
    }


def _finish(run: Run, made: Path, metrics: dict[str, Any], table: pd.DataFrame) -> None:
    """Write what came out; the model comes last, for its presence means done."""
    whole = table["seconds"] == WHOLE
    write_table(run.folder / "predictions.parquet", table[whole])
    write_table(run.folder / "excerpts.parquet", table[~whole])
    write_sealed(run.folder / "metrics.json", metrics)
    write_json(made / "metrics.json", metrics)
    made.rename(run.model)


@contextmanager
def _stderr_closed() -> Iterator[None]:
    """Close file descriptor 2 to an import.

    TensorFlow tells it about processors and missing GPUs before any setting is read.
    """
    kept = os.dup(2)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@contextmanager
def _logged(folder: Path) -> Iterator[None]:
    """Log into the run's ``log.txt`` too, unless stderr ends there already (a job)."""
    path = folder / "log.txt"
    path.touch()
    LOGGER.setLevel(logging.INFO)
    if os.path.samestat(os.fstat(2), path.stat()):
        yield
        return
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    LOGGER.addHandler(handler)
    try:
        yield
    finally:
        LOGGER.removeHandler(handler)
        handler.close()
