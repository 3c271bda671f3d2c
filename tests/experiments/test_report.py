"""Reports over hand-made results: what is pooled, what is left out, over how many."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.core.records import DayFigures
from propersim.experiments.bootstrap import FEWEST, difference_interval, mean_interval
from propersim.experiments.periods import EVERY, PERIODS, RUN, Period, figures_over, parse_periods
from propersim.experiments.report import TRAITS, choose, report
from propersim.experiments.results import Result
from propersim.simulation.metrics import metrics
from tests.known import known


def day(number, *, shown=0, welcome=0, wanted=4, score=200, steps=100, **more):
    return DayFigures(
        number, steps=steps, hours=10.0, dimensions=(score, 0, 0, 0), shown=shown, success=welcome, welcome=welcome, answers=steps,
        silent=100, oracle=400, oracle_shown=wanted, **more,
    )  # fmt: skip


def result(persona, days, *, variant="ar", seed=0, conditional=False, name="", traits="O+ C+ E+ A+ N+", wall=1.0):
    name = name or f"{persona}{variant}{seed}"
    return Result(name, persona, traits, (3.0, 4.0), conditional, variant, seed, wall, "d", "v", tuple(days))


def row_of(rows, **wanted):
    (row,) = (row for row in rows if all(row[key] == value for key, value in wanted.items()))
    return row


FIVE = [day(n, shown=n, welcome=n - 1) for n in range(1, 6)]


def at(*days):
    return [Period(day, day) for day in days]


def test_a_day_is_alone_a_range_is_pooled_and_a_run_is_all_its_days():
    one = result("p01", FIVE)
    assert [figures_over(one, Period(n, n))["f1"] for n in range(1, 6)] == [metrics([day])["f1"] for day in FIVE]
    assert figures_over(one, Period(3, 5))["f1"] == metrics(FIVE[2:])["f1"]
    assert figures_over(one, RUN)["f1"] == metrics(FIVE)["f1"] != figures_over(one, Period(5, 5))["f1"]
    # Counts are per day, but unwelcome ones are the number in the period.
    pooled = figures_over(one, Period(3, 5))
    assert (pooled["shown"], pooled["welcome"], pooled["unwelcome"]) == (4, 3, 3)
    assert figures_over(one, RUN)["unwelcome"] == 5
    for missing in (Period(14, 14), Period(12, 14), Period(6, 6), Period(4, 6)):
        assert figures_over(one, missing) == dict.fromkeys(EVERY)


def test_the_first_day_counts_in_the_run_whatever_comes_after():
    """A flood on day 1 is invisible in the last days, and nearly all that there is in the run."""
    days = [day(1, shown=400), *(day(n, shown=4, welcome=4) for n in range(2, 15))]
    found = report([result("p01", days)])
    figures = {row["period"]: row["figures"] for row in found["variants"] if row["group"] == "all"}
    assert list(figures) == ["run", "1", "2", "3", "5", "14", "3-5", "12-14"]
    assert (figures["12-14"]["f1"]["mean"], figures["12-14"]["unwelcome"]["mean"]) == (1.0, 0)
    assert figures["run"]["f1"]["mean"] == pytest.approx(2 * 52 / (452 + 56))
    assert figures["run"]["unwelcome"]["mean"] == figures["1"]["unwelcome"]["mean"] == 400
    assert [row["period"] for row in found["personas"]] == found["periods"]
    assert found["missing"] == []
    assert report([result("p01", days[:5])])["missing"] == ["14", "12-14"]


def test_band_and_weekends_count_from_day_3_on():
    # Days 6 and 7, 13 and 14 are weekends.
    days = [day(n, shown=4, welcome=0 if n % 7 in (6, 0) else 4, in_band=n > 3) for n in range(1, 15)]
    figures = figures_over(result("p01", days), RUN)
    assert figures["in_band"] == pytest.approx(11 / 14)
    assert figures["settled_in_band"] == pytest.approx(11 / 12)
    assert (figures["weekday_f1"], figures["weekend_f1"]) == (1.0, 0.0)
    spoiled = [day(1, shown=400), day(2, shown=400), *days[2:]]
    other = figures_over(result("p01", spoiled), RUN)
    assert [other[name] for name in ("settled_in_band", "weekday_f1", "weekend_f1")] == [pytest.approx(11 / 12), 1.0, 0.0]
    early = figures_over(result("p01", days[:2]), RUN)
    assert early["f1"] == 1.0
    assert {early[name] for name in ("settled_in_band", "weekday_f1", "weekend_f1")} == {None}


def test_a_row_says_which_ratings_the_assistant_was_given_and_how_many():
    def days(rated):
        return [day(n, shown=4, rated=rated, repeated=1) for n in range(1, 4)]

    some = [
        result("p01", days(800)),
        result("p01", days(4), variant="factored feedback=shown feedback_noise=0.1 feedback_delay=on"),
        result("p01", days(400), variant="oracle"),
        result("p01", [day(1, shown=4)], variant="paper"),
    ]
    rows = {row["variant"]: row for row in report(some)["variants"] if (row["group"], row["period"]) == ("all", "run")}
    told = {name: (row["feedback"], row["figures"]["rated"]["mean"], row["figures"]["distinct"]["mean"]) for name, row in rows.items()}
    assert told == {
        "ar": ("complete", 800, 0.75),
        "factored feedback=shown feedback_noise=0.1 feedback_delay=on": ("shown, noise 0.1, at night", 4, 0.75),
        "oracle": ("none", 0, 0.75),
        "paper": ("complete", None, None),
    }


def test_days_and_ranges_are_read_from_a_list():
    assert parse_periods("14,1, 2,3-5,12-14,2,4-4") == [*at(1, 2, 4, 14), Period(3, 5), Period(12, 14)]
    assert parse_periods(",".join(one.name for one in PERIODS)) == list(PERIODS)
    for wrong in ("", "1,", "soon", "0", "0-3", "5-3", "1-", "-2", "1.5", "²", "1-2-3"):
        with pytest.raises(ValueError, match=r"day|ends"):
            parse_periods(wrong)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=16))
def test_the_figures_of_a_run_are_those_of_its_pooled_days(counts):
    days = [day(n, shown=max(a, b), welcome=min(a, b), wanted=wanted) for n, (a, b, wanted) in enumerate(counts, 1)]
    figures, last = figures_over(result("p01", days), RUN), Period(1, len(days))
    assert figures == figures_over(result("p01", days), last)
    assert figures["unwelcome"] == sum(day.shown - day.welcome for day in days)
    assert figures["f1"] == metrics(days)["f1"]


def test_what_has_nothing_to_divide_by_is_left_out_and_counted():
    silent = result("p01", [day(1)])
    speaks = result("p02", [day(1, shown=4, welcome=3)])
    row = row_of(report([silent, speaks], at(1))["variants"], group="all", period="1")
    assert row["personas"] == 2
    success = row["figures"]["success_rate"]
    assert (success["mean"], success["over"], success["worst"], success["worst_persona"]) == (0.75, 1, 0.75, "p02")
    f1 = row["figures"]["f1"]
    assert (f1["mean"], f1["over"], f1["worst"], f1["worst_persona"]) == (0.375, 2, 0.0, "p01")
    assert f1["spread"] is None
    nothing = row_of(report([silent, speaks], at(14))["variants"], group="all", period="14")["figures"]["f1"]
    assert nothing == {"mean": None, "over": 0, "worst": None, "worst_persona": None, "spread": None, "interval": None}


def test_the_worst_of_what_should_be_low_is_the_highest_and_counts_have_none():
    some = [result(name, [day(1, malformed=bad)]) for name, bad in (("p01", 5), ("p02", 20))]
    figures = row_of(report(some, at(1))["variants"], group="all", period="1")["figures"]
    assert (figures["malformed"]["worst"], figures["malformed"]["worst_persona"]) == (0.2, "p02")
    assert figures["recs_per_hour"]["worst"] is figures["shown"]["worst"] is None


def test_the_worst_of_unwelcome_ones_has_the_most():
    some = [result("p01", [day(1, shown=9, welcome=8)]), result("p02", [day(1, shown=6, welcome=2)])]
    unwelcome = row_of(report(some)["variants"], group="all", period="run")["figures"]["unwelcome"]
    assert (unwelcome["mean"], unwelcome["worst"], unwelcome["worst_persona"]) == (2.5, 4, "p02")


def test_seeds_are_averaged_within_a_persona_and_spread_between_means():
    scores = {("p01", 0): 100, ("p01", 1): 300, ("p02", 0): 200, ("p02", 1): 200, ("p03", 0): 400}
    found = report([result(p, [day(1, score=value)], seed=seed) for (p, seed), value in scores.items()], at(1))
    row = row_of(found["variants"], group="all", period="run")
    assert row["seeds"] == [0, 1]
    assert row["figures"]["score"]["mean"] == pytest.approx((2 + 2 + 4) / 3)
    # Over p01 and p02, which have both. Seed 0: (1 + 2) / 2; seed 1: (3 + 2) / 2.
    assert row["figures"]["score"]["spread"] == pytest.approx(1 / 2**0.5)
    mine = row_of(found["personas"], persona="p01", period="1")
    assert (mine["figures"]["score"]["mean"], mine["seeds"]) == (2.0, [0, 1])
    assert mine["figures"]["score"]["spread"] == pytest.approx(2**0.5)


def test_personas_are_told_apart_by_group_and_variants_are_in_their_order():
    some = [result(name, FIVE, conditional=name in ("p16", "mine")) for name in ("p16", "p17", "mine")]
    some += [result("p32", FIVE, traits="O- C+ E- A+ N-")]
    some += [result("p16", FIVE, variant=name) for name in ("oracle", "factored pairs=50", "factored")]
    found = report(some, at(5))
    sizes = {row["group"]: row["personas"] for row in found["variants"] if (row["variant"], row["period"]) == ("ar", "5")}
    assert {name: size for name, size in sizes.items() if name not in TRAITS} == {
        "all": 3, "developed on": 1, "held back": 2, "others": 1, "conditional": 1, "not conditional": 2,
    }  # fmt: skip
    assert (sizes["high openness"], sizes["low openness"], sizes["high agreeableness"]) == (2, 1, 3)
    assert "low agreeableness" not in sizes
    assert [row["variant"] for row in found["variants"] if (row["group"], row["period"]) == ("all", "run")] == [
        "factored",
        "factored pairs=50",
        "ar",
        "oracle",
    ]
    assert row_of(found["personas"], persona="p32", variant="ar", period="5")["traits"] == "O- C+ E- A+ N-"


def test_differences_are_of_groups_and_of_pairs_of_variants_over_the_same_runs():
    shown = {"p01": 4, "p02": 2, "p17": 1, "p18": 3}
    some = [result(p, [day(1, shown=n, welcome=n)]) for p, n in shown.items()]
    some += [result(p, [day(1, shown=4, welcome=4)], variant="factored") for p in ("p01", "p02", "p17")]
    some += [result("p01", [day(1)], variant="factored", seed=1)]
    found = report(some, at(1))["differences"]
    held = row_of(found, first="held back", second="developed on", variant="ar", period="1")["figures"]["f1"]
    f1 = {p: 2 * n / (n + 4) for p, n in shown.items()}
    assert held["mean"] == pytest.approx((f1["p17"] + f1["p18"] - f1["p01"] - f1["p02"]) / 2)
    assert held["over"] == 4
    paired = row_of(found, first="factored", second="ar", period="run")["figures"]["f1"]
    # Seed 1 of p01 and p18 have nobody to be held against.
    assert paired["mean"] == pytest.approx((3 - f1["p01"] - f1["p02"] - f1["p17"]) / 3)
    assert paired["over"] == 3
    assert paired["interval"] is None


def test_intervals_hold_the_mean_know_seeds_and_are_the_same_every_time():
    values = {f"p{n:02d}": [n / 32] for n in range(1, 33)}
    low, high = known(mean_interval(values))
    # The mean of 32 even draws: 0.516 ± 1.96 · 0.289 / √32.
    assert low == pytest.approx(0.416, abs=0.01)
    assert high == pytest.approx(0.616, abs=0.01)
    assert mean_interval(values) == (low, high)
    assert mean_interval({name: values[name] for name in list(values)[: FEWEST - 1]}) is None
    # Personas are alike, seeds are not: what differs between seeds widens it.
    alike = mean_interval({f"p{n}": [0.5, 0.5] for n in range(8)})
    assert alike == (0.5, 0.5)
    low, high = known(mean_interval({f"p{n}": [0.0, 1.0] for n in range(8)}))
    # 16 throws of a coin.
    assert low == pytest.approx(0.25, abs=0.07)
    assert high == pytest.approx(0.75, abs=0.07)
    low, high = known(difference_interval({f"a{n}": [1.0] for n in range(5)}, {f"b{n}": [float(n % 2)] for n in range(8)}))
    assert low <= 0.5 <= high
    assert low >= 0


@given(st.dictionaries(st.text(max_size=3), st.lists(st.floats(0, 4), min_size=1, max_size=4), min_size=FEWEST, max_size=8))
@settings(max_examples=25)
def test_an_interval_lies_within_what_there_is(values):
    low, high = known(mean_interval(values))
    every = [value for seeds in values.values() for value in seeds]
    assert min(every) - 1e-9 <= low <= high <= max(every) + 1e-9


def test_curves_are_of_single_days():
    found = report([result("p01", FIVE), result("p02", FIVE)], at(5))
    points = [point for point in found["curves"] if point["group"] == "all"]
    assert [point["day"] for point in points] == [1, 2, 3, 4, 5]
    assert [point["over"]["f1"] for point in points] == [2] * 5
    assert [point["f1"] for point in points] == [metrics([one])["f1"] for one in FIVE]
    assert points[0]["headroom"] == pytest.approx(1 / 3)


def test_of_the_same_run_and_length_the_last_counts():
    short, long, other = result("p01", FIVE[:2], name="a"), result("p01", FIVE, name="b"), result("p01", FIVE, name="c")
    assert choose([short, long]) == choose([long, short]) == ([long, short], 0)
    assert choose([other, short, long]) == ([long, short], 1)


def test_runs_of_different_lengths_are_neither_pooled_nor_compared():
    """A run of three days has fewer unwelcome recommendations than one of five because it is shorter."""
    personas = [f"p{number:02d}" for number in (1, 2, 3, 17, 18, 19)]
    some = [result(name, FIVE) for name in personas] + [result(name, FIVE[:3], seed=1) for name in personas[:5]]
    some += [result(name, FIVE[:3], variant="oracle", seed=seed) for name in personas for seed in (0, 1)]
    found = report(some, at(1))
    assert found["lengths"] == [5, 3]
    rows = {row["variant"]: row for row in found["variants"] if (row["group"], row["period"]) == ("all", "run")}
    told = {name: (row["days"], row["runs"], row["figures"]["unwelcome"]["mean"]) for name, row in rows.items()}
    assert told == {"ar days=5": ([5, 5], 6, 5), "ar days=3": ([3, 3], 5, 3), "oracle": ([3, 3], 12, 3)}
    assert rows["ar days=5"]["feedback"] == "complete"
    assert all(row["figures"]["unwelcome"]["spread"] in (None, 0) for row in rows.values())
    assert {row["variant"] for row in found["curves"] if row["day"] == 5} == {"ar days=5"}
    pairs = {(row["first"], row["second"]) for row in found["differences"] if row["variant"] is None}
    assert pairs == {("ar days=3", "oracle")}
    within = {(row["first"], row["variant"]): row["figures"] for row in found["differences"] if row["period"] == "run"}
    assert within["held back", "ar days=5"]["unwelcome"]["over"] == 6
    assert within["held back", "ar days=3"]["unwelcome"]["over"] == 5
    alike = report([one for one in some if one.variant == "oracle"], at(1))
    assert {row["variant"] for row in alike["variants"]} == {"oracle"}
