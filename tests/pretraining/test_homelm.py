"""HomeLM: its prompt and weights, its independence of the personas, and its training."""

import json
import random
import shutil
import subprocess
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open

from propersim.memory.evidence_tables import Tally
from propersim.memory.state import AssistantState, Past, Summary, Timers
from propersim.models import homelm_evidence_tokens as evidence_tokens
from propersim.models.homelm_codec import EagerCodec, HomeLMCodec, homelm_codec
from propersim.models.homelm_field_tokens import LONGEST, encode, field_tokens, tokens
from propersim.models.homelm_weights import EAGER, WEIGHTS
from propersim.models.model import LoadedModel
from propersim.pretraining.corpus import examples
from propersim.pretraining.lives import Life
from propersim.reading.classifier import default_reader
from propersim.world.catalogue import activities, tones, topics
from tests.known import known

ROOT = Path(__file__).parent.parent.parent
CARD = json.loads((WEIGHTS / "card.json").read_text(encoding="utf-8"))

names = st.sampled_from([*activities(), "something else"])
topic_names = st.one_of(st.none(), st.sampled_from([*topics(), "no topic"]))
minutes = st.floats(0, 1680)
scores = st.one_of(st.none(), st.integers(0, 4))
pasts = st.builds(Past, activity=names, topic=topic_names, text=st.just("x"), score=scores, minutes_ago=minutes)
some_topics = st.lists(st.sampled_from(list(topics())), max_size=3).map(tuple)
summaries = st.builds(
    Summary,
    hours_ago=st.floats(0, 20),
    hours=st.sampled_from([1.0, 4.0]),
    shown=st.integers(0, 100),
    topics=some_topics,
    activities=st.lists(names, max_size=2).map(tuple),
    mean_score=st.one_of(st.none(), st.floats(0, 4)),
)
states = st.builds(
    AssistantState,
    minute=minutes,
    weekday=st.integers(0, 6),
    activity=names,
    phrase=st.just("x"),
    room=st.sampled_from(["kitchen", "attic"]),
    focus=st.integers(1, 5),
    since=minutes,
    recent=st.lists(pasts, max_size=10).map(tuple),
    hours=st.lists(summaries, max_size=4).map(tuple),
    blocks=st.lists(summaries, max_size=3).map(tuple),
    memories=st.lists(pasts, max_size=5).map(tuple),
    timers=st.one_of(st.none(), st.builds(Timers, minutes, minutes, st.integers(0, 50), st.integers(0, 50))),
)


@given(states)
@settings(max_examples=150)
def test_a_prompt_is_at_most_96_known_tokens(state):
    assert len(encode(state)) == len(tokens(state)) <= LONGEST == 96


def tokenizer_of(folder):
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast.from_pretrained(folder)


def test_each_model_has_the_codec_of_its_tokens():
    new, old = tokenizer_of(WEIGHTS), tokenizer_of(EAGER)
    assert isinstance(homelm_codec(new), HomeLMCodec)
    assert type(homelm_codec(old)) is EagerCodec
    for tokenizer, fields in ((new, evidence_tokens.field_tokens()), (old, field_tokens())):
        assert [tokenizer.convert_tokens_to_ids(token) for token in fields] == list(range(len(fields)))
    text = "Why not listen to some quiet jazz?"
    assert homelm_codec(new).text([*homelm_codec(new).tokens(text), *homelm_codec(new).closing]) == text
    assert homelm_codec(old).about("music", "warm") == ()
    assert new.convert_ids_to_tokens(list(homelm_codec(new).about("music", "warm"))) == ["<about>", "<o:music>", "<n:warm>"]


EVIDENT = [moment.state for moment in islice(Life(random.Random(5)).moments(), 60)]


@given(st.sampled_from(EVIDENT), states)
@settings(max_examples=100)
def test_a_prompt_of_evidence_has_one_token_for_each_field(seen, other):
    """Also where nothing is known, and where activity and room are in no catalogue."""
    for state in (seen, other, replace(other, evidence=seen.evidence)):
        ids = evidence_tokens.encode(state)
        assert len(ids) == evidence_tokens.LENGTH
        assert max(ids) < len(evidence_tokens.field_tokens())


