"""Frames from the store: the same whichever way one comes to a step."""

from __future__ import annotations

import msgspec
import pytest

from propersim.core.records import RunWarning
from propersim.simulation.metrics import DayCounter, metrics
from propersim_tui.data.playback import Playback
from propersim_tui.data.source import RunSource
from propersim_tui.render.feed import NightEntry, RecommendationEntry, SilenceEntry, WarningEntry, feed_entries
from propersim_tui.render.format import short_number, sparkline
from propersim_tui.render.run_total import run_total
from propersim_tui.widgets.days_panel import SPARKS, DaysPanel, _small_curves
from propersim_tui.widgets.decision import decision_summary
from propersim_tui.widgets.scores_panel import ScoresPanel
from tests.known import known
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
    tally = DayCounter(frame.step.day, 2.5, frame.about.persona.rubric.frequency)
    for step in frame.steps:
        tally.add(step)
    assert frame.today == tally.figures()


def test_no_figure_is_of_a_later_moment(source):
    for index, days in ((0, []), (401, [1]), (402, [1]), (802, [1]), (803, [1, 2]), (1205, [1, 2])):
        frame = source.frame(index)
        assert [figures.day for figures in frame.days] == days
        assert frame.days_so_far[-1].steps == len(frame.steps)
    whole = source.frame(401)
    assert whole.days[0] == whole.today == source.frame(900).days[0]


@pytest.mark.parametrize("width", [58, 80, 96])
def test_the_small_curves_cover_all_days_and_name_the_day_of_their_figures(tmp_path, width):
    path = tmp_path / "runs.sqlite"
    story.add(path, days=14, of=14, state="finished")
    frame = RunSource(path, "last").frame(13 * 402 + 401)
    rows = [each.plain for each in DaysPanel().lines(frame, width, 6)]
    curve = next(row.partition("F1 day 14")[2] for row in rows if "F1 day 14" in row)
    assert sum(curve.count(sign) for sign in SPARKS) == 14
    small = [each.plain for each in _small_curves(frame.days_so_far, 3, 16 + 5)]
    assert small[0].startswith("F1 day 3")
    assert sum(small[0].count(sign) for sign in SPARKS) == 5, "where there is less room, a cell stands for several days"


def test_beyond_the_end_is_the_end(source):
    assert source.frame(10**9).step.index == 1205


@pytest.mark.parametrize("index", [-1, 0, 401, 402, 1205, 10**9])
def test_a_step_alone_is_that_of_its_frame(source, three_days, index):
    source.frame(600)
    step = RunSource(three_days, "last").step(index)
    assert step == source.step(index) == source.frame(index).step
    assert (step is None) == (index < 0)


def test_a_replay_follows_a_run_that_grows(tmp_path):
    from propersim.store.store import Store

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
    found = feed_entries(source.frame(804 + 60).steps)
    assert [type(entry) for entry in found] == [SilenceEntry, RecommendationEntry, SilenceEntry, RecommendationEntry, SilenceEntry]
    assert isinstance(found[0], SilenceEntry)
    assert isinstance(found[3], RecommendationEntry)
    assert (found[0].start, found[0].end, found[0].steps, found[0].missed) == ("07:00", "07:47", 20, 4)
    assert found[3].ratings[0] == ("preference", 0, "Oh no, bad cue. I asked you to keep finance away from me.")
    assert sum(entry.steps if isinstance(entry, SilenceEntry) else 1 for entry in found) == 61


def test_a_frame_of_another_day_reads_that_day_only(source, monkeypatch):
    asked = []
    steps = source._store.steps

    def noted(run, start, stop):
        asked.append((start, stop))
        return steps(run, start, stop)

    monkeypatch.setattr(source._store, "steps", noted)
    source._loaded.clear()
    source.frame(1205)
    source.frame(1204)
    source.frame(1206)
    day = source._day_of(1205)
    assert len(asked) <= 2
    assert all(day.first <= start < stop <= source._end_of(day) for start, stop in asked)


def test_entries_have_nights_and_warnings_in_their_places():
    steps = story.day_steps(2, 402)[:61]
    nights = [story.night(1, 402), story.night(2, 420, asked=True), story.night(2, 463), story.night(9, 4000)]
    found = feed_entries(steps, nights, [RunWarning(420, 2, "malformed", "[/b] 1 of 5"), RunWarning(3, 1, "no-pairs", "of the day before")])
    kinds = [type(entry) for entry in found]
    assert kinds == [
        NightEntry,
        SilenceEntry,
        NightEntry,
        WarningEntry,
        SilenceEntry,
        RecommendationEntry,
        SilenceEntry,
        RecommendationEntry,
        SilenceEntry,
        NightEntry,
    ]
    assert isinstance(found[1], SilenceEntry)
    assert isinstance(found[4], SilenceEntry)
    assert (found[1].steps, found[4].steps) == (18, 2)
    assert len({entry.key for entry in found}) == len(found)
    assert [entry.index for entry in found] == sorted(entry.index for entry in found)
    assert isinstance(found[3], WarningEntry)
    assert found[3].text == "[/b] 1 of 5"


