"""The commands about corpora; each calls one function."""

from pathlib import Path
from typing import Annotated

import typer

from voicegender.terminal import reported, told

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command("info")
@told
def info(
    corpus: Annotated[Path, typer.Argument(help="LibriSpeech folder or CSV manifest.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Count readers, recordings and hours by subset and gender."""
    from voicegender.corpus import load_corpus
    from voicegender.overview import corpus_as_json, corpus_as_text

    loaded = load_corpus(corpus)
    typer.echo(corpus_as_json(loaded) if as_json else corpus_as_text(loaded))


@app.command("demo")
@told
def demo(
    to: Annotated[Path, typer.Option(help="Folder to make.")] = Path("data/demo"),
    readers: Annotated[int, typer.Option(help="Voices.")] = 40,
    seed: Annotated[int, typer.Option(help="Of the voices.")] = 0,
) -> None:
    """Make a small synthetic corpus in LibriSpeech's layout."""
    from voicegender.demo_corpus import DemoCorpus

    with reported("making voices") as progress:
        folder = DemoCorpus(n_speakers=readers, seed=seed)(to, progress=progress)
    typer.echo(f"{folder}: {readers} synthetic voices")
