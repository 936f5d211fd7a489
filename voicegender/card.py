"""The model card: what a bundle is, what it learnt from, how it did."""

import shlex
from typing import Any

from voicegender import card_tables
from voicegender.bundle import Bundle
from voicegender.command_lines import crossval_arguments, train_arguments
from voicegender.config import read_json, read_sealed
from voicegender.run_config import RunConfig
from voicegender.split import LEAKY, PARTS
from voicegender.voice_encoder import VoiceEmbedding

CROSSVAL = "crossval.json"
"""Scores of a cross-validation of the same settings, where a bundle has them."""
ANSWERS = "crossval.parquet"
"""Every answer those scores are of, so that they can be counted at another threshold."""
ROBUSTNESS = "robustness.json"
"""What the models of that cross-validation do under other conditions, where it was measured."""

USE = (
    "For sorting and describing recordings of speech: one file or many, or a stretch of time in "
    "a long one. It answers female, male or uncertain with a probability, and refuses what holds "
    "less than half a second of speech. One voice a recording is assumed: where there are two, the "
    "timeline shows both, and the verdict weighs them."
)
ENCODER = (
    "It hears through the voice encoder of Resemblyzer 0.1.4 (C. Jemine, resemble.ai; "
    "github.com/resemble-ai/Resemblyzer), licensed Apache-2.0, unchanged but for its file format. "
    "That encoder was trained to tell speakers apart on LibriSpeech train-other-500, VoxCeleb 1 "
    "and VoxCeleb 2, without their gender; none of them is a reader this model is tested on."
)
RELATED = (
    "The models learnt from copies of recordings changed in related ways (equaliser, room, noise, "
    "codec, telephone, clipping): conditions of another kind may cost more."
)
SYNTHETIC = "**Learnt from a synthetic corpus: no real voices, for trying things out.**"
SHORT = (
    "Excerpts are cut from the speech of longer recordings. A file of half a second may be "
    "refused: the speech detector wants a little more around it."
)
TURNS = (
    "Readers of train and validation take turns: each of the heads learns from all but one share "
    "of them, the share it is then judged by."
)
WORDS = (
    "The label says how a voice is heard, as the corpus states it. It is no "
    "statement about a person's gender identity, and nothing to decide about people with. It "
    "errs most for women with low and men with high voices, and it knows adult readers of "
    "English best; children's, shouted, sung and processed voices were not in its corpus."
)
ATTRIBUTION = (
    "LibriSpeech (V. Panayotov, G. Chen, D. Povey, S. Khudanpur, 2015; openslr.org/12), "
    "licensed CC BY 4.0"
)


