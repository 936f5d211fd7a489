"""What a test may lack on a machine: it then skips and says so, unless it is required.

``VOICEGENDER_REQUIRE`` names, with commas, what must be there: librispeech, chromium.
"""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent


def lacking(what: str, reason: str) -> NoReturn:
    """Skip, or fail where ``what`` is required."""
    if what in os.environ.get("VOICEGENDER_REQUIRE", "").split(","):
        pytest.fail(f"{what} is required here: {reason}")
    pytest.skip(reason)


def librispeech_folder() -> Path:
    """Real LibriSpeech recordings."""
    named = os.environ.get("VOICEGENDER_LIBRISPEECH")
    folder = Path(named) if named else CHECKOUT.parent / "shared" / "LibriSpeech"
    if not (folder / "SPEAKERS.TXT").is_file():
        lacking("librispeech", f"no LibriSpeech at {folder}; VOICEGENDER_LIBRISPEECH names it")
    return folder


def chromium_path() -> str:
    """A Chromium that playwright can drive."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        lacking("chromium", "no chromium on this machine: apt install chromium")
    return path
