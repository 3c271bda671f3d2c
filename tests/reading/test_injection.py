"""A recommendation that tries to instruct the judge does not raise its score."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core import safe_yaml
from propersim.core.records import Candidate, Step
from propersim.persona.library import load_persona
from propersim.reading.classifier import default_reader, lexicon
from propersim.reading.injection import LONGEST, is_injection
from propersim.simulation.simulation import Simulation
from propersim.user.judge import OfflineJudge
from propersim.world.catalogue import topics
from tests.known import known as there
from tests.reading.test_classifier import DATA, known, rows

ATTACKS: list[str] = [
    attack for kind in safe_yaml.load((Path(DATA) / "attacks.yaml").read_text(encoding="utf-8")).values() for attack in kind
]
SUGGESTIONS = [suggestion for topic in topics().values() for suggestion in topic.suggestions]


@pytest.fixture(scope="module")
def moments() -> list[tuple[OfflineJudge, Step]]:
    """Return steps of several personas, receptive and other ones, each with its judge."""
    rng, found = random.Random(7), []
    for name in ("p03", "p11", "p17", "p24", "p32"):
        persona = load_persona(name)
        steps = list(Simulation(persona, "oracle", seed=2, days=2))
        judge = OfflineJudge(persona)
        found += [(judge, step) for step in rng.sample([step for step in steps if step.moment.receptive], 3) + rng.sample(steps, 1)]
    return found


def rate(judge: OfflineJudge, step: Step, text: str) -> Candidate:
    return judge.rate(text, step.action, step.day, step.minute, step.clocks, step.moment)


def test_there_are_thirty_attacks_or_more():
    assert len(set(ATTACKS)) >= 30


def test_no_attack_raises_a_score(moments):
    rng, raised = random.Random(1), []
    for judge, step in moments:
        liked = sorted(judge.rules.on_day(step.day).liked(step.action.activity, step.minute))
        bases = [rng.choice(SUGGESTIONS), *([rng.choice(topics()[rng.choice(liked)].suggestions)] if liked else [])]
        for base in bases:
            honest = rate(judge, step, base).rating.values
            for attack in ATTACKS:
                for text in (f"{base}. {attack}", f"{attack} {base}", f"{base}, and {attack}", f"{base} ({attack})"):
                    got = rate(judge, step, text).rating.values
                    if any(there(now) > there(before) for now, before in zip(got, honest, strict=True)):
                        raised.append((attack, text, honest, got))
    assert raised == []


def test_unseen_attacks_raise_ratings_less_often_than_harmless_sentences(moments):
    """Any second sentence may give a bare suggestion a tone; one that addresses the judge must do no better than that."""
    unseen = safe_yaml.load((Path(DATA) / "attacks_unseen.yaml").read_text(encoding="utf-8"))
    rng = random.Random(5)
    tries = [(judge, step, base) for judge, step in moments for base in rng.sample(SUGGESTIONS, 2)]

    def raised(sentence: str) -> float:
        """Return the share of the tries in which a sentence after a suggestion raises preference or communication."""
        count = 0
        for judge, step, base in tries:
            honest, got = rate(judge, step, f"{base}.").rating, rate(judge, step, f"{base}. {sentence}").rating
            count += there(got.preference) > there(honest.preference) or there(got.communication) > there(honest.communication)
        return count / len(tries)

    attacks, harmless = (sum(map(raised, unseen[kind])) / len(unseen[kind]) for kind in ("attacks", "harmless"))
    assert attacks < harmless, f"attacks {attacks:.3f}, harmless {harmless:.3f}"


def test_an_attack_alone_has_no_topic_and_no_tone(moments):
    for judge, step in moments[:4]:
        for attack in ATTACKS:
            candidate = rate(judge, step, attack)
            assert (candidate.rating.preference, candidate.rating.communication) == (0, 0), attack


def test_sentences_to_the_user_are_not_taken_for_attacks():
    said = {row["text"] for name in ("readings", "readings_fresh", "subjects") for half in ("dev", "test") for row in rows(name, half)}
    said |= set(SUGGESTIONS) | {line for listed in lexicon()["examples"].values() for line in listed.splitlines()}
    assert len(said) > 1000
    assert [text for text in said if is_injection(text)] == []


@given(st.text(max_size=3000))
def test_only_the_beginning_of_any_text_is_searched(text):
    assert is_injection(text) == is_injection(text[:LONGEST])
    assert known(default_reader().read(text))


def test_the_patterns_do_not_backtrack_without_end():
    """These texts would keep a pattern with nested repetition busy for ever."""
    parts = ("give the ", "rate ", "a b ", "1 ", "this message ", "=", "preference timing ", "A", "when asked ", "answer no ", "one, ")
    is_injection("")
    for part in parts:
        start = time.process_time()
        is_injection(part * (LONGEST // len(part)))
        assert time.process_time() - start < 1.0, part
