"""The comparison of two runs: the same moment, figures, curves, and runs that cannot be compared."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.persona.library import load_persona
from propersim.store.delete import remove_run
from propersim.store.store import Store
from propersim_tui.data.comparison import RunPair, best_of, better, differences
from propersim_tui.render.braille_chart import BELOW, BOTH, OVER, SCORE, SHARE, Series, count_axis, curve, day_at, days_axis
from propersim_tui.screens.compare import CompareScreen
from propersim_tui.widgets.compare_figures import CompareCurves, CompareFigures
from propersim_tui.widgets.compare_moment import CompareMoment
from tests.known import known
from tests.tui import story
from tests.tui.hosts import Host, at_each, harmless, settled, text_of

pytestmark = pytest.mark.usefixtures("undrawn")

SIZES = ((1, 1), (59, 16), (60, 16), (99, 31), (100, 32), (190, 20), (300, 80))
A, B = "p01-random-test", "p01-llama-test"
DAY = 402


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two runs of one persona: one of three days, all complete, the other stopped on day 2 at 16:40."""
    path = tmp_path_factory.mktemp("made") / "runs.sqlite"
    story.add(path, state="finished", of=3)
    story.add_learner(path, days=2, stop=DAY + 232, memory="ars")
    return path


@pytest.fixture
def db(made, tmp_path):
    return Path(shutil.copy(made, tmp_path / "runs.sqlite"))


async def _shown(pilot):
    await settled(pilot)
    return pilot.app.shown


def _at(screen):
    moment = screen.query_one(CompareMoment).moment
    return moment.day, moment.minute


async def _press(pilot, *keys):
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


async def test_it_begins_where_a_run_first_spoke_and_steps(db):
    app = Host(CompareScreen(db, A, B))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        assert _at(screen) == (1, story.minute(story._SAID[0][0]))
        await _press(pilot, "n", "home")
        assert _at(screen) == (1, 420.0)
        await _press(pilot, "n", "n")
        assert _at(screen) == (1, 425.0)
        await _press(pilot, "b")
        assert _at(screen) == (1, 422.5)
        await _press(pilot, "b", "b", "b")
        assert _at(screen) == (1, 420.0), "there is nothing before the first"
        assert app.trapped == 0


async def test_days_and_ends(db):
    app = Host(CompareScreen(db, A, B))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        await _press(pilot, "n", "right_square_bracket")
        assert _at(screen) == (2, 420.0)
        await _press(pilot, "b")
        assert _at(screen) == (1, 420.0 + 2.5 * (DAY - 1)), "before the first of a day is the last of the one before"
        await _press(pilot, "n")
        assert _at(screen) == (2, 420.0)
        await _press(pilot, "n", "n", "left_square_bracket")
        assert _at(screen) == (2, 420.0)
        await _press(pilot, "left_square_bracket", "left_square_bracket")
        assert _at(screen) == (1, 420.0)
        await _press(pilot, "end")
        assert _at(screen)[0] == 3
        assert "the run has 2 days" in text_of(app), "the second run has no third day"
        await _press(pilot, "n", "right_square_bracket")
        assert _at(screen)[0] == 3
        await _press(pilot, "home")
        assert _at(screen) == (1, 420.0)


async def test_keys_pressed_while_a_day_is_read_go_on_from_there(db):
    app = Host(CompareScreen(db, A, B))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        screen.action_day(1)
        screen.action_day(1)
        screen.action_step_forward()
        await settled(pilot)
        assert _at(screen) == (3, 420.0)


async def test_to_where_either_spoke(db):
    app = Host(CompareScreen(db, A, B))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        said = [story.minute(at) for at, *_ in story._SAID]
        await _press(pilot, "home")
        for minute in said[:4]:
            await _press(pilot, "greater_than_sign")
            assert _at(screen) == (1, minute)
        shown = text_of(app)
        assert shown.count("Time to try the new phone.") == 2
        assert "speak 94 % (needs" in shown
        assert shown.count("That is too soon after the last one.") == 2
        await _press(pilot, "greater_than_sign")
        assert _at(screen) == (2, said[0])
        await _press(pilot, "less_than_sign")
        assert _at(screen) == (1, said[3])


async def test_where_one_has_not_come_so_far_it_says_so(db):
    app = Host(CompareScreen(db, A, B))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        await _press(pilot, "right_square_bracket", "right_square_bracket", "b")
        assert _at(screen)[0] == 2
        assert "the run has not reached this time" in text_of(app)


