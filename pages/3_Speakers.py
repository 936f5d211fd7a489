"""Who speaks in a corpus: filter, count, listen; and each reader's own page."""

import streamlit as st

from voicegender.corpus import Corpus
from voicegender.ui import downloading, frame, home, loaders
from voicegender.ui.corpus import disputes, reader_page, reader_table, readers


def all_readers(corpus: Corpus, known: disputes.Disputes | None) -> None:
    """The readers that fit the filters: counted, as a table, as charts."""
    table = reader_table.table(corpus, known.told if known else ())
    shown = readers.filters(table, known)(table)
    readers.counts(shown, table)
    if shown.empty:
        st.info("No reader fits these filters. Take one of them back.")
        return
    tabs = st.tabs(["Table", "Charts"], key="view", on_change="rerun", bind="query-params")
    for tab, show in zip(tabs, (readers.show_table, readers.charts), strict=True):
        if tab.open:
            with tab:
                show(shown)


frame.page("Speakers", "Who reads in a corpus: filter, count, and listen to what is here.")

paths = loaders.known_corpora()
if not paths:
    home.no_corpus()
    st.stop()

if not readers.asked_reader():
    downloading.expander()
with frame.told():
    chosen = loaders.corpus(readers.choose_corpus(paths))
    if chosen.synthetic:
        st.info("A **synthetic** corpus: these voices are computed, not recorded from people.")
    disputed = disputes.disputes_of(chosen)
    if reader := readers.asked_reader():
        reader_page.show(chosen, reader, disputed)
    else:
        all_readers(chosen, disputed)
