"""Recordings heard by several processes: what one would have heard, in the same order."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from voicegender import hearing
from voicegender.corpus import load_corpus
from voicegender.errors import CorpusError
from voicegender.export import few_of_each
from voicegender.features import LogMel
from voicegender.hearing import Hearing, Judge, in_pieces

CHEAP = LogMel(n_mels=8)


def judge_of(offset: float) -> Judge:
    """Something that hangs on the sound, the speaker and what the opener was given."""

    def judge(inputs: NDArray[np.float32], speaker: str) -> NDArray[np.float64]:
        return np.asarray(inputs.mean(axis=(1, 2)) + int(speaker) + offset, np.float64)

    return judge


def test_pieces_are_heard_as_one_and_told_of(
    demo_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = load_corpus(demo_corpus).utterances.head(11).copy()
    rows["path"] = [str(demo_corpus / path) for path in rows["path"]]
    (tmp_path / "broken.wav").write_bytes(b"nothing" * 100)
    rows.loc[rows.index[4], "path"] = str(tmp_path / "broken.wav")
    alone = Hearing(CHEAP)(rows, tmp_path, judge_of(0.5))
    monkeypatch.setattr(hearing, "PIECE", 4)
    told: list[tuple[int, int]] = []
    found = in_pieces(
        Hearing(CHEAP),
        rows,
        tmp_path,
        partial(judge_of, 0.5),
        n_workers=2,
        progress=lambda *r: told.append(r),
    )
    pd.testing.assert_frame_equal(found.table, alone.table)
    pd.testing.assert_frame_equal(found.refused, alone.refused)
    assert len(found.refused) == 1
    assert told == [(4, 11), (8, 11), (11, 11)]


def test_a_recording_that_is_gone_is_told_before_any_is_heard(
    demo_corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "PIECE", 4)
    rows = load_corpus(demo_corpus).utterances.head(6).copy()
    rows.loc[rows.index[5], "path"] = "gone.flac"
    opener = partial(pytest.fail, "opened")
    with pytest.raises(CorpusError, match=r"gone\.flac: is not there any more"):
        in_pieces(Hearing(CHEAP), rows, demo_corpus, opener)


def test_of_many_recordings_as_many_of_each_reader_are_calibrated_on() -> None:
    counts = {"a": 50, "b": 3, "c": 20}
    rows = pd.DataFrame({"speaker_id": [s for s, n in counts.items() for _ in range(n)]})
    chosen = few_of_each(rows, seed=0, most=33)
    assert dict(chosen["speaker_id"].value_counts()) == {"a": 15, "b": 3, "c": 15}
    assert chosen.index.is_monotonic_increasing
    assert not chosen.index.equals(few_of_each(rows, seed=1, most=33).index)
    pd.testing.assert_frame_equal(few_of_each(rows, seed=0, most=73), rows)
