"""Predict as a browser is told to draw it: examples, the table, its filters, a take."""

import io
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from streamlit.testing.v1 import AppTest

from pages import PREDICT, SPEAKERS, drawn, html_of, opened
from voicegender.audio import SAMPLE_RATE, encode_wav, load_audio
from voicegender.calibration import Calibration
from voicegender.places import places
from voicegender.ui.predict import audition, examples
from voicegender.ui.voice import charts_portrait
from voicegender.ui.voice.answering import TAKE, Judged, Voice
from voicegender.ui.voice.charts_sound import mel_map
from voicegender.ui.voice.hearings import Hearing
from voicegender.ui.voice.portrait import portrait

PAGE = str(places().root / "pages" / "1_Predict.py")
WOMAN, MAN = ((examples.FOLDER / name).read_bytes() for name in (examples.WOMAN, examples.MAN))
MANY = [
    ("b-woman.flac", WOMAN, "audio/flac"),
    ("a-man.flac", MAN, "audio/flac"),
    ("letter.wav", b"Dear reader", "audio/wav"),
]


@pytest.fixture
def app(data: Path) -> AppTest:
    """The page without any data; the model that ships answers."""
    assert not data.exists()
    return AppTest.from_file(PAGE, default_timeout=60).run()


def names(app: AppTest) -> list[str]:
    """Recordings in the table, from above."""
    return list(app.dataframe[0].value["recording"])


@pytest.mark.parametrize(
    ("example", "heard"),
    [("A woman", "Heard as female"), ("A man", "Heard as male"), ("A tone", "Refused")],
)
def test_an_example_is_answered_and_its_source_is_named(
    app: AppTest, example: str, heard: str
) -> None:
    assert any("CMU ARCTIC" in caption.value for caption in app.caption)
    chosen = next(name for name in examples.EXAMPLES if name.startswith(example))
    app.button_group(key="example").set_value(chosen).run()
    assert not app.exception
    assert heard in html_of(app) + "".join(error.value for error in app.error)
    assert not app.info


def test_two_voices_one_after_the_other_are_said_to_be_two(app: AppTest) -> None:
    app.button_group(key="example").set_value("A woman, then a man").run()
    assert "perhaps there are two voices" in app.info[0].value
    assert "3.0 s of 6.0 s" in app.info[0].value


def test_the_table_is_filtered_by_label_and_name_and_sorted(app: AppTest) -> None:
    app.file_uploader(key="files").set_value(MANY).run()
    assert names(app) == ["b-woman.flac", "a-man.flac", "letter.wav"]
    app.selectbox(key="files-order").set_value("by name").run()
    assert names(app) == ["a-man.flac", "b-woman.flac", "letter.wav"]
    app.text_input(key="files-name").set_value("MAN.").run()
    assert names(app) == ["a-man.flac", "b-woman.flac"]
    app.button_group(key="files-labels").set_value(["male"]).run()
    assert names(app) == ["a-man.flac"]
    assert [one.value for one in app.subheader] == [r"a-man.flac"]
    app.text_input(key="files-name").set_value("nobody").run()
    assert not app.exception
    assert not app.dataframe
    assert any("No recording is left" in caption.value for caption in app.caption)


def test_the_neighbour_in_the_table_is_a_button_away(app: AppTest) -> None:
    app.file_uploader(key="files").set_value(MANY).run()
    assert "Heard as female" in html_of(app)
    next(button for button in app.button if button.label == "Next").click().run()
    assert app.subheader[0].value == "a-man.flac"
    assert "Heard as male" in html_of(app)
    next(button for button in app.button if button.label == "Next").click().run()
    assert "cannot be decoded" in app.error[0].value
    assert next(button for button in app.button if button.label == "Next").disabled


def test_a_take_from_live_comes_first_until_it_is_dismissed(app: AppTest) -> None:
    app.session_state[TAKE] = encode_wav(load_audio(MAN))
    app.run()
    assert app.subheader[0].value == "The take from Live"
    assert "Heard as male" in html_of(app)
    app.button(key="dismiss-take").click().run()
    assert TAKE not in app.session_state
    assert "Heard as" not in html_of(app)


def test_each_file_is_answered_once_however_often_the_page_is_drawn(app: AppTest) -> None:
    files = [(f"{n:03d}.flac", WOMAN if n % 2 else MAN, "audio/flac") for n in range(8)]
    app.file_uploader(key="files").set_value(files).run()
    kept = app.session_state["answering"]["answers"]
    before = {key: id(value) for key, value in kept.items()}
    app.run()
    after = app.session_state["answering"]["answers"]
    assert len(before) == 8
    assert {key: id(value) for key, value in after.items()} == before


# What the page is made of


