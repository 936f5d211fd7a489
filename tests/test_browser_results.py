"""Results in a real browser: the slider by keyboard, several chosen, the report opened offline."""

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from browser import Server, Watch, opened, serving, settled
from needs import CHECKOUT
from voicegender.card import ANSWERS
from voicegender.operating import of_unit
from voicegender.runs import Run


@pytest.fixture(scope="module")
def server(full_data: Path, demo_corpus: Path, finished_run: Run) -> Iterator[Server]:
    """A dashboard over a data folder with a run."""
    assert finished_run.state == "done"
    with serving(full_data, VOICEGENDER_LIBRISPEECH=str(demo_corpus)) as server:
        yield server


def women_at(threshold: float) -> tuple[int, int]:
    """Recordings of women that the published model takes for men's, and hears as women's."""
    rows = of_unit(pd.read_parquet(CHECKOUT / "models" / "default" / ANSWERS), "recordings")
    heard = rows.loc[rows["gender"] == "F", "p_female"] >= threshold
    return int((~heard).sum()), int(heard.sum())


def test_the_slider_moves_by_keyboard_and_confusion_and_table_with_it(
    page: Page, server: Server
) -> None:
    watch = Watch().over(page)
    opened(page, server, "Results")
    confusion = page.get_by_test_id("stPlotlyChart").nth(1)
    expect(confusion).to_contain_text(f"{women_at(0.5)[1]} (100%)")
    slider = page.get_by_role("slider")
    slider.focus()
    for _ in range(4):
        slider.press("PageUp")
    expect(slider).to_have_value("90")
    settled(page)
    missed, heard = women_at(0.9)
    assert missed > 0
    expect(confusion).to_contain_text(f"{heard} ({heard / (heard + missed):.0%})")
    expect(confusion).to_contain_text(f"{missed} (")
    row = page.get_by_test_id("stDataFrame").first.locator("tbody tr").first
    expect(row).to_contain_text(f"{heard / (heard + missed):.1%}")
    expect(page).to_have_url(re.compile("threshold=90"))
    assert watch.complaints == []


def test_a_report_of_several_is_downloaded_and_opens_without_a_network(
    page: Page, server: Server, chromium: Browser, tmp_path: Path
) -> None:
    opened(page, server, "Results?threshold=70")
    page.get_by_role("button", name="Add the newest run").click()
    settled(page)
    expect(page.get_by_test_id("stDataFrame").first).to_contain_text("seed-lstm-1")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as a report").click()
    path = tmp_path / "report.html"
    download.value.save_as(path)
    context = chromium.new_context(offline=True)
    reader = context.new_page()
    asked: list[str] = []
    reader.on("request", lambda request: asked.append(request.url))
    watch = Watch().over(reader)
    reader.goto(path.as_uri())
    plots = reader.locator(".js-plotly-plot .main-svg")
    expect(plots.first).to_be_attached()
    n_figures = reader.locator("figure").count()
    assert n_figures >= 12
    expect(reader.locator("figure .js-plotly-plot")).to_have_count(n_figures)
    assert reader.locator("figure .scatterlayer .trace").count() > n_figures
    expect(reader.get_by_role("cell", name="model default").first).to_be_visible()
    expect(reader.get_by_text("from a probability of 70% on")).to_be_visible()
    assert asked == [path.as_uri()]
    assert watch.complaints == []
    context.close()
