"""An epoch through our batches against Keras's `fit` on arrays in memory; and what it costs.

    python benchmarks/training_time.py [--librispeech FOLDER]

Features of some real recordings are made and repeated until there are 20,000 recordings; each
epoch is timed in a process of its own, ours and the reference in turn. Memory is what a process
holds for itself (RssAnon) at most while it trains on 20,000 recordings and on 40,000: mapped
features are no memory, the system takes them back when it likes. By itself it prints what
docs/scaling.md counts with; the rows stand in the table of `bench.py`.
"""

import argparse
import dataclasses
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from measured import LIBRISPEECH, Row, ended, librispeech_at

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

from voicegender.augmentation import Augmentation
from voicegender.config import write_json
from voicegender.corpus import load_corpus
from voicegender.extraction import extract
from voicegender.parts import Row as Features
from voicegender.parts import write_part
from voicegender.process import Reporter
from voicegender.recordings import write_table
from voicegender.run_config import RunConfig, network_named
from voicegender.runs import Run
from voicegender.store import FeatureSet

N_RECORDINGS, N_REAL, N_ROUNDS = 20_000, 60, 2
NETWORKS = ("seed-lstm", "probe")
SLOWER, LARGER = 1.05, 1.05
"""What is allowed: an epoch's time against that on arrays, memory at twice the recordings."""
WARM_UP = 20
"""Batches before the clock starts: Keras compiles at the first."""


class Spent(NamedTuple):
    """Of one epoch, in seconds."""

    wall: float
    cpu: float


