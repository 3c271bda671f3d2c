"""The rubric compiler: times and rates written in many ways give the same rule, and hostile texts do no harm."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from propersim.rubric import WakingHours, compile_rubric
from propersim.rubric.frequency import compile_frequency
from propersim.rubric.preference import compile_preference
from propersim.rubric.timing import compile_timing
from propersim.rubric.variety_wishes import VARIETY
from tests.known import known

HOURS = WakingHours(7 * 60, 23 * 60)
WORDS = ["twelve", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


def written(minute):
    """Return the ways to write a time of day."""
    hour, minutes = divmod(minute, 60)
    half = "am" if hour < 12 else "pm"
    twelve = hour % 12 or 12
    ways = [
        f"{hour:02d}:{minutes:02d}",
        f"{twelve}:{minutes:02d} {half}",
        f"{twelve}:{minutes:02d}{half.upper()}",
        f"{twelve}.{minutes:02d} {half[0]}.m.",
    ]
    if minutes == 0:
        ways += [f"{twelve}{half}", f"{twelve} {half[0]}.m.", f"{WORDS[twelve]} {half}"]
        ways += ["noon"] if hour == 12 else []
        ways += [f"{WORDS[twelve]} o'clock in the {'morning' if hour < 12 else 'afternoon'}"] if 5 <= hour < 18 else []
    part = "in the morning" if hour < 12 else "in the afternoon" if hour < 18 else "in the evening"
    if 6 <= hour < 22 and hour != 12:
        ways += (
            [f"half past {WORDS[twelve]} {part}"] if minutes == 30 else [f"a quarter past {WORDS[twelve]} {part}"] if minutes == 15 else []
        )
    return ways


minutes_of_day = st.integers(0, 95).map(lambda n: n * 15)


@settings(max_examples=80, deadline=None)
@given(minutes_of_day, minutes_of_day, st.data())
def test_a_range_is_the_same_however_it_is_written(first, last, data):
    assume(0 < (last - first) % 1440 <= 720)  # "11:00 until 10:00" is read as 22:00
    style = data.draw(st.sampled_from([slice(0, 1), slice(1, None)]))  # of 24 hours, or with am and pm
    one, two = data.draw(st.sampled_from(written(first)[style])), data.draw(st.sampled_from(written(last)[style]))
    frame = data.draw(
        st.sampled_from(["Between {} and {}, please.", "I am open from {} until {}.", "Come from {} to {}.", "Best is {} – {}."])
    )
    rule, _, why = compile_timing(frame.format(one, two), HOURS)
    text = f"{last // 60:02d}:{last % 60:02d}"
    assert rule is not None, (frame.format(one, two), why)
    assert rule["windows"] == [{"start": f"{first // 60:02d}:{first % 60:02d}", "end": "24:00" if text == "00:00" else text}], frame.format(
        one, two
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 9), st.integers(0, 4), st.data())
def test_a_rate_is_the_same_however_it_is_written(low, more, data):
    names = ["zero", *WORDS[1:], "thirteen"]
    high = low + more
    numbers = (
        [str(low), names[low]] + (["once"] if low == 1 else [])
        if not more
        else [f"{low} to {high}", f"{low}-{high}", f"{names[low]} or {names[high]}", f"between {low} and {high}"]
    )
    number = data.draw(st.sampled_from(numbers))
    noun = data.draw(st.sampled_from(["", " times", " suggestions", " or so new ideas"][: 1 if number == "once" else 3]))
    period = data.draw(st.sampled_from(["a day", "per day", "each day", "every day", "daily", "throughout the day", "in a day"]))
    rule, _, why = compile_frequency(f"I would like about {number}{noun} {period}, please.")
    assert rule == {"min_per_day": low, "max_per_day": high}, (number, noun, period, why)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Twice every 2 to 3 hours.", {"min_per_day": 10.667, "max_per_day": 16}),
        ("Once every morning and once before bed.", {"min_per_day": 2, "max_per_day": 2}),
        ("One every 90 minutes.", {"min_per_day": 10.667, "max_per_day": 10.667}),
        ("Every other hour.", {"min_per_day": 8, "max_per_day": 8}),
        ("Twice an hour.", {"min_per_day": 32, "max_per_day": 32}),
        ("At least three a day, but no more than five a day.", {"min_per_day": 3, "max_per_day": 5}),
        ("No more than once every two hours, ideally just two to three times a day.", {"min_per_day": 2, "max_per_day": 3, "min_gap": 120}),
        ("Four a day with at least an hour and a half between them.", {"min_per_day": 4, "max_per_day": 4, "min_gap": 90}),
        ("Once every 1 to 2 hours, but no more than eight times a day.", {"min_per_day": 8, "max_per_day": 8}),
        ("One suggestion in the morning and two in the evening would be ideal.", {"min_per_day": 3, "max_per_day": 3}),
        ("Half a dozen a day.", {"min_per_day": 6, "max_per_day": 6}),
    ],
)
def test_frequencies(text, rule):
    assert compile_frequency(text)[0] == rule


@pytest.mark.parametrize("text", ["Often, but not too often.", "At least five a day.", "When the moon is full.", "Not before nine."])
def test_a_frequency_that_cannot_be_read_gives_no_rules(text):
    rule, _, why = compile_frequency(text)
    assert rule is None
    assert why


def test_an_upper_limit_alone_is_flagged():
    rule, found, _ = compile_frequency("No more than three times a day.")
    assert rule == {"min_per_day": 1, "max_per_day": 3}
    assert [(item.confidence, item.applied) for item in found] == [("low", True)]


def test_a_vague_number_is_flagged():
    rule, found, _ = compile_frequency("A few times a day.")
    assert rule == {"min_per_day": 2, "max_per_day": 4}
    assert [item.confidence for item in found] == ["low"]


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("Around 6:30am.", [{"start": "06:00", "end": "07:00"}]),
        ("After 9:00 PM.", [{"start": "21:00", "end": "23:00"}]),
        ("Before noon.", [{"start": "07:00", "end": "12:00"}]),
        ("Between 10 a.m. and 2 p.m., and again after 8:30 p.m.", [{"start": "10:00", "end": "14:00"}, {"start": "20:30", "end": "23:00"}]),
        ("Around 9am and 3pm.", [{"start": "08:30", "end": "09:30"}, {"start": "14:30", "end": "15:30"}]),
        ("Any time is fine.", [{"start": "00:00", "end": "24:00"}]),
        (
            "While reading or during my tea between 16:00 and 17:00.",
            [{"during": ["read_book"]}, {"start": "16:00", "end": "17:00", "during": ["brew_tea"]}],
        ),
        ("In the late morning.", [{"start": "10:00", "end": "12:00"}]),
        ("From 10pm until 2.", [{"start": "22:00", "end": "02:00"}]),
        ("During my coffee, not while journaling.", [{"during": ["coffee_break"]}]),
        ("Between 8 and 9 am, but only while I have tea.", [{"start": "08:00", "end": "09:00", "during": ["brew_tea"]}]),
        (
            "Between 8:00 and 9:00, 12:00 and 13:00, or 17:00 and 18:00.",
            [{"start": f"{a}:00", "end": f"{b}:00"} for a, b in (("08", "09"), (12, 13), (17, 18))],
        ),
        ("Right after I wake up, or before going to bed.", [{"start": "07:00", "end": "08:00"}, {"start": "22:00", "end": "23:00"}]),
    ],
)
def test_windows(text, windows):
    assert known(compile_timing(text, HOURS)[0])["windows"] == windows


def test_a_bare_hour_is_flagged_and_a_refused_time_is_not_a_window():
    _, found, _ = compile_timing("Between 9 and 11. Never after 10 pm.", HOURS)
    assert [(item.confidence, item.applied) for item in found] == [("low", True), ("low", True)]


HOSTILE = [
    "from " * 30_000,
    "1" * 100_000,
    "between 1 and " * 8_000,
    "a.m. " * 20_000,
    "\x00\x1b[31m\u202e never " * 5_000,
    "((((((" * 15_000,
    "1) " * 30_000,
    "no more than " * 8_000,
    "½ Ⅻ ٣ times a day " * 3_000,
    "every hour and a half " * 5_000,
    "İ" * 50_000,
]


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_huge_text_is_refused_and_its_beginning_is_harmless(text):
    dimensions = ("preference", "timing", "frequency", "communication")
    assert any("longer than 2000 characters" in error for error in compile_rubric(dict.fromkeys(dimensions, text), HOURS).errors)
    for item in compile_rubric(dict.fromkeys(dimensions, text[:1990]), HOURS).findings:
        assert item.sentence.isprintable()
        assert 0 <= item.span[0] <= item.span[1] <= len(item.sentence)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "between",
                "and",
                "from",
                "to",
                "8",
                "9:30",
                "pm",
                "never",
                "while",
                "not",
                "coffee",
                "once",
                "every",
                "hour",
                "after",
                ",",
                ";",
                ".",
                "half",
                "past",
                "noon",
                "only",
                "if",
                "two",
                "a",
                "bed",
                "99",
                "24:00",
            ]
        ),
        max_size=40,
    )
)
def test_any_sequence_of_words_gives_valid_rules_or_none(words):
    from propersim.persona.model import Frequency, Timing

    text = " ".join(words) or "x"
    compiled = compile_rubric(dict.fromkeys(("preference", "timing", "frequency", "communication"), text), HOURS)
    for name, model in (("timing", Timing), ("frequency", Frequency)):
        if not any(error.startswith(f"rubric.{name}") for error in compiled.errors):
            assert model.model_validate(compiled.rubric[name]).text
        else:
            assert set(compiled.rubric[name]) == {"text"}


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("Between 18:00 and 23:00. Never after 10 pm.", [{"start": "18:00", "end": "22:00"}]),
        (
            "Between 9:00 and 17:00, but never between 12:00 and 13:00.",
            [{"start": "09:00", "end": "12:00"}, {"start": "13:00", "end": "17:00"}],
        ),
        ("While I have a coffee. Never before 9 am.", [{"during": ["coffee_break"], "start": "09:00", "end": "23:00"}]),
        ("Any time. Never after 10 pm.", [{"start": "07:00", "end": "22:00"}]),
    ],
)
def test_refused_hours_are_removed_from_the_windows_and_reported(text, windows):
    rule, found, _ = compile_timing(text, WakingHours())
    assert known(rule)["windows"] == windows
    assert sum(item.confidence == "low" and "removed from the windows" in item.reason for item in found) == 1


def test_ambiguous_activities_are_flagged():
    _, found, _ = compile_timing(
        "While I am working or sitting in the garden. Never while I work at the desk, concentrated or not.", WakingHours()
    )
    assert [(item.key, item.confidence) for item in found] == [("windows", "low"), ("never_during", "low")]
    rule, found, why = compile_timing("Between 18:00 and 20:00. Never after 5 pm.", WakingHours())
    assert rule is None
    assert why
    assert "nothing is left" in found[0].reason


def test_a_time_before_an_assumed_bedtime_is_not_used():
    rule, found, _ = compile_timing("Between 9:00 and 10:00 or before bed.", WakingHours(420, 1380, assumed=True))
    assert known(rule)["windows"] == [{"start": "09:00", "end": "10:00"}]
    assert [(item.confidence, item.applied) for item in found] == [("high", True), ("low", False)]


def test_an_error_names_the_words_that_cannot_be_read():
    assert "“After lunch” (no rule can say what comes before or after an activity" in compile_timing("After lunch.", HOURS)[2]


def test_a_count_at_a_time_that_no_window_has_is_flagged():
    texts = {"timing": "Between 18:00 and 20:00.", "frequency": "Once in the morning and once in the evening."}
    found = [item for item in compile_rubric(texts, HOURS, only=list(texts)).findings if item.dimension == "frequency"]
    assert [(item.confidence, item.applied) for item in found] == [("high", True), ("low", False), ("high", True)]


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ("Don't tell me the same thing twice.", "Don't tell me the same thing twice"),
        ("Surprise me, never the same subject two days running.", "Surprise me"),
        ("I get bored when it is always the same topic.", "always the same topic"),
        ("No repeats within a week.", "No repeats within a week"),
        ("Something new every day.", "Something new every day"),
    ],
)
def test_a_wish_for_variety_is_reported_and_makes_no_rule(wish, words):
    text = "Books and music are welcome in the evening."
    rules, plain = (compile_preference(said, WakingHours()) for said in (f"{text} {wish}", text))
    assert rules.rules == plain.rules, "its words name no topic: two days running is no fitness"
    found = [item for item in rules.findings if item.reason == VARIETY]
    assert found[0].sentence[slice(*found[0].span)] == words
    assert not any(item.applied for item in found)


@pytest.mark.parametrize("text", ["Music at the same hour every day.", "I never miss the same show: films, please."])
def test_the_same_hour_is_no_wish_for_variety(text):
    assert not [item for item in compile_preference(text, WakingHours()).findings if item.reason == VARIETY]
