"""The panels Now, Days and Scores: nothing that matters is cut, whatever the width."""

from __future__ import annotations

import re
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.records import Clocks, DayFigures, DayPlan, Heard, Span, Step, UserState
from propersim.experiments.agreement import KAPPA_FROM, Agreement, RaterAgreement
from propersim.persona.library import load_persona
from propersim.simulation.metrics import metrics
from propersim.world.floor_plan import load_world
from propersim_tui.data.frame import Frame, RunInfo
from propersim_tui.render.export import as_text
from propersim_tui.render.persona_text import persona_lines
from propersim_tui.widgets.days_panel import HERE, POINT, UNDER, DaysPanel
from propersim_tui.widgets.now_panel import NARROW, NowPanel
from propersim_tui.widgets.scores_panel import ScoresPanel, agreed_line
from tests.known import known
from tests.tui import story

pytestmark = pytest.mark.usefixtures("undrawn")

ABOUT = RunInfo("p01-test", load_persona("p01"), load_world(), "llama · homelm nf4", 14, 2.5)
STEP = story.day_steps(1, 0)[140]


def figures(day: int, shown: int, welcome: int) -> DayFigures:
    return DayFigures(day=day, steps=402, dimensions=(400, 400, 402, 402), silent=1500, oracle=1608, shown=shown, welcome=welcome)


@given(st.integers(1, 400), st.data(), st.integers(24, 330), st.sampled_from([6, 8, 12, 25]), st.booleans())
def test_the_axis_of_the_days_cuts_no_number_and_has_the_shown_day(count, data, width, height, focused):
    today, planned = data.draw(st.integers(1, count)), data.draw(st.integers(count, 400))
    about = replace(ABOUT, days=planned)
    days = [figures(day, 9, 9) for day in range(1, count + 1)]
    frame = Frame(about, step=msgspec.structs.replace(STEP, day=today), days=days)
    panel = DaysPanel()
    for cursor in (None, data.draw(st.integers(1, count)) if focused else None, None):
        panel.set_reactive(DaysPanel.cursor, cursor)
        lines = [each.plain for each in panel.lines(frame, width, height)]
        axis = next(each for each in lines if "└" in each).split("└")[1].split("  F1")[0]
        wide, first, _, _ = panel._bars
        if cursor is None:
            assert re.search(rf"(?<!\d){today}[{HERE}{UNDER}]|{UNDER}{today}(?!\d)", axis), axis
        else:
            assert axis[(cursor - first) * wide] == POINT
        for found in re.finditer(r"\d+", axis.partition("content")[0]):
            day = int(found.group())
            assert day == today or found.start() == (day - first) * wide, f"{day} is cut or misplaced: {axis}"


@pytest.mark.parametrize("width", [34, 40, 44, 50, 60])
@pytest.mark.parametrize(("shown", "pairs"), [(404, 804), (7, 12), (1404, 16_804)])
def test_figures_of_the_days_are_never_cut(width, shown, pairs):
    days = [figures(1, shown, 0), figures(2, 9, 9)]
    nights = [story.night(day, day * 402, pairs=pairs) for day in (1, 2)]
    frame = Frame(ABOUT, step=msgspec.structs.replace(STEP, day=2, index=805), days=days, nights=nights)
    rows = [each.plain for each in DaysPanel().lines(frame, width, 30)]
    head = next(place for place, row in enumerate(rows) if "welcome" in row)
    assert all(len(row) <= width for row in rows[head : head + 3])
    assert f"0 of {shown}" in rows[head + 1]
    assert rows[head + 1].endswith(f" {pairs}")
    assert rows[head].endswith("☾pairs")
    # Every column ends where its heading does.
    assert {len(row) for row in rows[head : head + 3]} == {len(rows[head])}


@given(st.lists(st.tuples(st.integers(0, 402), st.integers(0, 60)), min_size=1, max_size=20), st.integers(30, 110), st.integers(4, 40))
def test_the_days_have_the_axis_of_scores_whatever_they_are(found, width, height):
    days = [
        msgspec.structs.replace(figures(day, shown, 0), dimensions=(good, good, 402, good)) for day, (good, shown) in enumerate(found, 1)
    ]
    frame = Frame(ABOUT, step=msgspec.structs.replace(STEP, day=len(days)), days=days)
    panel = DaysPanel()
    rows = [each.plain for each in panel.lines(frame, width, height)]
    axis = [row for row in rows if row[3:4] == "┤"]
    assert axis[0].startswith("4.0┤")
    assert axis[-1].startswith("0.0┤")
    wide, first, count, _ = panel._bars
    for place in range(count):
        score, bar = known(metrics([days[first - 1 + place]])["score"]), "".join(row[4 + place * wide] for row in axis)
        if wide == 1:
            # Without the marks of the controls a bar is as high as its score on the axis of 0 to 4.
            assert bar.count("█") == int(score / 4 * len(axis) + 1e-9) or abs(bar.count("█") - score / 4 * len(axis)) < 1


