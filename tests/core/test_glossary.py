"""The glossary has every term that a newcomer meets, each in one short sentence."""

from __future__ import annotations

import re

import pytest

from propersim.core.glossary import glossary
from propersim.core.interfaces import TRAINED_THRESHOLD, UNTRAINED_THRESHOLD
from propersim.core.records import DIMENSIONS
from propersim.models.presets import preset

TERMS = {
    *("score", *DIMENSIONS, "welcome", "unwelcome", "missed need", "success rate", "precision", "recall", "F1", "headroom"),
    *(
        "content",
        "distinct",
        "feedback",
        "in band",
        "malformed",
        "receptive",
        "wanted moment",
        "overdue",
        "satisfying",
        "gap",
        "need",
        "G_min",
        "G_max",
    ),
    *("P(speak)", "threshold", "candidate", "preference pair", "replay buffer", "adapter", "night", "day", "timestep"),
    *("silent", "eager", "random", "oracle", "digest", "rubric", "rating", "judge", "persona", "assistant", "user agent"),
    *("recommendation", "silence", "run", "action", "control", "boundary", "agreement", "displacement"),
    *("suggestion", "step", "window", "variant", "world", "absorption", "receptive interval", "band"),
    *("exploration budget", "held out", "feedback mode", "drift"),
    *("conditional", "built-in persona", "published personas", "developed on", "held back", "distinct", "feedback"),
}


def test_every_term_is_there_once():
    names = [entry.term for entry in glossary()]
    assert set(names) == TERMS
    assert len(names) == len(set(names))


@pytest.mark.parametrize("entry", glossary(), ids=lambda entry: entry.term)
def test_definitions_are_one_short_sentence(entry):
    assert 0 < len(entry.definition) <= 140
    assert entry.definition.endswith(".")
    assert not re.search(r"[.!?] [A-Z]", entry.definition), "one sentence"
    assert "\n" not in entry.definition + entry.more


def test_the_thresholds_are_those_of_the_assistant():
    entry = next(entry for entry in glossary() if entry.term == "threshold")
    assert f"{UNTRAINED_THRESHOLD:g} without and {TRAINED_THRESHOLD:g} with an adapter" in entry.more
    assert f"{preset('homelm').teaching.speak_above:g} for HomeLM" in entry.definition
