"""``python -m voicegender`` and the ``voicegender`` command."""


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

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if can_interrupt:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        app(prog_name="voicegender")
    except OSError as error:  # help that cannot be written; commands tell their own
        sys.stderr.write(f"voicegender: {error.strerror or error}\n")
        sys.exit(2)


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
