"""Every page, empty and full, light and dark: no complaint, nobody else asked, fit for all."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from browser import PAGES, Server, Watch, opened, serving, settled
from voicegender.runs import Run

VIEWS = [
    "Speakers?view=Charts",
    "Features?view=Map+of+voices",
    "Features?view=Make+features",
    "Features?view=Stored+features",
    "Training?view=Runs",
    "Results?view=Curves",
    "Results?view=Who+it+errs+on",
    "Results?view=Noise+and+short+speech",
    "Results?view=One+closely",
]
GRAVE = ("serious", "critical")


@pytest.fixture(scope="module")
def full(full_data: Path, finished_run: Run, demo_corpus: Path) -> Iterator[Server]:
    """A dashboard with a corpus, features, a run and models."""
    assert finished_run.state == "done"
    with serving(full_data, VOICEGENDER_LIBRISPEECH=str(demo_corpus)) as server:
        yield server


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard with nothing but the model that ships."""
    with serving(tmp_path_factory.mktemp("empty") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def tab(chromium: Browser) -> Iterator[Page]:
    """One tab for all addresses: what pages load is then here already."""
    page = chromium.new_page(viewport={"width": 1440, "height": 1000})
    yield page
    page.close()


def faults(tab: Page, server: Server, name: str) -> Iterator[str]:
    """What the browser complains of on a page, whom it asks beside us, what axe finds grave."""
    tab.emulate_media(color_scheme="light")
    watch = Watch().over(tab)
    opened(tab, server, name)
    yield from graves(tab, f"{name} (light)")
    tab.emulate_media(color_scheme="dark")
    expect(tab.get_by_test_id("stApp")).to_have_css("color-scheme", "dark")
    yield from graves(settled(tab), f"{name} (dark)")
    yield from (f"{name}: asks {host}" for host in watch.hosts - {"127.0.0.1"})
    yield from (f"{name}: says {complaint}" for complaint in watch.complaints)


def graves(tab: Page, where: str) -> Iterator[str]:
    """What axe finds grave on the page as it is."""
    found = Axe().run(tab, options={"resultTypes": ["violations"]})  # the rest takes it longer
    for one in found.response["violations"]:
        if one["impact"] in GRAVE:
            for node in one["nodes"]:
                yield f"{where}: {one['id']}: {node['html'][:200]}"


def test_full_pages_are_without_fault(tab: Page, full: Server) -> None:
    names = (*PAGES, *VIEWS)
    assert [fault for name in names for fault in faults(tab, full, name)] == []


def test_the_tab_that_is_open_is_written_as_plainly_as_the_others(
    chromium: Browser, empty: Server
) -> None:
    page = chromium.new_page(color_scheme="dark")
    opened(page, empty, "Predict")
    tabs = page.get_by_role("tab").locator("p").all()
    assert len({tab.evaluate("tab => getComputedStyle(tab).color") for tab in tabs}) == 1
    page.close()


def test_empty_pages_are_without_fault(tab: Page, empty: Server) -> None:
    assert [fault for name in PAGES for fault in faults(tab, empty, name)] == []
