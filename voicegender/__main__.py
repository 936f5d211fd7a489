"""``python -m voicegender`` and the ``voicegender`` command."""


def main() -> None:
    """Run the command line."""
    from voicegender.cli import app

    app(prog_name="voicegender")


if __name__ == "__main__":
    main()
