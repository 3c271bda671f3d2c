"""Personas in the office, and personas that move there in a run: made of two, stored, and never read from a file."""

from __future__ import annotations

import json

import pytest
import yaml

from propersim.core.errors import InputError, PersonaError
from propersim.experiments.variants import parse_personas
from propersim.persona.drift import drifting, load_run_persona, persona_from_json
from propersim.persona.library import load_persona, office_persona_ids, persona_ids, persona_path
from propersim.persona.move import MovingPersona, move_of, moving, usual_moves, world_on_day
from propersim.persona.parsing import persona_yaml
from propersim.simulation.persona_check import check_persona
from propersim.simulation.unreachable import unreachable_rules
from propersim.world.floor_plan import built_in_world

OFFICE = office_persona_ids()


@pytest.fixture(scope="module")
def at_work():
    return {which: load_persona(which) for which in OFFICE}


def test_those_in_the_office_are_no_part_of_all():
    assert OFFICE == ["o01", "o02", "o03", "o04", "o05"]
    assert not set(OFFICE) & set(persona_ids())
    assert parse_personas("all") == persona_ids()
    assert parse_personas("o02-o04,p01") == ["o02", "o03", "o04", "p01"]
    for text in ("p32-o01", "p99", "o9"):
        with pytest.raises(InputError, match=f"no persona '{text}'"):
            parse_personas(text)
    with pytest.raises(PersonaError, match="the ids are o01 to o05"):
        load_persona("o77")


@pytest.mark.parametrize("which", OFFICE)
def test_character_and_manner_are_those_at_home_topics_and_windows_are_not(which, at_work, personas):
    here = at_work[which]
    (home,) = (personas[one] for one, other in usual_moves().items() if other == which)
    assert here.world == "office"
    assert (here.name, here.big_five, here.voice) == (home.name, home.big_five, home.voice)
    ours, theirs = here.rubric, home.rubric
    for name in ("tones", "avoid", "boundaries"):
        assert getattr(ours.communication, name) == getattr(theirs.communication, name)
    assert ours.frequency.gap_min == theirs.frequency.gap_min
    liked = [{topic for like in rubric.preference.likes for topic in like.topics} for rubric in (ours, theirs)]
    assert liked[0] - liked[1]
    assert ours.timing.windows != theirs.timing.windows
    assert not unreachable_rules(here)


@pytest.mark.slow
@pytest.mark.parametrize("which", OFFICE)
def test_the_oracle_reaches_what_is_wanted_in_the_office(which, at_work):
    check = check_persona(at_work[which])
    assert check.oracle >= 3.6
    assert check.margin >= 0.6


def test_the_home_is_not_in_the_json_so_that_hashes_stay(personas, at_work):
    assert "world" not in json.loads(personas["p01"].model_dump_json())
    assert json.loads(at_work["o01"].model_dump_json())["world"] == "office"
    assert persona_from_json(at_work["o01"].model_dump_json()) == at_work["o01"]


def test_a_day_in_the_office_is_shorter_and_a_world_has_to_be_known(tmp_path):
    raw = yaml.safe_load(persona_path("o01").read_text(encoding="utf-8"))

    def load(**changes):
        path = tmp_path / "mine.yaml"
        path.write_text(yaml.safe_dump({**raw, **changes}), encoding="utf-8")
        return load_persona(path)

    assert load().world == "office"
    with pytest.raises(PersonaError, match=r"lifestyle.*awake from 08:15 to 17:00: that is 8\.8 hours, expected 12 to 20"):
        load(world="home")
    with pytest.raises(PersonaError, match=r"at work from 08:15 to 23:30: that is 15\.2 hours, expected 6 to 13"):
        load(lifestyle={**raw["lifestyle"], "sleep": "23:30"})
    with pytest.raises(PersonaError, match=r"'offise' is not a known world.*office"):
        load(world="offise")
    assert yaml.safe_load(persona_yaml(load()))["world"] == "office"


def test_everything_is_that_of_the_other_persona_from_that_day_on(personas, at_work):
    one, other = personas["p02"], at_work["o01"]
    persona = moving(one, 3, other)
    home = built_in_world("home")
    assert [persona.on_day(day) == one for day in (0, 1, 2)] == [True] * 3
    for day in (3, 4, 10_000):
        assert persona.on_day(day) == other
        assert world_on_day(persona, home, day).grid == built_in_world("office").grid
    assert world_on_day(persona, home, 2) is home
    assert persona.changes_on == 3
    assert drifting(one, 4, other).changes_on == 4
    assert one.changes_on == 0
    assert move_of(persona.on_day(3)) is None
    assert move_of(one) is None


def test_a_stored_persona_comes_back_with_its_move_and_no_file_has_one(personas, at_work, tmp_path):
    persona = moving(personas["p02"], 3, at_work["o01"])
    assert persona_from_json(persona.model_dump_json()) == persona
    path = tmp_path / "mine.json"
    path.write_text(persona.model_dump_json())
    with pytest.raises(PersonaError, match="move"):
        load_persona(path)
    with pytest.raises(ValueError, match=r"."):
        persona_from_json('{"move": 3}')


def test_who_a_built_in_persona_is_at_work_is_known_and_of_others_it_is_given(tmp_path):
    assert set(usual_moves().values()) == set(OFFICE)
    found = load_run_persona("p02", move=8)
    assert isinstance(found, MovingPersona)
    assert (found.move.day, found.move.persona.id) == (8, "o01")
    copy = tmp_path / "copy.yaml"
    copy.write_bytes(persona_path("p02").read_bytes())
    for which in (str(copy), "p01"):
        with pytest.raises(InputError, match="--move: no persona at work is known for the persona p0") as refused:
            load_run_persona(which, move=8)
        assert "--move-to" in (refused.value.hint or "")
    assert load_run_persona(str(copy), move=8, move_to="o01") == found
    with pytest.raises(PersonaError, match="--move-to: no persona 'o99'"):
        load_run_persona("p02", move=8, move_to="o99")
