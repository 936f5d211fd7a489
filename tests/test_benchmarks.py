"""What all benchmarks share: where LibriSpeech is, and how they end."""

import argparse
import re
from pathlib import Path

import pytest
from measured import INTERRUPTED, ended, librispeech_at


def test_a_folder_without_librispeech_or_recordings_is_refused(
    tmp_path: Path, demo_corpus: Path
) -> None:
    for wrong in ("no LibriSpeech here", "no recording here"):
        with pytest.raises(
            argparse.ArgumentTypeError, match=f"{re.escape(str(tmp_path))}: {wrong}"
        ):
            librispeech_at(str(tmp_path))
        (tmp_path / "SPEAKERS.TXT").touch()
    assert librispeech_at(str(demo_corpus)) == demo_corpus.resolve()


def test_after_ctrl_c_a_benchmark_says_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    def main() -> int:
        raise KeyboardInterrupt

    assert ended(main) == INTERRUPTED
    assert capsys.readouterr().err == "interrupted\n"
    assert (ended(lambda: None), ended(lambda: 1)) == (0, 1)
