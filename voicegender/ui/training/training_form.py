"""What shall be trained, asked in a form; what it will cost and on whom it is tested."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from voicegender import jobs
from voicegender.alteration import NONE, Alteration
from voicegender.augmentation import Augmentation
from voicegender.errors import WorkError
from voicegender.network import Network
from voicegender.networks import NETWORKS
from voicegender.places import places
from voicegender.run_config import RunConfig, network_named
from voicegender.runs import Run, create_run, free_name
from voicegender.store import FeatureSet
from voicegender.ui import forms, loaders
from voicegender.ui.terms import TERMS
from voicegender.ui.words import option_name
from voicegender.ui.work import alone, training_job, training_jobs


@dataclass(frozen=True)
class Source:
    """What a network learns from: a corpus, or features made elsewhere."""

    path: Path
    utterances: pd.DataFrame
    imported: bool = False
    synthetic: bool = False
    readers_known: bool = True


def source_paths() -> list[Path]:
    """Known corpora, then imported features."""
    imported = [found.folder for found in loaders.feature_set_list() if found.imported]
    return [*loaders.known_corpora(), *imported]


def source_names(paths: list[Path]) -> dict[Path, str]:
    """Corpora by their titles, imported features by their name."""
    imported = [path for path in paths if (path / "config.json").exists()]
    titles = loaders.titles([path for path in paths if path not in imported])
    return titles | {path: f"imported features: {path.name}" for path in imported}


def choose_source() -> Source:
    """Ask what shall be learnt from.

    Raises
    ------
    VoiceGenderError
        A corpus that cannot be read.
    """
    paths = source_paths()
    path = st.selectbox(
        "Corpus",
        paths,
        format_func=source_names(paths).__getitem__,
        key="train-corpus",
        help="Recordings with labels, or features of them made elsewhere.",
    )
    if path is None:
        raise WorkError("Training", "there is no corpus", "make the demo corpus, or name one")
    if (path / "config.json").exists():
        found = FeatureSet(path)
        known = bool(found.config.get("readers_known"))
        return Source(path, found.utterances(), imported=True, readers_known=known)
    corpus = loaders.corpus(path)
    return Source(path, corpus.utterances, synthetic=corpus.synthetic)


def choose_subsets(source: Source) -> tuple[str, ...]:
    """Ask for subsets; none means all."""
    present = sorted(set(source.utterances["subset"]))
    chosen = st.multiselect(
        "Subsets",
        present,
        placeholder="all",
        key=f"train-subsets-{source.path}",
        help="Parts of the corpus as it was published; none chosen means all.",
    )
    return tuple(chosen)


def choose_config(source: Source, subsets: Sequence[str]) -> RunConfig:
    """Ask for network, features and all settings, beginning with the network's own.

    Raises
    ------
    SettingError
        Values that make no sense together.
    """
    kinds = [
        cls.kind for cls in reversed(NETWORKS) if not source.imported or "imported" in cls.accepts
    ]
    kind = st.selectbox(
        "Network",
        kinds,
        format_func=option_name,
        key=f"train-network-{source.imported}",
        help=TERMS["network"],
    )
    own = network_named(str(kind))
    features = own.features
    if not source.imported:
        features = forms.choose_extractor(
            "Features", own.accepts, f"train-{kind}", default=own.features
        )
    split = forms.choose_split("train")
    with st.expander("Settings of the training"):
        fitting = forms.settings(own.fitting, f"train-{kind}-fitting")
    with st.expander("Settings of the network"):
        network = forms.settings(own, f"train-{kind}-network")
    augmentation, alteration = _choose_changes(own)
    return RunConfig(
        str(source.path.resolve()),
        network,
        features,
        fitting,
        augmentation,
        alteration,
        split,
        tuple(subsets),
    )


def _choose_changes(own: Network) -> tuple[Augmentation, Alteration]:
    """Ask how what is learnt from is changed, where the network knows of such changes."""
    augmentation, alteration = own.augmentation, own.alteration
    if augmentation != Augmentation.off():
        with st.expander("Settings of the augmentation"):
            st.caption("Random changes of each excerpt, so that it learns voices, not rooms.")
            augmentation = forms.settings(augmentation, f"train-{own.kind}-augmentation")
    if alteration != NONE:
        with st.expander("Settings of the altered copies"):
            st.caption("Each recording is also learnt as other rooms, lines and codecs leave it.")
            alteration = forms.settings(alteration, f"train-{own.kind}-alteration")
    return augmentation, alteration


def choose_name(config: RunConfig) -> str:
    """Ask what the run shall be called; a free name is proposed."""
    proposed = free_name(places().runs, config.network.kind)
    return st.text_input(
        "Name of the run",
        proposed,
        key=f"train-name-{proposed}",
        help="Letters, digits, dot, dash, underscore: its folder is called so.",
    )


def parts_of(source: Source, config: RunConfig) -> pd.DataFrame:
    """The utterances with their part, as the run would divide them.

    Raises
    ------
    CorpusError
        A part would be empty, or hold one gender only.
    """
    rows = source.utterances
    if config.subsets:
        rows = rows[rows["subset"].isin(config.subsets)]
    return config.split(rows)


def totals(rows: pd.DataFrame) -> str:
    """Recordings, readers and hours in words."""
    hours = rows["duration"].sum() / 3600
    words = [f"{len(rows):,} recordings", f"{rows['speaker_id'].nunique():,} readers"]
    words += [f"{hours:.1f} hours"] if hours else []
    return " · ".join(words)


def start(config: RunConfig, name: str) -> Run:
    """Write the run's folder and start its training.

    Raises
    ------
    VoiceGenderError
        A name that is taken, or another training that runs.
    """
    with alone(name, training_jobs):
        run = create_run(places().runs, name, config)
        jobs.start(run.folder, *training_job(run).command)
    return run
