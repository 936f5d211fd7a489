"""The commands; each calls one function.

Heavy libraries are imported by the command that needs them, so help comes at once.
"""

from pathlib import Path
from typing import Annotated, Optional

import typer

from voicegender.cli_corpus import app as corpus_app
from voicegender.cli_features import extract, import_features
from voicegender.cli_predict import predict
from voicegender.cli_scores import crossval, evaluate, robustness
from voicegender.options import (
    CorpusPath,
    Epochs,
    FeaturesName,
    NetworkName,
    Seed,
    Settings,
    SplitPolicy,
    Store,
    Subsets,
    Workers,
)
from voicegender.places import places, store_at
from voicegender.terminal import logged_to_stderr, progress_bar, resumed, say, told

app = typer.Typer(
    help="Tells whether a recorded voice is heard as female or male.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(corpus_app, name="corpus", help="Look at a corpus, or make one.")

app.command("extract")(extract)
app.command("import-features")(import_features)
app.command("crossval")(crossval)
app.command("evaluate")(evaluate)
app.command("robustness")(robustness)
app.command("predict")(predict)


@app.command()
@resumed
def train(
    corpus: CorpusPath,
    network: NetworkName = "probe",
    name: Annotated[Optional[str], typer.Option(help="Of the run.")] = None,  # noqa: UP045  # as above
    features: FeaturesName = None,
    subset: Subsets = None,
    split: SplitPolicy = "auto",
    epochs: Epochs = None,
    seed: Seed = 0,
    settings: Settings = None,
    workers: Workers = None,
    store: Store = "",
) -> None:
    """Train a network; extracts first what is missing. The same command goes on."""
    from voicegender.overview import metrics_as_text
    from voicegender.requests import run_asked, shorthand
    from voicegender.training import train as run_training

    asked = [*shorthand(split=split, epochs=epochs, seed=seed), *(settings or [])]
    place = store_at(store)
    run = run_asked(corpus, network, name=name, features=features, subsets=subset, settings=asked)
    say(f"run {run.name}: {run.folder}", err=True)
    with logged_to_stderr(), progress_bar(run.name) as progress:
        metrics = run_training(run, place, n_workers=workers, listener=progress)
    say(metrics_as_text(metrics))


@app.command()
@resumed
def resume(
    run: Annotated[Path, typer.Argument(help="Folder of a run, or its name.")],
    store: Store = "",
) -> None:
    """Do what is left of a run."""
    from voicegender.overview import metrics_as_text
    from voicegender.requests import run_at
    from voicegender.training import train as run_training

    found = run_at(run)
    with logged_to_stderr(), progress_bar(found.name) as progress:
        metrics = run_training(found, store_at(store), listener=progress)
    say(metrics_as_text(metrics))


@app.command()
@told
def export(
    run: Annotated[Path, typer.Argument(help="Folder of a run, or its name.")],
    to: Annotated[Path, typer.Argument(help="Folder to make, such as models/mine.")],
    crossval: Annotated[
        Optional[str],  # noqa: UP045  # as above
        typer.Option(help="Name of a cross-validation whose scores the card shows."),
    ] = None,
    beside: Annotated[
        Optional[list[str]],  # noqa: UP045  # as above
        typer.Option(help="Name of another network's, shown beside; may be repeated."),
    ] = None,
) -> None:
    """Publish a run's model with its card."""
    from voicegender.publishing import publish
    from voicegender.requests import crossval_at, run_at

    scores = crossval_at(crossval) if crossval else None
    others = [crossval_at(name) for name in beside or []]
    say(publish(run_at(run), to, crossval=scores, beside=others))


@app.command()
@told
def dashboard(
    port: Annotated[int, typer.Option(min=1, max=65535, help="On 127.0.0.1.")] = 8501,
    *,
    browser: Annotated[bool, typer.Option(help="Open it in the browser.")] = True,
) -> None:
    """Open the dashboard in the browser."""
    from voicegender.serving import serve

    serve(places().root, port=port, browser=browser)
