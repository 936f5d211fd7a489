"""Which model answers: chosen, named, and what is known of it."""

from collections.abc import Sequence

import streamlit as st

from voicegender.bundle import Bundle
from voicegender.ui import frame, loaders
from voicegender.ui.result import asked_leaky, config_of_model, tested_best


def choose_model(bundles: Sequence[Bundle]) -> Bundle:
    """Let a person choose who answers; says what the model is and where it comes from."""
    with st.sidebar:
        chosen = st.selectbox("Model", bundles, format_func=model_name, key="model")
        st.caption(_words(chosen, str(chosen.folder), loaders.written(chosen.folder)))
        if is_synthetic(chosen):
            st.warning("Learnt from computed voices. It is for trying things out, not for people.")
    return chosen


def model_name(bundle: Bundle) -> str:
    """The name of a published model, or of the run a model comes from."""
    in_run = bundle.folder.name == "model"
    name = f"{bundle.folder.parent.name} (run)" if in_run else bundle.name
    return f"{name} · synthetic" if is_synthetic(bundle) else name


def is_synthetic(bundle: Bundle) -> bool:
    """Whether a model has learnt from computed voices."""
    return bool(bundle.facts.get("provenance", {}).get("synthetic"))


def model_words(bundle: Bundle) -> str:
    """Network, features and how often it was right on readers it had not heard.

    A cross-validation speaks of more readers than one test part, so it is quoted where it is.
    """
    facts = [bundle.facts["network"]["kind"], bundle.facts["extractor"]["kind"]]
    metrics = tested_best(bundle)
    tested, n_times = metrics.get("recordings"), max(1, len(metrics.get("seeds", [])))
    words = [" over ".join(facts)]
    if tested:
        whom = f"{tested['n'] // n_times:,} recordings of {tested['n_readers']:,} readers"
        words.append(f"right on {tested['accuracy']:.1%} of {whom} in tests")
    if asked_leaky(config_of_model(bundle)):
        words.append("⚠ leaky: it learnt from the readers it was tested on")
    return frame.plain(" · ".join(words))


@st.cache_data(max_entries=500, show_spinner=False)
def _words(_bundle: Bundle, folder: str, state: loaders.Written) -> str:  # noqa: ARG001  # the cache key
    return model_words(_bundle)


def no_model() -> None:
    """What to do while there is nobody who could answer."""
    st.info("There is no model yet that could answer. Train one; it appears here when it is done.")
    frame.way_to("Training", "Train a model")
    st.caption("Or on the command line, on a small synthetic corpus:")
    st.code("voicegender corpus demo\nvoicegender train data/demo", None)
