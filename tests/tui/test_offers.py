"""What can be done on a screen is what its footer, its help and its palette offer; and the footer cuts nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import Static

from propersim_tui.config.actions import ACTS
from propersim_tui.config.screen_actions import COMPARE_ACTS, INSPECT_ACTS, LEARNED_ACTS, MEMORY_ACTS, PERSONAS_ACTS, RUNS_ACTS
from propersim_tui.config.settings import Settings
from propersim_tui.screens.compare import CompareScreen
from propersim_tui.screens.go_to import GoToScreen
from propersim_tui.screens.help import HelpScreen
from propersim_tui.screens.keys import KeysScreen
from propersim_tui.widgets.key_footer import Hint, KeyFooter, fit_hints
from tests.tui import story
from tests.tui.hosts import settled

pytestmark = pytest.mark.usefixtures("undrawn")

MOVES = {act.label.capitalize() for act in ACTS if act.where == "moment"}
LIVE = {act.label.capitalize() for act in ACTS if act.where == "live"} - {"Close message", "Export"}
ALWAYS = {"Theme", "Quit", "Screenshot"}


def titles(app) -> list[str]:
    return [command.title for command in app.get_system_commands(app.screen)]


def of(acts) -> set[str]:
    return {act.label.capitalize() for act in acts}


@pytest.fixture
def shown(app_of, tmp_path):
    path = tmp_path / "runs.sqlite"
    story.add(path, name="p01-random-othr", days=1)
    row = story.add_learner(path)
    story.add_nights(path, row, story.night(1, 402), story.night(2, 804))
    return app_of(path, at=900)


async def test_each_screen_offers_its_own_actions_and_none_that_it_does_not_let_through(shown):
    app = shown
    async with app.run_test(size=(120, 40)) as pilot:
        assert set(titles(app)) >= of(ACTS) | ALWAYS | {"Export home", "Save speed"}
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        assert set(titles(app)) == ALWAYS, "a window has nothing of its own, and the run beneath is out of reach"
        await pilot.press("escape")
        for key, acts in (
            ("i", INSPECT_ACTS),
            ("w", LEARNED_ACTS),
            ("m", MEMORY_ACTS),
            ("r", RUNS_ACTS),
            ("p", PERSONAS_ACTS),
            ("compare", COMPARE_ACTS),
        ):
            if key == "compare":
                app.push_screen(CompareScreen(app.source.db, "p01-random-othr", app.source.about.run_id))
            else:
                await pilot.press(key)
            await settled(pilot)
            screen: Any = app.screen
            assert screen.ACTS is acts
            found = titles(app)
            through = MOVES - {next((act.label for act in ACTS if act.keys == key), "")} | {"Help"} if not screen.is_modal else set()
            assert set(found) == of(acts) | ALWAYS | through, key
            assert len(found) == len(set(found)), "no two have the same name"
            assert not LIVE & set(found) - of(acts)
            await pilot.press("question_mark")
            assert isinstance(app.screen, KeysScreen)
            text = " ".join(str(app.screen.query_one(Static).content).split())
            assert all(act.tip in text for act in acts)
            for act in ACTS:
                if act.where == "live" and act.tip not in {own.tip for own in acts}:
                    assert act.tip not in text, (key, act.id)
            assert ("Go to the next recommendation" in text) == (not screen.is_modal)
            await pilot.press("escape")
            assert app.screen is screen
            await pilot.press(key if key in "iwm" else "escape")
            assert app.screen is app.live, key
        await pilot.press("g")
        assert isinstance(app.screen, GoToScreen)
        assert set(titles(app)) == ALWAYS


async def test_the_palette_does_what_a_screen_of_its_own_does(shown):
    app = shown
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("w")
        for _ in range(3):
            app.tick()
            await pilot.pause()
        screen = app.screen
        newest = screen._shown
        for typed in ("earlier night", "first step"):
            await pilot.press("ctrl+p")
            await pilot.press(*(key if key != " " else "space" for key in typed))
            await pilot.pause()
            await app.workers.wait_for_complete()
            await pilot.press("enter")
            await pilot.pause()
        assert screen._shown < newest, "an action of the screen"
        assert app.frame.step.index == 0, "one of the app, through the screen"


async def test_keys_of_ones_own_are_in_the_help_of_every_screen(shown):
    app = shown
    app.settings.apply(Settings(keys={"inspect": ("f3",), "step_forward": ("f4",)}))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("f3")
        await pilot.press("question_mark")
        text = " ".join(str(app.screen.query_one(Static).content).split())
        assert "f4" in text
        await pilot.press("escape", "f4", "f3")
        assert app.screen is app.live
        assert app.frame.step.index == 901


async def test_the_footer_shows_whole_words_and_how_to_get_on(shown):
    app = shown
    async with app.run_test(size=(80, 24)) as pilot:
        for key, way in (
            ("", "q Quit"),
            ("i", "esc Close"),
            ("w", "esc Close"),
            ("m", "esc Close"),
            ("r", "esc Close"),
            ("p", "esc Close"),
        ):
            if key:
                await pilot.press(key)
                await pilot.pause()
            foot = app.screen.query_one(KeyFooter)
            text = app.screen._compositor.render_strips()[-1].text
            kept = fit_hints(foot.hints, 80 - foot.word_cells)
            assert [" ".join((*(cap for _, cap, _ in hint.keys), hint.words)) in text for hint in foot.hints] == [
                h in kept for h in foot.hints
            ]
            for width in (60, 80, 100, 120, 200):
                kept = fit_hints(foot.hints, width - foot.word_cells)
                assert {way.split()[1], "Help"} <= {hint.words for hint in kept}, (key, width)
            if key:
                await pilot.press("escape")
        foot = app.screen.query_one(KeyFooter)
        text = app.screen._compositor.render_strips()[-1].text
        await pilot.hover(foot, offset=(text.index("Step"), 0))
        assert "Show the next step" in str(foot.tooltip), "the words of a group belong to its most useful key"
        await pilot.click(foot, offset=(text.index("Step"), 0))
        await pilot.pause()
        assert app.frame.step.index == 901


HINTS = st.lists(st.tuples(st.text("abc ", min_size=1, max_size=9), st.integers(1, 9), st.booleans()), max_size=12)


@given(HINTS, st.integers(0, 80))
def test_as_many_hints_as_fit_are_shown_the_most_useful_before_the_others(some, width):
    hints = [Hint((("k", "k", ""),), words, rank, pinned=pinned) for words, rank, pinned in some]
    hints.sort(key=lambda hint: (hint.pinned, -hint.rank))
    kept = fit_hints(hints, width)
    assert kept == [hint for hint in hints if any(hint is each for each in kept)], "in their order"
    assert sum(hint.cells + 1 for hint in kept) - 1 <= width or not kept
    for number, out in enumerate(hints):
        if any(out is each for each in kept):
            continue
        places = {id(hint): place for place, hint in enumerate(hints)}
        better = [one for one in kept if (-one.rank, places[id(one)]) < (-out.rank, number)]
        assert sum(hint.cells + 1 for hint in [*better, out]) - 1 > width, "what is left out does not fit beside what is more useful"


def words(app) -> list[str]:
    return [hint.words for hint in app.screen.query_one(KeyFooter).hints]


async def test_the_footer_begins_with_the_actions_of_the_focused_panel(shown):
    app = shown
    async with app.run_test(size=(200, 60)) as pilot:
        for panel, first in (
            ("assistant", ["Explain", "Learned", "Search", "Recommendation"]),
            ("now", ["Inspect"]),
            ("days", ["Day’s figures", "Go there", "Day", "Go to", "Export"]),
            ("today", ["Entry", "Go there", "Day", "Go to"]),
            ("scores", ["Unwelcome/missed", "Export"]),
            ("home", ["Play/pause"]),
        ):
            app.live.query_one(f"#{panel}").focus()
            await pilot.pause()
            assert words(app)[: len(first)] == first, panel
            assert words(app)[-3:] == ["Help", "Quit", "palette"]
        line = app.screen._compositor.render_strips()[-1].text
        for key in "rpxgwme.,<>":
            assert f" {key} " in line, key
        assert len(line.rstrip()) > 180, "the line is used"


async def test_the_footer_leaves_out_what_would_change_nothing(shown):
    app = shown
    async with app.run_test(size=(260, 60)) as pilot:
        await pilot.press("home")
        await pilot.pause()
        assert "First/newest" not in words(app)
        assert "Newest step" in words(app)
        assert "Step back" not in words(app)
        assert {"Rate", "Train", "Close", "Match", "Reset sizes"}.isdisjoint(words(app)), "a replay without message and search"
        await pilot.press("end")
        await pilot.pause()
        assert {"Speed", "Play/pause", "Step forward", "Next recommendation"}.isdisjoint(words(app))
        app.notifier.notice.show("something")
        await pilot.pause()
        assert "Close" in words(app)
        await pilot.press("escape", "slash")
        await pilot.pause()
        assert words(app) == ["go to match", "close search", "palette"] or set(words(app)) == {"go to match", "close search", "palette"}
