"""The figures of results, each with its title and its words: for the page and for the report."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from voicegender.operating import error_rates
from voicegender.ui.result import Result
from voicegender.ui.results import (
    charts_conditions,
    charts_operating,
    charts_runs,
    charts_scores,
    charts_who,
    conditions,
    evidence,
    scores,
)
from voicegender.ui.results.charts_runs import shown
from voicegender.ui.terms import TERMS

WOMEN_MEN = {"female": "women", "male": "men"}


@dataclass(frozen=True)
class Figure:
    """A chart and what is said of it.

    Attributes
    ----------
    told
        What it shows and how it is read, in a sentence or two.
    alt
        Its main figure in words.
    """

    key: str
    title: str
    chart: go.Figure
    alt: str
    told: str = ""


def accuracies(chosen: Sequence[Result], unit: str) -> Figure:
    """Who is right how often."""
    # Who always says the same is right about all of one gender: no dot to be compared with.
    measured = scores.measured_rows(chosen, unit, but="majority")
    rows = [(shown(name), row) for name, row in measured]
    said = ", ".join(f"{name} {row['accuracy']:.1%}" for name, row in rows)
    chart = charts_scores.accuracies(rows, xaxis="heard as labelled, with 95 % interval")
    return Figure("accuracies", "Right", chart, f"Right: {said}.", TERMS["interval"])


def confusion(result: Result, unit: str, *, ink: str) -> Figure:
    """Who is mistaken for whom."""
    counts = result.metrics[unit]["confusion"]
    (_, as_women), (as_men, _) = counts
    alt = f"{as_women} of men are heard as female, {as_men} of women as male."
    chart = charts_scores.confusion(counts, ink=ink)
    return Figure(f"confusion-{result.name}", result.title, chart, alt, TERMS["answers"])


def curves(chosen: Sequence[Result], unit: str) -> list[Figure]:
    """Both errors against each other, and whether probabilities come true."""
    drawn = {shown(one.title): _curve(one, unit) for one in chosen}
    where = ", ".join(
        f"{name} at {curve.threshold:.0%}: {curve.at[0]:.1%} of men and {curve.at[1]:.1%} of women"
        for name, curve in drawn.items()
        if curve.at
    )
    alt = f"Large marker, heard otherwise than labelled: {where}."
    metrics = {shown(one.title): one.metrics for one in chosen}
    return [
        Figure(
            "roc",
            "Telling apart (ROC)",
            charts_operating.roc(drawn),
            alt,
            f"{TERMS['roc']} {TERMS['auc']}",
        ),
        Figure(
            "det",
            "Both errors (DET)",
            charts_operating.det(drawn),
            alt,
            f"{TERMS['det']} {TERMS['eer']}",
        ),
        Figure(
            "ece",
            "Can its probabilities be believed?",
            charts_scores.reliability(metrics),
            "How often what is said with a probability comes true, by probability.",
            f"Dotted: said and come true alike. {TERMS['ece']}",
        ),
    ]


def _curve(result: Result, unit: str) -> charts_operating.Curve:
    counts = result.metrics.get(unit, {}).get("confusion", [[0, 0], [0, 0]])
    points = evidence.curve(result, unit)
    at, n = error_rates(counts), min(map(sum, counts))
    return charts_operating.Curve(points, at, n, result.threshold)


def learning(chosen: Sequence[Result]) -> list[Figure]:
    """How runs learnt; nothing of what is no run."""
    histories = {shown(one.title): one.history for one in chosen}
    if all(rows.empty for rows in histories.values()):
        return []
    return [
        Figure(
            f"{measure}-chosen",
            title,
            charts_runs.history(histories, measure),
            f"{measure.capitalize()} of training and validation by epoch.",
            f"{TERMS[measure]} {TERMS['epoch']}",
        )
        for measure, title in {"loss": "How they learnt: loss", "accuracy": "Accuracy"}.items()
    ]


def by_pitch(chosen: Sequence[Result]) -> list[Figure]:
    """For which voices each errs, women and men apart."""
    known = [one for one in chosen if one.metrics.get("by_f0")]
    metrics = {shown(one.title): one.metrics for one in known}
    return [
        Figure(
            f"pitch-{gender}",
            f"By pitch: {who}",
            charts_who.by_f0(metrics, gender),
            f"Recordings labelled {gender} that are heard so, by their median F0 in Hz.",
            TERMS["pitch"],
        )
        for gender, who in WOMEN_MEN.items()
        if known
    ]


def by_duration(chosen: Sequence[Result]) -> Figure:
    """Whether short recordings are harder."""
    metrics = {shown(one.title): one.metrics for one in chosen}
    alt = "Recordings heard as labelled, by their length in seconds."
    chart = charts_who.by_duration(metrics)
    return Figure("duration", "By length of the recording", chart, alt, TERMS["interval"])


def by_reader(chosen: Sequence[Result], unit: str) -> list[Figure]:
    """Readers of whom the least is right, and how many are right how often."""
    tables = {shown(one.title): evidence.readers(one, unit) for one in chosen}
    tables = {name: table for name, table in tables.items() if not table.empty}
    if not tables:
        return []
    drawn = [
        Figure(
            "spread",
            "Readers by how often they are right",
            charts_who.spread(tables),
            "; ".join(_all_right(name, table) for name, table in tables.items()),
            TERMS["by-reader"],
        )
    ]
    if names := charts_who.worst(tables):
        alt = f"Least of reader {next(iter(names))} is heard as labelled."
        chart, told = charts_who.worst_readers(tables), TERMS["by-reader"]
        drawn.append(Figure("readers", "Readers with most errors", chart, alt, told))
    return drawn


def _all_right(name: str, table: pd.DataFrame) -> str:
    right = table["right"]
    return f"{name}: all excerpts right of {(right == 1).sum()} of {len(right)} readers"


def stress(measured: Sequence[Result]) -> Iterator[Figure]:
    """What is right under conditions, and of how little speech."""
    for unit, word in conditions.UNITS.items():
        chart = charts_conditions.right(
            conditions.rights(measured, unit), conditions.baseline_rights(measured, unit)
        )
        alt = f"Share right under each condition, {word.lower()}, with 95 % intervals."
        yield Figure(f"conditions-{unit}", word, chart, alt, TERMS["conditions"])
    chart = charts_conditions.by_length(
        conditions.lengths(measured), conditions.baseline_lengths(measured)
    )
    alt = "Accuracy by seconds of speech that are heard."
    told = f"{TERMS['lengths']} {TERMS['interval']}"
    yield Figure("lengths", "How little speech is enough", chart, alt, told)
