"""A night reports its parts: which one runs, how far it is, and the time that it still takes."""

from __future__ import annotations

import pytest

from propersim.core.records import TrainingProgress
from propersim.learning.night import _Part
from propersim.runs.protocol import Training
from propersim_tui.widgets.training_panel import _preparing


def test_a_part_of_a_night_reports_how_far_it_is_and_the_time_left(monkeypatch):
    seconds = iter((0.0, 0.0, 10.0, 30.0))
    monkeypatch.setattr("propersim.learning.night.time.monotonic", lambda: next(seconds))
    reports: list[TrainingProgress] = []
    part = _Part(reports.append, "preparing", 100, pairs=60)
    part.add(25)
    part.add(80)
    assert [(one.part, one.done, one.total, one.pairs, one.step, one.steps) for one in reports] == [
        ("preparing", done, 100, 60, 0, 0) for done in (0, 25, 100)
    ]
    assert [one.seconds_left for one in reports] == [0.0, 30.0, 0.0]


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (Training(3, 0, 0, 0.0, 0.0, None, 12.0, 600, "preparing", 300, 1200), "preparing 600 pairs · 12 s left, then training"),
        (Training(3, 0, 0, 0.0, 0.0, None, 4.0, 0, "checking", 60, 235), "checking: 60 of 235 checked moments · 4 s left"),
        (Training(3, 0, 0, 0.0, 0.0, None, 4.0, 0, "choosing", 60, 900), "choosing: 60 of 900 decisions · 4 s left, then training"),
        (
            Training(3, 0, 0, 0.0, 0.0, None, 2.0, 600, "checking the result", 60, 235),
            "checking the result: 60 of 235 checked moments · 2 s left",
        ),
        (Training(3, 0, 0), "preparing pairs …, then training"),
    ],
)
def test_the_panel_says_what_is_done_how_far_it_is_and_how_long_it_takes(report, words):
    for width in (100, 40, 16):
        lines = _preparing(report, width)
        assert all(each.cell_length <= width for each in lines)
        assert words.startswith(lines[2].plain.rstrip("…").rstrip())
    assert _preparing(report, 100)[2].plain == words
    if report.total:
        assert f"{100 * report.done // report.total} %" in _preparing(report, 100)[1].plain
        left = words.split(" · ")[1].split(",")[0]
        assert any(left in each.plain for each in _preparing(report, 24)), "also where it is narrow"
