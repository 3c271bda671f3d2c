"""Rules that hold on some days of the week: receptive times, liked topics, rates and reasons of each weekday."""

from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.core import clock
from propersim.core.records import Action, Clocks, Place
from propersim.persona.fields import weekdays_of
from propersim.persona.library import load_persona
from propersim.persona.model import DayRate, Frequency, Like, Window
from propersim.user.judge import OfflineJudge
from propersim.user.routine import Routine
from propersim.user.rules import Rules
from propersim.world.catalogue import activities
from propersim.world.floor_plan import load_world

P01 = load_persona("p01")
HOME = load_world()
ACTIVITIES = sorted(activities())
DAY_IDS = [name.lower() for name in clock.WEEKDAYS]
ALL_SEVEN = st.sampled_from(["all", tuple(DAY_IDS), tuple(reversed(DAY_IDS))])
days = st.one_of(
    st.sampled_from([None, "all", "weekdays", "weekends"]), st.lists(st.sampled_from(DAY_IDS), min_size=1, max_size=4).map(tuple)
)
times = st.integers(0, 95).map(lambda quarter: clock.format_time(15 * quarter))
spans = st.tuples(times, times).filter(lambda pair: pair[0] != pair[1])
during = st.lists(st.sampled_from(["meal", "drink", "rest", "cook", "any"]), min_size=1, max_size=2).map(tuple)
windows = st.one_of(
    st.builds(lambda span, days: Window(start=span[0], end=span[1], days=days), spans, days),
    st.builds(lambda span, during, days: Window(start=span[0], end=span[1], during=during, days=days), spans, during, days),
    st.builds(lambda during, days: Window(during=during, days=days), during, days),
)
likes = st.builds(
    lambda topic, during, span, days: Like(topics=(topic,), during=during, between=span, days=days),
    st.sampled_from(["music", "art", "travel", "film"]),
    during,
    st.none() | spans,
    days,
)


def with_rules(windows=None, likes=None, on_days=(), persona=P01):
    """Return a persona with other rules."""
    rubric = persona.rubric
    parts = {"frequency": rubric.frequency.model_copy(update={"on_days": tuple(on_days)})}
    if windows is not None:
        parts["timing"] = rubric.timing.model_copy(update={"windows": tuple(windows)})
    if likes is not None:
        parts["preference"] = rubric.preference.model_copy(update={"likes": tuple(likes)})
    return persona.model_copy(update={"rubric": rubric.model_copy(update=parts)})


def holds(activity, minute, during, start, end):
    """Return whether a clause without days holds, as docs/concepts/rubric.md says it."""
    here = during is None or any(activities()[activity].is_a(name) for name in during)
    return here and (start is None or clock.in_window(minute, clock.parse_time(start), clock.parse_time(end)))


@given(st.lists(windows, min_size=1, max_size=4), st.sampled_from(ACTIVITIES), st.integers(0, 1679))
@settings(max_examples=25)
def test_the_user_is_receptive_where_a_window_of_that_weekday_holds(windows, activity, minute):
    rules = Rules(with_rules(windows))
    for day in range(1, 9):
        weekday = clock.weekday(day)
        found = any(weekday in weekdays_of(one.days) and holds(activity, minute, one.during, one.start, one.end) for one in windows)
        assert rules.on_day(day).receptive(activity, minute) == (found and not rules.never(activity))
        assert rules.on_day(day) is rules.on_weekday(weekday)


@given(st.lists(likes, min_size=1, max_size=4), st.sampled_from(ACTIVITIES), st.integers(0, 1679))
@settings(max_examples=25)
def test_topics_are_liked_where_a_like_of_that_weekday_holds(likes, activity, minute):
    rules = Rules(with_rules(likes=likes))
    held = [one for one in likes if holds(activity, minute, one.during, *(one.between or (None, None)))]
    for weekday in range(7):
        found = {one.topics[0] for one in held if weekday in weekdays_of(one.days)}
        assert rules.on_weekday(weekday).liked(activity, minute) == found - rules.dislikes


