"""The commands about corpora; each calls one function."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from voicegender.places import places
from voicegender.terminal import alone_on_stderr, reported, resumed, say, shown, told, transfer_bar

DEMO, LIBRISPEECH = places().data / "demo", places().data / "LibriSpeech"

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command("info")
@told
@alone_on_stderr()
def info(
    corpus: Annotated[
        str, typer.Argument(help="LibriSpeech folder or CSV manifest; a path or an address.")
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Count readers, recordings and hours by subset and gender."""
    from voicegender.corpus import load_corpus
    from voicegender.overview import corpus_as_json, corpus_as_text

    loaded = load_corpus(corpus)
    say(corpus_as_json(loaded) if as_json else corpus_as_text(loaded))


@app.command("demo")
@told
def demo(
    to: Annotated[Path, typer.Option(help="Folder to make.")] = DEMO,
    readers: Annotated[int, typer.Option(help="Voices; an even number from 6 on.")] = 40,
    seed: Annotated[int, typer.Option(help="Of the voices.")] = 0,
) -> None:
    """Make a small synthetic corpus in LibriSpeech's layout."""
    from voicegender.demo_corpus import DemoCorpus

    with reported("making voices") as progress:
        folder = DemoCorpus(n_speakers=readers, seed=seed)(to, progress=progress)
    say(f"{shown(folder)}: {readers} synthetic voices")


@app.command("download")
@resumed
def download(
    subsets: Annotated[list[str], typer.Argument(help="Such as train-clean-100 test-clean.")],
    to: Annotated[Path, typer.Option(help="Folder of the corpus.")] = LIBRISPEECH,
    mirror: Annotated[
        Optional[str],  # noqa: UP045  # Typer reads this form
        typer.Option(
            envvar="VOICEGENDER_MIRROR",
            help="Address to fetch from; by default openslr.org and its mirrors.",
        ),
    ] = None,
) -> None:
    """Fetch subsets of LibriSpeech; interrupted and started again, it goes on."""
    from voicegender.download import download as fetch
    from voicegender.errors import SettingError
    from voicegender.openslr import ARCHIVES, MIRRORS, check_room

    if unknown := [name for name in subsets if name not in ARCHIVES]:
        wrong = "there is none of this name"
        raise SettingError(f"subset {', '.join(unknown)}", wrong, f"one of {', '.join(ARCHIVES)}")
    archives = [ARCHIVES[name] for name in dict.fromkeys(subsets)]
    check_room(archives, to)
    for archive in archives:
        with transfer_bar(archive.subset) as progress:
            mirrors = [mirror] if mirror else MIRRORS
            folder = fetch(archive, to, mirrors=mirrors, progress=progress)
        say(f"{shown(folder)}: there")
