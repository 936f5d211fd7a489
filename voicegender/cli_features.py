"""The commands about features; each calls one function."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicegender.inert import printable
from voicegender.options import CorpusPath, FeatureSettings, Store, Subsets, Workers
from voicegender.places import places, store_at
from voicegender.terminal import (
    SOME_FAILED,
    logged_to_stderr,
    progress_bar,
    resumed,
    say,
    shown,
    told,
)

if TYPE_CHECKING:
    from voicegender.workers import Crew


@resumed
def extract(
    corpus: CorpusPath,
    features: Annotated[
        str, typer.Option(help="Such as log-mel; a wrong one lists all.")
    ] = "mfcc-mean",
    subset: Subsets = None,
    workers: Workers = None,
    scheduler: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", help="Of a Dask cluster that does the work; tcp://HOST:PORT."
        ),
    ] = "",
    store: Store = "",
    settings: FeatureSettings = None,
) -> None:
    """Make features of every recording; interrupted and started again, it goes on."""
    from voicegender.addresses import reached
    from voicegender.corpus import load_corpus
    from voicegender.extraction import extract as run_extraction
    from voicegender.extraction import failures
    from voicegender.requests import extractor_named

    extractor = extractor_named(features, settings or [])
    place = store_at(store)
    bar = progress_bar("recordings")
    with _crew(scheduler, workers) as crew, logged_to_stderr(), bar as progress:
        chosen = load_corpus(corpus).only(subset or [])
        made = run_extraction(chosen, extractor, place, crew=crew, progress=progress)
    with reached(place):
        errors = made.errors()
    unread = [(problem.place, problem.reason) for problem in chosen.problems]
    for name, reason in (*unread, *errors.itertuples(index=False)):
        say(printable(f"left out: {name}: {reason}"), err=True)
    say(f"{shown(made.folder)}: {len(chosen.utterances) - len(errors)} recordings")
    if unread or len(failures(errors)):
        raise typer.Exit(SOME_FAILED)


def _crew(scheduler: str, workers: int | None) -> "AbstractContextManager[Crew]":
    """Processes here, or a cluster that was reached: a set begun in vain would be left behind."""
    from voicegender.cluster import Cluster
    from voicegender.errors import SettingError
    from voicegender.extraction import make_part
    from voicegender.workers import Processes

    if not scheduler:
        return Processes(workers, make_part)
    if workers:
        raise SettingError("--workers", "a cluster has its own", "leave it, or --scheduler, out")
    cluster = Cluster(scheduler)
    cluster.check()
    return nullcontext(cluster)


@told
def import_features(
    files: Annotated[list[Path], typer.Argument(help="X.csv Y.csv pairs, or one .parquet.")],
    name: Annotated[str, typer.Option(help="What the features are called.")] = "seed",
) -> None:
    """Take over features made elsewhere: the seed's CSV pairs, or Parquet."""
    from voicegender.imports import import_features as run_import

    made = run_import(files, places().features, name=name)
    errors = made.errors()
    say(f"{shown(made.folder)}: {len(made.utterances()) - len(errors)} recordings")
    if len(errors):
        say(f"left out: {len(errors)} ({errors['error'].iat[0]})", err=True)
        raise typer.Exit(SOME_FAILED)
