"""A new run introduces itself once; its lines are whole at every width."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.config import RunConfig
from propersim.runs.create import add_run
from propersim.store.store import Store
from propersim_tui.app import PropersimApp
from propersim_tui.data.introduction import introduction
from propersim_tui.data.source import RunSource
from propersim_tui.render.braille_chart import days_axis
from propersim_tui.render.evidence_line import evidence_forms
from propersim_tui.widgets.day_timeline import _VAGUE, _label, _shared_words
from propersim_tui.widgets.notice import Notice
from tests.known import known
from tests.tui import story
from tests.tui.hosts import text_of

ORACLE = RunConfig(persona="p01", assistant="oracle", days=14)


def added(path, config=ORACLE, **columns):
    with Store(path) as store:
        row = add_run(store, config)
        if columns:
            store.update_run(row, **columns)
    return row.id


def test_the_first_run_of_a_database_is_introduced_and_the_next_is_not(tmp_path):
    path = tmp_path / "runs.sqlite"
    words = known(introduction(path, added(path)))
    assert words(8.0) == (
        "Rosalind's days and ratings are simulated. Look at F1 (best: 1): silence alone scores high. "
        "14 days take 11 min at 8×; + is faster."
    )
    assert introduction(path, added(path)) is None


@pytest.mark.parametrize(
    ("options", "speed", "said", "unsaid"),
    [
        ({}, None, "ratings are simulated", "at "),
        ({"user": "human"}, 8.0, "you rate", "14 days take"),
        ({"days": 1}, 16.0, "1 day takes less than a minute at 16×", "1 days"),
    ],
)
def test_the_introduction_follows_the_options(tmp_path, options, speed, said, unsaid):
    path = tmp_path / "runs.sqlite"
    run = added(path, RunConfig(**{"persona": "p01", "assistant": "oracle", "days": 14} | options))
    words = known(introduction(path, run))(speed)
    assert said in words
    assert unsaid not in words.replace("Look at F1", "")


async def test_the_introduction_stands_at_the_foot_until_escape_and_follows_the_speed(tmp_path):
    path = tmp_path / "runs.sqlite"
    story.add(path, days=1, stop=100, state="running")
    source = RunSource(path, "last")
    app = PropersimApp(source, paused=True, introduction=lambda speed: f"Look at F1; 11 min at {speed:g}×")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        notice = app.query_one(Notice)
        assert notice.is_open
        assert "i Look at F1; 11 min at 8×" in text_of(app)
        await pilot.press("plus")
        await pilot.pause()
        assert "i Look at F1; 11 min at 16×" in text_of(app)
        await pilot.press("escape", "plus")
        assert not notice.is_open, "a closed message stays closed"
    source.close()


async def test_the_introduction_closes_after_the_first_day(tmp_path, app_of, live, monkeypatch):
    path = tmp_path / "runs.sqlite"
    story.add(path, days=1, stop=100, state="running")
    app = app_of(path, live=live, introduction=lambda speed: "Look at F1")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert app.query_one(Notice).is_open
        monkeypatch.setattr(RunSource, "done", property(lambda source: 1))
        app.tick()
        assert not app.query_one(Notice).is_open


def test_the_evidence_of_a_moment_is_said_from_long_to_short():
    forms = evidence_forms("time 7 of 9, activity unknown, gap too soon, topic travel")
    assert forms == [
        ("good time by ratings", "this hour 7 of 9 · gap too soon · likes travel"),
        ("rated good time", "this hour 7 of 9 · gap too soon · likes travel"),
        ("rated good time", "this hour 7 of 9 · gap too soon"),
        ("rated good time", "this hour 7 of 9"),
    ]
    assert evidence_forms("time 7 of 9, activity 11 of 11")[1] == ("rated good time", "this hour 7 of 9 · activity 11 of 11")
    assert [label for label, _ in evidence_forms("time unknown, activity unknown, gap fine")] == ["ratings so far"] * 2
    assert [words for _, words in evidence_forms("time unknown, activity unknown, gap none yet")] == ["none of such moments", "none"]


@given(st.integers(1, 400), st.integers(8, 200))
def test_the_axis_of_days_has_regular_steps_and_whole_numbers(last, columns):
    numbers = [int(each) for each in days_axis(last, columns).split()]
    assert len(days_axis(last, columns)) == columns
    assert numbers[0] == 1
    assert len({after - before for before, after in pairwise(numbers)}) <= 1
    assert numbers[-1] <= last


def test_the_axis_of_fourteen_days_leaves_no_day_out_between_others():
    assert days_axis(14, 38).split() == ["1", "3", "5", "7", "9", "11", "13"]
    assert days_axis(14, 60).split() == [str(day) for day in range(1, 15)]


def test_labels_of_the_timeline_are_whole_words_that_tell_activities_apart():
    plan = story.plan(1)
    shared = _shared_words(plan)
    for action in plan.actions:
        for width in range(1, 30):
            label = _label(action, width, shared)
            assert len(label) == width
            words = set(label.split())
            assert label.strip() not in _VAGUE
            assert words <= set(action.activity.split("_"))
            assert len(words) > 1 or not words or label.strip() == action.activity or not words & shared


def test_a_run_of_the_list_that_is_paused_is_not_said_to_run(tmp_path):
    from propersim_tui.data.run_list import read_details
    from propersim_tui.widgets.run_preview import _words

    path = tmp_path / "runs.sqlite"
    run = added(path, state="stopped", days_done=0, steps=369)
    lines = "\n".join(each.plain for each in _words(read_details(path, run), 80, "PAUSED"))
    assert "‖ PAUSED · 0 of 14 days complete · 369 steps" in lines
    stored = "\n".join(each.plain for each in _words(read_details(path, run), 80))
    assert "‖ stopped · 0 of 14 days complete" in stored


async def test_a_bookmark_pauses_the_run(app_of, three_days):
    app = app_of(three_days, at=100, paused=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert app.playback.playing
        await pilot.press("M")
        await pilot.pause()
        assert not app.playback.playing


@pytest.mark.parametrize("width", [60, 80, 99, 100, 120, 149, 150, 160, 200])
async def test_the_top_line_has_whole_words(app_of, three_days, width):
    app = app_of(three_days, at=900)
    async with app.run_test(size=(width, 40)) as pilot:
        await pilot.pause()
        row = text_of(app).split("\n")[0]
        assert "…" not in row
        assert known(known(app.frame).step).day == int(known(re.search(r"Day (\d+)", row))[1])
        assert ("(20 min a second)" in row) == (width >= 150)
