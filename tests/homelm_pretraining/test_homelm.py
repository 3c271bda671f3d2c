"""HomeLM: its prompt and weights, its independence of the personas, and its training."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open

from propersim.homelm_pretraining.corpus import examples
from propersim.memory.state import AssistantState, Past, Summary, Timers
from propersim.models.homelm_field_tokens import LONGEST, encode, tokens
from propersim.models.homelm_weights import WEIGHTS
from propersim.reading.classifier import default_reader
from propersim.world.catalogue import activities, topics
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


def test_the_weights_are_small_and_plain():
    files = list(WEIGHTS.iterdir())
    assert sum(file.stat().st_size for file in files) <= 15_000_000
    assert {file.suffix for file in files} <= {".safetensors", ".json"}
    with safe_open(WEIGHTS / "model.safetensors", "pt") as weights:
        assert weights.keys()


def test_it_knows_nothing_of_the_personas(tmp_path):
    """The corpus has the hash on the card even if there are no personas."""
    shutil.copytree(ROOT / "propersim", tmp_path / "propersim", ignore=shutil.ignore_patterns("weights", "__pycache__"))
    (tmp_path / "personas").mkdir()
    code = "from propersim.persona.library import persona_ids; assert persona_ids() == []; import sys\n"
    code += "assert 'propersim.persona.model' in sys.modules; del sys.modules['propersim.persona.model']\n"
    code += "from propersim.homelm_pretraining.corpus import corpus_hash; print(corpus_hash())\n"
    code += "assert 'propersim.persona.model' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == CARD["corpus"]


def test_the_corpus_is_varied_and_can_be_read():
    rows = list(examples(1500, seed=9))
    said = [row for row in rows if row.text is not None]
    assert 0.75 <= len(said) / len(rows) <= 0.9
    assert len({row.text for row in said}) > 0.95 * len(said)
    assert {row.topic for row in said} == set(topics())
    readings = [(default_reader().read(known(row.text)), row) for row in said]
    assert sum((r.topic, r.tone) == (row.topic, row.tone) for r, row in readings) >= 0.985 * len(said)


@pytest.mark.slow
@pytest.mark.timeout(2800)
def test_it_can_be_built_anew(tmp_path):
    """A smoke test of the whole training, on a small corpus."""
    command = [sys.executable, "-m", "propersim", "models", "build", "homelm", "--out", str(tmp_path), "--examples", "2000", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=2700)
    assert done.returncode == 0, done.stderr
    card = json.loads(done.stdout)
    assert card["corpus"] == CARD["corpus"]
    assert card["perplexity"] > CARD["perplexity"]
    assert (tmp_path / "model.safetensors").is_file()
