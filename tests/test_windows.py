"""A long signal -> windows -> one line in time."""

import numpy as np
import pytest

from voicegender.windows import Windows

RATE = 10
SETTINGS = [Windows(), Windows(1.0, 1.0), Windows(2.0, 0.7), Windows(0.5, 0.5), Windows(1.6, 0.3)]
LENGTHS = range(1, 400, 7)


@pytest.mark.parametrize("windows", SETTINGS, ids=str)
def test_windows_begin_and_end_with_the_signal_and_leave_no_gap(windows: Windows) -> None:
    length, hop = round(windows.seconds * RATE), round(windows.hop * RATE)
    for n in LENGTHS:
        spans = windows.spans(n, RATE)
        assert spans[0][0] == 0
        assert spans[-1][1] == n
        assert {b - a for a, b in spans} == {min(n, length)}
        steps = np.diff([a for a, _ in spans])
        assert (steps > 0).all()
        assert (steps <= hop).all()
        assert len(spans) <= 1 + np.ceil(max(0, n - length) / hop)  # no more than are needed


def test_windows_are_spread_evenly_and_a_short_signal_is_one_window() -> None:
    assert Windows(3.0, 1.0).spans(50, RATE) == [(0, 30), (10, 40), (20, 50)]
    assert Windows(3.0, 1.0).spans(45, RATE) == [(0, 30), (8, 38), (15, 45)]
    assert Windows(3.0, 1.0).spans(12, RATE) == [(0, 12)]


@pytest.mark.parametrize("windows", SETTINGS, ids=str)
def test_cells_end_with_the_signal_and_are_no_longer_than_a_hop(windows: Windows) -> None:
    for n in LENGTHS:
        answers = np.zeros(len(windows.spans(n, RATE)))
        ends = [end for end, _ in windows.cells(answers, n / RATE)]
        assert ends[-1] == pytest.approx(n / RATE)
        steps = np.diff([0.0, *ends])
        assert (steps > -1e-9).all()
        assert (steps <= windows.hop + 1e-9).all()


@pytest.mark.parametrize("windows", SETTINGS, ids=str)
def test_answers_that_are_all_the_same_give_cells_that_are_all_the_same(windows: Windows) -> None:
    for n in LENGTHS:
        answers = np.full(len(windows.spans(n, RATE)), -1.7)
        values = [value for _, value in windows.cells(answers, n / RATE)]
        np.testing.assert_allclose(values, -1.7)


@pytest.mark.parametrize("windows", SETTINGS, ids=str)
@pytest.mark.parametrize("changes", [8.0, 14.3, 20.0])
def test_a_change_of_voice_shows_in_the_cells_at_its_time(windows: Windows, changes: float) -> None:
    seconds = 31.4
    middles = [(a + b) / 2 / RATE for a, b in windows.spans(round(seconds * RATE), RATE)]
    cells = windows.cells(np.where(np.array(middles) < changes, -1.0, 1.0), seconds)
    start = 0.0
    for end, value in cells:
        # A cell that lies as far from the change as half a window and a hop hears one voice.
        if abs((start + end) / 2 - changes) > windows.seconds / 2 + windows.hop:
            assert value == pytest.approx(-1.0 if end <= changes else 1.0)
        start = end
    turned = next(i for i, (_, value) in enumerate(cells) if value > 0)
    assert cells[turned - 1][0] == pytest.approx(changes, abs=windows.hop)


def test_cells_average_the_windows_over_them() -> None:
    cells = Windows(3.0, 1.0).cells(np.array([0.0, 3.0, 6.0]), 5.0)
    assert [end for end, _ in cells] == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert [value for _, value in cells] == [0.0, 1.5, 3.0, 4.5, 6.0]
    assert Windows().cells(np.array([1.0]), 1.2) == [(1.0, 1.0), (1.2, 1.0)]