@given(st.sampled_from(["p01", "p07", "p14", "p29"]), ALL_SEVEN, st.integers(1, 7))
@settings(max_examples=6)
def test_rules_of_all_seven_days_are_the_rules_without_days(which, all_seven, day):
    plain = load_persona(which)
    rubric = plain.rubric
    rate = rubric.frequency
    every = with_rules(
        [window.model_copy(update={"days": all_seven}) for window in rubric.timing.windows],
        [like.model_copy(update={"days": all_seven}) for like in rubric.preference.likes],
        [DayRate(days=all_seven, **rate.model_dump(exclude={"text"}))],
        plain,
    )
    assert len(Rules(every).groups) == len(Rules(plain).groups) == 1
    assert every.conditional == plain.conditional
    assert every.rubric.frequency.per_day == rate.per_day
    plan = Routine(plain, HOME, 3).plan(day)
    assert Routine(every, HOME, 3).plan(day) == plan
    before, after = OfflineJudge(plain), OfflineJudge(every)
    for action in plan.actions:
        for clocks in (Clocks(500, 500), Clocks(20, 20, 30, 30)):
            moment = before.moment(plan, action, action.start, clocks)
            assert after.moment(plan, action, action.start, clocks) == moment
            texts = ("How about some music with your tea?", None)
            rated = [judge.rate(text, action, day, action.start, clocks, moment) for judge in (before, after) for text in texts]
            assert rated[:2] == rated[2:]


SATURDAYS = Window(days=("sat",), start="08:00", end="12:00")
SUNDAYS = Window(days=("sun",), start="22:00", end="02:00")


def test_a_day_belongs_to_the_weekday_of_waking_also_after_midnight():
    rules = Rules(with_rules([SATURDAYS, SUNDAYS]))
    saturday, sunday, monday = 6, 7, 8
    assert rules.on_day(saturday).receptive("read_book", 9 * 60)
    assert not rules.on_day(sunday).receptive("read_book", 9 * 60)
    assert not rules.on_day(saturday).receptive("read_book", 23 * 60)
    # 25:30 on Sunday's clock is Monday 01:30 on the wall.
    assert rules.on_day(sunday).receptive("read_book", 25 * 60 + 30)
    assert not rules.on_day(sunday).receptive("read_book", 26 * 60)
    assert not rules.on_day(monday).receptive("read_book", 60 + 30)


def test_weekdays_with_the_same_rules_share_them():
    assert len(Rules(P01).groups) == 1
    rules = Rules(with_rules([SATURDAYS, Window(during=("meal",))]))
    assert [weekdays for weekdays, _ in rules.groups] == [(0, 1, 2, 3, 4, 6), (5,)]
    assert rules.on_weekday(5).edges != rules.on_weekday(6).edges
    likes = (Like(topics=("music",), days="weekdays"), Like(topics=("art",), days=("sun",)))
    rules = Rules(with_rules(likes=likes, on_days=[DayRate(days=("fri", "sat"), min_per_day=1, max_per_day=2)]))
    assert [weekdays for weekdays, _ in rules.groups] == [(0, 1, 2, 3), (4,), (5,), (6,)]
    assert [rules.on_weekday(day).satisfiable for day in range(7)] == [True, True, True, True, True, False, True]


def test_a_plan_has_the_windows_and_the_gaps_of_its_weekday():
    rate = DayRate(days=("sat",), min_per_day=4, max_per_day=8, min_gap=25, max_gap=600)
    routine = Routine(with_rules([SATURDAYS, SUNDAYS], on_days=[rate]), HOME)
    for day in range(1, 15):
        plan = routine.plan(day)
        weekday = clock.weekday(day)
        if weekday == 5:
            assert plan.gap_min == 25
            assert plan.receptive
            assert all(8 * 60 <= span.start < span.end <= 12 * 60 for span in plan.receptive)
        else:
            assert plan.gap_min == P01.rubric.frequency.gap_min
        if weekday == 6:
            assert plan.receptive
            assert all(22 * 60 <= span.start < span.end <= 26 * 60 for span in plan.receptive)
        if weekday < 5:
            assert not plan.receptive
            # Nothing is ever overdue on a day that allows nothing.
            assert plan.gap_max >= plan.sleep - plan.wake + plan.gap_min


