"""The model card: what a bundle is, what it learnt from, how it did."""

import shlex
from typing import Any

from voicegender.bundle import Bundle
from voicegender.command_lines import crossval_arguments, train_arguments
from voicegender.config import read_json
from voicegender.runs import RunConfig
from voicegender.split import LEAKY, PARTS

CROSSVAL = "crossval.json"
"""Scores of a cross-validation of the same settings, where a bundle has them."""

WORDS = (
    "The label says how a voice is heard, as listeners of the corpus would say it. It is no "
    "statement about a person's gender identity, and nothing to decide about people with. It "
    "errs most for women with low and men with high voices, and it knows adult readers of "
    "English best; children's, shouted, sung and processed voices were not in its corpus."
)
ATTRIBUTION = (
    "LibriSpeech (V. Panayotov, G. Chen, D. Povey, S. Khudanpur, 2015; openslr.org/12), "
    "licensed CC BY 4.0"
)


def card(bundle: Bundle, name: str) -> str:
    """The card in Markdown."""
    made, data = bundle.facts["provenance"], bundle.metrics.get("data", {})
    parts = [
        f"# {name}",
        "Tells whether a recorded voice is heard as female or male.",
        "## Use, and what it is not for",
        WORDS,
        "## Data",
        _data(made, data),
        _parts(data),
        "## Scores",
        _who(made, data),
        _scores(bundle.metrics),
        _wrong(bundle.metrics),
        *_cross_validation(read_json(bundle.folder / CROSSVAL)),
        "## How it was made",
        "\n".join(f"    {line}" for line in commands(made, name)),
        _made_with(made),
        _thresholds(bundle),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _made_with(made: dict[str, Any]) -> str:
    versions = ", ".join(f"{library} {version}" for library, version in made["versions"].items())
    return (
        f"{made['n_parameters']:,} parameters, {made['epochs']} epochs, made {made['made'][:10]} "
        f"with {versions}."
    )


def commands(made: dict[str, Any], name: str) -> list[str]:
    """The command lines that make the same."""
    config = RunConfig.from_json(made["asked"], place="provenance")
    train = ["voicegender", *train_arguments(config, made["run"])]
    return [shlex.join(train), f"voicegender export {made['run']} models/{name}"]


def _data(made: dict[str, Any], data: dict[str, Any]) -> str:
    if made["synthetic"]:
        return "Learnt from a synthetic corpus: no real voices, for trying things out."
    asked = made["asked"]
    subsets = f" ({', '.join(asked['subsets'])})" if asked["subsets"] else ""
    learnt = f"Learnt from {asked['corpus']}{subsets}."
    if not data.get("librispeech"):
        return f"{learnt} Its licence is not known to this project: name it before you publish."
    return f"{learnt} {ATTRIBUTION}. The trained weights are licensed like this project."


def _who(made: dict[str, Any], data: dict[str, Any]) -> str:
    """On whom the scores were measured."""
    intervals = "Intervals (95 %) come from resampling readers."
    if made["asked"]["split"]["policy"] == LEAKY:
        return f"On other recordings of readers it learnt from ({LEAKY}). {intervals}"
    if not data.get("readers_known", True):
        return f"The readers are not known: some may stand on both sides. {intervals}"
    return f"On readers it never heard. {intervals}"


def _cross_validation(metrics: dict[str, Any] | None) -> list[str]:
    if metrics is None:
        return []
    folds = len(metrics["folds"])
    config = RunConfig.from_json(metrics["asked"], place="cross-validation")
    arguments = crossval_arguments(config, metrics["name"], n_folds=folds)
    return [
        "## Cross-validation",
        f"Trained {folds} times, each reader tested once by a model that never heard that reader:",
        _scores(metrics),
        _wrong(metrics),
        f"    {shlex.join(['voicegender', *arguments])}",
    ]


def _parts(data: dict[str, Any]) -> str:
    rows = [
        f"| {part} | {facts['readers']} | {facts['recordings']} | {facts['female']} |"
        for part in PARTS
        if (facts := data.get("parts", {}).get(part))
    ]
    if not rows:
        return ""
    head = ["| part | readers | recordings | of women |", "|---|---|---|---|"]
    return "\n".join([*head, *rows])


def _scores(metrics: dict[str, Any]) -> str:
    head = "| scored | n | right | 95 % interval | women | men | AUC | ECE |"
    named = {
        unit: metrics[unit] for unit in ("recordings", "excerpts", "readers") if unit in metrics
    }
    rows = [_score(name, row) for name, row in {**named, **metrics.get("baselines", {})}.items()]
    return "\n".join([head, "|---" * 8 + "|", *rows])


def _score(name: str, row: dict[str, Any]) -> str:
    low, high = row["accuracy_interval"]
    auc = "-" if row["auc"] is None else f"{row['auc']:.3f}"
    return (
        f"| {name} | {row['n']} | {row['accuracy']:.1%} | {low:.1%} - {high:.1%} "
        f"| {_percent(row['recall_female'])} | {_percent(row['recall_male'])} "
        f"| {auc} | {row['ece']:.3f} |"
    )


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _wrong(metrics: dict[str, Any]) -> str:
    missed = metrics.get("wrong_readers", [])
    if not missed:
        return "No reader of the test part was heard otherwise than labelled."
    names = ", ".join(f"{row['speaker_id']} ({row['gender']})" for row in missed)
    return f"Readers heard otherwise than labelled: {names}."


def _thresholds(bundle: Bundle) -> str:
    calibration = bundle.calibration
    return (
        f"Below a probability of {calibration.lower:.2f} the voice is heard as male, from "
        f"{calibration.upper:.2f} on as female, between as uncertain; both were chosen on the "
        "validation part."
    )
