"""Studies: their data fit together, their analyses say what hand-made results hold."""

import re
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.errors import InputError
from propersim.experiments.jobs import make_jobs
from propersim.experiments.parts import Picture, ReportTable
from propersim.experiments.results import results_of as results_of_store
from propersim.experiments.sweep import Sweep
from propersim.persona.library import load_persona
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.runner import Runner
from propersim.store.store import Store
from propersim.studies import conditional
from propersim.studies.complexity import NAMES as PREDICTORS
from propersim.studies.complexity import structure_of
from propersim.studies.dot_plot import DotRow, dot_plot
from propersim.studies.duration import measured, seconds_left, study_seconds
from propersim.studies.figures import Figures
from propersim.studies.ranks import rank_correlation
from propersim.studies.study import NAMES, load_study
from propersim.studies.timestep import STEPS, Missed, Stretches, label, missed_by, open_stretches
from propersim.studies.variations import as_variants, renamed, varied_ids, varied_sweep
from propersim.studies.variety import CLAUSE, variations
from tests.experiments.test_report import day, result


def late(persona):
    """Return the persona, and one that gets up at another time."""
    return [persona, renamed(persona, "late", background=f"{persona.background} It is late.")]


HALF_AN_HOUR = 30 * 60


def results_of(study, f1_of, days=5):
    """Return a result of each run of a study's quick form, with the F1 that a function gives for variant and place of the persona."""
    found = []
    for place, persona in enumerate(study.personas(quick=True)):
        for variant in study.quick.variants:
            welcome = round(10 * f1_of(variant, place))
            found.append(
                result(
                    persona, [day(n, shown=10, welcome=welcome, wanted=10) for n in range(1, days + 1)], variant=variant, wall=5.0 * days
                )
            )
    return found


def tables(parts):
    return [part for part in parts if isinstance(part, ReportTable)]


def column(table, head):
    at = table.heads.index(head)
    return {row[0]: row[at] for row in table.rows}


@pytest.mark.parametrize("name", NAMES)
def test_the_data_of_a_study_fit_together(name):
    study = load_study(name)
    assert study.quick.variants == study.full.variants
    assert set(study.personas(quick=True)) <= set(study.personas(quick=False)), "results of the full form serve the quick one's analysis"
    assert set(study.full.variants) <= measured().per_day.keys(), "each variant's seconds are known"
    assert study_seconds(study, 2, quick=True) <= HALF_AN_HOUR
    assert study_seconds(study, 2, quick=True) < study_seconds(study, 2, quick=False)
    assert study.question.endswith("?")


def test_a_name_that_is_none_says_what_is_meant():
    with pytest.raises(InputError, match="did you mean 'timestep'"):
        load_study("timesteps")


def test_the_time_that_is_left_is_that_of_unfinished_days():
    jobs = make_jobs(Sweep(personas=["p19", "p20"], variants=["silent", "oracle"], days=10))
    every = seconds_left(jobs, 1)
    assert every == pytest.approx(sum(measured().run(job.variant, 10) for job in jobs))
    assert seconds_left(jobs, 2) == pytest.approx(every / 2)
    assert seconds_left(jobs, 100) == pytest.approx(max(measured().run(job.variant, 10) for job in jobs)), "no run is split"
    jobs[0].state = "known"
    assert seconds_left(jobs, 1) == pytest.approx(every - measured().run(jobs[0].variant, 10))
    jobs[1].days = 10
    assert seconds_left(jobs, 1) == pytest.approx(every - sum(measured().run(job.variant, 10) for job in jobs[:2]))


@pytest.mark.parametrize("name", [name for name in NAMES if load_study(name).collected is None])
def test_every_study_reports_on_results_with_tables_one_picture_and_sentences(name):
    study = load_study(name)
    parts = study.parts(results_of(study, lambda variant, place: 0.2 + 0.5 * (variant == "evidence")))
    assert len(tables(parts)) >= 2
    (picture,) = (part for part in parts if isinstance(part, Picture))
    assert ElementTree.fromstring(picture.svg).tag.endswith("svg")
    assert isinstance(parts[-1], str)
    assert parts[-1].startswith("- ")
    for table in tables(parts):
        assert all(len(row) == len(table.heads) for row in table.rows)
    other = [one._replace(variant="noisy") for one in results_of(study, lambda *_: 0.5)]
    with pytest.raises(InputError, match=f"no results of the variants and personas of the study {name}"):
        study.parts(other)


