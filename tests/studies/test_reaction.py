"""The study of reactions: survival by hand, its report on hand-made results, its smallest form for real."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.errors import InputError
from propersim.core.records import Reactions
from propersim.experiments.batch import Batch
from propersim.experiments.engines.local import LocalEngine
from propersim.experiments.jobs import make_jobs
from propersim.experiments.parts import Picture, ReportTable
from propersim.experiments.results import read_csv, results_of, to_csv
from propersim.store.store import Store
from propersim.studies.reaction import reacting, run_span
from propersim.studies.step_plot import StepCurve, step_plot
from propersim.studies.study import load_study
from propersim.studies.survival import Span, SurvivalPoint, at_risk_at, share_at, survival
from tests.experiments.test_report import day, result


def test_survival_is_that_of_kaplan_and_meier():
    # The textbook case: events at 6, 6, 6, 7, 10; censored at 6, 9, 10.
    spans = [Span(*one) for one in ((6, True), (6, True), (6, True), (6, False), (7, True), (9, False), (10, True), (10, False))]
    points = survival(spans)
    assert [(point.time, point.at_risk, point.events) for point in points] == [(6, 8, 3), (7, 4, 1), (10, 2, 1)]
    assert [point.share for point in points] == pytest.approx([5 / 8, 5 / 8 * 3 / 4, 5 / 8 * 3 / 4 / 2])
    assert (share_at(points, 5.9), share_at(points, 6), share_at(points, 8)) == (1.0, points[0].share, points[1].share)
    assert at_risk_at(spans, 9) == 3
    assert survival([Span(3, False)]) == []
    assert survival([Span(3, True)])[-1].share == 0


@given(st.lists(st.tuples(st.integers(1, 20), st.booleans()), min_size=1, max_size=30))
def test_survival_falls_and_without_censoring_is_the_share_that_is_left(made):
    points = survival([Span(*one) for one in made])
    shares = [1.0, *(point.share for point in points)]
    assert shares == sorted(shares, reverse=True)
    assert all(0 <= share <= 1 for share in shares)
    every = survival([Span(time, True) for time, _ in made])
    for point in every:
        assert point.share == pytest.approx(sum(time > point.time for time, _ in made) / len(made))


def test_a_run_lasts_over_days_until_its_first_mute():
    quiet = day(1, reactions=Reactions())
    muted = day(2, reactions=Reactions(0, 1, 2.0, 1.5))
    assert run_span([quiet, muted]) == Span(11.5, True)
    assert run_span([quiet, quiet]) == Span(20.0, False)
    assert run_span([muted, quiet]) == Span(1.5, True)


def made_results(study, days=2):
    """Return results in which evidence is never muted, and the others at noon of each day."""
    found = []
    for persona in study.quick.personas:
        for variant in study.quick.variants:
            reacts = variant.endswith("reactive=on")
            still = variant.startswith("evidence")
            reactions = Reactions(2) if still else Reactions(1, 2, 4.5, 3.0)
            each = [
                day(n, shown=10, welcome=8 if still else 4, wanted=10, reactions=reactions if reacts else None) for n in range(1, days + 1)
            ]
            found.append(result(persona, each, variant=variant))
    return found


def test_the_report_says_what_hand_made_results_hold():
    study = load_study("reaction")
    parts = study.parts(made_results(study))
    figures, differences, shares, runs = (part for part in parts if isinstance(part, ReportTable))
    by_name = {row[0]: row for row in figures.rows}
    assert by_name[reacting("evidence")][4:] == ["2.00 (2.00 to 2.00)", "0.00 (0.00 to 0.00)", "0.00 (0.00 to 0.00)"]
    assert by_name[reacting("shown")][4:] == ["1.00 (1.00 to 1.00)", "2.00 (2.00 to 2.00)", "4.50 (4.50 to 4.50)"]
    assert {row[-1] for row in differences.rows} == {"0 of 4"}
    by_name = {row[0]: row for row in shares.rows}
    assert by_name[reacting("evidence")][1:3] == ["8", "0"]
    assert by_name[reacting("evidence")][-1] == "1.00 (0)", "no day is that long"
    assert by_name[reacting("shown")][5:7] == ["1.00 (8)", "0.00 (0)"], "at two and at four hours"
    assert {row[0]: row[3:] for row in runs.rows}[reacting("random")] == ["3.0 to 3.0", "4 of 4", "4 of 4"]
    assert "evidence: never muted; the user acts on 2.0 of its recommendations a day." in parts[-1]
    assert "muted on 8 of 8 days, on half of them within 3.0 h of waking, for 4.5 h a day" in parts[-1]
    assert "is muted more often than evidence" in parts[-1]
    (picture,) = (part for part in parts if isinstance(part, Picture))
    assert "muted on 8 of 8 days" in picture.svg


def test_results_without_reactions_say_so():
    study = load_study("reaction")
    with pytest.raises(InputError, match="no results of users who react"):
        study.parts([one for one in made_results(study) if "reactive" not in one.variant])
    bare = [one._replace(days=tuple(msgspec.structs.replace(each, reactions=None) for each in one.days)) for one in made_results(study)]
    assert "There are no results of users who react." in study.parts(bare)[-1]


def test_curves_are_drawn_by_their_shares_and_labels_do_not_overlap():
    points = [SurvivalPoint(2, 4, 2, 0.5), SurvivalPoint(4, 2, 2, 0.0)]
    svg = step_plot("a & b", "hours", [StepCurve(name, points, "x") for name in ("one", "two", "three")], (0, 4, 8))
    root = ElementTree.fromstring(svg)
    labels = [float(each.attrib["y"]) for each in root.iter() if each.text in ("one", "two", "three")]
    assert len(labels) == 3
    assert all(other - one >= 12 for one, other in zip(sorted(labels), sorted(labels)[1:], strict=False))
    assert all(label <= 380 for label in labels)
    falls = re.findall(r'd="M60 44\.0(H[^"]*)" fill', svg)
    assert falls == ["H187.5V184.0H315.0V324.0H570"] * 3, "to one half after 2 of 8 hours, to nothing after 4"


@pytest.mark.slow
def test_the_smallest_form_runs(tmp_path):
    """Two days of the controls, for real: an assistant that floods is muted, the oracle never is."""
    study = load_study("reaction")
    names = [name for base in ("random", "eager", "oracle") for name in (base, reacting(base))]
    sweep = msgspec.structs.replace(study.quick, personas=["p04"], variants=names, days=2)
    with Store(tmp_path / "runs.sqlite") as store:
        Batch(store, make_jobs(sweep), LocalEngine(store, processes=1)).go(lambda: None)
        results = results_of(store).results.values()
    (tmp_path / "r.csv").write_text(to_csv(results), encoding="utf-8")
    parts = study.parts(read_csv(tmp_path / "r.csv").values())
    assert "oracle: never muted" in parts[-1]
    assert "eager: muted on 2 of 2 days" in parts[-1]
