"""The activity that older versions called ``work_out``: persona files and records of then are read, and HomeLM's tokens stay."""

from __future__ import annotations

import json

from propersim.core.records import Action, Place, from_json, to_json
from propersim.models.homelm_field_tokens import field_tokens
from propersim.persona.library import load_persona
from propersim.persona.model import Persona
from propersim.world.catalogue import activities


def test_a_persona_file_of_before_is_read_as_the_same_persona():
    persona = load_persona("p24")
    before = persona.model_dump_json().replace("away_at_work", "work_out")
    assert "work_out" in before
    assert Persona.model_validate_json(before) == persona


def test_a_record_of_before_is_read_with_the_present_id():
    action = Action("away_at_work", 'saying "activity":"work_out"', Place("hall", "front_door", 1, 1), 0.0, 60.0, 4)
    assert from_json(Action, to_json(action)) == action, "a text that quotes the old id stays as it is"
    before = to_json(action).replace(b'"activity":"away_at_work"', b'"activity":"work_out"')
    assert json.loads(before)["activity"] == "work_out"
    assert from_json(Action, before) == action
    assert from_json(Action, before.decode()) == action


def test_the_token_keeps_its_name():
    assert "<a:work_out>" in field_tokens()
    assert "<a:away_at_work>" not in field_tokens()
    assert "away_at_work" in activities()
