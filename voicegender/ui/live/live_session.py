"""One tab's listening: what was asked for, what came of it, and the state that makes."""

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import streamlit as st

from voicegender.live import Listener
from voicegender.ui.live.microphone import Connection, Permission, Resampler

if TYPE_CHECKING:
    import av

QUIET_SECONDS = 3.0
"""Without sound for so long, a connection that is up is said to bring none."""
SLOW_SECONDS = 10.0
"""A connection that takes longer is said to be stuck."""
REFUSALS: frozenset[Permission] = frozenset({"denied", "dismissed", "none", "busy", "insecure"})
State = Literal["stopped", "asking", "refused", "connecting", "stuck", "mute", "listening"]


@dataclass
class Session:
    """One tab's listening: what was asked, and what has been heard since.

    Attributes
    ----------
    turn
        Counts the starts.
    answered
        The turn for which the browser has answered.
    refusal
        Why the browser gave no microphone; empty while it may yet.
    since
        When it was started, on the monotonic clock in seconds.
    """

    turn: int = 0
    wanted: bool = False
    answered: int = 0
    refusal: Permission = ""
    since: float = 0.0
    listener: Listener = field(default_factory=Listener)
    resample: Resampler = field(default_factory=Resampler)

    def start(self) -> None:
        """Begin anew; an earlier take is let go."""
        self.turn, self.wanted, self.since = self.turn + 1, True, time.monotonic()
        self.refusal = ""
        self.listener, self.resample = Listener(), Resampler()

    def stop(self) -> None:
        """End; the take stays."""
        self.wanted = False

    def notice(self, permission: Permission) -> None:
        """Stop where there is no microphone, or where the page was left meanwhile.

        That shows in the browser having forgotten its answer.
        """
        if permission in REFUSALS:
            self.refusal = permission
        if self.refusal or (not permission and self.answered == self.turn):
            self.stop()
        if permission:
            self.answered = self.turn

    def forget(self) -> None:
        """Let the take go."""
        self.listener = Listener()

    def receive(self, frame_of_sound: "av.AudioFrame") -> None:
        """Take in what the connection brings."""
        if self.wanted:
            self.listener.take_in(self.resample(frame_of_sound))

    def state(self, permission: Permission, connection: Connection) -> State:
        """Read off what the browser said and what arrives."""
        if not self.wanted:
            return "refused" if self.refusal else "stopped"
        if permission != "granted":
            return "asking"
        now, heard = time.monotonic(), self.listener.arrived_at
        if heard is not None and now - heard < QUIET_SECONDS:
            return "listening"
        if connection.playing:
            return "mute" if now - max(self.since, heard or 0.0) > QUIET_SECONDS else "connecting"
        return "stuck" if now - self.since > SLOW_SECONDS else "connecting"


def session() -> Session:
    """Of the tab that is drawn."""
    one: Session = st.session_state.setdefault("live", Session())
    return one
