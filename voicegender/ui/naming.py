"""A corpus elsewhere on this machine, named by the server's owner."""

from pathlib import Path

import streamlit as st

from voicegender.addresses import place_at
from voicegender.errors import CorpusError
from voicegender.ui import frame, guests, loaders

OWNERS = (
    "Others share this server, so no folder can be named here. Whoever runs it names corpora: in "
    "the folder of data, or by `VOICEGENDER_LIBRISPEECH`."
)


def name_corpus() -> None:
    """A field for a folder or manifest elsewhere; kept for this session.

    What is typed reaches any folder the server may read, so it is for the server's owner alone.
    """
    if guests.is_shared():
        st.caption(OWNERS)
        return
    with st.form("name-corpus", border=False, clear_on_submit=True):
        text = st.text_input(
            "Folder of a corpus, or its CSV manifest",
            placeholder="/data/LibriSpeech",
            key="corpus-path",
        )
        asked = st.form_submit_button("Use this corpus")
    if asked and text.strip():
        with frame.told():
            path = _usable(place_at(Path(text.strip())))
            st.session_state["corpora"] = [*st.session_state.get("corpora", []), str(path)]
            st.rerun()


def _usable(path: Path) -> Path:
    """The path itself, when a corpus can be read there.

    Raises
    ------
    CorpusError
        It cannot.
    """
    try:
        if not path.exists():
            wrong = "there is nothing here"
            raise CorpusError(path, wrong, "name a LibriSpeech folder or a manifest")
        loaders.corpus(path)
    except OSError as error:
        raise CorpusError(path, error.strerror or "cannot be read") from None
    return path
