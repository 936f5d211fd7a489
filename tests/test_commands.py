"""Each command through a real process: results, exit codes, one line for a user's error."""

import csv
import io
import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from needs import CHECKOUT
from voicegender.runs import Run

DEFAULT = str(CHECKOUT / "models" / "default")


def voicegender(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "voicegender", *map(str, words)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)


def commands() -> list[str]:
    """All commands, as help lists them."""
    found = []
    for words in ((), ("corpus",)):
        listed = voicegender(*words, "--help").stdout.split("Commands:\n", 1)[1]
        names = re.findall(r"^  ([a-z-]+)  ", listed, re.MULTILINE)
        found += [" ".join((*words, name)) for name in names if name != "corpus"]
    return found


def test_every_command_has_help_and_stands_in_the_readme() -> None:
    readme = (CHECKOUT / "README.md").read_text()
    listed = commands()
    assert len(listed) >= 11
    for command in listed:
        assert f"voicegender {command}" in readme, command
        told = voicegender(*command.split(), "--help")
        assert told.returncode == 0
        assert len(told.stdout.splitlines()) > 4, command


def test_every_command_and_option_in_the_readme_exists() -> None:
    readme = (CHECKOUT / "README.md").read_text()
    listed = commands()
    for line in re.findall(r"^\$ voicegender (.+)$", readme, re.MULTILINE):
        command = next((c for c in listed if line.startswith(c)), None)
        assert command, line
        text = voicegender(*command.split(), "--help").stdout
        for option in re.findall(r"--[a-z-]+", line):
            assert option in text, line


def test_the_readme_shows_what_make_bench_wrote() -> None:
    readme = (CHECKOUT / "README.md").read_text()
    head, table = (CHECKOUT / "benchmarks" / "results.md").read_text().split("\n\n", 1)
    assert head in readme
    assert table in readme
    assert table.count("\n") > 20


def test_info_counts_readers_recordings_and_hours(librispeech: Path) -> None:
    said = voicegender("corpus", "info", librispeech).stdout
    assert said.startswith("2,484 readers known")
    assert re.search(r"train-clean-100 +F +125 +125 ", said)
    assert re.search(r"train-clean-100 +M +126 +126 ", said)
    assert re.search(r"all +255 +291 ", said)
    facts = json.loads(voicegender("corpus", "info", librispeech, "--json").stdout)
    assert facts["readers_known"] == 2484


def test_a_synthetic_corpus_is_called_so(demo_corpus: Path) -> None:
    assert "synthetic voices" in voicegender("corpus", "info", demo_corpus).stdout


