"""Progress of a run without a screen: the estimate, the rate, the bar on a terminal, lines elsewhere."""

import json
import os
import pty
import re
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from propersim.cli.run_progress import Pace, expected_steps, fitting, shown_progress, time_left
from propersim.core.config import RunConfig


def test_the_number_of_steps_is_estimated_from_the_days_so_far():
    config = RunConfig(days=14)
    assert expected_steps(config, 0, 0) == 14 * 16 * 24
    # Days of 400 steps: 14 of them.
    assert expected_steps(config, 4 * 400, 4) == 14 * 384
    assert expected_steps(config, 4 * 350, 4) == 14 * 350
    assert expected_steps(RunConfig(days=2, until="day 2 15:00"), 0, 0) == round(1.5 * 384)
    assert expected_steps(RunConfig(days=1, timestep=60), 0, 0) == 16


@given(days=st.integers(1, 30), done=st.integers(0, 30), steps=st.integers(0, 20_000))
def test_no_estimate_is_less_than_what_is_done(days, done, steps):
    assert expected_steps(RunConfig(days=days), steps, min(done, days)) >= steps


def test_the_rate_is_recent_and_the_time_left_counts_nights():
    pace = Pace(100, 0.0)
    assert (pace.rate, pace.left(500)) == (0.0, None)
    pace.add(150, 5.0)
    assert (pace.rate, pace.left(200)) == (10.0, 5.0)
    # A night of 95 s without a step, then 100 steps in 10 s.
    pace.add(150, 100.0)
    pace.add(200, 105.0)
    pace.add(250, 110.0)
    assert pace.rate == 10.0
    assert pace.left(400) == 150 / (150 / 110.0)


def test_durations_are_short():
    assert [time_left(seconds) for seconds in (None, 0, 59.6, 3600)] == ["-:--", "0:00", "1:00", "1:00:00"]


@given(st.integers(0, 100), st.sampled_from(("", "planning day 3", "training 12/300, loss 0.52")))
def test_a_narrow_terminal_leaves_out_figures_and_never_the_day_or_the_note(room, note):
    parts = {"day": "day 3/14", "steps": "62,831 steps", "rate": "12,078 steps/s", "left": "0:05 left", "note": note}
    shown = fitting(parts, room).split(" · ")
    assert [shown[0], *shown[-1:]] == ["day 3/14", note or shown[-1]]
    assert len(" · ".join(shown)) <= room or shown == [text for text in ("day 3/14", note) if text]
    left_out = [name for name in ("rate", "steps", "left") if parts[name] not in shown]
    assert left_out == ["rate", "steps", "left"][: len(left_out)]


def test_without_a_terminal_a_line_comes_for_a_day(capsys, monkeypatch):
    now = iter(range(0, 1000, 4))
    monkeypatch.setattr("propersim.cli.run_progress.time.monotonic", lambda: float(next(now)))
    with shown_progress("p01-x", RunConfig(days=3), 0, 0) as show:
        for steps, days in ((200, 0), (384, 1), (500, 1), (768, 2), (1152, 3)):
            show(steps, days, "training")
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(",")[:2] for line in lines] == [["p01-x: 1 of 3 days", " 384 steps"], ["p01-x: 2 of 3 days", " 768 steps"]]
    assert all(re.search(r", \d+ steps/s, \d+:\d\d left$", line) for line in lines)


def test_a_line_says_how_fast_the_day_was_also_after_a_long_night(capsys, monkeypatch):
    """At 100 a second steps come; then a night of 600 s makes none before the day counts."""
    seconds = iter((0.0, *(float(second) for second in range(1, 9)), 608.0, 609.0))
    monkeypatch.setattr("propersim.cli.run_progress.time.monotonic", lambda: next(seconds))
    with shown_progress("p01-x", RunConfig(days=3), 0, 0) as show:
        for second in range(1, 9):
            show(76 * second, 0, "")
        show(608, 1, "")
    assert "608 steps, 1.0 steps/s" in capsys.readouterr().err


def test_on_a_terminal_there_is_a_bar_and_stdout_is_json_alone(tmp_path):
    main, side = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "propersim", "run", "--assistant", "random", "--days", "4", "--json"],
        cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=side, env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )  # fmt: skip
    os.close(side)
    drawn = b""
    while True:
        try:
            drawn += (got := os.read(main, 65536))
        except OSError:
            break
        if not got:
            break
    out, _ = process.communicate(timeout=60)
    os.close(main)
    found = json.loads(out)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn.decode())
    assert found["run"] in text
    assert re.search(r"\d+ %", text)
    assert re.search(r"day \d/4 · [\d,]+ steps? · [\d.,]+ steps/s · \S+ left", text)
