"""LibriSpeech folder, or a CSV manifest -> table of utterances.

References
----------
.. [1] V. Panayotov, G. Chen, D. Povey, S. Khudanpur, "LibriSpeech: an ASR corpus based on
   public domain audio books", ICASSP 2015. https://www.openslr.org/12
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from voicegender.config import digest
from voicegender.errors import CorpusError

SUBSETS = (
    "train-clean-100",
    "train-clean-360",
    "train-other-500",
    "dev-clean",
    "dev-other",
    "test-clean",
    "test-other",
)
COLUMNS = ("utterance_id", "speaker_id", "gender", "subset", "path", "duration", "size", "mtime")
GENDERS = {"f": "F", "female": "F", "m": "M", "male": "M"}
SPEAKER_FIELDS = 5
MARKER = "SYNTHETIC.TXT"
"""A file that says a corpus in LibriSpeech's layout is computed, not recorded."""


@dataclass(frozen=True)
class Problem:
    """Something in a corpus that was left out, and why."""

    place: str
    reason: str


@dataclass(frozen=True)
class Corpus:
    """Utterances with their speakers, and what had to be left out.

    Attributes
    ----------
    root
        Folder the paths in ``utterances`` start from.
    utterances
        A row a recording, sorted by ``utterance_id``; see ``COLUMNS``. ``gender`` is F or M,
        ``duration`` in seconds, ``size`` in bytes, ``mtime`` in nanoseconds.
    speakers
        All known speakers, present or not: speaker_id, gender, subset, minutes, name.
    problems
        What was left out.
    synthetic
        Whether the voices were computed, not recorded.
    """

    root: Path
    utterances: pd.DataFrame
    speakers: pd.DataFrame
    problems: tuple[Problem, ...] = ()
    synthetic: bool = False

    @property
    def digest(self) -> str:
        """Differs when any recording or label differs."""
        return digest(self.utterances.to_dict(orient="list"))

    def only(self, subsets: list[str]) -> "Corpus":
        """The part of the corpus in the named subsets; all of it when none is named."""
        if not subsets:
            return self
        present = sorted(set(self.utterances["subset"]))
        if missing := [name for name in subsets if name not in present]:
            raise CorpusError(self.root, f"no subset {', '.join(missing)}", f"there is {present}")
        rows = self.utterances[self.utterances["subset"].isin(subsets)]
        kept = rows.reset_index(drop=True)
        return Corpus(self.root, kept, self.speakers, self.problems, self.synthetic)

    def summary(self) -> pd.DataFrame:
        """Readers, recordings and hours by subset and gender."""
        grouped = self.utterances.groupby(["subset", "gender"], sort=True)
        table = grouped.agg(
            readers=("speaker_id", "nunique"),
            recordings=("utterance_id", "size"),
            hours=("duration", lambda seconds: seconds.sum() / 3600),
        )
        return table.reset_index()


def load_corpus(path: str | Path) -> Corpus:
    """Read a corpus: LibriSpeech's folder (or the one around it), or a CSV manifest.

    Raises
    ------
    CorpusError
        There is no corpus at ``path``, or nothing in it can be used.
    """
    path = Path(path).expanduser()
    if path.is_file() and path.suffix.lower() == ".csv":
        corpus = _load_manifest(path)
    else:
        corpus = _load_librispeech(_librispeech_root(path))
    if corpus.utterances.empty:
        reasons = "; ".join(f"{p.place}: {p.reason}" for p in corpus.problems[:3])
        raise CorpusError(path, f"no usable recording ({reasons or 'no subset folder here'})")
    return corpus


