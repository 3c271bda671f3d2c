"""A silent process is reported after a limit that depends on whether it computes, and again after a while."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from propersim_tui.runtime.watchdog import BUSY_LIMIT, BUSY_SHARE, IDLE_LIMIT, REPEAT, Watchdog


@dataclass
class Process:
    pid: int | None = 7
    suspended: bool = False
    busy_seconds: float = 0.0


def test_an_idle_process_is_reported_after_the_limit_and_again_later():
    watchdog, process = Watchdog("worker"), Process()
    assert watchdog.check(0.0, process) is None
    assert watchdog.check(IDLE_LIMIT - 1, process) is None
    report = watchdog.check(IDLE_LIMIT, process)
    assert report is not None
    assert "no answer from the worker for 15 s" in report.message
    assert not report.computes
    assert watchdog.reported
    assert watchdog.check(IDLE_LIMIT + REPEAT - 1, process) is None
    assert watchdog.check(IDLE_LIMIT + REPEAT, process) is not None


def test_a_computing_process_is_reported_later():
    watchdog, process = Watchdog("worker"), Process()
    watchdog.check(0.0, process)
    process.busy_seconds = 2 * BUSY_SHARE * BUSY_LIMIT
    assert watchdog.check(IDLE_LIMIT, process) is None
    report = watchdog.check(BUSY_LIMIT, process)
    assert report is not None
    assert report.computes


def test_a_suspended_process_is_reported_with_the_command_that_resumes_it():
    watchdog, process = Watchdog("worker"), Process(suspended=True)
    watchdog.check(0.0, process)
    report = watchdog.check(IDLE_LIMIT, process)
    assert report is not None
    assert "kill -CONT 7" in report.remedy


@pytest.mark.parametrize(("reported", "silent"), [(True, IDLE_LIMIT + 1), (False, None)])
def test_an_answer_ends_the_silence(reported, silent):
    watchdog, process = Watchdog("worker"), Process()
    watchdog.check(0.0, process)
    if reported:
        watchdog.check(IDLE_LIMIT, process)
    assert watchdog.received(IDLE_LIMIT + 1) == silent
    assert not watchdog.reported
    assert watchdog.check(IDLE_LIMIT + 2, process) is None, "the silence is measured from here"
