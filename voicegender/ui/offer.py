"""Files made when they are asked for, and kept until their page has been drawn again.

Streamlit (1.67) books such a file under nobody, and what a page offers under nobody while that
page is drawn. Whatever nobody has is dropped as soon as any session is drawn, twice for a file:
where many are at work, a download failed now and then between the press and the file. So each
session has books of its own here, which it takes along when it ends.
"""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4
from weakref import finalize, ref

import streamlit as st
from streamlit.runtime import get_instance
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileKind

SHELF = "offers"
"""Where a session keeps its books."""
_ended: "deque[str]" = deque()
"""Books of sessions that are gone. A session may end while Streamlit has its lock, so they are
closed by whoever comes next."""


class Shelf:
    """What one session is offered and was given, on the page that is drawn and on the last one.

    Parameters
    ----------
    media
        Keeps files for all sessions.
    """

    def __init__(self, media: MediaFileManager) -> None:
        self._media = media
        self._names = [f"{SHELF}-{uuid4().hex}" for _ in range(2)]
        finalize(self, _ended.extend, self._names)

    def begin(self) -> None:
        """Begin a page: until it is there, what the last one offers may still be pressed."""
        with suppress(IndexError):  # no more of them; another session's page may take one too
            while True:
                self._media.clear_session_refs(_ended.popleft())
        self._names.reverse()
        self._media.clear_session_refs(self._names[0])

    def keep_offer(self, key: str, make: Callable[[], bytes]) -> None:
        """Keep what a button that has been drawn makes its file with."""
        with self._media._lock:  # noqa: SLF001  # as Streamlit's own methods, none of which does it
            offers = self._media._deferred_callables.items()  # noqa: SLF001  # as above
            for file_id in [name for name, entry in offers if entry["callable"] is make]:
                self._book(key, file_id)

    def keep_file(self, key: str, data: bytes, file_name: str, media_type: str) -> None:
        """Keep a file that was made; another one of its button takes its place."""
        kind = MediaFileKind.DOWNLOADABLE
        with self._media._lock:  # noqa: SLF001  # as above
            storage = self._media._storage  # noqa: SLF001  # as above
            file_id = storage.load_and_get_id(data, media_type, kind, file_name)
            self._book(f"{key}, made", file_id)

    def _book(self, key: str, file_id: str) -> None:
        self._media._files_by_session_and_coord[self._names[0]][key] = file_id  # noqa: SLF001  # as above


def begin() -> None:
    """Begin a page."""
    if SHELF not in st.session_state:
        st.session_state[SHELF] = Shelf(get_instance().media_file_mgr)
    st.session_state[SHELF].begin()


def offer(
    label: str, make: Callable[[], str | bytes], file_name: str, media_type: str, **how: Any
) -> None:
    """A button that makes a file and gives it; nothing is drawn again for it.

    Parameters
    ----------
    make
        Called at each press, outside the page: it must not draw.
    how
        What else `st.download_button` takes.
    """
    shelf: Shelf = st.session_state[SHELF]
    known = ref(shelf)  # `made` stays with Streamlit for as long as the shelf is there
    key = how.get("key", label)

    def made() -> bytes:
        file = make()
        data = file.encode() if isinstance(file, str) else file
        if kept := known():
            kept.keep_file(key, data, file_name, media_type)
        return data

    st.download_button(label, made, file_name, media_type, on_click="ignore", **how)
    shelf.keep_offer(key, made)
