"""The office: a setting as data, which leaves the home and what HomeLM knows as they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.errors import WorldError
from propersim.models import homelm_evidence_tokens, homelm_field_tokens
from propersim.reading.classifier import default_reader
from propersim.user.routine import Essential, essentials
from propersim.world.catalogue import (
    activities,
    activity_names,
    all_activities,
    home_activity,
    own_suggestions,
    setting_of,
    suggestions_of,
    tones,
    topics,
    topics_of,
)
from propersim.world.floor_plan import built_in_world, choose_world, parse_world
from propersim.world.setting import home_room, settings

OFFICE = activities("office")


def former_essentials(wake, sleep):
    """Return the meals and washes of a day at home as they were before they became data."""
    return [
        Essential("wash", wake, wake + 75, wake + 10, "morning_routine"),
        Essential("breakfast", wake + 15, wake + 150, wake + 35, "meal"),
        Essential("lunch", max(11 * 60 + 30, wake + 180), 15 * 60, max(12 * 60 + 30, wake + 210), "meal"),
        Essential("dinner", 17 * 60 + 30, min(21 * 60 + 30, sleep - 30), 19 * 60, "meal"),
        Essential("evening_wash", sleep - 20, sleep, sleep, "bedtime"),
    ]


@given(st.integers(0, 14 * 60), st.integers(12 * 60, 28 * 60))
def test_the_essentials_of_the_home_are_what_they_were(wake, sleep):
    assert essentials(wake, sleep) == former_essentials(wake, sleep)


def test_a_day_in_the_office_has_lunch_and_leaving():
    assert [(one.activity, one.latest) for one in essentials(8 * 60, 17 * 60, "office")] == [
        ("canteen_lunch", 14 * 60 + 30),
        ("pack_up", 17 * 60),
    ]


def test_every_activity_of_a_setting_has_a_place_there_and_its_words_name_activities():
    for setting, about in settings().items():
        world = built_in_world(setting)
        assert world.setting == setting
        assert about.entrance in world.furniture
        for activity in activities(setting).values():
            assert all(place in world.places for place in activity.at), activity.id
        named = {about.opening, *about.rest, *(one.activity for one in about.essentials)}
        assert named <= activities(setting).keys()
        assert about.rooms.keys() <= set(world.rooms.values())
    assert set(settings()["office"].rooms) == set(built_in_world("office").rooms.values())
    assert set(settings()["office"].rooms.values()) <= set(built_in_world("home").rooms.values())


def test_homelm_is_told_an_activity_of_the_office_as_the_one_of_the_home_that_it_resembles():
    assert OFFICE.keys().isdisjoint(activities())
    assert list(all_activities()) == [*activities(), *OFFICE]
    for name, activity in OFFICE.items():
        assert home_activity(name) == activity.resembles
        assert activity.resembles in activities()
        assert setting_of(name) == "office"
    for name in (*activities(), "unheard_of"):
        assert home_activity(name) == name
        assert setting_of(name) == "home"
    tokens = {*homelm_field_tokens.field_tokens(), *homelm_evidence_tokens.field_tokens()}
    assert not any(f"<a:{name}>" in tokens for name in OFFICE)
    assert {"stand_up", "meeting", "desk_work", "any"} <= activity_names()
    assert home_room("kitchenette") == "kitchen"
    assert home_room("kitchen") == "kitchen"


def test_the_reader_reads_each_suggestion_of_the_office_as_its_topic_in_every_tone():
    reader = default_reader()
    own = own_suggestions("office")
    assert topics_of("office") == tuple(name for name in topics() if name in own)
    assert topics_of("home") == tuple(topics())
    assert own.keys() <= topics().keys()
    wrong = 0
    for topic, lines in own.items():
        assert suggestions_of(topic, "office") == lines
        assert len(set(lines)) == len(lines) >= 8
        for number, line in enumerate(lines):
            for tone in tones().values():
                reading = reader.read(tone.say(tone.phrasings[number % len(tone.phrasings)], line))
                assert reading.recommends, line
                wrong += reading.topic != topic or reading.tone != tone.id or not reading.subjects <= topics()[topic].subjects
    assert wrong / (len(tones()) * sum(map(len, own.values()))) < 0.01
    assert suggestions_of("pets", "office") == topics()["pets"].suggestions


def test_the_option_names_a_setting_or_a_file(tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text(built_in_world("office").text)
    assert choose_world(None, "home") is built_in_world("home")
    assert choose_world(None, "office") is built_in_world("office")
    assert choose_world("office", "home") is built_in_world("office")
    assert choose_world(str(mine), "home") == built_in_world("office")
    with pytest.raises(WorldError):
        choose_world("offices", "home")


def test_a_plan_names_a_setting_that_there_is():
    text = built_in_world("office").text
    assert parse_world(text.replace("[setting]\noffice\n", "")).setting == "home"
    with pytest.raises(WorldError, match=r"no setting 'offise'"):
        parse_world(text.replace("[setting]\noffice\n", "[setting]\noffise\n"))
