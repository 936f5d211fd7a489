"""Features asked for in a form, and the feature sets there are."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from voicegender import jobs
from voicegender.command_lines import extract_arguments, flat
from voicegender.config import read_json
from voicegender.corpus import Corpus
from voicegender.extractors import EXTRACTORS
from voicegender.features import Extractor, MfccMean
from voicegender.places import places
from voicegender.process import PROCESS, state_of
from voicegender.store import FeatureSet, feature_sets, open_feature_set
from voicegender.ui import forms
from voicegender.ui.words import option_name, size, state_word
from voicegender.ui.work import Job, alone, extraction_job


@dataclass(frozen=True)
class Asked:
    """Features that are asked for, and the command that makes them."""

    corpus: Corpus
    extractor: Extractor
    command: list[str]

    def open(self) -> FeatureSet:
        """The set's folder, made if need be."""
        return open_feature_set(places().features, self.extractor, self.corpus)

    @property
    def name(self) -> str:
        """What the job is called."""
        return f"features {self.extractor.kind} of {self.corpus.root.name}"


def ask(path: Path, corpus: Corpus) -> Asked:
    """Ask for features, subsets and processes.

    Raises
    ------
    VoiceGenderError
        Values that make no sense together.
    """
    subsets = st.multiselect(
        "Subsets",
        sorted(set(corpus.utterances["subset"])),
        placeholder="all",
        key=f"extract-subsets-{path}",
        help="Parts of the corpus as it was published; none chosen means all.",
    )
    kinds = [cls.kind for cls in EXTRACTORS]
    extractor = forms.choose_extractor("Features", kinds, "extract")
    n_cores = _cores()
    workers = st.number_input(
        "Processes",
        1,
        2 * n_cores,
        n_cores,
        key="extract-workers",
        help="How many recordings are worked on at the same time.",
    )
    chosen = corpus.only(subsets)
    command = extract_arguments(
        str(path.resolve()), extractor, subsets=tuple(subsets), n_workers=workers
    )
    return Asked(chosen, extractor, command)


def label(found: FeatureSet) -> str:
    """Kind and corpus of a feature set."""
    if found.imported:
        return f"imported features {found.folder.name}"
    source = Path(str(found.config.get("source", ""))).name
    kind = found.config["extractor"]["kind"]
    n_copies = found.alteration.copies
    copies = f", each with {n_copies} altered copies" if n_copies else ""
    return f"features {kind} of {source} ({len(found.utterances()):,} recordings{copies})"


def sets_table(found: Sequence[FeatureSet]) -> pd.DataFrame:
    """A row a feature set."""
    return pd.DataFrame([_row(each) for each in found])


def _row(found: FeatureSet) -> dict[str, object]:
    left_out = len(found.errors()) if found.is_complete else None
    utterances = found.utterances()
    return {
        "Features": option_name(found.config["extractor"]["kind"]).partition(":")[0],
        "Corpus": Path(str(found.config.get("source", ""))).name,
        "Subsets": ", ".join(sorted(set(utterances["subset"]))),
        "State": state_word(state_of(found.folder, done=found.is_complete)),
        "Recordings": len(utterances),
        "Altered copies": found.alteration.copies,
        "Left out": left_out,
        "Numbers each": found.config["n_features"],
        "Size": size(found.n_bytes),
        "Folder": f"{found.folder.parent.name}/{found.folder.name}",
    }


def left_out(found: FeatureSet) -> pd.DataFrame:
    """Recordings without features, with the reason."""
    errors = (
        found.errors() if found.is_complete else pd.DataFrame({"utterance_id": [], "error": []})
    )
    return errors.rename(columns={"utterance_id": "Recording", "error": "Why it was left out"})


def settings_of(found: FeatureSet) -> str:
    """Settings of a feature set in one line."""
    settings = flat(found.config["extractor"])
    return "Settings: " + " · ".join(f"{name} {value}" for name, value in settings)


def same_vectors(corpus: Corpus) -> FeatureSet | None:
    """A finished set of the 128 mean MFCC of this corpus, to compare one recording with."""
    for found in sets_of(corpus):
        is_mean = found.config["extractor"]["kind"] == MfccMean.kind
        if is_mean and found.config["n_features"] == MfccMean().n_features:
            return found
    return None


def sets_of(corpus: Corpus) -> list[FeatureSet]:
    """Finished sets of recordings of this corpus, the newest first."""
    source = str(corpus.root)
    found = feature_sets(places().features)
    whole = [one for one in found if one.config.get("source") == source and one.is_complete]
    return [one for one in whole if _is_of(one, corpus)]


def _is_of(found: FeatureSet, corpus: Corpus) -> bool:
    """Whether its recordings are the corpus's, with the same labels: roots may be shared."""
    columns = ["utterance_id", "path", "gender"]
    both = found.utterances()[columns].merge(corpus.utterances[columns])
    return len(both) == len(found.utterances())


def unfinished() -> list[FeatureSet]:
    """Sets that are being made, or were begun.

    A training finishes by itself those it alone can ask for: F0, and altered copies.
    """
    kinds = {cls.kind for cls in EXTRACTORS}
    return [
        each
        for each in feature_sets(places().features)
        if not each.is_complete
        and each.config["extractor"]["kind"] in kinds
        and not each.alteration.copies
    ]


def job_of(found: FeatureSet) -> Job:
    """The extraction of a set that was begun: it goes on with the command it was begun with."""
    words = (read_json(found.folder / PROCESS) or {}).get("command", [])
    if "extract" in words:
        command = words[words.index("extract") :]
    else:
        subsets = tuple(sorted(set(found.utterances()["subset"])))
        source = str(found.config.get("source", ""))
        command = extract_arguments(source, found.extractor, subsets=subsets, n_workers=None)
    return extraction_job(found, command, label(found))


def offer(path: Path, corpus: Corpus, extractor: Extractor, label: str) -> None:
    """A button that makes features of the whole corpus, as the form would."""
    command = extract_arguments(str(path.resolve()), extractor, n_workers=_cores())
    asked = Asked(corpus, extractor, command)
    if any(job.state == "running" for job in all_jobs()):
        st.caption("Features are being made; the panel above says how far it is.")
    elif st.button(label, key=f"offer-{extractor.kind}", type="primary"):
        if start(asked):
            st.rerun()
        st.info("They are in the store already, of recordings or labels that have changed since.")


def _cores() -> int:
    return os.cpu_count() or 1


def all_jobs() -> list[Job]:
    """Extractions that are not done, to see whether one runs."""
    return [job_of(each) for each in unfinished()]


def start(asked: Asked) -> bool:
    """Start making what is asked; False when it is in the store already.

    Raises
    ------
    WorkError
        Another extraction runs.
    """
    with alone(asked.name, all_jobs):
        found = asked.open()
        if not found.is_complete:
            jobs.start(found.folder, *asked.command)
            return True
    return False
