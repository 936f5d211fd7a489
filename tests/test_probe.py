"""Heads of a probe: what each learns from, what each is judged by, what they answer together."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from voicegender.batches import labels_by_head
from voicegender.calibration import log_odds_of
from voicegender.config import to_json
from voicegender.errors import SettingError
from voicegender.fitting import SMALLEST, UNASKED, Fitting, accuracy, heads_crossentropy
from voicegender.parts import Row, write_part
from voicegender.probe import Probe
from voicegender.process import Reporter
from voicegender.requests import config_asked
from voicegender.runs import Run, create_run
from voicegender.split import PARTS
from voicegender.store import FeatureSet, create_feature_set
from voicegender.voice_encoder import VoiceEmbedding

N_READERS, N_EACH, N_WINDOWS, HEADS = 24, 2, 4, 3
CHANGED = "7"
"""The reader whose label is turned round; it learns, so it does not test."""


def rows_of_readers(n: int = N_READERS) -> pd.DataFrame:
    """Two recordings a reader, women and men in turn; every sixth pair of readers tests."""
    reader = np.repeat(np.arange(n), N_EACH)
    return pd.DataFrame(
        {
            "utterance_id": [f"{r}-{i}" for r in range(n) for i in range(N_EACH)],
            "speaker_id": reader.astype(str),
            "gender": np.where(reader % 2, "F", "M"),
            "subset": "all",
            "path": "nowhere",
            "duration": float(N_WINDOWS),
            "part": [PARTS[max(0, r // 2 % 6 - 3)] for r in reader.tolist()],
        }
    )


def embeddings(folder: Path, rows: pd.DataFrame) -> FeatureSet:
    """A feature set whose frames lie where their reader's number says, with a reader's own error.

    They do not depend on the labels in ``rows``.
    """
    rng = np.random.default_rng(0)
    axis, own = rng.normal(size=512), rng.normal(size=(len(rows) // N_EACH, 512))
    facts = {"extractor": to_json(VoiceEmbedding()), "n_features": 512, "source": "nowhere"}
    features = create_feature_set(folder, rows.drop(columns="part"), facts)
    made = []
    for i, name in enumerate(rows["utterance_id"]):
        reader = i // N_EACH
        sign = 0.05 if reader % 2 else -0.05
        values = sign * axis + own[reader] + 0.5 * rng.normal(size=(N_WINDOWS, 512))
        made.append(Row(name, 0.0, float(N_WINDOWS), values.astype(np.float32)))
    write_part(features.part(0), made, half=True)
    return features


def shares_by_number(_config: object, rows: pd.DataFrame) -> dict[str, int]:
    """Shares that do not depend on labels."""
    return {name: int(name) // 2 % HEADS for name in rows["speaker_id"]}


@dataclass(frozen=True)
class Fitted:
    """A probe of three heads after three epochs: kernel (512, heads, 2) and bias (heads, 2)."""

    rows: pd.DataFrame
    run: Run
    features: FeatureSet
    kernel: NDArray[np.float32]
    bias: NDArray[np.float32]


def fitted(folder: Path, corpus: Path, rows: pd.DataFrame) -> Fitted:
    """Fit a probe to the embeddings of some readers, whose shares do not depend on labels."""
    from voicegender.fit import fit

    settings = [f"network.heads={HEADS}", "network.penalty=0.001", "fitting.epochs=3"]
    config = config_asked(corpus, "probe", settings=[*settings, "fitting.excerpts=2"])
    run = create_run(folder / "runs", "probe", config)
    features = embeddings(folder / "features", rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("voicegender.fit.shares_of", shares_by_number)
        model = fit(run, config, features, rows, Reporter(run.folder, None))
    kernel, bias = (np.asarray(w) for w in model.trainable_weights)
    return Fitted(rows, run, features, kernel.reshape(512, HEADS, 2), bias.reshape(HEADS, 2))


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory, demo_corpus: Path) -> Fitted:
    return fitted(tmp_path_factory.mktemp("probe"), demo_corpus, rows_of_readers())


def test_a_head_knows_no_label_of_the_readers_it_leaves_out_nor_of_those_who_test(
    probe: Fitted, demo_corpus: Path, tmp_path: Path
) -> None:
    rows = probe.rows
    turn = (rows["speaker_id"] == CHANGED) | (rows["part"] == "test")
    other = rows["gender"].map({"F": "M", "M": "F"})
    after = fitted(tmp_path, demo_corpus, rows.assign(gender=rows["gender"].mask(turn, other)))
    own = shares_by_number(None, rows)[CHANGED]
    for head in range(HEADS):
        same = np.array_equal(probe.kernel[:, head], after.kernel[:, head])
        assert same == (head == own)
        assert np.array_equal(probe.bias[head], after.bias[head]) == (head == own)


def test_heads_are_judged_by_the_readers_they_leave_out_alone(probe: Fitted) -> None:
    learnt = probe.rows[probe.rows["part"] != "test"]
    loaded = probe.features.load()
    x = np.stack([loaded.of(i) for i in learnt.index])
    flat = x.reshape(-1, 512)
    middle = (x[:, (N_WINDOWS - 1) // 2] - flat.mean(axis=0)) / flat.std(axis=0)
    logits = np.einsum("nf,fhl->nhl", middle, probe.kernel) + probe.bias
    head = learnt["speaker_id"].map(shares_by_number(None, probe.rows)).to_numpy()
    female = (learnt["gender"] == "F").to_numpy()
    right = logits.argmax(axis=2) == female[:, None]
    own = right[np.arange(len(head)), head].mean()
    assert own != right.mean()  # other heads, which learnt from these readers, answer otherwise
    assert probe.run.history["val_accuracy"].iat[-1] == pytest.approx(own, abs=1e-6)


def test_each_head_learns_from_all_but_its_own_readers_and_is_judged_by_them() -> None:
    rows = rows_of_readers()
    shares = shares_by_number(None, rows)
    learn, judge = labels_by_head(rows, shares, HEADS)
    assert learn.shape == judge.shape == (len(rows), HEADS)
    female = (rows["gender"] == "F").to_numpy()
    for head in range(HEADS):
        own = (rows["speaker_id"].map(shares) == head).to_numpy()
        assert (learn[own, head] == UNASKED).all()
        assert (judge[~own, head] == UNASKED).all()
        np.testing.assert_array_equal(learn[~own, head], female[~own])
        np.testing.assert_array_equal(judge[own, head], female[own])


def some_answers(n: int = 7) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Labels with some unasked, at least one asked a row, and probabilities."""
    rng = np.random.default_rng(0)
    truth = rng.integers(-1, 2, (n, HEADS)).astype(np.int32)
    truth[:, 0] = rng.integers(0, 2, n)
    p = rng.uniform(0.01, 1, (n, HEADS, 2)).astype(np.float32)
    return truth, p / p.sum(axis=2, keepdims=True)


