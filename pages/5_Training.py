"""Choose, start, watch, cancel and resume trainings."""

import shlex

import streamlit as st

from voicegender.command_lines import train_arguments
from voicegender.places import places
from voicegender.run_config import RunConfig
from voicegender.runs import Run, runs
from voicegender.ui import frame, home, work
from voicegender.ui.result import config_of
from voicegender.ui.results.results_form import show_split
from voicegender.ui.training import (
    training_form,
    training_preview,
    training_progress,
    training_tables,
)

# Where the name of a run that was just started waits for the next drawing of the page.
STARTED = "training-started"


def new_training() -> None:
    """Ask what shall be trained; show on whom and at what cost, start it."""
    if not training_form.source_paths():
        home.no_corpus()
        return
    form, preview = st.columns([1, 1], gap="large")
    with form:
        source = training_form.choose_source()
        subsets = training_form.choose_subsets(source)
        config = training_form.choose_config(source, subsets)
    with preview, st.container(border=True), frame.told():
        training_preview.show(source, config)
        begin(config)


def begin(config: RunConfig) -> None:
    """Ask for a name; start."""
    name = training_form.choose_name(config)
    if st.button("Start training", type="primary", width="stretch"):
        st.session_state[STARTED] = training_form.start(config, name).name
        st.rerun()
    st.caption("The same on the command line:")
    st.code(f"voicegender {shlex.join(train_arguments(config, name))}", None, wrap_lines=True)


def look_at_runs(found: list[Run]) -> None:
    """List the runs; show one of them closely."""
    if not found:
        st.info("No run yet: start one in the tab before this one.")
        return
    names = {run.name: run for run in found}
    name = st.selectbox("Run to look at", [*names], key="run", bind="query-params")
    run = names[str(name)]
    work.panel(
        work.training_job(run),
        f"run-{run.name}",
        rivals=work.training_jobs,
        body=lambda: training_progress.show(run),
    )
    if run.state == "done":
        frame.way_to("Results", "→ Open its results", results=run.name)
    with st.expander("What was asked, and what it said"):
        if config := config_of(run):
            words = shlex.join(train_arguments(config, run.name))
            st.code(f"voicegender {words}", None, wrap_lines=True)
        st.code(training_progress.end_of_log(run), language=None, height=300)
    show_split(run)
    st.subheader("All runs")
    frame.table(training_tables.runs_table(found), hide_index=True)


frame.page("Training", "Choose a network and the voices it learns from, and watch it learn.")
if started := st.session_state.pop(STARTED, None):
    st.session_state["view"], st.session_state["run"] = "Runs", started
all_runs = runs(places().runs)
tabs = st.tabs(["New training", "Runs"], key="view", on_change="rerun", bind="query-params")
if tabs[0].open:
    with tabs[0], frame.told():
        new_training()
if tabs[1].open:
    with tabs[1], frame.told():
        look_at_runs(all_runs)
