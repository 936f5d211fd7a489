"""Lengths kept on disk: read once, and never believed of a file that has changed."""

import os
from pathlib import Path

import pytest
import soundfile

from voicegender import durations, recordings
from voicegender.corpus import load_corpus
from voicegender.demo_corpus import DemoCorpus


@pytest.fixture
def corpus(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six recordings that count as many."""
    monkeypatch.setattr(durations, "LEAST", 6)
    assert not data.exists()
    return DemoCorpus(n_speakers=6, n_utterances=1)(tmp_path / "voices")


@pytest.fixture
def headers(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Files whose header was read."""
    read: list[Path] = []
    really = recordings.read_duration

    def noted(path: Path) -> float:
        read.append(path)
        return really(path)

    monkeypatch.setattr(recordings, "read_duration", noted)
    return read


def test_a_corpus_read_again_is_the_same_and_reads_no_header(
    corpus: Path, headers: list[Path]
) -> None:
    first = load_corpus(corpus)
    assert len(headers) == 6
    again = load_corpus(corpus)
    assert len(headers) == 6
    assert again.utterances.equals(first.utterances)
    assert again.digest == first.digest


def test_only_what_has_changed_is_measured_again(corpus: Path, headers: list[Path]) -> None:
    load_corpus(corpus)
    path = sorted(corpus.rglob("*.flac"))[2]
    y, sr = soundfile.read(path)
    soundfile.write(path, y[: len(y) // 2], sr)
    headers.clear()
    rows = load_corpus(corpus).utterances.set_index("utterance_id")
    assert headers == [path]
    assert rows.loc[path.stem, "duration"] == round(len(y) // 2 / sr, 4)
    load_corpus(corpus)
    assert headers == [path]


def test_a_file_that_was_only_touched_is_measured_again(corpus: Path, headers: list[Path]) -> None:
    load_corpus(corpus)
    path = next(corpus.rglob("*.flac"))
    os.utime(path, (1, 1))
    headers.clear()
    load_corpus(corpus)
    assert headers == [path]


def test_a_damaged_file_of_lengths_is_measured_over(
    corpus: Path, data: Path, headers: list[Path]
) -> None:
    first = load_corpus(corpus)
    (kept,) = (data / "corpora").iterdir()
    kept.write_bytes(b"no table")
    headers.clear()
    assert load_corpus(corpus).utterances.equals(first.utterances)
    assert len(headers) == 6


def test_lengths_of_a_manifest_are_kept_too(corpus: Path, headers: list[Path]) -> None:
    paths = sorted(corpus.rglob("*.flac"))
    lines = [f"{path.relative_to(corpus)},{i},F" for i, path in enumerate(paths)]
    manifest = corpus / "some.csv"
    manifest.write_text("\n".join(["path,speaker_id,gender", *lines]))
    first = load_corpus(manifest)
    headers.clear()
    assert load_corpus(manifest).utterances.equals(first.utterances)
    assert headers == []


def test_a_small_corpus_leaves_nothing_behind(
    corpus: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durations, "LEAST", 7)
    load_corpus(corpus)
    assert not data.exists()


def test_a_data_folder_that_cannot_be_written_is_no_matter(corpus: Path, data: Path) -> None:
    data.write_text("a file where the folder should be")
    assert len(load_corpus(corpus).utterances) == 6