async def test_the_days_and_the_scores_show_the_day_of_the_cursor(app_of, three_days):
    app = app_of(three_days, at=2 * 402 + 300)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        days, scores = app.query_one("#days", DaysPanel), app.query_one("#scores", ScoresPanel)
        days.focus()
        await pilot.pause()
        await pilot.press("left", "left")
        await pilot.pause()
        assert days.cursor == 1
        assert scores.border_title == "Scores of day 1"
        text = as_text(days)
        assert "day 1 █ score" in text
        assert f"{metrics([known(app.frame).days_so_far[0]])['score']:.2f}" in text
        await pilot.press("enter")
        await pilot.pause()
        assert known(known(app.frame).step).day == 1
        await pilot.press("tab")
        await pilot.pause()
        assert scores.border_title == "Scores today so far"
        app.run_view.go_to_step(2 * 402 + 300)
        await pilot.pause()
        await pilot.hover("#days", offset=(days.gutter.left + 4, 2))
        assert days.cursor == 1
        await pilot.hover("#home")
        assert days.cursor is None


def now(width: int, height: int, *, gap: float = 65, shown: int = 1, moment: UserState | None = None, least: float = 90) -> list[str]:
    plan = DayPlan(1, story.plan(1).actions, (Span(0, 1440),), least, 300)
    step: Step = msgspec.structs.replace(STEP, clocks=Clocks(gap, gap, shown), moment=moment or UserState(True, True))
    return [each.plain for each in NowPanel().lines(Frame(ABOUT, step=step, plan=plan), width, height)]


@pytest.mark.parametrize("width", [NARROW, 34, 38, 39, 60, 90])
@pytest.mark.parametrize("shown", [0, 1])
@pytest.mark.parametrize("moment", [UserState(True, True), UserState(False, False), UserState(True, True, True)])
def test_the_key_lines_of_now_are_whole_at_every_width(width, shown, moment):
    lines = now(width, 5, gap=615, shown=shown, moment=moment)
    assert all(len(each) <= width for each in lines)
    text = "\n".join(lines)
    assert "receptive yes" in text if moment.receptive else "receptive no" in text
    assert ("nothing useful yet today" in text or "too long" in text) == moment.overdue
    assert ("wants one now" in text) == (moment.wanted and not moment.overdue)
    assert ("10 h 15 ago" in text) == bool(shown)
    assert "1 h 30" in text, "the comfortable gap is whole"
    assert sum(text.count(sign) for sign in "▮▯") == 5, "the bar is whole"


@pytest.mark.parametrize(("width", "height"), [(NARROW, 30), (39, 16), (60, 8), (90, 8), (90, 4)])
def test_now_says_what_was_heard_enough_of_where_there_is_room(width, height):
    clocks = Clocks(65, 65, 1, topics=(Heard("zoo", 30.0, 1.2), Heard("music", 40.0, 0.4)))
    step = msgspec.structs.replace(STEP, clocks=clocks)
    lines = [each.plain for each in NowPanel().lines(Frame(ABOUT, step=step), width, height)]
    text = " ".join(" ".join(lines).split())
    assert ("had enough of zoo" in text) == (height > 4)
    assert "music" not in text, "a little satiation is not enough"
    assert all(len(line) <= width for line in lines)


async def test_now_is_readable_at_158_by_43(app_of, three_days):
    app = app_of(three_days, at=900)
    async with app.run_test(size=(158, 43)) as pilot:
        await pilot.pause()
        panel = app.query_one("#now")
        lines = [each.plain.rstrip() for each in panel.contents(*panel.content_size)]
        assert "…" not in lines
        assert any("receptive yes until" in each for each in lines)
        assert any("ago" in each and each.endswith("h 30") for each in lines)


@pytest.mark.parametrize(("rated", "said"), [(1, False), (KAPPA_FROM - 1, False), (KAPPA_FROM, True), (200, True)])
@pytest.mark.parametrize("width", [30, 60])
def test_kappa_is_shown_once_enough_was_rated(rated, said, width):
    one = RaterAgreement(0.5, -0.33)
    text = agreed_line(Agreement(rated, (one, one, one, one), one), width).plain
    assert ("−.33" in text) == said
    assert ".50" in text
    assert str(rated) in text


@pytest.mark.parametrize("persona", ["p01", "p07"])
def test_trait_bars_differ_without_colours(persona):
    about = load_persona(persona)
    lines = [each.plain for each in persona_lines(about, 40)]
    for trait in ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism"):
        row = next(each for each in lines if each.lower().startswith(trait))
        assert row.count("━") == (6 if about.high(trait) else 2)
        assert row.count("━") + row.count("─") == 6
