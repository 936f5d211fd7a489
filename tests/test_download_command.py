"""The command killed, interrupted and started again, on a terminal and off; its server is real."""

import os
import pty
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mirror import Server, known_archive, packed, serving_archive
from voicegender.cli import app
from voicegender.corpus import load_corpus
from voicegender.openslr import Archive
from voicegender.unpacking import place_of

ARCHIVE = Archive("dev-clean", "", 1)
WHOLE = {".download", "BOOKS.TXT", "SPEAKERS.TXT", "dev-clean"}


@pytest.fixture
def command(
    demo_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[str]]:
    """The command, which knows the checksum of what a server on 127.0.0.1 sends."""
    with serving_archive() as address:
        Server.content = packed(demo_corpus, "dev-clean")
        monkeypatch.setenv("PYTHONPATH", known_archive(tmp_path / "site", Server.content))
        words = [sys.executable, "-m", "voicegender", "corpus", "download", "dev-clean"]
        yield [*words, "--to", str(tmp_path / "to"), "--mirror", address]


def until_more_is_here(to: Path, n: int) -> None:
    deadline = time.monotonic() + 60
    while ARCHIVE.n_fetched(to) <= n:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def drawn_on(terminal: int) -> str:
    """All that comes, without colours."""
    seen = b""
    with suppress(OSError):  # the other end has gone
        while block := os.read(terminal, 1 << 16):
            seen += block
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode())


def here(to: Path) -> int:
    """Bytes that are here; all are good."""
    part = ARCHIVE.packed(to).read_bytes()
    assert Server.content.startswith(part)
    assert {path.name for path in to.iterdir()} == {".download", ARCHIVE.packed(to).name}
    return len(part)


def test_killed_interrupted_and_started_again_it_goes_on_and_ends_whole(
    command: list[str], tmp_path: Path
) -> None:
    to, Server.pace = tmp_path / "to", 0.03
    with subprocess.Popen(command) as killed:
        until_more_is_here(to, 0)
        killed.kill()
    n_killed, Server.pace = here(to), 0.2
    reader, terminal = pty.openpty()
    with (
        ThreadPoolExecutor() as beside,
        subprocess.Popen(command, stderr=terminal, stdout=subprocess.PIPE) as interrupted,
    ):
        os.close(terminal)
        shown = beside.submit(drawn_on, reader)
        until_more_is_here(to, n_killed + 40_000)
        Server.pace = 5.0  # what is left lasts until Ctrl-C
        refused = subprocess.run(command, check=False, capture_output=True, text=True)
        interrupted.send_signal(signal.SIGINT)
    seen = shown.result()
    n_interrupted = here(to)
    assert refused.returncode == 2
    assert f"process {interrupted.pid} is already at work here" in refused.stderr
    assert interrupted.returncode == 130
    assert re.search(r"dev-clean.*\d/1\.\d MB .*[MkB]B/s .*\d:\d\d:\d\d", seen), "speed, time left"
    assert "voicegender: interrupted; the same command goes on" in seen
    assert "Traceback" not in seen
    Server.pace = 0.0
    for said in ("to/dev-clean: there\n", "to/dev-clean: there\n"):
        again = subprocess.run(command, check=True, capture_output=True, text=True)
        assert again.stdout.endswith(said)
        assert again.stderr == ""
    assert Server.ranges == [None, f"bytes={n_killed}-", f"bytes={n_interrupted}-"]
    assert {path.name for path in to.iterdir()} == WHOLE


DYING = """
import os, pathlib, signal, sys
from voicegender.download import download
from voicegender.openslr import ARCHIVES
left = int(sys.argv[3])
def die(done, total):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
download(ARCHIVES["dev-clean"], pathlib.Path(sys.argv[1]), mirrors=[sys.argv[2]], progress=die)
"""


def test_killed_anywhere_in_transfer_check_or_unpacking_it_ends_whole(
    command: list[str], tmp_path: Path, demo_corpus: Path
) -> None:
    to, mirror = tmp_path / "to", command[-1]
    rng = random.Random(0)  # noqa: S311  # no secret
    words = [sys.executable, "-c", DYING, str(to), mirror]
    for n_steps in [*rng.sample(range(1, 10), 4), *rng.sample(range(10, 24), 4)]:
        if n_steps >= 10:  # all is fetched, so that it dies of what comes after
            ARCHIVE.packed(to).write_bytes(Server.content)
        died = subprocess.run([*words, str(n_steps)], check=False, capture_output=True, text=True)
        assert died.returncode == -signal.SIGKILL, died.stderr
        assert not (to / "dev-clean").exists()
    assert place_of("dev-clean", to).exists(), "it died while it unpacked"
    subprocess.run([*words, "999"], check=True)
    assert {path.name for path in to.iterdir()} == WHOLE
    ids = load_corpus(demo_corpus).only(["dev-clean"]).utterances["utterance_id"]
    assert load_corpus(to).utterances["utterance_id"].tolist() == ids.tolist()


@pytest.mark.parametrize("to", ["/dev/null/nowhere", "/dev/null"])
def test_a_folder_that_cannot_be_made_is_said_in_a_line(to: str) -> None:
    said = CliRunner().invoke(app, ["corpus", "download", "dev-clean", "--to", to])
    assert said.exit_code == 2
    assert re.fullmatch(r"voicegender: /\S+: [A-Z][a-z ]+\n", said.stderr), said.stderr
