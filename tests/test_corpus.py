"""LibriSpeech folder, or a CSV manifest -> table of utterances."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voicegender.corpus import load_corpus, read_speakers
from voicegender.errors import CorpusError

SPEAKERS = """\
; comment | with | bars
14   | F | train-clean-360  | 25.03 | Kristin LeMoine
60   | M | train-clean-100  | 20.18 | |CBW|Simon
61   | M | test-clean       | 8.08  | Paul-Gabriel Wiener
"""


def write_tone(path: Path, seconds: float = 1.0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    times = np.arange(round(seconds * 16000)) / 16000
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * 200 * times), 16000)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Two readers with one recording each."""
    root = tmp_path / "LibriSpeech"
    root.mkdir()
    (root / "SPEAKERS.TXT").write_text(SPEAKERS)
    write_tone(root / "train-clean-100/60/121082/60-121082-0000.flac", 2.0)
    write_tone(root / "test-clean/61/70968/61-70968-0000.flac", 3.0)
    return root


def test_a_name_with_bars_is_read_whole(small: Path) -> None:
    speakers = read_speakers(small / "SPEAKERS.TXT").set_index("speaker_id")
    assert speakers.loc["60", "name"] == "|CBW|Simon"
    assert speakers.loc["60", "gender"] == "M"
    assert len(speakers) == 3


def test_a_line_that_is_no_reader_is_named(small: Path) -> None:
    (small / "SPEAKERS.TXT").write_text("14 | X | train-clean-360 | 25 | Kristin")
    with pytest.raises(CorpusError, match=r"SPEAKERS\.TXT:1: not id"):
        load_corpus(small)


def test_the_folder_around_librispeech_serves_too(small: Path) -> None:
    assert load_corpus(small.parent).utterances.equals(load_corpus(small).utterances)


def test_recordings_carry_reader_gender_subset_and_duration(small: Path) -> None:
    rows = load_corpus(small).utterances.set_index("utterance_id")
    assert list(rows.loc["60-121082-0000", ["speaker_id", "gender", "subset"]]) == [
        "60",
        "M",
        "train-clean-100",
    ]
    assert rows["duration"].tolist() == pytest.approx([2.0, 3.0])


def test_what_cannot_be_used_is_named_and_the_rest_is_used(small: Path) -> None:
    write_tone(small / "train-clean-100/999/1/999-1-0000.flac")
    broken = small / "train-clean-100/60/121082/60-121082-0001.flac"
    broken.write_bytes(b"fLaC but not really")
    empty = small / "train-clean-100/60/121082/60-121082-0002.flac"
    empty.write_bytes(b"")
    (small / "dev-clean").mkdir()
    corpus = load_corpus(small)
    assert len(corpus.utterances) == 2
    reasons = {problem.place: problem.reason for problem in corpus.problems}
    assert "not in SPEAKERS.TXT" in reasons["train-clean-100/999/1/999-1-0000.flac"]
    assert "decoded" in reasons["train-clean-100/60/121082/60-121082-0001.flac"]
    assert "empty" in reasons["train-clean-100/60/121082/60-121082-0002.flac"]
    assert "no usable recording" in reasons["dev-clean"]


def test_two_recordings_of_one_name_are_one_and_the_other_is_named(small: Path) -> None:
    write_tone(small / "train-clean-100/60/121082/60-121082-0000.wav")
    corpus = load_corpus(small)
    assert len(corpus.utterances) == 2
    assert "another recording named 60-121082-0000" in corpus.problems[0].reason


def test_a_header_that_claims_days_is_not_believed(small: Path) -> None:
    path = small / "test-clean/61/70968/61-70968-0000.flac"
    data = bytearray(path.read_bytes())
    data[21] |= 0x0F  # the upper bits of FLAC's 36-bit count of samples
    path.write_bytes(data)
    problems = load_corpus(small).problems
    assert "claims more than 4 h" in problems[0].reason


@pytest.mark.parametrize("name", ["missing", "empty", "table.csv"])
def test_a_place_without_a_corpus_is_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match=name):
        load_corpus(tmp_path / name)


def test_the_digest_changes_with_a_recording_and_with_nothing_else(small: Path) -> None:
    before = load_corpus(small).digest
    assert load_corpus(small).digest == before
    write_tone(small / "test-clean/61/70968/61-70968-0000.flac", 3.1)
    assert load_corpus(small).digest != before


