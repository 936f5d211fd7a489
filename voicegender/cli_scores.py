"""Commands that measure models."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from voicegender.inert import printable
from voicegender.options import (
    AsJson,
    CorpusPath,
    Epochs,
    FeaturesName,
    NetworkName,
    Seed,
    Settings,
    Store,
    Subsets,
    Workers,
)
from voicegender.places import places, store_at
from voicegender.terminal import SOME_FAILED, logged_to_stderr, progress_bar, resumed, say, told


@resumed
def crossval(
    corpus: CorpusPath,
    network: NetworkName = "probe",
    name: Annotated[Optional[str], typer.Option(help="Of the folder of folds.")] = None,  # noqa: UP045  # as above
    folds: Annotated[int, typer.Option(min=2, help="Parts the readers are dealt into.")] = 5,
    seeds: Annotated[int, typer.Option(min=1, help="How often, each time dealt anew.")] = 1,
    features: FeaturesName = None,
    subset: Subsets = None,
    epochs: Epochs = None,
    seed: Seed = 0,
    settings: Settings = None,
    store: Store = "",
) -> None:
    """Train and test fold by fold, by reader; folds that are done are kept."""
    from voicegender.crossval import cross_validate
    from voicegender.overview import metrics_as_text
    from voicegender.requests import config_asked, shorthand
    from voicegender.training import train as run_training

    asked = [*shorthand(epochs=epochs, seed=seed), *(settings or [])]
    place = store_at(store)
    config = config_asked(corpus, network, features=features, subsets=subset, settings=asked)
    name = f"crossval-{network}-{seed}" if name is None else name
    with logged_to_stderr(), progress_bar(name) as progress:
        metrics = cross_validate(
            places().runs,
            name,
            config,
            n_folds=folds,
            n_seeds=seeds,
            work=lambda run: run_training(run, place, listener=progress),
        )
    say(metrics_as_text(metrics))


@told
def evaluate(
    model: Annotated[Path, typer.Argument(help="Folder of a model or a run.")],
    corpus: CorpusPath,
    subset: Subsets = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Answer every recording of a corpus from its sound, and compare with its labels."""
    from voicegender.corpus import load_corpus
    from voicegender.finding import model_at
    from voicegender.overview import as_json_text, metrics_as_text
    from voicegender.verification import evaluate_on

    chosen = load_corpus(corpus).only(subset or [])
    with progress_bar("recordings") as progress:
        metrics = evaluate_on(model_at(model), chosen, progress=progress)
    say(as_json_text(metrics) if as_json else metrics_as_text(metrics))
    for refused in metrics["refused"]:
        line = f"refused: {refused['utterance_id']}: {refused['reason']}"
        say(printable(line), err=True)
    if metrics["refused"]:
        raise typer.Exit(SOME_FAILED)


@resumed
def robustness(
    name: Annotated[
        str, typer.Argument(help="Name of a cross-validation; or a model, with a corpus.")
    ],
    corpus: Annotated[
        Optional[str],  # noqa: UP045  # Typer reads this form
        typer.Argument(help="Recordings a model is asked about; a cross-validation has its own."),
    ] = None,
    subset: Subsets = None,
    condition: Annotated[
        Optional[list[str]],  # noqa: UP045  # as above
        typer.Option(help="Such as 'far room'; may be repeated; a wrong one lists all."),
    ] = None,
    workers: Workers = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Ask models under noise, in rooms, through codecs and for short excerpts."""
    from voicegender.degradation import CONDITIONS
    from voicegender.overview import as_json_text, robustness_as_text
    from voicegender.requests import robustness_asked
    from voicegender.robustness import measure

    panel, folder = robustness_asked(name, corpus, subsets=subset or [])
    with progress_bar(name) as progress:
        report = measure(
            panel,
            folder,
            conditions=condition or [*CONDITIONS],
            n_workers=workers,
            progress=progress,
        )
    say(as_json_text(report) if as_json else robustness_as_text(report))