def card(bundle: Bundle, name: str) -> str:
    """The card in Markdown."""
    made, data = bundle.facts["provenance"], bundle.metrics.get("data", {})
    scores = read_json(bundle.folder / CROSSVAL)
    parts = [
        f"# {name}",
        "Tells whether a recorded voice is heard as female or male.",
        SYNTHETIC if made["synthetic"] else "",
        "## Use, and what it is not for",
        USE,
        WORDS,
        "## Data and licences",
        _data(made, data),
        _encoder(bundle),
        _parts(data, cross_fitted=made["asked"]["network"].get("heads", 1) > 1),
        "## Scores on the test part",
        _who(made, data),
        card_tables.scores(bundle.metrics),
        _refused(bundle.metrics),
        _wrong(bundle.metrics),
        *_cross_validation(scores),
        *_robustness(read_sealed(bundle.folder / ROBUSTNESS), scores),
        "## How it was made",
        "\n".join(f"    {line}" for line in commands(made, name, scores)),
        _made_with(made),
        _thresholds(bundle),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _made_with(made: dict[str, Any]) -> str:
    versions = ", ".join(f"{library} {version}" for library, version in made["versions"].items())
    return (
        f"{made['n_parameters']:,} parameters, {made['epochs']} epochs, made {made['made'][:10]} "
        f"with {versions}."
    )


def commands(made: dict[str, Any], name: str, scores: dict[str, Any] | None = None) -> list[str]:
    """The command lines that make the same."""
    config = RunConfig.from_json(made["asked"], place="provenance")
    train = ["voicegender", *train_arguments(config, made["run"])]
    export = ["voicegender", "export", made["run"], f"models/{name}"]
    export += ["--crossval", scores["name"]] if scores else []
    export += [word for other in (scores or {}).get("beside", {}) for word in ("--beside", other)]
    return [shlex.join(train), shlex.join(export)]


def _data(made: dict[str, Any], data: dict[str, Any]) -> str:
    if made["synthetic"]:
        return "Learnt from computed voices; no licence applies."
    subsets = data.get("parts", {}).get("train", {}).get("subsets", made["asked"]["subsets"])
    of = f" of {', '.join(subsets)}" if subsets else ""
    if not data.get("librispeech"):
        unknown = "Its licence is not known to this project: name it before you publish."
        return f"Learnt from recordings{of} of {made['asked']['corpus']}. {unknown}"
    own = "The trained weights are licensed like this project."
    return f"Learnt from recordings{of} of {ATTRIBUTION}. {own}"


def _who(made: dict[str, Any], data: dict[str, Any]) -> str:
    """On whom the scores were measured."""
    intervals = "Intervals (95 %) come from resampling readers."
    if made["asked"]["split"]["policy"] == LEAKY:
        return f"On other recordings of readers it learnt from ({LEAKY}). {intervals}"
    if not data.get("readers_known", True):
        return f"The readers are not known: some may stand on both sides. {intervals}"
    return f"On readers it never heard. {intervals}"


def _encoder(bundle: Bundle) -> str:
    """Who made the part that came pretrained."""
    return ENCODER if bundle.facts["extractor"].get("kind") == VoiceEmbedding.kind else ""


def _cross_validation(metrics: dict[str, Any] | None) -> list[str]:
    """Scores on readers of the corpus itself, the figures to go by."""
    if metrics is None:
        return []
    n_folds, n_seeds = metrics["asked"]["n_folds"], metrics["asked"]["n_seeds"]
    config = RunConfig.from_json(metrics["asked"], place="cross-validation")
    arguments = crossval_arguments(config, metrics["name"], n_folds=n_folds, n_seeds=n_seeds)
    whole = metrics["recordings"]
    return [
        "## Cross-validation",
        (
            f"Trained {n_folds} times for each of {n_seeds} seeds; each time each reader is tested "
            "once, by a model that never heard that reader. Each answer of each seed counts in n; "
            "intervals (95 %) come from resampling readers."
        ),
        card_tables.scores(metrics),
        _refused(metrics),
        (
            f"Of the recordings {whole['uncertain']:.1%} were left undecided; of the others "
            f"{whole['accuracy_decided']:.1%} were right."
        ),
        card_tables.seeds(metrics),
        f"    {shlex.join(['voicegender', *arguments])}",
        "## Where it errs, and for whom",
        card_tables.by_f0(metrics),
        _disputed(metrics),
    ]


def _refused(metrics: dict[str, Any]) -> str:
    refused, n = len(metrics.get("refused", [])), metrics["recordings"]["n"]
    if not refused:
        return ""
    return f"Of {n + refused} recordings {refused} were refused and are in no figure above."


def _disputed(metrics: dict[str, Any]) -> str:
    rows = metrics.get("disputed", [])
    if len(metrics.get("seeds", [])) < 2:  # noqa: PLR2004  # one seed disputes nothing
        return ""
    if not rows:
        return "No reader's label was disputed with every seed."
    names = ", ".join(
        f"{row['speaker_id']} ({row['gender']}, median F0 {row['f0']:.0f} Hz)" for row in rows
    )
    return (
        f"Heard otherwise than labelled with every seed: {names}. The label may be wrong or the "
        "voice be heard so; none is left out of any figure."
    )


def _robustness(report: dict[str, Any] | None, crossval: dict[str, Any] | None) -> list[str]:
    """What noise, rooms, codecs and short excerpts cost."""
    if report is None or crossval is None:
        return []
    return [
        "## Under other conditions",
        (
            "The models of the cross-validation, asked about the readers they never heard after "
            "something was done to the sound. Lost: points against clean; what is refused, or no "
            'longer found to be speech, counts as wrong in "right" and "lost".'
        ),
        RELATED if crossval["asked"].get("alteration", {}).get("copies") else "",
        card_tables.conditions(report),
        card_tables.lengths(report),
        SHORT,
        f"    voicegender robustness {shlex.quote(crossval['name'])}",
    ]


def _parts(data: dict[str, Any], *, cross_fitted: bool) -> str:
    rows = [
        f"| {part} | {facts['readers']} | {facts['recordings']} | {facts['female']} |"
        for part in PARTS
        if (facts := data.get("parts", {}).get(part))
    ]
    if not rows:
        return ""
    head = ["| part | readers | recordings | of women |", "|---|---|---|---|"]
    turns = ["", TURNS] if cross_fitted else []
    return "\n".join([*head, *rows, *turns])


def _wrong(metrics: dict[str, Any]) -> str:
    missed = metrics.get("wrong_readers", [])
    if not missed:
        return "No reader of the test part was heard otherwise than labelled."
    names = ", ".join(f"{row['speaker_id']} ({row['gender']})" for row in missed)
    return f"Readers heard otherwise than labelled: {names}."


def _thresholds(bundle: Bundle) -> str:
    calibration = bundle.calibration
    return (
        f"Below a probability of {calibration.lower:.2f} the voice is heard as male, from "
        f"{calibration.upper:.2f} on as female, between as uncertain; both were chosen on the "
        "readers held out."
    )
