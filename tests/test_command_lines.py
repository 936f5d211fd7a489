"""The command shown beside a form asks for what the form asks for."""

from pathlib import Path
from typing import Any

import pytest
import typer

from voicegender.alteration import Alteration
from voicegender.cli import app
from voicegender.command_lines import extract_arguments, train_arguments
from voicegender.excerpt import Excerpt
from voicegender.features import Extractor, LogMel, Mfcc, MfccMean
from voicegender.fitting import Fitting
from voicegender.networks import Attentive, BiLstm, SeedLstm
from voicegender.probe import Probe
from voicegender.requests import config_asked, extractor_named, shorthand
from voicegender.run_config import RunConfig
from voicegender.split import Split
from voicegender.voice_encoder import VoiceEmbedding

CORPUS = str(Path.cwd())


def parsed(arguments: list[str]) -> dict[str, Any]:
    """What the command line's own parser reads from arguments."""
    group = typer.main.get_command(app)
    command = group.commands[arguments[0]]  # type: ignore[attr-defined]  # the app is a group
    params: dict[str, Any] = command.make_context(arguments[0], arguments[1:]).params
    return params


@pytest.mark.parametrize(
    "config",
    [
        RunConfig.of(CORPUS, Attentive()),
        RunConfig.of(CORPUS, Probe()),
        RunConfig.of(CORPUS, Probe(heads=3), alteration=Alteration(copies=1, noise=0.25, seed=2)),
        RunConfig.of(CORPUS, Attentive(), features=VoiceEmbedding()),
        RunConfig.of(CORPUS, SeedLstm(units=8), split=Split("leaky-by-recording", seed=3)),
        RunConfig.of(CORPUS, BiLstm(), features=Mfcc(n_mfcc=13, mel=LogMel(n_mels=40))),
        RunConfig.of(CORPUS, Attentive(dilations=(1, 5)), subsets=("dev-clean", "my set")),
        RunConfig.of(CORPUS, SeedLstm(), features=MfccMean(excerpt=Excerpt("first", 2.5))),
        RunConfig.of(CORPUS, SeedLstm(), fitting=Fitting(7, patience=3, best_weights=True, seed=9)),
    ],
)
def test_the_train_command_asks_for_the_same_run(config: RunConfig) -> None:
    asked = parsed(train_arguments(config, "mine"))
    again = config_asked(
        asked["corpus"],
        asked["network"],
        features=asked["features"],
        subsets=asked["subset"],
        settings=[
            *shorthand(split=asked["split"], epochs=asked["epochs"], seed=asked["seed"]),
            *(asked["settings"] or []),
        ],
    )
    assert again == config
    assert asked["name"] == "mine"


@pytest.mark.parametrize(
    "extractor",
    [
        MfccMean(n_mels=100, n_mfcc=40, excerpt=Excerpt("middle", 1.5)),
        Mfcc(mel=LogMel(n_mels=50)),
        Mfcc(mel=LogMel(excerpt=Excerpt("first"))),
        LogMel(),
        VoiceEmbedding(hop=0.5),
    ],
)
def test_the_extract_command_asks_for_the_same_features(extractor: Extractor) -> None:
    asked = parsed(extract_arguments("corpus", extractor, subsets=("dev-clean",), n_workers=2))
    assert extractor_named(asked["features"], asked["settings"] or []) == extractor
    assert (asked["subset"], asked["workers"]) == (["dev-clean"], 2)


def test_a_command_says_no_more_than_what_was_changed() -> None:
    config = RunConfig.of(CORPUS, SeedLstm())
    words = ["train", CORPUS, "--network", "seed-lstm", "--name", "x"]
    assert train_arguments(config, "x") == words
