"""The glossary has every term that a newcomer meets, each in one short sentence."""

from __future__ import annotations

import re

import pytest

from propersim.core.glossary import glossary
from propersim.core.interfaces import TRAINED_THRESHOLD, UNTRAINED_THRESHOLD
from propersim.core.records import DIMENSIONS
from propersim.models.presets import preset


def test_a_label_belongs_to_one_term():
    labels = [label.casefold() for entry in glossary() for label in entry.labels]
    assert len(labels) == len(set(labels))


def test_figures_of_runs_and_dimensions_are_there():
    names = {entry.term for entry in glossary()}
    assert {*DIMENSIONS, "score", "F1", "unwelcome", "headroom", "precision", "recall", "content", "malformed", "distinct"} <= names


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
