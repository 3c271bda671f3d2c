"""The study environment: what its analysis makes of hand-made results, and its smallest form for real."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.records import DayFigures
from propersim.experiments.parts import ReportTable
from propersim.experiments.results import read_csv
from propersim.studies.environment import (
    BASES,
    FRESH,
    MOVE,
    MOVED,
    in_office,
    label,
    moments_right,
    nights_saved,
    tones_right,
    topics_right,
)
from propersim.studies.study import load_study
from tests.experiments.test_report import result

STUDY = load_study("environment")
PERSONAS = STUDY.personas(quick=True)


def a_day(number, *, shown=4, welcome=2, topics=3, tones=2, moments=5, wanted=4, steps=100):
    """Return a day whose recommendations were right in some topics and tones, and in some of their timing and frequency."""
    return DayFigures(
        number, steps=steps, hours=9.0, dimensions=(90, 95, 97, steps - shown + tones), spoken_score=topics + tones + moments, shown=shown,
        success=welcome, welcome=welcome, content=topics + tones, answers=shown, silent=100, oracle=400, oracle_shown=wanted,
    )  # fmt: skip


def lived(welcome_of, personas=PERSONAS, days=6, **more):
    """Return a result of each run, with the welcome recommendations (of 4) of each day by variant, persona's place and day."""
    return [
        result(
            persona,
            [a_day(day, welcome=welcome_of(variant, place, day), **more) for day in range(1, days + 1)],
            variant=variant,
        )
        for place, persona in enumerate(personas)
        for variant in STUDY.quick.variants
    ]


def tables(parts):
    return [part for part in parts if isinstance(part, ReportTable)]


@given(st.floats(0, 1), st.lists(st.floats(0, 1), min_size=1, max_size=14))
def test_the_nights_saved_are_the_first_after_which_the_fresh_one_is_as_good(moved, fresh):
    saved = nights_saved(moved, fresh)
    assert all(f1 < moved for f1 in fresh[: saved.nights])
    assert saved.reached == (saved.nights < len(fresh)) == any(f1 >= moved for f1 in fresh)
    if saved.reached:
        assert fresh[saved.nights] >= moved
    better = nights_saved(moved, [min(1.0, f1 + 0.1) for f1 in fresh])
    assert better.nights <= saved.nights


def test_days_in_the_office_begin_with_the_move_or_with_the_run():
    results = lived(lambda variant, place, day: 0)
    days = {(one.variant, tuple(day.day for day in one.days)) for one in in_office(results, 3)}
    assert days == {(f"{base} {kind}", days) for base in BASES for kind, days in ((MOVED, (4, 5, 6)), (FRESH, (1, 2, 3)))}
    second = {(one.variant, one.days[0].day) for one in in_office(results, 1, 2)}
    assert second == {(f"{base} {kind}", day) for base in BASES for kind, day in ((MOVED, 5), (FRESH, 2))}
    assert {label(base, kind) for base in BASES for kind in (MOVED, FRESH)} == set(STUDY.quick.variants)


@given(st.integers(1, 12), st.data())
def test_parts_of_what_was_shown_are_found_from_the_sums_of_a_day(shown, data):
    topics, tones = (data.draw(st.integers(0, shown)) for _ in range(2))
    moments = data.draw(st.integers(0, 2 * shown))
    days = [a_day(n, shown=shown, topics=topics, tones=tones, moments=moments) for n in (1, 2)]
    assert topics_right(days) == pytest.approx(topics / shown)
    assert tones_right(days) == pytest.approx(tones / shown)
    assert moments_right(days) == pytest.approx(moments / (2 * shown))
    quiet = [a_day(1, shown=0, topics=0, tones=0, moments=0, welcome=0)]
    assert [of(quiet) for of in (topics_right, tones_right, moments_right)] == [None] * 3


def test_a_head_start_is_told_in_nights_and_a_lower_bound_as_one():
    # The moved one has all 4 at once; the fresh one after two nights, but that of the last persona never.
    def welcome(variant, place, day):
        if variant.endswith(f"={MOVE}"):
            return 4 if day >= MOVE else 0
        return 4 if day >= 3 and place < len(PERSONAS) - 1 else 1

    parts = STUDY.parts(lived(welcome))
    figures, by_day, saved, carried = tables(parts)
    assert {row[0]: row[1] for row in by_day.rows}["evidence: moved − fresh"] == "+0.75 [0.75, 0.75]*"
    assert {row[0]: tuple(row[3:]) for row in saved.rows}["evidence"] == (
        "p02 2, p04 2, p19 2, p21 2, p31 6+", "0.00 [0.00, 0.00]", "p02 0, p04 0, p19 0, p21 0, p31 0",
    )  # fmt: skip
    assert saved.rows[0][2].startswith("2.80 [2.00, ")
    assert "2.8 nights saved in the mean (a lower bound: 1 run never became as good), and 0.0 lost." in parts[-1]
    assert {row[2] for row in carried.rows} == {"5"}
    assert len(figures.rows) == 2 * len(BASES)


def test_an_assistant_that_is_worse_in_the_new_place_has_saved_nothing():
    parts = STUDY.parts(lived(lambda variant, place, day: 0 if variant.endswith(f"={MOVE}") else 3))
    _, by_day, saved, _ = tables(parts)
    assert {(row[2], row[4]) for row in saved.rows} == {("0.00 [0.00, 0.00]", "3.00 [3.00, 3.00]")}
    assert {row[5] for row in saved.rows} == {"p02 3+, p04 3+, p19 3+, p21 3+, p31 3+"}
    assert by_day.rows[0][1].startswith("-0.75")
    assert "better for 0, worse for 5 of 5 personas" in parts[-1]


def test_parts_are_compared_over_the_personas_to_whom_both_showed_something():
    def shown(variant, place, day):
        return place if variant == label("evidence", FRESH) else 2

    results = [
        one._replace(days=tuple(a_day(day.day, shown=shown(one.variant, place, day.day), topics=0, tones=0, moments=0) for day in one.days))
        for place, persona in enumerate(PERSONAS)
        for one in lived(lambda *_: 0, personas=[persona])
    ]
    carried = {(row[0], row[1]): row[2] for row in tables(STUDY.parts(results))[3].rows}
    assert (carried["evidence", "tones"], carried["evidence", "timing"], carried["no-nights", "tones"]) == ("4", "5", "5")
    nothing = [one._replace(days=tuple(a_day(n, shown=0, topics=0, tones=0, moments=0, welcome=0) for n in range(1, 7))) for one in results]
    assert "Nothing can be said of the topics and tones of evidence, no-nights, no-evidence" in STUDY.parts(nothing)[-1]


@pytest.mark.slow
def test_the_smallest_form_runs_and_is_reported(tmp_path, cli, monkeypatch):
    monkeypatch.chdir(tmp_path)
    variants = [label("no-nights", kind) for kind in (MOVED, FRESH)]
    sweep = tmp_path / "sweep.toml"
    sweep.write_text(
        f'personas = ["p04"]\ndays = {MOVE}\nvariants = {variants!r}\n'.replace("'", '"')
        + "".join(f'[variant."{name}"]\nfrom = "no-nights"\nmove = {name[-1]}\n' for name in variants)
    )
    done = cli("batch", sweep, "--csv", "made.csv", "--jobs", "1", "--db", "runs.sqlite")
    assert not done.returncode, done.stderr
    results = list(read_csv(tmp_path / "made.csv").values())
    assert {one.variant for one in results} == set(variants)
    assert all(len(one.days) == MOVE for one in results)
    assert "moved − fresh" in cli("study", "environment", "--from", "made.csv").stdout
