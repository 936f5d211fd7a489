"""Predict in a real browser: real recordings uploaded, and spoken into a microphone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, Playwright, expect

from browser import Server, as_microphone, launch, opened, serving

HEARD = [("367", "female"), ("2414", "male")]
SPOKEN_MS = 5_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard without any data; the model that ships answers."""
    with serving(tmp_path_factory.mktemp("browser") / "data") as server:
        yield server


def recordings(librispeech: Path, reader: str) -> list[Path]:
    """A reader's recordings in test-other."""
    return sorted((librispeech / "test-other" / reader).rglob("*.flac"))


def upload(page: Page, files: list[FilePayload]) -> None:
    """Hand files to the page."""
    page.locator("input[type=file]").first.set_input_files(files)


def payload(path: Path) -> FilePayload:
    """A recording as a browser sends it."""
    return {"name": path.name, "mimeType": "audio/flac", "buffer": path.read_bytes()}


def verdict(page: Page) -> Locator:
    """The words in large letters."""
    return page.get_by_test_id("stHtml").get_by_text(re.compile(r"^(Heard as|Uncertain)"))


@pytest.mark.parametrize(("reader", "label"), HEARD)
def test_an_uploaded_recording_is_answered_in_words(
    page: Page, server: Server, librispeech: Path, reader: str, label: str
) -> None:
    opened(page, server, "Predict")
    upload(page, [payload(recordings(librispeech, reader)[5])])
    expect(verdict(page)).to_have_text(f"Heard as {label}")
    expect(page.get_by_test_id("stMetric").filter(has_text="Confidence")).to_contain_text("%")
    expect(page.get_by_test_id("stPlotlyChart")).to_be_visible()
    expect(page.get_by_test_id("stAudio")).to_be_visible()


@pytest.mark.parametrize(("reader", "label"), HEARD)
def test_what_the_microphone_hears_is_answered(
    driver: Playwright, server: Server, librispeech: Path, tmp_path: Path, reader: str, label: str
) -> None:
    spoken = as_microphone(recordings(librispeech, reader)[5], tmp_path / "spoken.wav")
    browser: Browser = launch(driver, microphone=spoken)
    page = browser.new_context(permissions=["microphone"]).new_page()
    opened(page, server, "Predict")
    page.get_by_role("tab", name="Microphone").click()
    page.get_by_role("button", name="Record", exact=True).click()
    stop = page.get_by_role("button", name="Stop recording")
    expect(stop).to_be_visible()
    page.wait_for_timeout(SPOKEN_MS)
    stop.click()
    expect(verdict(page)).to_have_text(f"Heard as {label}")
    browser.close()
