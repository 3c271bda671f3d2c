"""The search of the feed: what it finds, and going from match to match."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.widgets import Static

from propersim.core.light_records import SpokenStep, decode_spoken_step
from propersim.core.records import Rating
from propersim_tui.data.feed_search import FeedIndex, read_spoken
from propersim_tui.data.fuzzy import Filter
from propersim_tui.render.feed import RecommendationEntry
from propersim_tui.widgets.assistant_feed import AssistantFeed
from propersim_tui.widgets.feed_search import FeedSearch
from propersim_tui.widgets.found import mark_found
from tests.tui import story
from tests.tui.hosts import settled, text_of

pytestmark = pytest.mark.usefixtures("undrawn")


STEP = story.day_steps(1, 0)[0]


def spoken(index: int, text: str, *reasons: str) -> SpokenStep:
    values = [0] * len(reasons) + [1] * (4 - len(reasons))
    rating = Rating(*values, reasons=(*reasons, *[""] * (4 - len(reasons))))  # type: ignore[arg-type,misc]
    step = STEP
    candidate = msgspec.structs.replace(step.candidates[0], text=text, rating=rating)
    whole = msgspec.structs.replace(step, index=index, candidates=(candidate,), shown=0)
    return decode_spoken_step(msgspec.json.encode(whole))


def index_of(*steps: SpokenStep) -> FeedIndex:
    index = FeedIndex()
    index.add(steps, max(step.index for step in steps) + 1)
    return index


TEA = spoken(3, "A cup of tea while it rains?")
ORDER = spoken(9, "You should log the costs now.", "It felt like an order.")
LATER = spoken(20, "Log the costs of the tour.", "Not now, [please].", "Tea first.")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("tea", [3, 20]),
        ("costs", [9, 20]),
        ("costs order", [9]),
        ("[please]", [20]),
        ("rns", [3]),
        ("coffee", []),
        ("", []),
    ],
)
def test_texts_and_reasons_are_searched(typed, found):
    index = index_of(TEA, ORDER, LATER)
    index.search(Filter(typed))
    assert index.matches(100) == found


def test_matches_follow_each_other_and_the_search_goes_on_at_the_other_end():
    index = index_of(TEA, ORDER, LATER)
    index.search(Filter("tea"))
    assert [index.next(at, 1, 100) for at in (0, 3, 4, 20)] == [3, 20, 20, 3]
    assert [index.next(at, -1, 100) for at in (0, 3, 4, 20)] == [20, 20, 3, 3]
    assert [index.next(at, 0, 100) for at in (0, 3, 4, 20, 21)] == [3, 3, 20, 20, 3]
    assert index.next(0, -1, 10) == 3, "what is not shown yet does not count"
    index.search(Filter("coffee"))
    assert index.next(5, 1, 100) is None


@settings(max_examples=40)
@given(st.sets(st.integers(0, 40), min_size=1, max_size=6), st.integers(0, 41))
def test_going_forward_visits_every_match_once(places, at):
    index = index_of(*(spoken(place, "tea") for place in sorted(places)))
    index.search(Filter("tea"))
    seen = []
    for _ in places:
        found = index.next(at, 1, 100)
        assert found is not None
        seen.append(at := found)
    assert set(seen) == places
    back = index.next(index.next(at, 1, 100) or 0, -1, 100)
    assert back == at


def test_only_reasons_that_the_feed_shows_are_searched(three_days):
    shown = read_spoken(Path(three_days), story_run(three_days))
    assert shown
    by_index = {step.index: step for day in (1, 2, 3) for step in story.day_steps(day, (day - 1) * 402) if step.spoke}
    for step in shown:
        entry = RecommendationEntry(by_index[step.index])
        assert step.text == by_index[step.index].answer.text
        assert set(step.reasons) == {reason for *_, reason in (*entry.ratings, *entry.differing) if reason and reason != "no reason given"}


def story_run(db: Path) -> str:
    from propersim.store.store import Store

    with Store(db, read_only=True) as store:
        return store.runs()[0].id


def test_the_letters_that_match_are_marked_in_texts_and_reasons_only():
    typed = Filter("tea")
    typed.select({1: "tea"})
    row = [("10:40 ", "time"), ("tea for tea", "text"), ("tea", "name"), ("no tea", "reason")]
    assert mark_found(row, typed.offsets) == [
        ("10:40 ", "time"),
        ("tea", "found"),
        (" for ", "text"),
        ("tea", "found"),
        ("tea", "name"),
        ("no ", "reason"),
        ("tea", "found"),
    ]


def count(app) -> str:
    return str(app.live.query_one(FeedSearch).query_one(Static).content)


async def test_searching_from_key_to_key(app_of, three_days):
    app = app_of(three_days, at=500)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("f")
        assert app.live.query_one(FeedSearch).is_open, "without a search, f opens it"
        await pilot.press(*"costs")
        await settled(pilot)
        assert app.frame.step.index == 500, "typing goes nowhere"
        assert "matches" in count(app)
        total = int(count(app).split()[0])
        await pilot.press("enter")
        await settled(pilot)
        first = app.frame.step.index
        assert first > 500
        assert "costs" in app.frame.step.answer.text
        assert app.focused is app.live.query_one(AssistantFeed)
        seen = {first}
        for _ in range(total):
            await pilot.press("f")
            await settled(pilot)
            seen.add(app.frame.step.index)
        assert app.frame.step.index == first, "it begins again at the end of the run"
        assert len(seen) == total
        await pilot.press("F", "f")
        await settled(pilot)
        assert app.frame.step.index == first
        assert f"of {total}" in count(app)
        await pilot.press("n")
        app.tick()
        await settled(pilot)
        assert count(app) == f"{total} matches"
        await pilot.press("slash", "z", "z", "enter")
        await settled(pilot)
        assert list(app._notifications)[-1].message == "No recommendation or reason matches"
        await pilot.press("escape")
        assert not app.live.query_one(FeedSearch).is_open
        await pilot.press("slash")
        await pilot.press("escape")
        assert not app.live.query_one(FeedSearch).is_open, "Escape in the line closes it, too"
        assert "costs" not in text_of(app).splitlines()[-2]
