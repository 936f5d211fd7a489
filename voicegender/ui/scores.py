"""Results of runs and models -> tables for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from voicegender.bundle import Bundle
from voicegender.config import read_json
from voicegender.corpus import Corpus
from voicegender.errors import VoiceGenderError
from voicegender.runs import Run, RunConfig
from voicegender.split import PARTS, balance
from voicegender.ui.words import state_word

WORDS = {"F": "female", "M": "male"}
UNITS = {"recordings": "By recording", "excerpts": "By 3 s excerpt", "readers": "By reader"}
BASELINES = {
    "majority": "commoner gender",
    "f0-threshold": "pitch threshold",
    "logistic-regression": "logistic regression",
}


@dataclass(frozen=True)
class Result:
    """Test scores, and where they come from.

    ``config`` is what was asked, where it can still be read; ``run`` the run's folder, where
    the scores are a run's.
    """

    name: str
    metrics: dict[str, Any]
    config: RunConfig | None = None
    run: Run | None = None

    @property
    def is_leaky(self) -> bool:
        """Whether the same readers were in training and test."""
        return self.config is not None and self.config.split.policy == "leaky-by-recording"

    @property
    def data(self) -> dict[str, Any]:
        """What must be known of the data."""
        found: dict[str, Any] = self.metrics.get("data", {})
        return found


def result_of_run(run: Run) -> Result:
    """A finished run's."""
    return Result(run.name, run.metrics, config_of(run), run)


def result_of_model(bundle: Bundle) -> Result:
    """A published model's."""
    asked = bundle.facts.get("provenance", {}).get("asked", {})
    config = _config(lambda: RunConfig.from_json(asked, place=bundle.folder))
    return Result(f"model {bundle.name}", bundle.metrics, config)


def results_of_folds(root: Path) -> list[Result]:
    """Cross-validations': each reader tested once."""
    found = []
    for path in sorted(root.glob("*/crossval.json")):
        asked, metrics = read_json(path), read_json(path.parent / "metrics.json")
        if asked and metrics:
            config = _config(lambda asked=asked, path=path: RunConfig.from_json(asked, place=path))
            name = f"{path.parent.name} ({asked.get('n_folds')} folds)"
            found.append(Result(name, metrics, config))
    return found


def config_of(run: Run) -> RunConfig | None:
    """What a run was asked, where it can still be read."""
    return _config(lambda: run.config)


def _config(read: Any) -> RunConfig | None:
    """What was asked, or None where another version wrote it."""
    try:
        config: RunConfig = read()
    except (VoiceGenderError, KeyError):
        return None
    return config


def score_table(results: Sequence[Result]) -> pd.DataFrame:
    """A row a result, then a row a baseline; texts."""
    rows = [_row(result.name, result.metrics) for result in results]
    rows += [_row(name, {"recordings": measured}) for name, measured in baselines(results)]
    return pd.DataFrame(rows)


def baselines(results: Sequence[Result]) -> list[tuple[str, Mapping[str, Any]]]:
    """Simple methods with their measures; once, where all results have the same."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for result in results:
        for name, measured in result.metrics.get("baselines", {}).items():
            found.setdefault(name, {})[result.name] = measured
    rows = []
    for name, by_result in found.items():
        word = BASELINES.get(name, name)
        first, *others = by_result.values()
        if len(by_result) == len(results) and all(other == first for other in others):
            rows.append((f"baseline: {word}", first))
        else:
            rows += [(f"baseline: {word}, {of}", measured) for of, measured in by_result.items()]
    return rows


def _row(name: str, metrics: Mapping[str, Any]) -> dict[str, Any]:
    main = metrics.get("recordings", {})
    return {
        "Run": name,
        **{word: with_interval(metrics.get(unit), "accuracy") for unit, word in UNITS.items()},
        "Women": with_interval(main, "recall_female"),
        "Men": with_interval(main, "recall_male"),
        "AUC": _number(main.get("auc")),
        "EER": percent(main.get("eer")),
        "ECE": _number(main.get("ece")),
    }


def with_interval(measured: Mapping[str, Any] | None, name: str) -> str:
    """A rate with its 95 % interval; a dash where there is none."""
    if not measured or measured.get(name) is None:
        return "-"
    low, high = measured[f"{name}_interval"]
    return f"{measured[name]:.1%} ({100 * low:.0f} to {100 * high:.0f})"


def percent(value: float | None) -> str:
    """A share; a dash where there is none."""
    return "-" if value is None else f"{value:.1%}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def accuracy_rows(results: Sequence[Result], unit: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Names and measures for a chart: the results, then the baselines of recordings."""
    rows = [(result.name, result.metrics[unit]) for result in results if unit in result.metrics]
    if unit == "recordings":
        rows += baselines(results)
    return rows


