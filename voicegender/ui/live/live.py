"""What a person sees while the microphone is on: state, verdict, last minute, the take."""

import math

import streamlit as st

from voicegender.audio import SAMPLE_RATE, encode_wav
from voicegender.calibration import UNCERTAIN
from voicegender.live import KEPT_SECONDS, Listener, Moment
from voicegender.prediction import Classifier
from voicegender.ui import frame
from voicegender.ui.headline import large
from voicegender.ui.live import charts_live
from voicegender.ui.live.live_session import Session, State
from voicegender.ui.live.microphone import Connection, Permission
from voicegender.ui.offer import offer
from voicegender.ui.terms import TERMS
from voicegender.ui.voice import answering, verdict

PACE = 0.5
"""Seconds from one look to the next."""
TOO_QUIET, TOO_LOUD = -55.0, -6.0
"""Levels, dB, beyond which a person is told."""
METER_FLOOR = -60.0

STATES: dict[State, tuple[str, str]] = {
    "stopped": ("○", "Stopped."),
    "asking": ("?", "Your browser asks for the microphone: allow it."),
    "refused": ("✕", "No microphone."),
    "connecting": ("…", "Connecting."),
    "stuck": ("✕", "The connection is not made."),
    "mute": ("✕", "Connected, but no sound arrives."),
    "listening": ("●", "Listening."),
}
"""Sign and words of each state: never a colour alone."""
REFUSALS: dict[Permission, str] = {
    "denied": "The microphone is blocked for this page. Allow it in the browser's settings of "
    "this site (the icon left of the address), then start again.",
    "dismissed": "The question for the microphone was closed without an answer. Start again, and "
    "allow it.",
    "none": "No microphone was found. Plug one in, then start again.",
    "busy": "The microphone does not answer: another program may hold it. Close that, or choose "
    "another device, then start again.",
    "insecure": "Browsers give the microphone only to pages of this machine or over HTTPS. Open "
    "the dashboard at http://localhost, or serve it over HTTPS.",
}
NETWORK = (
    "Sound takes its own way beside the page. Between machines it may need a STUN or TURN server: "
    "the README says how to name one. On this machine, check that the microphone is not muted."
)


WELCOME = (
    "Press start and speak: twice a second you see what the voice is heard as, how loud and how "
    "high it is. The browser asks for the microphone first. Sound goes to the machine this "
    "dashboard runs on and to nobody else, and stays in memory: nothing is written to disk."
)


def controls(one: Session) -> None:
    """Start or stop."""
    if one.wanted:
        st.button("Stop", key="live-stop", on_click=one.stop)
    else:
        again = "Start again" if one.turn else "Start listening"
        st.button(again, key="live-start", type="primary", on_click=one.start)


def show_state(one: Session, state: State) -> None:
    """Where things are, in words, and what would do."""
    sign, words = STATES[state]
    if state == "refused":
        st.error(REFUSALS[one.refusal], icon="⚠️")
    elif state in ("mute", "stuck"):
        st.warning(f"{words} {NETWORK}", icon="⚠️")
    else:
        st.markdown(f"{sign} {words}")


def show(one: Session, classifier: Classifier, permission: Permission, way: Connection) -> None:
    """Draw what is heard now; called twice a second while it is wanted."""
    if not one.turn:
        st.markdown(WELCOME, width=720)
        return
    state = one.state(permission, way)
    show_state(one, state)
    moment = one.listener.hear(classifier) if one.wanted else None
    left, right = st.columns([2, 3], gap="large")
    with left:
        if state == "listening":
            show_now(moment)
        show_so_far(one.listener)
    with right:
        if moments := [*one.listener.moments]:
            now, calibration = one.listener.seconds, classifier.bundle.calibration
            figure = charts_live.last_minute(moments, calibration, now)
            frame.chart(figure, key="live-minute", alt=f"The last minute: {so_far(one.listener)}")


def show_now(moment: Moment | None) -> None:
    """The verdict of this moment in large letters, level and pitch."""
    if moment is None or moment.p_female is None:
        large("No speech", "Speak, and the verdict follows.", label="")
    elif moment.label == UNCERTAIN:
        large("Uncertain", "too close to call", label=moment.label)
    else:
        sure = verdict.percent(max(moment.p_female, 1 - moment.p_female))
        large(f"Heard as {moment.label}", f"{sure} sure", label=moment.label)
    if moment:
        meter(moment.level)
        pitch = "none" if math.isnan(moment.f0) else f"{moment.f0:.0f} Hz"
        st.metric("Pitch (F0)", pitch, help=TERMS["f0"], width="content")


def show_so_far(listener: Listener) -> None:
    """Seconds of each label since the start."""
    if listener.seconds:
        st.caption(f"Since the start: {so_far(listener)}.")


def so_far(listener: Listener) -> str:
    """How long it was heard as what."""
    words = {"female": "heard as female", "male": "heard as male", UNCERTAIN: "uncertain"}
    words[""] = "no speech"
    heard = [(listener.heard[label], word) for label, word in words.items()]
    return ", ".join(f"{verdict.length(seconds)} {word}" for seconds, word in heard if seconds)


def meter(level: float) -> None:
    """How loud it is, as a bar with its number."""
    share = 100 * min(1.0, max(0.0, 1 - level / METER_FLOOR))
    word = "too quiet" if level < TOO_QUIET else "too loud" if level > TOO_LOUD else ""
    st.html(
        f'<div style="display:flex;justify-content:space-between;font-size:.875rem">'
        f"<span>Level</span><span>{word}</span><span>{level:.0f} dB</span></div>"
        f'<div role="meter" aria-label="Level" aria-valuemin="{METER_FLOOR:.0f}" '
        f'aria-valuemax="0" aria-valuenow="{max(level, METER_FLOOR):.0f}" '
        f'style="height:.6rem;border-radius:.3rem;background:rgba(138,143,152,.3)">'
        f'<div style="height:100%;width:{share:.0f}%;border-radius:.3rem;background:#1B998B"></div>'
        f"</div>"
    )


def take(one: Session) -> None:
    """The recording, once it is over: to hear, keep, or look at closely."""
    if one.wanted or not one.listener.seconds:
        return
    st.subheader("The take", help=f"The last {KEPT_SECONDS / 60:.0f} minutes at most.")
    y = one.listener.take()
    sound = encode_wav(y)
    st.audio(sound, format="audio/wav", alt="What the microphone heard")
    st.caption(
        f"{verdict.length(len(y) / SAMPLE_RATE)}, kept in memory only, until you start again, "
        "discard it or close this tab."
    )
    with st.container(horizontal=True):
        offer("Download WAV", lambda: sound, "take.wav", "audio/wav")
        if st.button("Look at it in Predict", key="live-send"):
            st.session_state[answering.TAKE] = sound
            st.switch_page("pages/1_Predict.py")
        st.button("Discard", key="live-forget", on_click=one.forget)
