"""Who speaks in a corpus: filter, count, listen."""

import streamlit as st

from voicegender.ui import frame, home, loaders, reader_table, readers

frame.page("Speakers", "Who reads in a corpus: filter, count, and listen to what is here.")

paths = loaders.known_corpora()
if not paths:
    home.no_corpus()
    st.stop()

with frame.told():
    corpus = loaders.corpus(readers.choose_corpus(paths))
    if corpus.synthetic:
        st.info("A **synthetic** corpus: these voices are computed, not recorded from people.")
    known = reader_table.table(corpus)
    shown = readers.filters(known)(known)
    readers.counts(shown, known)
    if shown.empty:
        st.info("No reader fits these filters. Take one of them back.")
        st.stop()
    table, reader = st.columns([7, 4], gap="large")
    with table:
        chosen = readers.choose_reader(shown)
    with reader:
        readers.show_reader(corpus, chosen)
    readers.charts(shown)
