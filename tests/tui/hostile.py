"""Hostile texts, runs and personas full of them, and checks of screens that show them."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import msgspec
from rich.cells import cell_len
from textual.app import App

from propersim.core.records import Action, Candidate, DayPlan, Rating, RunWarning, Step
from propersim.core.text import clean
from propersim.persona.library import load_persona
from propersim.persona.model import Persona
from propersim.simulation.metrics import DayCounter
from propersim.store.store import RunRow, Store
from propersim.world.floor_plan import load_world
from tests.tui import story

HOSTILE = {
    "markup": "[/foo][@click=app.quit]x[/][bold red]y[/bold red] [link=http://e.vil]z[/link] $x {y}",
    "control": "a\x1b[31mred\x1b[0m\x07\x00\x9b2J\r\nb\tc\x7f\x1b]52;c;ZXZpbA==\x07\x1b]0;evil\x07\x1c\x85\u2028",
    "long": "x" * 100_000,
    "words": "word " * 20_000,
    "rtl": "\u202eevil\u202c שלום עולם مرحبا \u200f\u2066x\u2069",
    "wide": "日本語のテキスト、とても長い一行です。" * 9 + "👩‍👩‍👧‍👦🏳️‍🌈👍🏽" * 9,
    "combining": "e\u0301" * 200 + "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L" * 20,
    "formula": '=HYPERLINK("http://e.vil";"x")\t@SUM(1)\n-1+1|cmd\' /C calc\'!A0',
    "path": "../../..//etc/passwd\x00$(reboot);`id` && rm -rf ~ 'q\" %s \\",
    "empty": " ",
}
TEXTS = tuple(HOSTILE.values())
FEW = (
    " ".join(HOSTILE[kind][:120] for kind in ("markup", "control", "rtl", "combining", "formula", "path")),
    HOSTILE["long"],
    HOSTILE["wide"],
)
"""All kinds in fewer texts, for slow tests."""
SIZES = ((80, 24), (120, 40), (200, 60))
HARMFUL = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode categories that a terminal may interpret as commands."""

JOINED = re.compile("(?<=[\U0001f000-\U0001faff\ufe0f])\u200d(?=[\u2600-\u27bf\U0001f000-\U0001faff])")
"""A joiner between two emoji, which makes one of them."""

SCROLLS = ("grab", "scroll_up", "scroll_down")
"""Actions of a click on Textual's scroll bars."""


def shown_start(text: str) -> str:
    """Return the beginning of a text as a screen shows it: cleaned, as literal characters."""
    return clean(text, 12).rstrip("…").strip()


def line_of(text: str) -> str:
    """Return the part of a text that fits a one-line field of a persona."""
    return text[:190].strip() or "."


def persona_of(text: str, **more: str) -> Persona:
    """Return a persona with the given text in every free-text field."""
    persona = load_persona("p01")
    rubric, text = persona.rubric, text.strip() or "."
    worded = {
        name: getattr(rubric, name).model_copy(update={"text": text[:2000]})
        for name in ("preference", "timing", "frequency", "communication")
    }
    short = line_of(text)
    update = {"name": short, "occupation": short, "household": short, "culture": short, "background": text[:2000], "goals": (short,)}
    return persona.model_copy(update={**update, "rubric": rubric.model_copy(update=worded), **more})


def action_of(action: Action, text: str) -> Action:
    """Return an action with the text in every free-text field and an unknown place."""
    place = msgspec.structs.replace(action.place, room=text, object=text)
    return msgspec.structs.replace(action, activity=text, phrase=text, note=text, source=text, place=place)


def said(step: Step, text: str) -> Step:
    """Return a step with the text as recommendation, as reasons and as another candidate."""
    rating = Rating(0, 1, 0, 1 if step.index % 2 else 0, (text,) * 4)
    candidates = (Candidate(text, rating, text, text), Candidate(None, Rating(1, 0, 1, 1, (text,) * 4)))
    return msgspec.structs.replace(step, candidates=candidates, shown=0, p_speak=0.8, drawn=1)


def add(db: Path, texts: tuple[str, ...] = TEXTS, *, name: str = "p01-hostile", days: int = 1, stop: int = 60) -> RunRow:
    """Add a run whose actions and every third step use the given texts in turn.

    What is said once (persona, row, options) has the first of them.
    """
    first = texts[0]
    persona = persona_of(first)
    with Store(db) as store:
        row = store.add_run(
            {
                "id": name,
                "persona": first[:5000],
                "name": persona.name,
                "seed": 0,
                "assistant": first[:5000],
                "model": first[:5000],
                "days": 14,
                "persona_json": persona.model_dump_json(),
                "world_text": load_world().text,
                "config_json": json.dumps({"timestep": story.TIMESTEP, "scheme": first, first[:500]: first[:5000], "memory": first[:5000]}),
                "versions_json": "{}",
            }
        )
        index = 0
        for day in range(1, days + 1):
            plan = story.plan(day)
            actions = {each.start: action_of(each, texts[i % len(texts)]) for i, each in enumerate(plan.actions)}
            plan = DayPlan(day, tuple(actions.values()), plan.receptive, plan.gap_min, plan.gap_max)
            steps = []
            for number, step in enumerate(story.day_steps(day, index)[:stop]):
                step = msgspec.structs.replace(step, action=actions[step.action.start])
                steps.append(said(step, texts[number // 3 % len(texts)]) if number % 3 == 0 else step)
            store.begin_day(row, plan, index)
            store.add_steps(row, steps, [0] * len(steps), 0.0)
            tally = DayCounter(day, story.TIMESTEP, persona.rubric.frequency)
            for step in steps:
                tally.add(step)
            store.end_day(row, tally.figures())
            index += len(steps)
        kinds = enumerate(texts)
        store.end_night(row, story.night(1, 10), 0.0, (), [RunWarning(10, 1, text[:3000] + str(number), text) for number, text in kinds])
        store.update_run(row, state=first[:5000], error=first, created=first[:500])
        return store.run(name)


def sound(app: App[Any], when: str = "") -> str:
    """Assert that the screen is harmless and complete; return it as text."""
    assert app.is_running, when
    assert app._exception is None, when
    width, height = app.size
    strips = app.screen._compositor.render_strips()
    assert len(strips) == height, when
    for y, strip in enumerate(strips):
        assert strip.cell_length == width == cell_len(strip.text), f"line {y} is not of the screen's width {when}"
        for segment in strip:
            assert not segment.control
            bad = [char for char in JOINED.sub("", segment.text) if unicodedata.category(char) in HARMFUL]
            assert not bad, f"line {y} has {bad} {when}: {segment.text!r}"
            style = segment.style
            if style is not None:
                assert style.link is None, when
                acts = [value for name, value in style.meta.items() if name.startswith("@") and value not in SCROLLS]
                assert not acts, f"line {y} does {acts} {when}"
    return "\n".join(strip.text for strip in strips)
