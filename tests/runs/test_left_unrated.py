"""Ratings by a person: dimensions left out stay unrated, a rating can be undone, one recommendation in N is asked about."""

from __future__ import annotations

import json
import os
import signal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.core.feedback import FeedbackMode
from propersim.core.records import DIMENSIONS, UNRATED, Candidate, LeftOut, Rating, Step, from_json, to_json
from propersim.experiments.agreement import agreement, person_agreement
from propersim.experiments.results import read_csv, result_of, to_csv
from propersim.learning.pairs import pairs_of
from propersim.memory.evidence import EvidenceMemory
from propersim.persona.library import load_persona
from propersim.runs.asking import is_asked
from propersim.runs.create import add_run
from propersim.runs.gates import GoBack
from propersim.runs.protocol import Committed, Continue, Rated, SkipRating, Snooze, TakeOver, Undo, Undoable, WentBack
from propersim.runs.runner import Runner
from propersim.simulation.metrics import DayCounter, metrics
from propersim.simulation.simulation import Simulation, figures_of
from propersim.store.store import Store
from tests.known import known
from tests.runs.receiving import is_state, receive
from tests.runs.test_human import HUMAN, Person, answer, is_ask, live, opinion, opposite, row_of, whole

__all__ = ["live", "whole"]

PERSONA = load_persona("p25")
BASE = [step for step in Simulation(PERSONA, "random", days=2, seed=3) if step.index % 6 == 0 or step.spoke]
SPOKEN = [step for step in BASE if step.spoke]
BITS = st.sampled_from((None, 0, 1))
RATINGS = st.builds(Rating, BITS, BITS, BITS, BITS)


def rated(step: Step, rating: Rating, judged: Rating | None = None) -> Step:
    """Return a step with silence beside what was shown, as a person rated it."""
    shown = msgspec.structs.replace(step.answer, rating=rating)
    silence = Candidate(None, Rating(1, 0, 1, 1))
    return msgspec.structs.replace(step, candidates=(silence, shown), shown=1, judged=judged or step.rating)


def flipped(rating: Rating, where: Rating) -> Rating:
    """Return the judge's rating with other values where the person left a dimension out."""
    a, b, c, d = (value if mine is not None else 1 - known(value) for value, mine in zip(rating.values, where.values, strict=True))
    return msgspec.structs.replace(rating, preference=a, timing=b, frequency=c, communication=d)


# -- nothing unrated reaches anything ----------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.lists(RATINGS, min_size=len(SPOKEN), max_size=len(SPOKEN)))
def test_what_is_left_out_reaches_no_evidence_no_pair_and_no_agreement(ratings):
    given_by = dict(zip([step.index for step in SPOKEN], ratings, strict=True))
    mode = FeedbackMode(by_person=0)
    evidences, pairs, agreements = [], [], []
    # Whatever the judge would have said in what was left out.
    for judge in (lambda step, mine: step.rating, lambda step, mine: flipped(step.rating, mine)):
        steps = [rated(step, given_by[step.index], judge(step, given_by[step.index])) if step.spoke else step for step in BASE]
        memory, found = EvidenceMemory(), []
        for step in steps:
            feedback = mode.reveal(step)
            memory.observe(feedback)
            made = pairs_of(feedback, (1,), "factored") + pairs_of(feedback, (1,), "paper")
            values = step.rating.values
            if not (step.spoke and step.rating.given):
                assert not feedback.rated
                assert not made
            else:
                assert known(feedback.answer.rating).score == step.rating.score
                settled = 0 in values[1:3] or values[1:3] == (1, 1)
                assert len(made) == settled
            found += made
        last = steps[-1]
        evidences.append(memory.at(last.day + 1, 720, last.action.activity, last.action.start))
        pairs.append(found)
        agreements.append(agreement(steps))
    assert evidences[0] == evidences[1]
    assert pairs[0] == pairs[1]
    assert agreements[0] == agreements[1]
    counted = sum(value is not None for rating in ratings for value in rating.values)
    assert agreements[0].rated == sum(rating.given for rating in ratings)
    evidence = evidences[0]
    for known_, place in ((evidence.topics, 0), (evidence.tones, 3)):
        total = sum(one.ever.yes + one.ever.no for one in known_)
        assert total <= sum(rating.values[place] is not None for rating in ratings)
    if not counted:
        assert evidence == EvidenceMemory().at(last.day + 1, 720, last.action.activity, last.action.start)


