"""What a person rated, beside what the judge would have said of it: in the feed, the scores, a step laid open, and the top line."""

from __future__ import annotations

import json

import msgspec
import pytest

from propersim.core.config import BOTH
from propersim.core.records import Candidate, Rating
from propersim.experiments.agreement import Agreement, agreement
from propersim.runs.protocol import RunState
from propersim.store.store import Store
from propersim_tui.render.export import as_text
from propersim_tui.render.feed import RecommendationEntry
from propersim_tui.render.run_state import playback_state
from propersim_tui.widgets.feed_rows import rows
from propersim_tui.widgets.scores_panel import agreed_line
from tests.known import known
from tests.tui import story

pytestmark = pytest.mark.usefixtures("undrawn")

JUDGED = Rating(1, 0, 1, 1, ("Darling, yes.", "Not while I am deep in work.", "", ""))


def by_hand(step):
    """The second day's recommendations, as a person rated them."""
    if not step.spoke or step.day != 2:
        return step
    mine = Rating(1, 1, 1, 0)
    return msgspec.structs.replace(step, candidates=(Candidate(step.answer.text, mine, "music", "warm"),), judged=JUDGED)


@pytest.fixture
def shown(app_of, tmp_path, live):
    path = tmp_path / "runs.sqlite"
    row = story.add(path, change=by_hand)
    with Store(path) as store:
        store.update_run(row, config_json=json.dumps({"timestep": story.TIMESTEP, "assistant": "random", "user": BOTH}))

    def make(at, **options):
        return app_of(path, at=at, **options)

    return make


SAID = next(step.index for step in story.day_steps(2, 402) if step.spoke)


async def test_it_is_said_wherever_the_step_is_shown(shown):
    app = shown(SAID)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        feed = as_text(app.query_one("#assistant"))
        assert "you ●●●○, the judge ●○●●: agree in 2 of 4" in feed
        assert "no reason given" not in feed
        assert "the judge ○ Not while I am deep\n" in feed
        scores = as_text(app.query_one("#scores"))
        assert "= judge .50, 1 of 20 ratings" in scores
        assert [line.split("=")[1].split()[0] for line in scores.splitlines() if "  = " in line] == ["1.0", ".00", "1.0", ".00"]
        await pilot.press("i")
        await pilot.pause()
        text = app.screen.query_one("#weighed").content_shown.plain
        assert "rated by a person: you ●●●○, the judge ●○●●: agree in 2 of 4" in text
        assert "timing, the judge Not while I am deep in work." in text
        await pilot.press("i")
        for size in ((80, 24), (200, 60)):
            await pilot.resize_terminal(*size)
            await pilot.press("3")
            await pilot.pause()
            assert "= you and the judge: .50, 1 of 20 ratings" in as_text(app.query_one("#scores")), size


async def test_agreement_counts_up_to_the_step_and_only_where_a_person_rated(shown):
    app = shown(100)
    steps = [by_hand(step) for step in (*story.day_steps(1, 0), *story.day_steps(2, 402), *story.day_steps(3, 804))]

    def agreed() -> Agreement | None:
        return known(app.frame).agreement

    async with app.run_test(size=(120, 40)) as pilot:
        assert agreed() is None
        assert " = " not in as_text(app.query_one("#scores"))
        for at in (1000, SAID - 1, SAID, 700, SAID, 1200):
            app.run_view.go_to_step(at)
            await pilot.pause()
            expected = agreement(steps[: at + 1])
            assert agreed() == (expected if expected.rated else None), at
        assert known(agreed()).rated == 5


def test_the_feed_keeps_to_its_width_and_says_nothing_where_the_judge_rated():
    step = story.day_steps(2, 402)[SAID - 402]
    plain = RecommendationEntry(step)
    assert (plain.agreed, plain.differing) == ("", [])
    long = msgspec.structs.replace(by_hand(step), judged=msgspec.structs.replace(JUDGED, reasons=("", "[/x] \u202e" * 90, "", "")))
    for width in (14, 20, 44, 90):
        for parts, index in rows(RecommendationEntry(long), width, current=True, opened=True):
            assert sum(len(text) for text, _ in parts) <= width + 2 or width < 30
            assert index == step.index
            assert not any("\u202e" in text for text, _ in parts)
    assert len(rows(RecommendationEntry(long), 90, current=False, opened=True)) > len(rows(plain, 90, current=False, opened=True))


@pytest.mark.parametrize("width", [20, 40, 60])
def test_kappa_that_there_is_not_is_a_dash(width):
    steps = [by_hand(step) for step in story.day_steps(2, 402)]
    both = agreement(steps)
    assert both.dimensions[0].kappa is None
    assert f"{both.rated}" in agreed_line(both, width).plain


async def test_the_top_line_says_that_it_waits_for_a_rating(shown, live):
    app = shown(None, live=live)
    async with app.run_test(size=(120, 40)) as pilot:
        for state, words in ((RunState("running"), ""), (RunState("rating"), "◆ ASKING you"), (RunState("running"), "")):
            live.events = [state]
            app.tick()
            await pilot.pause()
            assert ("◆ ASKING you" in str(app.query_one("#header").render())) == bool(words)
        live.events = [RunState("rating")]
        app.tick()
        await pilot.press("b")
        assert playback_state(app.status)[0] == "◆ ASKING you ◂ 1"
