"""``python -m voicegender`` and the ``voicegender`` command."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

    from typer import Typer
    from typer.exceptions import TyperException


def main() -> None:
    """Run the command line; SIGTERM stops a command as Ctrl-C does."""
    import os
    import signal
    import sys

    can_interrupt = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # unlike nohup's
    if can_interrupt:  # nothing has begun that would be tidied up
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    # The speech detector's matrices are small: more threads take six times the processor time
    # on a busy machine and save none on an idle one. Read by NumPy when it is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Arrow's own allocators keep what was freed: tens of megabytes after a table that has gone.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    _open_what_is_closed()

    from voicegender.cli import app
    from voicegender.terminal import INTERRUPTED

    sys.unraisablehook = _raise_again
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if can_interrupt:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    status = _status(app)
    # All is done but the end of Python, which would tell where it was, or not write what was said;
    # who has interrupted once and asks again does not want to wait for it.
    last = signal.SIG_DFL if status == INTERRUPTED else signal.SIG_IGN
    signal.signal(signal.SIGTERM, last)
    signal.signal(signal.SIGINT, last)
    sys.exit(status)


def _raise_again(lost: "UnraisableHookArgs") -> None:
    """Let Ctrl-C come again that came amid what cannot raise: a callback at an import's end."""
    import os
    import signal
    import sys
    import threading

    def interrupt() -> None:
        if signal.getsignal(signal.SIGTERM) is signal.default_int_handler:
            os.kill(os.getpid(), signal.SIGTERM)

    if lost.exc_type is KeyboardInterrupt:
        threading.Timer(0.01, interrupt).start()
    else:
        sys.__unraisablehook__(lost)


def _status(app: "Typer") -> int:
    """Exit status of a command; what is not told by itself, in a line on stderr."""
    import sys

    from typer.exceptions import TyperException

    try:
        return app(prog_name="voicegender", standalone_mode=False) or 0
    except TyperException as error:
        sys.stderr.write(_wrong_use(error))
        return error.exit_code
    except OSError as error:  # help that cannot be written; commands tell their own
        sys.stderr.write(f"voicegender: {error.strerror or error}\n")
        return 2


def _wrong_use(error: "TyperException") -> str:
    """A line, as of any user's error; the help where a group is called by its name alone."""
    from voicegender.inert import printable

    words = error.format_message().strip()
    if "\n" in words:
        return f"{words}\n"
    context = getattr(error, "ctx", None)
    wrong = printable(words).rstrip(".")
    if context is None:  # an option without its value: nobody says of which command
        return f"voicegender: {wrong}\n"
    return f"{context.command_path}: {wrong}; see {context.command_path} --help\n"


def _open_what_is_closed() -> None:
    """A stream closed by whoever started us; else the next file gets its number, and its words."""
    import os
    import sys

    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(nowhere, True)  # by workers
            setattr(sys, name, os.fdopen(nowhere, mode))


if __name__ == "__main__":
    main()
