"""Personas whose rubric changes: made of two, stored, and never read from a file."""

from __future__ import annotations

import pytest

from propersim.core.errors import InputError, PersonaError
from propersim.persona.drift import DriftingPersona, drift_of, drifting, load_run_persona, persona_from_json, usual_drifts
from propersim.persona.library import load_persona, persona_ids, persona_path
from propersim.simulation.persona_check import check_persona
from propersim.simulation.unreachable import unreachable_rules


def test_the_rubric_alone_changes_and_only_from_that_day_on(personas):
    one, other = personas["p01"], personas["p08"]
    persona = drifting(one, 3, other)
    assert [persona.on_day(day) == one for day in (0, 1, 2)] == [True] * 3
    for day in (3, 4, 10_000):
        later = persona.on_day(day)
        assert later == one.model_copy(update={"rubric": other.rubric})
        assert drift_of(later) is None
    assert one.on_day(3) is one
    assert drift_of(one) is None


def test_a_stored_persona_comes_back_with_its_change(personas):
    persona = drifting(personas["p01"], 3, personas["p08"])
    assert persona_from_json(persona.model_dump_json()) == persona
    assert persona_from_json(personas["p01"].model_dump_json()) == personas["p01"]
    for wrong in ("", "[]", "{", '{"drift": 3}', "[" * 100_000):
        with pytest.raises(ValueError, match=r"."):
            persona_from_json(wrong)


def test_a_persona_file_cannot_change_its_rubric(personas, tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(drifting(personas["p01"], 3, personas["p08"]).model_dump_json())
    with pytest.raises(PersonaError, match="drift"):
        load_persona(path)


def test_every_built_in_persona_has_another_one_and_the_held_back_ones_one_of_theirs():
    half = len(persona_ids()) // 2
    table, ids = usual_drifts(), persona_ids()
    assert sorted(table) == ids
    for one, other in table.items():
        assert one != other
        assert (ids.index(one) < half) == (ids.index(other) < half) or one == "p11"


def test_a_file_needs_the_other_persona_even_under_a_built_in_id(tmp_path):
    found = load_run_persona("p01", 8)
    assert isinstance(found, DriftingPersona)
    assert (found.drift.day, found.drift.persona) == (8, usual_drifts()["p01"])
    assert load_run_persona("p01") == load_persona("p01")
    copy = tmp_path / "copy.yaml"
    copy.write_bytes(persona_path("p01").read_bytes())
    with pytest.raises(InputError, match="--drift: no other rubric is known for the persona p01") as refused:
        load_run_persona(str(copy), 8)
    assert "--drift-to" in (refused.value.hint or "")
    assert load_run_persona(str(copy), 8, "p08") == load_run_persona("p01", 8, "p08")
    # The path of the built-in file is the built-in persona.
    assert load_run_persona(str(persona_path("p01")), 8) == found
    with pytest.raises(PersonaError, match="--drift-to: no persona 'p99'"):
        load_run_persona("p01", 8, "p99")


@pytest.mark.slow
@pytest.mark.parametrize("which", persona_ids())
def test_the_other_rubric_can_be_lived_with_the_days_of_the_persona(which):
    persona = load_run_persona(which, 1).on_day(1)
    assert not unreachable_rules(persona)
    check = check_persona(persona)
    assert check.oracle >= 3.6
    assert check.margin >= 0.6
    assert load_persona(which).rubric != persona.rubric
