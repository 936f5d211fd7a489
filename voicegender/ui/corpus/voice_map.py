"""All recordings on a map; a click plays the voice."""

from pathlib import Path

import pandas as pd
import streamlit as st

from voicegender.corpus import Corpus
from voicegender.projection import Projection
from voicegender.store import FeatureSet
from voicegender.ui import frame, loaders
from voicegender.ui.corpus import charts_map, extraction_form
from voicegender.ui.corpus.disputes import SIGN, Disputes, disputes_of
from voicegender.ui.terms import TERMS
from voicegender.ui.words import GENDERS
from voicegender.voice_encoder import VoiceEmbedding

N_DRAWN = 3000
"""Points a browser draws without a stutter."""
LEAST_NUMBERS = 3
WHAT = "A point a recording; those that sound alike lie near. **Click one to hear the voice.**"


def show(path: Path, corpus: Corpus) -> None:
    """The map of a corpus, or a way to get one."""
    chosen = _choose(corpus)
    if chosen is None:
        with st.container(border=True):
            st.markdown(
                "**A map needs numbers for each recording.** The network's voice embeddings serve "
                "best: they say how a voice sounds, and were learnt without labels of gender."
            )
            label = f"Make the embeddings of {len(corpus.utterances):,} recordings"
            extraction_form.offer(path, corpus, VoiceEmbedding(), label)
            st.caption("A training of a probe makes them too.")
        return
    disputes = disputes_of(corpus)
    st.fragment(_map)(corpus, loaders.projection(chosen), disputes)


def _choose(corpus: Corpus) -> FeatureSet | None:
    """One of the corpus's sets, voice embeddings first, the largest of them."""
    found = [
        one for one in extraction_form.sets_of(corpus) if one.config["n_features"] >= LEAST_NUMBERS
    ]
    if not found:
        return None
    found.sort(key=lambda one: (one.config["extractor"]["kind"] != VoiceEmbedding.kind, -_n(one)))
    return st.selectbox(
        "Features", found, format_func=extraction_form.label, key=f"map-{corpus.root}"
    )


def _n(one: FeatureSet) -> int:
    return int(one.config["n_parts"])


def _map(corpus: Corpus, projection: Projection, disputes: Disputes | None) -> None:
    """The figure, and beside it the voice that was clicked."""
    told = disputes.told if disputes else {}
    points = drawn(projection.points, told)
    left, right = st.columns([5, 2], gap="large")
    with left:
        st.markdown(WHAT, help=TERMS["map"])
        if len(points) < len(projection.points):
            st.caption(f"{len(points):,} of {len(projection.points):,} are drawn, by chance.")
        women = (points["gender"] == "F").sum()
        alt = (
            f"Map of {len(points):,} recordings, {women:,} labelled female; its two axes hold "
            f"{sum(projection.explained):.0%} of all differences."
        )
        figure = charts_map.voices(projection, points, told)
        point = frame.clickable(figure, key="map", alt=alt)
    with right:
        names = points.set_index("utterance_id", drop=False)
        name = str(point["customdata"][0]) if point else ""
        if name in names.index:
            _voice(corpus, names.loc[name], told)
        else:
            st.info("No voice chosen yet. Click a point.")


def drawn(points: pd.DataFrame, disputed: dict[str, str]) -> pd.DataFrame:
    """All points, or so many of them by chance; always those of disputed readers."""
    if len(points) <= N_DRAWN:
        return points
    ringed = points["speaker_id"].isin(disputed)
    others = points[~ringed].sample(max(0, N_DRAWN - int(ringed.sum())), random_state=0)
    return pd.concat([points[ringed], others]).sort_index()


def _voice(corpus: Corpus, row: pd.Series, told: dict[str, str]) -> None:
    """Who it is, played."""
    known = corpus.speakers.set_index("speaker_id")
    reader = str(row["speaker_id"])
    name = str(known["name"].get(reader, "")) or f"Reader {reader}"
    st.subheader(frame.plain(name), anchor=False)
    st.caption(
        f"Reader {frame.plain(reader)} · {GENDERS[row['gender']]}, as the corpus states · "
        f"{frame.plain(row['utterance_id'])} · {row['duration']:.1f} s"
    )
    recording = corpus.root / row["path"]
    if recording.is_file():
        st.audio(str(recording), autoplay=True, alt=f"Recording {row['utterance_id']}")
    else:
        st.caption("The recording is not here any more.")
    if reader in told:
        st.warning(f"**{SIGN} Disputed.** {told[reader]}")
    title = loaders.titles(loaders.known_corpora())
    corpus_name = next((t for p, t in title.items() if p.resolve() == corpus.root.resolve()), "")
    asked = {"corpus": corpus_name} if corpus_name else {}
    frame.way_to("Speakers", "→ All of this reader", reader=reader, **asked)
