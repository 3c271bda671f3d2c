"""Draw the simulated users of HomeLM's corpus: random lifestyles and random rubrics.

They are drawn from the catalogues alone and know nothing of any persona.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from propersim.core.clock import WEEKDAYS, format_time
from propersim.core.errors import PropersimError
from propersim.persona.model import TRAITS, Persona
from propersim.user.routine import Routine
from propersim.world.catalogue import SUBJECTS, activities, tones, topics
from propersim.world.floor_plan import World, load_world

RECEPTIVE: Final = (0.02, 0.75)
"""Smallest and largest share of a user's waking week in which recommendations may come; others are drawn again."""
MOST: Final = (1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 6, 8, 8, 10, 12, 14, 16, 18, 24)
"""Most recommendations a day, drawn with equal probability: all bands of frequency, the lower ones more often."""
GAPS: Final = (15, 20, 30, 30, 45, 60, 60, 90, 120, 150, 180)
"""Shortest gaps in minutes, where a rubric states one."""
LENGTHS: Final = (15, 20, 30, 30, 45, 60, 60, 90, 120, 150, 180, 240)
"""Lengths of windows in minutes."""
_LAST: Final = 27 * 60 + 30
_NO_HABIT: Final = frozenset(("sleeping", "wake_up", "other"))


@cache
def _world() -> World:
    return load_world()


@cache
def _regular() -> tuple[str, ...]:
    return tuple(name for name in activities() if name not in _NO_HABIT)


def _days(rng: random.Random) -> Any:
    draw = rng.random()
    if draw < 0.8:
        return "weekdays" if draw < 0.5 else "weekends"
    return rng.sample([day.lower() for day in WEEKDAYS], rng.randint(1, 3))


