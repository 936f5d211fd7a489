"""Results side by side: scores, errors, whom they err on, what conditions cost."""

from collections.abc import Iterable, Sequence

import streamlit as st

from voicegender.evaluation import EVEN
from voicegender.ui import frame
from voicegender.ui.result import Result
from voicegender.ui.results import conditions, evidence, figures, results_form, scores
from voicegender.ui.results.figures import Figure
from voicegender.ui.terms import TERMS

IN_A_ROW = 3
STAYS = "Its answers were not kept, so it stays at 50 %"


def draw(figure: Figure) -> None:
    """A figure below its title."""
    st.subheader(figure.title, help=figure.told or None)
    frame.chart(figure.chart, key=figure.key, alt=figure.alt)


def beside(drawn: Iterable[Figure]) -> None:
    """Figures in pairs."""
    found = [*drawn]
    for start in range(0, len(found), 2):
        for column, figure in zip(st.columns(2), found[start : start + 2], strict=False):
            with column:
                draw(figure)


def price(before: Sequence[Result], after: Sequence[Result], unit: str) -> None:
    """What the threshold costs, in a line a result."""
    for old, new in zip(before, after, strict=True):
        if unit in old.metrics:
            moved = new.threshold != EVEN
            then = f" (at 50 %: {recalls(old, unit)[0]} and {recalls(old, unit)[1]})"
            women, men = recalls(new, unit)
            how, counted = frame.plain(new.tested_how), scores.WORDS[unit]
            st.caption(
                f"**{frame.plain(new.title)}**, {how}: {women} of women's and {men} of men's "
                f"{counted} are heard as labelled{then if moved else ''}."
            )


def recalls(result: Result, unit: str) -> tuple[str, str]:
    """Share of women's and of men's that is heard as labelled, in words."""
    women, men = (result.metrics[unit][f"recall_{who}"] for who in ("female", "male"))
    return scores.percent(women), scores.percent(men)


def name_unmoved(chosen: Sequence[Result], threshold: float) -> None:
    """Say which results a threshold does not move, and why."""
    still = [one.title for one in chosen if one.threshold != threshold]
    if still:
        st.info(f"{STAYS}: {frame.plain(', '.join(still))}.")


def compare(chosen: Sequence[Result], unit: str) -> None:
    """Show scores, and who is mistaken for whom."""
    results_form.name_lacking(chosen, unit, "Not measured so")
    known = [one for one in chosen if unit in one.metrics]
    if not known:
        return
    chart = figures.accuracies(known, unit)
    frame.chart(chart.chart, key=chart.key, alt=chart.alt)
    table, columns = scores.score_table(known, unit), results_form.column_help()
    frame.table(table, hide_index=True, column_config=columns, alt="Scores")
    st.subheader("Labels and answers", help=TERMS["answers"])
    for start in range(0, len(known), IN_A_ROW):
        row = known[start : start + IN_A_ROW]
        for column, one in zip(st.columns(max(2, len(row))), row, strict=False):
            with column:
                confusion(one, unit)


def curves(chosen: Sequence[Result], unit: str) -> None:
    """Show both errors against each other, calibration, and how runs learnt."""
    results_form.name_lacking(chosen, unit, "Not measured so")
    known = [one for one in chosen if unit in one.metrics]
    name_uncurved(known, unit)
    if known:
        beside(figures.curves(known, unit))
        beside(figures.learning(known))


def confusion(result: Result, unit: str) -> None:
    """Who is mistaken for whom by one result."""
    figure = figures.confusion(result, unit, ink=results_form.ink())
    st.markdown(f"**{frame.plain(figure.title)}**")
    frame.chart(figure.chart, key=figure.key, alt=figure.alt)


def name_uncurved(chosen: Sequence[Result], unit: str) -> None:
    """Say of which results there is no curve, and why."""
    names = [one.title for one in chosen if not evidence.curve(one, unit).get("threshold")]
    if names:
        st.caption(f"No curve, for the answers were not kept: {frame.plain(', '.join(names))}.")


def who(chosen: Sequence[Result], unit: str) -> None:
    """Show whom results err on: by pitch, by length, reader by reader."""
    results_form.name_lacking(chosen, "by_f0", "No pitch is known of the recordings of")
    beside(figures.by_pitch(chosen))
    st.caption("Larger dots stand for more readers; hollow ones for one or two only.")
    by_reader = figures.by_reader(chosen, unit)
    left, right = st.columns(2)
    with left:
        draw(figures.by_duration(chosen))
    with right:
        if by_reader:
            draw(by_reader[0])
        else:
            st.subheader("Reader by reader", help=TERMS["by-reader"])
            st.caption("Not known: the answers were not kept.")
    for figure in by_reader[1:]:
        draw(figure)
    if by_reader:
        words = dict.fromkeys(scores.WORDS[evidence.fine(one, unit)] for one in chosen)
        st.caption(f"Readers are judged by {' and '.join(words)}.")


def stress(chosen: Sequence[Result], threshold: float) -> None:
    """Show what conditions cost and how little speech is enough."""
    if measured := [one for one in chosen if one.robustness]:
        if threshold != EVEN:
            st.info("Measured at 50 %: the threshold does not move what stands here.")
        show_conditions(measured)
    results_form.how_to_measure(chosen)


def show_conditions(measured: Sequence[Result]) -> None:
    """Show what was measured."""
    *by_condition, lengths = figures.stress(measured)
    st.subheader("Under noise, in rooms, through codecs", help=TERMS["conditions"])
    for column, figure in zip(st.columns(2), by_condition, strict=True):
        with column:
            st.markdown(f"**{figure.title}**")
            frame.chart(figure.chart, key=figure.key, alt=figure.alt)
    table, columns = conditions.conditions_table(measured), results_form.condition_help()
    frame.table(table, hide_index=True, column_config=columns, alt="Conditions and their cost")
    draw(lengths)
