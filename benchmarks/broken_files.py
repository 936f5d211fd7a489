"""Files that chance breaks: good ones in every container and codec, and lists that name others."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))

from codings import EXACT, LOSSY
from mutations import mutated
from voicegender.audio import SAMPLE_RATE, Samples, load_audio
from voicegender.speech import SpeechDetector, speech_in

N_VOICES = 2
SECONDS = 1.0
"""Of speech in a file before it is broken."""


class Seed(NamedTuple):
    """A good file, or one that names another file, which must not be opened for it."""

    name: str
    data: bytes
    answers: bool = True

    @property
    def container(self) -> str:
        """The first word of its name."""
        return self.name.split()[0]


@dataclass(frozen=True)
class Fuzzing:
    """Which files are made, and how."""

    seeds: tuple[Seed, ...]
    chance: int

    def file(self, index: int) -> tuple[Seed, bytes]:
        """One of the files; the first are the seeds as they are."""
        if index < len(self.seeds):
            return self.seeds[index], self.seeds[index].data
        rng = np.random.default_rng([self.chance, index])
        own = int(rng.integers(len(self.seeds)))
        return self.seeds[own], mutated([seed.data for seed in self.seeds], own, rng)


def voices(folder: Path) -> Iterator[Samples]:
    """A second of speech of the first recording of each reader there, some of them."""
    firsts: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.flac")):
        firsts.setdefault(path.name.split("-")[0], path)
    for path in [*firsts.values()][:N_VOICES]:
        y = speech_in(load_audio(path), SpeechDetector())
        yield y[SAMPLE_RATE // 4 :][: round(SECONDS * SAMPLE_RATE)]


def seeds_of(recordings: Path, folder: Path, port: int) -> tuple[Seed, ...]:
    """Good files, and lists that name a good file in ``folder`` or at a port of this machine."""
    heard = [*voices(recordings)]
    if not heard:
        raise SystemExit(f"{recordings}: no *.flac there; name a folder of recordings")
    codings = [*EXACT, *LOSSY]
    good = [Seed(str(c), c(heard[i % len(heard)])) for i, c in enumerate(codings)]
    target = folder / "other.m4a"
    os.mkfifo(target)  # whoever opens it waits for ever, and is found
    return (*good, *(_lists(str(target))), *_lists(f"http://127.0.0.1:{port}/other.m4a"))


def _lists(address: str) -> Iterator[Seed]:
    """What FFmpeg would follow."""
    texts = {
        "m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.0,\n{}\n#EXT-X-ENDLIST\n",
        "key": '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MAP:URI="{0}"\n#EXTINF:1.0,\n{0}\n',
        "concat": "ffconcat version 1.0\nfile '{}'\n",
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\na={}\n",
        "dash": (
            '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
            'mediaPresentationDuration="PT1S" profiles="urn:mpeg:dash:profile:isoff-main:2011">'
            '<Period><AdaptationSet mimeType="audio/mp4"><Representation id="1" bandwidth="1">'
            "<BaseURL>{}</BaseURL></Representation></AdaptationSet></Period></MPD>"
        ),
    }
    for name, text in texts.items():
        yield Seed(f"list {name}", text.format(address).encode(), answers=False)


@contextmanager
def listening() -> Iterator[socket.socket]:
    """A port of this machine at which nobody should knock."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def knocked(server: socket.socket) -> bool:
    """Whether somebody did."""
    with suppress(BlockingIOError):
        server.accept()
        return True
    return False
