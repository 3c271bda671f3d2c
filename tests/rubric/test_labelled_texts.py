"""Labelled rubric texts: no rule with a tick is wrong, and most texts are read exactly."""

from collections import Counter

import pytest

from propersim.core import clock
from propersim.persona.library import persona_ids
from propersim.rubric import WakingHours, compile_rubric
from propersim.rubric.day_minutes import REFUSED_HOURS
from tests.rubric.labelled import HOURS, atoms, first_sight, label, labelled, verdict


@pytest.mark.parametrize("case", labelled(), ids=lambda case: case["text"][:60])
def test_no_rule_with_a_tick_is_wrong(case):
    result, facts = verdict(case)
    assert result != "wrong", facts


@pytest.mark.parametrize(
    "case",
    [one for part in ("unseen-8", "unseen-9") for one in labelled(part) if one["kind"] != "quiet"],
    ids=lambda case: case["text"][:60],
)
def test_no_rule_of_doubtful_meaning_is_used(case):
    compiled = compile_rubric({case["field"]: case["text"]}, HOURS, only=[case["field"]])
    used = atoms(case["field"], {} if compiled.errors else compiled.rubric[case["field"]])
    assert used <= label(case["field"], case["right"]) | label(case["field"], case.get("also", {}))


@pytest.mark.parametrize(
    "case",
    [one for part in ("unseen-8", "unseen-9") for one in labelled(part) if one["kind"] == "refused refusal"],
    ids=lambda case: case["text"][:60],
)
def test_hours_are_not_refused_by_a_refused_refusal(case):
    findings = compile_rubric({case["field"]: case["text"]}, HOURS, only=[case["field"]]).findings
    assert not [item for item in findings if item.applied and item.reason == REFUSED_HOURS]


@pytest.mark.slow
@pytest.mark.parametrize("case", first_sight(), ids=lambda case: case["text"][:60])
def test_no_other_rule_of_a_text_written_before_it_was_run_has_a_tick(case):
    compiled = compile_rubric({case["field"]: case["text"]}, HOURS, only=[case["field"]])
    ticked = [[item.key, item.rule] for item in compiled.findings if item.key and item.applied and item.confidence == "high"]
    assert [one for one in ticked if one not in case.get("ticks", [])] == []


@pytest.mark.parametrize(("part", "least"), [("given", 0.95), ("tune", 0.95), ("held", 0.9), ("published", 0.6), ("days", 0.75)])
def test_most_texts_are_read_exactly(part, least):
    counts = Counter(verdict(case)[0] for case in labelled(part))
    assert counts["right"] / counts.total() >= least, counts


@pytest.mark.parametrize("persona_id", persona_ids())
def test_no_rule_with_a_tick_contradicts_the_rules_beside_the_text_of_a_shipped_persona(personas, persona_id):
    persona = personas[persona_id]
    rubric = persona.rubric.model_dump(mode="json", exclude_none=True)
    life = persona.lifestyle
    hours = WakingHours(clock.parse_time(life.wake), clock.parse_time(life.sleep, latest=clock.LATEST))
    for field in ("preference", "timing", "communication"):
        compiled = compile_rubric({field: rubric[field]["text"]}, hours, only=[field])
        for item in compiled.findings:
            if item.applied and item.confidence == "high" and item.key:
                rule = [item.rule] if item.key in ("likes", "windows") else item.rule
                assert atoms(field, {item.key: rule}) <= atoms(field, rubric[field]), item