def real_features(kind: str, librispeech: Path, root: Path) -> FeatureSet:
    """Features of some real recordings, in the settings a network begins with."""
    config = RunConfig.of("", network_named(kind))
    corpus = load_corpus(librispeech)
    rows = corpus.utterances.groupby("gender").head(N_REAL // 2).reset_index(drop=True)
    few = dataclasses.replace(corpus, utterances=rows)
    return extract(few, config.features, root, alteration=config.alteration)


def repeated(source: FeatureSet, folder: Path, n: int) -> FeatureSet:
    """The same features again and again, as those of ``n`` recordings of many readers."""
    loaded = source.load()
    real, times = loaded.utterances, -(-n // len(loaded.utterances))
    copies = [
        real.assign(
            utterance_id=real["utterance_id"] + f"-{i:05d}",
            speaker_id=real["speaker_id"] + f"x{i:05d}",
        )
        for i in range(times)
    ]
    rows = pd.concat(copies, ignore_index=True).head(n)
    folder.mkdir(parents=True)
    write_table(folder / "utterances.parquet", rows[source.utterances().columns])
    counts = rows["n_frames"].to_numpy()
    shape = (int(counts.sum()), loaded.values.shape[1])
    dtype = loaded.values.dtype
    values = np.lib.format.open_memmap(folder / "values.npy", "w+", dtype, shape)
    # The values are there as one file; a part only says how many rows each recording has.
    table = [
        Features(name, 0.0, 0.0, values[:0].astype(np.float32)) for name in rows["utterance_id"]
    ]
    write_part(folder / "part-00000.parquet", table, half=source.framed)
    _set_counts(folder / "part-00000.parquet", counts)
    ends = counts.cumsum()
    for first, end, begin in zip(rows["first"], ends, ends - counts, strict=True):
        values[begin:end] = loaded.values[first : first + end - begin]
    write_json(folder / "config.json", source.config | {"n_parts": 1, "part_size": n})
    return FeatureSet(folder)


def _set_counts(path: Path, counts: Any) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    at = table.schema.get_field_index("n_frames")
    pq.write_table(table.set_column(at, "n_frames", pa.array(counts, pa.int32())), path)


def asked(kind: str) -> RunConfig:
    """A run of the network's own settings, but for one epoch."""
    config = RunConfig.of("", network_named(kind))
    return dataclasses.replace(config, fitting=dataclasses.replace(config.fitting, epochs=1))


def parts(features: FeatureSet) -> pd.DataFrame:
    """All recordings learn, but for two that validate."""
    rows = features.load().utterances
    rows = rows[features.utterances().columns].assign(part="train")
    for gender in ("F", "M"):
        rows.loc[rows.index[rows["gender"] == gender][-1], "part"] = "validation"
    return rows


def epoch_of_ours(kind: str, folder: Path, *, augmented: bool = True) -> Spent:
    """An epoch through our batches; in a process of its own."""
    model, learn = _ready(kind, folder, augmented=augmented)
    from voicegender.stream import Stream

    stream = Stream(learn, model.input_shape[-1])
    model.fit(stream.dataset.take(WARM_UP), shuffle=False, verbose=0)
    return _timed(lambda: model.fit(stream.dataset, callbacks=[stream], shuffle=False, verbose=0))


def epoch_of_arrays(kind: str, folder: Path) -> Spent:
    """The same batches as arrays, with as many steps a call; in a process of its own."""
    model, learn = _ready(kind, folder)
    made = [*learn.epoch(0)]
    x, y = (np.concatenate([batch[i] for batch in made]) for i in (0, 1))
    del made
    common = {"batch_size": learn.fitting.batch_size, "verbose": 0}
    n = WARM_UP * learn.fitting.batch_size
    model.fit(x[:n], y[:n], **common)
    return _timed(lambda: model.fit(x, y, shuffle=learn.fitting.shuffle, **common))


def _ready(kind: str, folder: Path, *, augmented: bool = True) -> tuple[Any, Any]:
    from voicegender.fit import batches_of, compiled

    features, config = FeatureSet(folder), asked(kind)
    if not augmented:
        config = dataclasses.replace(config, augmentation=Augmentation.off())
    learn, _ = batches_of(config, features, parts(features))
    return compiled(config, features.config["n_features"], learn), learn


def _timed(do: Any) -> Spent:
    wall, cpu = time.perf_counter(), time.process_time()
    do()
    return Spent(time.perf_counter() - wall, time.process_time() - cpu)


def anonymous_memory(kind: str, folder: Path) -> float:
    """Most megabytes held while a run's network is fitted, as a run does it."""
    from voicegender.fit import fit

    features, most, done = FeatureSet(folder), [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            lines = Path("/proc/self/status").read_text().splitlines()
            held = next(line.split()[1] for line in lines if line.startswith("RssAnon"))
            most[0] = max(most[0], int(held) * 1024 / 1e6)

    watcher = threading.Thread(target=watch)
    watcher.start()
    with tempfile.TemporaryDirectory() as made:
        run = Run(Path(made))
        fit(run, asked(kind), features, parts(features), Reporter(run.folder))
    done.set()
    watcher.join()
    return most[0]


def alone(do: Any, *task: Any, **named: Any) -> Any:
    """What a function gives in a fresh process."""
    context = get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=_without_stderr) as pool:
        return pool.submit(do, *task, **named).result()


def _without_stderr() -> None:
    """TensorFlow tells it about processors, whatever is set; what fails is raised."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


class Sets:
    """Feature sets in a temporary folder, each made when it is first asked for."""

    def __init__(self, root: Path, librispeech: Path) -> None:
        self._root = root
        self._librispeech = librispeech
        self.real = cache(self._real)
        self.of = cache(self._of)

    def _real(self, kind: str) -> FeatureSet:
        return real_features(kind, self._librispeech, self._root / "real")

    def _of(self, kind: str, n: int) -> Path:
        return repeated(self.real(kind), self._root / f"{kind}-{n}", n).folder


def epoch_rows(kind: str, librispeech: Path) -> Iterator[Row]:
    """Epochs of a network, beside `fit` with as many steps a call."""
    with tempfile.TemporaryDirectory() as root:
        yield from _epoch_rows(kind, Sets(Path(root), librispeech).of(kind, N_RECORDINGS))


seed_rows, probe_rows = (partial(epoch_rows, kind) for kind in NETWORKS)


def memory_rows(librispeech: Path) -> Iterator[Row]:
    """Memory of both at twice as many recordings."""
    with tempfile.TemporaryDirectory() as root:
        sets = Sets(Path(root), librispeech)
        for kind in NETWORKS:
            sizes = (2 * N_RECORDINGS, N_RECORDINGS)
            twice, once = (alone(anonymous_memory, kind, sets.of(kind, n)) for n in sizes)
            name = f"memory of {kind}, {sizes[0]:,} recordings"
            yield Row(name, twice, once, LARGER, "MB", f"{sizes[1]:,} recordings")


def _epoch_rows(kind: str, folder: Path) -> Iterator[Row]:
    ways = (epoch_of_ours, epoch_of_arrays)
    spent = [[alone(way, kind, folder) for way in ways] for _ in range(N_ROUNDS)]
    name, against = f"epoch of {kind}, {N_RECORDINGS:,} recordings", "fit on arrays in memory"
    for unit in Spent._fields:
        ours, arrays = (median(getattr(pair[i], unit) for pair in spent) for i in (0, 1))
        yield Row(f"{name}, {unit} time", ours, arrays, SLOWER, "s", against)


def costs(sets: Sets, n: int = 1000) -> Iterator[tuple[str, float, str]]:
    """What a thousand recordings cost: name, number, unit."""
    for kind in ("seed-lstm", "probe", "attentive"):
        folder, real = sets.of(kind, n), sets.real(kind)
        spent = alone(epoch_of_ours, kind, folder)
        yield f"{kind}: an epoch of {n:,} recordings", spent.wall, "s"
        yield f"{kind}: an epoch of {n:,} recordings", spent.cpu, "CPU s"
        values, table = real.load().values, real.load().utterances
        yield f"{kind}: features of a recording", values.nbytes / len(table), "bytes"
        hours = table["duration"].sum() / 3600
        yield f"{kind}: features of an hour", values.nbytes / hours / 1e6, "MB"
    plain = alone(epoch_of_ours, "attentive", sets.of("attentive", n), augmented=False)
    yield "attentive: share of augmentation", 1 - plain.wall / spent.wall, "of the wall time"
    yield "attentive: share of augmentation", 1 - plain.cpu / spent.cpu, "of the CPU time"


def main() -> None:
    """Measure and print what a thousand recordings cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--librispeech", type=librispeech_at, default=LIBRISPEECH)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        for name, number, unit in costs(Sets(Path(root), chosen.librispeech)):
            print(f"{name:<55}{number:12.2f} {unit}", flush=True)


if __name__ == "__main__":
    sys.exit(ended(main))
