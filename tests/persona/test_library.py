"""Persona files: the 32 that ship, errors with line and field, and the JSON Schema."""

import itertools
import json

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.errors import PersonaError
from propersim.persona.json_schema import persona_schema
from propersim.persona.library import id_of, load_persona, persona_ids, personas_folder
from propersim.persona.model import TRAITS, Persona
from propersim.persona.parsing import parse_persona

TEXT = (personas_folder() / "p01.yaml").read_text(encoding="utf-8")


def test_every_combination_of_the_big_five_occurs_once(personas):
    found = [tuple(getattr(p.big_five, trait) for trait in TRAITS) for p in personas.values()]
    assert sorted(found) == sorted(itertools.product(("high", "low"), repeat=5))


def test_personas_are_as_varied_as_promised(personas):
    people = list(personas.values())
    assert [p.id for p in people] == [f"p{n:02d}" for n in range(1, 33)]
    for attribute in ("name", "occupation", "household", "culture", "background"):
        assert len({getattr(p, attribute) for p in people}) == 32
    ages = [p.age for p in people]
    assert min(ages) <= 19
    assert max(ages) >= 81
    assert sum(p.conditional for p in people) >= 10
    rates = [p.rubric.frequency for p in people]
    assert min(r.min_per_day for r in rates) <= 2
    assert max(r.max_per_day for r in rates) >= 32
    assert len({p.rubric.communication.tones for p in people}) >= 10
    assert len({tuple(sorted(p.rubric.communication.boundaries)) for p in people}) >= 10
    assert len({p.rubric.timing.windows for p in people}) == 32


def test_no_two_rubric_texts_are_the_same(personas):
    texts = [getattr(p.rubric, d).text for p in personas.values() for d in ("preference", "timing", "frequency", "communication")]
    assert len(texts) == len(set(texts))


def error_message(text):
    with pytest.raises(PersonaError) as caught:
        parse_persona(text, "me.yaml")
    return caught.value.message


def persona_or_message(text):
    try:
        return parse_persona(text, "me.yaml")
    except PersonaError as error:
        return error.message


def line_of(text, part):
    return next(n for n, line in enumerate(text.splitlines(), start=1) if part in line)


@pytest.mark.parametrize(
    ("old", "new", "field", "advice"),
    [
        ("occupation: theatre", "ocupation: theatre", "ocupation", "did you mean 'occupation'?"),
        ('wake: "07:00"', 'wake: "7:00"', "lifestyle.wake", "write HH:MM with two digits"),
        ('wake: "07:00"', "wake: 0700", "lifestyle.wake", "in quotes"),
        ("topics: [music, art]", "topics: [musik, art]", "rubric.preference.likes[1].topics[0]", "did you mean 'music'?"),
        ("topics: [music, art]", "topics: []", "rubric.preference.likes[1].topics", "at least one"),
        ("openness: high", "openness: medium", "big_five.openness", "'high' or 'low'"),
        ("age: 46", "age: old", "age", "integer"),
        ("activity: coffee_break", "activity: cofee_break", "lifestyle.habits[3].activity", "did you mean 'coffee_break'?"),
        ("dislikes: [finance,", "dislikes: [music, finance,", "rubric.preference", "liked and disliked at the same time: music"),
    ],
)
def test_an_error_names_line_field_and_remedy(old, new, field, advice):
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    message = error_message(text)
    assert message.startswith("me.yaml: ")
    assert f"{field}: " in message
    assert advice in message
    if field != "rubric.preference":
        assert f"line {line_of(text, new)}, {field}" in message


def test_an_empty_rubric_is_reported():
    data = yaml.safe_load(TEXT)
    data["rubric"]["timing"]["windows"] = []
    data["rubric"]["preference"]["text"] = ""
    del data["rubric"]["frequency"]
    message = error_message(yaml.safe_dump(data, sort_keys=False))
    assert "3 problems" in message
    assert "rubric.timing.windows: is empty; give at least one" in message
    assert "rubric.preference.text: is empty" in message
    assert "rubric.frequency: is missing" in message


