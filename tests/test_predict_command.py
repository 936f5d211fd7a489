"""Timelines on the command line: printed for one, written for many, never replaced."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from test_annotations import tiers_of


def predict(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "voicegender", "predict", *map(str, words)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def voices(demo_corpus: Path) -> list[Path]:
    """Two computed voices."""
    return sorted(demo_corpus.rglob("*.flac"))[:2]


def test_one_timeline_is_printed(voices: list[Path]) -> None:
    said = predict(voices[0], "--textgrid")
    assert said.returncode == 0
    tier = tiers_of(said.stdout)["heard as"]
    assert tier[-1][1] == pytest.approx(soundfile.info(voices[0]).duration, abs=1e-3)
    said = predict(voices[0], "--audacity")
    spoken = [text for _, _, text in tier if text]
    assert [line.split("\t")[2] for line in said.stdout.splitlines()] == spoken


def test_a_file_is_answered_without_what_answering_does_not_need(voices: list[Path]) -> None:
    code = "import sys; from voicegender.cli import app; app(standalone_mode=False)"
    code += "; print(sys.modules)"
    command = [sys.executable, "-c", code, "predict", str(voices[0])]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    assert "'onnxruntime'" in said.stdout
    for heavy in (
        "pandas",
        "pyarrow",
        "librosa",
        "scipy",
        "numba",
        "keras",
        "tensorflow",
        "streamlit",
    ):
        assert f"'{heavy}'" not in said.stdout, heavy


def test_many_timelines_are_written_to_a_folder_and_none_is_replaced(
    voices: list[Path], tmp_path: Path
) -> None:
    bad, to = tmp_path / "bad.wav", tmp_path / "new" / "timelines"
    bad.write_text("Dear reader")
    said = predict(*voices, bad, "--textgrid", "--audacity", "--to", to)
    assert said.returncode == 1
    assert len(said.stdout.splitlines()) == 3
    stems = [path.stem for path in voices]
    wanted = {stem + suffix for stem in stems for suffix in (".TextGrid", ".txt")}
    assert {path.name for path in to.iterdir()} == wanted
    assert tiers_of((to / f"{stems[0]}.TextGrid").read_text())
    again = predict(voices[0], "--textgrid", "--to", to)
    assert again.returncode == 2
    assert f"{stems[0]}.TextGrid: is there already" in again.stderr


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["a.wav", "b.wav", "--textgrid"], "--textgrid: is printed for one recording, and there"),
        (["a.wav", "--textgrid", "--audacity"], "cannot both be printed"),
        (["a.wav", "--json", "--textgrid"], "--json and --textgrid: cannot both be printed"),
        (["a.wav", "--to", "there"], "nothing is asked for it; add --textgrid or --audacity"),
    ],
)
def test_what_cannot_be_printed_is_refused_in_one_line(words: list[str], reason: str) -> None:
    said = predict(*words)
    assert said.returncode == 2
    assert reason in said.stderr
    assert len(said.stderr.splitlines()) == 1


def test_a_terminal_is_shown_how_much_of_a_long_recording_has_been_heard(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "long.wav", np.full(16_000 * 240, 0.01), 16_000)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "voicegender", "predict", str(tmp_path / "long.wav")]
    env = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs, env=env)
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(ours)
    assert process.wait() == 1
    assert b"long.wav" in shown
    assert b"100%" in shown