def test_a_hearing_goes_on_where_another_run_left_it() -> None:
    asked: list[int] = []

    def steps() -> Generator[float, None, dict[str, Any]]:
        for minute in (1, 2, 3):
            asked.append(minute)
            yield 60.0 * minute
        return {"label": "female"}

    hearing = Hearing(steps(), 240.0)
    assert hearing.step()
    assert hearing.step()
    assert hearing.share == pytest.approx(0.5)
    assert hearing.left is not None
    while hearing.step():
        pass
    assert asked == [1, 2, 3]
    assert hearing.answer == {"label": "female"}
    assert not hearing.step()


def test_a_portrait_in_blocks_is_that_of_the_whole() -> None:
    rng = np.random.default_rng(0)
    t = np.arange(70 * SAMPLE_RATE) / SAMPLE_RATE
    y = (0.3 * np.sin(2 * np.pi * 200 * t) + 0.01 * rng.normal(size=len(t))).astype(np.float32)
    drawn = portrait(np.array_split(y, 23), 70.0)
    whole = mel_map(y).z
    assert drawn.decibels.shape[1] <= 1200
    n = min(drawn.decibels.shape[1], whole.shape[1])
    assert np.abs(drawn.decibels[:, :n].astype(int) - whole[:, :n]).mean() < 0.5
    assert np.nanmedian(drawn.f0) == pytest.approx(200, abs=2)
    assert np.all(np.diff(drawn.times) > 0)
    assert drawn.times[-1] == pytest.approx(70, abs=0.3)


def test_an_hour_is_drawn_of_few_segments_which_keep_time_and_side() -> None:
    sure = Calibration(lower=0.4, upper=0.6)
    segments = [
        {"start": float(s), "end": s + 0.9, "p_female": 0.9 if s < 1800 else 0.1}
        for s in range(3600)
    ]
    shown = charts_portrait.thinned(segments, sure, 3600.0)
    assert len(shown) <= charts_portrait.MOST_SEGMENTS
    edges = [edge for s in shown for edge in (s["start"], s["end"])]
    assert edges == sorted(edges)
    assert (edges[0], edges[-1]) == (0.0, 3599.9)
    female = sum(s["end"] - s["start"] for s in shown if s["p_female"] > 0.5)
    assert female == pytest.approx(1800, rel=0.02)


def test_a_table_that_fills_is_drawn_at_growing_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(10_000))
    monkeypatch.setattr(
        "voicegender.ui.predict.audition.time.monotonic", lambda: float(next(clock))
    )
    sizes: list[int] = []
    monkeypatch.setattr(
        "voicegender.ui.predict.answer_table.draw", lambda judged: sizes.append(len(judged))
    )
    sight = audition._Sight(1000)  # noqa: SLF001  # what it is made of, not what it shows
    refused = {"label": None, "error": "x", "segments": None}
    one = Judged(Voice("a", b""), refused, Calibration())
    for n in range(1, 1001):
        sight.fill([one] * n)
    assert sum(sizes) < 10_000
    assert len(sizes) > 10


def test_what_is_refused_in_the_examples_is_a_tone() -> None:
    voice = examples.EXAMPLES["A tone, which is refused"]()
    y, sr = soundfile.read(io.BytesIO(voice.data))
    assert (sr, len(y)) == (SAMPLE_RATE, 2 * SAMPLE_RATE)
    assert np.abs(np.fft.rfft(y)).argmax() / 2 == pytest.approx(220)


@pytest.mark.usefixtures("data")
def test_files_are_there_again_after_another_page_until_they_are_let_go() -> None:
    app = opened(PREDICT)
    app.file_uploader(key="files").set_value(MANY)
    assert names(drawn(app)) == [name for name, *_ in MANY]
    app.switch_page(SPEAKERS)
    drawn(app).switch_page(PREDICT)
    assert names(drawn(app)) == [name for name, *_ in MANY]
    app.button(key="forget-files").click()
    assert not drawn(app).dataframe
    app.file_uploader(key="files").set_value(MANY[:1])
    assert "Heard as female" in html_of(drawn(app))
    app.file_uploader(key="files").set_value([])
    assert "Heard as" not in html_of(drawn(app))


def test_only_places_answer_a_click_in_a_portrait() -> None:
    y = load_audio(examples.FOLDER / examples.WOMAN)
    drawn_of = portrait([y], len(y) / SAMPLE_RATE)
    segments = [{"start": 0.5, "end": 2.5, "p_female": 0.9}]
    figure = charts_portrait.portrait(drawn_of, segments, Calibration())
    answering = [trace for trace in figure.data if trace.hoverinfo != "skip"]
    assert len(answering) == 4
    assert all(trace.type == "bar" and trace.marker.opacity == 0 for trace in answering)
