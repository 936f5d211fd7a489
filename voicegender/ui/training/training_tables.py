"""Runs and their parts -> tables for people."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from voicegender.run_config import RunConfig
from voicegender.runs import Run
from voicegender.ui.result import asked_leaky, config_of
from voicegender.ui.results.scores import percent, with_interval
from voicegender.ui.words import state_word


def runs_table(found: Sequence[Run]) -> pd.DataFrame:
    """A row a run: what it is, how far it is, how good it is."""
    rows = []
    for run in found:
        config, history = config_of(run), run.history
        right = with_interval(run.metrics.get("recordings"), "accuracy")
        leaky = asked_leaky(config)
        rows.append(
            {
                "Run": run.name,
                "State": state_word(run.state),
                "Network": config.network.kind if config else "?",
                "Corpus": Path(config.corpus).name if config else "?",
                "Epochs": f"{len(history)} of {config.fitting.epochs}" if config else "?",
                "Best validation accuracy": percent(
                    None if history.empty else float(history["val_accuracy"].max())
                ),
                "Test accuracy (95 % interval)": f"⚠ leaky: {right}" if leaky else right,
            }
        )
    return pd.DataFrame(rows)


def best_epoch(history: pd.DataFrame) -> Mapping[str, Any]:
    """The first epoch with the highest validation accuracy; not for an empty history."""
    row: Mapping[str, Any] = history.loc[history["val_accuracy"].idxmax()].to_dict()
    return row


def epochs(history: pd.DataFrame, config: RunConfig | None) -> str:
    """Epochs done, of those asked."""
    return f"{len(history)} of {config.fitting.epochs}" if config else str(len(history))
