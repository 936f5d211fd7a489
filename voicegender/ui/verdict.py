"""What a person sees of an answer: words, numbers, charts, tables, downloads."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from voicegender import answers
from voicegender.bundle import Bundle
from voicegender.prediction import Classifier
from voicegender.ui import answering, charts_voice, frame, loaders
from voicegender.ui.answering import Judged, Voice
from voicegender.ui.colours import COLOURS, UNCERTAIN

SURE = ((0.98, "almost certain"), (0.9, "quite sure"), (0.75, "fairly sure"), (0.0, "a lean only"))
"""Least confidence, 0..1, and its word."""
MOST = 0.99
"""Confidence above which no digit is worth showing."""
COLUMNS = {
    "recording": st.column_config.TextColumn("Recording", width="medium"),
    "heard as": st.column_config.TextColumn("Heard as", width="small"),
    "confidence": st.column_config.ProgressColumn(
        "Confidence", min_value=0, max_value=100, format="%.1f %%", color=UNCERTAIN
    ),
    "duration": st.column_config.NumberColumn("Duration", format="%.1f s", width="small"),
    "speech": st.column_config.NumberColumn("Speech", format="%.1f s", width="small"),
    "reason": st.column_config.TextColumn("Refused because", width="large"),
}


def answer_all(bundle: Bundle, voices: Sequence[Voice], *, key: str) -> None:
    """Answer recordings and show what is heard; a fault of the model is told in one line."""
    with frame.told():
        show_all(judge_all(loaders.classifier(bundle.folder), voices), key=key)


def judge_all(classifier: Classifier, voices: Sequence[Voice]) -> list[Judged]:
    """Answer one recording after the other, in sight: many fill a table meanwhile."""
    if len(voices) == 1:
        with st.spinner("Listening…"):
            return [answering.judge(classifier, voices[0])]
    judged: list[Judged] = []
    bar, place = st.empty(), st.empty()
    for number, voice in enumerate(voices, start=1):
        bar.progress(number / len(voices), f"{number} of {len(voices)}: {frame.plain(voice.name)}")
        judged.append(answering.judge(classifier, voice))
        place.dataframe(
            answering.table(judged), hide_index=True, column_config=COLUMNS, placeholder=""
        )
    bar.empty()
    place.empty()
    return judged


def show_all(judged: Sequence[Judged], *, key: str) -> None:
    """One recording: its verdict. Many: a table in which one is chosen."""
    if len(judged) == 1:
        show(judged[0], key=key)
    else:
        shown = _chosen_labels(judged, key)
        picked = _table(shown, key)
        if picked is None:
            st.caption("Choose a row to see and hear that recording.")
        else:
            show(picked, key=f"{key}-picked")
    downloads([one.answer for one in judged], key=key)


def _chosen_labels(judged: Sequence[Judged], key: str) -> list[Judged]:
    """Counts by label, which are also a filter."""
    labels = [one.label for one in judged]
    present = [label for label in ("female", "male", "uncertain", "refused") if label in labels]
    wanted = st.pills(
        "Show",
        present,
        selection_mode="multi",
        format_func=lambda label: f"{label} {labels.count(label)}",
        key=f"{key}-labels",
    )
    return [one for one in judged if not wanted or one.label in wanted]


def _table(judged: Sequence[Judged], key: str) -> Judged | None:
    data = answering.table(judged)
    state: Any = st.dataframe(
        data,
        hide_index=True,
        column_config=COLUMNS,
        column_order=[name for name in data if name != "reason" or data["reason"].any()],
        on_select="rerun",
        selection_mode="single-row",
        key=f"{key}-table-{'-'.join(sorted({one.label for one in judged}))}",
        placeholder="",
        alt="Recordings with what they are heard as",
    )
    rows = state["selection"]["rows"]
    return judged[rows[0]] if rows and rows[0] < len(judged) else None


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
    player(one.voice)
    chart_of_voice(one, key=key)
    spectrogram(one.voice, key=key)


def headline(one: Judged) -> None:
    """The label in large letters, with the word for its confidence."""
    label = one.label
    said = "Uncertain" if label == "uncertain" else f"Heard as {label}"
    st.html(
        f'<div style="border-left:.5rem solid {COLOURS[label]};padding:.1rem 0 .1rem 1rem">'
        f'<div style="font-size:2.25rem;font-weight:700;line-height:1.2">{said}</div>'
        f'<div style="font-size:1rem">{certainty(one)}</div></div>'
    )


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


def brief(one: Judged) -> None:
    """The label and its confidence in a line, or why there is none."""
    if one.answer["error"]:
        st.markdown(f"**Refused:** {frame.plain(answering.reason(one))}")
    else:
        headline(one)


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


def player(voice: Voice) -> None:
    """The recording, to hear."""
    data, media_type = answering.playable(voice)
    st.audio(data, format=media_type, alt=f"Recording {voice.name}")


def chart_of_voice(one: Judged, *, key: str) -> None:
    """What is heard in time over the waveform."""
    segments, said = one.answer["segments"], certainty(one)
    figure = charts_voice.voice(answering.shape_of(one.voice), segments, one.calibration)
    alt = f"What is heard in time: {len(segments)} stretches of speech; {one.label}, {said}"
    frame.chart(figure, key=f"{key}-voice", alt=alt)


def spectrogram(voice: Voice, *, key: str) -> None:
    """Log-mel and F0, drawn when asked for."""
    with st.expander("Spectrogram and pitch", key=f"{key}-more", on_change="rerun") as more:
        if more.open:
            figure = charts_voice.spectrogram(answering.beginning_of(voice))
            alt = "Log-mel spectrogram and fundamental frequency (F0) of the recording"
            frame.chart(figure, key=f"{key}-spectrogram", alt=alt)
            st.caption(
                f"The first {answering.LOOKED_AT:.0f} s at most. F0 is the pitch of the voice in "
                "vibrations a second; the dotted line is where pitch alone cannot tell."
            )


def downloads(given: Sequence[answers.Answer], *, key: str) -> None:
    """All answers as files."""
    files = (
        ("JSON", "voices.json", "application/json", answers.as_json(given)),
        ("CSV", "voices.csv", "text/csv", answers.as_csv(given)),
        ("CSV of the timeline", "segments.csv", "text/csv", answers.as_csv(given, segments=True)),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, name, kind, text in files:
            st.download_button(
                f"Download {label}", text, name, kind, key=f"{key}-{name}", on_click="ignore"
            )
