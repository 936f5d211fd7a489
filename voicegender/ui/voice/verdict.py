"""What a person sees of an answer: words, numbers, the recording to hear, charts."""

import streamlit as st

from voicegender.ui import frame
from voicegender.ui.headline import large
from voicegender.ui.terms import TERMS
from voicegender.ui.voice import answering, charts_portrait, charts_voice, playing, turns
from voicegender.ui.voice.answering import Judged

SURE = ((0.98, "almost certain"), (0.9, "quite sure"), (0.75, "fairly sure"), (0.0, "a lean only"))
"""Least confidence, 0..1, and its word."""
MOST = 0.99
"""Confidence above which no digit is worth showing."""


def show(one: Judged, *, key: str) -> None:
    """The verdict large, the recording to hear, and what is heard in time."""
    if one.answer["error"]:
        st.error(f"**Refused.** {frame.plain(one.answer['error'])}")
        return
    left, right = st.columns([2, 3], gap="large", vertical_alignment="center")
    with left:
        headline(one)
    with right:
        numbers(one)
    second_voice(one)
    _hear_and_see(one, key=f"{key}-{one.voice.digest[:8]}")


def _hear_and_see(one: Judged, *, key: str) -> None:
    """The player, and charts in which a click plays from there."""
    place = playing.place(one.voice, key=key)
    segments = one.answer["segments"]
    # Others who wait for their answer come first.
    with st.spinner("Drawing…", show_time=False), turns.OURS.turn(turns.LATER):
        drawn = answering.portrait_of(one)
        figure = charts_portrait.portrait(drawn, segments, one.calibration)
    said = f"What is heard in time: {len(segments)} stretches of speech; {one.label}, "
    alt = f"{said}{certainty(one)}. Below it waveform, log-mel spectrogram and F0."
    if f"{key}-portrait" not in st.session_state:  # drawn anew: a choice of before is gone
        playing.forget(key)
    point = frame.clickable(figure, key=f"{key}-portrait", alt=alt)
    playing.play_where_clicked(place, point, key=key)
    st.caption(
        "Click anywhere in the charts to play from there. From above: what is heard in time, the "
        "waveform, the spectrogram (log-mel power, the louder the lighter), and F0, the pitch of "
        "the voice.",
        help=TERMS["portrait"],
    )


def second_voice(one: Judged) -> None:
    """A part that is heard otherwise, where it is notable."""
    part = one.otherwise
    if part:
        st.info(
            f"Part of it is heard as **{part.label}**: "
            f"{length(part.seconds)} of {length(part.of_seconds)} of speech; "
            "perhaps there are two voices.",
        )


def headline(one: Judged) -> None:
    """The label in large letters, with the word for its confidence."""
    said = "Uncertain" if one.label == "uncertain" else f"Heard as {one.label}"
    large(said, certainty(one), label=one.label)


def certainty(one: Judged) -> str:
    """Confidence as words and a number."""
    confidence = one.answer["confidence"]
    if one.label == "uncertain":
        likelier = "female" if one.answer["p_female"] >= charts_voice.EVEN else "male"
        return f"too close to call: {percent(confidence)} {likelier}"
    word = next(word for least, word in SURE if confidence >= least)
    return f"{word}, {percent(confidence)}"


def percent(p: float) -> str:
    """A probability in whole percent, which is never quite all."""
    return f"over {MOST:.0%}" if p > MOST else f"{p:.0%}"


def numbers(one: Judged) -> None:
    """Confidence and lengths side by side."""
    with st.container(horizontal=True, gap="medium"):
        st.metric(
            "Confidence",
            percent(one.answer["confidence"]),
            help="Calibrated probability of the label: of a hundred such answers about this many "
            "are right.",
            width="content",
        )
        st.metric("Recording", length(one.answer["duration"]), width="content")
        st.metric(
            "Speech in it",
            length(one.answer["speech_duration"]),
            help="What a speech detector (Silero VAD) found; the rest is not judged.",
            width="content",
        )


def length(seconds: float) -> str:
    """A duration as a person says it."""
    if seconds < 60:  # noqa: PLR2004  # a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"
