"""Every page, empty and full, light and dark: no complaint, nobody else asked, fit for all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from browser import PAGES, Server, Watch, opened, serving
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
Scheme = Literal["light", "dark"]


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


def faults(browser: Browser, server: Server, name: str, scheme: Scheme) -> list[str]:
    """What the browser complains of on a page, whom it asks beside us, what axe finds grave."""
    page = browser.new_page(color_scheme=scheme, viewport={"width": 1440, "height": 1000})
    watch = Watch().over(page)
    opened(page, server, name)
    violations = Axe().run(page).response["violations"]
    page.close()
    found = [f"asks {host}" for host in watch.hosts - {"127.0.0.1"}]
    found += [f"says {complaint}" for complaint in watch.complaints]
    found += [
        f"{one['id']}: {node['html'][:200]}"
        for one in violations
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]
    return [f"{name} ({scheme}): {fault}" for fault in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_full_pages_are_without_fault(chromium: Browser, full: Server, scheme: Scheme) -> None:
    names = (*PAGES, *VIEWS)
    assert [one for name in names for one in faults(chromium, full, name, scheme)] == []


def test_the_tab_that_is_open_is_written_as_plainly_as_the_others(
    chromium: Browser, empty: Server
) -> None:
    page = chromium.new_page(color_scheme="dark")
    opened(page, empty, "Predict")
    tabs = page.get_by_role("tab").locator("p").all()
    assert len({tab.evaluate("tab => getComputedStyle(tab).color") for tab in tabs}) == 1
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_empty_pages_are_without_fault(chromium: Browser, empty: Server, scheme: Scheme) -> None:
    assert [one for name in PAGES for one in faults(chromium, empty, name, scheme)] == []
