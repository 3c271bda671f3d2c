"""The rating dialog: keys, mouse, texts and results."""

from __future__ import annotations

import json
from collections.abc import Sequence

import msgspec
import pytest
from textual.app import App
from textual.containers import VerticalScroll
from textual.widgets import Static

from propersim.core.records import DIMENSIONS, Action, Clocks, Place, Rating
from propersim.persona.library import load_persona
from propersim.runs.protocol import Rated, RateThis, SkipRating, Snooze, TakeOver, Undo, decode_command, encode
from propersim_tui.config.themes import DEFAULT_THEME, PROPERSIM, own_variables
from propersim_tui.render.format import LIGHTS, agreement_line
from propersim_tui.screens.rate import RateScreen
from tests.tui import story
from tests.tui.hosts import at_each, harmless, on_top

pytestmark = pytest.mark.usefixtures("undrawn")

SMALL, LARGE = (60, 16), (120, 40)
ACTION = Action(
    "desk_work", "working at the desk", Place("study", "desk", 1, 1), 510, 640, 4, "habit:1", "contracts and budgets at the desk"
)
ASK = RateThis(
    857, 3, 550.0, "You should log the costs of the tour now, before the theatre calls about them.", ACTION, Clocks(80, 200, 1, 1)
)
FIRST = RateThis(3, 1, 427.5, "Morning!", ACTION, Clocks(90, 90))
NOTHING = object()


class Stage(App[None]):
    """An app with only the dialog."""

    def __init__(self, ask=ASK, persona=None):
        super().__init__()
        self.undoes: tuple[str, str] | None = ("08:30", "")
        self.given: Rated | None = None
        self.screen_of_rating = RateScreen(ask, persona or load_persona("p01"), undoes=("08:30", ""))
        self.answer = NOTHING
        self.left = False
        self.register_theme(PROPERSIM)
        self.theme = DEFAULT_THEME

    def get_theme_variable_defaults(self):
        return own_variables(self.current_theme.dark)

    def on_mount(self):
        self.push_screen(self.screen_of_rating, self.take)

    async def again(self):
        """Ask once more."""
        self.answer = NOTHING
        self.screen_of_rating = RateScreen(self.screen_of_rating.ask, self.screen_of_rating._persona, undoes=self.undoes, given=self.given)
        await self.push_screen(self.screen_of_rating, self.take)

    def take(self, answer):
        assert self.answer is NOTHING, "answered twice"
        self.answer = answer

    def action_exit(self):
        self.left = True
        self.exit()


def text_of(app, selector):
    return str(app.screen_of_rating.query_one(selector, Static).content)


def lines_of(app):
    return [line.text for line in app.screen._compositor.render_strips()]


async def test_by_keys():
    """Open one dialog after another in one app."""
    app = Stage()
    async with app.run_test(size=SMALL) as pilot:
        cases: tuple[tuple[Sequence[str], story.Values], ...] = (
            ("yyyy", (1, 1, 1, 1)),
            ("nnnn", (0, 0, 0, 0)),
            ("ynyn", (1, 0, 1, 0)),
            ("1234", (1, 1, 1, 1)),
            ("11223344", (0, 0, 0, 0)),
            ("1112344", (1, 1, 1, 0)),
            ("4321y", (1, 1, 1, 1)),
            ("3nyyy", (1, 1, 0, 1)),
            (("left", "down", "right", "down", "left", "down", "right"), (1, 0, 1, 0)),
            (("up", "right", "up", "left", "up", "left", "up", "left"), (1, 1, 1, 0)),
            (("right", "left", "tab", "y", "n", "y"), (1, 1, 0, 1)),
        )
        for keys, answer in cases:
            await pilot.press(*keys)
            assert "Enter: submit this rating" in text_of(app, "#hint"), keys
            await pilot.press("enter")
            assert app.answer == Rated(ASK.index, *answer), keys
            assert decode_command(encode(app.answer)) == app.answer
            await app.again()
        answers = {
            "h": TakeOver(False), "s": SkipRating(ASK.index), "escape": SkipRating(ASK.index), "u": Undo(),
            "z": Snooze(ASK.index, 15), "Z": Snooze(ASK.index, 60), "t": Snooze(ASK.index),
        }  # fmt: skip
        for before, keys in (("", "h s escape z Z t u"), ("yyyy", "h s"), ("r", "h s z")):
            for key in keys.split():
                await pilot.press(*before, key)
                assert app.answer == answers[key], (before, key)
                assert decode_command(encode(app.answer)) == app.answer
                await app.again()
        await pilot.pause()
        assert any("s, Esc: leave unrated" in line for line in lines_of(app))
        await pilot.press("enter", "enter", "enter")
        assert app.answer is NOTHING, "nothing is answered"
        assert "s leaves it unrated" in text_of(app, "#hint")


