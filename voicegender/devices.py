"""What a network is trained on: graphics cards where there are any, else the processor.

It belongs to the machine and not to a run: what was begun on a processor goes on on a card.
"""

import os
import re
from collections import Counter
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

from voicegender.errors import SettingError

VARIABLE = "VOICEGENDER_DEVICES"
"""Names devices, separated by commas, in place of all there are: ``GPU:1`` or ``CPU:0,CPU:1``."""


@dataclass(frozen=True)
class Devices:
    """Devices that train together, each on its share of every batch.

    Losses are those of one device, but where the optimiser clips gradients (with weight decay):
    Keras clips those of each share.

    Attributes
    ----------
    names
        As TensorFlow calls them, such as ``GPU:0``.
    models
        What the makers call them; empty for processors.
    """

    names: tuple[str, ...]
    models: tuple[str, ...] = ()

    def __str__(self) -> str:
        counts = Counter(self.models)
        if not counts:
            n = len(self.names)
            return "the processor" if n == 1 else f"the processor, as {n} devices"
        listed = ", ".join(name if n == 1 else f"{n} x {name}" for name, n in counts.items())
        return f"{len(self.names)} GPU{'s' if len(self.names) > 1 else ''} ({listed})"

    def scope(self) -> AbstractContextManager[Any]:
        """Inside it a network's variables are made on each of the devices."""
        import tensorflow as tf

        if len(self.names) == 1:
            strategy = tf.distribute.get_strategy()  # the plain one, which copies nothing
        else:
            strategy = tf.distribute.MirroredStrategy([*self.names])
        scope: AbstractContextManager[Any] = strategy.scope()
        return scope


def devices_asked() -> tuple[str, ...]:
    """What the environment variable names; none means all cards, or the processor.

    Raises
    ------
    SettingError
        It names something else.
    """
    names = tuple(filter(None, os.environ.get(VARIABLE, "").replace(" ", "").split(",")))
    one_kind = len({name[:3] for name in names}) <= 1 and len({*names}) == len(names)
    if not one_kind or not all(re.fullmatch(r"[CG]PU:\d", name) for name in names):
        wrong = f"{','.join(names)!r} names no devices"
        raise SettingError(VARIABLE, wrong, "such as GPU:0 or CPU:0,CPU:1, all of one kind")
    return names


@cache
def devices() -> Devices:
    """Make TensorFlow see what is asked for; once a process, before it is used.

    Raises
    ------
    SettingError
        A card is asked for that is not there.
    """
    asked = devices_asked()
    try:
        return _seen(asked)
    except RuntimeError:  # TensorFlow's, once it is at work
        wrong, remedy = "TensorFlow is in use already", "name devices before it is"
        raise SettingError(VARIABLE, wrong, remedy) from None


def _seen(asked: tuple[str, ...]) -> Devices:
    """Those devices, and no others seen by TensorFlow."""
    import tensorflow as tf

    cards = {f"GPU:{i}": card for i, card in enumerate(tf.config.list_physical_devices("GPU"))}
    if any(name.startswith("CPU") for name in asked or cards or ["CPU"]):
        return _processors(asked)
    if missing := {*asked} - {*cards}:
        there = f"one of {', '.join(cards)}" if cards else "there are only processors"
        raise SettingError(VARIABLE, f"{', '.join(sorted(missing))} is not here", there)
    chosen = [cards[name] for name in asked or cards]
    if asked:
        tf.config.set_visible_devices(chosen, "GPU")
    with suppress(RuntimeError):  # a script that has used TensorFlow before has chosen already
        for card in chosen:
            tf.config.experimental.set_memory_growth(card, True)  # others may want some of it
    details = map(tf.config.experimental.get_device_details, chosen)
    models = tuple(str(found.get("device_name", "GPU")) for found in details)
    return Devices(tuple(f"GPU:{i}" for i in range(len(chosen))), models)


def _processors(asked: tuple[str, ...]) -> Devices:
    """The processor, as one device or as several, which try out what several cards would do."""
    import tensorflow as tf

    n = max(len(asked), 1)
    if asked and {*asked} != {f"CPU:{i}" for i in range(n)}:
        wrong = f"{','.join(asked)} are not the first processors"
        raise SettingError(VARIABLE, wrong, "count from CPU:0 on")
    if tf.config.list_physical_devices("GPU"):
        tf.config.set_visible_devices([], "GPU")
    if n > 1:
        parts = [tf.config.LogicalDeviceConfiguration() for _ in range(n)]
        tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], parts)
    return Devices(tuple(f"CPU:{i}" for i in range(n)))
