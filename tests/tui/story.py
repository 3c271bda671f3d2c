"""Hand-made runs for the screen tests: a few days of fixed records, without the engine."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from propersim.core.call_record import CallRecord
from propersim.core.records import Action, Candidate, Clocks, DayPlan, Night, Rating, RunWarning, Shadow, Span, Step, UserState
from propersim.persona.library import load_persona
from propersim.runs.protocol import Training
from propersim.simulation.metrics import DayCounter
from propersim.store.store import RunRow, Store
from propersim.world.floor_plan import load_world

TIMESTEP = 2.5
GAP_MIN, GAP_MAX = 90.0, 240.0

_DAY = (
    ("07:00", "wake_up", "waking up slowly", "bedroom/bed", 1, "ordinary", ""),
    ("07:15", "wash", "washing and getting dressed", "bathroom/washbasin", 2, "ordinary", ""),
    ("07:40", "breakfast", "having breakfast", "kitchen/kitchen_table", 2, "habit:0", "breakfast with Juno"),
    ("08:10", "plan_day", "planning the day", "study/desk", 2, "requirement:0", "Write the day's list"),
    ("08:30", "desk_work", "working at the desk", "study/desk", 4, "habit:1", "contracts and budgets at the desk"),
    ("10:40", "coffee_break", "having a coffee", "garden/bench", 1, "habit:3", "coffee and one biscuit"),
    ("11:15", "video_meeting", "in a video meeting", "study/computer", 5, "habit:4", "production meeting on screen"),
    ("12:45", "lunch", "having lunch", "kitchen/kitchen_table", 2, "habit:5", "lunch, phone face down by her own decree"),
    (
        "13:25",
        "listen_music",
        "listening to a record",
        "living_room/record_player",
        1,
        "interest:2",
        "old radio chansons on the record player",
    ),
    ("14:00", "garden_work", "working in the garden", "garden/vegetable_patch", 3, "ordinary", ""),
    ("15:30", "read_book", "reading a book", "living_room/window_seat", 3, "interest:1", ""),
    ("17:00", "brew_tea", "making a pot of tea", "kitchen/kettle", 1, "habit:7", "a pot of tea to land again"),
    ("17:25", "laundry", "doing the laundry", "utility_room/washing_machine", 1, "ordinary", ""),
    ("18:00", "cook", "cooking a meal", "kitchen/stove", 3, "ordinary", ""),
    ("18:30", "dinner", "having dinner", "dining_room/dining_table", 2, "habit:8", "dinner with Juno and whoever is passing"),
    (
        "19:15",
        "help_homework",
        "helping with homework",
        "dining_room/dining_table",
        3,
        "requirement:1",
        "Sit with Juno over her schoolwork",
    ),
    ("20:00", "play_piano", "playing the piano", "living_room/piano", 3, "ordinary", ""),
    ("21:30", "bath", "soaking in the bath", "bathroom/bathtub", 1, "ordinary", ""),
    ("22:15", "read_book", "reading a book", "bedroom/bed", 3, "requirement:2", "Read half an hour of a new play"),
)
_OPEN = (("07:40", "08:10"), ("10:40", "11:15"), ("12:45", "13:25"), ("17:00", "17:25"), ("18:30", "19:15"), ("20:30", "22:30"))
Bit = Literal[0, 1]
Values = tuple[Bit, Bit, Bit, Bit]
"""The four values of a rating."""

_SAID: tuple[tuple[str, str, Values, tuple[str, str, str, str]], ...] = (
    ("07:50", "Morning! A slow album while the kettle warms?", (1, 1, 1, 1), ("Darling, yes.", "", "", "")),
    (
        "09:10",
        "You should log the costs of the tour now.",
        (0, 0, 1, 0),
        (
            "Oh no, bad cue. I asked you to keep finance away from me.",
            "Not while I am deep in work at my desk.",
            "",
            "It felt like an order.",
        ),
    ),
    (
        "10:50",
        "Oh, my dear, do feel free to book seats for the string quartet on Thursday.",
        (1, 1, 1, 1),
        ("You read my mind.", "", "", ""),
    ),
    (
        "11:30",
        "Time to try the new phone.",
        (0, 0, 0, 0),
        ("Sweet of you, but no.", "Please, not that now.", "That is too soon after the last one.", "So stiff!"),
    ),
    ("13:00", "Plan a day trip to Ghent, with a stop for waffles?", (1, 1, 0, 1), ("", "", "That is too soon after the last one.", "")),
    ("18:40", "Three cheers: look up a recipe for bitterballen, hip, hip, hooray!", (1, 1, 1, 1), ("How marvellous!", "", "", "")),
    ("21:00", "Ring an old friend from the company.", (1, 1, 1, 0), ("", "", "", "Good day to you too; so formal.")),
)


def minute(text: str) -> float:
    """Return the minute of HH:MM."""
    return int(text[:2]) * 60.0 + int(text[3:])


def plan(day: int) -> DayPlan:
    """Return the plan of a day, with the same actions on every day."""
    world = load_world()
    ends = [row[0] for row in _DAY[1:]] + ["23:45"]
    actions = tuple(
        Action(name, phrase, world.places[place], minute(start), minute(end), focus, source, note)
        for (start, name, phrase, place, focus, source, note), end in zip(_DAY, ends, strict=True)
    )
    return DayPlan(day, actions, tuple(Span(minute(a), minute(b)) for a, b in _OPEN), GAP_MIN, GAP_MAX)


def day_steps(day: int, first: int, *, text: str | None = None, timestep: float = TIMESTEP) -> list[Step]:
    """Return a day's steps; ``text`` replaces every recommendation and every reason."""
    today = plan(day)
    said = {minute(at): (what, Rating(*values, reasons=reasons)) for at, what, values, reasons in _SAID[: 3 + day]}
    steps: list[Step] = []
    last, shown = today.wake - GAP_MIN, 0
    at = today.wake
    while at < today.sleep:
        action = next(a for a in today.actions if a.start <= at < a.end)
        open_now = any(span.start <= at < span.end for span in today.receptive)
        wanted = open_now and at - last >= GAP_MIN
        found = said.get(at)
        if found:
            what, rating = found
            if text is not None:
                what, rating = text, msgspec.structs.replace(rating, reasons=(text,) * 4)
            answer = Candidate(what, rating, "music", "warm", "drawn")
        else:
            answer = Candidate(None, Rating(0, 0, 1, 1) if wanted else Rating(1, 1, 1, 1))
        place = action.place
        steps.append(
            Step(
                index=first + len(steps),
                day=day,
                minute=at,
                action=action,
                x=place.x,
                y=place.y,
                clocks=Clocks(at - last, at - last, shown),
                moment=UserState(open_now, wanted),
                candidates=(answer,),
                shown=0,
                shadow=Shadow(2 if wanted else 4, 4, wanted),
            )
        )
        if found:
            last, shown = at, shown + 1
        at += timestep
    return steps