def test_predict_prints_one_array_and_exits_one_if_a_file_failed(
    demo_corpus: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.flac"
    bad.write_text("nothing")
    good = min(demo_corpus.glob("*/*/*/*.flac"))
    said = voicegender("predict", bad, good, "--model", DEFAULT, "--json")
    assert said.returncode == 1
    assert said.stderr == ""
    answers = json.loads(said.stdout)
    keys = ["path", "label", "p_female", "confidence", "duration", "speech_duration", "segments"]
    assert list(answers[1]) == [*keys, "error"]
    assert answers[0]["error"]
    assert answers[0]["p_female"] is None
    assert answers[1]["label"] in ("female", "male", "uncertain")
    assert voicegender("predict", good, "--model", DEFAULT).returncode == 0


def test_a_name_no_file_can_have_is_refused_and_the_others_are_answered(
    demo_corpus: Path,
) -> None:
    good = min(demo_corpus.glob("*/*/*/*.flac"))
    said = voicegender("predict", "a" * 300, good, "--csv", "--segments")
    assert said.returncode == 1, said.stderr
    rows = list(csv.DictReader(io.StringIO(said.stdout)))
    assert "too long" in rows[0]["error"]
    assert rows[0]["p_female"] == ""
    assert float(rows[1]["p_female"]) >= 0


def test_a_name_that_is_no_text_is_answered_like_any_other(
    demo_corpus: Path, tmp_path: Path
) -> None:
    good = min(demo_corpus.glob("*/*/*/*.flac"))
    odd = os.fsencode(tmp_path) + b"/bad\xff\x1b[31m\n.flac"
    Path(os.fsdecode(odd)).write_bytes(good.read_bytes())
    (tmp_path / ".hidden.flac").write_bytes(good.read_bytes())
    (tmp_path / "other.flac").write_bytes(good.read_bytes())
    said = voicegender("predict", tmp_path)
    assert said.returncode == 0, said.stderr
    assert len(said.stdout.splitlines()) == 2
    assert "\x1b" not in said.stdout
    assert len(json.loads(voicegender("predict", tmp_path, "--json").stdout)) == 2


def test_features_that_are_left_out_count_in_the_exit_status(data: Path, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("1 2\nnan 3\n4 5\n")
    (tmp_path / "y.csv").write_text("0\n1\n1\n")
    said = voicegender("import-features", tmp_path / "x.csv", tmp_path / "y.csv")
    assert said.returncode == 1
    assert "left out: 1 (not finite)" in said.stderr
    assert (data / "features/imported/seed/config.json").exists()


def test_output_may_be_cut_off(demo_corpus: Path) -> None:
    command = [sys.executable, "-m", "voicegender", "predict", str(demo_corpus), "--segments"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.read(10)
    process.stdout.close()
    _, said = process.communicate(timeout=60)
    assert b"Traceback" not in said
    assert process.returncode == 1


def test_help_that_cannot_be_written_is_said_in_a_line() -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "voicegender", "--help"]
        said = subprocess.run(command, check=False, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (said.returncode, said.stderr) == (2, "voicegender: No space left on device\n")


def test_streams_that_are_closed_cost_no_answer(demo_corpus: Path) -> None:
    good = min(demo_corpus.glob("*/*/*/*.flac"))
    words = [sys.executable, "-m", "voicegender", "predict", str(good), "--model", DEFAULT]
    closing = ["sh", "-c", 'exec "$0" "$@" <&- 2>&-', *words]
    assert "flac" in subprocess.run(closing, check=True, capture_output=True, text=True).stdout


def test_ctrl_c_while_modules_are_imported_leaves_no_trace() -> None:
    interrupt = "lambda name, *_: os.kill(os.getpid(), 2) if name == 'voicegender.cli' else None"
    finder = f"type('Finder', (), {{'find_spec': staticmethod({interrupt})}})"
    script = (
        f"import os, sys; sys.meta_path.insert(0, {finder}); import voicegender.__main__ as m; "
    )
    command = [sys.executable, "-c", script + "m.main()", "corpus", "info", "nowhere"]
    said = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (-signal.SIGINT, "")


def test_predict_prints_tables_of_recordings_and_of_segments(demo_corpus: Path) -> None:
    folder = min(demo_corpus.glob("test-clean/*"))
    rows = list(csv.DictReader(io.StringIO(voicegender("predict", folder, "--csv").stdout)))
    assert len(rows) == 3
    assert 0 <= float(rows[0]["p_female"]) <= 1
    said = voicegender("predict", folder, "--csv", "--segments").stdout
    pieces = list(csv.DictReader(io.StringIO(said)))
    assert len(pieces) > 3
    assert float(pieces[0]["end"]) > float(pieces[0]["start"])
    lines = voicegender("predict", folder, "--segments").stdout
    assert "p(female)" in lines


@pytest.mark.parametrize(
    "words",
    [
        ("corpus", "info", "nowhere"),
        ("extract", "nowhere"),
        ("train", "nowhere", "--network", "perceptron"),
        ("train", "nowhere", "--set", "fitting.epochs=many"),
        ("train", "nowhere", "--set", "epochs"),
        ("train", "nowhere", "--set", "network.channels=0"),
        ("extract", "nowhere", "--set", "hop_length=0"),
        ("corpus", "download", "dev-clean", "--mirror", "foo"),
        ("corpus", "download", "dev-dirty"),
        ("corpus", "demo", "--to", "/dev/null/demo"),
        ("predict", "a" * 300, "--model", "nowhere"),
        ("predict", ""),
        ("train", "."),
        ("train", str(CHECKOUT / "README.md")),
        ("crossval", "."),
        ("predict", "a.wav", "--json", "--csv"),
        ("corpus", "info", str(CHECKOUT / "README.md")),
        ("train", "nowhere", "--split", "by-height"),
        ("evaluate", "nowhere", "nowhere"),
        ("predict", "a.wav", "--model", "nowhere"),
        ("predict", "a.wav", "http://127.0.0.1/b.wav"),
        ("corpus", "info", ""),
        ("corpus", "info", "ftp://127.0.0.1:9/corpus"),
        ("train", str(CHECKOUT), "--name", ""),
        ("export", "nowhere", "models/x"),
        ("resume", "nowhere"),
        ("import-features", "nowhere.csv"),
        ("crossval", "nowhere"),
        ("crossval", "nowhere", "--set", "alteration.noise=2"),
        ("train", "nowhere", "--set", "network.heads=1"),
        ("robustness", "nowhere"),
        ("robustness", "../nowhere"),
        ("robustness", DEFAULT, "nowhere"),
    ],
)
def test_a_users_error_is_one_line_and_exit_two(
    words: tuple[str, ...], data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = voicegender(*words)
    assert said.returncode == 2, said
    assert said.stdout == ""
    assert len(said.stderr.strip().splitlines()) == 1, said.stderr
    assert "Traceback" not in said.stderr
    assert not list(data.glob("features/*"))
    assert not list(data.glob("runs/*"))


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (("predict",), "voicegender predict: Missing argument 'PATH...'"),
        (
            ("predict", "--what\x1b[31m\nis"),
            r"voicegender predict: No such option: --what\x1b[31m\x0ais",
        ),
        (("nonsense",), "voicegender: No such command 'nonsense'"),
        (("corpus", "info", "--what"), "voicegender corpus info: No such option: --what"),
        (("dashboard", "--port", "high"), "voicegender dashboard: Invalid value for '--port'"),
    ],
)
def test_wrong_use_is_one_line_with_a_hint_and_exit_two(words: tuple[str, ...], place: str) -> None:
    said = voicegender(*words)
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith(place)
    assert re.fullmatch(r".*; see voicegender.* --help\n", said.stderr)


def test_an_option_without_its_value_is_named_in_one_line() -> None:
    said = voicegender("corpus", "demo", "--readers")
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr == "voicegender: Option '--readers' requires an argument\n"


def test_ctrl_c_amid_what_cannot_raise_is_not_lost(demo_corpus: Path) -> None:
    held_up = (
        "import os, signal, sys, time, weakref; import voicegender.corpus\n"
        "class Lock: pass\n"
        "def load_corpus(_):\n"
        "    lock = Lock()\n"
        "    seen = weakref.ref(lock, lambda _: os.kill(os.getpid(), signal.SIGINT))\n"
        "    del lock  # a callback's exception goes nowhere\n"
        "    time.sleep(600)\n"
        "voicegender.corpus.load_corpus = load_corpus\n"
        "import voicegender.__main__ as command\n"
        "sys.argv = ['voicegender', *sys.argv[1:]]; command.main()"
    )
    words = [sys.executable, "-c", held_up, "corpus", "info", str(demo_corpus)]
    ended = subprocess.run(words, check=False, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 130, ended.stderr
    assert ended.stderr == "voicegender: interrupted\n"


def test_a_port_at_which_somebody_listens_is_named(data: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = voicegender("dashboard", "--no-browser", "--port", port)
    assert said.returncode == 2
    assert said.stderr.startswith(f"voicegender: port {port}: ")
    assert said.stderr.endswith("; choose another with --port\n")
    assert not data.exists()


@pytest.mark.parametrize("words", [(), ("corpus",)])
def test_a_group_by_its_name_alone_shows_its_help(words: tuple[str, ...]) -> None:
    said = voicegender(*words)
    assert said.returncode == 2
    assert said.stderr == voicegender(*words, "--help").stdout


def test_extract_prints_where_the_features_are(demo_corpus: Path, data: Path) -> None:
    said = voicegender("extract", demo_corpus, "--features", "log-mel", "--subset", "dev-clean")
    assert said.returncode == 0, said.stderr
    folder, count = said.stdout.strip().rsplit(": ", 1)
    assert Path(folder).is_relative_to(data)
    assert count.endswith("recordings")


def test_evaluate_scores_a_run_from_sound_to_verdict(finished_run: Run, demo_corpus: Path) -> None:
    words = ("evaluate", finished_run.folder, demo_corpus, "--subset", "test-clean")
    said = voicegender(*words)
    assert said.returncode == 0, said.stderr
    assert "f0-threshold" in said.stdout
    metrics = json.loads(voicegender(*words, "--json").stdout)
    assert metrics["recordings"]["n"] + len(metrics["refused"]) == 2 * 3


def test_export_publishes_a_model_that_predicts(
    finished_run: Run, demo_corpus: Path, tmp_path: Path
) -> None:
    said = voicegender("export", finished_run.folder, tmp_path / "mine")
    assert said.returncode == 0, said.stderr
    good = min(demo_corpus.glob("*/*/*/*.flac"))
    assert voicegender("predict", good, "--model", tmp_path / "mine").returncode == 0
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("mine")
    refused = voicegender("export", finished_run.folder, foreign)
    assert refused.returncode == 2
    assert (foreign / "thesis.txt").exists()


def test_progress_is_drawn_on_a_terminal_only(demo_corpus: Path, data: Path) -> None:
    assert voicegender("extract", demo_corpus).stderr == ""
    reader, terminal = pty.openpty()
    command = [sys.executable, "-m", "voicegender", "extract", str(demo_corpus)]
    command += ["--set", "n_mfcc=20"]
    subprocess.run(command, check=True, stderr=terminal, stdout=subprocess.DEVNULL)
    os.close(terminal)
    assert b"recordings" in os.read(reader, 100_000)
    assert data.exists()


def test_extract_names_also_what_is_not_to_be_read(demo_corpus: Path, tmp_path: Path) -> None:
    shutil.copy(min(demo_corpus.glob("*/*/*/*.flac")), tmp_path / "voice.flac")
    rows = ["path,speaker_id,gender", "voice.flac,1,F", "missing.flac,2,M"]
    (tmp_path / "m.csv").write_text("\n".join(rows))
    said = voicegender("extract", tmp_path / "m.csv", "--features", "log-mel")
    assert said.returncode == 1
    assert "left out: m.csv:3: " in said.stderr
    assert said.stdout.endswith(": 1 recordings\n")
