"""Background commands: real processes that end, fail, are cancelled and are killed."""

import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from voicegender import jobs
from voicegender.config import read_json, write_json
from voicegender.errors import WorkError
from voicegender.process import (
    PROCESS,
    PROGRESS,
    Reporter,
    claimed,
    identity_of,
    is_alive,
    last_report,
    state_of,
)

DEMO = ("corpus", "demo", "--readers", "6", "--to")


def wait_until_over(folder: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while is_alive(folder):
        assert time.monotonic() < deadline, jobs.last_lines(folder)
        time.sleep(0.05)


def wait_for_progress(folder: Path) -> None:
    deadline = time.monotonic() + 60
    while not last_report(folder):
        assert is_alive(folder), jobs.last_lines(folder)
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_job_that_is_done_leaves_its_result_and_its_words(tmp_path: Path) -> None:
    job, made = tmp_path / "job", tmp_path / "demo"
    jobs.start(job, *DEMO, str(made))
    assert state_of(job, done=False) == "running"
    wait_until_over(job)
    assert (made / "SPEAKERS.TXT").exists()
    assert "6 synthetic voices" in jobs.last_lines(job)
    assert last_report(job)["done"] == last_report(job)["total"] == 36
    assert state_of(job, done=True) == "done"


def test_a_job_that_fails_says_why(tmp_path: Path) -> None:
    jobs.start(tmp_path / "job", "corpus", "info", str(tmp_path / "nowhere"))
    wait_until_over(tmp_path / "job")
    assert state_of(tmp_path / "job", done=False) == "failed"
    assert "nowhere: no such folder" in jobs.last_lines(tmp_path / "job")


def test_a_cancelled_job_stops_and_is_told_from_a_failed_one(tmp_path: Path) -> None:
    job = tmp_path / "job"
    jobs.start(job, "corpus", "demo", "--readers", "400", "--to", str(tmp_path / "demo"))
    wait_for_progress(job)
    jobs.cancel(job)
    assert not is_alive(job)
    assert state_of(job, done=False) == "cancelled"
    assert "Traceback" not in jobs.last_lines(job)
    assert not (tmp_path / "demo").exists()
    with pytest.raises(WorkError, match="nothing is at work here"):
        jobs.cancel(job)


def test_a_killed_job_counts_as_failed(tmp_path: Path) -> None:
    job = tmp_path / "job"
    jobs.start(job, "corpus", "demo", "--readers", "400", "--to", str(tmp_path / "demo"))
    wait_for_progress(job)
    os.kill((read_json(job / PROCESS) or {})["pid"], signal.SIGKILL)
    wait_until_over(job, 5)
    assert state_of(job, done=False) == "failed"


def test_a_second_start_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    job = tmp_path / "job"
    jobs.start(job, "corpus", "demo", "--readers", "400", "--to", str(tmp_path / "demo"))
    with pytest.raises(WorkError, match=r"job: process \d+ is at work here; wait"):
        jobs.start(job, *DEMO, str(tmp_path / "other"))
    jobs.cancel(job)


def test_a_job_is_the_leader_of_its_own_session(tmp_path: Path) -> None:
    job = tmp_path / "job"
    jobs.start(job, *DEMO, str(tmp_path / "demo"))
    pid = (read_json(job / PROCESS) or {})["pid"]
    assert os.getsid(pid) == pid != os.getsid(0)
    wait_until_over(job)


def test_another_process_with_the_pid_of_a_dead_one_is_not_taken_for_it(tmp_path: Path) -> None:
    mine = psutil.Process()
    write_json(tmp_path / PROCESS, {"pid": mine.pid, "started": mine.create_time()})
    assert is_alive(tmp_path)
    write_json(tmp_path / PROCESS, {"pid": mine.pid, "started": mine.create_time() - 100})
    assert not is_alive(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "{}", '{"pid": "x", "started": 1}', "[1]"])
def test_a_half_written_identity_is_nobody(tmp_path: Path, content: str) -> None:
    (tmp_path / PROCESS).write_text(content)
    assert not is_alive(tmp_path)
    assert state_of(tmp_path, done=False) == "failed"


def test_a_folder_is_claimed_by_one_and_free_afterwards(tmp_path: Path) -> None:
    with claimed(tmp_path), pytest.raises(WorkError, match="already at work"), claimed(tmp_path):
        pass
    with claimed(tmp_path):
        assert is_alive(tmp_path)


def test_progress_tells_the_time_left_and_never_goes_unreported_at_the_end(
    tmp_path: Path,
) -> None:
    told: list[tuple[int, int]] = []
    report = Reporter(tmp_path, lambda *r: told.append(r))
    for done in range(101):
        report("working", done, 100, epoch=3)
        time.sleep(0.005)
    last = last_report(tmp_path)
    assert (last["phase"], last["done"], last["epoch"]) == ("working", 100, 3)
    assert last["left_s"] == pytest.approx(0, abs=1e-6)
    assert told[-1] == (100, 100)


def test_the_time_left_goes_by_what_came_after_the_first_lap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr("voicegender.process.time.monotonic", lambda: now)
    report = Reporter(tmp_path)
    report("training", 0, 10)
    now = 50.0  # getting ready and one step
    report("training", 1, 10)
    report.lap(1)
    now = 52.0
    report("training", 3, 10)
    assert last_report(tmp_path)["left_s"] == pytest.approx(7.0)


def test_a_clock_that_is_set_makes_no_process_another_one(tmp_path: Path) -> None:
    mine = identity_of(os.getpid())
    if mine["ticks"] is None:
        pytest.skip("only Linux tells the start of a process apart from the clock")
    write_json(tmp_path / PROCESS, {**mine, "started": mine["started"] + 7200})
    assert is_alive(tmp_path)
    boot, ticks = mine["ticks"].split()
    for other in (f"{boot} {int(ticks) + 1}", f"another-start {ticks}"):
        write_json(tmp_path / PROCESS, {**mine, "ticks": other})
        assert not is_alive(tmp_path)


def test_a_clock_that_is_set_back_does_not_hold_up_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = Reporter(tmp_path)
    report("working", 0, 100)
    monkeypatch.setattr("voicegender.process.time.time", lambda: 1.0)
    time.sleep(0.3)  # more than lies between two reports
    report("working", 40, 100)
    last = last_report(tmp_path)
    assert last["done"] == 40
    assert 0 < last["left_s"] < 60
    write_json(tmp_path / PROGRESS, {**last, "at": 4e9})  # as if the clock had been ahead
    assert state_of(tmp_path, done=False) == "new"
    Reporter(tmp_path)("working", 50, 100)
    assert last_report(tmp_path)["done"] == 50
