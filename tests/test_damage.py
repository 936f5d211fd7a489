"""Stored features whose bytes changed on the disk: found, made again, said."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from voicegender.config import read_json, write_json
from voicegender.corpus import Corpus, load_corpus
from voicegender.demo_corpus import DemoCorpus
from voicegender.errors import WorkError
from voicegender.extraction import extract
from voicegender.features import LogMel, MfccMean
from voicegender.mapping import NAME
from voicegender.parts import read_part
from voicegender.recordings import read_table, write_table
from voicegender.seals import MARK, file_seal, seal_file, sealed_table, table_seal
from voicegender.store import CONFIG, UTTERANCES, FeatureSet
from voicegender.workers import worked

ALONE = partial(worked, n_workers=1)
AGAIN = "is damaged and is made again"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Six recordings."""
    return load_corpus(DemoCorpus(n_speakers=6, n_utterances=1)(tmp_path_factory.mktemp("c") / "v"))


@pytest.fixture
def made(corpus: Corpus, tmp_path: Path) -> FeatureSet:
    """A set that is whole, and loaded once."""
    made = extract(corpus, MfccMean(), tmp_path / "features", crew=ALONE)
    made.load()
    return made


def again(corpus: Corpus, made: FeatureSet) -> FeatureSet:
    """What the same command makes of it."""
    return extract(corpus, MfccMean(), made.folder.parent.parent, crew=ALONE)


