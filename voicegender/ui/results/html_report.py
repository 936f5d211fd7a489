"""Results -> one HTML file that opens anywhere, with nothing to fetch."""

import dataclasses
import datetime as dt
import html
import json
import shlex
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from plotly.offline import get_plotlyjs

from voicegender import card
from voicegender.command_lines import crossval_arguments, train_arguments
from voicegender.run_config import RunConfig
from voicegender.ui.markup import without_markup
from voicegender.ui.result import Result
from voicegender.ui.results import figures, mistakes, scores
from voicegender.ui.results.figures import Figure
from voicegender.ui.terms import TERMS
from voicegender.ui.words import LEAKY

INK = "#262730"
AT_EVEN = "Measured at 50 %: the threshold does not move it."
N_ERRORS = 50
"""Wrong recordings listed of each result."""
HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none';
 script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:">
<title>voicegender: results</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; color: #262730; max-width: 62rem; margin: 2rem auto;
  padding: 0 1rem; }
table { border-collapse: collapse; font-size: .85rem; margin: 1rem 0; display: block;
  overflow-x: auto; }
th, td { border: 1px solid #ddd; padding: .3rem .6rem; text-align: left; white-space: nowrap; }
pre { background: #f5f5f3; padding: .8rem; overflow-x: auto; font-size: .8rem; }
.told { color: #5c5f68; font-size: .9rem; }
figure { margin: 1.5rem 0; }
</style>"""
"""Its policy forbids the browser to fetch anything."""


def report(chosen: Sequence[Result], unit: str) -> str:
    """The report of results at the threshold they stand at.

    Parameters
    ----------
    chosen
        At least one of them knows ``unit``.
    """
    known = [one for one in chosen if unit in one.metrics]
    parts = [
        HEAD,
        f"<script>{get_plotlyjs()}</script></head><body>",
        "<h1>How well voices are heard</h1>",
        _paragraph(_preface(chosen, unit)),
        _paragraph(card.WORDS),
        _table(_overview(chosen)),
        *_warnings(chosen),
        *_scores(chosen),
        *(_figure(one) for one in _figures(known, unit)),
        *(_errors(one) for one in chosen),
        *(_asked(one) for one in chosen),
        "<h2>How to read it</h2>",
        *(_paragraph(text) for text in (TERMS["tested"], TERMS["interval"], card.USE)),
        "</body></html>",
    ]
    return "\n".join(parts)


def _preface(chosen: Sequence[Result], unit: str) -> str:
    """When it was made, and what its figures count."""
    made = f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC, voicegender {version('voicegender')}"
    thresholds = ", ".join(sorted({f"{one.threshold:.0%}" for one in chosen}))
    return (
        f"Made {made}. Counted by {scores.WORDS[unit].rstrip(',')}; a voice counts as heard as "
        f"female from a probability of {thresholds} on."
    )


def _overview(chosen: Sequence[Result]) -> pd.DataFrame:
    """What is compared."""
    return pd.DataFrame(
        {
            "Result": one.title,
            "Network": one.config.network.kind if one.config else "?",
            "Corpus": Path(one.config.corpus).name if one.config else "?",
            "Tested by": one.tested_how,
            "Threshold": f"{one.threshold:.0%}",
        }
        for one in chosen
    )


def _warnings(chosen: Sequence[Result]) -> Iterator[str]:
    for one in chosen:
        if one.is_leaky:
            yield _paragraph(f"{one.name}: {LEAKY.replace('*', '')}")
        if one.synthetic:
            yield _paragraph(f"{one.name}: tested on computed voices, not on people.")


def _scores(chosen: Sequence[Result]) -> Iterator[str]:
    yield "<h2>Scores</h2>"
    for unit, word in scores.UNITS.items():
        if any(unit in one.metrics for one in chosen):
            yield f"<h3>{html.escape(word)}</h3>"
            yield _table(scores.score_table(chosen, unit))


def _figures(chosen: Sequence[Result], unit: str) -> Iterator[Figure]:
    """All that the page has."""
    if not chosen:
        return
    yield figures.accuracies(chosen, unit)
    yield from (figures.confusion(one, unit, ink=INK) for one in chosen)
    yield from figures.curves(chosen, unit)
    yield from figures.by_pitch(chosen)
    yield figures.by_duration(chosen)
    yield from figures.by_reader(chosen, unit)
    if measured := [one for one in chosen if one.robustness]:
        *conditions, lengths = figures.stress(measured)
        for figure in conditions:
            title = f"Under noise, in rooms, through codecs: {figure.title}"
            yield dataclasses.replace(figure, title=title, told=f"{AT_EVEN} {figure.told}")
        yield dataclasses.replace(lengths, told=f"{AT_EVEN} {lengths.told}")
    yield from figures.learning(chosen)


def _figure(figure: Figure) -> str:
    """A title, a chart, what it says."""
    chart = without_markup(figure.chart.update_layout(template="plotly_white"))
    drawn = chart.to_html(
        full_html=False,
        include_plotlyjs=False,
        include_mathjax=False,
        config={"displayModeBar": False, "responsive": True},
    )
    return (
        f"<h2>{html.escape(figure.title)}</h2><figure aria-label={_quoted(figure.alt)}>{drawn}"
        f'<figcaption class="told">{html.escape(figure.told)}</figcaption></figure>'
    )


def _quoted(text: str) -> str:
    return f'"{html.escape(text)}"'


def _errors(result: Result) -> str:
    """What it gets wrong, the loudest error first."""
    wrong = mistakes.wrong_recordings(result)
    title = f"<h2>Errors of {html.escape(result.title)}</h2>"
    if wrong.empty:
        return title + _paragraph("Every recording of the test part was heard as labelled.")
    more = f" The first {N_ERRORS} of {len(wrong)}." if len(wrong) > N_ERRORS else ""
    return title + _paragraph(f"The most confident first.{more}") + _table(wrong.head(N_ERRORS))


def _asked(result: Result) -> str:
    """What it was asked, and the command that asks the same."""
    title = f"<h2>How {html.escape(result.title)} was made</h2>"
    if result.config is None:
        return title + _paragraph("What was asked is not known here.")
    # A folder of this machine says nothing elsewhere.
    config = dataclasses.replace(result.config, corpus=Path(result.config.corpus).name)
    settings = html.escape(json.dumps(config.to_json(), indent=2))
    return f"{title}<pre>{html.escape(_command(result, config))}</pre><pre>{settings}</pre>"


def _command(result: Result, config: RunConfig) -> str:
    asked = result.metrics.get("asked", {})
    name = str(result.metrics.get("name", result.run.name if result.run else config.network.kind))
    if result.kind == "cross-validation":
        times = {"n_folds": asked.get("n_folds", 0), "n_seeds": asked.get("n_seeds", 1)}
        return f"voicegender {shlex.join(crossval_arguments(config, name, **times))}"
    return f"voicegender {shlex.join(train_arguments(config, name))}"


def _paragraph(text: str) -> str:
    return f"<p>{html.escape(text)}</p>"


def _table(table: pd.DataFrame) -> str:
    return str(table.to_html(index=False, border=0, escape=True, na_rep=""))