@pytest.mark.parametrize(
    ("keys", "answer"),
    [("1", (1, None, None, None)), ("yyn", (1, 1, 0, None)), ("24", (None, 1, None, 1)), ("yyy", (1, 1, 1, None))],
)
async def test_what_is_left_out_stays_unrated_after_a_second_enter(keys, answer):
    app = Stage()
    async with app.run_test(size=LARGE) as pilot:
        await pilot.press(*keys, "enter")
        assert app.answer is NOTHING
        missing = [name for name, value in zip(DIMENSIONS, answer, strict=True) if value is None]
        assert text_of(app, "#hint") == f"Enter again: submit and leave {', '.join(missing)} unrated"
        await pilot.press("down", "enter")
        assert app.answer is NOTHING, "another key in between asks again"
        await pilot.press("enter")
        assert app.answer == Rated(ASK.index, *answer)
        assert decode_command(encode(app.answer)) == app.answer


async def test_keys_that_were_meant_for_the_screen_below_are_ignored(monkeypatch):
    monkeypatch.setattr(RateScreen, "GRACE", 60.0)
    app = Stage()
    async with app.run_test(size=LARGE) as pilot:
        await pilot.press("t", "n", "s", "z", "h", "q")
        assert (app.answer, app.left) == (NOTHING, False)
        assert [row.value for row in on_top(app, RateScreen).rating_rows] == [None] * 4
        on_top(app, RateScreen)._open_from = 0.0
        await pilot.press("t")
        assert app.answer == Snooze(ASK.index)


async def test_x_leaves_a_dimension_out_and_goes_on_to_the_next():
    app = Stage()
    async with app.run_test(size=LARGE) as pilot:
        rows = on_top(app, RateScreen).rating_rows
        assert not any(LIGHTS[1] in row.render().plain for row in rows), "a filled dot would look like an answer"
        await pilot.press("x", "y")
        assert [(row.value, row.left_out) for row in rows] == [(None, True), (1, False), (None, False), (None, False)]
        assert "preference –" in rows[0].render().plain
        await pilot.press("1")
        assert (rows[0].value, rows[0].left_out) == (1, False)
        await pilot.press(*"xyn", "enter")
        assert app.answer == Rated(ASK.index, None, 1, 1, 0), "left out on purpose: one Enter is enough"


async def test_snooze_and_undo_never_discard_what_was_half_given():
    app = Stage()
    async with app.run_test(size=LARGE) as pilot:
        for key in ("z", "Z", "t", "u", "escape"):
            await pilot.press("y", "n", key)
            assert app.answer is NOTHING, key
            assert "your answers would be lost" in text_of(app, "#hint"), key
            await pilot.press(*"1x2x3x4x")
        await pilot.press("u")
        assert app.answer == Undo()
        app.undoes = None
        await app.again()
        await pilot.press("u")
        assert app.answer is NOTHING
        assert "no rating since the last night" in text_of(app, "#hint")


@pytest.mark.parametrize("which", ["p01", "p07", "p19", "p32"])
@pytest.mark.parametrize("size", [(80, 24), LARGE], ids=str)
async def test_the_card_says_who_where_and_how_the_rubric_reads(which, size):
    persona = load_persona(which)
    app = Stage(persona=persona)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.pause()
        # Where the rubric of the dimension is long, the beginning is one key away.
        await pilot.press("pageup")
        await pilot.pause()
        told = " ".join(" ".join(lines_of(app)).translate(dict.fromkeys(map(ord, "│▁▂▃▄▅▆▇█"), " ")).split())
        assert f"You are {persona.name}, {persona.age}," in told
        assert persona.occupation in told
        assert "working at the desk" in told
        await pilot.press("pagedown")
        assert "do not ask me: z for 15 min" in told
        assert "s, Esc: leave unrated" in told
        for name in DIMENSIONS:
            # The dimension that is asked about is there in full, and so is what was said.
            await pilot.pause()
            told = " ".join(" ".join(lines_of(app)).translate(dict.fromkeys(map(ord, "│▁▂▃▄▅▆▇█"), " ")).split())
            assert f"{name} {' '.join(getattr(persona.rubric, name).text.split())}" in told, name
            assert f"“{ASK.text}”" in told
            await pilot.press("down")