@settings(max_examples=60, deadline=None)
@given(st.lists(RATINGS, min_size=len(SPOKEN), max_size=len(SPOKEN)))
def test_metrics_are_those_of_what_was_rated(ratings):
    given_by = dict(zip([step.index for step in SPOKEN], ratings, strict=True))
    steps = [rated(step, given_by[step.index]) if step.spoke else step for step in BASE if step.day == 1]
    figures = figures_of(steps, 1, 2.5, PERSONA)
    found = metrics([figures])
    shown = [step.rating for step in steps if step.spoke]
    full = [known(rating.score) for rating in shown if rating.score is not None]
    every = [known(step.rating.score) for step in steps if step.rating.score is not None]
    assert found["unrated"] == len(shown) - len(full)
    assert found["score"] == pytest.approx(sum(every) / len(every))
    for i, name in enumerate(DIMENSIONS):
        values = [known(step.rating.values[i]) for step in steps if step.rating.values[i] is not None]
        assert found[name] == pytest.approx(sum(values) / len(values))
    assert found["success_rate"] == (pytest.approx(sum(score >= 3 for score in full) / len(full)) if full else None)
    assert found["welcome"] + found["unwelcome"] == len(full)
    assert (found["f1"] is None) == (found["recall"] is None) == (found["missed_needs"] is None) == (len(full) < len(shown))
    contents = [known(a.preference) + known(a.communication) for a in shown if None not in (a.preference, a.communication)]
    assert found["content"] == (pytest.approx(sum(contents) / len(contents) / 2) if contents else None)
    assert from_json(type(figures), to_json(figures)) == figures
    assert (figures.left_out is None) == (len(full) == len(shown))


def test_figures_without_a_person_have_no_trace_of_it():
    figures = figures_of([step for step in BASE if step.day == 1], 1, 2.5, PERSONA)
    assert b"left_out" not in to_json(figures)
    assert metrics([figures])["unrated"] == 0


def test_a_step_of_an_earlier_version_is_read_and_an_unrated_one_too():
    step = rated(SPOKEN[0], Rating(1, None, 0, None))
    assert from_json(Step, to_json(step)) == step
    assert b'"timing":null' in to_json(step)
    assert from_json(Step, to_json(SPOKEN[0])) == SPOKEN[0]


def test_only_a_persons_ratings_are_counted_as_given():
    tally = DayCounter(1, 2.5, feedback="complete")
    first, second, third = SPOKEN[:3]
    for step in (rated(first, Rating(1, None, None, None)), rated(second, UNRATED), BASE[0], rated(third, Rating(1, 1, 1, 1))):
        tally.add(step)
    assert tally.figures().rated == 2


def test_results_keep_what_was_left_out(db, tmp_path):
    with Store(db) as store:
        run = Runner(store, add_run(store, HUMAN), Person()).go()
        result = known(result_of(store, run))
    assert result.days[0].left_out is not None
    path = tmp_path / "results.csv"
    path.write_text(to_csv([result]), encoding="utf-8")
    (read,) = read_csv(path).values()
    assert metrics(read.days)["unrated"] == metrics(result.days)["unrated"] > 0
    plain = result._replace(days=tuple(msgspec.structs.replace(day, left_out=None) for day in result.days))
    assert "left_out" not in to_csv([plain])
    assert isinstance(result.days[0].left_out, LeftOut)


# -- one recommendation in N ---------------------------------------------------------------------------------------------


@given(st.integers(), st.integers(1, 50), st.integers(0, 200))
def test_of_every_n_recommendations_in_a_row_one_is_asked_about(seed, every, block):
    asked = [number for number in range(block * every, (block + 1) * every) if is_asked(seed, every, number)]
    assert len(asked) == 1


def test_which_one_is_asked_about_cannot_be_foreseen():
    places = {next(i for i in range(5) if is_asked(0, 5, block * 5 + i)) for block in range(60)}
    assert places == {0, 1, 2, 3, 4}


def test_asked_about_one_in_three_the_others_stay_unrated(db):
    gate = Person(lambda ask: Rated(ask.index, *opinion(ask.index)))
    with Store(db) as store:
        run = Runner(store, add_run(store, msgspec.structs.replace(HUMAN, ask_every=3)), gate).go()
        shown = [step for step in store.steps(run) if step.spoke]
    asked = [step.index for number, step in enumerate(shown) if is_asked(0, 3, number)]
    assert [ask.index for ask in gate.asked] == asked
    assert len(shown) // 3 <= len(asked) <= len(shown) // 3 + 1
    for step in shown:
        assert step.rating == (Rating(*opinion(step.index)) if step.index in asked else UNRATED)
        assert step.judged is not None


# -- undo ------------------------------------------------------------------------------------------------------------------


class Undecided(Person):
    """A person who changes some ratings once: says nonsense first, undoes it when the next question comes, and answers anew."""

    def __init__(self, change):
        super().__init__(lambda ask: Rated(ask.index, *opinion(ask.index)))
        self.change, self.changed, self.last, self.back = change, set(), None, []

    def undoable(self, index):
        self.last = index

    def went_back(self, steps):
        self.back.append(steps)

    def rate(self, ask, flush):
        flush()
        if self.last in self.change and self.last not in self.changed:
            self.changed.add(self.last)
            assert self.last is not None
            raise GoBack(self.last)
        self.asked.append(ask)
        if ask.index in self.change and ask.index not in self.changed:
            return Rating(*opposite(ask.index))
        return Rating(*opinion(ask.index))


