"""Who closes the tab on Live is let go, with all that was uploaded and heard.

A session whose tab was closed ends when nothing holds it any more. streamlit-webrtc (0.79) sees
to it in a thread that the microphone is let go then; but the thread has the session at hand
while it waits for the next look, so neither ever ends, and memory grows with each visitor.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weakref import ReferenceType

    from streamlit.runtime.app_session import AppSession
    from streamlit_webrtc.shutdown import SessionShutdownObserver

LOOK_SECONDS = 1.0
"""Between two looks at a session, as in streamlit-webrtc."""


def hold_nobody() -> None:
    """Let every watch that begins from now on hold its session only while it looks."""
    from streamlit_webrtc.shutdown import SessionShutdownObserver

    SessionShutdownObserver._polling_thread_impl = _watch  # type: ignore[assignment]  # noqa: SLF001  # the loop is nowhere else to be mended


def _watch(
    observer: "SessionShutdownObserver",
    app_session_ref: "ReferenceType[AppSession]",
    initial_page_script_hash: str,
) -> None:
    """Wait until the page or the server is left, and say so; names are streamlit-webrtc's."""
    stopped = observer._polling_thread_stop_event  # noqa: SLF001  # of the loop that this replaces
    while not _has_left(app_session_ref(), initial_page_script_hash):
        if stopped.wait(LOOK_SECONDS):
            return
    stopped.set()
    observer._callback()  # noqa: SLF001  # as above


def _has_left(session: "AppSession | None", page: str) -> bool:
    from streamlit.runtime.app_session import AppSessionState

    if session is None or session._state == AppSessionState.SHUTDOWN_REQUESTED:  # noqa: SLF001  # told by nothing else
        return True
    now = session._client_state.page_script_hash  # noqa: SLF001  # as above
    return bool(page and now and now != page)
