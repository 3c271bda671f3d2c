"""The screen of what has been learned: maps and suggestions, night by night."""

from __future__ import annotations

import re

import msgspec
import pytest
from textual.widgets import Static

from propersim.core.text import counted
from propersim.inspector.protocol import MapRow, MapSpeaking, MomentMap, NightAdapter, SampleSuggestions, SpeakMap
from propersim_tui.app import PropersimApp
from propersim_tui.data.source import RunSource
from propersim_tui.screens.learned import LearnedScreen, figures_until_shown, heat_data, moment_text, moment_words
from propersim_tui.widgets.heat_map import HeatData, HeatMap, heat_lines, legend
from propersim_tui.widgets.scroll_panel import ScrollPanel
from tests.known import known
from tests.tui import story
from tests.tui.answers import FakeExaminer, mapped
from tests.tui.hostile import HOSTILE, shown_start
from tests.tui.hosts import harmless, text_of
from tests.waiting import wait_for_async

pytestmark = pytest.mark.usefixtures("undrawn")


@pytest.fixture
def opened(tmp_path):
    """Make an app on a learning run with a fake inspector."""

    def make(text: str | None = None) -> tuple[PropersimApp, FakeExaminer]:
        path = tmp_path / "runs.sqlite"
        row = story.add_learner(path)
        story.add_nights(path, row, story.night(1, 402), story.night(2, 804))
        source = RunSource(path, "last")
        examiner = FakeExaminer(lambda index: source.frame(index).step, text)
        return PropersimApp(source, paused=True, at=900, now=lambda: 0.0, inspector=lambda *_: examiner), examiner

    return make


async def settled(app, pilot) -> LearnedScreen:
    """Deliver the maps, and then the suggestions that the screen asks for."""
    assert isinstance(app.screen, LearnedScreen)
    for _ in range(3):
        app.tick()
        await pilot.pause()
    return app.screen


def head(screen: LearnedScreen) -> str:
    return str(screen.query_one("#night", Static).content)


async def test_the_newest_night_is_shown_and_the_arrows_move_among_them(opened):
    app, examiner = opened()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("w")
        screen = await settled(app, pilot)
        assert [type(one) for one in examiner.asked] == [MapSpeaking, SampleSuggestions]
        assert "after night 2 (trained)" in head(screen)
        await pilot.press("left")
        assert "after night 1 (trained)" in head(screen)
        await pilot.press("left", "left")
        assert "before day 1" in head(screen)
        screen = await settled(app, pilot)
        assert examiner.asked[-1] == SampleSuggestions(day=0), "tastes are asked for where one stops"
        await pilot.press("right")
        assert "after night 1" in head(screen)


async def test_agreement_grows_as_the_map_turns_into_the_user(opened):
    app, _ = opened()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("w")
        screen = await settled(app, pilot)
        late = head(screen)
        await pilot.press("left", "left")
        early = head(screen)
        first = known(re.search(r"(\d+) points worse than always silent", early))[1]
        assert f"(before day 1: −{first})" in late
        assert re.search(r"\d+ points better than always silent", late)
        assert "(before day 1" not in early


async def test_the_nights_can_be_played(opened, monkeypatch):
    monkeypatch.setattr("propersim_tui.screens.learned.SECONDS_PER_NIGHT", 3600.0)
    app, _ = opened()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("w")
        screen = await settled(app, pilot)
        await pilot.press("p")
        seen = [head(screen)]
        for _ in range(2):
            screen.forward()
            seen.append(head(screen))
        assert [each.split("  ")[0] for each in seen] == ["before day 1", "after night 1 (trained)", "after night 2 (trained)"]
        screen.forward()
        assert not screen.playing, "it ends with the last night"
        await pilot.press("p")
        assert screen.playing
        await pilot.press("p")
        assert not screen.playing, "the same key stops it"


async def test_a_new_night_is_asked_for(opened, tmp_path):
    app, examiner = opened()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("w")
        screen = await settled(app, pilot)
        story.add_nights(app.source.db, app.source._row, story.night(3, 1170))
        app.source._read_nights()
        examiner.nights = (1, 2, 3)
        screen = await settled(app, pilot)
        assert "after night 3 (trained)" in head(screen)


