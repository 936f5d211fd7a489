"""Frozen dataclass <-> JSON <-> digest."""

from pathlib import Path

import pytest

from voicegender.config import canonical, digest, from_json, read_json, replace, to_json, write_json
from voicegender.errors import SettingError
from voicegender.excerpt import Excerpt
from voicegender.extractors import EXTRACTORS
from voicegender.features import Extractor, LogMel, MfccMean
from voicegender.fitting import Fitting
from voicegender.voice_encoder import VoiceEmbedding

SETTINGS = [
    MfccMean(),
    MfccMean(n_mfcc=40, excerpt=Excerpt("middle", 2.5)),
    LogMel(n_mels=40),
    VoiceEmbedding(),
    VoiceEmbedding(hop=0.5),
]


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_read_back_from_json_equals_the_one_written(setting: Extractor) -> None:
    assert from_json(to_json(setting), EXTRACTORS, place="test") == setting


def test_fifty_and_fifty_point_zero_have_one_digest() -> None:
    assert digest({"hop": 50}) == digest({"hop": 50.0})
    assert canonical({"a": (1.0, 2.5)}) == {"a": [1, 2.5]}


def test_any_other_value_has_another_digest() -> None:
    digests = {digest(to_json(setting)) for setting in SETTINGS}
    assert len(digests) == len(SETTINGS)


def test_a_field_that_does_not_exist_is_named() -> None:
    with pytest.raises(SettingError, match=r"--set: no setting named 'bands'; one of .*n_mels"):
        replace(LogMel(), {"bands": 3}, place="--set")


@pytest.mark.parametrize("value", ["many", "[1]", "true", "1.5", 1.5, True, None])
def test_a_value_of_the_wrong_type_is_refused(value: object) -> None:
    with pytest.raises(SettingError, match="place n_mels"):
        replace(LogMel(), {"n_mels": value}, place="place")


def test_text_is_read_as_the_type_of_its_field() -> None:
    changed = replace(Fitting(), {"epochs": "7", "patience": "null", "shuffle": "false"}, place="")
    assert (changed.epochs, changed.patience, changed.shuffle) == (7, None, False)


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(SettingError, match="bundle: unknown kind 'wavelets'; one of"):
        from_json({"kind": "wavelets"}, EXTRACTORS, place="bundle")


def test_a_half_written_or_absent_file_reads_as_none(tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    assert read_json(path) is None
    path.write_text('{"a": 1')
    assert read_json(path) is None
    path.write_bytes(b"\xff\xfe\x00")
    assert read_json(path) is None


def test_writing_json_leaves_no_partial_file(tmp_path: Path) -> None:
    write_json(tmp_path / "facts.json", {"a": 1})
    assert read_json(tmp_path / "facts.json") == {"a": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["facts.json"]