def _as_it_is(step: Step) -> Step:
    return step


def add(
    db: Path,
    *,
    days: int = 3,
    of: int = 14,
    state: str = "stopped",
    text: str | None = None,
    name: str = "p01-random-test",
    stop: int | None = None,
    change: Callable[[Step], Step] = _as_it_is,
) -> RunRow:
    """Add a run of some days to a database and return it.

    Args:
        db: the file.
        days: days of records; the last one is left without figures where the state is not ``finished``.
        of: days that the run is to have.
        state: the run's state.
        text: hostile text to put wherever text is free.
        name: the run's id.
        stop: number of steps to keep; all where None.
        change: what each step is turned into.
    """
    asked = days, of, state, text, name, stop
    if db.exists() or change is not _as_it_is:
        return _add(db, *asked, change)
    if asked not in _MADE:
        _MADE[asked] = Path(_FOLDER.name, f"{len(_MADE)}.sqlite")
        _add(_MADE[asked], *asked, change)
    shutil.copy(_MADE[asked], db)
    with Store(db, read_only=True) as store:
        return store.run(name)


_FOLDER = tempfile.TemporaryDirectory(prefix="story")
atexit.register(_FOLDER.cleanup)
_MADE: dict[tuple[object, ...], Path] = {}
"""Databases with one run, by their arguments: made once, copied for each test."""


def _add(db: Path, days: int, of: int, state: str, text: str | None, name: str, stop: int | None, change: Callable[[Step], Step]) -> RunRow:
    persona = load_persona("p01")
    if text is not None:
        bad = text[:190].strip() or "."
        persona = persona.model_copy(update={"name": bad, "occupation": bad})
    with Store(db) as store:
        row = store.add_run(
            {
                "id": name,
                "persona": persona.id,
                "name": persona.name,
                "seed": 0,
                "assistant": text or "random",
                "model": text or "",
                "days": of,
                "persona_json": persona.model_dump_json(),
                "world_text": load_world().text,
                "config_json": json.dumps({"timestep": TIMESTEP, **({} if text is not None else {"assistant": "random"})}),
                "versions_json": "{}",
            }
        )
        first = 0
        for day in range(1, days + 1):
            today = plan(day)
            if text is not None:
                today = DayPlan(day, tuple(_spoiled(a, text) for a in today.actions), today.receptive, today.gap_min, today.gap_max)
            steps = day_steps(day, first, text=text)
            if text is not None:
                steps = [_with_action(step, _spoiled(step.action, text)) for step in steps]
            if stop is not None:
                steps = [step for step in steps if step.index < stop]
            steps = [change(step) for step in steps]
            store.begin_day(row, today, first)
            store.add_steps(row, steps, [0] * len(steps), 0.0)
            if day < days or state == "finished":
                tally = DayCounter(day, TIMESTEP, persona.rubric.frequency)
                for step in steps:
                    tally.add(step)
                store.end_day(row, tally.figures())
            first += len(steps)
        store.update_run(row, state=state)
        return store.run(name)


