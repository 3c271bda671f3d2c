"""Lines of the feed, and of the panel of the moment, at small widths."""

from __future__ import annotations

import re

import pytest

from propersim_tui.data.source import RunSource
from propersim_tui.render.feed import SilenceEntry
from propersim_tui.widgets.feed_rows import rows
from propersim_tui.widgets.now_panel import short_openness
from tests.known import known


@pytest.mark.parametrize(
    ("width", "missed", "overdue", "words"),
    [
        (66, 20, False, "05:30 – 12:00  silent, 40 steps · wanted one at 20 steps mean 3.0 "),
        (70, 1, False, "05:30 – 12:00  silent, 40 steps · wanted one at 1 step       mean 3.0 "),
        (54, 20, False, "05:30 – 12:00  silent, 40 steps · 20 wanted  mean 3.0 "),
        (48, 20, False, "05:30 – 12:00  silent, 40 steps · 20 wanted 3.0 "),
        (54, 0, True, "05:30 – 12:00  silent, 40 steps · too long   mean 3.0 "),
        (71, 0, True, "05:30 – 12:00  silent, 40 steps · nothing useful for too long mean 3.0 "),
        (44, 0, False, "05:30 – 12:00  silent, 40 steps    mean 3.0 "),
    ],
)
def test_a_silence_says_what_was_missed_without_being_cut(width, missed, overdue, words):
    (line,) = rows(SilenceEntry(0, "05:30", "12:00", 40, 3.0, missed, overdue), width, current=False)
    assert "".join(part for part, _ in line[0]) == words


@pytest.mark.parametrize("width", [12, 17, 18, 19, 20, 24])
def test_a_narrow_panel_never_cuts_a_time(three_days, width):
    source = RunSource(three_days, "last")
    source.poll(0.0)
    for index in range(0, source.newest, 25):
        frame = source.frame(index)
        text = short_openness(frame, known(frame.step), width).plain
        assert re.fullmatch(r"receptive (yes|no)( more today| ?→ ?\d\d:\d\d)?", text)
        assert len(text) <= max(width, len("receptive yes"))