@pytest.mark.parametrize(
    ("night", "text"),
    [
        (story.night(3, 9), "night 3 · trained on 812 pairs, speaking was preferred in 41 · loss .31 · margin 2.10 · accuracy .96"),
        (
            story.night(3, 9, asked=True, pairs=1, margin=None),
            "day 3, asked to train · trained on 1 pair, speaking was preferred in 41 · loss .31 · accuracy .96",
        ),
        (
            msgspec.structs.replace(story.night(3, 9, margin=None), savings=("1 of 4 pairs at a time", "gradient checkpointing")),
            "night 3 · trained on 812 pairs, speaking was preferred in 41 · loss .31 · accuracy .96 · 1 of 4 pairs at a time"
            " · gradient checkpointing",
        ),
        (story.night(3, 9, pairs=0), "night 3 · no training pairs"),
        (story.night(3, 9, asked=True, pairs=0), "day 3, asked to train · no training pairs"),
    ],
)
def test_a_night_in_words(night, text):
    assert NightEntry(0, night).text == text


def test_a_replay_hears_of_nights_of_a_run_that_goes_on(tmp_path):
    path = tmp_path / "runs.sqlite"
    row = story.add_learner(path, days=1, stop=10, state="new")
    source = RunSource(path, "last")
    source.poll(0.0)
    story.add_nights(path, row, story.night(1, 10))
    source.poll(0.5)
    assert not source.nights
    source.poll(1.5)
    assert [night.at for night in source.frame(9).nights] == [10]


@pytest.mark.parametrize(
    ("scheme", "taught", "threshold"), [("factored", 21, "(needs 70 %)"), ("factored", 20, "(needs 90 %)"), ("paper", 20, "")]
)
def test_the_decision_of_a_step(tmp_path, scheme, taught, threshold):
    path = tmp_path / "runs.sqlite"
    story.add_nights(path, story.add_learner(path, days=1, scheme=scheme), story.night(1, taught))
    source = RunSource(path, "last")
    spoken = source.frame(20)
    assert known(spoken.step).spoke
    assert decision_summary(spoken, 80) == " ".join(part for part in ("speak ▮▮▮▮▮ 94 %", threshold, "· 2 more rated") if part)
    assert len(decision_summary(spoken, 30)) <= 30
    assert "rated" not in decision_summary(source.frame(21), 80)


def test_a_course_in_a_few_cells_ends_with_the_newest():
    assert sparkline([0.0, 1.0], 5) == "▁█"
    assert sparkline([0.0] * 99 + [1.0], 4) == "▁▁▁█"
    assert sparkline([2.0, 2.0], 5) == "▁▁"
    assert sparkline([], 5) == sparkline([1.0], 0) == ""


def test_the_figures_of_the_run_count_every_day_up_to_the_current_step(source):
    frame = source.frame(500)
    days = frame.days_so_far
    assert [figures.day for figures in days] == [1, 2]
    whole = metrics(days)
    text = f"days 1–2: F1 {short_number(whole['f1'])}, {whole['unwelcome']} unwelcome"
    assert run_total(days, len(text)) == text
    assert whole["unwelcome"] == sum(day.shown - day.welcome for day in days) > 0
    assert run_total(days, len(text) - 1) == text.split(": ")[1]
    assert run_total(days, 12) == f"{whole['unwelcome']} unwelcome"
    assert run_total(days, 5) == run_total([], 80) == ""
    assert run_total(days[:1], 80).startswith("day 1: F1 ")
    assert text in "\n".join(each.plain for each in ScoresPanel().lines(frame, 58, 6))


def test_the_table_of_days_has_the_pairs_of_each_night(tmp_path):
    path = tmp_path / "runs.sqlite"
    row = story.add_learner(path)
    story.add_nights(path, row, story.night(1, 402, pairs=0), story.night(2, 804), story.night(3, 900, asked=True, pairs=88))
    days = DaysPanel()
    text = [each.plain for each in days.lines(RunSource(path, "last").frame(1000), 50, 20)]
    assert max(len(each) for each in text) <= 50, "nothing of a figure is cut off"
    assert [each.split()[-1] for each in text[-3:]] == ["4", "812", "88"]
