"""Predict in a real browser: real recordings uploaded, and spoken into a microphone."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, Playwright, expect

from browser import PAGES, Server, Watch, as_microphone, launch, opened, serving, settled

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
    return page.get_by_text(re.compile(r"^(Heard as|Uncertain)"))


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


def test_many_recordings_fill_a_table_and_the_broken_one_is_refused(
    page: Page, server: Server, librispeech: Path
) -> None:
    opened(page, server, "Predict")
    files = [payload(recordings(librispeech, reader)[5]) for reader, _ in HEARD]
    upload(page, [*files, {"name": "letter.wav", "mimeType": "audio/wav", "buffer": b"Dear you"}])
    table = page.get_by_test_id("stDataFrame").locator("tbody tr")
    expect(table).to_have_text([re.compile("female"), re.compile("male"), re.compile("refused")])
    page.get_by_role("button", name="refused 1").click()
    expect(table).to_have_text([re.compile("letter.wav.*cannot be decoded")])
    settled(page)
    page.get_by_test_id("stDataFrame").locator(".dvn-scroller").click(position={"x": 15, "y": 52})
    expect(page.get_by_role("alert")).to_contain_text("Refused. letter.wav")


def test_the_download_holds_every_answer(page: Page, server: Server, librispeech: Path) -> None:
    opened(page, server, "Predict")
    files = [payload(recordings(librispeech, reader)[5]) for reader, _ in HEARD]
    upload(page, [*files, {"name": "letter.wav", "mimeType": "audio/wav", "buffer": b"Dear you"}])
    with page.expect_download() as download:
        page.get_by_role("button", name="Download JSON").click()
    answers = json.loads(download.value.path().read_bytes())
    assert [answer["label"] for answer in answers] == ["female", "male", None]
    assert [answer["path"] for answer in answers[:2]] == [file["name"] for file in files]
    assert all(answer["segments"] for answer in answers[:2])
    assert "cannot be decoded" in answers[2]["error"]


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


@pytest.mark.parametrize("name", PAGES)
def test_a_page_without_data_opens_without_complaint_and_asks_nobody_else(
    page: Page, server: Server, name: str
) -> None:
    watch = Watch().over(page)
    opened(page, server, name)
    assert watch.complaints == []
    assert watch.hosts == {"127.0.0.1"}
