"""Predict in a real browser: many at once, chosen, played from a click, downloaded; a long one."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from browser import PATIENCE, Server, Watch, opened, serving, settled
from test_annotations import tiers_of
from voicegender.audio import SAMPLE_RATE, load_audio
from voicegender.ui.predict.examples import FOLDER, MAN, WOMAN

RECORDINGS = [FOLDER / WOMAN, FOLDER / MAN]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard without any data; the model that ships answers."""
    with serving(tmp_path_factory.mktemp("predict") / "data") as server:
        yield server


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    """A file that is no sound."""
    path = tmp_path / "letter.wav"
    path.write_text("Dear reader")
    return path


def upload(page: Page, paths: list[Path]) -> None:
    """Hand files to the page, and wait until they are answered."""
    page.locator("input[type=file]").first.set_input_files(paths)
    expect(verdict(page)).to_be_visible()
    settled(page)


def verdict(page: Page) -> Locator:
    """The words in large letters."""
    return page.get_by_test_id("stHtml").get_by_text(re.compile(r"^(Heard as|Uncertain)"))


def downloaded(page: Page, what: str) -> tuple[str, bytes]:
    """The name and the bytes of a file the page offers."""
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile(f"^Download {what}( of all \\d+)?$")).click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_of_many_recordings_one_is_chosen_and_all_are_downloaded(
    page: Page, server: Server, letter: Path
) -> None:
    watch = Watch().over(page)
    opened(page, server, "Predict")
    upload(page, [*RECORDINGS, letter])
    rows = page.get_by_test_id("stDataFrame").locator("tbody tr")
    expect(rows).to_have_text([re.compile(f"{n}.*") for n in (WOMAN, MAN, "letter.wav")])
    expect(verdict(page)).to_have_text("Heard as female")
    settled(page)  # the table that filled has given way to the one that stays
    page.get_by_test_id("stDataFrame").locator("[id^=glide-cell-1-0]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Space")
    expect(verdict(page)).to_have_text("Heard as male")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("alert")).to_contain_text("Refused. letter.wav")

    answers = json.loads(downloaded(page, "JSON")[1])
    assert [answer["label"] for answer in answers] == ["female", "male", None]
    table = list(csv.DictReader(io.StringIO(downloaded(page, "CSV")[1].decode())))
    assert [row["path"] for row in table] == [WOMAN, MAN, "letter.wav"]
    name, data = downloaded(page, "Praat TextGrid")
    assert name.endswith(".zip")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        stems = [Path(name).stem for name in (WOMAN, MAN)]
        assert archive.namelist() == [f"{stem}.TextGrid" for stem in stems]
        tiers = tiers_of(archive.read(f"{stems[1]}.TextGrid").decode())
    assert {text for _, _, text in tiers["heard as"]} == {"", "male"}
    assert watch.complaints == []


def test_a_click_in_any_chart_plays_from_there(page: Page, server: Server) -> None:
    opened(page, server, "Predict")
    upload(page, RECORDINGS[:1])
    seconds = soundfile.info(RECORDINGS[0]).duration
    for row, share in ((1, 0.5), (0, 0.1), (3, 0.4), (2, 0.2)):
        plot = page.locator(".stPlotlyChart .nsewdrag").nth(row)
        plot.scroll_into_view_if_needed()
        box = plot.bounding_box()
        assert box
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2 - 3)
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        expect(page.locator(".hoverlayer text").first).to_be_attached()
        page.evaluate(
            "() => { document.querySelector('audio').onseeking ="
            " event => { event.target.from = event.target.currentTime } }"
        )
        assert played_after_a_click(page) == pytest.approx(share * seconds, abs=seconds / 100)
        page.wait_for_timeout(1000)  # Plotly takes two quick clicks for a double one


def played_after_a_click(page: Page) -> float:
    """Second from which the recording plays after a click; one that Plotly lost is repeated."""
    for _ in range(3):
        page.mouse.down()
        page.mouse.up()
        with suppress(PlaywrightTimeout):
            found = page.wait_for_function(
                "() => { const a = document.querySelector('audio');"
                " if (a.from === undefined || !a.played.length) return null;"
                " const at = a.from; delete a.from; return at }",
                timeout=PATIENCE * 1000 / 8,
            )
            return float(found.json_value())
    pytest.fail("nothing is played")


def test_one_timeline_is_downloaded_as_text(page: Page, server: Server) -> None:
    opened(page, server, "Predict")
    page.get_by_role("tab", name="Examples").click()
    page.get_by_text("A woman, then a man").click()
    expect(page.get_by_text("perhaps there are two voices")).to_be_visible()
    name, data = downloaded(page, "Audacity labels")
    assert name == "a_woman_and_a_man.txt"
    labels = [line.split("\t")[2] for line in data.decode().splitlines()]
    assert labels[0] == "female"
    assert labels[-1] == "male"


def test_a_long_recording_shows_how_far_it_is_and_leaves_the_page_usable(
    page: Page, server: Server, tmp_path: Path
) -> None:
    y = np.tile(load_audio(RECORDINGS[1]), 20)[: 60 * SAMPLE_RATE]
    long = tmp_path / "long.flac"
    with soundfile.SoundFile(long, "w", SAMPLE_RATE, 1) as file:
        for _ in range(8):
            file.write(y)
    opened(page, server, "Predict")
    page.locator("input[type=file]").first.set_input_files(long)
    bar = page.get_by_test_id("stProgress")
    expect(bar).to_contain_text(re.compile(r"[1-9]\d* min \d\d s of 8 min 00 s heard"))
    page.get_by_role("tab", name="Examples").click()
    page.get_by_text("A tone, which is refused").click()
    expect(page.get_by_role("alert")).to_contain_text("Refused. a tone.wav")  # without waiting
    page.get_by_role("tab", name="Files").click()
    expect(verdict(page)).to_have_text("Heard as male")
    expect(page.get_by_test_id("stMetric").filter(has_text="8 min 00 s")).to_be_visible()
