"""Rules of a rubric that can never hold are named, and those of the shipped personas all can."""

import pytest
import yaml

from propersim.persona.library import load_persona, persona_ids, persona_template
from propersim.persona.parsing import parse_persona
from propersim.simulation.unreachable import unreachable_rules


def changed(**rubric):
    data = yaml.safe_load(persona_template())
    for dimension, rules in rubric.items():
        data["rubric"][dimension] |= rules
    return parse_persona(yaml.safe_dump(data))


@pytest.mark.parametrize("name", persona_ids()[::4])
def test_every_rule_of_a_shipped_persona_can_hold(name):
    assert unreachable_rules(load_persona(name)) == []


@pytest.mark.parametrize(
    ("rubric", "line"),
    [
        ({"timing": {"windows": [{"start": "03:00", "end": "05:00"}, {"start": "10:00", "end": "20:00"}]}}, "the person sleeps then"),
        ({"timing": {"windows": [{"during": ["woodwork"]}, {"start": "10:00", "end": "20:00"}]}}, "the routine never has woodwork"),
        (
            {"timing": {"windows": [{"during": ["lunch"]}, {"start": "10:00", "end": "20:00"}], "never_during": ["meal"]}},
            "never_during excludes every activity then",
        ),
        (
            {"preference": {"likes": [{"topics": ["music"], "during": ["pottery"]}, {"topics": ["art"]}], "dislikes": []}},
            "is never welcome",
        ),
        (
            {"preference": {"likes": [{"topics": ["music"], "during": ["pottery"]}], "dislikes": []}},
            "nothing can ever please",
        ),
        (
            {
                "timing": {"windows": [{"start": "10:00", "end": "20:00", "days": "weekdays"}]},
                "frequency": {"on_days": [{"days": "weekends", "min_per_day": 2, "max_per_day": 3}]},
            },
            "there is no window on these days",
        ),
        (
            {
                "timing": {"windows": [{"start": "10:00", "end": "11:00"}]},
                "frequency": {"min_per_day": 1, "max_per_day": 2, "on_days": [{"days": ["sun"], "min_per_day": 6, "max_per_day": 8}]},
            },
            "frequency.on_days on sun: at least 6 cannot be reached: the windows leave room for 1",
        ),
    ],
)
def test_a_rule_that_can_never_hold_is_named(rubric, line):
    assert any(line in one for one in unreachable_rules(changed(**rubric)))
