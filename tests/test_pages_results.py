"""Results at other thresholds, their report, and what opens when nothing is chosen."""

import shutil
from pathlib import Path

import pytest
from plotly.offline import get_plotlyjs
from sklearn.metrics import confusion_matrix
from streamlit.testing.v1 import AppTest

from pages import RESULTS, charts, drawn, opened, said
from voicegender.config import read_json, write_json
from voicegender.operating import of_unit
from voicegender.places import places
from voicegender.runs import Run
from voicegender.ui import loaders
from voicegender.ui import result as results
from voicegender.ui.results import evidence, html_report

SHIPPED = "model default"


def at(app: AppTest, per_cent: int) -> AppTest:
    """The page with the slider elsewhere."""
    app.slider[0].set_value(per_cent)
    return drawn(app)


def shipped() -> results.Result:
    """The published model's cross-validation."""
    return next(one for one in loaders.results() if one.name == SHIPPED)


@pytest.mark.usefixtures("full")
def test_what_opens_first_is_the_published_evidence_and_not_a_run_on_computed_voices() -> None:
    app = opened(RESULTS)
    assert app.multiselect[0].value == [SHIPPED]
    assert not app.info
    (add,) = [button for button in app.button if button.label.startswith("+ Add the newest run")]
    add.click()
    assert app.run().multiselect[0].value == [SHIPPED, "seed-lstm-1"]
    assert "Tested on computed voices" in said(app)


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("per_cent", [20, 80])
def test_the_slider_moves_counts_recalls_and_operating_points(per_cent: int) -> None:
    app = at(opened(RESULTS), per_cent)
    answers = evidence.answers(shipped())
    assert answers is not None
    rows = of_unit(answers, "recordings")
    truth, heard = rows["gender"] == "F", rows["p_female"] >= per_cent / 100
    counts = confusion_matrix(truth, heard)
    cells = [note["text"].split(" ")[0] for note in charts(app)[1]["layout"]["annotations"]]
    assert cells == [str(n) for n in counts.ravel()]
    table = app.dataframe[0].value.set_index("Result")
    women = counts[1, 1] / counts[1].sum()
    assert table.loc[SHIPPED, "Women"] == f"{women:.1%}"
    assert f"{women:.1%} of women's" in said(app)
    assert "(at 50 %: 100.0% and 99.2%)" in said(app)
    assert table.loc[SHIPPED, "Uncertain"] == table.loc[SHIPPED, "If decided"] == "-"
    curves = charts(opened(RESULTS, view="Curves", threshold=str(per_cent)))
    on_roc = next(trace for trace in curves[0]["data"] if trace["mode"] == "markers")
    assert on_roc["x"] == pytest.approx([counts[0, 1] / counts[0].sum()])
    assert on_roc["y"] == pytest.approx([women])
    closely = opened(RESULTS, view="One closely", threshold=str(per_cent))
    shown = next(one.value for one in closely.dataframe if "Recording" in one.value)
    assert set(shown["Recording"]) == set(rows.loc[truth != heard, "utterance_id"])
    assert (shown["Heard as"] != shown["Labelled"]).all()


def test_a_result_without_answers_stays_where_it_was_and_says_so(full: Run) -> None:
    copy = shutil.copytree(full.folder, full.folder.with_name("bare"))
    (copy / "predictions.parquet").unlink()
    app = at(opened(RESULTS, results="bare"), 90)
    assert "stays at 50 %: bare" in said(app)
    accuracy = full.metrics["recordings"]["accuracy"]
    assert app.dataframe[0].value["Right"][0].startswith(f"{accuracy:.1%} (")
    roc = charts(opened(RESULTS, results="bare", view="Curves"))[0]["data"]
    assert len([trace for trace in roc if trace["mode"] == "lines"]) == 2, "the stored one too"
    app = opened(RESULTS, results="bare", view="Who it errs on")
    assert "Not known: the answers were not kept" in said(app)


def test_a_run_of_which_a_table_changed_since_is_named(full: Run) -> None:
    table = shutil.copytree(full.folder, full.folder.with_name("bare")) / "split.parquet"
    assert "bare" not in " ".join(one.value for one in opened(RESULTS, results="bare").warning)
    data = bytearray(table.read_bytes())
    data[len(data) // 2] ^= 8
    table.write_bytes(data)
    (warned,) = [one.value for one in opened(RESULTS, results="bare").warning]
    assert "Of run **bare** these are damaged or gone: split.parquet." in warned


def test_folds_of_an_earlier_version_are_not_looked_for(tmp_path: Path) -> None:
    write_json(tmp_path / "crossval.json", {"n_folds": 5})
    old = results.Result("old", {}, kind="cross-validation", evidence=tmp_path)
    assert evidence.answers(old) is None


def test_a_run_is_counted_again_as_it_was_counted(full: Run) -> None:
    result = results.result_of_run(full)
    moved = evidence.at(result, 0.5 + 1e-12)
    assert moved is not result
    for unit in ("recordings", "excerpts", "readers"):
        assert moved.metrics[unit] == full.metrics[unit]
    assert moved.metrics["by_duration"] == full.metrics["by_duration"]


@pytest.mark.usefixtures("data")
def test_readers_are_judged_with_intervals_the_worst_first() -> None:
    figures = charts(opened(RESULTS, view="Who it errs on"))
    worst = next(
        figure
        for figure in figures
        if "reader's excerpts" in figure["layout"]["xaxis"]["title"]["text"]
        and "error_x" in figure["data"][0]
    )
    bars = [f for f in figures if f["data"][0]["type"] == "bar"]
    assert sum(bars[0]["data"][0]["y"]) == 251, "every reader once"
    dots = worst["data"][0]
    assert dots["x"] == sorted(dots["x"])
    assert all(low >= 0 and high > 0 for low, high in zip(*_whiskers(dots), strict=True))


def _whiskers(dots: dict[str, dict[str, list[float]]]) -> tuple[list[float], list[float]]:
    return dots["error_x"]["arrayminus"], dots["error_x"]["array"]


def test_a_report_holds_everything_and_escapes_names_of_others(full: Run) -> None:
    name = "</script><img src=x onerror=alert(1)>"
    copy = shutil.copytree(full.folder, full.folder.with_name("named"))
    metrics = read_json(copy / "metrics.json") or {}
    for row in metrics["wrong_recordings"]:
        row["utterance_id"] = name
    write_json(copy / "metrics.json", metrics)
    run = results.result_of_run(Run(copy))
    mine = results.Result(
        name, metrics, config=run.config, run=run.run, evidence=copy, synthetic=True
    )
    text = html_report.report([shipped(), mine], "recordings")
    assert name not in text
    assert "<img src=x" not in text
    assert text.count("Plotly.newPlot(") >= 12
    assert "voicegender crossval LibriSpeech --network probe" in text
    assert "tested on computed voices" in text
    assert str(places().data.resolve()) not in text
    assert str(full.config.corpus) not in text
    outside = text.replace(get_plotlyjs(), "")
    assert "http" not in outside.replace("http-equiv", "")


@pytest.mark.usefixtures("data")
def test_the_address_says_what_is_counted() -> None:
    counted = opened(RESULTS, unit="3 s excerpts", threshold="90")
    assert "excerpts of 3 s are heard as labelled" in said(counted)
