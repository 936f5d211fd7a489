"""Speakers and Features in a real browser: shared addresses, and clicks that play a voice."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from browser import Server, Watch, opened, serving, settled
from voicegender.corpus import load_corpus
from voicegender.features import MfccMean
from voicegender.process import PROCESS
from voicegender.runs import Run
from voicegender.store import open_feature_set


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, finished_run: Run, full_data: Path, demo_corpus: Path
) -> Iterator[Server]:
    """A dashboard over a data folder of its own, with two corpora, features and a run."""
    assert finished_run.state == "done"
    data = tmp_path_factory.mktemp("browser") / "data"
    shutil.copytree(full_data, data)
    shutil.copytree(demo_corpus, data / "other", copy_function=os.link)
    for path in data.rglob(PROCESS):  # what they name is this process, which goes on
        path.unlink()
    with serving(data, VOICEGENDER_LIBRISPEECH=str(demo_corpus)) as server:
        yield server


def tick(page: Page, row: int) -> None:
    """Choose a row of the first table, counted from 0."""
    table = page.get_by_test_id("stDataFrame").first.locator(".dvn-scroller")
    table.click(position={"x": 15, "y": 52 + 35 * row})


def playing(page: Page) -> bytes:
    """The file that the player on the page has."""
    source = page.locator("audio").evaluate("one => one.src")
    return page.request.get(source).body()


def expect_readers(page: Page, wanted: list[str], n_known: int) -> None:
    """What the filters leave: the count, and the readers in the table."""
    expect(page.get_by_test_id("stMetric").first).to_contain_text(f"{len(wanted)} of {n_known}")
    rows = page.get_by_test_id("stDataFrame").locator("tbody tr")
    expect(rows).to_have_text([re.compile(f"{name}female") for name in wanted])


def test_an_address_with_corpus_and_filters_gives_the_same_view_to_somebody_else(
    page: Page, server: Server, chromium: Browser, demo_corpus: Path
) -> None:
    known = load_corpus(demo_corpus).speakers
    women = known[(known["gender"] == "F") & known["name"].str.contains("voice 0")]["name"].tolist()
    watch = Watch().over(page)
    opened(page, server, "Speakers")
    page.get_by_role("combobox", name=re.compile("Corpus")).click()
    page.get_by_role("option", name="other").click()
    settled(page)
    page.get_by_role("button", name="female", exact=True).click()
    expect(page).to_have_url(re.compile("gender=female"))
    page.get_by_label("Name or number").fill("voice 0")
    page.get_by_label("Name or number").press("Enter")
    expect(page).to_have_url(re.compile("corpus=other.*name=voice|name=voice.*corpus=other"))
    expect_readers(page, women, len(known))
    stranger = chromium.new_context(viewport={"width": 1440, "height": 1000})
    other = stranger.new_page()
    other.goto(page.url)
    expect_readers(settled(other), women, len(known))
    expect(other.get_by_role("combobox", name=re.compile("Corpus"))).to_have_value(
        re.compile("other")
    )
    stranger.close()
    assert not watch.complaints


def test_a_row_ticked_opens_the_reader_and_a_recording_ticked_is_the_one_that_plays(
    page: Page, server: Server, demo_corpus: Path
) -> None:
    corpus = load_corpus(demo_corpus)
    opened(page, server, "Speakers?gender=male")
    shown = corpus.speakers[corpus.speakers["gender"] == "M"]["speaker_id"].tolist()
    tick(page, 2)
    expect(page).to_have_url(re.compile(rf"reader={shown[2]}$"))
    expect(page.get_by_role("button", name="All readers")).to_be_visible()
    settled(page)
    own = corpus.utterances[corpus.utterances["speaker_id"] == shown[2]]
    assert playing(page) == (corpus.root / own["path"].iloc[0]).read_bytes()
    tick(page, 1)
    second = str(own["utterance_id"].iloc[1])
    expect(page).to_have_url(re.compile(f"recording={second}"))
    expect(page.locator("strong").filter(has_text=second)).to_be_visible()
    settled(page)
    assert playing(page) == (corpus.root / own["path"].iloc[1]).read_bytes()
    page.get_by_role("button", name="All readers").click()
    expect(page.get_by_test_id("stMetric").first).to_contain_text(f"{len(shown)} of")
    expect(page).to_have_url(re.compile(r"\?gender=male$"))


def test_a_point_clicked_on_the_map_plays_its_voice(
    page: Page, server: Server, demo_corpus: Path
) -> None:
    opened(page, server, "Features?view=Map+of+voices")
    points = page.locator(".scatterlayer .trace").first.locator(".point")
    expect(points.first).to_be_attached()
    name = page.locator(".js-plotly-plot").evaluate("plot => plot.data[0].customdata[3][0]")
    points.nth(3).click(force=True)
    expect(page.locator("p").filter(has_text=name)).to_be_visible()
    settled(page)
    (path,) = demo_corpus.rglob(f"{name}.flac")
    assert playing(page) == path.read_bytes()
    page.get_by_role("link", name="All of this reader").click()
    expect(page).to_have_url(re.compile(f"reader={name.partition('-')[0]}"))


def test_a_feature_set_nobody_needs_is_deleted_on_the_page(
    page: Page, server: Server, demo_corpus: Path
) -> None:
    spare = open_feature_set(
        server.data / "features", MfccMean(n_mfcc=20), load_corpus(demo_corpus)
    )
    opened(page, server, "Features?view=Stored+features")
    page.get_by_test_id("stCheckbox").filter(has_text="features mfcc-mean").click()
    page.get_by_text("Yes, delete them for good").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("are free again")).to_be_visible()
    assert not spare.folder.exists()
    assert (server.data / "features").is_dir()
