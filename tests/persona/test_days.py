"""Rules of a persona that hold on some days of the week: what a file may say, and what it may not."""

from pathlib import Path

import jsonschema
import pytest
import yaml

from propersim.core.errors import PersonaError
from propersim.persona.fields import weekdays_of
from propersim.persona.json_schema import persona_schema
from propersim.persona.library import personas_folder
from propersim.persona.model import Persona
from propersim.persona.parsing import parse_persona, persona_yaml

TEXT = (personas_folder() / "p01.yaml").read_text(encoding="utf-8")
SATURDAYS = {"days": ["sat"], "start": "08:00", "end": "12:00"}


def parsed(*, windows=None, like=None, on_days=None):
    data = yaml.safe_load(TEXT)
    if windows is not None:
        data["rubric"]["timing"]["windows"] = windows
    data["rubric"]["preference"]["likes"][0].update(like or {})
    if on_days is not None:
        data["rubric"]["frequency"]["on_days"] = on_days
    return parse_persona(yaml.safe_dump(data, sort_keys=False), "me.yaml")


def refusal(**parts):
    with pytest.raises(PersonaError) as caught:
        parsed(**parts)
    return caught.value.message


@pytest.mark.parametrize(
    ("days", "weekdays"),
    [
        (None, range(7)),
        ("all", range(7)),
        ("weekdays", range(5)),
        ("weekends", (5, 6)),
        (("sat",), (5,)),
        (("sun", "mon"), (0, 6)),
    ],
)
def test_days_are_the_weekdays_that_they_name(days, weekdays):
    assert weekdays_of(days) == frozenset(weekdays)


def test_windows_likes_and_rates_may_have_days():
    persona = parsed(
        windows=[SATURDAYS, {"days": "weekdays", "during": "meal"}],
        like={"days": "weekends"},
        on_days=[
            {"days": ["sun"], "min_per_day": 3, "max_per_day": 4},
            {"days": ["sat"], "min_per_hour": 0.5, "max_per_hour": 1, "min_gap": 20},
        ],
    )
    assert [window.days for window in persona.rubric.timing.windows] == [("sat",), "weekdays"]
    assert persona.rubric.preference.likes[0].days == "weekends"
    rate = persona.rubric.frequency
    assert [(rate.on(day).min_per_day, rate.on(day).max_per_day) for day in range(7)] == [(6, 8)] * 5 + [(8, 16), (3, 4)]
    # Gaps come from the entry itself, never from the main rate.
    assert [rate.on(day).gap_min for day in (4, 5, 6)] == [0.75 * 960 / 8, 20, 0.75 * 960 / 4]
    assert [rate.on(day).gap_max for day in (4, 5, 6)] == [1.5 * 960 / 6, 1.5 * 960 / 8, 1.5 * 960 / 3]


def test_gaps_of_the_main_rate_hold_on_the_other_days_only():
    data = yaml.safe_load(TEXT)
    data["rubric"]["frequency"] |= {"min_gap": 60, "max_gap": 300, "on_days": [{"days": ["sun"], "min_per_day": 3, "max_per_day": 4}]}
    rate = parse_persona(yaml.safe_dump(data)).rubric.frequency
    assert (rate.on(0).gap_min, rate.on(0).gap_max) == (60, 300)
    assert (rate.on(6).gap_min, rate.on(6).gap_max) == (180, 480)


@pytest.mark.parametrize(
    ("windows", "field", "advice"),
    [
        ([{"days": "weekends"}], "windows[0]", 'for any time write start: "00:00"'),
        ([{"days": "weekend", "during": "meal"}], "windows[0].days", "'weekend' is not a day; write weekdays, weekends, or a list"),
        ([{"days": ["sat", "Sunday"], "during": "meal"}], "windows[0].days", "'Sunday' is not a day"),
        ([{"days": [], "during": "meal"}], "windows[0].days", "[] is not a day"),
        ([{"days": {"sat": 1}, "during": "meal"}], "windows[0].days", "is not a day"),
        ([{"day": ["sat"], "during": "meal"}], "windows[0].day", "did you mean 'days'?"),
    ],
)
def test_a_window_with_wrong_days_is_refused(windows, field, advice):
    message = refusal(windows=windows)
    assert f"rubric.timing.{field}: " in message
    assert advice in message
    assert "1 problem\n" in message


