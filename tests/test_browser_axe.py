"""Every page as axe judges it: what people need who cannot see, point or tell colours apart."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from browser import PAGES, Server, opened, serving
from voicegender.runs import Run

VIEWS = [
    "Features?view=Make+features",
    "Features?view=Stored+features",
    "Training?view=Runs",
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
    with serving(tmp_path_factory.mktemp("axe") / "data") as server:
        yield server


def findings(browser: Browser, server: Server, name: str, scheme: Scheme) -> list[str]:
    """What axe finds grave on a page."""
    page = browser.new_page(color_scheme=scheme, viewport={"width": 1440, "height": 1000})
    found: list[dict[str, Any]] = Axe().run(opened(page, server, name)).response["violations"]
    page.close()
    return [
        f"{name} ({scheme}): {one['id']}: {node['html'][:200]}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_grave_on_full_pages(
    chromium: Browser, full: Server, scheme: Scheme
) -> None:
    assert [
        one for name in (*PAGES, *VIEWS) for one in findings(chromium, full, name, scheme)
    ] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_grave_on_empty_pages(
    chromium: Browser, empty: Server, scheme: Scheme
) -> None:
    assert [one for name in PAGES for one in findings(chromium, empty, name, scheme)] == []
