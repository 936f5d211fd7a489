"""The download form and panel as a browser is told to draw them; their jobs are real."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mirror import Server, known_archive, packed, serving_archive
from pages import SPEAKERS, drawn, opened, press, said
from voicegender import jobs, openslr
from voicegender.download import DESK
from voicegender.openslr import ARCHIVES, Archive
from voicegender.process import claimed, is_alive
from voicegender.ui import downloading, frame, work


@pytest.fixture
def mirror(demo_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server for commands, which know the checksum of what it sends as dev-clean."""
    with serving_archive() as address:
        Server.content = packed(demo_corpus, "dev-clean")
        monkeypatch.setenv("PYTHONPATH", known_archive(tmp_path / "site", Server.content))
        monkeypatch.setenv("VOICEGENDER_MIRROR", address)
        yield address


def ticked(app: AppTest, subset: str) -> AppTest:
    """The page with a box ticked."""
    next(box for box in app.checkbox if box.label.startswith(subset)).check()
    return drawn(app)


def as_read(text: str) -> str:
    """Markdown without what parts and escapes."""
    return text.replace("\\", "").replace(frame.JOINER, "")


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def can_start(app: AppTest) -> bool:
    """Whether the form can be sent."""
    return not next(button for button in app.button if button.label == "Download").disabled


def test_the_form_names_size_hours_room_and_command_before_anything_is_fetched(
    data: Path,
) -> None:
    app = opened()
    labels = [box.label for box in app.checkbox]
    assert [label.split(" · ")[0] for label in labels] == [*ARCHIVES]
    assert "train-clean-100 · 6.3 GB · 101 h" in labels
    assert not can_start(app)
    app = ticked(app, "dev-clean")
    assert "Needs 741.4 MB while it works" in said(app)
    assert f"voicegender corpus download dev-clean --to {data / 'LibriSpeech'}" in said(app)
    assert can_start(app)


@pytest.mark.usefixtures("data")
def test_a_subset_for_which_there_is_no_room_cannot_be_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(downloading, "bytes_free", lambda _to: 10**9)
    app = ticked(opened(), "train-other-500")
    assert "Needs 66.0 GB while it works" in said(app)
    assert "too little room" in said(app)
    assert not can_start(app)


def test_a_download_becomes_the_corpus_and_is_not_offered_again(mirror: str, data: Path) -> None:
    assert mirror
    press(ticked(opened(), "dev-clean"), "Download")
    until(downloading.job_of(["dev-clean"]).is_done)
    until(lambda: not is_alive(data / "LibriSpeech" / DESK))
    app = opened(SPEAKERS)
    assert app.selectbox[0].options == ["LibriSpeech"]
    here = next(box for box in app.checkbox if box.label.startswith("dev-clean"))
    assert here.label.endswith("· here")
    assert here.disabled
    assert "dev-clean: there" in jobs.last_lines(data / "LibriSpeech" / DESK)


def test_a_mirror_without_it_is_told_in_one_line_and_it_can_go_on(mirror: str, data: Path) -> None:
    Server.mood, Server.n_bad = "404", 99
    press(ticked(opened(), "dev-clean"), "Download")
    until(lambda: not is_alive(data / "LibriSpeech" / DESK))
    app = opened()
    assert "✕ failed" in said(app)
    (reason,) = [one.value for one in app.error]
    assert f"dev-clean: {mirror} answered 404 Not Found" in as_read(reason)
    Server.mood = "good"
    press(app, "Resume")
    until(downloading.job_of(["dev-clean"]).is_done)


def test_a_download_is_watched_cancelled_and_gone_on_with(mirror: str, data: Path) -> None:
    assert mirror
    Server.pace = 0.2
    press(ticked(opened(), "dev-clean"), "Download")
    archive = Archive("dev-clean", "", 1)
    until(lambda: archive.n_fetched(data / "LibriSpeech") > 0)
    app = opened()
    assert "▶ running" in said(app)
    assert "Download" not in {button.label for button in app.button}, "one at a time"
    press(app, "Cancel")
    n_fetched = archive.n_fetched(data / "LibriSpeech")
    app = opened()
    assert "■ cancelled" in said(app)
    assert "of it are here" in next(box.label for box in app.checkbox)
    Server.pace, Server.ranges = 0.0, []
    press(app, "Resume")
    until(downloading.job_of(["dev-clean"]).is_done)
    assert Server.ranges == [f"bytes={n_fetched}-"]


def test_a_second_start_is_refused_with_who_runs_it(data: Path) -> None:
    app = ticked(opened(), "test-clean")
    desk = data / "LibriSpeech" / DESK
    with claimed(desk):  # as a terminal does
        (desk / "process.json").write_text(
            (desk / "process.json").read_text().replace('"command": [', '"command": ["dev-clean",')
        )
        app = press(app, "Download")
        refused = f"downloading dev-clean (process {os.getpid()}) is running; wait for it to end"
        assert refused in as_read("".join(one.value for one in app.error))
        assert "▶ running" in said(opened())


def test_a_report_of_bytes_is_said_with_speed_and_time_left() -> None:
    report = {"phase": "downloading", "done": 1_200_000_000, "total": 6_300_000_000}
    words = work.phase_of(report | {"subset": "train-clean-100", "left_s": 510.0})
    assert words == (
        "Downloading · train-clean-100: 1.2 GB of 6.3 GB · 10.0 MB/s · about 8 min left"
    )


def test_room_is_asked_of_the_disk_where_the_folder_will_be(tmp_path: Path) -> None:
    assert openslr.bytes_free(tmp_path / "not" / "yet") > 0