def test_the_longest_runs_count_and_no_other_persona():
    study = load_study("ablation")
    long, short = (results_of(study, lambda *_, f1=f1: f1, days=days) for days, f1 in ((3, 1.0), (2, 0.0)))
    stranger = [one._replace(persona="p01", hash=f"{one.hash}x") for one in long]
    first = tables(study.parts([*short, *long, *stranger]))[0]
    assert set(column(first, "F1").values()) == {"1.00 (1.00 to 1.00)"}
    assert set(column(first, "personas").values()) == {"4"}


def test_the_ablation_compares_the_same_personas():
    study = load_study("ablation")
    f1 = {"none": 0.0, "ar": 0.1, "ars": 0.3, "paper": 0.1, "no-nights": 0.5, "evidence": 0.9, "silent": 0.0, "oracle": 1.0}
    # One persona is alike under all variants.
    parts = study.parts(results_of(study, lambda variant, place: 0.5 if place == 3 else f1[variant]))
    figures, differences = tables(parts)
    assert column(figures, "F1")["evidence"] == "0.80 (0.50 to 0.90)"
    assert column(differences, "F1")["evidence − paper"] == "+0.60 (0.00 to 0.80)"
    assert column(differences, "more F1")["evidence − paper"] == "3 of 4"
    assert column(differences, "F1")["paper − ars"] == "-0.15 (-0.20 to 0.00)"
    assert "(paper − ars): -0.15 in F1, higher for 0 of 4 personas" in parts[-1]
    some = [one for one in results_of(study, lambda *_: 0.5) if one.variant != "paper" or one.persona == "p04"]
    assert column(tables(study.parts(some))[1], "personas")["evidence − paper"] == "1"


def test_a_difference_turned_round_is_its_negative():
    runs = [
        result(f"p{number:02d}", [day(1, shown=10, welcome=welcome, wanted=10)], variant=variant)
        for number in range(1, 8)
        for variant, welcome in (("ar", number), ("evidence", 10 - (number > 4)))
    ]
    found = Figures(runs)
    one, other = found.contrast("evidence", "ar", "f1"), found.contrast("ar", "evidence", "f1")
    assert one["mean"] == pytest.approx(-other["mean"])
    assert one["interval"] == pytest.approx((-other["interval"][1], -other["interval"][0]))
    assert one["each"] == {persona: pytest.approx(-value) for persona, value in other["each"].items()}
    assert one["mean"] == pytest.approx(np.mean(list(one["each"].values())))
    assert one["interval"][0] <= one["mean"] <= one["interval"][1]


def test_a_cost_is_a_median_that_one_suspended_run_does_not_move():
    runs = [
        result(f"p{number:02d}", [day(1)], variant=variant, wall=wall)
        for number, walls in enumerate(((10, 25), (20, 40), (1000, 30)), 1)
        for variant, wall in zip(("ar", "evidence"), walls, strict=True)
    ]
    found = Figures(runs)
    assert (found.seconds("ar"), found.seconds("evidence")) == (20, 30)
    assert found.cost("evidence", "ar") == 2.0
    assert found.cost("ar", "evidence") == 0.5


def test_a_rank_correlation_is_that_of_mean_ranks():
    a, b = [1, 2, 2, 4, 5, 7, 9, 9], [3, 1, 4, 4, 6, 5, 9, 8]
    found = rank_correlation(a, b, 24)
    # Ranks 1, 2½, 2½, 4, 5, 6, 7½, 7½ and 2, 1, 3½, 3½, 6, 5, 8, 7: by hand 151/4 of the root of 41 × 83/2.
    assert found.rho == pytest.approx(37.75 / (41.0 * 41.5) ** 0.5)
    assert found == rank_correlation(a, b, 24), "the same values, the same interval"
    assert rank_correlation(b, a, 24).rho == pytest.approx(found.rho)
    assert rank_correlation([-value for value in a], b, 24).rho == pytest.approx(-(found.rho or 0))
    assert rank_correlation([3] * 8, b, 24).rho is None
    assert rank_correlation(a[:4], b[:4], 24).interval is None, "too few"


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=6, max_size=12))
def test_a_corrected_interval_holds_the_other_and_ranks_are_all_that_counts(pairs):
    a, b = [one for one, _ in pairs], [other for _, other in pairs]
    found = rank_correlation(a, b, 20)
    if found.rho is None:
        assert len(set(a)) == 1 or len(set(b)) == 1
        return
    assert -1.000001 <= found.rho <= 1.000001
    assert rank_correlation([value**3 for value in a], b, 20) == found
    assert found.interval is not None
    assert found.corrected is not None
    assert found.corrected[0] <= found.interval[0] <= found.interval[1] <= found.corrected[1]


