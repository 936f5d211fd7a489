"""What commands share: user errors in one line, exit codes, progress on stderr."""

import functools
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import typer

from voicegender import inert
from voicegender.addresses import is_remote
from voicegender.errors import VoiceGenderError
from voicegender.header import header_seconds
from voicegender.jobs import JOB
from voicegender.process import Progress as Told
from voicegender.process import Reporter

F = TypeVar("F", bound=Callable[..., Any])

LONG = 120.0
"""Seconds of a recording from which its progress is shown."""
SOME_FAILED, USER_ERROR, INTERRUPTED = 1, 2, 130


def told(command: F, *, interrupted: str = "interrupted") -> F:
    """Let a command's user errors end in one line and exit 2, Ctrl-C in exit 130."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except VoiceGenderError as error:
            typer.echo(f"voicegender: {error}", err=True)
            raise typer.Exit(USER_ERROR) from None
        except ModuleNotFoundError as error:
            typer.echo(f"voicegender: {error.name} is not installed; {_extra(error)}", err=True)
            raise typer.Exit(USER_ERROR) from None
        except BrokenPipeError:  # the reader of our output has gone, as `head` does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(SOME_FAILED) from None
        except OSError as error:
            place = "" if error.filename is None else f"{error.filename}: "
            say(f"voicegender: {place}{error.strerror or error}", err=True)
            raise typer.Exit(USER_ERROR) from None
        except KeyboardInterrupt:
            typer.echo(f"voicegender: {interrupted}", err=True)
            raise typer.Exit(INTERRUPTED) from None

    return wrapped  # type: ignore[return-value]  # same signature


def resumed(command: F) -> F:
    """As `told`, for a command that goes on where it was."""
    return told(command, interrupted="interrupted; the same command goes on")


@contextmanager
def alone_on_stderr() -> Iterator[None]:
    """Let nobody else write there: of MP3 within WAV, libmpg123 tells each fault by itself."""
    sys.stderr.flush()
    before, ours = sys.stderr, os.dup(2)
    with open(os.devnull, "wb") as nothing, os.fdopen(ours, "w", 1, errors="replace") as stderr:  # noqa: PTH123  # a device
        os.dup2(nothing.fileno(), 2)
        sys.stderr = stderr
        try:
            yield
        finally:
            stderr.flush()
            os.dup2(ours, 2)
            sys.stderr = before


def say(text: object, *, err: bool = False) -> None:
    """Print lines; names in them steer no terminal."""
    typer.echo(inert.lines(str(text)), err=err)


def _extra(error: ModuleNotFoundError) -> str:
    extras = dict.fromkeys(("streamlit", "plotly", "streamlit_webrtc"), "app")
    extras |= dict.fromkeys(("upath", "fsspec", "s3fs"), "objects")
    return f"pip install 'voicegender[{extras.get(error.name or '', 'train')}]'"


def shown(path: Path) -> Path:
    """A path as one would type it from here."""
    if is_remote(path) or not path.is_relative_to(Path.cwd()):
        return path
    return path.relative_to(Path.cwd())


class _Inert(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return inert.lines(super().format(record))


@contextmanager
def logged_to_stderr() -> Iterator[None]:
    """Show the package's log on stderr while a long command runs."""
    logger = logging.getLogger("voicegender")
    handler = logging.StreamHandler()
    handler.setFormatter(_Inert("%(message)s"))
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


@contextmanager
def reported(label: str) -> Iterator[Told]:
    """A bar; for a job, ``progress.json`` in the job's folder."""
    folder = os.environ.get(JOB)
    if folder is None:
        with progress_bar(label) as progress:
            yield progress
        return
    report = Reporter(Path(folder))
    yield lambda done, total: report(label, done, total)


@contextmanager
def progress_bar(label: str) -> Iterator[Told]:
    """A bar with time left, on stderr, where that is a terminal; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.progress import MofNCompleteColumn

    bar = _bar(MofNCompleteColumn())
    with bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def transfer_bar(label: str) -> Iterator[Told]:
    """A bar with bytes, speed and time left, on a terminal's stderr; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.progress import DownloadColumn, TransferSpeedColumn

    bar = _bar(DownloadColumn(), TransferSpeedColumn())
    with bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)


@contextmanager
def hearing_bar(path: Path) -> Iterator[Callable[[float], None]]:
    """A bar with the share of a long recording that has been heard, on a terminal's stderr."""
    seconds = 0.0
    with suppress(OSError):  # a name that is too long; the file's door says so
        if sys.stderr.isatty() and path.is_file():
            seconds = header_seconds(path) or 0.0
    if seconds < LONG:
        yield lambda _: None
        return
    from rich.markup import escape
    from rich.progress import TaskProgressColumn

    bar = _bar(TaskProgressColumn())
    name = escape(inert.printable(path.name))
    with bar:
        task = bar.add_task(name, total=seconds)
        yield lambda heard: bar.update(task, completed=heard)


def _bar(*figures: Any) -> Any:
    """Rich's bar on stderr, with figures and the time left; it goes when it is done."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), *figures, TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