async def test_tastes_stand_beside_likes(opened):
    app, _ = opened()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("w")
        screen = await settled(app, pilot)
        topics, tones, examples = (
            screen.query_one(f"#{name}", ScrollPanel).content_shown.plain for name in ("topics", "tones", "examples")
        )
        assert "✓ music" in topics
        assert "✗ finance" in topics
        assert "liked but not suggested: theatre" in topics
        assert "✓ warm" in tones
        assert "✗ formal" in tones
        assert "● “A slow album" in examples
        assert "◐ “You should log" in examples


async def test_trouble_is_said(opened):
    app, examiner = opened()
    examiner.trouble = "the control random has no model"
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("w")
        screen = await settled(app, pilot)
        assert "the control random has no model" in head(screen)
        await pilot.resize_terminal(130, 40)
        assert "the control random has no model" in head(screen)
        assert [heat_map.render().plain for heat_map in screen.query(HeatMap)] == [examiner.trouble] * 2
        await pilot.press("left", "p", "escape")
        assert app.screen is app.live


async def test_a_control_is_not_asked_and_says_so_at_once(app_of, three_days):
    app = app_of(three_days, at=500)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("w")
        await pilot.pause()
        assert isinstance(app.screen, LearnedScreen)
        assert "random is a control: it follows a fixed rule" in head(app.screen)
        assert "computing" not in text_of(app)
        assert "asking" not in text_of(app)
        assert app.inspector.process is None, "nothing was started"


async def test_trouble_with_the_suggestions_is_said_in_their_place(opened):
    app, examiner = opened()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("w")
        app.tick()
        await pilot.pause()
        examiner.trouble = "the model is gone"
        screen = await settled(app, pilot)
        await pilot.press("left")
        screen = await settled(app, pilot)
        assert "after night 1" in head(screen), "the maps are there"
        assert "the model is gone  ask again" in screen.query_one("#topics", ScrollPanel).content_shown.plain
        examiner.trouble = ""
        await pilot.press("right", "left")
        screen = await settled(app, pilot)
        assert "✓ music" in screen.query_one("#topics", ScrollPanel).content_shown.plain


def a_heat(*names: str, halves: int = 34) -> HeatData:
    """Return a map with the user open from 9 to 10 and speech all day; the afternoon was not experienced."""
    opens, lived = [6 <= i < 8 for i in range(halves)], [30.0 * (i < 12) for i in range(halves)]
    return HeatData(names, 360, [[0.9] * halves for _ in names], [opens for _ in names], [lived for _ in names])


@pytest.mark.parametrize("size", [(8, 3), (20, 3), (40, 10), (60, 30), (200, 40)], ids=str)
def test_a_map_keeps_to_its_room(size):
    for heat in (a_heat("a", "b" * 90, halves=40), a_heat(*"abcdefghijk"), a_heat("日本" * 20), a_heat()):
        for truth in (False, True):
            lines = heat_lines(heat, *size, truth=truth)
            assert len(lines) <= size[1]
            assert all(line.cell_length <= size[0] for line in lines)


@pytest.mark.parametrize(("width", "cells", "hours"), [(57, 1, "6   8   10  12  14  16  18  20  23"), (98, 2, "6   7   8   9   10  11")])
def test_names_are_whole_and_columns_as_wide_as_there_is_room(width, cells, hours):
    top, band, row, *_, bottom = heat_lines(a_heat("scrubbing the floor", *"abcdefgh"), width, 40)
    assert row.plain.startswith("scrubbing the floor █")
    assert row.plain.count("█") == 34 * cells
    assert hours in top.plain
    assert top.plain.rstrip().endswith("23"), "when the last half-hour ends"
    assert bottom.plain == top.plain
    start = 20 + 6 * cells
    assert band.plain.rstrip() == "▄ mostly receptive  " + " " * 6 * cells + "▄" * 2 * cells
    assert top.plain[start] == ("9" if cells == 2 else " "), "hours stand above their columns"
    underlined = [at for span in row.spans if "underline" in str(span.style) for at in range(span.start, span.end)]
    assert underlined == list(range(start, start + 2 * cells)), "also without colours one sees where the user is open"


def test_where_there_is_room_the_time_lived_stands_beside():
    assert heat_lines(a_heat("scrubbing the floor"), 78, 9)[2].plain.endswith("6.0 h")
    assert not heat_lines(a_heat("scrubbing the floor"), 57, 9)[2].plain.endswith("h")


