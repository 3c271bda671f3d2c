"""Build the prompts that ask for a day's plan, from the files in ``prompts``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from propersim.core import clock
from propersim.core.prompts import data, fill_template, prompt
from propersim.core.records import Action
from propersim.persona.description import describe_attributes
from propersim.persona.model import Persona
from propersim.user.llm.duties import Duty
from propersim.user.llm.plan_kinds import label
from propersim.world.catalogue import activities
from propersim.world.floor_plan import World

NAMES = ("plan_system", "plan_wake", "plan_day", "plan_hour")

_SOON = 75
"""Minutes ahead for which the prompt reminds of duties."""


def prompt_text(name: str) -> str:
    """Return the text of a prompt file."""
    return prompt(__package__, name)


class Words:
    """Builds the messages for one persona in one home.

    Args:
        persona: the persona.
        world: the floor plan.
    """

    def __init__(self, persona: Persona, world: World) -> None:
        # Only letters, because the name stands in the middle of the instructions.
        self._first = "".join(ch for ch in persona.first_name[:40] if ch.isalpha() or ch in "-'’") or "the person"
        self._system = fill_template(
            prompt_text("plan_system"),
            first=self._first,
            portrait=_lines(describe_attributes(persona).split("\n")),
            places=_lines(_places(world)),
        )

    def wake(self, day: int, duties: Sequence[Duty], wake: int, bed: int) -> list[dict[str, str]]:
        """Return the messages that ask when the user gets up and goes to bed.

        Args:
            day: day of the run.
            duties: duties of the day.
            wake: usual time of getting up, minute of the day's clock.
            bed: usual time of going to bed, likewise.
        """
        return self._asked("plan_wake", date=_date(day), needs=_needs(duties), wake=label(wake), bed=label(bed))

    def day(self, day: int, duties: Sequence[Duty], wake: int, bed: int) -> list[dict[str, str]]:
        """Return the messages that ask for a plan by the hour.

        Args:
            day: day of the run.
            duties: duties of the day.
            wake: time of getting up, minute of the day's clock.
            bed: time of going to bed, likewise.
        """
        return self._asked("plan_day", date=_date(day), needs=_needs(duties), wake=label(wake), bed=label(bed))

    def hour(
        self,
        day: int,
        duties: Sequence[Duty],
        wake: int,
        bed: int,
        *,
        plan: Sequence[tuple[int, int, str]],
        changes: Sequence[tuple[int, str]],
        done: Sequence[Action],
        now: int,
    ) -> list[dict[str, str]]:
        """Return the messages that ask for the actions of the coming hour.

        Args:
            day: day of the run.
            duties: duties of the day.
            wake: time of getting up, minute of the day's clock.
            bed: time of going to bed, likewise.
            plan: the plan by the hour: (start, end, text).
            changes: changes to the plan so far: (minute, text).
            done: actions so far.
            now: minute of the day's clock at which the hour begins.
        """
        coming = [f"{label(start)}: {text}" for start, end, text in plan if end > now]
        changed = [f"changed at {label(at)}: {text}" for at, text in changes]
        return self._asked(
            "plan_hour",
            date=_date(day),
            wake=label(wake),
            bed=label(bed),
            needs=_needs(duties, done, now),
            plan=_lines(coming + changed),
            done=_lines(f"{label(int(one.start))} {one.phrase} ({one.activity}, {one.place.room}/{one.place.object})" for one in done),
            now=label(now),
            until=label(min(now + 60, bed)),
            due=_due(duties, done, now),
        )

    def _asked(self, name: str, **about: str) -> list[dict[str, str]]:
        return [
            {"role": "system", "content": self._system},
            {"role": "user", "content": fill_template(prompt_text(name), first=self._first, **about)},
        ]


def _lines(lines: Iterable[str]) -> str:
    """Return texts as JSON strings, one per line.

    As JSON they cannot close the block around them.
    """
    return "\n".join(map(data, lines)) or "(nothing)"


def _date(day: int) -> str:
    return f"{clock.FULL_WEEKDAYS[clock.weekday(day)]}, day {day}"


def _places(world: World) -> Iterable[str]:
    """Yield a line per place of the home with its activities.

    One more line has the activities without a place.
    """
    names_at: dict[str, list[str]] = {key: [] for key in world.places}
    key_of = {(place.room, place.object): key for key, place in world.places.items()}
    nowhere = []
    for activity in activities(world.setting).values():
        keys = dict.fromkeys(key_of[place.room, place.object] for place in map(world.find, activity.at) if place is not None)
        for number, key in enumerate(keys):
            names_at[key].append(activity.id if number else f"{activity.id} ({activity.phrase})")
        if not keys:
            nowhere.append(f"{activity.id} ({activity.phrase})")
    for key, names in names_at.items():
        yield f"{key}: {', '.join(names)}" if names else key
    if nowhere:
        yield f"anywhere: {', '.join(nowhere)}"


def _needs(duties: Sequence[Duty], done: Sequence[Action] = (), now: int = 0) -> str:
    """Return the duties of the day that are neither done nor past."""
    lines = []
    for duty in duties:
        minutes = duty.done(done)
        if minutes < duty.minutes and now < duty.end:
            kind = "every day, " if duty.required else ""
            line = f"{kind}{duty.when}, {duty.minutes} minutes: {duty.text} ({duty.activity})"
            lines.append(line + (f"; {minutes:.0f} minutes of it are done" if minutes else ""))
    return _lines(lines)


def _due(duties: Sequence[Duty], done: Sequence[Action], now: int) -> str:
    """Return a reminder of the duties of the coming hour, or "" where there are none."""
    names = []
    for duty in duties:
        latest = duty.start if duty.stated else duty.end - duty.minutes
        if duty.done(done) < duty.minutes and now < duty.end and latest < now + _SOON:
            times = f" at {label(duty.start)}" if duty.stated and duty.start >= now else " now" if duty.stated else f" by {label(duty.end)}"
            names.append(f"{duty.activity}{times}, {duty.minutes - duty.done(done):.0f} minutes")
    return f" Among it must be: {'; '.join(names)}." if names else ""