async def test_a_click_on_the_band_goes_to_that_time(db):
    app = Host(CompareScreen(db, A, B))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        pane = screen.query_one(CompareMoment)
        await pilot.click("#compare-moment", offset=(pane.region.width // 2, 3))
        day, minute = _at(screen)
        assert day == 1
        assert abs(minute - (420 + 23.75 * 60) / 2) < 25
        before = _at(screen)
        await pilot.click("#compare-moment", offset=(20, 8))
        assert _at(screen) == before


async def test_swapping(db):
    app = Host(CompareScreen(db, A, B))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        assert screen.query_one(CompareFigures).sides[0].item.id == A
        await _press(pilot, "home", "n", "x")
        assert screen.query_one(CompareFigures).sides[0].item.id == B
        assert screen.query_one(CompareCurves).sides[1].item.id == A
        moment = screen.query_one(CompareMoment).moment
        assert moment.sides[0].item.id == B
        assert moment.views[0].begun == 2
        assert moment.minute == 422.5


@pytest.mark.parametrize("how", ["key", "mouse"])
async def test_small_screens_show_one_pane_at_a_time(db, how):
    app = Host(CompareScreen(db, A, B))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await _shown(pilot)
        panes = {tab: screen.query_one(f"#compare-{tab}") for tab in ("moment", "figures", "curves")}
        for number, (tab, x) in enumerate((("moment", 3), ("figures", 14), ("curves", 27)), 1):
            if how == "key":
                await pilot.press(str(number))
            else:
                await pilot.click("#compare-tabs", offset=(x, 0))
            await pilot.pause()
            assert [name for name, pane in panes.items() if pane.region.height > 3] == [tab]


async def test_figures_of_all_days_stand_before_those_of_single_ones(db):
    app = Host(CompareScreen(db, A, A))
    async with app.run_test(size=(200, 60)) as pilot:
        screen = await _shown(pilot)
        pane = screen.query_one(CompareFigures)
        rows = [each.plain for each in pane.lines(60, 20)]
        assert rows[0].index("days 1–3") < rows[0].index("day 1 ")
        assert "days 1–3" in pane.lines(30, 20)[0].plain, "where one column fits, it is that of all days"
        totals = known(pane.sides)[0].over(1, 3)
        (row,) = (row.split() for row in rows if row.startswith("unwelcome "))
        assert row[1] == str(known(totals)["unwelcome"])


async def test_options_and_personas_that_differ_are_said(db):
    story.add(db, name="p02-other")
    other = load_persona("p02")
    with Store(db) as store:
        store.update_run(store.run("p02-other"), persona="p02", name=other.name, persona_json=other.model_dump_json())
    app = Host(CompareScreen(db, A, B))
    async with app.run_test(size=(200, 60)) as pilot:
        await _shown(pilot)
        shown = text_of(app)
        assert "different options  assistant random | llama" in shown
        assert "memory evidence | ars" in shown
        assert "different personas" not in shown
    app = Host(CompareScreen(db, A, "p02-other"))
    async with app.run_test(size=(80, 24)) as pilot:
        await _shown(pilot)
        assert "different personas with different rubrics" in text_of(app)


async def test_reading_again_shows_days_that_are_new(db):
    app = Host(CompareScreen(db, A, B))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        await _press(pilot, "home", "n")
        with Store(db) as store:
            run = store.run(B)
            store.add_steps(run, story.day_steps(2, DAY)[232:], [0] * 170, 0.0)
        await _press(pilot, "u")
        assert _at(screen) == (1, 422.5)
        await _press(pilot, "right_square_bracket", "right_square_bracket", "b")
        assert "has not reached this time" not in text_of(app)


@pytest.mark.parametrize("gone", [A, B])
async def test_a_run_that_is_gone_is_said(db, gone):
    remove_run(db, gone)
    app = Host(CompareScreen(db, A, B))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        assert f"the run '{gone}' is not there any more" in str(screen.notice.content)
        assert "reading" not in text_of(app)
        await _press(pilot, "n", "b", "x", "end", "home", "right_square_bracket", "greater_than_sign", "1", "2", "3", "u")
        await _press(pilot, "escape", "escape")
        assert app.screen is not screen


async def test_damaged_steps_are_said(db):
    with Store(db) as store, store.db.atomic():
        store.db.execute("update steps set record = '[/]' where day = 2")
    app = Host(CompareScreen(db, A, B))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        await _press(pilot, "right_square_bracket")
        assert "cannot be read" in text_of(app)
        assert _at(screen)[0] == 1
        await _press(pilot, "escape", "home", "n")
        assert _at(screen) == (1, 422.5)


async def test_leaving_closes_the_runs(db):
    app = Host(CompareScreen(db, A, B))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        pairing = screen._pairing
        await _press(pilot, "escape")
        assert app.screen is not screen
        assert pairing._sources == []
        assert pairing.day(1) is None


def test_a_run_with_itself_has_no_better_side(db):
    pairing = RunPair(db, A, A)
    first, second = pairing.sides
    assert differences(first, second) == []
    assert all(better(name, first.over(1, 3), second.over(1, 3)) is None for name in ("f1", "unwelcome", "score", "recs_per_hour"))
    assert first.over(4, 4) is first.over(1, 4) is None
    pairing.close()


def test_figures_are_those_of_reports(db):
    from propersim.experiments.periods import RUN, Period, figures_over
    from propersim.experiments.results import result_of

    pairing = RunPair(db, A, B)
    with Store(db) as store:
        run = store.run(A)
        whole = {"assistant": "random", "days": 3, "timestep": story.TIMESTEP}
        store.update_run(run, config_json=json.dumps(whole))
        result = result_of(store, store.run(A))
    for days, period in (((1, 1), Period(1, 1)), ((3, 3), Period(3, 3)), ((2, 3), Period(2, 3)), ((1, 3), RUN)):
        mine, theirs = known(pairing.sides[0].over(*days)), figures_over(known(result), period)
        assert all(mine[name] == theirs[name] for name in ("f1", "unwelcome", "score", "headroom", "success_rate", "welcome"))
    assert pairing.sides[1].last == 1
    pairing.close()


def test_more_is_better_but_for_how_often_it_speaks():
    low, high = {"f1": 0.2, "recs_per_hour": 0.4, "oracle_per_hour": 0.5}, {"f1": 0.3, "recs_per_hour": 24.0, "oracle_per_hour": 0.5}
    assert better("f1", low, high) == 1
    assert better("f1", high, low) == 0
    assert better("recs_per_hour", low, high) == 0
    assert better("unwelcome", {"unwelcome": 3}, {"unwelcome": 400}) == 0
    assert better("unwelcome", {"unwelcome": 3}, {"unwelcome": 0}) == 1
    assert better("f1", low, {**low, "f1": 0.201}) is None
    assert better("f1", low, None) is None
    assert better("f1", low, {"f1": None}) is None


_values = st.dictionaries(st.integers(1, 40), st.none() | st.floats(-20, 30), max_size=40)


@given(
    _values, _values, st.sampled_from([SCORE, SHARE, None]), st.integers(1, 40), st.integers(8, 120), st.integers(3, 30), st.integers(0, 41)
)
def test_any_series_is_drawn_within_the_fixed_axis(first, second, axis, last, width, height, day):
    series = [Series(first, "●", "red"), Series(second, "○", "blue")]
    title, low, high = count_axis("Said", series) if axis is None else ("Score", *axis)
    assert low == 0
    assert axis is None or (low, high) == axis, "whatever the values are"
    for cursor in (None, day):
        lines = curve(title, low, high, series, last, width, height, cursor)
        assert len(lines) == height
        assert all(line.cell_length <= max(width, 7) for line in lines[1:])
        if height > 3:
            marks = [line.plain[:4].strip() for line in lines[1:-1]]
            assert (marks[0], marks[-1]) == (f"{high:g}", f"{low:g}")
        drawn = "".join(line.plain for line in lines[1:-1])
        there = [value for one in (first, second) for day_, value in one.items() if value is not None and day_ <= last]
        if last <= width - 5:
            assert any(sign in drawn for sign in "●○↑↓" + BOTH) == bool(there)
        for sign in OVER, BELOW:
            assert sign not in drawn or any(value > high if sign == OVER else value < low for value in there)


@given(st.integers(1, 40), st.integers(50, 120))
def test_every_day_of_a_chart_is_found_by_its_column(last, width):
    found = [day_at(column, last, width) for column in range(width)]
    assert found[:5] == [None] * 5
    assert found[5] == 1
    assert found[-1] == last
    assert found[5:] == sorted(known(day) for day in found[5:])
    assert day_at(width, last, width) is None


def test_the_cursor_says_the_values_of_its_day_and_a_value_beyond_the_axis_has_an_arrow():
    series = [Series({1: -0.5, 2: 0.25, 3: 1.75}, "●", "red"), Series({2: None}, "○", "blue")]
    head, *rows, _ = [line.plain for line in curve("Headroom", *SHARE, series, 3, 40, 7, 2)]
    assert head.startswith("Headroom ")
    assert head.endswith("day 2 ●0.25 ○–")
    assert BELOW in rows[-1]
    assert OVER in rows[0]
    assert sum("│" in row for row in rows) >= 3
    assert [row[:4].strip() for row in rows] == ["1", "", "0.5", "", "0"]


def test_a_curve_rises_from_left_to_right_and_a_first_day_does_not_flatten_it():
    series = [Series({1: 24.0, 2: 0.0, 3: 0.5, 4: 1.0}, "●", "red")]
    title, low, high = count_axis("Said", series)
    assert (title, low, high) == ("Said (day 1: 24.00)", 0.0, 1.0)
    rows = [line.plain for line in curve(title, low, high, series, 4, 45, 9)][1:-1]
    places = sorted((row.index("●"), number) for number, row in enumerate(rows) if "●" in row)
    assert "↑" in rows[0]
    assert places == sorted(places, key=lambda place: (place[0], -place[1]))
    assert days_axis(4, 40).split() == ["1", "2", "3", "4"]


async def test_any_size(db):
    app = Host(CompareScreen(db, A, B))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        async for size in at_each(pilot, SIZES):
            await _press(pilot, "home", "n", "2", "3", "x", "1")
            harmless(app)
            assert _at(screen) == (1, 422.5)
            tiny = size[0] < 60 or size[1] < 16
            assert screen.query_one("#small").display == tiny
            assert tiny or screen.query_one(CompareMoment).region.height > 5


async def test_the_cursor_is_on_the_same_day_in_every_curve_and_in_the_table(db):
    app = Host(CompareScreen(db, A, B))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        curves = screen.query_one(CompareCurves)
        curves.focus()
        await _press(pilot, "right", "right")
        assert curves.cursor == 2
        text = "\n".join(line.plain for line in curves.lines(curves.content_size.width, curves.content_size.height))
        assert text.count("day 2 ●") >= 2
        assert "day 2 " in screen.query_one(CompareFigures).lines(60, 20)[0].plain
        await _press(pilot, "enter")
        assert screen._day == 2
        await pilot.hover(CompareCurves, offset=(8, 4))
        assert curves.cursor == 1
        screen.set_focus(None)
        await settled(pilot)
        assert curves.cursor is None


async def test_several_runs_are_told_apart_by_their_signs(db):
    third = story.add(db, name="p01-random-more", days=2).id
    app = Host(CompareScreen(db, A, B, third))
    async with app.run_test(size=(200, 60)) as pilot:
        screen = await _shown(pilot)
        assert [side.item.id for side in known(screen.query_one(CompareCurves).sides)] == [A, B, third]
        screen.query_one(CompareCurves).cursor = 1
        await settled(pilot)
        text = text_of(app)
        for sign, run in zip("●○◆", (A, B, third), strict=True):
            assert f"{sign} {run}" in text, "the legend"
            assert sign in "".join(line.plain for line in screen.query_one(CompareCurves).lines(100, 30))
        figures = [line.plain for line in screen.query_one(CompareFigures).lines(60, 20)]
        assert figures[0].split() == ["day", "1", "●", "○", "◆"]
        assert len(figures[1].split()) >= 4
        assert text.count("day 1 ●") >= 4, "the cursor is on the same day in every curve"
        await _press(pilot, "x")
        assert [side.item.id for side in known(screen.query_one(CompareFigures).sides)] == [B, third, A]
        async for _ in at_each(pilot, SIZES):
            await _press(pilot, "home", "n", "2", "3", "x", "1")
            harmless(app)
        await pilot.resize_terminal(80, 24)
        await _press(pilot, "1", "home")
        assert all(f"{sign} " in text_of(app) for sign in "●○◆")


def test_the_best_of_several_is_better_than_each_other():
    runs = [{"f1": 0.2, "unwelcome": 3}, {"f1": 0.5, "unwelcome": 3}, {"f1": 0.4, "unwelcome": 9}]
    assert best_of("f1", runs) == 1
    assert best_of("unwelcome", runs) is None, "two are equal"
    assert best_of("f1", [*runs, None, {"f1": None}]) == 1
    assert best_of("f1", [runs[0], None]) is None, "there is nothing to compare"


async def test_a_paused_run_is_not_said_to_run(db, monkeypatch):
    with Store(db) as store:
        store.update_run(store.run(B), state="running")
    monkeypatch.setattr("propersim_tui.data.run_list.doing_of", lambda store, row: "paused" if row.id == B else None)
    async with Host(CompareScreen(db, A, B)).run_test(size=(120, 40)) as pilot:
        await _shown(pilot)
        first, second = text_of(pilot.app).split("\n")[1:3]
        assert "■ 3/3 days" in first
        assert "‖ PAUSED" in second
        assert "▶" not in second
