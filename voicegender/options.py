"""Options that several commands share."""

from typing import Annotated, Optional

import typer

CorpusPath = Annotated[
    str,  # an address would be no path
    typer.Argument(help="LibriSpeech folder, CSV manifest or features; a path or an address."),
]
Store = Annotated[
    str,
    typer.Option(
        metavar="PLACE", help="Folder or address of all features; by default data/features."
    ),
]
Subsets = Annotated[
    Optional[list[str]],  # noqa: UP045  # Typer reads this form
    typer.Option("--subset", help="Only this subset; may be given more than once."),
]
Workers = Annotated[Optional[int], typer.Option(min=1, help="Processes; by default one a core.")]  # noqa: UP045  # as above
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
NetworkName = Annotated[str, typer.Option(help="Such as attentive; a wrong one lists all.")]
FeaturesName = Annotated[
    Optional[str],  # noqa: UP045  # as above
    typer.Option("--features", help="Such as log-mel; by default the network's own."),
]
Settings = Annotated[
    Optional[list[str]],  # noqa: UP045  # as above
    typer.Option("--set", metavar="NAME=VALUE", help="Any setting, such as fitting.epochs=10."),
]
FeatureSettings = Annotated[
    Optional[list[str]],  # noqa: UP045  # as above
    typer.Option("--set", metavar="NAME=VALUE", help="Any setting of the features."),
]
SplitPolicy = Annotated[
    str,
    typer.Option("--split", help="Policy, such as random-readers; a wrong one lists all."),
]
Seed = Annotated[int, typer.Option(min=0, help="Of split, weights and order.")]
Epochs = Annotated[
    int | None,
    typer.Option(min=1, help="By default the network's own."),
]  # as above
