"""LibriSpeech fetched from a page: what it takes, what is here, how far it is."""

import dataclasses
import shlex
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from voicegender.config import read_json
from voicegender.download import DESK
from voicegender.errors import WorkError
from voicegender.openslr import ARCHIVES, Archive, bytes_free, bytes_needed
from voicegender.places import places
from voicegender.process import PROCESS
from voicegender.ui import frame, work
from voicegender.ui.terms import TERMS
from voicegender.ui.words import size

REFUSED = "download-refused"
"""Where the reason waits for the next drawing of the page."""


def folder() -> Path:
    """The corpus that is downloaded into."""
    return places().data / "LibriSpeech"


def job_of(subsets: Sequence[str]) -> work.Job:
    """The command that fetches subsets."""
    to = folder()
    archives = [ARCHIVES[name] for name in subsets]
    command = ("corpus", "download", *subsets, "--to", str(to))
    return work.Job(
        to / DESK,
        command,
        f"downloading {', '.join(subsets)}",
        lambda: all(archive.is_here(to) for archive in archives),
    )


def job() -> work.Job | None:
    """The download that is under way, or was last; also one that a terminal began."""
    command = (read_json(folder() / DESK / PROCESS) or {}).get("command", [])
    subsets = [word for word in command if word in ARCHIVES]
    return job_of(subsets) if subsets else None


def expander() -> None:
    """The form, folded away until it is wanted or something goes on."""
    if all(archive.is_here(folder()) for archive in ARCHIVES.values()):
        return
    last = job()
    is_open = last is not None and last.state in ("running", "failed", "cancelled")
    with st.expander("Download LibriSpeech", expanded=is_open):
        show()


def show() -> None:
    """The download that goes on or stopped; where none goes on, the form."""
    if refused := st.session_state.pop(REFUSED, ""):
        st.error(frame.plain(refused), icon="⚠️")
    last = job()
    state = last.state if last else "new"
    if last and state != "done":
        work.panel(last, "download")
    if state != "running":
        _form()


def _form() -> None:
    """Ask for subsets; say what room they take."""
    chosen = [archive for archive in ARCHIVES.values() if _wanted(archive)]
    needed, free = bytes_needed(chosen, folder()), bytes_free(folder())
    if chosen:
        enough = "" if needed <= free else " **That is too little room.**"
        st.caption(
            f"Needs {size(needed)} while it works, for the archives and what is unpacked; "
            f"{size(free)} are free.{enough}",
            help=TERMS["download"],
        )
        words = job_of([archive.subset for archive in chosen]).command
        st.code(f"voicegender {shlex.join(words)}", None, wrap_lines=True)
    else:
        st.caption(f"Choose what to fetch from openslr.org; {size(free)} are free.")
    st.button(
        "Download",
        type="primary",
        key="download",
        disabled=not chosen or needed > free,
        on_click=_start,
        args=([archive.subset for archive in chosen],),
    )


def _start(subsets: Sequence[str]) -> None:
    """Before the page is drawn again: with a download under way it would have no such button."""
    try:
        job_of(subsets).start(_under_way)
    except WorkError as error:
        st.session_state[REFUSED] = str(error)


def _wanted(archive: Archive) -> bool:
    """A box to tick, with size and hours; ticked for good where the subset is here."""
    is_here, n_fetched = archive.is_here(folder()), archive.n_fetched(folder())
    words = f"{archive.subset} · {size(archive.n_bytes)} · {archive.hours:,.0f} h"
    if is_here:
        words += " · here"
    elif n_fetched:
        words += f" · {size(n_fetched)} of it are here"
    key = f"download-{archive.subset}"
    ticked = st.checkbox(words, value=is_here, disabled=is_here, key=f"{key}-{is_here}")
    return ticked and not is_here


def _under_way() -> list[work.Job]:
    """What a second start is refused for, with who runs it."""
    last = job()
    if last is None:
        return []
    pid = (read_json(last.folder / PROCESS) or {}).get("pid")
    return [dataclasses.replace(last, name=f"{last.name} (process {pid})")]
