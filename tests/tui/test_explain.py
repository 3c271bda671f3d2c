"""Words and figures are explained where they stand: under the mouse, and by a key, in the words of the glossary."""

from __future__ import annotations

import msgspec
import pytest
from textual.containers import Vertical
from textual.widgets import Static

from propersim.core.glossary import glossary
from propersim.core.records import Clocks, UserState
from propersim.memory.state import AssistantState, Timers
from propersim_tui.data.frame import Frame
from propersim_tui.render.step_text import state_text
from propersim_tui.render.terms import explaining, find_labels
from propersim_tui.render.wish import wish
from propersim_tui.screens.explain import ExplainScreen
from propersim_tui.screens.help import HelpScreen
from propersim_tui.widgets.now_panel import NowPanel
from propersim_tui.widgets.term_tooltip import explain_label, rows_of
from tests.known import known
from tests.tui import story
from tests.tui.hosts import on_top, text_of

pytestmark = pytest.mark.usefixtures("undrawn")


def term_of(row: str, figure: str, *above: str, **own: str) -> str | None:
    """Return the term that explains a figure, which may be marked in its row as «3»."""
    x = row.index("«") if "«" in row else row.index(figure)
    rows = [*above, row.replace("«", "").replace("»", "")]
    label = explaining(find_labels(rows, own), x, len(above), x + len(figure))
    return label.term.term if label else None


@pytest.mark.parametrize(
    ("row", "term"),
    [
        ("headroom ▇▇▇▅▇▆  «0.67»", "headroom"),
        ("score ≥3 ▇▇▇▇▇▆  «1.00»", "score ≥ 3"),
        ("speak ▮▮▮▯▯ «53» % (needs 50 %) · 3 more rated", "P(speak)"),
        ("speak ▮▮▮▯▯ 53 % (needs «50» %) · 3 more rated", "threshold"),
        ("speak ▮▮▮▯▯ 53 % (needs 50 %) · «3» more rated", "more rated"),
        ("«368» steps · 0.5 per hour", "step"),
        ("368 steps · «0.5» per hour", "per hour"),
        ("days 1–14: F1 «.92», 3 unwelcome", "F1"),
        ("days 1–14: F1 .92, «3» unwelcome", "unwelcome"),
        ("last recommendation «2» min ago, comfortable gap 1 h 30", "gap"),
        ("last recommendation 2 min ago, comfortable gap «1» h 30", "comfortable gap"),
        ("receptive yes until 13:30  nothing useful for «6» h 05", "overdue"),
        ("of «46» things nothing here", None),
    ],
)
def test_a_figure_is_explained_by_the_label_beside_it(row, term):
    assert term_of(row, row[row.index("«") + 1 : row.index("»")]) == term


def test_a_figure_of_a_table_is_explained_by_its_heading():
    head = " day  score  silent    F1  welcome  ☾pairs"
    row = "▸  6   3.60    2.64  0.55   3 of 4     600"
    assert [term_of(row, figure, head) for figure in ("6", "3.60", "2.64", "0.55", "3 of 4", "600")] == [
        *("day", "score", "silent", "F1", "welcome", "preference pair")
    ]


def test_what_is_said_is_no_label_but_the_rating_beside_it_is():
    rows = ["13:02 ▸“Timing is all: score a goal  ● ● ○ ●  3 ", "        on this day!”", "        timing        ○ not now"]
    assert [(label.text, label.y) for label in find_labels(rows)] == [("● ● ○ ●", 0), ("timing", 2)]
    assert find_labels(["● 4 “Score”"])[0].term.term == "score"


def test_a_widget_may_mean_something_else_by_a_label():
    assert term_of("silent 3.20", "3.20") == "silent"
    assert term_of("silent 3.20", "3.20", silent="silence") == "silence"


def test_wide_letters_do_not_shift_the_labels():
    assert [(label.x, label.right) for label in find_labels(["日本 score 3"])] == [(5, 10)]


@pytest.mark.parametrize(
    ("moment", "clocks", "words"),
    [
        (UserState(True, True, True), Clocks(2, 190, 217, 3), "nothing useful for 3 h 10"),
        (UserState(False, False, True), Clocks(2, 500, 9), "nothing useful yet today"),
        (UserState(True, True), Clocks(95, 95, 4, 4), "wants one now"),
        (UserState(True, False), Clocks(5, 5, 4, 4), ""),
    ],
)
def test_what_the_user_waits_for_is_told_by_useful_recommendations(moment, clocks, words):
    step = msgspec.structs.replace(story.day_steps(2, 402)[0], moment=moment, clocks=clocks)
    assert not step.spoke
    assert wish(step)[0][0] == words


