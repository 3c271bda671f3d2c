"""HomeLM's sentences are well-formed, varied and in words of its corpus; the figures count correctly."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from propersim.cli.main import app
from propersim.core.errors import InputError
from propersim.models.homelm_evidence_tokens import LENGTH
from propersim.pretraining.check import Drawn, draw, figures, known_words, masked, words
from propersim.pretraining.corpus import examples
from propersim.pretraining.sentences import suggestions
from propersim.world.catalogue import tones, topics
from tests.tiny_models import changed, chat_tokenizer, tiny, tiny_folder  # noqa: F401 - fixtures


@pytest.fixture(scope="module")
def corpus():
    return [row for row in examples(1200, seed=3) if row.text is not None]


def test_the_corpus_itself_passes(corpus):
    found = figures([Drawn(row.text, len(row.prompt)) for row in corpus])
    assert found["well_formed"] == 1.0
    assert (found["malformed"], found["unread"], found["strange_words"], found["strange"]) == (0, 0, 0.0, 0.0)
    assert found["topics"] == len(topics())
    assert found["tones"] == len(tones())
    assert found["distinct_masked"] <= found["distinct"] <= len(corpus)
    assert found["longest_prompt"] == LENGTH


def test_what_is_wrong_is_counted_and_shown():
    good = "How about a cup of tea before lunch?"
    assert figures([Drawn(good, 20)])["well_formed"] == 1.0
    found = figures([Drawn(good, 20), Drawn(None, 30), Drawn("Of of of the the.", 10), Drawn("How about a cup of teabrella?", 10)])
    assert (found["sentences"], found["malformed"], found["unread"]) == (4, 1, len(found["examples"]["unread"]))
    assert found["examples"]["unread"][0] == "Of of of the the."
    assert "teabrella" in found["examples"]["strange_words"]
    assert found["strange"] >= 0.25
    assert found["longest_prompt"] == 30
    assert figures([])["well_formed"] == 0.0


def test_a_known_suggestion_is_its_topic_wherever_it_stands():
    topic, (one, *_) = next(iter(suggestions().items()))
    assert masked(f"How about this: {one}?") == masked(f"How about this: {one[0].upper()}{one[1:]}?") == f"how about this: <{topic}>?"
    assert masked("Nothing of the kind.") == "nothing of the kind."


def test_words_of_the_corpus_are_known(corpus):
    assert {word for row in corpus for word in words(row.text)} <= known_words()


def test_other_models_are_loaded_and_told_about(tiny, changed):  # noqa: F811
    done = CliRunner().invoke(app, ["models", "check", str(tiny), "--json"])
    found = json.loads(done.stdout)
    assert found["longest_position"] == 2048
    assert found["linear4bit_layers"] == 14
    assert 128 < found["shortest_prompt_and_answer"] < found["full_prompt_and_answer"] < 2048
    assert found["warning"] is None
    changed(tiny, max_position_embeddings=found["full_prompt_and_answer"] - 1)
    done = CliRunner().invoke(app, ["models", "check", str(tiny)])
    assert "the oldest parts of longer prompts are left out" in " ".join(done.stdout.split())


def test_models_that_cannot_be_used_are_refused(tiny, changed):  # noqa: F811
    changed(tiny, max_position_embeddings=128)
    for name, said in ((str(tiny), "its longest position is 128, but"), ("smollm2", "not in the hub's cache")):
        done = CliRunner().invoke(app, ["models", "check", name])
        assert isinstance(done.exception, InputError)
        assert said in done.exception.message


def test_sixty_sentences():
    drawn = draw(60, seed=1)
    found = figures(drawn)
    assert found["well_formed"] >= 0.9
    assert found["distinct"] >= 50
    assert found["longest_prompt"] == LENGTH
    assert draw(5, seed=1) == drawn[:5], "the same seed, the same sentences"


@pytest.mark.slow
def test_a_thousand_sentences():
    command = [sys.executable, "-m", "propersim", "models", "check", "homelm", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=840)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["sentences"] == 1000
    assert found["well_formed"] >= 0.99, found
    assert found["distinct"] >= 500
    assert found["distinct_masked"] >= 200
    assert found["topics"] >= 20
    assert found["tones"] >= 6
    assert found["longest_prompt"] == LENGTH