def flip(path: Path, at: int = -200, bit: int = 3) -> None:
    """Change one bit of a file."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1 << bit
    path.write_bytes(data)


def cut(path: Path) -> None:
    """Lose the second half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def test_no_bit_of_a_table_changes_unseen(made: FeatureSet) -> None:
    data = made.part(0).read_bytes()
    assert table_seal(data) == "whole"
    mark = data.rindex(MARK)
    rng = np.random.default_rng(0)
    for at in {*rng.integers(len(data), size=500), *range(len(data) - 40, len(data))}:
        wrong = bytearray(data)
        wrong[at] ^= 1 << rng.integers(8)
        # Of the mark nothing is read; without it a table counts as an earlier version's.
        seen = "absent" if mark <= at < mark + len(MARK) else "broken"
        assert table_seal(bytes(wrong)) == seen, at
    for n_bytes in (0, 3, 11, len(data) // 2, len(data) - 1):
        assert table_seal(data[:n_bytes]) == "broken"


def test_a_seal_is_not_seen_by_who_reads_the_table(made: FeatureSet, tmp_path: Path) -> None:
    table = pq.read_table(made.part(0))
    pq.write_table(table, tmp_path / "plain.parquet")
    sealed = sealed_table((tmp_path / "plain.parquet").read_bytes())
    (tmp_path / "sealed.parquet").write_bytes(sealed)
    assert pq.read_table(tmp_path / "sealed.parquet").equals(table)
    assert table_seal((tmp_path / "plain.parquet").read_bytes()) == "absent"


@pytest.mark.parametrize("size", [0, 1, (1 << 23) - 1, (1 << 23) + 5])
def test_a_seal_at_a_files_end_covers_all_of_it(tmp_path: Path, size: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(size))
    assert file_seal(path) == "absent"
    seal_file(path)
    assert file_seal(path) == "whole"
    for at in {0, size // 2, max(0, size - 1)} if size else set():
        flip(path, at)
        assert file_seal(path) == "broken"
        flip(path, at)
    cut(path)
    assert file_seal(path) != "whole"


@pytest.mark.parametrize("damage", [flip, partial(flip, at=100), cut, empty])
def test_a_damaged_part_is_made_again_to_the_byte_and_it_is_said(
    corpus: Corpus,
    made: FeatureSet,
    damage: Callable[[Path], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    whole, values = made.part(0).read_bytes(), np.array(made.load().values)
    damage(made.part(0))
    now = again(corpus, made)
    assert f"{made.part(0)} {AGAIN}" in caplog.text
    assert made.part(0).read_bytes() == whole
    np.testing.assert_array_equal(now.load().values, values)


def test_the_command_says_that_a_damaged_part_is_made_again(data: Path, corpus: Corpus) -> None:
    words = [sys.executable, "-m", "voicegender", "extract", str(corpus.root), "--workers", "1"]
    subprocess.run(words, check=True, capture_output=True)
    (part,) = data.glob("features/*/*/part-*.parquet")
    whole = part.read_bytes()
    flip(part)
    said = subprocess.run(words, check=True, capture_output=True, text=True)
    assert said.stderr == f"{part} {AGAIN}\n"
    assert part.read_bytes() == whole


def test_a_set_that_is_only_read_is_refused_where_it_is_damaged(made: FeatureSet) -> None:
    data = made.part(0).read_bytes()
    for at in (data.index(b"PAR1") + 400, len(data) - 30):  # in a column, in the footer
        flip(made.part(0), at)
        with pytest.raises(WorkError, match=r"part-00000.parquet: is damaged.*; make the"):
            read_part(made.part(0))
        made.part(0).write_bytes(data)
    assert read_part(made.part(0)).num_rows == len(made.utterances())


@pytest.mark.parametrize("damage", [flip, partial(flip, at=3), cut, empty, Path.unlink])
def test_the_map_of_all_values_is_made_again_where_it_is_damaged(
    made: FeatureSet, damage: Callable[[Path], None]
) -> None:
    values = np.array(made.load().values)
    damage(made.folder / NAME)
    np.testing.assert_array_equal(FeatureSet(made.folder).load().values, values)
    assert file_seal(made.folder / NAME) == "whole"
    assert not [*made.folder.glob("*.partial")]


def test_settings_and_utterances_of_a_set_are_made_again_where_they_are_damaged(
    corpus: Corpus, made: FeatureSet, caplog: pytest.LogCaptureFixture
) -> None:
    facts, part = made.config, made.part(0).stat().st_mtime_ns
    table = made.utterances()
    changed = (made.folder / CONFIG).read_text().replace('"n_mfcc": 128', '"n_mfcc": 120')
    for name, content in ((CONFIG, "{"), (CONFIG, changed), (UTTERANCES, ""), (UTTERANCES, "x")):
        (made.folder / name).write_text(content)
        if name == CONFIG:
            with pytest.raises(WorkError, match=r"config.json is damaged"):
                FeatureSet(made.folder)
        else:
            with pytest.raises(WorkError, match=r"utterances.parquet: is damaged"):
                FeatureSet(made.folder).utterances()
        caplog.clear()
        now = again(corpus, made)
        assert f"{made.folder / name} {AGAIN}" in caplog.text
        assert now.config == facts
        assert now.utterances().equals(table)
    assert made.part(0).stat().st_mtime_ns == part


def test_a_set_of_a_version_without_seals_is_used_as_it_is(
    corpus: Corpus, made: FeatureSet, caplog: pytest.LogCaptureFixture
) -> None:
    pq.write_table(pq.read_table(made.part(0)), made.part(0))
    made.utterances().to_parquet(made.folder / UTTERANCES, index=False)
    write_json(made.folder / CONFIG, made.config)
    values = np.array(made.load().values)
    np.save(made.folder / NAME, values)
    before = {name: (made.folder / name).read_bytes() for name in (CONFIG, UTTERANCES)}
    part = made.part(0).read_bytes()
    now = again(corpus, made)
    np.testing.assert_array_equal(now.load().values, values)
    assert AGAIN not in caplog.text
    assert made.part(0).read_bytes() == part
    assert {name: (made.folder / name).read_bytes() for name in before} == before
    cut(made.part(0))  # what cannot be read is found without a seal, too
    assert again(corpus, made).is_complete
    assert AGAIN in caplog.text


def test_a_part_of_another_set_is_not_taken_for_its_own(
    corpus: Corpus, made: FeatureSet, caplog: pytest.LogCaptureFixture
) -> None:
    whole = made.part(0).read_bytes()
    write_table(made.part(0), made.utterances().head(2))
    again(corpus, made)
    assert made.part(0).read_bytes() == whole
    assert AGAIN in caplog.text


def test_what_was_half_written_is_never_read(corpus: Corpus, made: FeatureSet) -> None:
    whole = made.part(0).read_bytes()
    made.part(0).unlink()
    for name in ("part-00000.parquet.0123.partial", "values.1.partial", "config.json.9.partial"):
        (made.folder / name).write_bytes(whole[:-5])
    (made.folder / NAME).unlink()
    assert not made.is_complete
    assert again(corpus, made).part(0).read_bytes() == whole
    assert not [*made.folder.glob("*.partial")]


def test_recordings_from_the_future_and_the_past_are_recordings(tmp_path: Path) -> None:
    root = DemoCorpus(n_speakers=6, n_utterances=1)(tmp_path / "voices")
    first, second = sorted(root.rglob("*.flac"))[:2]
    os.utime(first, (4e9, 4e9))  # 2096
    os.utime(second, (0, 0))
    corpus = load_corpus(root)
    made = extract(corpus, LogMel(), tmp_path / "features", crew=ALONE)
    part = made.part(0).stat().st_mtime_ns
    os.utime(made.folder / CONFIG, (4e9, 4e9))
    assert extract(load_corpus(root), LogMel(), tmp_path / "features", crew=ALONE).is_complete
    assert made.part(0).stat().st_mtime_ns == part
    assert made.errors().empty


def test_a_damaged_table_names_its_place_and_what_would_do(
    tmp_path: Path, made: FeatureSet
) -> None:
    path = tmp_path / "split.parquet"
    write_table(path, made.utterances())
    assert read_table(path).equals(made.utterances())
    flip(path)
    with pytest.raises(WorkError, match=r"split.parquet: is damaged: cut, or a byte .*; do so"):
        read_table(path, remedy="do so")


def test_the_seal_of_settings_is_not_one_of_them(made: FeatureSet) -> None:
    assert "seal" not in made.config
    assert json.loads((made.folder / CONFIG).read_text())["seal"]
    assert read_json(made.folder / CONFIG) != made.config