@pytest.mark.parametrize(
    ("moment", "clocks", "words", "last"),
    [
        (UserState(True, True, True), Clocks(95, 190, 4, 3), "nothing useful for 3 h 10 before this", "the one before 1 h 35 ago"),
        (UserState(True, True, True), Clocks(132, 132), "nothing useful before this", "the first recommendation today"),
        (UserState(True, True), Clocks(95, 95, 4, 4), "wanted one", "the one before 1 h 35 ago"),
    ],
)
def test_beside_a_recommendation_the_state_before_it_is_called_so(app_of, three_days, moment, clocks, words, last):
    said = next(step for step in story.day_steps(2, 402) if step.spoke)
    step = msgspec.structs.replace(said, moment=moment, clocks=clocks)
    assert wish(step)[0][0] == words
    frame = Frame(app_of(three_days).source.about, step=step, steps=(step,))
    wide = "\n".join(row.plain for row in NowPanel().lines(frame, 90, 8))
    assert words in wide
    assert last in wide
    narrow = "\n".join(row.plain for row in NowPanel().lines(frame, 24, 20))
    assert f"before this {'1 h 35 ago' if clocks.shown else 'none'}" in narrow


@pytest.mark.parametrize(
    ("timers", "shown", "useful"),
    [
        (Timers(90, 90, 0, 0), "none yet today", "none yet today"),
        (Timers(2, 90, 217, 0), "2 min ago, today 217", "none yet today"),
        (Timers(2, 190, 217, 3), "2 min ago, today 217", "3 h 10 ago, today 3"),
    ],
)
def test_the_inspector_tells_no_time_since_a_recommendation_that_there_was_not(timers, shown, useful):
    rows = state_text(AssistantState(540, 0, "tea", "drinking tea", "kitchen", 1, timers=timers)).plain.split("\n")
    assert [f"last shown  {shown}", f"last useful {useful}"] == rows[2:4]


def test_a_sign_of_the_timeline_may_be_repeated():
    own = {"░": "receptive", "●": "score"}
    assert [(label.text, label.term.term) for label in find_labels(["  ░░░  ●"], own)] == [("░░░", "receptive"), ("●", "score")]


async def test_the_rows_of_the_timeline_are_explained_below_the_time(app_of, three_days):
    app = app_of(three_days, at=900)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        timeline = app.live.query_one("#today")
        for row, terms in ((1, ()), (3, ("receptive: ",)), (4, ("score: ", "comfortable gap: "))):
            await pilot.hover("#today", offset=(30, row))
            await pilot.pause()
            first, *rest = known(timeline.tooltip).plain.split("\n")
            assert first[:5].count(":") == 1
            assert len(rest) == len(terms)
            assert all(each.startswith(term) for each, term in zip(rest, terms, strict=True))


async def test_pointing_at_a_figure_explains_it_and_elsewhere_the_panel(app_of, three_days):
    app = app_of(three_days, at=900)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        panel = app.live.query_one("#days")
        own = panel.tooltip
        y, row = next((y, row) for y, row in enumerate(rows_of(panel)) if "headroom" in row)
        for x in (row.index("headroom") + 2, row.rindex(" %") - 1):
            await pilot.hover("#days", offset=(x, y))
            await pilot.pause()
            assert known(panel.tooltip).plain.startswith("headroom: ")
        await pilot.hover("#days", offset=(1, 0))
        await pilot.pause()
        assert panel.tooltip is own or known(panel.tooltip).plain.startswith("day: ")
        await pilot.hover("#home")
        await pilot.pause()
        assert app.live.query_one("#home").tooltip is None


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_a_key_explains_the_focused_panel_first_and_costs_no_line(app_of, three_days, size):
    app = app_of(three_days, at=900)
    definitions = {entry.definition for entry in glossary()}
    async with app.run_test(size=size) as pilot:
        await pilot.press("3")
        app.live.query_one("#scores").focus()
        await pilot.pause()
        before = text_of(app)
        await pilot.press("e")
        await pilot.pause()
        screen = on_top(app, ExplainScreen)
        box = screen.query_one("Vertical")
        assert screen.region.contains_region(box.region)
        assert screen.places[screen.number].widget.id == "scores"
        seen = set()
        while screen.number not in seen:
            seen.add(screen.number)
            text = str(screen.query_one("Vertical > Static", Static).content)
            assert any(definition in text for definition in definitions)
            place = screen.places[screen.number]
            assert before.split("\n")[place.y][place.x :].startswith(place.label.text)
            assert not box.region.contains(place.x, place.y), "the box does not hide what it explains"
            assert screen.region.contains_region(box.region), "the box is whole"
            await pilot.press("down")
            await pilot.pause()
        assert len(seen) == len(screen.places) > 8
        await pilot.press("escape")
        await pilot.pause()
        assert text_of(app) == before


