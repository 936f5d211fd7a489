"""A download in a real browser: begun, seen from another tab, cancelled, gone on with, there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser import Server, opened, serving, settled
from mirror import Server as Mirror
from mirror import known_archive, packed, serving_archive
from test_browser_work import badge, press


@pytest.fixture
def server(tmp_path: Path, demo_corpus: Path) -> Iterator[Server]:
    """A dashboard without a corpus, beside a slow mirror that has a small dev-clean."""
    with serving_archive() as address:
        Mirror.content, Mirror.pace = packed(demo_corpus, "dev-clean"), 0.3
        path = known_archive(tmp_path / "site", Mirror.content)
        env = {"PYTHONPATH": path, "VOICEGENDER_MIRROR": address}
        with serving(tmp_path / "data", **env) as server:
            yield server


def test_a_download_outlives_its_tab_is_steered_from_another_and_becomes_the_corpus(
    page: Page, server: Server
) -> None:
    opened(page, server)
    page.get_by_text(re.compile("^dev-clean · ")).click()
    expect(page.get_by_text(re.compile(r"^Needs .* while it works"))).to_be_visible()
    settled(page)
    press(page, "Download")
    speed = re.compile(r"Downloading · dev-clean: .* of .* · .*/s · about \d+ s left")
    expect(page.get_by_text(speed)).to_be_visible()
    other = opened(page.context.new_page(), server, "Speakers")
    page.close()
    expect(badge(other, "running")).to_be_visible()
    press(other, "Cancel")
    expect(badge(other, "cancelled")).to_be_visible()
    expect(other.get_by_text(re.compile(r"^Stopped at dev-clean: .* of "))).to_be_visible()
    Mirror.pace, Mirror.ranges = 0.0, []
    press(other, "Resume")
    expect(other.get_by_role("combobox", name=re.compile("Corpus"))).to_have_value("LibriSpeech")
    assert all(Mirror.ranges), "it went on where it was"
    other.get_by_text("Download LibriSpeech").click()
    box = other.get_by_role("checkbox", name=re.compile("^dev-clean .* · here$"))
    expect(box).to_be_disabled()
