"""LibriSpeech folder, or a CSV manifest -> table of utterances.

References
----------
.. [1] V. Panayotov, G. Chen, D. Povey, S. Khudanpur, "LibriSpeech: an ASR corpus based on
   public domain audio books", ICASSP 2015. https://www.openslr.org/12
"""

from collections.abc import Iterator
from itertools import tee
from pathlib import Path, PurePath

import pandas as pd

from voicegender.addresses import is_remote, place_at, reached
from voicegender.durations import keep_durations, known_durations
from voicegender.errors import CorpusError
from voicegender.listing import is_folder, is_there, listed
from voicegender.manifest import check_columns, load_manifest
from voicegender.recordings import (
    SUBSETS,
    Corpus,
    Entry,
    Known,
    Problem,
    measured,
    table_of,
)

__all__ = ["MARKER", "SUBSETS", "Corpus", "Problem", "corpus_place", "load_corpus", "read_speakers"]

SPEAKER_FIELDS = 5
DEPTH = 2
"""Folders between a subset's and a recording: reader and chapter."""
MARKER = "SYNTHETIC.TXT"
"""A file that says a corpus in LibriSpeech's layout is computed, not recorded."""


def load_corpus(path: str | Path) -> Corpus:
    """Read a corpus: LibriSpeech's folder (or the one around it), or a CSV manifest.

    Raises
    ------
    CorpusError
        There is no corpus at ``path``, or nothing in it can be used.
    """
    place = corpus_place(path)
    with reached(place):
        corpus = load_manifest(place) if _is_manifest(place) else _load_librispeech(place)
    if corpus.utterances.empty:
        reasons = "; ".join(f"{p.place}: {p.reason}" for p in corpus.problems[:3])
        raise CorpusError(path, f"no usable recording ({reasons or 'nothing is in it'})")
    return corpus


def corpus_place(path: str | Path) -> Path:
    """The folder or manifest that ``path`` means; a glance that comes before any work.

    Raises
    ------
    CorpusError
        There is no corpus at ``path``.
    """
    path = place_at(path)  # a store names it, whoever reads that elsewhere
    with reached(path):
        if not _is_manifest(path):
            return _librispeech_root(path)
        if path.suffix.lower() != ".csv":
            raise CorpusError(
                path, "is no CSV manifest", "name a LibriSpeech folder or a .csv file"
            )
        check_columns(path)
    return path


def _is_manifest(path: Path) -> bool:
    """Whether a place is a file; of an address its name says so, without a question."""
    return path.suffix.lower() == ".csv" if is_remote(path) else path.is_file()


def _librispeech_root(path: Path) -> Path:
    for root in (path, path / "LibriSpeech"):
        if is_there(root / "SPEAKERS.TXT"):
            return root
    raise CorpusError(
        path,
        "no corpus: no SPEAKERS.TXT here" if is_folder(path) else "no such folder or manifest",
        "name a LibriSpeech folder or a CSV manifest, or make one: voicegender corpus demo",
    )


def read_speakers(path: Path) -> pd.DataFrame:
    """``SPEAKERS.TXT``: speaker_id, gender, subset, minutes, name; a row a reader.

    Cut at the first four bars only: reader 60 of the published file is named ``|CBW|Simon``.

    Raises
    ------
    CorpusError
        A line that is no comment and has no five fields.
    """
    rows = []
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith(";"):
            continue
        fields = [field.strip() for field in line.split("|", SPEAKER_FIELDS - 1)]
        if len(fields) < SPEAKER_FIELDS or fields[1] not in ("F", "M"):
            raise CorpusError(f"{path}:{number}", "not id | F or M | subset | minutes | name")
        rows.append(fields)
    speakers = pd.DataFrame(rows, columns=["speaker_id", "gender", "subset", "minutes", "name"])
    speakers["minutes"] = pd.to_numeric(speakers["minutes"], errors="coerce")
    return speakers


def _load_librispeech(root: Path) -> Corpus:
    speakers = read_speakers(root / "SPEAKERS.TXT")
    genders = dict(zip(speakers["speaker_id"], speakers["gender"], strict=True))
    problems: list[Problem] = []
    known = known_durations(root, root)
    table = table_of(_rows(root, genders, known, problems))
    again = table["utterance_id"].duplicated()
    for name, path in table.loc[again, ["utterance_id", "path"]].itertuples(index=False):
        problems.append(Problem(path, f"there is another recording named {name}"))
    if again.any():
        table = table[~again].reset_index(drop=True)
    keep_durations(root, root, table, known)
    return Corpus(root, table, speakers, tuple(problems), is_there(root / MARKER))


def _rows(
    root: Path, genders: dict[str, str], known: Known, problems: list[Problem]
) -> Iterator[tuple[object, ...]]:
    """Rows of the table; what cannot be one is noted."""
    for subset in SUBSETS:
        entries = _recordings(root, subset)
        if entries is None:
            continue
        n_rows = 0
        entries, once_more = tee(entries)
        for (name, _), row in zip(entries, measured(root, once_more, known), strict=True):
            speaker, _, file = name.split("/")[1:]
            if isinstance(row, str):
                problems.append(Problem(name, row))
            elif speaker not in genders:
                problems.append(Problem(name, f"reader {speaker} is not in SPEAKERS.TXT"))
            else:
                n_rows += 1
                yield PurePath(file).stem, speaker, genders[speaker], subset, name, *row
        if not n_rows:
            problems.append(Problem(subset, "no usable recording in this subset"))


def _recordings(root: Path, subset: str) -> Iterator[Entry] | None:
    """Files ``reader/chapter/reader-chapter-number.flac`` of a subset; None without its folder."""
    folder = root / subset
    if is_remote(folder):
        listing = listed(folder)
        found = sorted(name.split("/") for name in listing if name.count("/") == DEPTH)
        entries = (("/".join((subset, *parts)), listing["/".join(parts)]) for parts in found)
    else:
        listing = {}
        entries = ((name, None) for name in _below(folder, subset, DEPTH))
    if not (listing or folder.is_dir()):
        return None
    return (entry for entry in entries if _is_recording(entry[0]))


def _below(folder: Path, name: str, depth: int) -> Iterator[str]:
    """Names of what lies so many folders down, sorted folder by folder."""
    for path in sorted(folder.iterdir()):
        if not depth:
            yield f"{name}/{path.name}"
        elif path.is_dir():
            yield from _below(path, f"{name}/{path.name}", depth - 1)


def _is_recording(name: str) -> bool:
    file = PurePath(name).name
    return PurePath(file).suffix.lower() in (".flac", ".wav") and not file.startswith(".")
