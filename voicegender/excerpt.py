"""Which part of a recording is looked at."""

import hashlib
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from voicegender.config import check_least
from voicegender.errors import SettingError

POLICIES = ("random", "first", "middle", "whole")


@dataclass(frozen=True)
class Excerpt:
    """Which part of a recording is looked at; ``seconds`` long unless the policy is whole."""

    kind: ClassVar[str] = "excerpt"
    policy: str = "whole"
    seconds: float = 3.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.policy not in POLICIES:
            raise SettingError(f"excerpt {self.policy!r}", f"choose one of {', '.join(POLICIES)}")
        check_least("excerpt", 0, seed=self.seed)
        if not self.seconds > 0:
            raise SettingError(f"excerpt of {self.seconds} s", "must be longer than nothing")

    def __call__(self, duration: float, utterance_id: str) -> tuple[float, float] | None:
        """Start and length in seconds within a recording of ``duration`` seconds.

        None for a recording no longer than the excerpt, which the seed recipe skips. A
        random start depends on ``seed`` and the id alone, never on the order of work.
        """
        if self.policy == "whole":
            return 0.0, duration
        room = duration - self.seconds
        if room <= 0:
            return None
        if self.policy == "random":
            key = hashlib.sha256(f"{self.seed}/{utterance_id}".encode()).digest()
            return room * np.random.default_rng(list(key)).random(), self.seconds
        return (0.0 if self.policy == "first" else room / 2), self.seconds
