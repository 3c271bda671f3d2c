import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core import clock


@given(st.integers(0, 1680))
def test_times_round_trip(minute):
    assert clock.parse_time(clock.format_time(minute), latest=clock.LATEST) == minute


@pytest.mark.parametrize("text", ["7:30", "07:60", "24:01", "0730", "", "07:30 ", "-1:00", "aa:bb"])
def test_malformed_times_are_rejected(text):
    with pytest.raises(ValueError):
        clock.parse_time(text)


@given(st.integers(0, 1439), st.integers(0, 1440), st.floats(0, 1679))
def test_a_window_and_its_complement_cover_the_day_once(start, end, minute):
    if start in (end, end % 1440):
        return
    assert clock.in_window(minute, start, end) != clock.in_window(minute, end % 1440, start)


def test_windows_are_half_open_and_wrap():
    assert clock.in_window(600, 600, 660)
    assert not clock.in_window(660, 600, 660)
    assert clock.in_window(1439.9, 1320, 1440)
    assert clock.in_window(25 * 60, 22 * 60, 2 * 60)
    assert not clock.in_window(26 * 60, 22 * 60, 2 * 60)


def test_days_and_times_are_parsed():
    assert clock.parse_moment("day 3 08:30") == (3, 510)
    assert clock.parse_moment("day 3 8:30") == (3, 510)
    assert clock.parse_moment("Day 12") == (12, None)
    assert clock.parse_hand_time("7:05") == clock.parse_hand_time("07:05") == 425
    for wrong in ("day 0", "08:30", "day three", "day 1 8:3", "day 1 :30", "day 1 008:30", "day 1 8", "day 1 8:61"):
        with pytest.raises(ValueError):
            clock.parse_moment(wrong)


def test_durations_times_and_weekdays_are_formatted():
    assert [clock.format_minutes(m) for m in (0, 59.6, 65, 120)] == ["0 min", "1 h 00", "1 h 05", "2 h 00"]
    assert clock.format_time(1505, wrap=True) == "01:05"
    assert clock.format_time(642.5, seconds=True) == "10:42:30"
    assert clock.weekday_name(1) == "Mon"
    assert clock.weekday_name(7) == "Sun"
