"""What a person names -> a model, recordings. Needs no tables, so that an answer comes at once."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from voicegender.addresses import is_address
from voicegender.errors import SettingError
from voicegender.places import places
from voicegender.prediction import Classifier, load_model

AUDIO_SUFFIXES = frozenset(
    f".{ending}"
    for ending in (
        *("wav", "flac", "ogg", "oga", "opus", "mp3", "m4a", "aac", "aif", "aiff", "au", "wma"),
        *("mp4", "webm", "mkv", "mov"),
    )
)
"""What is looked for in a folder; a file named by itself is always tried."""


def model_at(path: Path) -> Classifier:
    """The model in a folder, or in a run's folder.

    Raises
    ------
    ModelError
        There is none.
    """
    for folder in (path, path / "model", places().models / path, places().runs / path / "model"):
        if (folder / "bundle.json").exists():
            return load_model(folder)
    return load_model(path)


def recordings_in(names: Iterable[str]) -> list[Path]:
    """Files as they are named, and all recordings below folders, sorted; no hidden ones.

    Raises
    ------
    SettingError
        A name is empty, which would mean the current folder; or it is an address.
    """
    found: list[Path] = []
    for name in names:
        if not name:
            raise SettingError("PATH", "is empty", "name a recording or a folder")
        if is_address(name):  # as a path it would lose a slash
            raise SettingError(name, "is an address", "fetch it, then name the file")
        path, inside = Path(name), list[Path]()
        with suppress(OSError, ValueError):  # no name for a folder; the file's door says why
            inside = sorted(p for p in path.rglob("*") if _is_shown(p.relative_to(path)))
        found += inside or [path]
    return found


def _is_shown(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return path.suffix.lower() in AUDIO_SUFFIXES and not hidden