RATE = {"min_per_day": 3, "max_per_day": 4}


@pytest.mark.parametrize(
    ("on_days", "field", "advice"),
    [
        ([{"days": "sunday", **RATE}], "[0].days", "'sunday' is not a day"),
        ([RATE], "[0].days", "is missing"),
        ([{"days": ["sun"], "min_per_day": 3}], "[0].max_per_day", "is missing"),
        ([{"days": ["sun"], "min_per_day": 5, "max_per_day": 4}], "[0]", "min_per_day 5 is greater than max_per_day 4"),
        ([{"days": ["sun"], **RATE, "min_gap": 500}], "[0]", "is not shorter than the longest"),
        ([{"days": ["sun"], **RATE, "max_gap": 100}], "[0]", "is not shorter than the longest"),
        ([{"days": ["sun"], **RATE, "min_per_hour": 1}], "[0]", "not both"),
        ([{"days": ["sun"], **RATE, "mingap": 10}], "[0].mingap", "did you mean 'min_gap'?"),
        ([{"days": ["sun"], **RATE, "text": "few"}], "[0].text", "unknown key"),
        ([{"days": "weekends", **RATE}, {"days": ["mon", "sun", "sat"], **RATE}], "", "on_days: sat, sun is named in two entries"),
        ([{"days": "all", **RATE}, {"days": ["wed"], **RATE}], "", "on_days: wed is named in two entries"),
    ],
)
def test_a_wrong_rate_of_days_is_refused(on_days, field, advice):
    message = refusal(on_days=on_days)
    assert (f"rubric.frequency.on_days{field}: " if field else "rubric.frequency: ") in message
    assert advice in message


def test_a_persona_with_days_survives_yaml_and_json():
    persona = parsed(windows=[SATURDAYS], like={"days": "weekends"}, on_days=[{"days": ["sun"], **RATE}])
    assert parse_persona(persona_yaml(persona)) == persona
    assert Persona.model_validate_json(persona.model_dump_json()) == persona
    assert persona_yaml(persona).index("text: Six to eight") < persona_yaml(persona).index("min_per_day: 6")


def test_a_persona_without_days_is_written_as_before_there_were_days(personas):
    for persona in personas.values():
        habits = persona.lifestyle.model_dump_json()
        assert '"days"' not in persona.model_dump_json().replace(habits, "")
        assert "on_days" not in persona.model_dump_json()


def test_the_schema_knows_days():
    validator = jsonschema.Draft202012Validator(persona_schema())

    def accepts(part, value):
        data = yaml.safe_load(TEXT)
        rubric = data["rubric"]
        {"window": rubric["timing"]["windows"][0], "like": rubric["preference"]["likes"][0], "rate": rubric["frequency"]}[part].update(
            value
        )
        return not list(validator.iter_errors(data))

    for part in ("window", "like"):
        assert accepts(part, {"days": "weekends"})
        assert accepts(part, {"days": ["sat", "sun"]})
        assert not accepts(part, {"days": ["saturday"]})
        assert not accepts(part, {"days": []})
    assert accepts("rate", {"on_days": [{"days": ["sat"], **RATE}, {"days": ["sun"], "min_per_hour": 0.2, "max_per_day": 4}]})
    assert not accepts("rate", {"on_days": [RATE]})
    assert not accepts("rate", {"on_days": [{"days": ["sat"], "min_per_day": 3}]})
    assert not accepts("rate", {"on_days": [{"days": ["sat"], **RATE, "min_per_hour": 1}]})


def test_the_example_of_the_documentation_is_valid():
    page = (Path(__file__).parents[2] / "docs/how-to/write-a-persona.md").read_text(encoding="utf-8")
    example = yaml.safe_load(page.partition("## Rules for some days")[2].partition("```yaml\n")[2].partition("```")[0])
    data = yaml.safe_load(TEXT)
    for dimension, rules in example.items():
        data["rubric"][dimension] = {"text": "as the rules say", **rules}
    rubric = parse_persona(yaml.safe_dump(data, sort_keys=False)).rubric
    assert [weekdays_of(window.days) for window in rubric.timing.windows] == [{5}, {0, 1, 2, 3, 4}, {6}]
    assert [rubric.frequency.on(day).max_per_day for day in range(7)] == [2] * 6 + [4]
