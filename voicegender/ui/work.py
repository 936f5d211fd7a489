"""The job panel: what goes on in a folder, seen and steered."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from voicegender import jobs
from voicegender.errors import WorkError
from voicegender.places import places
from voicegender.process import State, last_report, state_of
from voicegender.runs import Run, runs
from voicegender.store import FeatureSet
from voicegender.ui.frame import plain, told
from voicegender.ui.words import PHASES, STATES, size, time_left

RUNNING_SECONDS, IDLE_SECONDS = 1.0, 5.0
"""How often a panel looks at its folder."""


@dataclass(frozen=True)
class Job:
    """A command that works in a folder.

    Attributes
    ----------
    folder
        Holds its output, its identity and its reports.
    command
        Arguments of ``voicegender``.
    name
        What people call it.
    is_done
        Whether the result is there.
    """

    folder: Path
    command: tuple[str, ...]
    name: str
    is_done: Callable[[], bool]

    @property
    def state(self) -> State:
        """Read off the folder."""
        return state_of(self.folder, done=self.is_done())

    def start(self, rivals: Callable[[], Iterable["Job"]] = tuple) -> None:
        """Start or go on.

        Raises
        ------
        WorkError
            It runs already, or one of the rivals does.
        """
        with alone(self.name, rivals):
            jobs.start(self.folder, *self.command)


@contextmanager
def alone(name: str, rivals: Callable[[], Iterable[Job]]) -> Iterator[None]:
    """Start while no other job runs or starts: two would take the machine from each other.

    Raises
    ------
    WorkError
        One of the rivals runs.
    """
    with jobs.one_at_a_time(places().data):
        for rival in rivals():  # asked now, for others may have started while one waited
            if rival.state == "running":
                wrong = f"{rival.name} is running"
                raise WorkError(name, wrong, "wait for it to end, or cancel it")
        yield


def training_job(run: Run) -> Job:
    """Training of a run."""
    folder = run.folder
    return Job(
        folder,
        ("resume", str(folder)),
        f"training {run.name}",
        (run.model / "bundle.json").exists,
    )


def training_jobs() -> list[Job]:
    """Trainings of all runs."""
    return [training_job(run) for run in runs(places().runs)]


def extraction_job(features: FeatureSet, command: Iterable[str], name: str) -> Job:
    """Extraction of a feature set."""
    return Job(features.folder, tuple(command), name, lambda: features.is_complete)


def panel(
    job: Job,
    key: str,
    *,
    rivals: Callable[[], Iterable[Job]] = tuple,
    body: Callable[[], None] | None = None,
) -> None:
    """Show a job, once a second while it runs, and offer what can be done about it.

    Parameters
    ----------
    key
        Names the buttons.
    rivals
        Jobs that must not run beside it.
    body
        Draws what else shall be looked at as often.
    """
    state = job.state
    seconds = RUNNING_SECONDS if state == "running" else IDLE_SECONDS
    show = st.fragment(_show, run_every=seconds)
    show(job, key, state, rivals, body)


def _show(
    job: Job,
    key: str,
    before: State,
    rivals: Callable[[], Iterable[Job]],
    body: Callable[[], None] | None,
) -> None:
    state = job.state
    if state != before:  # the page around, and the pace of looking, depend on it
        st.rerun()
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(job.name[0].upper() + job.name[1:])}**", width="stretch")
            sign, word, colour = STATES[state]
            st.badge(f"{sign} {word}", color=colour)  # type: ignore[arg-type]  # one of its colours
            _buttons(job, key, state, rivals)
        _progress(job, state)
        if state == "failed":
            _failure(jobs.last_lines(job.folder))
        if body:
            body()


def _buttons(job: Job, key: str, state: State, rivals: Callable[[], Iterable[Job]]) -> None:
    if state == "running":
        if st.button("Cancel", key=f"{key}-cancel", help="It can go on from here later."):
            with told(), st.spinner("Stopping…"):
                jobs.cancel(job.folder)
                st.rerun()
    elif state != "done":
        label = "Start" if state == "new" else "Resume"
        if st.button(label, key=f"{key}-start", type="primary"):
            with told():
                job.start(rivals)
                st.rerun()


def _failure(log: str) -> None:
    """Why it ended: in its own words where the command said so, else by the end of its log."""
    if reason := re.search(r"^voicegender: (.*)\Z", log, re.MULTILINE):
        st.error(plain(reason[1]), icon="⚠️")
        log = log[: reason.start()].rstrip()
    else:
        st.error("It ended before it was done. The end of its log:", icon="⚠️")
    if log or not reason:
        st.code(log or "(the log is empty)", language=None)


def _progress(job: Job, state: State) -> None:
    """A bar with phase and time left while it runs; where it stopped when it did."""
    report = last_report(job.folder)
    done, total = int(report.get("done", 0)), int(report.get("total", 0))
    share = min(1.0, done / total) if total else 0.0
    if state == "running":
        st.progress(share, text=phase_of(report))
    elif state in ("cancelled", "failed") and total > 1:
        text = f"Stopped at {_amount(report)}; Resume goes on from here."
        st.progress(share, text=text)


def phase_of(report: dict[str, Any]) -> str:
    """A progress report in words."""
    if report.get("phase") == "extracting" and report["done"] >= report["total"]:
        return "Features are there; getting the network ready"
    words = [PHASES.get(report.get("phase", "starting"), "Working")]
    if "epoch" in report:
        words.append(f"epoch {report['epoch']} of {report['epochs']}")
    elif report.get("total", 0) > 1:
        words.append(_amount(report) + ("" if "subset" in report else " recordings"))
    words += [_speed(report), time_left(report.get("left_s"))]
    return " · ".join(word for word in words if word)


def _amount(report: dict[str, Any]) -> str:
    """How much is done: recordings, or bytes of a subset that is downloaded."""
    done, total = int(report["done"]), int(report["total"])
    if "subset" not in report:
        return f"{done:,} of {total:,}"
    return f"{report['subset']}: {size(done)} of {size(total)}"


def _speed(report: dict[str, Any]) -> str:
    """Bytes a second, on the whole of this phase; empty where nothing is downloaded."""
    left_s = report.get("left_s")
    if report.get("phase") != "downloading" or not left_s:
        return ""
    return f"{size(round((report['total'] - report['done']) / left_s))}/s"