@pytest.mark.parametrize("answered", ["", "y", "yn", "yyyy"])
async def test_escape_discards_nothing_and_closes_the_rubric_first(answered):
    app = Stage()
    async with app.run_test(size=LARGE) as pilot:
        await pilot.press(*answered, "r", "escape")
        dialog = on_top(app, RateScreen)
        assert app.answer is NOTHING
        assert not dialog.has_class("-peek")
        assert [row.value for row in dialog.rating_rows if row.value is not None] == [int(key == "y") for key in answered]
        await pilot.press("escape")
        if answered:
            assert app.answer is NOTHING
            assert "s leaves it unrated" in text_of(app, "#hint")
            await pilot.press("s")
        assert app.answer == SkipRating(ASK.index)


async def test_by_mouse():
    app = Stage()
    async with app.run_test(size=SMALL) as pilot:
        # On the answers, then on a name (which only goes there), then on the other answer.
        for name, x in (("preference", -12), ("timing", -4), ("frequency", -10), ("communication", -3)):
            row = app.screen.query_one(f"#rating-{name}")
            await pilot.click(row, offset=(row.size.width + x, 0))
        await pilot.click("#rating-timing", offset=(6, 0))
        assert [row.current for row in on_top(app, RateScreen).rating_rows] == [False, True, False, False]
        await pilot.press("left", "enter")
        await pilot.pause()
        assert app.answer == Rated(ASK.index, 1, 1, 1, 0)


async def test_a_key_that_was_on_its_way_when_it_closed_is_nothing():
    app = Stage()
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press(*"yyyy")
        screen = on_top(app, RateScreen)
        for action in (screen.action_give, screen.action_give, screen.action_skip, screen.action_hand_back):
            action()
        await pilot.pause()
        assert app.answer == Rated(ASK.index, 1, 1, 1, 1)


async def test_the_lines_of_keys_follow_what_is_answered():
    app = Stage()
    async with app.run_test(size=LARGE) as pilot:
        assert "s, Esc: leave unrated" in text_of(app, "#skip")
        assert "u: undo last" in text_of(app, "#skip")
        await pilot.press("y", "escape")
        assert "Esc" not in text_of(app, "#skip"), "it keeps the answers"
        assert "u: undo" not in text_of(app, "#skip")
        assert "z for 15 min" not in text_of(app, "#snooze")
        await pilot.press(*"1x")
        assert "s, Esc: leave unrated" in text_of(app, "#skip")
        assert "z for 15 min" in text_of(app, "#snooze")


async def test_an_undo_that_throws_hours_away_needs_a_second_key():
    app = Stage()
    async with app.run_test(size=LARGE) as pilot:
        app.undoes = ("08:30", "2 h 35")
        app.screen_of_rating.dismiss(None)
        await pilot.pause()
        await app.again()
        await pilot.press("u")
        assert app.answer is NOTHING
        assert "u again: undo 08:30; the 2 h 35 since then are made anew" in text_of(app, "#hint")
        await pilot.press("down", "u")
        assert app.answer is NOTHING, "another key in between asks again"
        await pilot.press("u")
        assert app.answer == Undo()


async def test_answers_that_were_given_before_are_filled_in():
    app = Stage()
    async with app.run_test(size=LARGE) as pilot:
        app.given = Rated(ASK.index, 1, 0, None, 1)
        app.screen_of_rating.dismiss(None)
        await pilot.pause()
        await app.again()
        assert [(row.value, row.left_out) for row in on_top(app, RateScreen).rating_rows] == [
            *((1, False), (0, False), (None, True), (1, False))
        ]
        await pilot.press("2", "enter")
        assert app.answer == Rated(ASK.index, 1, 1, None, 1)


async def test_where_there_is_no_room_for_the_other_wishes_it_is_said_where_they_are():
    app = Stage()
    async with app.run_test(size=(80, 24)) as pilot:
        async for size in at_each(pilot, [(80, height) for height in range(22, 40)]):
            for name in DIMENSIONS:
                card = text_of(app, "#card")
                assert all(other in card for other in DIMENSIONS) or size[1] < 30, (size, name)
                assert "r: all four wishes" in " ".join(lines_of(app))
                await pilot.press("down")


async def test_q_leaves_without_an_answer_and_asks_before_half_a_rating_is_lost():
    app = Stage()
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("y", "q")
        assert "q again quits without them" in text_of(app, "#hint")
        assert not app.left
        await pilot.press("n", "q")
        assert not app.left, "another key in between asks again"
        await pilot.press("q")
        await pilot.pause()
    assert app.left
    assert app.answer is NOTHING


