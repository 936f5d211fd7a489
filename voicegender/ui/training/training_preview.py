"""What would be trained: on whom, on whom it is tested, what it costs."""

import pandas as pd
import streamlit as st

from voicegender.run_config import RunConfig
from voicegender.split import LEAKY as LEAKY_POLICY
from voicegender.ui import frame
from voicegender.ui.results.parts_tables import parts_table, readers_table
from voicegender.ui.terms import TERMS
from voicegender.ui.training import training_cost, training_form
from voicegender.ui.training.training_form import Source
from voicegender.ui.words import LEAKY, TURNS, lasting


def show(source: Source, config: RunConfig) -> None:
    """Show parts and cost.

    Raises
    ------
    VoiceGenderError
        A part would be empty, or hold one gender only.
    """
    st.subheader("Who is in which part", help=TERMS["split.policy"])
    if config.split.policy == LEAKY_POLICY:
        st.warning(LEAKY, icon="⚠️")
    if source.synthetic:
        st.info("A synthetic corpus: computed voices, not people.")
    if not source.readers_known:
        st.info("Readers are not known here: each recording counts as one.")
    rows = training_form.parts_of(source, config)
    st.markdown(training_form.totals(rows))
    st.table(parts_table(rows))
    if config.network.heads > 1:
        st.caption(TURNS.format(heads=config.network.heads))
    with st.expander("The readers in each part"):
        frame.table(readers_table(rows), hide_index=True, height=260)
    show_cost(source, config, rows)


def show_cost(source: Source, config: RunConfig, rows: pd.DataFrame) -> None:
    """Show how long it will take, and what says so."""
    cost = training_cost.cost_of(source, config, rows)
    st.subheader("What it will cost", help=TERMS["cost"])
    with st.container(horizontal=True, gap="medium"):
        st.metric("In all, about", lasting(cost.total), width="content")
        st.metric("An epoch", lasting(cost.epoch), help=TERMS["epoch"], width="content")
        st.metric("Recordings learnt", f"{cost.n_learnt:,}", width="content")
    if cost.n_missing:
        st.caption(
            f"Features of {cost.n_missing:,} recordings are made first: about "
            f"{lasting(cost.features)}. Those too short for them are left out."
        )
    else:
        st.caption("All features are there.")
    st.caption(training_cost.RESTS_ON[cost.rests_on])