def test_the_loss_of_heads_is_the_cross_entropy_of_those_that_are_asked() -> None:
    truth, p = some_answers()
    p[0, 0] = (1, 0)
    truth[0, 0] = 1  # certain and wrong: the loss stays finite
    loss, right = np.asarray(heads_crossentropy(truth, p)), np.asarray(accuracy(truth, p))
    for i in range(len(truth)):
        asked = [h for h in range(HEADS) if truth[i, h] != UNASKED]
        said = np.array([max(p[i, h, truth[i, h]], SMALLEST) for h in asked])
        assert loss[i] == pytest.approx(-np.log(said).mean(), rel=1e-5)
        hits = [p[i, h].argmax() == truth[i, h] for h in asked]
        assert right[i] == pytest.approx(np.mean(hits))


def test_heads_that_are_not_asked_get_no_gradient() -> None:
    import tensorflow as tf

    truth, p = some_answers()
    with tf.GradientTape() as tape:
        answers = tf.constant(p)
        tape.watch(answers)
        loss = heads_crossentropy(tf.constant(truth), answers)
    gradient = np.asarray(tape.gradient(loss, answers))
    assert not gradient[truth == UNASKED].any()
    assert gradient[truth != UNASKED].any(axis=1).all()


def test_the_model_that_answers_is_the_mean_of_the_heads_log_odds() -> None:
    network = Probe(heads=HEADS)
    model = network.build(16)
    rng = np.random.default_rng(0)
    model.set_weights([np.abs(rng.normal(1, 0.3, w.shape)) for w in model.get_weights()])
    x = rng.normal(size=(5, 3, 16)).astype(np.float32)
    heads = np.asarray(model(x))
    assert heads.shape == (5, HEADS, 2)
    each = np.stack([log_odds_of(heads[:, head]) for head in range(HEADS)])
    assert np.ptp(each, axis=0).min() > 0.01  # they differ
    together = log_odds_of(np.asarray(network.answering(model)(x)))
    np.testing.assert_allclose(together, each.mean(axis=0), atol=1e-4)


def test_a_probe_answers_for_a_voice_as_the_mean_of_its_windows() -> None:
    network = Probe(heads=2)
    model = network.build(8)
    rng = np.random.default_rng(1)
    model.set_weights([np.abs(rng.normal(1, 0.3, w.shape)) for w in model.get_weights()])
    x = rng.normal(size=(1, 4, 8)).astype(np.float32)
    answering = network.answering(model)
    each = [log_odds_of(np.asarray(answering(x[:, i : i + 1]))) for i in range(4)]
    whole = log_odds_of(np.asarray(answering(x)))
    np.testing.assert_allclose(whole, np.mean(each, axis=0), atol=1e-4)


def test_the_penalty_of_a_head_does_not_depend_on_how_many_there_are() -> None:
    """The loss is a mean over heads: twice the heads, half the penalty of each."""
    losses = []
    for heads in (2, 4):
        model = Probe(heads=heads, penalty=0.5).build(3)
        model.set_weights([np.ones(w.shape) for w in model.get_weights()])
        losses.append(float(sum(model.losses)))
    assert losses == pytest.approx([0.5 * 3 * 2] * 2)


def test_a_network_of_heads_is_compiled_with_their_loss() -> None:
    model = Probe().build(4)
    Fitting().compile(model, n_steps=1)
    assert model.loss is heads_crossentropy


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"heads": 1}, "probe heads: 1 will not do; 2 or more"),
        ({"penalty": -0.1}, "probe penalty: -0.1 will not do; 0 or more"),
    ],
)
def test_a_probe_that_makes_no_sense_is_refused(asked: dict[str, int], reason: str) -> None:
    with pytest.raises(SettingError, match=reason):
        Probe(**asked)
