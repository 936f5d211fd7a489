"""Where things are kept: beside a checkout's package, or in the folder one stands in."""

import os
from dataclasses import dataclass
from pathlib import Path

from voicegender.addresses import is_remote, place_at
from voicegender.config import digest
from voicegender.listing import facts_of, listed


@dataclass(frozen=True)
class Places:
    """Folders below one root; made by what writes into them."""

    root: Path

    @property
    def models(self) -> Path:
        """Published bundles."""
        return self.root / "models"

    @property
    def data(self) -> Path:
        """Corpora, features and runs; ``VOICEGENDER_DATA`` names another folder."""
        return Path(os.environ.get("VOICEGENDER_DATA", self.root / "data")).resolve()

    @property
    def features(self) -> Path:
        """The feature store."""
        return self.data / "features"

    @property
    def runs(self) -> Path:
        """Run folders."""
        return self.data / "runs"

    @property
    def default_model(self) -> Path:
        """The bundle that ships."""
        return self.models / "default"


def places() -> Places:
    """The checkout this package lies in, else the current folder."""
    checkout = Path(__file__).resolve().parent.parent
    return Places(checkout if (checkout / "streamlit_app.py").is_file() else Path.cwd())


def store_at(place: str) -> Path:
    """The feature store that is meant; this machine's own when none is named.

    Raises
    ------
    SettingError
        See `place_at`.
    """
    return place_at(place) if place else places().features


def local_folder(folder: Path) -> Path:
    """The folder; for an address one here, named by all objects that lie there now."""
    if not is_remote(folder):
        return folder
    there = {name: facts or facts_of(folder / name) for name, facts in listed(folder).items()}
    stamps = {name: [facts.size, facts.mtime] for name, facts in there.items()}
    here = places().data / "cache" / digest(str(folder), stamps)
    here.mkdir(parents=True, exist_ok=True)
    return here


def corpora() -> list[Path]:
    """Corpora worth offering: the one ``VOICEGENDER_LIBRISPEECH`` names, and those in data."""
    named = os.environ.get("VOICEGENDER_LIBRISPEECH")
    found = [Path(named)] if named else []
    data = places().data
    found += [path.parent for path in sorted(data.glob("*/SPEAKERS.TXT"))]
    found += [path.parent for path in sorted(data.glob("*/LibriSpeech/SPEAKERS.TXT"))]
    found += sorted(data.glob("*.csv"))
    return [path for path in found if path.exists()]
