"""What a run is asked to do, and how that is written down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from voicegender.addresses import place_at, reached
from voicegender.alteration import NONE, Alteration
from voicegender.augmentation import Augmentation
from voicegender.config import from_json, to_json
from voicegender.corpus import corpus_place
from voicegender.errors import SettingError
from voicegender.extractors import EXTRACTORS
from voicegender.features import Input, LogMel
from voicegender.fitting import Fitting
from voicegender.listing import is_there
from voicegender.network import Network
from voicegender.networks import NETWORKS
from voicegender.split import Split

LONGEST, LONGEST_PATH = 255, 3000
"""Bytes of a folder's name, and of a path below another; asked about longer ones, systems fail."""


@dataclass(frozen=True)
class RunConfig:
    """What a run is asked to do.

    ``corpus`` is a corpus or a folder of imported features; ``subsets`` empty means all.
    """

    corpus: str
    network: Network
    features: Input
    fitting: Fitting
    augmentation: Augmentation
    alteration: Alteration = NONE
    split: Split = field(default_factory=Split)
    subsets: tuple[str, ...] = ()

    @classmethod
    def of(cls, corpus: str, network: Network, **asked: Any) -> "RunConfig":
        """The network's own settings, but for what is asked otherwise."""
        features = asked.get("features", network.features)
        # Augmentation knows bands of power; other features are left as they are.
        off = features.kind != LogMel.kind
        own = {
            "features": features,
            "fitting": network.fitting,
            "augmentation": Augmentation.off() if off else network.augmentation,
            "alteration": network.alteration if features.framed else NONE,
        }
        return cls(corpus, network, **{**own, **asked})

    def check(self) -> None:
        """Refuse what cannot end well; cheap, so it comes before any work.

        Raises
        ------
        CorpusError
            There is nothing at ``corpus``.
        SettingError
            The network cannot be fed so, or the augmentation is made for other features.
        """
        place = place_at(self.corpus)
        with reached(place):
            imported = is_there(place / "config.json")
        if not imported:
            corpus_place(self.corpus)
        kind = "imported" if imported else self.features.kind
        if kind not in self.network.accepts:
            remedy = f"choose {' or '.join(self.network.accepts)}"
            wrong = f"cannot be fed {kind} features"
            raise SettingError(f"network {self.network.kind}", wrong, remedy)
        if kind != LogMel.kind and self.augmentation != Augmentation.off():
            wrong = f"is made for {LogMel.kind} features, not {kind}"
            raise SettingError("augmentation", wrong, "leave it off")
        if self.alteration.copies and (imported or not self.features.framed):
            wrong = f"copies of sound cannot become {kind} features"
            raise SettingError("alteration", wrong, "--set alteration.copies=0")

    def to_json(self) -> dict[str, Any]:
        """What ``config.json`` holds."""
        settings = ("network", "features", "split", "fitting", "augmentation", "alteration")
        return {
            "corpus": self.corpus,
            "subsets": list(self.subsets),
            **{name: to_json(getattr(self, name)) for name in settings},
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any], *, place: object) -> "RunConfig":
        """Read ``config.json``.

        Raises
        ------
        SettingError
            A setting that is unknown or does not fit.
        """
        asked, subsets = document.get("network"), document.get("subsets", [])
        network = network_named(str(asked.get("kind")) if isinstance(asked, Mapping) else "")
        corpus = str(document.get("corpus", ""))
        if not _is_path(corpus) or not isinstance(subsets, list):
            raise SettingError(place, "its corpus is no path, or its subsets are no list")
        # Runs of earlier versions know no alteration.
        alteration = document.get("alteration", {"kind": Alteration.kind})
        return cls.of(
            corpus,
            from_json(document["network"], [type(network)], place=place),
            features=from_json(document["features"], EXTRACTORS, place=place),
            split=from_json(document["split"], [Split], place=place),
            fitting=from_json(document["fitting"], [Fitting], place=place),
            augmentation=from_json(document["augmentation"], [Augmentation], place=place),
            alteration=from_json(alteration, [Alteration], place=place),
            subsets=tuple(map(str, subsets)),
        )


def _is_path(corpus: str) -> bool:
    """Whether systems can be asked for it."""
    named = corpus.encode(errors="replace")
    is_short = len(named) <= LONGEST_PATH and max(map(len, named.split(b"/"))) <= LONGEST
    return is_short and "\0" not in corpus and not corpus.startswith("~")


def network_named(kind: str) -> Network:
    """A network with its own settings.

    Raises
    ------
    SettingError
        There is none of this name.
    """
    for network in NETWORKS:
        if network.kind == kind:
            return network()
    names = ", ".join(network.kind for network in NETWORKS)
    raise SettingError(f"network {kind!r}", "there is none of this name", f"one of {names}")