def test_a_partial_correlation_leaves_out_what_a_third_value_brings():
    rng = np.random.default_rng(1)
    third = rng.normal(size=60)
    first, second = (third + 0.3 * rng.normal(size=60) for _ in range(2))
    plain = rank_correlation(list(first), list(second), 2)
    held = rank_correlation(list(first), list(second), 2, fixed=list(third))
    assert (plain.rho or 0) > 0.8
    assert abs(held.rho or 0) < 0.3
    assert held.interval is not None
    assert held.interval[0] < 0 < held.interval[1]


def test_complexity_finds_what_f1_was_made_of():
    study = load_study("complexity")
    wanted = {persona: structure_of(persona).wanted for persona in study.quick.personas}
    ranked = sorted(wanted, key=lambda persona: wanted[persona])
    made = results_of(
        study, lambda variant, place: 0.05 + 0.9 * ranked.index(study.quick.personas[place]) / 32 if variant == "shown" else 0.5
    )
    parts = study.parts(made)
    cells = column(tables(parts)[0], "F1 of shown")
    assert re.match(r"\+(1\.00|0\.9\d) .*\*\*$", cells[PREDICTORS["wanted"]])
    assert set(column(tables(parts)[0], "F1 of evidence").values()) == {"–"}, "the same F1 for all predicts nothing"
    assert f"Of {2 * (len(PREDICTORS) + 1)} correlations" in parts[-1]


def test_the_structure_of_a_rubric_is_counted_in_its_rules():
    p04, rubric = structure_of("p04"), load_persona("p04").rubric
    assert (p04.likes, p04.windows, p04.never, p04.tones) == (2, 3, 5, 2)
    # Two hours of likes, three of windows, one activity.
    assert p04.conditions == 6
    assert p04.topics == 4
    assert p04.clauses == 2 + 3 + 3 + 5 + 2 + 2 + 3
    assert p04.wanted == sum(rubric.frequency.per_day) / 2
    # The windows have 2 h 50 min; some of it is lost to activities.
    assert 0 < p04.open_hours <= 2 + 50 / 60


def test_what_a_timestep_misses():
    stretches = Stretches([[(0.0, 4.0), (6.0, 9.0), (12.5, 40.0)]], gap=22.5)
    assert missed_by(stretches, 2.5) == Missed(3, 0, (0 + 1.5 + 0) / 3, 22.5)
    # Steps at 0, 10, 20: the second stretch has none.
    assert missed_by(stretches, 10.0) == Missed(3, 1, (0 + 7.5) / 2, 30.0)
    assert missed_by(Stretches([[]], 10.0), 5.0) == Missed(0, 0, 0.0, 10.0)


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 90)), max_size=8), st.sampled_from(STEPS))
def test_a_timestep_misses_no_stretch_that_is_as_long_as_it_is(spans, minutes):
    stretches = Stretches([[(begin / 2, begin / 2 + length / 2) for begin, length in spans]], 30.0)
    found = missed_by(stretches, minutes)
    assert found.missed <= sum(length / 2 < minutes for _, length in spans)
    assert 0 <= found.late < minutes
    assert minutes <= found.gap % minutes + minutes
    assert found.gap >= 30


def test_stretches_are_those_of_the_windows():
    found = open_stretches("p04", 2)
    assert len(found.of_days) == 2
    # At most the three windows of each day, unless an activity cuts one.
    assert all(1 <= len(each) <= 6 for each in found.of_days)
    assert all(0 <= begin < end for each in found.of_days for begin, end in each)
    assert found.gap == load_persona("p04").rubric.frequency.gap_min


