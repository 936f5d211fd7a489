"""What a training would cost, said before it starts, and whom it would learn from."""

import threading
from pathlib import Path

import pytest

from pages import TRAINING, drawn, opened, said
from voicegender.errors import WorkError
from voicegender.extractors import EXTRACTORS
from voicegender.networks import NETWORKS
from voicegender.requests import config_asked
from voicegender.runs import Run
from voicegender.ui import loaders
from voicegender.ui.training import training_cost, training_form
from voicegender.ui.training.training_cost import EXCERPT, FEATURES, RESTS_ON, cost_of


def asked(corpus: Path, network: str) -> training_cost.Cost:
    """What a network would cost on a corpus."""
    source = training_form.Source(corpus, loaders.corpus(corpus).utterances)
    config = config_asked(corpus, network)
    return cost_of(source, config, training_form.parts_of(source, config))


def test_every_network_and_features_were_measured_or_count_as_the_slowest() -> None:
    assert set(EXCERPT) == {network.kind for network in NETWORKS}
    assert set(FEATURES) >= {extractor.kind for extractor in EXTRACTORS}


def test_a_run_s_own_pace_is_what_the_next_one_is_told_to_take(full: Run) -> None:
    corpus = Path(full.config.corpus)
    same = asked(corpus, "seed-lstm")
    assert (same.rests_on, same.n_missing, same.features) == ("own", 0, 0.0)
    assert same.epoch == pytest.approx(float(full.history["seconds"].median()))
    other = asked(corpus, "attentive")
    assert other.rests_on == "others"
    n = len(loaders.corpus(corpus).utterances)
    assert other.n_missing == n
    assert other.epoch / same.epoch == pytest.approx(
        EXCERPT["attentive"]
        / EXCERPT["seed-lstm"]
        * config_asked(corpus, "attentive").fitting.excerpts
    )


@pytest.mark.usefixtures("data")
def test_without_any_run_the_estimate_says_that_it_is_rough(demo_corpus: Path) -> None:
    cost = asked(demo_corpus, "probe")
    assert cost.rests_on == "elsewhere"
    assert cost.total > cost.features > 0


def test_the_page_says_who_learns_what_it_costs_and_what_that_rests_on(full: Run) -> None:
    app = opened(TRAINING)
    assert RESTS_ON["others"] in said(app)
    assert "are made first: about" in said(app)
    assert {one.label for one in app.metric} >= {"In all, about", "An epoch", "Recordings learnt"}
    readers = app.dataframe[0].value
    assert set(readers["Part"]) == {"train", "validation", "test"}
    assert len(readers) == 14
    next(box for box in app.selectbox if box.label == "Network").select("seed-lstm")
    app = drawn(app)
    assert RESTS_ON["own"] in said(app)
    assert "All features are there." in said(app)
    assert "Who was in which part" in str(opened(TRAINING, view="Runs", run=full.name).expander)


def test_of_two_trainings_started_at_once_one_is_refused(full: Run) -> None:
    config = config_asked(Path(full.config.corpus), "seed-lstm", settings=["fitting.epochs=500"])
    refused: list[str] = []

    def start(name: str) -> None:
        try:
            training_form.start(config, name)
        except WorkError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=start, args=(f"race-{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    assert all("is running" in one for one in refused)
    assert len([*full.folder.parent.glob("race-*")]) == 1
