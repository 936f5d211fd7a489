"""Jobs in a real browser: started on a page, seen again after a reload, in a tab."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from browser import Server, opened, serving, settled
from demo_links import link_many
from voicegender.runs import Run
from voicegender.ui.words import OPTIONS

N_LINKS = 50
"""Times each recording of the demo corpus is there, so that work on them lasts some seconds."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A dashboard over an empty data folder."""
    with serving(tmp_path / "data") as server:
        yield server


@pytest.fixture
def trainer(tmp_path: Path, demo_corpus: Path) -> Iterator[Server]:
    """A dashboard that knows the demo corpus."""
    with serving(tmp_path / "data", VOICEGENDER_LIBRISPEECH=str(demo_corpus)) as server:
        yield server


def choose(page: Page, label: str, option: str) -> None:
    """Choose in a select box."""
    page.get_by_role("combobox", name=re.compile(label)).click()
    page.get_by_role("option", name=option).click()
    settled(page)


def fill(page: Page, label: str, text: str) -> None:
    """Type into a field and leave it."""
    field = page.get_by_label(label, exact=True)
    field.fill(text)
    field.press("Tab")
    settled(page)


def badge(page: Page, state: str) -> Locator:
    """The state of a job as its panel says it."""
    return page.locator(".stMarkdownBadge").get_by_text(re.compile(rf"^\W {state}$"))


def press(page: Page, name: str) -> None:
    """Press a button."""
    page.get_by_role("button", name=name, exact=True).click()


def test_the_demo_corpus_is_made_from_the_home_page_and_shown(page: Page, server: Server) -> None:
    opened(page, server)
    press(page, "Make the demo corpus")
    expect(page.get_by_text("Making the demo corpus")).to_be_visible()
    corpora = page.get_by_test_id("stDataFrame").first
    expect(corpora).to_contain_text("demo (synthetic)")
    assert (server.data / "demo" / "SPEAKERS.TXT").is_file()


def test_an_extraction_outlives_a_reload_and_is_steered_from_another_tab(
    page: Page, server: Server, demo_corpus: Path
) -> None:
    link_many(demo_corpus, server.data / "large", N_LINKS)
    opened(page, server, "Features?view=Make+features")
    choose(page, "Features", "Log-mel in time: frames")
    fill(page, "Processes", "1")
    press(page, "Make these features")
    expect(badge(page, "running")).to_be_visible()
    page.reload()
    expect(badge(page, "running")).to_be_visible()
    other = opened(page.context.new_page(), server, "Features")
    expect(other.get_by_text(re.compile(r"Making features · [1-9][\d,]* of "))).to_be_visible()
    press(other, "Cancel")
    expect(badge(other, "cancelled")).to_be_visible()
    expect(badge(page, "cancelled")).to_be_visible()
    press(page, "Resume")
    expect(badge(other, "running")).to_be_visible()
    expect(badge(page, "running")).to_have_count(0)
    opened(page, server, "Features?view=Stored+features")
    expect(page.get_by_test_id("stDataFrame").first).to_contain_text("✓ done")


def start_training(page: Page, server: Server, name: str, epochs: int) -> Run:
    """Fill in the form of a training and send it."""
    opened(page, server, "Training")
    choose(page, "Network", OPTIONS["attentive"])  # slow enough to be watched
    page.get_by_text("Settings of the training").click()
    command = page.get_by_test_id("stCode").first
    fill(page, "Epochs", str(epochs))
    expect(command).to_contain_text(f"--epochs {epochs}")
    fill(page, "Name of the run", name)
    expect(command).to_contain_text(f"--epochs {epochs} --name {name}")
    press(page, "Start training")
    expect(badge(page, "running")).to_be_visible()
    return Run(server.data / "runs" / name)


def test_a_training_is_watched_while_its_curve_grows_and_then_its_results_are_read(
    page: Page, trainer: Server
) -> None:
    run = start_training(page, trainer, "watched", 12)
    epochs = page.get_by_test_id("stMetric").filter(has_text="Epochs done")
    points = page.locator(".scatterlayer .trace").last.locator(".point")
    expect(points.first).to_be_attached()
    seen = points.count()
    assert seen < 12
    expect(points.nth(seen)).to_be_attached()
    expect(badge(page, "done")).to_be_visible()
    expect(epochs).to_contain_text("12 of 12")
    expect(points).to_have_count(12)
    page.get_by_role("link", name="Open its results").click()
    expect(page.get_by_role("heading", name="Results")).to_be_visible()
    accuracy = f"{run.metrics['recordings']['accuracy']:.1%}"
    expect(page.get_by_test_id("stDataFrame").first.locator("tbody tr").first).to_have_text(
        re.compile(rf"^watched.*{re.escape(accuracy)} \(")
    )
