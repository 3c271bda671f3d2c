"""The list of personas: rules in words, filter and sort order, own and broken files."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import Input

from propersim.core import clock
from propersim.persona.library import load_persona, office_persona_ids, persona_ids, personas_folder
from propersim.persona.model import Persona, Rubric
from propersim.user.rules import Rules
from propersim.world.catalogue import activities
from propersim_tui.messages import StartRun
from propersim_tui.render.persona_text import ANY_TIME, ASLEEP, LABEL, WITHIN, persona_lines, span, timelines, trait_bars
from propersim_tui.screens.path import PathScreen
from propersim_tui.screens.personas import PersonasScreen
from propersim_tui.widgets.persona_pane import PersonaPane
from tests.tui.hosts import Host, at_each, harmless, settled, text_of

pytestmark = pytest.mark.usefixtures("undrawn")

SIZES = ((1, 1), (59, 16), (60, 16), (99, 31), (100, 32), (190, 20), (300, 80))
PERSONAS = {which: load_persona(which) for which in (*persona_ids(), *office_persona_ids())}


def _text(which: str, width: int = 120) -> str:
    return "\n".join(line.plain for line in persona_lines(PERSONAS[which], width))


def _raw() -> dict[str, Any]:
    return yaml.safe_load((personas_folder() / "p01.yaml").read_text(encoding="utf-8"))


# -- the sheet ------------------------------------------------------------------------------------------------------


def test_the_profile_has_a_bar_for_each_trait():
    assert trait_bars(PERSONAS["p01"]) == "▆▆▆▆▆"
    assert trait_bars(PERSONAS["p07"]) == "▆▆▁▁▆"
    assert len({trait_bars(persona) for persona in PERSONAS.values()}) == 32


def test_rules_as_a_person_reads_them():
    text = _text("p07")
    for part in (
        "travel, languages",
        "during: drink",
        "21:00–22:30",
        "fitness, pets, decor, volunteering",
        "during: drink; 10:30–14:15",
        "during: deep focus, play music, call",
        "3 to 4 (of 16 hours awake)",
        "comfortable from 3 h 00 to 8 h 00",
        "formal",
        "playful, enthusiastic, warm",
        "career (job performance",
        "Practise at the piano (play music, 40 min)",
        "17:30–20:45",
        "19:00  her mother on the telephone (call family, 40 min, sun)",
        "“Three or four a day. I count them.”",
    ):
        assert part in text, part


@pytest.mark.parametrize("width", [50, 120])
def test_a_clause_of_variety_stands_with_its_rules(width):
    persona = PERSONAS["p07"]
    assert "Variety" not in _text("p07", width)
    clause = {"text": "Not twice.", "topic": {"fills": 1.5, "half_life": 8}, "suggestion": {"fills": 0.8, "half_life": 24}}
    rubric = Rubric.model_validate({**persona.rubric.model_dump(), "variety": clause})
    lines = [line.plain for line in persona_lines(persona.model_copy(update={"rubric": rubric}), width)]
    text = " ".join(" ".join(lines).split())
    for part in ("Variety (under preference)", "“Not twice.”", "once is enough for 5 hours", "enough only where repeated soon"):
        assert part in text, part
    assert all(len(line) <= width for line in lines)


def test_text_and_rules_are_beside_each_other_where_there_is_room():
    wide = next(line for line in _text("p07", 120).splitlines() if "3 to 4" in line)
    narrow = next(line for line in _text("p07", 70).splitlines() if "3 to 4" in line)
    assert "Three or four" in wide
    assert "Three or four" not in narrow


@given(st.sampled_from(sorted(PERSONAS)), st.integers(40, 220))
def test_the_sheet_keeps_to_its_width_and_the_band_to_the_rules(which, width):
    persona = PERSONAS[which]
    assert all(line.cell_length <= width for line in persona_lines(persona, width))
    start, end = span(persona)
    assert start <= clock.parse_time(persona.lifestyle.wake)
    assert end >= clock.parse_time(persona.lifestyle.sleep, latest=clock.LATEST)
    label = min(LABEL, width // 3)
    room = width - label
    rules = Rules(persona)
    found = [line.plain[label:] for line in timelines(persona, width) if line.plain.startswith("receptive")]
    named = {name for window in persona.rubric.timing.windows for name in window.during or ()}
    assert bool(found) == any(not window.during for window in persona.rubric.timing.windows)
    # Something that no window asks for and that may be interrupted: open then is open whatever is done.
    other = next(each.id for each in activities().values() if not rules.never(each.id) and not any(map(each.is_a, named)))
    wake, sleep = clock.parse_time(persona.lifestyle.wake), clock.parse_time(persona.lifestyle.sleep, latest=clock.LATEST)
    for column, sign in enumerate(found[0].ljust(room) if found else ""):
        minute = start + (column + 0.5) / room * (end - start)
        if not wake <= minute < sleep:
            assert sign == ASLEEP
        else:
            assert sign == (ANY_TIME if rules.on_weekday(0).receptive(other, minute) else " ")


def test_windows_that_ask_for_an_activity_have_a_line_of_their_own():
    lines = [line.plain for line in timelines(PERSONAS["p07"], 100)]
    drink = next(line for line in lines if line.startswith("drink"))
    assert WITHIN in drink
    assert ANY_TIME not in drink
    always = next(line for line in lines if line.startswith("receptive"))
    assert ANY_TIME in always


def test_a_window_after_midnight_is_on_the_band():
    lines = [line.plain for line in timelines(PERSONAS["p24"], 150)]
    always = next(line for line in lines if line.startswith("receptive"))
    assert always.rstrip(" ·").endswith(ANY_TIME)
    assert len([part for part in always[LABEL:].replace("·", " ").split() if part]) == 5, "five times, every day"


def _with_days():
    raw = _raw()
    rubric = raw["rubric"]
    rubric["timing"]["windows"] = [
        {"days": ["sat"], "start": "08:00", "end": "12:00"},
        {"days": ["mon", "tue", "wed", "sun"], "during": "meal"},
        {"days": "all", "start": "20:30", "end": "21:30"},
        {"days": ["sat"], "start": "18:00", "end": "19:00"},
    ]
    rubric["preference"]["likes"][0]["days"] = "weekends"
    rubric["frequency"]["on_days"] = [{"days": ["sun"], "min_per_day": 3, "max_per_day": 4}]
    return Persona.model_validate(raw)


def test_rules_of_some_days_name_their_days():
    text = "\n".join(line.plain.rstrip() for line in persona_lines(_with_days(), 120))
    for part in (
        "08:00–12:00 (Sat)",
        "during: meal (Mon–Wed, Sun)",
        "20:30–21:30\n",
        "during: meal (weekends)",
        "6 to 8 (of 16 hours awake)",
        "Sun: 3 to 4, gap from 3 h 00 to 8 h 00",
    ):
        assert part in text, part
    assert "(every day)" not in text


def test_windows_of_some_days_have_a_line_of_their_own():
    lines = {line.plain[:LABEL].strip(): line.plain[LABEL:] for line in timelines(_with_days(), 130)}
    assert {"Sat: receptive", "receptive", "Mon–Wed, Sun: meal", "weekends: cooking, t…"} <= set(lines)
    # Both windows of the Saturday are on its line, and no other.
    assert len(lines["Sat: receptive"].replace("·", " ").split()) == 2
    assert len(lines["receptive"].replace("·", " ").split()) == 1


def test_the_sheet_of_a_persona_with_days_keeps_to_its_width():
    persona = _with_days()
    for width in range(40, 220, 9):
        assert all(line.cell_length <= width for line in persona_lines(persona, width)), width


# -- the screen -----------------------------------------------------------------------------------------------------


async def _shown(pilot):
    await settled(pilot)
    return pilot.app.shown


async def test_all_personas_are_listed_and_enter_begins_a_run():
    app = Host(PersonasScreen())
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        assert screen.table.keys == [*persona_ids(), *office_persona_ids()]
        assert "Rosalind Achterberg" in text_of(app)
        await pilot.press("down", "enter")
        assert app.said == [StartRun("p02")]
        await pilot.press("t", "n")
        assert app.trapped == 0


async def test_a_click_shows_a_persona_and_a_double_click_begins():
    app = Host(PersonasScreen(current="p03"))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        assert screen.table.key == "p03"
        await pilot.click("#personas-table", offset=(8, 8))
        assert screen.table.key == "p07"
        assert "Anahit Petrosyan" in text_of(app).split("Persona ")[-1]
        assert app.said == []
        await pilot.double_click("#personas-table", offset=(8, 9))
        assert app.said == [StartRun("p08")]


async def test_filter_and_sorting():
    app = Host(PersonasScreen())
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        await pilot.press("slash", *"o+ conditional Vienna")
        assert screen.table.keys == ["p07"]
        assert "1 of 37 personas" in text_of(app)
        await pilot.press("enter", "escape")
        assert len(screen.table.keys) == 37
        await pilot.press("s", "s")
        assert screen.table.sorted_by == "name"
        names = [PERSONAS[key].name.casefold() for key in screen.table.keys]
        assert names == sorted(names)
        await pilot.press("S")
        assert [PERSONAS[key].name.casefold() for key in screen.table.keys] == sorted(names, reverse=True)
        await pilot.click("#personas-table", offset=(27, 1))
        assert screen.table.sorted_by == "age"
        ages = [PERSONAS[key].age for key in screen.table.keys]
        assert ages == sorted(ages)
        await pilot.press("escape")
        assert not isinstance(app.screen, PersonasScreen)


async def test_a_file_of_ones_own(tmp_path):
    raw = _raw() | {"id": "mine", "name": "Someone Else", "rubric": _raw()["rubric"]}
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    app = Host(PersonasScreen())
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        await pilot.press("o")
        assert isinstance(app.screen, PathScreen)
        app.screen.query_one(Input).value = str(path)
        await pilot.press("enter")
        await settled(pilot)
        assert screen.table.key == str(path)
        assert len(screen.table.keys) == 38
        await pilot.press("enter")
        assert app.said == [StartRun(str(path))]
        path.unlink()
        await pilot.press("u")
        await settled(pilot)
        assert "cannot be read" in text_of(app)
        await pilot.press("o", "escape")
        assert screen.is_current


async def test_broken_files_are_said_and_begin_nothing(tmp_path):
    broken = tmp_path / "broken.yaml"
    raw = _raw()
    raw["age"] = "old"
    raw["rubric"]["timing"]["windows"] = [{"start": "25:99"}]
    broken.write_text(yaml.safe_dump(raw), encoding="utf-8")
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00[/]")
    app = Host(PersonasScreen([broken, binary, tmp_path / "none.yaml"]))
    async with app.run_test(size=(200, 60)) as pilot:
        screen = await _shown(pilot)
        await pilot.press("home")
        assert len(screen.table.keys) == 40
        assert "3 broken" in text_of(app)
        await pilot.press(*["down"] * screen.table.keys.index(str(broken)))
        shown = " ".join(text_of(app).split())
        assert "rubric.timing.windows" in shown
        assert "age:" in shown
        await pilot.press("enter")
        assert app.said == []
        assert screen.notice.is_open
        await pilot.press("escape", "s", "s", "s", "s", "s", "s")
        assert len(screen.table.keys) == 40


async def test_the_sheet_scrolls_and_takes_the_lists_place_on_a_small_screen():
    app = Host(PersonasScreen())
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await _shown(pilot)
        pane = screen.query_one(PersonaPane)
        assert not pane.display
        await pilot.press("p")
        await pilot.pause()
        assert pane.display
        assert "Openness" in text_of(app)
        await pilot.press("space")
        await pilot.pause()
        assert pane.scroll_offset.y > 10
        await pilot.press("b")
        await pilot.pause()
        assert pane.scroll_offset.y == 0
        await pilot.press("escape")
        assert screen.table.display


async def test_any_size():
    app = Host(PersonasScreen())
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        async for size in at_each(pilot, SIZES):
            await pilot.press("down", "p", "space", "b", "p")
            await pilot.pause()
            harmless(app)
            tiny = size[0] < 60 or size[1] < 16
            assert screen.query_one("#small").display == tiny
            assert tiny or screen.table.region.height > 3
            assert tiny or size[0] < 100 or screen.query_one(PersonaPane).region.width > 40