def _window(rng: random.Random, wake: int, sleep: int) -> tuple[str, str]:
    length = min(rng.choice(LENGTHS), sleep - wake - 30)
    grain = rng.choice((60, 30, 30, 15, 15, 5))
    first = -(-wake // grain) * grain
    start = rng.randrange(first, max(first + 1, sleep - length), grain)
    return format_time(start, wrap=True), format_time(start + length, wrap=True)


def _hours(rng: random.Random, wake: int, sleep: int) -> tuple[str, str]:
    """Return a part of the day: a window, or all hours before or after one."""
    if rng.random() < 0.4:
        return _window(rng, wake, sleep)
    cut = format_time(rng.randrange(600, 1200, 30))
    return rng.choice((("00:00", cut), (cut, "24:00")))


class _Life:
    """A random lifestyle: hours, habits, requirements and interests."""

    def __init__(self, rng: random.Random) -> None:
        self.wake = rng.randrange(300, 601, 15)
        self.sleep = min(_LAST, self.wake + rng.randrange(14 * 60, 18 * 60, 15))
        if rng.random() < 0.06:
            # People who rise late and are awake at night.
            self.wake, self.sleep = rng.randrange(600, 760, 15), _LAST
        self.habits = self._habits(rng)
        self.plan = self._requirements(rng)
        regular = _regular()
        self.interests = [{"text": "x", "activities": rng.sample(regular, rng.randint(1, 3))} for _ in range(rng.randint(1, 4))]
        often = [row["activity"] for row in (*self.habits, *self.plan)] + [name for row in self.interests for name in row["activities"]]
        self.often: list[str] = [*often, "breakfast", "lunch", "dinner", "sofa_rest"]
        self.tags = sorted({tag for name in self.often for tag in activities()[name].tags})

    def _habits(self, rng: random.Random) -> list[dict[str, Any]]:
        habits: list[dict[str, Any]] = []
        for kind in ("all",) if rng.random() < 0.3 else ("weekdays", "weekends"):
            at = self.wake + rng.randrange(15, 120, 15)
            while at < self.sleep - 60 and len(habits) < 14:
                name = rng.choice(_regular())
                low, high = activities()[name].minutes
                minutes = max(10, min(rng.randrange(low, high + 1, 5), 240))
                if at + minutes > self.sleep - 30:
                    break
                if rng.random() < 0.6:
                    habits.append({"text": "x", "activity": name, "at": format_time(at), "minutes": minutes, "days": kind})
                at = -(-(at + minutes + rng.choice((0, 15, 30, 60, 120, 180))) // 15) * 15
        return habits

    def _requirements(self, rng: random.Random) -> list[dict[str, Any]]:
        rows = []
        for _ in range(rng.randint(1, 3)):
            name = rng.choice(_regular())
            minutes = max(10, min(60, activities()[name].minutes[0]))
            start = rng.randrange(self.wake + 60, max(self.wake + 61, self.sleep - 240), 30)
            end = min(self.sleep - 15, start + minutes + rng.choice((60, 120, 180)))
            rows.append({"text": "x", "activity": name, "minutes": minutes, "between": [format_time(start), format_time(end)]})
        return rows

    def during(self, rng: random.Random) -> list[str]:
        """Draw activities that are common in this life, or a tag of theirs."""
        draw = rng.random()
        if draw < 0.6:
            return [rng.choice(self.often)]
        return [rng.choice(self.tags)] if draw < 0.88 else rng.sample(self.often, 2)


def _windows(rng: random.Random, life: _Life) -> list[dict[str, Any]]:
    windows: list[dict[str, Any]] = []
    by_clock, on_days = rng.random() < 0.5, rng.random() < 0.35
    for _ in range(rng.choice((1, 1, 2, 2, 3, 3, 4, 5))):
        window: dict[str, Any] = {}
        if by_clock or rng.random() < 0.4:
            window["start"], window["end"] = _window(rng, life.wake, life.sleep)
            if rng.random() < (0.12 if by_clock else 0.56):
                window["during"] = life.during(rng)
        else:
            window["during"] = life.during(rng)
        if on_days and rng.random() < 0.7:
            window["days"] = _days(rng)
        windows.append(window)
    if on_days and rng.random() < 0.5:
        # The same wishes at another time on the other days.
        start, end = _window(rng, life.wake, life.sleep)
        windows += [{"start": start, "end": end, "days": "weekends"}]
        windows[0]["days"] = "weekdays"
    return windows


def _rate(rng: random.Random, *, gap: bool) -> dict[str, Any]:
    most = rng.choice(MOST)
    least = max(1, min(most, most - rng.choice((0, 0, 1, 1, 2, max(1, most // 3)))))
    rate: dict[str, Any] = {"min_per_day": least, "max_per_day": most}
    return {**rate, "min_gap": rng.choice(GAPS)} if gap else rate


def _likes(rng: random.Random, life: _Life, allowed: Sequence[str]) -> list[dict[str, Any]]:
    simple = rng.random() < 0.35
    likes: list[dict[str, Any]] = []
    for _ in range(1 if simple else rng.randint(2, 4)):
        like: dict[str, Any] = {"topics": rng.sample(allowed, rng.choice((1, 2, 2, 3, 3, 4, 5)))}
        if not simple:
            draw = rng.random()
            if draw < 0.5:
                like["during"] = life.during(rng)
            elif draw < 0.85:
                like["between"] = list(_hours(rng, life.wake, life.sleep))
            if rng.random() < 0.12:
                like["days"] = _days(rng)
        likes.append(like)
    return likes


def _rubric(rng: random.Random, life: _Life) -> dict[str, Any]:
    bounds = rng.sample(list(SUBJECTS), rng.choice((0, 0, 1, 1, 2, 3)))
    likes = _likes(rng, life, [name for name, topic in topics().items() if not topic.subjects & set(bounds)])
    liked = {topic for like in likes for topic in like["topics"]}
    dislikes = rng.sample([name for name in topics() if name not in liked], rng.choice((0, 1, 2, 3, 4)))
    welcome = rng.sample(list(tones()), rng.choice((1, 1, 2, 2, 3)))
    avoid = rng.sample([name for name in tones() if name not in welcome], rng.choice((0, 1, 2)))
    never = [rng.choice([*life.often, *life.tags]) for _ in range(rng.choice((0, 0, 1, 1, 2)))]
    frequency: dict[str, Any] = {"text": "x", **_rate(rng, gap=rng.random() < 0.35)}
    if rng.random() < 0.12:
        frequency["on_days"] = [{"days": rng.choice(("weekdays", "weekends")), **_rate(rng, gap=False)}]
    return {
        "preference": {"text": "x", "likes": likes, "dislikes": dislikes},
        "timing": {"text": "x", "windows": _windows(rng, life), "never_during": never},
        "frequency": frequency,
        "communication": {"text": "x", "tones": welcome, "avoid": avoid, "boundaries": bounds},
    }


def _persona(rng: random.Random, life: _Life) -> Persona:
    lifestyle = {"text": "x", "wake": format_time(life.wake), "sleep": format_time(life.sleep), "habits": life.habits}
    return Persona.model_validate(
        {
            "id": "u", "name": "U", "age": 40, "pronouns": "they", "occupation": "x", "household": "x", "culture": "x",
            "big_five": {trait: rng.choice(("high", "low")) for trait in TRAITS}, "background": "x", "interests": life.interests,
            "lifestyle": lifestyle, "daily_plan": life.plan, "goals": ["x"], "voice": {"pleased": ["x"], "put_off": ["x"]},
            "rubric": _rubric(rng, life),
        }
    )  # fmt: skip


def _open(routine: Routine) -> float:
    """Return the share of a waking week in which recommendations may come."""
    plans = [routine.plan(day) for day in range(1, 8)]
    return sum(span.minutes for plan in plans for span in plan.receptive) / sum(plan.sleep - plan.wake for plan in plans)


def simulated_user(rng: random.Random) -> tuple[Persona, Persona]:
    """Draw a user, and the same user with another rubric.

    Under both rubrics, the user's days can be planned and have times for recommendations.

    Args:
        rng: source of random numbers.
    """
    while True:
        life = _Life(rng)
        drawn = []
        for _ in range(8):
            try:
                persona = _persona(rng, life)
                share = _open(Routine(persona, _world(), 0))
            except (ValueError, PropersimError):
                # Habits that do not fit together, or a rubric that contradicts itself.
                continue
            if RECEPTIVE[0] <= share <= RECEPTIVE[1]:
                drawn.append(persona)
            if len(drawn) == 2:
                return drawn[0], drawn[1]


def routine_of(persona: Persona, seed: int) -> Routine:
    """Return the routine of a simulated user in the built-in home."""
    return Routine(persona, _world(), seed)