def _librispeech_root(path: Path) -> Path:
    for root in (path, path / "LibriSpeech"):
        if (root / "SPEAKERS.TXT").is_file():
            return root
    raise CorpusError(
        path,
        "no corpus: no SPEAKERS.TXT here" if path.is_dir() else "no such folder or manifest",
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
    rows: list[tuple[object, ...]] = []
    problems: list[Problem] = []
    for subset in SUBSETS:
        if not (root / subset).is_dir():
            continue
        before = len(rows)
        for path in _recordings(root / subset):
            relative = path.relative_to(root).as_posix()
            speaker = path.parent.parent.name
            if speaker not in genders:
                problems.append(Problem(relative, f"reader {speaker} is not in SPEAKERS.TXT"))
            elif row := _measured(path, problems, relative):
                rows.append((path.stem, speaker, genders[speaker], subset, relative, *row))
        if len(rows) == before:
            problems.append(Problem(subset, "no usable recording in this subset"))
    return Corpus(root, _table(rows), speakers, tuple(problems), (root / MARKER).is_file())


def _recordings(folder: Path) -> Iterator[Path]:
    """Files ``reader/chapter/reader-chapter-number.flac`` below a subset's folder."""
    for path in sorted(folder.glob("*/*/*")):
        if path.suffix.lower() in (".flac", ".wav") and not path.name.startswith("."):
            yield path


def _measured(
    path: Path, problems: list[Problem], place: str
) -> tuple[float, int, int] | None:
    """Duration, size and mtime of a recording; None, and a problem noted, if unreadable."""
    try:
        facts = os.stat(path)
        return round(read_duration(path), 4), facts.st_size, facts.st_mtime_ns
    except OSError as error:
        problems.append(Problem(place, error.strerror or "cannot be read"))
    except ValueError as error:
        problems.append(Problem(place, str(error)))
    return None


def read_duration(path: Path) -> float:
    """Seconds of sound that a file's header promises.

    Raises
    ------
    ValueError
        The file is empty or holds no sound that can be decoded.
    """
    import av
    import soundfile

    if path.stat().st_size == 0:
        raise ValueError("the file is empty")
    try:
        seconds = float(soundfile.info(path).duration)
    except soundfile.LibsndfileError:
        try:
            with av.open(str(path)) as container:
                has_sound = bool(container.streams.audio)
                seconds = (container.duration or 0) / av.time_base if has_sound else 0.0
        except (av.FFmpegError, OSError):
            raise ValueError("no recording that can be decoded") from None
    if not seconds > 0:
        raise ValueError("the recording holds no sound")
    return seconds


def _table(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.sort_values("utterance_id", kind="stable").reset_index(drop=True)


def _load_manifest(path: Path) -> Corpus:
    try:
        manifest = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (ValueError, OSError) as error:  # pandas' parser errors are ValueErrors
        raise CorpusError(path, f"not a CSV table ({error})") from None
    if missing := {"path", "speaker_id", "gender"} - set(manifest.columns):
        raise CorpusError(
            path, f"no column {', '.join(sorted(missing))}", "a manifest has path,speaker_id,gender"
        )
    root = path.parent.resolve()
    rows: list[tuple[object, ...]] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for number, entry in enumerate(manifest.to_dict(orient="records"), start=2):
        place = f"{path.name}:{number}"
        if reason := _manifest_fault(root, entry, seen):
            problems.append(Problem(place, reason))
        elif row := _measured(root / entry["path"], problems, place):
            name = str(Path(entry["path"]).with_suffix(""))
            gender = GENDERS[entry["gender"].lower()]
            subset = entry.get("subset") or "all"
            rows.append((name, entry["speaker_id"], gender, subset, entry["path"], *row))
    table = _table(rows)
    speakers = table.groupby("speaker_id", as_index=False).agg(
        gender=("gender", "first"), subset=("subset", "first"), minutes=("duration", "sum")
    )
    speakers["minutes"] = speakers["minutes"] / 60
    speakers["name"] = ""
    return Corpus(root, table, speakers, tuple(problems))


def _manifest_fault(root: Path, entry: dict[str, str], seen: set[str]) -> str | None:
    """Why a row of a manifest cannot be used; None when it can."""
    if entry["gender"].lower() not in GENDERS:
        return f"gender {entry['gender']!r} is neither F nor M"
    if not entry["speaker_id"]:
        return "no speaker_id"
    if not (root / entry["path"]).resolve().is_relative_to(root):
        return "the path leads out of the manifest's folder"
    name = str(Path(entry["path"]).with_suffix(""))
    if name in seen:
        return f"a recording named {name} stands in the manifest already"
    seen.add(name)
    return None
