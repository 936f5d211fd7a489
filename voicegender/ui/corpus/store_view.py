"""What the feature store holds, how large it is, and what can be cleaned."""

from functools import cache

import streamlit as st

from voicegender import store_cleaning
from voicegender.corpus import load_corpus
from voicegender.places import places
from voicegender.store import FeatureSet
from voicegender.store_cleaning import Stored
from voicegender.ui import frame, loaders
from voicegender.ui.corpus import extraction_form
from voicegender.ui.words import size

N_NAMED = 3
"""Runs of a set that are named."""
DELETED = "store-deleted"
"""Where a word on what was deleted waits for the next drawing of the page."""


def show() -> None:
    """The sets, one of them closely, and what can go."""
    if said := st.session_state.pop(DELETED, ""):
        st.success(said)
    # Not the pages' corpora: those may be some changes old, and what is deleted is gone.
    held = store_cleaning.stored(places().features, places().runs, read=cache(load_corpus))
    found = loaders.feature_set_list()
    if not held:
        st.info("No features yet. Make some in the tab before this one; a training does so too.")
        return
    total = size(sum(one.n_bytes for one in held))
    word = "set" if len(found) == 1 else "sets"
    place = frame.plain(str(places().features))
    st.markdown(f"**{len(found):,} feature {word}, {total}**, in {place}")
    if found:
        frame.table(extraction_form.sets_table(found), hide_index=True)
        _closely(found)
    _clean(held, found)


def _closely(found: list[FeatureSet]) -> None:
    each = st.selectbox("Look closer at", found, format_func=extraction_form.label)
    if each is None:
        return
    st.caption(extraction_form.settings_of(each))
    missed = extraction_form.left_out(each)
    if missed.empty:
        st.caption("No recording was left out.")
    else:
        frame.table(missed, hide_index=True)


def _clean(held: list[Stored], found: list[FeatureSet]) -> None:
    """Choose what shall go, confirm, delete."""
    st.subheader("What can be cleaned", anchor=False)
    spare = [one for one in held if one.reasons and not one.busy]
    for one in held:
        if one.busy:
            st.caption(f"{frame.plain(one.name)} stays: {frame.plain(one.busy)}.")
    if not spare:
        st.caption("Nothing: each set is whole, of a corpus that is here, and used by a run.")
        return
    st.caption(
        "Nothing goes by itself. Features can be made again from their recordings; scores and "
        "models of runs that are done stay."
    )
    chosen = [one for one in spare if _wanted(one, found)]
    if chosen:
        _confirm(chosen)


def _wanted(one: Stored, found: list[FeatureSet]) -> bool:
    """A box to tick, with the size and why it can go."""
    why = f"{'; '.join(one.reasons)}.{_readers(one)}"
    with st.container(gap="xxsmall"):
        called = _called(one, found)
        wanted = st.checkbox(f"**{size(one.n_bytes)}** · {called}", key=f"clean-{one.name}")
        st.caption(f"{frame.plain(why[0].upper() + why[1:])} Folder {frame.plain(one.name)}.")
    return wanted


def _readers(one: Stored) -> str:
    """Runs that have read it, the first of them by name."""
    if not one.runs:
        return ""
    more = len(one.runs) - N_NAMED
    return f" Read by {', '.join(one.runs[:N_NAMED])}" + (f" and {more} more." if more > 0 else ".")


def _called(one: Stored, found: list[FeatureSet]) -> str:
    """What the set is, where that can still be told."""
    for each in found:
        if each.folder == one.folder:
            return frame.plain(extraction_form.label(each))
    return "no whole feature set"


def _confirm(chosen: list[Stored]) -> None:
    freed = size(sum(one.n_bytes for one in chosen))
    names = [one.name for one in chosen]
    with st.container(border=True):
        st.markdown(f"**{len(chosen):,} chosen, {freed}.** Deleted is deleted.")
        sure = st.checkbox("Yes, delete them for good", key=f"sure-{hash(tuple(names))}")
        if st.button("Delete", type="primary", disabled=not sure, key="clean"):
            with frame.told():
                for one in chosen:
                    store_cleaning.remove(one, places().features, places().runs)
                st.session_state[DELETED] = f"{freed} are free again."
                st.rerun()
