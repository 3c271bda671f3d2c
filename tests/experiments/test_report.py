"""Reports over hand-made results: what is pooled, what is left out, over how many."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.core.records import DayFigures
from propersim.experiments.bootstrap import FEWEST, difference_interval, mean_interval
from propersim.experiments.report import FIGURES, TRAITS, choose, figures_at, report
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


def test_a_day_pools_itself_and_the_two_before():
    one = result("p01", FIVE)
    assert figures_at(one, 1)["f1"] == metrics(FIVE[:1])["f1"]
    assert figures_at(one, 2)["f1"] == metrics(FIVE[:2])["f1"]
    assert figures_at(one, 5)["f1"] == metrics(FIVE[2:])["f1"]
    assert figures_at(one, 5)["shown"] == 4
    assert figures_at(one, 5)["welcome"] == 3
    assert figures_at(one, 14) == dict.fromkeys(FIGURES)
    assert figures_at(one, 6)["score"] is None
    assert figures_at(one, 5, 1)["shown"] == 5


def test_what_has_nothing_to_divide_by_is_left_out_and_counted():
    silent = result("p01", [day(1)])
    speaks = result("p02", [day(1, shown=4, welcome=3)])
    row = row_of(report([silent, speaks], [1])["variants"], group="all", day=1)
    assert row["personas"] == 2
    success = row["figures"]["success_rate"]
    assert (success["mean"], success["over"], success["worst"], success["worst_persona"]) == (0.75, 1, 0.75, "p02")
    f1 = row["figures"]["f1"]
    assert (f1["mean"], f1["over"], f1["worst"], f1["worst_persona"]) == (0.375, 2, 0.0, "p01")
    assert f1["spread"] is None
    nothing = row_of(report([silent, speaks], [14])["variants"], group="all", day=14)["figures"]["f1"]
    assert nothing == {"mean": None, "over": 0, "worst": None, "worst_persona": None, "spread": None, "interval": None}


def test_the_worst_of_what_should_be_low_is_the_highest_and_counts_have_none():
    some = [result(name, [day(1, malformed=bad)]) for name, bad in (("p01", 5), ("p02", 20))]
    figures = row_of(report(some, [1])["variants"], group="all")["figures"]
    assert (figures["malformed"]["worst"], figures["malformed"]["worst_persona"]) == (0.2, "p02")
    assert figures["recs_per_hour"]["worst"] is figures["shown"]["worst"] is None


def test_seeds_are_averaged_within_a_persona_and_spread_between_means():
    scores = {("p01", 0): 100, ("p01", 1): 300, ("p02", 0): 200, ("p02", 1): 200, ("p03", 0): 400}
    found = report([result(p, [day(1, score=value)], seed=seed) for (p, seed), value in scores.items()], [1])
    row = row_of(found["variants"], group="all")
    assert row["seeds"] == [0, 1]
    assert row["figures"]["score"]["mean"] == pytest.approx((2 + 2 + 4) / 3)
    # Over p01 and p02, which have both. Seed 0: (1 + 2) / 2; seed 1: (3 + 2) / 2.
    assert row["figures"]["score"]["spread"] == pytest.approx(1 / 2**0.5)
    mine = row_of(found["personas"], persona="p01")
    assert (mine["figures"]["score"]["mean"], mine["seeds"]) == (2.0, [0, 1])
    assert mine["figures"]["score"]["spread"] == pytest.approx(2**0.5)


def test_personas_are_told_apart_by_group_and_variants_are_in_their_order():
    some = [result(name, FIVE, conditional=name in ("p16", "mine")) for name in ("p16", "p17", "mine")]
    some += [result("p32", FIVE, traits="O- C+ E- A+ N-")]
    some += [result("p16", FIVE, variant=name) for name in ("oracle", "factored pairs=50", "factored")]
    found = report(some, [5])
    sizes = {row["group"]: row["personas"] for row in found["variants"] if row["variant"] == "ar"}
    assert {name: size for name, size in sizes.items() if name not in TRAITS} == {
        "all": 3, "developed on": 1, "held back": 2, "others": 1, "conditional": 1, "not conditional": 2,
    }  # fmt: skip
    assert (sizes["high openness"], sizes["low openness"], sizes["high agreeableness"]) == (2, 1, 3)
    assert "low agreeableness" not in sizes
    assert [row["variant"] for row in found["variants"] if row["group"] == "all"] == ["factored", "factored pairs=50", "ar", "oracle"]
    assert row_of(found["personas"], persona="p32", variant="ar")["traits"] == "O- C+ E- A+ N-"


def test_differences_are_of_groups_and_of_pairs_of_variants_over_the_same_runs():
    shown = {"p01": 4, "p02": 2, "p17": 1, "p18": 3}
    some = [result(p, [day(1, shown=n, welcome=n)]) for p, n in shown.items()]
    some += [result(p, [day(1, shown=4, welcome=4)], variant="factored") for p in ("p01", "p02", "p17")]
    some += [result("p01", [day(1)], variant="factored", seed=1)]
    found = report(some, [1])["differences"]
    held = row_of(found, first="held back", second="developed on", variant="ar")["figures"]["f1"]
    f1 = {p: 2 * n / (n + 4) for p, n in shown.items()}
    assert held["mean"] == pytest.approx((f1["p17"] + f1["p18"] - f1["p01"] - f1["p02"]) / 2)
    assert held["over"] == 4
    paired = row_of(found, first="factored", second="ar")["figures"]["f1"]
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
    found = report([result("p01", FIVE), result("p02", FIVE[:2])], [5])
    points = [point for point in found["curves"] if point["group"] == "all"]
    assert [point["day"] for point in points] == [1, 2, 3, 4, 5]
    assert [point["over"]["f1"] for point in points] == [2, 2, 1, 1, 1]
    assert [point["f1"] for point in points] == [metrics([one])["f1"] for one in FIVE]
    assert points[0]["headroom"] == pytest.approx(1 / 3)


def test_of_the_same_run_the_longest_counts():
    short, long = result("p01", FIVE[:2], name="a"), result("p01", FIVE, name="b")
    assert choose([short, long]) == choose([long, short]) == ([long], 1)
