"""Recordings seen and heard, one and all; extraction started and watched; the store."""

import shlex
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from voicegender.corpus import Corpus
from voicegender.ui import frame, home, work
from voicegender.ui.corpus import extraction_form, one_recording, store_view, voice_map
from voicegender.ui.corpus.recording_choice import choose_corpus


def of_a_corpus(show: Callable[[Path, Corpus], None], key: str) -> None:
    """Ask for a corpus and show something of it, or offer to make one."""
    chosen = choose_corpus(key)
    if chosen is None:
        home.no_corpus()
    else:
        show(*chosen)


def make(path: Path, corpus: Corpus) -> None:
    """Ask for features and start making them."""
    asked = extraction_form.ask(path, corpus)
    st.caption("The same on the command line:")
    st.code(f"voicegender {shlex.join(asked.command)}", None, wrap_lines=True)
    if st.button("Make these features", type="primary"):
        if extraction_form.start(asked):
            st.rerun()
        st.success("These features are in the store already.")


def watch() -> None:
    """Show extractions that are not done."""
    for found in extraction_form.unfinished():
        key = f"job-{found.folder.parent.name}-{found.folder.name}"
        work.panel(extraction_form.job_of(found), key, rivals=extraction_form.all_jobs)


VIEWS: dict[str, Callable[[], None]] = {
    "One recording": lambda: of_a_corpus(one_recording.show, "look-corpus"),
    "Map of voices": lambda: of_a_corpus(voice_map.show, "map-corpus"),
    "Make features": lambda: of_a_corpus(make, "extract-corpus"),
    "Stored features": store_view.show,
}

frame.page("Features", "What a network is given in place of the sound: seen, heard, and made.")
watch()
tabs = st.tabs([*VIEWS], key="view", on_change="rerun", bind="query-params")
for tab, show in zip(tabs, VIEWS.values(), strict=True):
    if tab.open:
        with tab, frame.told():
            show()
