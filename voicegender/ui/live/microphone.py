"""The browser's microphone: asked for, and received as blocks of samples.

The page asks for permission itself before the connection is made, for only the browser knows
why a microphone is not given, and streamlit-webrtc does not pass that on.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import streamlit as st

from voicegender.audio import SAMPLE_RATE, Samples
from voicegender.containers import channels_of
from voicegender.errors import SettingError
from voicegender.ui.live import leaving

if TYPE_CHECKING:
    import av

ICE = "VOICEGENDER_ICE_SERVERS"
"""Environment variable: STUN and TURN servers as JSON; none by default, so nobody is asked."""
PLAIN = {"echoCancellation": False, "noiseSuppression": False, "autoGainControl": False}
"""A browser's own processing distorts a voice."""
Permission = Literal["", "asking", "granted", "denied", "dismissed", "none", "busy", "insecure"]
"""What the browser says; empty before it was asked."""

# A component's script runs at each drawing; a turn is asked once.
ASK = """
const asked = new WeakMap();
const REASONS = {NotFoundError: "none", OverconstrainedError: "none", NotReadableError: "busy"};
async function permission() {
  if (!navigator.mediaDevices) return "insecure";
  try {
    const stream = await navigator.mediaDevices.getUserMedia({audio: true});
    stream.getTracks().forEach((track) => track.stop());
    return "granted";
  } catch (error) {
    if (error.name !== "NotAllowedError") return REASONS[error.name] ?? "busy";
    const known = await navigator.permissions?.query({name: "microphone"}).catch(() => null);
    return known?.state === "prompt" ? "dismissed" : "denied";
  }
}
export default function ({data, parentElement, setStateValue}) {
  if (!data.turn || asked.get(parentElement) === data.turn) return;
  asked.set(parentElement, data.turn);
  setStateValue("answer", {turn: data.turn, permission: "asking"});
  permission().then((given) => setStateValue("answer", {turn: data.turn, permission: given}));
}
"""


@dataclass(frozen=True)
class Connection:
    """Whether sound can come: the connection is asked for, made, or up."""

    playing: bool
    signalling: bool


@cache
def _asker() -> Any:
    """Registered once; again would replace it under pages that are open."""
    return st.components.v2.component("voicegender_microphone", js=ASK)


def permission(turn: int) -> Permission:
    """What the browser says to the ``turn``-th request for the microphone; 0 asks nothing."""
    said = _asker()(key="microphone", data={"turn": turn}, on_answer_change=lambda: None)
    answer = said.get("answer") or {}
    return answer["permission"] if answer.get("turn") == turn and turn else ""


def connect(receive: Callable[["av.AudioFrame"], None], *, wanted: bool) -> Connection:
    """Keep the connection up while it is wanted; its frames go to ``receive``.

    ``receive`` is called on the event loop that serves all connections: it must not take long.

    Raises
    ------
    SettingError
        The environment names servers in another form than JSON.
    """
    from streamlit_webrtc import WebRtcMode, create_audio_sink_track, webrtc_streamer

    leaving.hold_nobody()
    context = webrtc_streamer(
        key="live-connection",
        mode=WebRtcMode.SENDONLY,
        rtc_configuration={"iceServers": ice_servers()},
        media_stream_constraints={"audio": PLAIN, "video": False},
        desired_playing_state=wanted,
        sink_audio_track=create_audio_sink_track(receive, key="live-sound"),
        media_toggle_controls=False,
    )
    return Connection(context.state.playing, context.state.signalling)


class Resampler:
    """Frames of any rate and layout -> mono samples at 16,000 Hz, seamless."""

    def __init__(self) -> None:
        import av

        # Channels are kept, and their mean taken here: FFmpeg's own sum is 3 dB louder.
        self._resample = av.AudioResampler(format="fltp", rate=SAMPLE_RATE).resample

    def __call__(self, frame: "av.AudioFrame") -> Samples:
        """Shape (n_samples,)."""
        parts = [channels_of(part).mean(axis=0) for part in self._resample(frame)]
        return np.concatenate([np.zeros(0, np.float32), *parts])


def ice_servers() -> list[dict[str, Any]]:
    """STUN and TURN servers that help a connection through a network; none by default.

    Raises
    ------
    SettingError
        Not a JSON list of objects with ``urls``.
    """
    text = os.environ.get(ICE, "[]")
    try:
        servers = json.loads(text)
    except json.JSONDecodeError:
        servers = None
    if isinstance(servers, list) and all(isinstance(s, dict) and "urls" in s for s in servers):
        return servers
    raise SettingError(ICE, "is no JSON list of servers", '[{"urls": "stun:stun.example.org"}]')