SILENCE = Rating(1, 0, 1, 1)


def decided(step: Step) -> Step:
    """Return a step as if a model had decided it, with a probability of speaking and other rated candidates."""
    rated = (
        Candidate(None, SILENCE),
        step.answer,
        Candidate("Put a record on?", Rating(1, 0, 1, 1, ("", "Not now.", "", "")), "music", "warm", "recalled"),
    )
    if step.spoke:
        return msgspec.structs.replace(step, p_speak=0.94, candidates=rated, shown=1)
    # At every fourth silence, candidates were rated as well.
    tried = (step.answer, *rated[2:], *rated[2:]) if step.index % 4 == 0 else step.candidates
    return msgspec.structs.replace(step, p_speak=0.1 + step.index % 7 / 20, candidates=tried)


def add_learner(db: Path, *, days: int = 3, state: str = "stopped", stop: int | None = None, **config: object) -> RunRow:
    """Add a run of a learning model without nights; ``config`` holds options of the run."""
    with_options = {"timestep": TIMESTEP, "quantize": "nf4", "learn": "dpo", "scheme": "factored", **config}
    row = add(db, days=days, state=state, stop=stop, name="p01-llama-test", change=decided)
    with Store(db) as store:
        store.update_run(row, assistant="llama", model="homelm", config_json=json.dumps(with_options))
        return store.run(row.id)


def night(day: int, at: int, *, asked: bool = False, pairs: int = 812, **figures: Any) -> Night:
    """Return a night; with ``pairs=0`` there was nothing to train on."""
    if not pairs:
        return Night(at, day, asked)
    learned: dict[str, Any] = {"loss": 0.31, "margin": 2.1, "accuracy": 0.96, "spoken": 41, **figures}
    return Night(
        at, day, asked, f"{at}.safetensors", "0" * 64, pairs - pairs // 4, contents=pairs // 4, steps=100, trained=(1, 2), **learned
    )


def add_nights(db: Path, row: RunRow, *nights: Night, warnings: Sequence[RunWarning] = ()) -> None:
    """Store nights, and warnings together with the last one."""
    with Store(db) as store:
        for number, each in enumerate(nights, 1):
            store.end_night(row, each, 0.0, (), warnings if number == len(nights) else ())


def training(day: int, *, upto: int, of: int = 500, pairs: int = 812) -> list[Training]:
    """Return the events of a training up to a step."""
    events = [Training(day, 0, 0, pairs=pairs), Training(day, 0, of, pairs=pairs)]
    for step in range(10, upto + 1, 10):
        part = step / of
        wave = 0.03 * (step % 30 / 10 - 1)
        events.append(
            Training(day, step, of, 0.69 - 0.6 * part + wave, 3.4 * part - wave, min(1.0, 0.5 + part - wave), (of - step) / 8, pairs)
        )
    return events


def _spoiled(action: Action, text: str) -> Action:
    return Action(text, text, action.place, action.start, action.end, action.focus, action.source, text)


def _with_action(step: Step, action: Action) -> Step:
    return msgspec.structs.replace(step, action=action)


def add_asked(db: Path, **about: Any) -> RunRow:
    """Add a run whose user is a language model, with some calls at step 20; ``about`` holds their fields."""
    row = add_learner(db, user="llm", user_plans="llm", user_ratings="llm", user_model="mistral-small")
    plain: dict[str, Any] = {
        "idx": 20, "day": 1, "purpose": "rate", "prompt": "0" * 64, "model": "mistral-small", "form": "json_schema", "tokens_in": 912,
        "tokens_cached": 0, "tokens_out": 88, "seconds": 1.25, "retries": 0, "again": 0, "cached": False, "guessed": False, "cost": 0.0125,
        "failed": "", "at": "2026-01-05T08:00:00+00:00",
    }  # fmt: skip
    changes: tuple[dict[str, Any], ...] = (
        {"failed": "KeyRefused"},
        {"cached": True, "cost": 0.0},
        {"retries": 2, "again": 1},
        {"idx": 21},
    )
    with Store(db) as store:
        store.add_calls(row, [CallRecord(**{**plain, **change, **about}) for change in changes])
    return row
