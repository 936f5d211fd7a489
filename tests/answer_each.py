"""A process of its own that answers files one by one, and tells what each took.

Started with a folder; prints a JSON object a line as soon as a file is answered.
"""

import json
import os
import re
import sys
import time
from pathlib import Path

from voicegender.answering import answer
from voicegender.finding import model_at
from voicegender.places import places


def main(folder: Path) -> None:
    """Answer what lies in a folder, in the order of names."""
    classifier = model_at(places().default_model)
    for path in sorted(folder.iterdir()):
        _forget_peak()
        begun, worked = time.monotonic(), time.process_time()
        given = answer(classifier, path, os.fsencode(path).decode(errors="replace"))
        took = {"seconds": time.monotonic() - begun, "worked": time.process_time() - worked}
        names = {"name": os.fsencode(path.name).hex(), "megabytes": _peak()}
        sys.stdout.write(json.dumps(names | took | given | {"segments": None}) + "\n")
        sys.stdout.flush()


def _forget_peak() -> None:
    """Have the kernel count this process's largest memory anew."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> float:
    """Most memory since then, in MB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1000 if found else 0.0


if __name__ == "__main__":
    main(Path(sys.argv[1]))
