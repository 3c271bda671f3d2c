"""Hours of getting up and going to bed are read from sentences, and an evening that is planned fits before an assumed bedtime."""

import json
from pathlib import Path

import pytest

from propersim.core import clock
from propersim.persona.importing import import_persona
from propersim.persona.stated_hours import read_stated_hours
from propersim.simulation.persona_check import planning_problem

FOLDER = Path(__file__).parents[1] / "data" / "official_personas"


@pytest.mark.parametrize(
    ("text", "wake", "sleep", "stated"),
    [
        ("Goes to bed at 7am.", "15:00", "28:00", True),
        ("Wakes up at 4pm and goes to bed at 3am.", "16:00", "28:00", True),
        ("Works night shifts from 10pm to 6am, then sleeps from 4am to 2pm.", "14:00", "28:00", True),
        ("Goes to sleep at 3am after gaming; wakes up at noon.", "12:00", "27:00", True),
        ("In bed by 10, up at 5.", "05:00", "22:00", True),
        ("Turns in at midnight.", "07:00", "24:00", True),
        ("Sleeps until noon.", "12:00", "28:00", False),
        ("Bedtime is 11:30pm.", "07:00", "23:30", True),
        ("Works from 9am until 5pm.", "07:00", "23:00", False),
        ("Starts work at 6pm and works until 2am.", "07:00", "23:00", False),
        ("Stays up until 2am.", "07:00", "26:00", True),
        ("Gets up at six, goes to bed at eleven.", "06:00", "23:00", True),
    ],
)
def test_hours_are_read(text, wake, sleep, stated):
    hours = read_stated_hours([text])
    assert (clock.format_time(hours.wake), clock.format_time(hours.sleep), hours.sleep_is_stated) == (wake, sleep, stated)


@pytest.mark.parametrize(
    "text",
    [
        "Her sister wakes at 5 am. She goes to bed at 8 pm.",
        "Bram's wife goes to bed at 9 pm.",
        "Used to get up at 4 am.",
        "He does not go to bed at 9 pm.",
        "The user wakes up at 11 am.",
        "The baby wakes at 3 am.",
        "Her cat sleeps from 9 am to 5 pm.",
        "As a child she woke up at 6 am and went to bed at 7 pm.",
        "She wishes she could sleep until noon.",
        "She hates people who wake at 5 am.",
        "Her alarm rings at 5 am and his brother gets up at 6 am.",
        "If she goes to bed at 1 am, she gets up at 10 am.",
        "On weekends she wakes up at 11 am.",
        "Wakes at 5 am only when her husband is away.",
        "Would love to get up at 9 am.",
        "Dreams of going to bed at 9 pm.",
    ],
)
def test_only_plain_statements_about_the_person_are_read(text):
    hours = read_stated_hours([text])
    assert (clock.format_time(hours.wake), clock.format_time(hours.sleep), hours.sleep_is_stated) == ("07:00", "23:00", False)
    assert any("is no plain statement of the person's days" in note for note in hours.notes)


@pytest.mark.parametrize(
    ("text", "wake", "sleep"),
    [
        ("Never gets up at 7 am, he gets up at 9 am and goes to bed at 1 am.", "09:00", "25:00"),
        ("Mia Ray is a baker who gets up at 4 am and goes to bed at 8 pm.", "04:00", "20:00"),
        ("Her alarm is set for 6:15, but she gets up at 8 and goes to bed at 11 pm.", "08:00", "23:00"),
        ("Wakes up at 7 am and his dog wakes up at 5 am; bed at 10 pm.", "07:00", "22:00"),
        ("Isabella Rodriguez goes to bed around 11pm, awakes up around 6am.", "06:00", "23:00"),
        ("Ends the day with a list for the next before heading to bed at 10pm; usually wakes up at 6 am.", "06:00", "22:00"),
    ],
)
def test_a_plain_statement_beside_others_is_read(text, wake, sleep):
    hours = read_stated_hours([text])
    assert (clock.format_time(hours.wake), clock.format_time(hours.sleep)) == (wake, sleep)


def test_a_bedtime_past_the_end_of_the_days_clock_is_noted():
    assert "lifestyle.sleep: 28:00; 07:00 is stated, but a day's clock ends at 04:00" in read_stated_hours(["Goes to bed at 7am."]).notes


def changed(tmp_path, lifestyle, plan):
    raw = json.loads((FOLDER / "persona_25.scratch.json").read_text(encoding="utf-8"))
    raw["lifestyle"] = "John typically " + " ".join(f"{n}) {item}" for n, item in enumerate(lifestyle, 1))
    raw["daily_plan_req"] = " ".join(f"{n}) {item}" for n, item in enumerate(plan, 1))
    path = tmp_path / "changed.scratch.json"
    path.write_text(json.dumps(raw), encoding="utf-8")
    return import_persona(path)


@pytest.mark.parametrize(
    ("lifestyle", "plan", "sleep"),
    [
        (
            ["Wakes up at 6am.", "Has lunch at 12pm."],
            ["Watch a film for three hours before bed.", "Read for two hours before bed.", "Journal before bed for an hour."],
            "25:00",
        ),
        (
            ["Wakes up at 6am.", "Has dinner with family at 9:30pm."],
            ["Watch a film in the late evening for 2 hours.", "Read a book for an hour at night.", "Walk."],
            "23:30",
        ),
        (
            ["Wakes up at 5am.", "Plays video games at 10pm."],
            [
                "Play video games for two hours in the evening.",
                "Watch TV for two hours in the evening.",
                "Journal for an hour in the evening.",
            ],
            "25:00",
        ),
    ],
)
def test_the_evening_fits_before_an_assumed_bedtime(tmp_path, lifestyle, plan, sleep):
    imported = changed(tmp_path, lifestyle, plan)
    assert imported.persona.lifestyle.sleep == sleep
    assert any(line.startswith(f"lifestyle.sleep: {sleep}; no bedtime is stated") for line in imported.assumed)
    assert planning_problem(imported.persona) == ""
