"""The panels Now, Days and Scores: nothing that matters is cut, whatever the width."""

from __future__ import annotations

import msgspec
import pytest

from propersim.core.records import Clocks, DayFigures, DayPlan, Span, Step, UserState
from propersim.experiments.agreement import KAPPA_FROM, Agreement, RaterAgreement
from propersim.persona.library import load_persona
from propersim.world.floor_plan import load_world
from propersim_tui.data.frame import Frame, RunInfo
from propersim_tui.render.persona_text import persona_lines
from propersim_tui.widgets.days_panel import DaysPanel
from propersim_tui.widgets.now_panel import NARROW, NowPanel
from propersim_tui.widgets.scores_panel import agreed_line
from tests.tui import story

pytestmark = pytest.mark.usefixtures("undrawn")

ABOUT = RunInfo("p01-test", load_persona("p01"), load_world(), "llama · homelm nf4", 14, 2.5)
STEP = story.day_steps(1, 0)[140]


def figures(day: int, shown: int, welcome: int) -> DayFigures:
    return DayFigures(day=day, steps=402, dimensions=(400, 400, 402, 402), silent=1500, oracle=1608, shown=shown, welcome=welcome)


@pytest.mark.parametrize("width", [34, 40, 44, 50, 60])
@pytest.mark.parametrize(("shown", "pairs"), [(404, 804), (7, 12), (1404, 16_804)])
def test_figures_of_the_days_are_never_cut(width, shown, pairs):
    days = [figures(1, shown, 0), figures(2, 9, 9)]
    nights = [story.night(day, day * 402, pairs=pairs) for day in (1, 2)]
    frame = Frame(ABOUT, step=msgspec.structs.replace(STEP, day=2), days=days, nights=nights)
    rows = [each.plain for each in DaysPanel().lines(frame, width, 30)]
    head = next(place for place, row in enumerate(rows) if "welcome" in row)
    assert all(len(row) <= width for row in rows[head : head + 3])
    assert f"0 of {shown}" in rows[head + 1]
    assert rows[head + 1].endswith(f" {pairs}")
    assert rows[head].endswith("☾pairs")
    # Every column ends where its heading does.
    assert {len(row) for row in rows[head : head + 3]} == {len(rows[head])}


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
    assert ("overdue" in text) == moment.overdue
    assert ("wanted now" in text) == (moment.wanted and not moment.overdue)
    assert ("10 h 15 ago" in text) == bool(shown)
    assert "1 h 30" in text, "the comfortable gap is whole"
    assert sum(text.count(sign) for sign in "▮▯") == 5, "the bar is whole"


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
