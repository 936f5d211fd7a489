"""Requests, bytes and seconds a recording: a corpus in a bucket against the same on disk.

    python benchmarks/object_storage.py CORPUS

The bucket is on a server in Python on this machine (moto), which is the limit of the times.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from voicegender.addresses import place_at, upath
from voicegender.corpus import load_corpus
from voicegender.extraction import extract
from voicegender.features import LogMel, MfccMean
from voicegender.workers import worked

ALONE = partial(worked, n_workers=1)


class Meter:
    """Counts what goes to the server and comes back from it."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.requests: Counter[str] = Counter()
        self.n_read = self.n_written = 0

    def __call__(self, request: Any, event_name: str, **_: Any) -> None:
        """Note a request; a hook of botocore's."""
        self.requests[event_name.rpartition(".")[2]] += 1
        asked = re.fullmatch(rb"bytes=(\d+)-(\d+)", _bytes(request.headers.get("Range", "")))
        if asked:
            self.n_read += int(asked[2]) - int(asked[1]) + 1
        if request.method == "PUT":
            self.n_written += int(request.headers.get("Content-Length", 0))

    def line(self, name: str, seconds: float, before: float, n: int) -> str:
        """What was counted, by recording; what comes is counted anew."""
        asked = ", ".join(f"{count} {kind}" for kind, count in sorted(self.requests.items()))
        text = (
            f"{name:<22}{sum(self.requests.values()) / n:9.2f}{self.n_read / n / 1e3:10.1f}"
            f"{self.n_written / n / 1e3:10.1f}{1e3 * before / n:9.2f}{1e3 * seconds / n:9.2f}"
            f"   {asked}"
        )
        self.forget()
        return text


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def served(folder: Path) -> "subprocess.Popen[bytes]":
    """A server of buckets, whose address the environment then names."""
    log = folder / "server.log"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file)  # noqa: S603  # our own words
    while not (found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text())):
        if process.poll() is not None:
            raise SystemExit(log.read_text())
        time.sleep(0.05)
    keys = {"AWS_ACCESS_KEY_ID": "ours", "AWS_SECRET_ACCESS_KEY": "secret"}
    os.environ |= {**keys, "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": found[0]}
    return process


def timed(do: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of a call, and what it gives."""
    began = time.perf_counter()
    made = do()
    return time.perf_counter() - began, made


def measure(source: Path, folder: Path) -> None:
    """Put the corpus, work through it in both places and print."""
    bucket, meter = upath(place_at("s3://voices")), Meter()
    bucket.fs.mkdir("voices")
    files = [path for path in source.rglob("*") if path.is_file()]
    for path in files:
        bucket.fs.pipe_file(f"voices/corpus/{path.relative_to(source)}", path.read_bytes())
    bucket.fs.s3.meta.events.register("before-send.s3", meter)
    before, here = timed(lambda: load_corpus(source))
    after, there = timed(lambda: load_corpus("s3://voices/corpus"))
    n = len(here.utterances)
    print(f"{n} recordings of {here.utterances['size'].mean() / 1e3:.0f} kB, one process")
    print(f"{'':<22}{'requests':>9}{'kB read':>10}{'kB put':>10}{'ms disk':>9}{'ms there':>9}")
    print(meter.line("listing", after, before, n))
    print(meter.line("listing, once more", timed(lambda: load_corpus(there.root))[0], 0.0, n))
    for extractor in (MfccMean(), LogMel()):
        on_disk = partial(extract, here, extractor, folder / "store", crew=ALONE)
        in_bucket = partial(extract, there, extractor, place_at("s3://voices/features"), crew=ALONE)
        (before, made), (after, same) = timed(on_disk), timed(in_bucket)
        print(meter.line(extractor.kind, after, before, n))
        for index in range(made.config["n_parts"]):
            if made.part(index).read_bytes() != same.part(index).read_bytes():
                raise SystemExit(f"{same.part(index)} differs from the one made on disk")
        meter.forget()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.environ["VOICEGENDER_DATA"] = name
        process = served(Path(name))
        try:
            measure(asked.corpus, Path(name))
        finally:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