def test_silence_is_never_overdue_on_a_day_without_windows():
    judge = OfflineJudge(with_rules([SATURDAYS]))
    plan = Routine(judge.persona, HOME).plan(3)
    awake = plan.sleep - plan.wake
    clocks = Clocks(awake + plan.gap_min, awake + plan.gap_min)
    moment = judge.moment(plan, plan.actions[-1], plan.sleep, clocks)
    assert (moment.receptive, moment.wanted, moment.overdue) == (False, False, False)


def rated(judge, text, day, minute, clocks, activity="read_book"):
    action = Action(activity, "reading", Place("", "", 0, 0), minute, minute + 1, 3)
    plan = Routine(judge.persona, HOME).plan(day)
    return judge.rate(text, action, day, minute, clocks, judge.moment(plan, action, minute, clocks)).rating


def test_a_reason_names_the_weekday_where_that_is_why():
    persona = with_rules([SATURDAYS, Window(days="weekdays", start="14:00", end="16:00")], [Like(topics=("music",), days=("sat",))])
    judge = OfflineJudge(persona)
    music = "How about a cheerful new song to sing along with?"
    assert judge.reader.read(music).topic == "music"
    saturday, sunday = 6, 7
    # Clocks shown 0 to 5 pick different sentences.
    moments = [Clocks(500, 500, shown) for shown in range(6)]
    good = [rated(judge, music, saturday, 9 * 60, now) for now in moments]
    assert all((one.preference, one.timing) == (1, 1) and "Sat" not in one.reasons[1] for one in good)
    wrong_day = [rated(judge, music, sunday, 9 * 60, now) for now in moments]
    assert all((one.preference, one.timing) == (0, 0) for one in wrong_day)
    assert any("on a Sunday" in one.reasons[0] for one in wrong_day)
    assert any("Sunday" in one.reasons[1] for one in wrong_day)
    # No weekday is open at 20:00, so the day is not the reason.
    late = [rated(judge, music, sunday, 20 * 60, now) for now in moments]
    assert all(one.timing == 0 and "day," not in one.reasons[1] and "Sunday" not in one.reasons[1] for one in late)
    never = [rated(judge, music, sunday, 9 * 60, now, "help_homework") for now in moments]
    assert all(one.timing == 0 and "Sunday" not in one.reasons[1] for one in never)


def test_frequency_is_rated_by_the_rate_of_the_weekday():
    judge = OfflineJudge(with_rules(on_days=[DayRate(days=("sun",), min_per_day=1, max_per_day=2, min_gap=60)]))
    for day, clocks, good in (
        (6, Clocks(100, 100, 3), 1),
        (7, Clocks(100, 100, 3), 0),
        (7, Clocks(100, 100, 1), 1),
        (6, Clocks(70, 70, 1), 0),
        (7, Clocks(70, 70, 1), 1),
    ):
        assert rated(judge, "Try a new soup.", day, 12 * 60, clocks).frequency == good, (day, clocks)


def test_names_of_weekdays():
    assert clock.name_weekdays(range(7)) == "every day"
    assert clock.name_weekdays([4, 3, 2, 1, 0]) == "weekdays"
    assert clock.name_weekdays({5, 6}) == "weekends"
    assert clock.name_weekdays((5,)) == "Sat"
    assert clock.name_weekdays((0, 2)) == "Mon, Wed"
    assert clock.name_weekdays((0, 1, 2, 3, 5)) == "Mon–Thu, Sat"
    assert clock.name_weekdays((4, 5)) == "Fri, Sat"


def test_the_mean_over_a_week_and_the_band_in_short():
    rate = Frequency(text="x", min_per_day=7, max_per_day=14, on_days=(DayRate(days="weekends", min_per_day=3.5, max_per_day=7),))
    assert rate.per_day == (6, 12)
    assert rate.band == "7–14, weekends: 3.5–7"
    assert Frequency(text="x", min_per_day=7, max_per_day=14).band == "7–14"
