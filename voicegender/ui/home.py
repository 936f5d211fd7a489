"""What the home page says of the project's state, and what to do next."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from voicegender.bundle import Bundle
from voicegender.places import places
from voicegender.process import state_of
from voicegender.runs import Run, runs
from voicegender.store import FeatureSet, feature_sets
from voicegender.ui import downloading, frame, loaders, model_choice, naming, work
from voicegender.ui.result import (
    asked_leaky,
    config_of,
    config_of_model,
    rightness,
    tested_best,
)
from voicegender.ui.words import size, state_word

WHAT = (
    "**voicegender** tells whether a recorded voice is heard as female or male, how sure that is, "
    "and where in the recording. Behind it lies the whole way on the LibriSpeech corpus: who "
    "speaks, which features are extracted, how networks are trained, and what they get wrong."
)
DOORS = (
    ("Predict", "Classify a voice", "Drop recordings or speak, and read what is heard."),
    ("Live", "Listen live", "Speak, and watch the verdict follow."),
    ("Speakers", "Meet the speakers", "Filter and count the readers; a page for each, to listen."),
    ("Features", "See the features", "One recording as numbers, all of them on a map."),
    ("Training", "Train a network", "Choose, start, watch, cancel, go on."),
    ("Results", "Read the results", "Side by side, under noise, and the errors to listen to."),
)
"""File, label and sentence of each page; one that is not there is not offered."""
ALIGNED = "<style>[class*=st-key-door-] [data-testid=stPageLink] {margin-left: -0.5rem}</style>"
"""A link's own margin would set it off from the sentence below it."""
N_SHOWN = 5


@dataclass(frozen=True)
class _Demo:
    """The corpus of computed voices that is made here."""

    folder: Path

    @property
    def job(self) -> work.Job:
        """The command that makes it."""
        command = ("corpus", "demo", "--to", str(self.folder))
        is_done = (self.folder / "SPEAKERS.TXT").is_file
        return work.Job(places().data / "jobs" / "demo", command, "making the demo corpus", is_done)


def doors() -> None:
    """A way into each page there is."""
    st.html(ALIGNED)
    there = [d for d in DOORS if any((places().root / "pages").glob(f"*_{d[0]}.py"))]
    for first in range(0, len(there), 3):
        for column, (name, label, sentence) in zip(
            st.columns(3), there[first : first + 3], strict=False
        ):
            with column, st.container(border=True, height="stretch", key=f"door-{name}"):
                frame.way_to(name, f"**{label}**")
                st.caption(sentence)


def next_step() -> None:
    """One sentence on what would do now, with its way in."""
    if not loaders.known_corpora():
        no_corpus()
    elif not loaders.models():
        with st.container(border=True):
            st.markdown("**Next:** train a model. On the demo corpus it takes minutes.")
            frame.way_to("Training", "Train a network")


def no_corpus() -> None:
    """What to do while there is no corpus: make one, fetch one, or name one."""
    demo = _Demo(places().data / "demo")
    with st.container(border=True):
        st.markdown("**There is no corpus yet.** Take one of three ways:")
        made, fetched, named = st.columns(3, gap="large")
        with made:
            st.markdown("**Make a small one** of computed voices, in under a minute.")
            _make_demo(demo.job)
        with fetched:
            st.markdown("**Download LibriSpeech**, or parts of it: people who read aloud.")
            downloading.show()
        with named:
            st.markdown("**Name one** that is already on this machine.")
            naming.name_corpus()


def _make_demo(job: work.Job) -> None:
    if job.state in ("running", "failed"):
        work.panel(job, "demo")
    elif st.button("Make the demo corpus", type="primary", key="make-demo"):
        with frame.told():
            job.start()
            st.rerun()


def state() -> None:
    """Corpora, features, runs and models, side by side."""
    left, right = st.columns(2, gap="large")
    with left:
        _corpora()
        _features()
    with right:
        _models()
        _runs()


def _corpora() -> None:
    st.subheader("Corpora", anchor=False)
    paths = loaders.known_corpora()
    rows = []
    for path, title in loaders.titles(paths).items():
        with frame.told():
            rows.append(_corpus_row(path, title))
    if rows:
        _table(pd.DataFrame(rows), "Corpora")
    elif not paths:
        st.caption("None yet.")
    if paths:
        with st.expander("Name another corpus"):
            naming.name_corpus()


def _corpus_row(path: Path, title: str) -> dict[str, object]:
    corpus = loaders.corpus(path)
    utterances = corpus.utterances
    return {
        "Corpus": title,
        "Readers": f"{utterances['speaker_id'].nunique():,} of {len(corpus.speakers):,}",
        "Recordings": f"{len(utterances):,}",
        "Hours": f"{utterances['duration'].sum() / 3600:,.1f}",
        "Left out": f"{len(corpus.problems):,}",
    }


def _features() -> None:
    st.subheader("Features", anchor=False)
    found = feature_sets(places().features)
    if not found:
        st.caption("None yet. Training makes what it needs; the Features page makes them ahead.")
        return
    _table(pd.DataFrame([_features_row(one) for one in found[:N_SHOWN]]), "Feature sets")
    _more(len(found), "Features", "Stored features")


def _features_row(one: FeatureSet) -> dict[str, str]:
    source = Path(one.config["source"]).name
    return {
        "Features": one.config["extractor"]["kind"],
        "Of": f"{source} (synthetic)" if one.config.get("synthetic") else source,
        "Recordings": f"{len(one.utterances()):,}",
        "State": state_word(state_of(one.folder, done=one.is_complete)),
        "Size": size(one.n_bytes),
    }


def _runs() -> None:
    st.subheader("Runs", anchor=False)
    found = runs(places().runs)
    if not found:
        st.caption("None yet. The Training page starts one.")
        return
    _table(pd.DataFrame([_run_row(run) for run in found[:N_SHOWN]]), "Runs, the newest first")
    _more(len(found), "Training", "Runs")


def _run_row(run: Run) -> dict[str, str]:
    config = config_of(run)  # a half-written or foreign folder is listed all the same
    return {
        "Run": run.name,
        "Network": config.network.kind if config else "unknown",
        "State": state_word(run.state),
        "Right on test": rightness(run.metrics, leaky=asked_leaky(config)),
    }


def _models() -> None:
    st.subheader("Models", anchor=False)
    found = loaders.models()
    if not found:
        st.caption("None yet. A run that is done leaves one.")
        return
    _table(pd.DataFrame([_model_row(bundle) for bundle in found[:N_SHOWN]]), "Models")
    if len(found) > N_SHOWN:
        st.caption(f"and {len(found) - N_SHOWN:,} more, of the runs below")


def _model_row(bundle: Bundle) -> dict[str, str]:
    leaky = asked_leaky(config_of_model(bundle)) and tested_best(bundle) == bundle.metrics
    return {
        "Model": model_choice.model_name(bundle),
        "Network": bundle.facts["network"]["kind"],
        "Right on test": rightness(tested_best(bundle), leaky=leaky),
    }


def _table(rows: pd.DataFrame, alt: str) -> None:
    frame.table(rows, hide_index=True, alt=alt)


def _more(n: int, page: str, view: str) -> None:
    """A way to those that are not shown."""
    if n > N_SHOWN:
        frame.way_to(page, f"→ and {n - N_SHOWN:,} more", view=view)
