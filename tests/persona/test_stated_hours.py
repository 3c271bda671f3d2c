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
