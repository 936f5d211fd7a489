"""``python -m voicegender`` and the ``voicegender`` command."""


def main() -> None:
    """Run the command line; SIGTERM stops a command as Ctrl-C does."""
    import os
    import signal

    # The speech detector's matrices are small: more threads take six times the processor time
    # on a busy machine and save none on an idle one. Read by NumPy when it is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Arrow's own allocators keep what was freed: tens of megabytes after a table that has gone.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

    from voicegender.cli import app

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    app(prog_name="voicegender")


if __name__ == "__main__":
    main()
