"""The model card: what a bundle is, what it learnt from, how it did."""

from typing import Any

from voicegender.bundle import Bundle

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
    made = bundle.facts["provenance"]
    asked = made["asked"]
    synthetic = made["synthetic"]
    learnt = "a synthetic corpus: no real voices" if synthetic else asked["corpus"]
    parts = [
        f"# {name}",
        "Tells whether a recorded voice is heard as female or male.",
        "## Use, and what it is not for",
        WORDS,
        "## Data",
        f"Learnt from {learnt}"
        + (f" ({', '.join(asked['subsets'])})" if asked["subsets"] else "")
        + "."
        + ("" if synthetic else f" {ATTRIBUTION}.")
        + " The trained weights are licensed like this project.",
        _parts(bundle.metrics.get("data", {})),
        "## Scores",
        "On readers it never heard; intervals (95 %) from resampling readers.",
        _scores(bundle.metrics),
        _wrong(bundle.metrics),
        "## How it was made",
        f"    {command(asked, made['run'])}\n    voicegender export {made['run']} models/{name}",
        f"{made['n_parameters']:,} parameters, {made['epochs']} epochs, made {made['made'][:10]} "
        "with " + ", ".join(f"{lib} {v}" for lib, v in made["versions"].items()) + ".",
        _thresholds(bundle),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def command(asked: dict[str, Any], run: str) -> str:
    """The command line that asks for the same run."""
    words = ["voicegender train", asked["corpus"], "--network", asked["network"]["kind"]]
    words += [f"--subset {subset}" for subset in asked["subsets"]]
    words += ["--split", asked["split"]["policy"], "--seed", str(asked["fitting"]["seed"])]
    words += ["--epochs", str(asked["fitting"]["epochs"]), "--name", run]
    return " ".join(words)


def _parts(data: dict[str, Any]) -> str:
    rows = [
        f"| {part} | {facts['readers']} | {facts['recordings']} | {facts['female']} |"
        for part, facts in data.get("parts", {}).items()
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