def wrong_recordings(result: Result) -> pd.DataFrame:
    """Recordings heard otherwise than labelled, the loudest error first."""
    return _wrong(result.metrics.get("wrong_recordings", []), {"utterance_id": "Recording"})


def wrong_readers(result: Result) -> pd.DataFrame:
    """Readers heard otherwise than labelled, with their median F0 where it is known."""
    table = _wrong(result.metrics.get("wrong_readers", []), {})
    predictions = result.run.table("predictions") if result.run else None
    if predictions is not None and "f0" in predictions:
        f0 = predictions.groupby("speaker_id")["f0"].median()
        table["Median F0, Hz"] = table["Reader"].map(f0).round()
    return table


def _wrong(rows: Sequence[Mapping[str, Any]], first: Mapping[str, str]) -> pd.DataFrame:
    columns = {**first, "speaker_id": "Reader"}
    table = pd.DataFrame(
        [
            {
                **{word: row.get(column, "") for column, word in columns.items()},
                "Labelled": WORDS.get(row["gender"], row["gender"]),
                "Heard as": "female" if row["p_female"] >= 1 / 2 else "male",
                "Confidence": round(max(row["p_female"], 1 - row["p_female"]), 2),
                "Length, s": round(row["duration"], 1) if "duration" in row else None,
            }
            for row in rows
        ],
        columns=[*columns.values(), "Labelled", "Heard as", "Confidence", "Length, s"],
    )
    return table.dropna(axis="columns", how="all") if len(table) else table


def recording_path(corpus: Corpus, utterance_id: str) -> Path | None:
    """Where a recording lies; None when the corpus does not have it."""
    rows = corpus.utterances.loc[corpus.utterances["utterance_id"] == utterance_id, "path"]
    path = corpus.root / rows.iat[0] if len(rows) else None
    return path if path is not None and path.is_file() else None


def parts_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Readers and recordings of each gender in each part; a row a part."""
    counts = balance(rows)
    table = pd.DataFrame({"Part": [part.capitalize() for part in PARTS]})
    for what in ("readers", "recordings"):
        women, men = (counts[(what, gender)].to_numpy() for gender in ("F", "M"))
        pairs = zip(women, men, strict=True)
        table[f"{what.capitalize()} (women + men)"] = [f"{f:,} + {m:,}" for f, m in pairs]
    return table.set_index("Part")


def readers_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Each reader with part and recordings."""
    table = rows.groupby(["part", "speaker_id", "gender"], as_index=False).agg(
        Recordings=("utterance_id", "size"), Minutes=("duration", "sum")
    )
    table["Minutes"] = (table["Minutes"] / 60).round(2)
    table["gender"] = table["gender"].map(WORDS)
    return table.rename(columns={"part": "Part", "speaker_id": "Reader", "gender": "Label"})


def runs_table(found: Sequence[Run]) -> pd.DataFrame:
    """A row a run: what it is, how far it is, how good it is."""
    rows = []
    for run in found:
        config, history = config_of(run), run.history
        tested = run.metrics.get("recordings")
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
                "Test accuracy (95 % interval)": with_interval(tested, "accuracy"),
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