async def test_a_click_explains_another_label_and_one_elsewhere_closes(app_of, three_days):
    app = app_of(three_days, at=900)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e")
        screen = on_top(app, ExplainScreen)
        place = next(place for place in screen.places if place.label.term.term == "headroom")
        await pilot.click(offset=(place.x, place.y))
        assert screen.places[screen.number] is place
        await pilot.click(offset=(119, 39))
        await pilot.pause()
        assert app.screen is app.live


async def test_each_term_is_explained_once_from_the_first(app_of, three_days):
    app = app_of(three_days, at=900)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e")
        screen = on_top(app, ExplainScreen)
        terms = [place.label.term.term for place in screen.places]
        assert len(terms) == len(set(terms))
        assert screen.number == 0
        assert str(screen.query_one("Vertical").border_subtitle).startswith(f"1 of {len(terms)} ")
        again = next(place for place in screen._labels if place not in screen.places)
        await pilot.click(offset=(again.x, again.y))
        assert screen.places[screen.number].label.term is again.label.term, "also where a term stands a second time"
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)


async def test_that_a_run_goes_on_meanwhile_is_said(app_of, three_days, live):
    for paused, title in ((True, "Explain"), (False, "Explain · the run goes on, this picture waits")):
        app = app_of(three_days, live=live, paused=paused, at=900)
        async with app.run_test(size=(120, 40)) as pilot:
            app.tick()
            await pilot.press("e")
            assert str(on_top(app, ExplainScreen).query_one("Vertical").border_title) == title


def test_a_label_that_is_not_the_term_stands_before_it():
    labels = {label.text: explain_label(label).plain for label in find_labels(["speak 53 % (needs 50 %) · wanted at 12 · score 3"])}
    assert labels["needs"].startswith("needs (threshold): The probability")
    assert labels["wanted at"].startswith("wanted at (wanted moment): ")
    assert labels["score"].startswith("score: ")
    for row, start in (("silent, 3 steps", "silent (silence): "), ("43 steps", "step: "), ("score ≥3 1.00", "score ≥ 3: ")):
        assert explain_label(find_labels([row])[0]).plain.startswith(start)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_every_label_and_sign_of_the_screen_is_named_by_the_box_of_its_term(app_of, three_days, size):
    app = app_of(three_days, at=900)
    async with app.run_test(size=size) as pilot:
        await pilot.press("e")
        screen = on_top(app, ExplainScreen)
        said = {}
        for number, place in enumerate(screen.places):
            screen.show(number)
            box = str(screen.query_one("Vertical > Static", Static).content)
            said[place.label.term.term] = f"{place.label.text} {box}".casefold()
        for place in screen._labels:
            text = place.label.text.strip(" ,").casefold()
            assert (text if text[:1].isalnum() else text[:1]) in said[place.label.term.term]
        timeline = [place.label for place in screen._labels if place.widget.id == "today"]
        assert {"░", "─"} <= {label.text[:1] for label in timeline}
        borders = (0, app.live.query_one("#today").outer_size.height - 1)
        assert not [label for label in timeline if label.y in borders and "─" in label.text], "the border is no sign"


async def test_a_new_size_closes_the_box(app_of, three_days):
    app = app_of(three_days, at=900)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e")
        on_top(app, ExplainScreen)
        await pilot.resize_terminal(100, 40)
        await pilot.pause()
        assert app.screen is app.live


async def test_a_run_without_a_step_can_be_explained(app_of, tmp_path):
    db = tmp_path / "runs.sqlite"
    story.add(db, days=0, state="new")
    app = app_of(db)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("e")
        await pilot.pause()
        assert app.is_running


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)], ids=str)
async def test_the_foot_is_whole_and_page_keys_move_on(app_of, three_days, size):
    app = app_of(three_days, at=900)
    async with app.run_test(size=size) as pilot:
        await pilot.press("e")
        await pilot.pause()
        explain = on_top(app, ExplainScreen)
        foot = str(explain.query_one(Vertical).border_subtitle)
        assert foot.endswith("Esc: close")
        assert foot in text_of(app)
        await pilot.press("pagedown")
        assert explain.number == 5 % len(explain.places)
        await pilot.press("pageup")
        assert explain.number == 0