@pytest.mark.parametrize("width", [10, 18, 50, 76, 96, 140])
def test_the_legend_is_never_cut(width):
    for truth in (False, True):
        text = legend(width, truth=truth)
        assert len(text) <= width
    assert ("0 % ·░▒▓█ 100 %" in legend(width)) == (15 <= width < 84)
    assert ("█ 80–100 %" in legend(width)) == (width >= 84)


async def test_what_has_no_room_is_counted(opened):
    app, _ = opened()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("w")
        screen = await settled(app, pilot)
        speaks = screen.query_one("#speaks", HeatMap)
        assert str(speaks.border_title) == "Speaks"
        assert "underlined" in str(speaks.border_subtitle)
        speaks.heat = a_heat(*(f"activity {i}" for i in range(30)))
        await pilot.pause()
        shown = sum(f"activity {i} " in text_of(app) for i in range(30))
        assert str(speaks.border_title) == f"Speaks · {shown} of 30 activities"
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "points better than silence (before day 1" in head(screen)


async def test_hostile_text_is_shown_as_it_is(opened):
    app, examiner = opened()
    async with app.run_test(size=(120, 40)) as pilot:
        for text in HOSTILE.values():
            examiner.text = text
            await pilot.press("w")
            screen = await settled(app, pilot)
            harmless(app)
            assert shown_start(text)[:8] in screen.query_one("#speaks", HeatMap).render().plain
            await pilot.press("escape")


@pytest.mark.parametrize(("weekday", "day"), [(None, ""), (5, ", on a Saturday")])
def test_the_heading_names_the_moment_and_what_silence_would_get(weekday, day):
    rows = (MapRow("meal", "eating", "kitchen", 60.0),)
    one = SpeakMap(2, NightAdapter(1, 402), 0, 1, rows, 480, ((0.1, 0.99),), ((0, 1),), ((60.0, 180.0),), weekday, at=804)
    f1, first = "F1 days 1–2 .93", ("after day 1", -4)
    when = f"after day 2{day}"
    early, run = " (after day 1: −4)", "   F1 days 1–2 .93"
    lead, less = "  75 points better than always silent", "  75 points better than silence"
    forms = (
        f"{when}{lead}{early}   right in 100 % of the time, always silent: 25 %{run}",
        f"{when}{lead}{early}   right 100 %, silent 25 %{run}",
        f"{when}{lead}{early}{run}",
        f"{when}{less}{early}{run}",
        f"{when}{lead}{early}",
        f"{when}{less}{early}",
        f"{when}{lead}",
        f"{when}  75 points better",
    )
    for form in forms:
        assert moment_text(one, heat_data(one), f1, len(form) + 2, first=first).plain == form
    worse = msgspec.structs.replace(one, speaks=((1, 0),))
    form = f"{when}  25 points worse than always silent"
    assert moment_text(worse, heat_data(worse), "", len(form) + 2).plain == form
    assert moment_text(one, heat_data(one, blind=True), f1, 120).plain == when, "a person rates"
    nowhere = msgspec.structs.replace(one, day=0, at=0, adapter=None, done=((0.0, 0.0),))
    assert moment_text(nowhere, heat_data(nowhere), "", 120).plain == f"before day 1{day}   nothing is known of the user yet"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "after day 6"),
        ({"adapter": NightAdapter(6, 2412)}, "after night 6 (trained)"),
        ({"minute": 845.0, "now": True}, "now, day 6 14:05"),
        ({"minute": 845.0, "adapter": NightAdapter(6, 2412)}, "day 6 14:05 (trained on request)"),
        ({"day": 0, "at": 0}, "before day 1"),
    ],
)
def test_a_night_is_named_only_where_it_trained(changes, words):
    one = SpeakMap(6, NightAdapter(2, 804), 0, 1, (), 480, (), (), (), at=2412)
    assert moment_words(msgspec.structs.replace(one, **changes)) == words


def test_where_it_knows_nothing_to_say_it_counts_as_silent():
    one = SpeakMap(1, None, 0, 1, (MapRow("meal", "eating", "kitchen", 60.0),), 480, ((0.9, 0.9),), ((1, 0),), ((60.0, 60.0),))
    assert heat_data(one).agreement(0.5) == 0.5
    assert heat_data(msgspec.structs.replace(one, speaks=((1, 0),))).agreement(0.5) == 1.0


