"""The offline judge compared with 256 ratings made by hand from the personas' own words (tests/data/judge_cases.jsonl)."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from propersim.core.records import DIMENSIONS, Action, Clocks, Place
from propersim.experiments.agreement import rater_agreement
from propersim.persona.library import load_persona, persona_ids
from propersim.user.clocks import moment
from propersim.user.judge import OfflineJudge
from tests.known import known
from tests.reading.test_classifier import DATA

CASES = [json.loads(line) for line in (DATA / "judge_cases.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def pairs() -> dict[str, list[tuple[int, int]]]:
    """Return (rating by hand, rating of the judge) for each dimension, in the order of the cases."""
    judges = {name: OfflineJudge(load_persona(name)) for name in persona_ids()}
    found: dict[str, list[tuple[int, int]]] = {name: [] for name in DIMENSIONS}
    for case in CASES:
        judge = judges[case["persona"]]
        action = Action(case["activity"], case["phrase"], Place("", "", 0, 0), case["minute"], case["minute"] + 1, 3)
        clocks = Clocks(case["gap"], case["gap"], case["shown"])
        now = moment(judge.rules.on_day(case["day"]), 1e6, case["activity"], case["minute"], clocks)
        rating = judge.rate(case["text"], action, case["day"], case["minute"], clocks, now).rating
        for name, value in zip(DIMENSIONS, rating.values, strict=True):
            found[name].append((case[name], known(value)))
    return found


def test_the_set_is_large_and_has_both_answers():
    assert len(CASES) >= 200
    assert {case["persona"] for case in CASES} == set(persona_ids())
    for name in DIMENSIONS:
        counts = Counter(case[name] for case in CASES)
        assert min(counts[0], counts[1]) >= 0.2 * len(CASES), name


@pytest.mark.parametrize("name", DIMENSIONS)
def test_the_judge_agrees_with_the_hand_in_nine_of_ten_cases(pairs, name):
    share = rater_agreement(pairs[name]).share
    assert share is not None
    assert share >= 0.90, f"{name}: {share:.3f}"
    kappa = rater_agreement(pairs[name]).kappa
    assert kappa is not None
    assert kappa >= 0.75, "not by saying the same throughout"