def test_the_timestep_study_takes_the_usual_one_as_its_measure():
    study = load_study("timestep")
    f1 = {label("evidence", minutes): f1 for minutes, f1 in zip(STEPS, (0.9, 0.6, 0.5, 0.1), strict=True)}
    parts = study.parts(results_of(study, lambda variant, place: f1.get(variant, 1.0)))
    figures, differences = tables(parts)[:2]
    assert list(column(figures, "F1")) == ["1 min", "2.5 min", "5 min", "10 min"]
    assert column(figures, "cost")["2.5 min"] == "1.00 ×"
    assert {head: cell.split()[0] for head, cell in column(differences, "F1").items()} == {
        "1 − 2.5 min": "+0.30", "5 − 2.5 min": "-0.10", "10 − 2.5 min": "-0.50",
    }  # fmt: skip
    assert set(study.full.variants) == {label(variant, minutes) for variant in ("evidence", "oracle") for minutes in STEPS}


def test_texts_of_a_picture_are_no_markup():
    hostile = '</text><script>alert(1)</script>"&\u202e'
    svg = dot_plot(hostile, hostile, [DotRow(hostile, 0.5, (0.1, 2.0), [0.2, -3.0], hostile)], (0, 1))
    root = ElementTree.fromstring(svg)
    assert {element.tag.rpartition("}")[2] for element in root.iter()} == {"svg", "title", "desc", "rect", "text", "path", "circle"}
    assert "\u202e" not in svg
    circles = [float(element.attrib["cx"]) for element in root.iter() if element.tag.endswith("circle")]
    assert all(0 <= at <= 760 for at in circles), "values beyond the axis stay in the picture"


def test_personas_that_a_study_makes_are_run_from_files_and_compared_as_variants(tmp_path):
    sweep = Sweep(personas=["p04", "p11"], variants=["silent", "oracle"], days=2)
    made = varied_sweep(sweep, late, tmp_path / "made")
    assert [Path(which).stem for which in made.personas] == varied_ids(sweep.personas, late) == ["p04", "p04_late", "p11", "p11_late"]
    assert load_persona(made.personas[1]) == late(load_persona("p04"))[1]
    jobs = make_jobs(made)
    assert not [job.error for job in jobs if job.error]
    assert [job.persona for job in jobs[:4]] == ["p04", "p04", "p04_late", "p04_late"]
    results = [result(job.persona, [day(1)], variant=job.variant) for job in jobs]
    assert {(one.persona, one.variant) for one in as_variants(results)} == {
        (persona, variant) for persona in ("p04", "p11") for variant in ("silent", "oracle", "silent late", "oracle late")
    }
    found = Figures(as_variants(results))
    assert found.contrast("oracle late", "oracle", "f1")["each"].keys() == {"p04", "p11"}


