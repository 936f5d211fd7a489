"""Nearly two hundred bad files: each answered rightly or refused in a line, others unharmed."""

import asyncio
import csv
import ctypes
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import answer_each
from browser import serving
from hostile import Case, pointers, voice
from hostile_cases import CASES, FLAC, LONG
from needs import CHECKOUT
from pages import PREDICT, opened
from sessions import RECORDINGS, Session
from voicegender import load_model
from voicegender.audio import SAMPLE_RATE, load_audio, stream_audio
from voicegender.corpus import load_corpus
from voicegender.errors import AudioError
from voicegender.mending import OFFSET, centred, mono
from voicegender.store import FeatureSet
from voicegender.ui.predict.examples import FOLDER, MAN, WOMAN

MOST_MEGABYTES = 400
"""Of the whole process, with the model that answers."""
PATIENCE = 180.0
"""Seconds for one file on a busy machine; on a quiet one each takes less than five."""
IN_OPEN = 0x20
UNUSABLE = r"cannot be decoded|holds no sound"


class Canary:
    """A recording and an address on this machine that nothing may open."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "canary.mp3"
        soundfile.write(self.file, voice(), SAMPLE_RATE, format="MP3")
        self.asked: list[str] = []
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_error(404)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        libc = ctypes.CDLL(None)
        self._watch = libc.inotify_init1(os.O_NONBLOCK)
        assert libc.inotify_add_watch(self._watch, os.fsencode(self.file), IN_OPEN) > 0

    @property
    def is_opened(self) -> bool:
        """Whether somebody opened the file since this was last asked."""
        try:
            return bool(os.read(self._watch, 65_536))
        except BlockingIOError:
            return False

    def forget(self) -> None:
        """Let what was opened so far be."""
        _ = self.is_opened

    def close(self) -> None:
        """End."""
        self.server.shutdown()
        self.server.server_close()
        os.close(self._watch)


@dataclass(frozen=True)
class Corpus:
    """The files in a folder, and what should be said of each."""

    folder: Path
    cases: dict[bytes, Case]
    canary: Canary

    def path(self, case: Case) -> Path:
        """Where a file is."""
        return Path(os.fsdecode(os.fsencode(self.folder) + b"/" + case.name))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Corpus]:
    """All bad files, those that name others beside what they name."""
    folder = tmp_path_factory.mktemp("hostile") / "files"
    folder.mkdir()
    canary = Canary(tmp_path_factory.mktemp("canary"))
    neighbour = folder / canary.file.name
    cases = list(CASES)
    for name, made in pointers(canary.url, canary.file).items():
        cases.append(Case(name.encode(), lambda _, made=made: made, UNUSABLE))  # type: ignore[misc]  # a default binds it
    cases += [Case(name, lambda _: FLAC, "male") for name in (b"~ first.flac", b"~ last.flac")]
    for case in cases:
        case.write(folder)
    os.link(canary.file, neighbour)  # the same file: it is watched by its inode
    named = {case.name: case for case in cases}
    assert len(named) == len(cases) > 180
    cases_and_neighbour = named | {b"canary.mp3": Case(b"canary.mp3", lambda _: None, "male")}
    assert not canary.is_opened
    yield Corpus(folder, cases_and_neighbour, canary)
    canary.close()


@pytest.fixture(scope="module")
def pointing(corpus: Corpus) -> list[Path]:
    """Files that name others."""
    return [corpus.folder / name for name in pointers("", Path())]


@pytest.fixture(scope="module")
def alone(corpus: Corpus) -> dict[bytes, dict[str, Any]]:
    """What a process of its own answers for each file, one by one, with what each took."""
    words = [sys.executable, answer_each.__file__, str(corpus.folder)]
    given: dict[bytes, dict[str, Any]] = {}
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        while True:
            guard = threading.Timer(PATIENCE, process.kill)
            guard.start()
            line = process.stdout.readline()
            guard.cancel()
            if not line:
                break
            answer = json.loads(line)
            given[bytes.fromhex(answer["name"])] = answer
    missing = sorted(set(corpus.cases) - set(given))
    assert process.returncode == 0, f"ended with {process.returncode} at one of {missing[:3]}"
    return given


@pytest.mark.parametrize("case", CASES, ids=lambda case: ascii(case.name)[2:-1])
def test_a_bad_file_is_answered_rightly_or_refused_in_a_line(
    case: Case, alone: dict[bytes, dict[str, Any]]
) -> None:
    check(case, alone[case.name])


def check(case: Case, answer: dict[str, Any]) -> None:
    """What is said of a file is right."""
    if case.is_answered:
        assert answer["error"] is None, answer["error"]
        assert answer["label"] == case.said
        assert answer["p_female"] < 0.05, "the man's own is below 0.01"
    else:
        assert answer["label"] is None, answer
        assert re.search(case.said, answer["error"]), answer["error"]
        assert "\n" not in answer["error"]


def test_no_file_takes_long_or_much(alone: dict[bytes, dict[str, Any]]) -> None:
    refused = sum(answer["label"] is None for answer in alone.values())
    slowest = max(alone.values(), key=lambda answer: answer["worked"])
    largest = max(alone.values(), key=lambda answer: answer["megabytes"])
    print(  # noqa: T201  # the table of pytest -s
        f"\n{len(alone)} files: {refused} refused, {len(alone) - refused} answered; slowest "
        f"{slowest['worked']:.1f} s of processor ({slowest['path'][-40:]}), at most "
        f"{largest['megabytes']:.0f} MB ({largest['path'][-40:]})"
    )
    assert largest["megabytes"] < MOST_MEGABYTES, largest["path"]
    assert max(answer["seconds"] for answer in alone.values()) < PATIENCE


def command(*words: object, cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    """A command of ours; names need not be text."""
    given = [sys.executable, "-m", "voicegender", *words]
    return subprocess.run(given, cwd=cwd, check=False, capture_output=True, timeout=300)  # type: ignore[arg-type]  # str, bytes, Path


def test_one_call_over_all_answers_each_as_alone(
    corpus: Corpus, alone: dict[bytes, dict[str, Any]]
) -> None:
    names = [name for name in sorted(corpus.cases) if name not in LONG]
    paths = [b"./" + name for name in names] + [b"/dev/zero", b"/dev/random", b"x" * 256, b"a\\0"]
    said = command("predict", "--json", *paths, cwd=corpus.folder)
    assert said.returncode == 1
    assert said.stderr == b""
    answers = json.loads(said.stdout)
    assert len(answers) == len(paths)
    keys = ["path", "label", "p_female", "confidence", "duration", "speech_duration", "segments"]
    for name, answer in zip(names, answers, strict=False):
        assert list(answer) == [*keys, "error"]
        check(corpus.cases[name], answer)
        if answer["label"]:
            assert answer["p_female"] == pytest.approx(alone[name]["p_female"], abs=1e-4)
    assert all(answer["error"] for answer in answers[len(names) :])


def test_no_file_has_another_file_or_an_address_opened(
    corpus: Corpus, pointing: list[Path]
) -> None:
    corpus.canary.forget()  # it was answered under its own name before
    said = command("predict", *pointing, cwd=corpus.folder)
    assert len(said.stdout.splitlines()) == len(pointing)
    assert all(line.startswith(b"refused") for line in said.stdout.splitlines())
    assert not corpus.canary.is_opened
    assert corpus.canary.asked == []
    assert not Path("/tmp/owned").exists()  # noqa: S108  # what pickles and scripts would make
    command("predict", corpus.canary.file)
    assert corpus.canary.is_opened, "the canary sings"


# Corpora


def outcome(corpus: Corpus, words: list[object], data: Path) -> str:
    """What a command over a corpus of bad files says on stderr: no trace, whatever is left out."""
    said = command(*words, cwd=data.parent)
    assert said.returncode in (0, 1), said.stderr
    assert b"Traceback" not in said.stderr
    assert not corpus.canary.asked
    return said.stderr.decode() + said.stdout.decode()


@pytest.fixture
def manifest(corpus: Corpus) -> Path:
    """A table of the files, in the folder above them."""
    path = corpus.folder.parent / "manifest.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", "speaker_id", "gender"])
        for number, name in enumerate(sorted(corpus.cases)):
            if name not in LONG:
                written = f"{corpus.folder.name}/{name.decode(errors='replace')}"
                table.writerow([written, f"r{number}", "M"])
    return path


@pytest.fixture
def layout(corpus: Corpus, tmp_path: Path) -> Path:
    """The files as one chapter of LibriSpeech."""
    root = tmp_path / "LibriSpeech"
    chapter = root / "test-clean" / "1" / "2"
    chapter.mkdir(parents=True)
    for name, case in corpus.cases.items():
        if name not in LONG:
            (chapter / os.fsdecode(name)).symlink_to(corpus.path(case))
    (root / "SPEAKERS.TXT").write_text("1 | M | test-clean | 9.9 | a man\n")
    return root


def test_a_manifest_of_bad_files_lists_why_each_is_left_out(corpus: Corpus, manifest: Path) -> None:
    loaded = load_corpus(manifest)
    kept = set(loaded.utterances["path"])
    left_out = {problem.place: problem.reason for problem in loaded.problems}
    assert len(kept) + len(left_out) == len(corpus.cases) - len(LONG)
    assert f"{corpus.folder.name}/~ last.flac" in kept
    assert all(left_out.values())
    assert not any("\n" in reason for reason in left_out.values())
    assert not {f"{corpus.folder.name}/{name}" for name in pointers("", Path())} & kept
    assert not corpus.canary.asked


@pytest.mark.parametrize("kind", ["manifest", "layout"])
def test_a_corpus_of_bad_files_is_extracted_but_for_them(
    corpus: Corpus, data: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    data.mkdir()
    place: Path = request.getfixturevalue(kind)
    listed = outcome(corpus, ["corpus", "info", place], data)
    assert "cannot be decoded" in listed or "no recording that can be decoded" in listed
    told = outcome(corpus, ["extract", place], data)
    assert "not finite" in told
    assert "damaged" in told
    (folder,) = [path.parent for path in data.rglob("config.json")]
    made = FeatureSet(folder).load()
    assert "~ last" in "".join(made.utterances["utterance_id"])
    assert np.isfinite(made.values).all()


# Pages


@pytest.mark.usefixtures("data")
def test_the_page_answers_or_refuses_all_of_them_at_once(corpus: Corpus) -> None:
    given = [*uploads(corpus)]
    assert len(given) > 150
    app = opened(PREDICT)
    files = [(f"{number}.wav", file, "audio/wav") for number, (file, _) in enumerate(given)]
    app.file_uploader(key="files").set_value(files).run(timeout=300)
    assert not app.exception
    table = app.dataframe[0].value
    assert len(table) == len(given)
    for (_, case), row in zip(given, table.to_dict(orient="records"), strict=True):
        assert row["heard as"] == (case.said if case.is_answered else "refused"), row
        assert case.is_answered or re.search(case.said, row["reason"]), row
    assert not corpus.canary.asked


def uploads(corpus: Corpus) -> Iterator[tuple[bytes, Case]]:
    """Files that a browser can send, and what should be said of each."""
    for name, case in corpus.cases.items():
        path = corpus.path(case)
        if name not in LONG and path.is_file() and not path.is_symlink():
            yield path.read_bytes(), case


def test_a_server_outlives_what_is_uploaded_to_it(corpus: Corpus, tmp_path: Path) -> None:
    bad = ["playlist of a file.mp3", "session.sdp", "cut.flac", "not a number.wav"]
    bad += ["cover of 900 megapixels.mp3", "claims 2^36 samples.flac", "chance.mp3", "holed.m4a"]

    async def all_of_them(url: str) -> list[str]:
        seen = []
        async with Session(url, "Predict") as session:
            for number, name in enumerate(bad):
                data = (corpus.folder / name).read_bytes()
                await session.upload(RECORDINGS, f"{number}.wav", data)
                await session.until(f"{number}.wav")
                await session.settled()
                seen.append(session.everything)
            seen.append(await session.answer(WOMAN, (FOLDER / WOMAN).read_bytes()))
        return seen

    with serving(tmp_path) as server:
        seen = asyncio.run(all_of_them(server.url))
    for name, page in zip(bad, seen, strict=False):
        case = corpus.cases[name.encode()]
        wanted = f"Heard as {case.said}" if case.is_answered else case.said
        assert re.search(wanted, page), name
    assert seen[-1] == "Heard as female"
    assert not corpus.canary.asked


# Files that change while they are read


def truncated(path: Path) -> None:
    """Leave the beginning of a file."""
    os.truncate(path, 50_000)


def grown(path: Path) -> None:
    """Add bytes to a file."""
    with path.open("ab") as file:
        file.write(b"Dear reader! " * 1000)


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "MP3", "OGG"])
@pytest.mark.parametrize("change", [truncated, Path.unlink, grown])
def test_a_file_that_changes_while_it_is_read_ends_in_its_sound_or_in_a_line(
    tmp_path: Path, kind: str, change: Callable[[Path], None]
) -> None:
    path = tmp_path / f"voice.{kind.lower()}"
    soundfile.write(path, np.tile(load_audio(FOLDER / MAN), 10), SAMPLE_RATE, format=kind)
    blocks = stream_audio(path)
    heard = [next(blocks)]
    change(path)
    with suppress(AudioError):  # any other exception is a bug
        heard += blocks
    assert np.isfinite(np.concatenate(heard)).all()
    assert change is truncated or sum(map(len, heard)) > 35 * SAMPLE_RATE


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    path = tmp_path / "secret.flac"
    path.write_bytes(FLAC)
    path.chmod(0)
    with pytest.raises(AudioError, match=r"secret\.flac: .*[Pp]ermission denied"):
        load_audio(path)


# What is mended


def test_channels_that_cancel_are_heard_and_others_are_mixed() -> None:
    y = np.asarray(voice(), np.float32)
    np.testing.assert_array_equal(mono(np.stack([y, -y], axis=1)), y)
    other = np.roll(y, 7)
    both = np.stack([y, other], axis=1)
    np.testing.assert_array_equal(mono(both), both.mean(axis=1, dtype=np.float32))


def test_only_a_gross_shift_is_taken_off_and_alike_from_every_block() -> None:
    y = np.asarray(voice(), np.float32)
    for slight in (0.0, 0.9 * OFFSET):
        blocks = np.array_split(y + np.float32(slight), 3)
        np.testing.assert_array_equal(np.concatenate([*centred(blocks)]), y + np.float32(slight))
    mended = np.concatenate([*centred(np.array_split(y + np.float32(2), 3))])
    np.testing.assert_allclose(np.diff(mended), np.diff(y), atol=1e-5)
    assert abs(mended.mean()) < 0.01


def test_a_minute_of_silence_between_voices_changes_nothing_of_them() -> None:
    y = load_audio(FOLDER / MAN)
    model = load_model(CHECKOUT / "models" / "default")
    quiet = np.zeros(150 * SAMPLE_RATE, np.float32)
    once, twice = model.predict_samples(y), model.predict_samples(np.concatenate([y, quiet, y]))
    assert twice.label == once.label
    assert twice.speech_duration == pytest.approx(2 * once.speech_duration, abs=0.3)
