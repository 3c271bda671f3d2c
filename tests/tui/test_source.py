"""Frames from the store: the same whichever way one comes to a step."""

from __future__ import annotations

import pytest

from propersim.metrics import Tally
from propersim_tui.feed import Said, Silence, entries
from propersim_tui.playback import Playback
from propersim_tui.source import RunSource
from tests.tui import story


@pytest.fixture
def source(three_days):
    source = RunSource(three_days, "last")
    yield source
    source.close()


@pytest.mark.parametrize("index", [0, 1, 401, 402, 500, 803, 804, 1205])
def test_a_frame_is_the_same_from_everywhere(source, three_days, index):
    fresh = RunSource(three_days, "last").frame(index)
    for before in (0, 1205, index - 1, index + 1):
        source.frame(max(0, before))
        frame = source.frame(index)
        assert (frame.step, list(frame.steps), frame.today, frame.plan) == (fresh.step, list(fresh.steps), fresh.today, fresh.plan)
    tally = Tally(frame.step.day, 2.5, frame.about.persona.rubric.frequency)
    for step in frame.steps:
        tally.add(step)
    assert frame.today == tally.figures()


def test_beyond_the_end_is_the_end(source):
    assert source.frame(10**9).step.index == 1205


def test_a_replay_follows_a_run_that_grows(tmp_path):
    from propersim.store import Store

    path = tmp_path / "runs.sqlite"
    row = story.add(path, days=1, stop=10, state="new")
    source = RunSource(path, "last")
    with Store(path) as store:
        store.add_steps(row, story.day_steps(1, 0)[10:20], [0] * 10, 0.0)
    source.poll(0.0)
    assert source.newest == 19


def test_speed_is_in_steps_a_second(source):
    playback = Playback(source, speed=8.0)
    for tick in range(151):
        playback.tick(tick / 15)
    assert 77 <= playback.cursor <= 81


def test_a_terminal_that_slept_does_not_race(source):
    playback = Playback(source, speed=8.0)
    playback.tick(0.0)
    playback.tick(1000.0)
    assert playback.cursor <= 1


def test_entries_fold_silence(source):
    found = entries(source.frame(804 + 60).steps)
    assert [type(entry) for entry in found] == [Silence, Said, Silence, Said, Silence]
    assert (found[0].start, found[0].end, found[0].steps, found[0].missed) == ("07:00", "07:47", 20, 4)
    assert found[3].reasons[0] == ("preference", "Oh no, bad cue. I asked you to keep finance away from me.")
    assert sum(entry.steps if isinstance(entry, Silence) else 1 for entry in found) == 61


def test_a_frame_of_another_day_reads_that_day_only(source, monkeypatch):
    asked = []
    steps = source._store.steps
    monkeypatch.setattr(source._store, "steps", lambda run, start, stop: asked.append((start, stop)) or steps(run, start, stop))
    source._loaded.clear()
    source.frame(1205)
    source.frame(1204)
    source.frame(1206)
    day = source._day_of(1205)
    assert len(asked) <= 2
    assert all(day.first <= start < stop <= source._end_of(day) for start, stop in asked)