def test_many_errors_are_reported_at_once():
    text = (
        TEXT.replace("age: 46", "age: 460").replace('wake: "07:00"', 'wake: "25:00"').replace("topics: [music, art]", "topics: [jazz, art]")
    )
    message = error_message(text)
    assert "3 problems" in message
    assert [part.split(",")[0].strip() for part in message.splitlines()[1:]] == sorted(
        (f"line {line_of(text, 'age: 460')}", f"line {line_of(text, '25:00')}", f"line {line_of(text, 'jazz')}"), key=lambda s: int(s[5:])
    )


@pytest.mark.parametrize(
    "text", ["", "[]", "just text", "a: [b", "&a [*a]", "a: 1\na: 2", "\x00", "- - - -", "!!python/object/apply:os.system [id]"]
)
def test_a_text_that_is_not_a_persona_is_refused_with_a_message(text):
    assert error_message(text).startswith("me.yaml: ")


@given(st.text(max_size=200), st.integers(0, len(TEXT)))
def test_a_damaged_file_gives_a_persona_or_a_clear_error(noise, at):
    result = persona_or_message(TEXT[:at] + noise + TEXT[at:])
    assert isinstance(result, Persona) or result.startswith("me.yaml: ")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rosalind", "p01"),
        ("ROSALIND  achterberg", "p01"),
        ("Hoa", "p29"),
        ("nguyen thi hoa", "p29"),
        ("zurcher", "p32"),
        ("mei-lin", "p05"),
    ],
)
def test_a_persona_is_found_by_its_name(name, expected):
    assert id_of(name) == expected
    assert load_persona(name).id == expected


@pytest.mark.parametrize("which", ["p01", "p99", "ros", "", "rosalind.yaml", "./rosalind", "\0"])
def test_what_is_no_whole_word_of_one_name_alone_stays_as_it_is(which):
    assert id_of(which) == which


def test_every_name_means_its_persona(personas):
    for which, persona in personas.items():
        assert id_of(persona.name) == which


def test_unknown_ids_and_unreadable_files(tmp_path):
    with pytest.raises(PersonaError, match="no persona 'p39'; the ids are p01 to p32"):
        load_persona("p39")
    with pytest.raises(PersonaError, match=r"did you mean p01 \(Rosalind Achterberg\)"):
        load_persona("rosalin")
    with pytest.raises(PersonaError, match="cannot be read"):
        load_persona(tmp_path / "none.yaml")
    (tmp_path / "bin.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(PersonaError, match="not UTF-8"):
        load_persona(tmp_path / "bin.yaml")
    (tmp_path / "big.yaml").write_text("#" * 300_000)
    with pytest.raises(PersonaError, match="larger"):
        load_persona(tmp_path / "big.yaml")


def test_rates_may_be_given_per_hour():
    text = TEXT.replace("min_per_day: 6", "min_per_hour: 0.5").replace("max_per_day: 8", "max_per_hour: 0.75")
    rate = parse_persona(text).rubric.frequency
    assert (rate.min_per_day, rate.max_per_day) == (8, 12)
    assert rate.gap_min == 0.75 * 960 / 12
    assert rate.gap_max == 1.5 * 960 / 8


def test_a_liked_topic_may_not_cross_a_boundary():
    data = yaml.safe_load(TEXT)
    data["rubric"]["preference"]["dislikes"] = []
    data["rubric"]["preference"]["likes"][0]["topics"] = ["finance"]
    data["rubric"]["communication"]["boundaries"] = ["money"]
    assert "topic finance is liked, but touches money" in error_message(yaml.safe_dump(data))


def test_personas_survive_json():
    for name in persona_ids():
        persona = load_persona(name)
        assert Persona.model_validate_json(persona.model_dump_json()) == persona


def test_the_schema_accepts_the_shipped_personas_and_refuses_unknown_ids():
    schema = persona_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for name in persona_ids():
        data = yaml.safe_load((personas_folder() / f"{name}.yaml").read_text(encoding="utf-8"))
        assert not list(validator.iter_errors(json.loads(json.dumps(data)))), name
    broken = yaml.safe_load(TEXT.replace("topics: [music, art]", "topics: [musik, art]"))
    assert list(validator.iter_errors(broken))


def test_a_key_with_special_characters_is_an_unknown_key():
    assert "line 1, 0[id: unknown key" in error_message("0[" + TEXT)
    assert "line 1, a.b: unknown key" in error_message("a.b: 1\n" + TEXT)
