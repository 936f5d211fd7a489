"""What pages read, cached by all it depends on."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import streamlit as st

from voicegender.audio import Samples, load_audio
from voicegender.bundle import SCORES, Bundle, open_bundle
from voicegender.card import ROBUSTNESS
from voicegender.corpus import MARKER, Corpus, load_corpus
from voicegender.errors import ModelError
from voicegender.places import corpora, places
from voicegender.prediction import Classifier, load_model
from voicegender.projection import Projection, project
from voicegender.runs import Run, runs
from voicegender.store import FeatureSet, feature_sets
from voicegender.ui.result import Result, result_of_run, results_of_folds, results_of_model
from voicegender.ui.spread import Spread, spread_of

Written = tuple[tuple[int, int], ...]
"""What differs when one of some files was written again."""


def _changed(folder: Path) -> float:
    """When a folder or its table of speakers was changed last, seconds since the epoch."""
    times = [p.stat().st_mtime for p in (folder, folder / "SPEAKERS.TXT") if p.exists()]
    times += [p.stat().st_mtime for p in folder.glob("*-*") if p.is_dir()]
    return max(times, default=0.0)


def corpus(path: Path) -> Corpus:
    """A corpus; read again when its folders change."""
    return _corpus(str(path), _changed(path))


@st.cache_resource(max_entries=4, show_spinner="Reading the corpus…")
def _corpus(path: str, changed_at: float) -> Corpus:  # noqa: ARG001  # part of the cache key
    return load_corpus(path)


def classifier(folder: Path) -> Classifier:
    """A model ready to answer; one for all sessions, for it keeps nothing of a recording."""
    return _classifier(str(folder), written(folder))


@st.cache_resource(max_entries=8, show_spinner="Loading the model…")
def _classifier(folder: str, state: Written) -> Classifier:  # noqa: ARG001  # as above
    return load_model(folder)


def known_corpora() -> list[Path]:
    """Corpora that are present, and those a person named in this session."""
    named: list[str] = st.session_state.get("corpora", [])
    found = [*corpora(), *(Path(name) for name in named)]
    return list(dict.fromkeys(found))


def titles(paths: list[Path]) -> dict[Path, str]:
    """What corpora are called: their folder's name, with more of the path where two share it."""
    names = [path.resolve().name for path in paths]
    called = {}
    for path, name in zip(paths, names, strict=True):
        told = name if names.count(name) == 1 else f"{path.resolve().parent.name}/{name}"
        called[path] = f"{told} (synthetic)" if (path / MARKER).is_file() else told
    return called


def models() -> list[Bundle]:
    """Published models that hear recordings, the default first, then finished runs' models."""
    made = [bundle for run in finished_runs() for bundle in bundles(run.folder)]
    return [bundle for bundle in (*_published(), *made) if bundle.hears]


def _published() -> list[Bundle]:
    return sorted(bundles(places().models), key=lambda bundle: bundle.name != "default")


def bundles(root: Path) -> list[Bundle]:
    """Bundles in a folder of models that can be read, by name; each read once for all sessions."""
    folders = [path.parent for path in sorted(root.glob("*/bundle.json"))]
    found = [_bundle(str(folder), written(folder)) for folder in folders]
    return [bundle for bundle in found if bundle]


@st.cache_resource(max_entries=500, show_spinner=False)
def _bundle(folder: str, state: Written) -> Bundle | None:  # noqa: ARG001  # as above
    try:
        return open_bundle(folder)
    except ModelError:  # named where it is opened; a list shows what works
        return None


def written(folder: Path) -> Written:
    """The state of a bundle's facts and scores: size, and when it was written in nanoseconds."""
    return _state_of(folder / name for name in ("bundle.json", "model.onnx", *SCORES, ROBUSTNESS))


def _state_of(paths: Iterable[Path]) -> Written:
    found = []
    for path in paths:
        with suppress(FileNotFoundError):
            one = path.stat()
            found.append((one.st_size, one.st_mtime_ns))
    return tuple(found)


def finished_runs() -> list[Run]:
    """Runs whose model is there, newest first."""
    return [run for run in runs(places().runs) if run.state == "done"]


def samples(path: Path) -> Samples:
    """A whole recording, shape (n_samples,), at 16,000 Hz."""
    return _samples(str(path), path.stat().st_mtime if path.exists() else 0.0)


@st.cache_data(max_entries=8, show_spinner=False)
def _samples(path: str, changed_at: float) -> Samples:  # noqa: ARG001  # as above
    return load_audio(Path(path))


def feature_set_list() -> list[FeatureSet]:
    """All feature sets in the store, newest first."""
    return feature_sets(places().features)


def projection(features: FeatureSet) -> Projection:
    """The map of a finished feature set, which never changes."""
    return _projection(str(features.folder), _made_at(features))


@st.cache_resource(max_entries=4, show_spinner="Drawing the map…")
def _projection(folder: str, made_at: float) -> Projection:  # noqa: ARG001  # as above
    return project(FeatureSet(Path(folder)))


def spread(features: FeatureSet) -> Spread:
    """Means of a finished set of vectors."""
    return _spread(str(features.folder), _made_at(features))


@st.cache_resource(max_entries=4, show_spinner=False)
def _spread(folder: str, made_at: float) -> Spread:  # noqa: ARG001  # as above
    return spread_of(FeatureSet(Path(folder)))


def _made_at(features: FeatureSet) -> float:
    return (features.folder / "config.json").stat().st_mtime


def results() -> list[Result]:
    """Everything that has been tested: runs, cross-validations, published models."""
    root = places().runs
    return [
        *(_result_of_run(str(run.folder), _written(run)) for run in finished_runs()),
        *results_of_folds(root),
        *(result for bundle in _published() for result in _results_of_model(bundle, root)),
    ]


def _results_of_model(bundle: Bundle, root: Path) -> list[Result]:
    beside = _state_of([root / f"robustness-{bundle.name}" / ROBUSTNESS])
    state = (*written(bundle.folder), *beside)
    return _tested(bundle, str(bundle.folder), str(root), state)


@st.cache_resource(max_entries=50, show_spinner=False)
def _tested(_bundle: Bundle, folder: str, root: str, state: Written) -> list[Result]:  # noqa: ARG001  # as above
    return results_of_model(_bundle, Path(root))


def _written(run: Run) -> Written:
    """The state of what a run was asked and of what came out."""
    return _state_of(run.folder / name for name in ("config.json", "metrics.json"))


@st.cache_resource(max_entries=200, show_spinner=False)
def _result_of_run(folder: str, state: Written) -> Result:  # noqa: ARG001  # as above
    return result_of_run(Run(Path(folder)))
