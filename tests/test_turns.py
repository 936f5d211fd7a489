"""Laws of turns: so many at once, the urgent before the rest, else in order of coming."""

import threading
import time
from contextlib import suppress

from voicegender.ui.voice.turns import FIRST, LATER, Turns


def test_no_more_pass_at_once_than_there_are_places() -> None:
    turns, inside, most = Turns(2), [0], []

    def passes() -> None:
        with turns.turn(FIRST):
            inside[0] += 1
            most.append(inside[0])
            time.sleep(0.01)
            inside[0] -= 1

    _run([threading.Thread(target=passes) for _ in range(8)])
    assert max(most) == 2


def test_the_urgent_come_first_and_others_in_order() -> None:
    turns, passed = Turns(1), []

    def passes(rank: int, name: str) -> None:
        with turns.turn(rank):
            passed.append(name)

    came = [(LATER, "chart"), (FIRST, "answer"), (LATER, "chart 2"), (FIRST, "answer 2")]
    with turns.turn(FIRST):
        threads = [threading.Thread(target=passes, args=one) for one in came]
        for number, thread in enumerate(threads, start=1):
            thread.start()
            while turns.n_waiting < number:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert passed == ["answer", "answer 2", "chart", "chart 2"]


def test_a_turn_that_fails_is_given_back() -> None:
    turns = Turns(1)
    with suppress(ValueError), turns.turn(FIRST):
        int("no number")
    with turns.turn(LATER):
        assert turns.n_waiting == 0


def _run(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
