"""One recording as sound, pictures and numbers."""

from pathlib import Path

import streamlit as st

from voicegender.audio import Samples
from voicegender.corpus import Corpus
from voicegender.features import MfccMean
from voicegender.ui import frame, loaders
from voicegender.ui.corpus import charts_features, extraction_form
from voicegender.ui.corpus.recording_choice import choose_recording
from voicegender.ui.voice import charts_voice


def show(path: Path, corpus: Corpus) -> None:
    """Choose one, hear it and see it."""
    row = choose_recording(corpus, "look")
    recording = corpus.root / row["path"]
    y = loaders.samples(recording)
    st.audio(str(recording), alt=f"Recording {row['utterance_id']}")
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
    _numbers(y, path, corpus)


def _numbers(y: Samples, path: Path, corpus: Corpus) -> None:
    """The 128 numbers of a recording, beside the means where they are known."""
    st.subheader("Its 128 numbers", help="MFCC averaged over the whole recording: a fingerprint.")
    values, others = MfccMean()(y), extraction_form.same_vectors(corpus)
    spread = loaders.spread(others) if others else None
    frame.chart(
        charts_features.mfcc_numbers(values, spread),
        key="numbers",
        alt="Mean MFCC of the recording, with the means of all women and of all men.",
    )
    if spread is None:
        st.markdown("The means of all women and of all men can stand beside it.")
        label = f"Make those of all {len(corpus.utterances):,} recordings"
        extraction_form.offer(path, corpus, MfccMean(), label)
    with st.expander("The numbers"):
        frame.table(charts_features.numbers_table(values, spread), hide_index=True)
