"""Tells whether a recorded voice is heard as female or male."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from voicegender.corpus import load_corpus
    from voicegender.prediction import Prediction, load_model

__all__ = ["Prediction", "load_corpus", "load_model"]

_HOMES = {"Prediction": "prediction", "load_model": "prediction", "load_corpus": "corpus"}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: ``import voicegender`` costs nothing."""
    import importlib

    if name not in _HOMES:
        raise AttributeError(f"module 'voicegender' has no attribute {name!r}")
    return getattr(importlib.import_module(f"voicegender.{_HOMES[name]}"), name)
