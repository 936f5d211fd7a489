"""Names of others are text and nothing else: on a terminal, in tables, in Markdown, in charts."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import plotly.graph_objects as go
import pytest
import soundfile
from streamlit.testing.v1 import AppTest

from voicegender import answers, inert
from voicegender.corpus import load_corpus
from voicegender.errors import VoiceGenderError
from voicegender.overview import corpus_as_json, corpus_as_text
from voicegender.ui import frame
from voicegender.ui.markup import SHOWN, without_markup
from voicegender.ui.predict.examples import FOLDER, MAN, WOMAN

STEERING = ("\x1b[31m", "\x9b31m", "\x1b]0;title\x07", "\r", "\n", "\x7f", "\u202e", "\u2066")
"""Colours, a window's title, overwriting, a forged line, deletion, text written backwards."""
FORMULAS = ("=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", " =1", "\uff1d1")


def steers(text: str) -> bool:
    """Whether a terminal would do more than show it."""
    return any(not letter.isprintable() and letter != "\n" for letter in text)


@pytest.mark.parametrize("sign", STEERING)
def test_an_error_that_names_a_file_steers_no_terminal(sign: str) -> None:
    assert not steers(str(VoiceGenderError(f"a{sign}b.wav", "is no sound")))
    assert "\n" not in str(VoiceGenderError(f"a{sign}b.wav", "is no sound"))


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """A corpus whose names steer: subsets, readers, files, one of them missing."""
    path = tmp_path / "manifest.csv"
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", "speaker_id", "gender", "subset"])
        for number, sign in enumerate(STEERING):
            for gender, voice in (("F", WOMAN), ("M", MAN)):
                name = f"{gender}{number}{sign}.flac"
                (tmp_path / name).write_bytes((FOLDER / voice).read_bytes())
                table.writerow([name, f"reader-{gender}{number}{sign}", gender, f"part{sign}"])
        table.writerow(["gone\x1b[31m\nall is well", "x", "F", ""])
    return path


def test_what_is_told_of_a_corpus_steers_no_terminal(manifest: Path) -> None:
    corpus = load_corpus(manifest)
    assert len(corpus.utterances) == 2 * len(STEERING)
    text = corpus_as_text(corpus)
    assert not steers(text)
    assert "\nall is well" not in text, "a name forges no line"
    as_json = corpus_as_json(corpus)
    assert not steers(as_json)
    subsets = {row["subset"] for row in json.loads(as_json)["subsets"]}
    assert subsets == {f"part{sign}" for sign in STEERING}, "programs read it as it was"


@pytest.mark.parametrize("command", [["predict"], ["predict", "--csv"], ["predict", "--json"]])
def test_commands_over_hostile_names_print_nothing_that_steers(
    tmp_path: Path, command: list[str]
) -> None:
    (tmp_path / "empty\x1b[31m\x9b31m\u202e.wav").write_bytes(b"")
    (tmp_path / "=1+1\x1b[2J.flac").write_bytes((FOLDER / MAN).read_bytes())
    words = [sys.executable, "-m", "voicegender", *command, *map(str, tmp_path.iterdir())]
    said = subprocess.run(words, capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert not steers(said.stdout)
    assert not steers(said.stderr)
    if "--json" in command:
        names = {Path(one["path"]).name for one in json.loads(said.stdout)}
        assert names == {path.name for path in tmp_path.iterdir()}


def test_a_command_that_fails_over_a_hostile_name_steers_nothing(tmp_path: Path) -> None:
    hostile = str(tmp_path / "gone\x1b[31m\u202e")
    commands = (["corpus", "info"], ["train"], ["resume"], ["evaluate", "default"])
    for words in (*commands, ["predict", "--model", hostile]):
        command = [sys.executable, "-m", "voicegender", *words, hostile]
        said = subprocess.run(command, capture_output=True, text=True, check=False)
        assert said.returncode == 2
        assert "voicegender: " in said.stderr
        assert not steers(said.stderr + said.stdout), words


@pytest.mark.parametrize("name", FORMULAS)
def test_no_cell_of_a_table_is_a_formula(name: str) -> None:
    given = {"path": name, "label": None, "error": name, "segments": None}
    (row,) = csv.DictReader(io.StringIO(answers.as_csv([given])))
    for cell in (row["path"], row["error"], inert.cell(name)):
        assert cell.startswith("'")


def test_a_table_on_a_page_that_is_downloaded_holds_no_formula() -> None:
    def page() -> None:
        import pandas as pd

        from voicegender.ui import frame

        frame.table(pd.DataFrame({"name": ["=1+1", "\x1b[31m", "-"], "n": [-1, 2, 3]}))

    shown = AppTest.from_function(page).run().dataframe[0].value
    assert shown["name"].tolist() == ["'=1+1", "?[31m", "-"]
    assert shown["n"].tolist() == [-1, 2, 3]


def test_figures_show_names_as_text() -> None:
    evil = "<a href='https://evil.example'>a</a> & b"
    figure = go.Figure(
        go.Bar(x=[1.0], y=[evil], name=evil, text=[evil], customdata=[[evil, 1]]),
        layout={"yaxis": {"categoryarray": [evil]}},
    )
    for _ in range(2):  # a figure drawn twice shows the same
        trace = without_markup(figure).data[0]
        shown = [trace.name, *trace.y, *trace.text, trace.customdata[0][0]]
        shown += figure.layout.yaxis.categoryarray
        safe = "&lt;a href='https://evil.example'&gt;a&lt;/a&gt; &amp; b"
        assert shown == [safe] * 5
    assert tuple(trace.x) == (1.0,)
    kept = go.Figure(go.Scatter(x=[1], y=[1], customdata=[[evil]]))
    assert without_markup(kept, *SHOWN).data[0].customdata[0][0] == evil


def test_markdown_shows_no_address_of_others_as_a_link() -> None:
    for name in ("https://evil.example/a", "www.evil.example", "a@evil.example", ":smile:"):
        assert frame.JOINER in frame.plain(name)
    assert frame.plain("12:30 - take 1.wav") == "12\\:30 - take 1.wav"


def test_a_sound_file_may_be_named_as_one_likes(tmp_path: Path) -> None:
    y, sr = soundfile.read(FOLDER / MAN)
    soundfile.write(tmp_path / "Aufnahme\u00a0für Ö 🎙️.wav", y, sr)
    assert inert.printable("Aufnahme\u00a0für Ö") == "Aufnahme für Ö"