def test_numbers_of_a_field_are_near_where_its_values_are():
    few, many, none = (evidence_tokens.level(tally) for tally in (Tally(2, 0), Tally(20, 0), Tally(0, 20)))

    def far(one, two):
        near, other = (evidence_tokens.numbers("clock1", value) for value in (one, two))
        return sum((a - b) ** 2 for a, b in zip(near, other, strict=True))

    assert far(few, many) < far(many, none)
    assert evidence_tokens.numbers("clock1", evidence_tokens.level(Tally())) == (0, 0, 0, 0)
    assert all(-1 <= number <= 1 for _, field, value in evidence_tokens.numbered() for number in evidence_tokens.numbers(field, value))


def test_the_weights_are_small_and_plain():
    for folder in (WEIGHTS, EAGER):
        files = list(folder.iterdir())
        assert {file.suffix for file in files} <= {".safetensors", ".json", ".nf4"}
        with safe_open(folder / "model.safetensors", "pt") as weights:
            assert weights.keys()
        with safe_open(folder / "model.nf4", "pt") as packed:
            assert packed.keys()
    assert sum(file.stat().st_size for file in WEIGHTS.parent.rglob("*") if file.is_file()) <= 15_000_000


def test_it_knows_nothing_of_the_personas(tmp_path):
    """The corpus has the hash on the card even if there are no personas."""
    shutil.copytree(ROOT / "propersim", tmp_path / "propersim", ignore=shutil.ignore_patterns("weights", "eager", "__pycache__"))
    (tmp_path / "personas").mkdir()
    code = "from propersim.persona.library import persona_ids; assert persona_ids() == []\n"
    code += "from propersim.pretraining.corpus import corpus_hash; print(corpus_hash())\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == CARD["corpus"]


def test_the_corpus_is_varied_and_can_be_read():
    rows = list(examples(1500, seed=9))
    said = [row for row in rows if row.text is not None]
    assert 0.2 <= len(said) / len(rows) <= 0.4
    assert len({row.text for row in said}) > 0.95 * len(said)
    assert {row.topic for row in said if row.given} == set(topics())
    assert 0.005 < sum(row.right for row in rows) / len(rows) < 0.5
    readings = [(default_reader().read(known(row.text)), row) for row in said]
    assert sum((r.topic, r.tone) == (row.topic, row.tone) for r, row in readings) >= 0.985 * len(said)


@pytest.mark.slow
def test_more_processes_make_the_same_corpus():
    assert list(examples(700, seed=4, processes=2)) == list(examples(700, seed=4))


@pytest.mark.slow
def test_it_speaks_about_what_it_is_given():
    """Drawn sentences have the topic and tone that are given, as the reader sees it: most topics and nearly all tones.

    In a run several are drawn, and the first that fits is said.
    """
    model = LoadedModel("homelm")
    decision = model.decide(model.codec.prompt(EVIDENT[0]))
    wanted = [(topic, tone) for topic in topics() for tone in tones()]
    said = model.say(decision, range(len(wanted)), [model.codec.about(*one) for one in wanted])
    readings = [default_reader().read(text or "") for text in said]
    assert sum(reading.topic == topic for reading, (topic, _) in zip(readings, wanted, strict=True)) >= 0.85 * len(wanted)
    assert sum(reading.tone == tone for reading, (_, tone) in zip(readings, wanted, strict=True)) >= 0.98 * len(wanted)


@pytest.mark.slow
@pytest.mark.timeout(2800)
def test_it_can_be_built_anew(tmp_path):
    """A smoke test of the whole training, on a small corpus."""
    command = [sys.executable, "-m", "propersim", "models", "build", "homelm", "--out", str(tmp_path), "--examples", "3000", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=2700)
    assert done.returncode == 0, done.stderr
    card = json.loads(done.stdout)
    assert card["corpus"] == CARD["corpus"]
    assert card["perplexity"] > CARD["perplexity"]
    assert (tmp_path / "model.safetensors").is_file()