async def test_it_can_be_closed_from_outside():
    app = Stage()
    async with app.run_test(size=SMALL) as pilot:
        app.screen_of_rating.dismiss(None)
        await pilot.pause()
        assert app.answer is None


@pytest.mark.parametrize("size", [SMALL, (80, 24), LARGE], ids=str)
async def test_all_there_is_to_know_is_there(size):
    app = Stage()
    async with app.run_test(size=size):
        told = " ".join(" ".join(lines_of(app)).replace("│", " ").split())
        persona = load_persona("p01")
        for part in (
            "Wed 09:10, day 3",
            persona.first_name,
            "working at the desk",
            "contracts and budgets at the desk",
            "study",
            "until 10:40",
            "absorption 4 of 5",
            "Recommendations today: 1. The last one 1 h 20 ago, the last useful one 3 h 20 ago.",
            ASK.text,
            "preference Is it something I want now?" if size != SMALL else "preference What I want now?",
            "communication Well phrased and appropriate?" if size != SMALL else "communication Phrased well?",
        ):
            assert part in told
        assert told.count(" yes no") == 4, "no answer looks given"


async def test_before_anything_was_said_it_says_so():
    app = Stage(FIRST)
    async with app.run_test(size=SMALL):
        assert text_of(app, "#clocks") == "No other recommendation today."


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
async def test_the_rubric_can_be_looked_at_and_follows_the_line(size):
    app = Stage()
    async with app.run_test(size=size) as pilot:
        rubric = load_persona("p01").rubric
        for name in ("preference", "timing", "frequency", "communication"):
            assert not app.screen.query_one(f"#rubric-{name}").display
        await pilot.press("r")
        for name in ("preference", "timing", "frequency", "communication"):
            await pilot.pause()
            await pilot.pause()
            shown = " ".join(" ".join(lines_of(app)).translate(dict.fromkeys(map(ord, "│▁▂▃▄▅▆▇█"), " ")).split())
            assert f"{name} {getattr(rubric, name).text if size == LARGE else getattr(rubric, name).text[:40]}" in shown
            await pilot.press("down")
        await pilot.press("r", "y", "y", "y", "y", "enter")
        await pilot.pause()
        assert app.answer == Rated(ASK.index, 1, 1, 1, 1)


async def test_what_is_long_scrolls_from_what_was_said_on_and_the_lines_stay():
    app = Stage(RateThis(1, 1, 500.0, "first " + "word " * 76 + "last", ACTION, Clocks(90, 90)))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        told = app.screen.query_one(VerticalScroll)
        assert told.max_scroll_y > 0
        assert "“first" in " ".join(lines_of(app))
        for key, end in (("pagedown", told.max_scroll_y), ("pageup", 0)):
            for _ in range(9):
                await pilot.press(key)
            await pilot.pause()
            assert told.scroll_y == end
            assert "communication" in " ".join(lines_of(app))


@pytest.mark.parametrize("size", [(59, 40), (120, 15)], ids=str)
async def test_where_it_does_not_fit_it_takes_no_answer(size):
    app = Stage()
    async with app.run_test(size=size) as pilot:
        await pilot.press(*"yyyy", "enter", "s", "h", "z", "escape", "u")
        assert app.answer is NOTHING
        assert "propersim needs at least 60 columns and 16 rows" in " ".join(" ".join(lines_of(app)).split())
        await pilot.resize_terminal(*SMALL)
        assert [row.value for row in on_top(app, RateScreen).rating_rows] == [None] * 4
        await pilot.press(*"ynyn", "enter")
        assert app.answer == Rated(ASK.index, 1, 0, 1, 0)


async def test_any_size():
    app = Stage()
    async with app.run_test(size=LARGE) as pilot:
        await pilot.press("r")
        async for _ in at_each(pilot, ((1, 1), (2, 40), (200, 1), (10, 5), (59, 15), (400, 120))):
            await pilot.press("1", "r", "pagedown", "down")
            harmless(app)
        await pilot.press("r", *"ynyn", "enter")
        await pilot.pause()
        assert isinstance(app.answer, Rated)


def test_beside_the_judge():
    step = story.day_steps(1, 0)[20]
    assert step.spoke
    assert agreement_line(step) == ""
    mine = msgspec.structs.replace(step, judged=Rating(1, 1, 0, 1))
    assert agreement_line(mine) == "you ●●●●, the judge ●●○●: agree in 3 of 4"
    assert json.loads(encode(FIRST))["type"] == "RateThis"