def test_an_unknown_subset_is_refused_and_the_present_ones_named(small: Path) -> None:
    with pytest.raises(CorpusError, match=r"no subset dev-clean; there is .*test-clean"):
        load_corpus(small).only(["dev-clean"])


def test_a_manifest_makes_any_folder_a_corpus(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_tone(tmp_path / f"voices/{name}.wav")
    manifest = tmp_path / "corpus.csv"
    manifest.write_text(
        "path,speaker_id,gender,subset\nvoices/a.wav,ann,female,train\nvoices/b.wav,bob,M,test\n"
    )
    corpus = load_corpus(manifest)
    assert corpus.utterances["gender"].tolist() == ["F", "M"]
    assert corpus.utterances["subset"].tolist() == ["train", "test"]
    assert len(corpus.speakers) == 2


def test_rows_of_a_manifest_that_cannot_be_used_are_named_by_line(tmp_path: Path) -> None:
    write_tone(tmp_path / "folder/a.wav")
    write_tone(tmp_path / "outside.wav")
    manifest = tmp_path / "folder/corpus.csv"
    rows = [
        "a.wav,ann,F",
        "a.wav,ann,F",
        "../outside.wav,bob,M",
        "b.wav,bob,M",
        "a.flac,bob,X",
        ",bob,M",
    ]
    manifest.write_text("path,speaker_id,gender\n" + "\n".join(rows))
    corpus = load_corpus(manifest)
    reasons = {problem.place: problem.reason for problem in corpus.problems}
    assert len(corpus.utterances) == 1
    assert "already" in reasons["corpus.csv:3"]
    assert "out of the manifest's folder" in reasons["corpus.csv:4"]
    assert "No such file" in reasons["corpus.csv:5"]
    assert "neither F nor M" in reasons["corpus.csv:6"]
    assert "no path" in reasons["corpus.csv:7"]


def test_a_reader_with_two_genders_keeps_the_first_and_the_other_row_is_named(
    tmp_path: Path,
) -> None:
    write_tone(tmp_path / "a.wav")
    write_tone(tmp_path / "b.wav")
    (tmp_path / "c.csv").write_text("path,speaker_id,gender\na.wav,ann,F\nb.wav,ann,M\n")
    corpus = load_corpus(tmp_path / "c.csv")
    assert corpus.utterances["gender"].tolist() == ["F"]
    assert "other gender" in corpus.problems[0].reason


def test_values_beyond_the_columns_are_told_and_a_comma_at_the_end_is_not(
    tmp_path: Path,
) -> None:
    write_tone(tmp_path / "a.wav")
    write_tone(tmp_path / "b.wav")
    (tmp_path / "c.csv").write_text("path,speaker_id,gender\na.wav,ann,F,\nb.wav,bob,M,x,y\n")
    corpus = load_corpus(tmp_path / "c.csv")
    assert corpus.utterances["gender"].tolist() == ["F"]
    assert corpus.problems[0].reason == "more values than columns"


def test_a_table_with_a_zero_byte_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("path,speaker_id,gender\na\0.wav,ann,F\n")
    with pytest.raises(CorpusError, match=r"c\.csv"):
        load_corpus(tmp_path / "c.csv")


def test_a_table_without_the_needed_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("file,who\na.wav,ann\n")
    with pytest.raises(CorpusError, match=r"no column path, speaker_id, gender"):
        load_corpus(tmp_path / "c.csv")


def test_real_librispeech_is_read_whole(librispeech: Path) -> None:
    corpus = load_corpus(librispeech)
    assert len(corpus.speakers) == 2484
    assert "60" in set(corpus.speakers["speaker_id"])
    counted = corpus.summary().set_index(["subset", "gender"])
    assert counted.loc[("train-clean-100", "F"), "readers"] == 125
    assert counted.loc[("train-clean-100", "M"), "readers"] == 126
    assert counted.loc["test-other"]["recordings"].sum() == 40
    assert not corpus.problems


def test_a_copy_of_the_corpus_with_other_times_counts_as_changed(
    small: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(small, copy, copy_function=shutil.copyfile)
    assert load_corpus(copy).digest != load_corpus(small).digest
