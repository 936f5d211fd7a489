"""``python -m voicegender`` and the ``voicegender`` command."""


def main() -> None:
    """Run the command line; SIGTERM stops a command as Ctrl-C does."""
    import signal

    from voicegender.cli import app

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    app(prog_name="voicegender")


if __name__ == "__main__":
    main()
