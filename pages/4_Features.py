"""One utterance seen and heard; extraction started and watched; what the store holds."""

import shlex

import streamlit as st

from voicegender.audio import Samples
from voicegender.features import MfccMean
from voicegender.store import FeatureSet
from voicegender.ui import (
    charts_features,
    charts_voice,
    extraction_form,
    frame,
    home,
    loaders,
    work,
)
from voicegender.ui.recording_choice import choose_corpus, choose_recording


def see_and_hear() -> None:
    """Show one recording as sound, pictures and numbers."""
    chosen = choose_corpus("look-corpus")
    if chosen is None:
        home.no_corpus()
        return
    row = choose_recording(chosen[1], "look")
    path = chosen[1].root / row["path"]
    y = loaders.samples(path)
    st.audio(str(path), alt=f"Recording {row['utterance_id']}")
    frame.chart(
        charts_voice.waveform(charts_voice.outline([y])),
        key="wave",
        alt="Waveform: amplitude of the recording in time.",
    )
    st.subheader("Spectrum and pitch", help="Log-mel power, and F0: how high the voice is, in Hz.")
    frame.chart(
        charts_voice.spectrogram(y),
        key="mel",
        alt="Log-mel power by frequency in time, and below it the pitch (F0) in Hz.",
    )
    st.subheader("MFCC in time", help="Mel-frequency cepstral coefficients: the spectrum's shape.")
    frame.chart(charts_features.mfcc_map(y), key="mfcc", alt="MFCC coefficients in time.")
    numbers(y, extraction_form.same_vectors(chosen[1]))


def numbers(y: Samples, others: FeatureSet | None) -> None:
    """Show the 128 numbers of a recording, beside the means where they are known."""
    st.subheader("Its 128 numbers", help="MFCC averaged over the whole recording: a fingerprint.")
    values = MfccMean()(y)
    spread = charts_features.spread_of(others) if others else None
    frame.chart(
        charts_features.mfcc_numbers(values, spread),
        key="numbers",
        alt="Mean MFCC of the recording, with the means of all women and of all men.",
    )
    if spread is None:
        st.caption("Make the MFCC means of this corpus to see those of women and men beside it.")
    with st.expander("The numbers"):
        st.dataframe(charts_features.numbers_table(values, spread), hide_index=True)


def make() -> None:
    """Ask for features, start making them, watch it."""
    chosen = choose_corpus("extract-corpus")
    if chosen is None:
        home.no_corpus()
        return
    asked = extraction_form.ask(*chosen)
    st.caption("The same on the command line:")
    st.code(f"voicegender {shlex.join(asked.command)}", "bash", wrap_lines=True)
    if st.button("Make these features", type="primary"):
        if extraction_form.start(asked):
            st.rerun()
        st.success("These features are in the store already.")


def watch() -> None:
    """Show extractions that are not done."""
    for found in extraction_form.unfinished():
        key = f"job-{found.folder.parent.name}-{found.folder.name}"
        work.panel(extraction_form.job_of(found), key, rivals=extraction_form.all_jobs)


def stored() -> None:
    """List the store."""
    found = loaders.feature_set_list()
    if not found:
        st.info("No features yet. Make some in the tab before this one; a training does so too.")
        return
    st.dataframe(extraction_form.sets_table(found), hide_index=True)
    each = st.selectbox("Look closer at", found, format_func=extraction_form.label)
    if each is None:
        return
    st.caption(extraction_form.settings_of(each))
    missed = extraction_form.left_out(each)
    if missed.empty:
        st.caption("No recording was left out.")
    else:
        st.dataframe(missed, hide_index=True)


frame.page("Features", "What a network is given in place of the sound: seen, heard, and made.")
watch()
names = ["One recording", "Make features", "Stored features"]
tabs = st.tabs(names, key="view", on_change="rerun", bind="query-params")
for tab, show in zip(tabs, (see_and_hear, make, stored), strict=True):
    if tab.open:
        with tab, frame.told():
            show()