async def test_the_shown_moment_is_asked_about_and_shown_first(opened):
    app, examiner = opened()
    async with app.run_test(size=(120, 40)) as pilot:
        examiner.silent = True
        await pilot.press("w")
        assert examiner.asked[-1] == MapSpeaking(index=900)
        now = msgspec.structs.replace(mapped(3, 0, 4, len(examiner.asked)), at=901, minute=845.0, now=True, adapter=NightAdapter(2, 804))
        later = [msgspec.structs.replace(mapped(day, 3 - day, 4, len(examiner.asked))) for day in (2, 1, 0)]
        examiner._answers = [now]
        screen = await settled(app, pilot)
        assert head(screen).startswith("now, day 3 14:05")
        assert "F1 days 1–3 " in head(screen)
        assert examiner.asked[-1] == SampleSuggestions(index=900), "before the maps of the days"
        examiner._answers = [msgspec.structs.replace(one, number=now.number) for one in later]
        screen = await settled(app, pilot)
        assert head(screen).startswith("now, day 3 14:05")
        assert "(before day 1: " in head(screen)
        await pilot.press("left")
        assert head(screen).startswith("after night 2 (trained)")
        assert "F1 days 1–2 " in head(screen)
        await pilot.press("escape", "w")
        passed = msgspec.structs.replace(now, at=951, minute=970.0, number=len(examiner.asked))
        examiner._answers = [passed]
        screen = await settled(app, pilot)
        assert head(screen).startswith("as of day 3 16:10"), "the run shows another moment"
        assert sorted(screen._maps) == [0, 402, 804, 951], "the moment that has passed is gone"


async def test_where_another_step_is_shown_the_map_is_not_now_and_is_asked_for_again(opened, monkeypatch):
    monkeypatch.setattr("propersim_tui.screens.learned.SETTLE", 0.01)
    app, examiner = opened()
    async with app.run_test(size=(120, 40)) as pilot:
        examiner.silent = True
        await pilot.press("w")
        examiner._answers = [
            msgspec.structs.replace(mapped(3, 0, 4, len(examiner.asked)), at=901, minute=845.0, now=True, adapter=NightAdapter(2, 804))
        ]
        screen = await settled(app, pilot)
        assert head(screen).startswith("now, day 3 14:05")
        await pilot.press("home")
        assert app.frame.step.index == 0
        assert head(screen).startswith("as of day 3 14:05")
        await wait_for_async(lambda: was_asked(pilot, examiner, MapSpeaking(index=0)), "the question about the shown step")


async def was_asked(pilot, examiner, question) -> bool:
    await pilot.pause()
    return examiner.asked[-1] == question


async def test_what_is_known_is_shown_while_the_model_is_asked(opened):
    app, examiner = opened()
    examiner.silent = True
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("w")
        app.tick()
        await pilot.pause()
        screen = app.screen
        assert head(screen).startswith("asking the model …")
        assert "night 2 · trained on" in head(screen)
        topics = screen.query_one("#topics", ScrollPanel)
        assert "all days: " in topics.content_shown.plain
        days = [figures for figures in figures_until_shown(app.frame) if figures.shown]
        assert days[-1].day == app.frame.step.day
        assert days[-1] is app.frame.today
        assert (
            f"day {days[-1].day}: {counted(days[-1].shown, 'recommendation')} shown, {days[-1].welcome} welcome"
            in topics.content_shown.plain
        )
        assert [heat_map.heat for heat_map in screen.query(HeatMap)] == [None, None]

        number = len(examiner.asked)
        of_maps = mapped(2, 0, 1, number)
        known = MomentMap(of_maps.rows, of_maps.start, of_maps.open, of_maps.done, ("topics right: music 3 of 4",), number=number)
        examiner._answers.append(known)
        app._now = app.inspector._clock = lambda: 5.0
        app.tick()
        await pilot.pause()
        speaks, open_ = screen.query(HeatMap)
        assert speaks.heat is None, "that takes the model"
        assert [list(map(int, row)) for row in open_.heat.open] == [list(row) for row in of_maps.open]
        assert "topics right: music 3 of 4" in topics.content_shown.plain
        assert "5 s" in head(screen), "it still waits"
        assert speaks.waiting == "asking the model … 5 s"

        examiner._answers.append(of_maps)
        app.tick()
        await pilot.pause()
        assert "after night 2" in head(screen)
        assert speaks.heat == open_.heat
