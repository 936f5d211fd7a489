"""Corpora and metrics -> what a terminal or a program reads."""

from typing import Any

from voicegender import inert
from voicegender.corpus import Corpus

SHOWN_PROBLEMS = 20
UNITS = {
    "recordings": "recordings",
    "excerpts": "3 s excerpts",
    "excerpts_1s": "1 s excerpts",
    "readers": "readers",
}


def corpus_as_text(corpus: Corpus) -> str:
    """Readers known, a table by subset and gender, and what was left out."""
    table = corpus.summary()
    lines = [f"{len(corpus.speakers):,} readers known"]
    if corpus.synthetic:
        lines.append("synthetic voices: computed, not recorded")
    lines.append(f"{'subset':<20}{'gender':<8}{'readers':>8}{'recordings':>12}{'hours':>9}")
    lines += [
        f"{inert.printable(row.subset):<20}{row.gender:<8}{row.readers:>8}{row.recordings:>12}{row.hours:>9.2f}"
        for row in table.itertuples(index=False)
    ]
    readers = corpus.utterances["speaker_id"].nunique()
    hours = corpus.utterances["duration"].sum() / 3600
    lines.append(f"{'all':<28}{readers:>8}{len(corpus.utterances):>12}{hours:>9.2f}")
    lines += [
        inert.printable(f"left out: {p.place}: {p.reason}")
        for p in corpus.problems[:SHOWN_PROBLEMS]
    ]
    if len(corpus.problems) > SHOWN_PROBLEMS:
        lines.append(f"left out: {len(corpus.problems) - SHOWN_PROBLEMS} more")
    return "\n".join(lines)


def corpus_as_json(corpus: Corpus) -> str:
    """The same for a program."""
    return as_json_text(
        {
            "readers_known": len(corpus.speakers),
            "synthetic": corpus.synthetic,
            "subsets": corpus.summary().to_dict(orient="records"),
            "problems": [{"place": p.place, "reason": p.reason} for p in corpus.problems],
        }
    )


def as_json_text(document: dict[str, Any]) -> str:
    """JSON, indented."""
    return inert.as_json(document)


def metrics_as_text(metrics: dict[str, Any]) -> str:
    """A table of accuracies with intervals, and who went wrong."""
    head = f"{'':<22}{'n':>7}{'accuracy':>10}{'95 % interval':>17}"
    lines = [head + f"{'women':>8}{'men':>8}{'AUC':>8}{'EER':>8}{'ECE':>8}"]
    rows = {UNITS[unit]: metrics[unit] for unit in UNITS if unit in metrics}
    lines += [_row(name, row) for name, row in {**rows, **metrics.get("baselines", {})}.items()]
    missed = metrics.get("wrong_readers", [])
    names = _readers(missed[:10])
    lines.append(f"readers heard otherwise than labelled: {len(missed)}  {names}".rstrip())
    if len(metrics.get("seeds", [])) > 1:
        names = _readers(metrics["disputed"][:10])
        lines.append(f"of these by every seed: {len(metrics['disputed'])}  {names}".rstrip())
    return "\n".join(lines)


def _readers(rows: list[dict[str, Any]]) -> str:
    names = (f"{row['speaker_id']} ({row['gender']})" for row in rows)
    return inert.printable(", ".join(names))


def _row(name: str, row: dict[str, Any]) -> str:
    low, high = row["accuracy_interval"]
    interval = f"{low:.1%} - {high:.1%}"
    return (
        f"{name:<22}{row['n']:>7}{_percent(row['accuracy']):>10}{interval:>17}"
        f"{_percent(row['recall_female']):>8}{_percent(row['recall_male']):>8}"
        f"{_number(row['auc']):>8}{_percent(row['eer']):>8}{_number(row['ece']):>8}"
    )


def robustness_as_text(report: dict[str, Any]) -> str:
    """Tables of accuracies by condition and by length."""
    head = f"{'recordings':<20}{'n':>6}{'refused':>9}{'right':>9}{'lost':>7}{'women':>8}{'men':>8}"
    lines = [f"{head}{'3 s right':>11}{'lost':>7}{'F0 alone':>10}"]
    for row in report["conditions"]:
        whole, pieces = row["recordings"], row["excerpts"]
        lines.append(
            f"{row['name']:<20}{whole['n']:>6}{whole['refused']:>9}"
            f"{_percent(whole['right_of_all']):>9}{100 * whole['lost']:>7.1f}"
            f"{_percent(whole['recall_female_of_all']):>8}{_percent(whole['recall_male_of_all']):>8}"
            f"{_percent(pieces['right_of_all']):>11}{100 * pieces['lost']:>7.1f}"
            f"{_percent(whole['f0-threshold']['accuracy']):>10}"
        )
    lines.append(f"{'length, clean':<20}{'n':>6}{'right':>9}{'95 % interval':>17}{'F0 alone':>10}")
    for row in report["lengths"]:
        low, high = row["accuracy_interval"]
        name = f"{row['seconds']:g} s" if row["seconds"] else "whole"
        lines.append(
            f"{name:<20}{row['n']:>6}{_percent(row['accuracy']):>9}{f'{low:.1%} - {high:.1%}':>17}"
            f"{_percent(row['f0-threshold']['accuracy']):>10}"
        )
    return "\n".join(lines)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