def test_after_an_undo_the_records_are_those_of_the_answer_given_in_the_end(db):
    with Store(db) as store:
        plain = Runner(store, add_run(store, HUMAN), Person(lambda ask: Rated(ask.index, *opinion(ask.index)))).go()
        asked = [step.index for step in store.steps(plain) if step.spoke]
        gate = Undecided({asked[0], asked[4]})
        run = Runner(store, add_run(store, HUMAN), gate).go()
        assert gate.back == [asked[0], asked[4]]
        assert run.digest == plain.digest
        assert [row.figures for row in store.days(run)] == [row.figures for row in store.days(plain)]
        notes = [(each.at, each.kind) for each in store.warnings(run)]
        assert notes == [(asked[0], "undo"), (asked[4], "undo")]
        # The judge's rating had been in sight: what was rated anew is in no agreement.
        assert person_agreement(store, run).rated == person_agreement(store, plain).rated - 2


@pytest.mark.slow
def test_pairs_follow_an_undo_and_the_same_night_comes_of_it(db):
    options = {"assistant": "llama", "until": "day 1 21:00"}
    config = msgspec.structs.replace(HUMAN, **options)
    with Store(db) as store:
        plain = Runner(store, add_run(store, config), Person(lambda ask: Rated(ask.index, *opinion(ask.index)))).go()
        asked = [step.index for step in store.steps(plain) if step.spoke]
        assert len(asked) > 1
        run = Runner(store, add_run(store, config), Undecided({asked[0]})).go()
        assert run.digest == plain.digest
        for kind in ("decision", "content"):
            assert store.pairs(run, kind, 1 << 40, 1000) == store.pairs(plain, kind, 1 << 40, 1000)


def test_what_a_night_was_trained_on_cannot_be_undone(db):
    with Store(db) as store:
        config = msgspec.structs.replace(HUMAN, days=2)
        reported = []

        class Watching(Person):
            def undoable(self, index):
                reported.append(index)

        run = Runner(store, add_run(store, config), Watching()).go()
        second = store.days(run)[1].first
    assert None in reported, "after the night there is nothing to undo"
    later = reported[len(reported) - reported[::-1].index(None) :]
    assert later
    assert all(index >= second for index in later)


def test_the_worker_goes_back_and_asks_again(live, db, whole):
    worker = live()
    first = receive(worker, is_ask)[-1]
    worker.send(Undo())
    worker.send(Rated(first.index, *opposite(first.index)))
    events = receive(worker, lambda event: isinstance(event, Undoable))
    assert events[-1] == Undoable(first.index)
    receive(worker, is_ask)
    worker.send(Undo())
    receive(worker, lambda event: event == WentBack(first.index))
    again = receive(worker, is_ask)[-1]
    assert again == first, "the same question, with the clocks of then"
    assert row_of(db, worker).steps == first.index
    os.kill(worker.pid, signal.SIGKILL)
    worker._process.wait(timeout=60)
    resumed = live(run_id=worker.run_id)
    assert receive(resumed, is_ask)[-1] == first
    resumed.send(answer(first))
    receive(resumed, is_state("finished"), rate=answer)
    assert row_of(db, worker).digest == whole.digest


# -- snooze ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [60.0, *(pytest.param(other, marks=pytest.mark.slow) for other in (15.0, None))])
def test_nobody_is_asked_during_a_snooze_and_what_passes_stays_unrated(live, db, minutes):
    worker = live(msgspec.structs.replace(HUMAN, days=2, timestep=5.0))
    first = receive(worker, is_ask)[-1]
    worker.send(Snooze(first.index, minutes))
    second = receive(worker, is_ask)[-1]
    if minutes is None:
        assert second.day == 2
    else:
        assert (second.day, second.minute) >= (1, first.minute + minutes)
    worker.send(SkipRating(second.index))
    receive(worker, lambda event: isinstance(event, Committed) and event.steps > second.index)
    with Store(db, read_only=True) as store:
        shown = [step for step in store.steps(store.run(worker.run_id), first.index, second.index) if step.spoke]
    assert shown
    assert all(step.rating == UNRATED and step.judged is not None for step in shown)


def test_taking_over_leaves_unrated_what_is_not_rated_from_that_moment_on(live, db):
    worker = live(msgspec.structs.replace(HUMAN, user="routine"), paused=True)
    receive(worker, is_state("paused"))
    worker.send(TakeOver(True))
    worker.send(Continue())
    first = receive(worker, is_ask)[-1]
    worker.send(SkipRating(first.index))
    receive(worker, is_ask)
    with Store(db, read_only=True) as store:
        (step,) = store.steps(store.run(worker.run_id), first.index, first.index + 1)
        assert step.rating == UNRATED
        assert json.loads(store.run(worker.run_id).config_json)["user"] == "both"