def test_a_folder_that_cannot_be_made_is_an_error_of_the_user(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be made"):
        varied_sweep(Sweep(personas=["p04"]), late, tmp_path / "file" / "folder")


def test_conditional_personas_are_compared_with_the_same_without_conditions():
    own, one, every = conditional.variations(load_persona("p13"))
    assert own == load_persona("p13")
    for other in (one, every):
        (like,) = other.rubric.preference.likes
        assert (like.during, like.between, like.days) == (("any",), None, None)
        assert (other.rubric.timing, other.rubric.frequency) == (own.rubric.timing, own.rubric.frequency)
        assert not other.conditional
    assert len(one.rubric.preference.likes[0].topics) == max(len(like.topics) for like in own.rubric.preference.likes)
    assert set(every.rubric.preference.likes[0].topics) == {topic for like in own.rubric.preference.likes for topic in like.topics}


def test_the_conditional_study_tells_losses_and_hopes():
    study = load_study("conditional")
    f1 = {"evidence": (0.4, 0.7, 0.9), "evidence optimism=0.5": (0.6, 0.7, 0.7)}
    parts = study.parts(results_of(study, lambda variant, place: f1.get(variant, (0.5,) * 3)[place % 3]))
    _, losses, hopes = tables(parts)
    found = {(row[0], row[1]): (row[2].split()[0], row[-1]) for row in losses.rows}
    assert found["evidence", "one like"] == ("-0.30", "3 of 3")
    assert found["evidence", "all likes"] == ("-0.50", "3 of 3")
    assert found["no-nights", "all likes"] == ("+0.00", "0 of 3")
    hoped = {(row[0], row[1]): (row[2].split()[0], row[-1]) for row in hopes.rows}
    assert hoped["evidence optimism=0.5", "conditional"] == ("+0.20", "0 of 3")
    assert hoped["evidence optimism=0.5", "all likes"] == ("-0.20", "3 of 3")
    assert "Optimism with evidence and conditional likes: +0.20 in F1, higher for 3 of 3 personas" in parts[-1]


def variety_results(change_of, days=7):
    """Return results of the study of variety: a function gives what the clause changes in F1 for the traits of a persona."""
    study = load_study("variety")
    found = []
    for which in study.personas(quick=True):
        traits = load_persona(which.partition("_")[0]).big_five.short
        clause = which.endswith("_variety")
        for variant in study.quick.variants:
            welcome = 8 + (change_of(traits) if clause and variant == "evidence" else 0)
            counts = {"repeated": 2 - clause, "new_topics": 1 + clause, "new_welcome": 2, "topic_again": 5 - 4 * clause}
            figures = [day(n, shown=10, welcome=welcome, wanted=10, **counts) for n in range(1, days + 1)]
            found.append(result(which, figures, variant=variant, traits=traits, name=f"{which}{variant}"))
    return study, found


def test_variety_compares_the_same_personas_and_openness_is_asked():
    parts = (lambda pair: pair[0].parts(pair[1]))(variety_results(lambda traits: -4 if traits.startswith("O+") else 0))
    figures, changes, between = tables(parts)
    with_clause = {(row[0], row[1], row[2]): row for row in figures.rows}
    assert with_clause["evidence", "without", "high"][figures.heads.index("topics")] == "7.00 (7.00 to 7.00)"
    assert with_clause["evidence", "with", "low"][figures.heads.index("topics")] == "14.00 (14.00 to 14.00)"
    changed = {(row[0], row[1]): dict(zip(changes.heads, row, strict=True)) for row in changes.rows}
    assert changed["evidence", "high"]["F1"] == "-0.40 (-0.40 to -0.40)"
    assert changed["evidence", "low"]["F1"] == "+0.00 (0.00 to 0.00)"
    assert changed["shown", "high"]["topic again"].startswith("-0.40")
    assert column(between, "F1") == {"evidence": "-0.40", "shown": "+0.00", "oracle": "+0.00"}
    assert (
        "evidence: the change for high openness minus that for low is -0.40 in F1; fewer than 5 personas each: nothing is shown."
        in parts[-1]
    )


def test_variety_reads_runs_of_before_topics_were_counted():
    study, found = variety_results(lambda traits: 0, days=2)
    older = [
        one._replace(days=tuple(msgspec.structs.replace(each, new_topics=None, topic_again=None) for each in one.days)) for one in found
    ]
    figures = tables(study.parts(older))[0]
    assert {row[figures.heads.index("topics")] for row in figures.rows} == {"–"}


def test_the_clause_is_the_same_for_all_and_the_only_change():
    for which in ("p05", "p24"):
        plain, varied = variations(load_persona(which))
        assert plain == load_persona(which)
        assert varied.rubric.variety is not None
        assert varied.rubric.variety.text == CLAUSE["text"]
        assert varied.rubric.model_copy(update={"variety": None}) == plain.rubric
        assert varied.model_copy(update={"rubric": plain.rubric, "id": which}) == plain


@pytest.mark.slow
def test_the_study_of_variety_is_run_from_its_personas_to_its_report(tmp_path):
    """Two personas, two days, without the model: the runs are made and read as those of ``propersim study``."""
    study = load_study("variety")
    sweep = msgspec.structs.replace(study.quick, personas=["p05", "p24"], days=2, variants=["silent", "oracle"])
    made = varied_sweep(sweep, variations, tmp_path / "made")
    with Store(tmp_path / "runs.sqlite") as store:
        for job in make_jobs(made):
            Runner(store, add_run(store, job.config), FreeGate()).go()
        results = list(results_of_store(store).results.values())
    assert {one.persona for one in results} == {"p05", "p05_variety", "p24", "p24_variety"}
    figures = tables(study.parts(results))[0]
    rows = {tuple(row[:3]): dict(zip(figures.heads, row, strict=True)) for row in figures.rows}
    assert {row["F1"] for key, row in rows.items() if key[0] == "oracle"} == {"1.00"}
    assert float(rows["oracle", "with", "high"]["topics"]) >= 3
