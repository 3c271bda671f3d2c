"""The words in which a day is asked for; their files are beside, in ``prompts``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from propersim.core import clock
from propersim.core.prompts import data, filled, prompt
from propersim.core.records import Action
from propersim.persona.description import portrait
from propersim.persona.model import Persona
from propersim.user.llm.duties import Duty
from propersim.user.llm.plan_kinds import label
from propersim.world.catalogue import activities
from propersim.world.home import Home

NAMES = ("plan_system", "plan_wake", "plan_day", "plan_hour")

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SOON = 75
"""Minutes ahead that a duty is reminded of."""


def prompt_text(name: str) -> str:
    """Return the text of a prompt's file."""
    return prompt(__package__, name)


class Words:
    """The words for one persona in one home.

    Args:
        persona: who.
        home: where.
    """

    def __init__(self, persona: Persona, home: Home) -> None:
        # Stands in the middle of instructions: letters alone.
        self._first = "".join(ch for ch in persona.first_name[:40] if ch.isalpha() or ch in "-'’") or "the person"
        self._system = filled(
            prompt_text("plan_system"), first=self._first, portrait=_lines(portrait(persona).split("\n")), places=_lines(_places(home))
        )

    def wake(self, day: int, duties: Sequence[Duty], wake: int, bed: int) -> list[dict[str, str]]:
        """Return the messages that ask when the user gets up and goes to bed; the times are the usual ones."""
        return self._asked("plan_wake", date=_date(day), needs=_needs(duties), wake=label(wake), bed=label(bed))

    def day(self, day: int, duties: Sequence[Duty], wake: int, bed: int) -> list[dict[str, str]]:
        """Return the messages that ask for a plan by the hour."""
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
        """Return the messages that ask for what is done in the coming hour.

        Args:
            day: of the run.
            duties: of the day.
            wake: when the user got up.
            bed: when the user means to go to bed.
            plan: hours of the day with what was planned for them: from, to, text.
            changes: when it was said that something of it changes, and what.
            done: actions so far.
            now: minute of the day's clock from which on actions are wanted.
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
            {"role": "user", "content": filled(prompt_text(name), first=self._first, **about)},
        ]


def _lines(lines: Iterable[str]) -> str:
    """Return lines as JSON strings, one a line, that cannot end the block they stand in."""
    return "\n".join(map(data, lines)) or "(nothing)"


def _date(day: int) -> str:
    return f"{_WEEKDAYS[clock.weekday(day)]}, day {day}"


def _places(home: Home) -> Iterable[str]:
    """Yield a line for each place of the home with what is usually done there, and one for what has no place of its own."""
    here: dict[str, list[str]] = {key: [] for key in home.places}
    at = {(place.room, place.object): key for key, place in home.places.items()}
    nowhere = []
    for activity in activities().values():
        found = dict.fromkeys(at[place.room, place.object] for place in map(home.find, activity.at) if place is not None)
        for number, key in enumerate(found):
            here[key].append(activity.id if number else f"{activity.id} ({activity.phrase})")
        if not found:
            nowhere.append(f"{activity.id} ({activity.phrase})")
    for key, names in here.items():
        yield f"{key}: {', '.join(names)}" if names else key
    if nowhere:
        yield f"anywhere: {', '.join(nowhere)}"


def _needs(duties: Sequence[Duty], done: Sequence[Action] = (), now: int = 0) -> str:
    """Return what has its time on the day, and is neither done nor over."""
    lines = []
    for one in duties:
        had = one.done(done)
        if had < one.minutes and now < one.end:
            kind = "every day, " if one.required else ""
            line = f"{kind}{one.when}, {one.minutes} minutes: {one.text} ({one.activity})"
            lines.append(line + (f"; {had:.0f} minutes of it are done" if had else ""))
    return _lines(lines)


def _due(duties: Sequence[Duty], done: Sequence[Action], now: int) -> str:
    """Return a reminder of what must be done in the coming hour; "" where nothing must."""
    names = []
    for one in duties:
        latest = one.start if one.stated else one.end - one.minutes
        if one.done(done) < one.minutes and now < one.end and latest < now + _SOON:
            times = f" at {label(one.start)}" if one.stated and one.start >= now else " now" if one.stated else f" by {label(one.end)}"
            names.append(f"{one.activity}{times}, {one.minutes - one.done(done):.0f} minutes")
    return f" Among it must be: {'; '.join(names)}." if names else ""
