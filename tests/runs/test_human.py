"""A person rates what is shown: the same answers are the same records, whatever happens to the worker meanwhile."""

from __future__ import annotations

import json
import os
import signal
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from propersim.cli.main import app
from propersim.core.config import RunConfig
from propersim.core.errors import InputError, StoreError
from propersim.core.interfaces import Response
from propersim.core.records import UNRATED, Rating, RunWarning, Step, from_json, to_json
from propersim.experiments.agreement import agreement
from propersim.experiments.results import row_hash
from propersim.experiments.variants import variant_config, variant_label
from propersim.learning.pairs import pairs_of
from propersim.persona.library import load_persona
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate, RunStopped
from propersim.runs.live import LiveRun
from propersim.runs.protocol import (
    Committed,
    Continue,
    Pause,
    Rated,
    RateThis,
    RunState,
    SkipRating,
    Snooze,
    Speed,
    Stop,
    TakeOver,
    Undo,
    Undoable,
    WentBack,
    decode_command,
    decode_event,
    encode,
)
from propersim.runs.raters import JUDGE, PERSON
from propersim.runs.runner import Runner
from propersim.simulation.metrics import metrics
from propersim.simulation.simulation import Simulation
from propersim.store.store import Store
from propersim.user.judge import OfflineJudge
from tests.known import known
from tests.runs.receiving import is_state, receive

HUMAN = RunConfig(persona="p25", days=1, assistant="random", user="human")
ROUTINE = RunConfig(persona="p25", days=1, assistant="random")
Bit = Literal[0, 1]
SKIPPED = 3
"""The person passes over every recommendation whose step has an index divisible by this."""


def opinion(index: int) -> tuple[Bit, Bit, Bit, Bit]:
    """What the person of these tests says at a step: all sixteen ratings come up."""
    mixed = index * 2654435761 >> 7
    return bit(mixed), bit(mixed >> 1), bit(mixed >> 2), bit(mixed >> 3)


def opposite(index: int) -> tuple[Bit, Bit, Bit, Bit]:
    """The rating that differs from the person's in each dimension."""
    first, second, third, fourth = opinion(index)
    return bit(1 - first), bit(1 - second), bit(1 - third), bit(1 - fourth)


def bit(number: int) -> Bit:
    """Return the last bit of a number."""
    return 1 if number & 1 else 0


def answer(ask: RateThis) -> Rated | SkipRating:
    return SkipRating(ask.index) if ask.index % SKIPPED == 0 else Rated(ask.index, *opinion(ask.index))


class Person(FreeGate):
    """A gate with a person who rates at once."""

    def __init__(self, rating=answer, steps=None):
        super().__init__(steps)
        self.asked = []
        self._rating = rating

    def person_rates(self):
        return True

    def rate(self, ask, flush):
        flush()
        self.asked.append(ask)
        said = self._rating(ask)
        return said.rating if isinstance(said, Rated) else UNRATED


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run in which the person was asked in this process, undisturbed: digest, steps, and what was asked."""
    with Store(tmp_path_factory.mktemp("whole") / "runs.sqlite") as store:
        gate = Person()
        run = Runner(store, add_run(store, HUMAN), gate).go()
        return SimpleNamespace(digest=run.digest, steps=list(store.steps(run)), asked=gate.asked)


# -- records ----------------------------------------------------------------------------------------------------------


def test_what_was_shown_has_the_persons_rating_and_the_judges_beside_it(whole):
    judge = OfflineJudge(load_persona("p25"))
    spoken = [step for step in whole.steps if step.spoke]
    assert [ask.index for ask in whole.asked] == [step.index for step in spoken]
    assert {step.index % SKIPPED == 0 for step in spoken} == {True, False}
    for step in whole.steps:
        judged = judge.rate(step.answer.text, step.action, step.day, step.minute, step.clocks, step.moment).rating
        if step.spoke:
            assert step.rating == (Rating(*opinion(step.index)) if step.index % SKIPPED else UNRATED)
            assert step.judged == judged
        else:
            assert step.rating == judged
            assert step.judged is None


def test_it_is_told_what_it_takes_to_rate_and_not_how_the_judge_rates(whole):
    for ask in whole.asked:
        step = whole.steps[ask.index]
        assert (ask.day, ask.minute, ask.text, ask.action, ask.clocks) == (
            step.day, step.minute, step.answer.text, step.action, step.clocks
        )  # fmt: skip
    assert not {"moment", "rating", "judged", "topic", "tone"} & set(RateThis.__struct_fields__)


def test_a_record_that_no_person_had_a_part_in_is_as_it_was(whole):
    step = next(step for step in whole.steps if step.judged is None)
    assert b"judged" not in to_json(step)
    assert from_json(Step, to_json(step)) == step
    rated = next(step for step in whole.steps if step.judged is not None)
    assert from_json(Step, to_json(rated)) == rated


def test_a_run_without_a_person_at_the_gate_is_the_routines(db):
    with Store(db) as store:
        assert Runner(store, add_run(store, ROUTINE), FreeGate()).go().digest == (
            Runner(store, add_run(store, HUMAN), FreeGate()).go().digest
        )


def test_a_person_who_rates_nothing_leaves_everything_shown_unrated(db):
    with Store(db) as store:
        run = Runner(store, add_run(store, HUMAN), Person(lambda ask: SkipRating(ask.index))).go()
        shown = [step for step in store.steps(run) if step.spoke]
        (day,) = store.days(run)
        low = list(store.low_scored(run, 0, forward=True))
    assert shown
    assert all(step.rating == UNRATED and step.judged is not None for step in shown)
    assert not any(step.spoke for step in low)
    figures = metrics([known(day.figures)])
    assert figures["unrated"] == figures["shown"] == len(shown)
    for name in ("score_spoken", "success_rate", "precision", "recall", "f1", "missed_needs", "content"):
        assert figures[name] is None, name
    assert (figures["welcome"], figures["unwelcome"], figures["rated"]) == (0, 0, 0)
    assert agreement(shown).rated == 0


@pytest.mark.parametrize("values", [(1, 1, 1, 1), (1, 1, 0, 1), (0, 1, 1, 1)])
def test_the_users_clocks_follow_the_persons_rating(db, values):
    with Store(db) as store:
        run = Runner(store, add_run(store, HUMAN), Person(lambda ask: Rated(ask.index, *values))).go()
        steps = list(store.steps(run))
    satisfying = Rating(*values).satisfying
    after = [later for step, later in pairwise(steps) if step.spoke]
    assert after
    for step in after:
        assert (step.clocks.need == 2.5) == satisfying
        assert step.clocks.gap == 2.5
    assert (steps[-1].clocks.satisfying > 0) == satisfying


class Twice:
    """Draws the same words twice, and others; shows the first, at every step."""

    name = "twice"

    def respond(self, observation):
        return Response((None, "Put a record on?", "Put a record on?", "Time to log the costs."), 1)

    def observe(self, feedback):
        pass

    def reveal(self, feedback):
        pass


def test_from_a_persons_first_rating_on_nothing_else_is_learned_from():
    run = Simulation(load_persona("p25"), Twice(), days=1)
    run.rate = lambda index, seen, text: None if index == 0 else Rating(*opinion(index)) if index % 3 == 1 else UNRATED
    found = 0
    for step in run:
        silence, shown, same, other = step.candidates
        assert silence.rating.reasons[0]
        assert other.rating.reasons[0]
        feedback = known(run.newest_feedback)
        taught = pairs_of(feedback, (1, 2), "factored")
        if step.index == 0:
            assert all(one.rating is not None for one in feedback.candidates), "no person has rated yet"
        elif step.index % 3 == 1:
            rating = Rating(*opinion(step.index))
            assert shown.rating == same.rating == rating
            assert [one.rating is not None for one in feedback.candidates] == [False, True, False, False]
            assert known(feedback.answer.rating).score == rating.score
            assert [(pair.kind, pair.won) for pair in taught] == [
                ("decision", "speech" if rating.timing and rating.frequency else "silence")
            ]
            found += 1
        else:
            assert not feedback.rated
            assert taught == []
    assert found > 50


def test_a_model_learns_from_the_persons_rating(db):
    options: dict[str, Any] = {"persona": "p25", "days": 1, "assistant": "llama", "user": "human", "until": "day 1 08:00"}
    with Store(db) as store:
        run = Runner(store, add_run(store, RunConfig(**options)), Person()).go()
        stored = [pair for kind in ("decision", "content") for pair in store.pairs(run, kind, run.steps, 1000)]
        steps = list(store.steps(run))
    rated = {step.index: step.rating for step in steps if step.judged is not None and step.rating.given}
    assert rated
    assert {pair.index: pair.won for pair in stored} == {
        index: "speech" if rating.timing and rating.frequency else "silence" for index, rating in rated.items()
    }
    assert {pair.kind for pair in stored} == {"decision"}


def test_a_persons_thinking_is_not_counted_as_time_spent(db, monkeypatch):
    clock = SimpleNamespace(now=0)

    def tick():
        clock.now += 1000
        return clock.now

    def think(ask):
        clock.now += 10**13
        return answer(ask)

    monkeypatch.setattr(
        "propersim.runs.runner.time",
        SimpleNamespace(perf_counter_ns=tick, perf_counter=lambda: tick() / 1e9, monotonic=lambda: tick() / 1e9),
    )
    with Store(db) as store:
        gate = Person(think)
        assert Runner(store, add_run(store, HUMAN), gate).go().wall_s < 60
    assert clock.now > 10**13 * len(gate.asked) > 0


# -- the worker -------------------------------------------------------------------------------------------------------


@pytest.fixture
def live(db):
    """A function that starts a worker on a new run, or on a run that is there; every worker is ended afterwards."""
    started = []

    def start(config=HUMAN, run_id=None, **options):
        if run_id is None:
            with Store(db) as store:
                run_id = add_run(store, config).id
        worker = LiveRun(db, run_id, **{"speed": None, **options})
        worker.start()
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.close(timeout=60)


def is_ask(event):
    return isinstance(event, RateThis)


def row_of(db, worker):
    with Store(db, read_only=True) as store:
        return store.run(worker.run_id)


@pytest.mark.parametrize(
    "message", [TakeOver(True), TakeOver(False), Rated(7, 1, 0, None, 0), SkipRating(7), Snooze(7, 15), Snooze(7), Undo()]
)
def test_commands_round_trip(message):
    assert decode_command(encode(message)) == message


def test_the_event_round_trips(whole):
    for message in (*whole.asked[:3], RunState("rating", 0.5), WentBack(7), Undoable(7), Undoable(None)):
        assert decode_event(encode(message)) == message


@given(
    st.lists(st.integers() | st.booleans() | st.none(), min_size=4, max_size=4).filter(
        lambda v: not set(map(repr, v)) <= {"0", "1", "None"}
    )
)
def test_anything_but_0_and_1_and_nothing_is_no_rating(values):
    names = ("preference", "timing", "frequency", "communication")
    line = json.dumps({"type": "Rated", "index": 7, **dict(zip(names, values, strict=True))})
    with pytest.raises(msgspec.MsgspecError):
        decode_command(line.encode())


@pytest.mark.parametrize("at", [3, pytest.param(1, marks=pytest.mark.slow)])
def test_killed_while_it_waits_and_resumed_it_asks_again_and_the_records_are_the_same(live, db, whole, at):
    worker = live()
    asked = []

    def kth(event):
        if is_ask(event):
            asked.append(event)
        return len(asked) == at

    receive(worker, kth, rate=answer)
    os.kill(worker.pid, signal.SIGKILL)
    worker._process.wait(timeout=60)
    run = row_of(db, worker)
    # Every step before it is stored, and no other.
    assert run.steps == asked[-1].index
    again = live(run_id=worker.run_id)
    events = receive(again, is_state("finished"), rate=answer)
    asked += [event for event in events if is_ask(event)]
    # What was rated before is not asked again; what was waited for is.
    assert asked == [*whole.asked[:at], *whole.asked[at - 1 :]]
    assert row_of(db, worker).digest == whole.digest


def test_it_waits_with_a_sign_of_life_until_it_is_answered(live, db):
    worker = live()
    ask = receive(worker, is_ask)[-1]
    beats = [event for _ in range(3) for event in receive(worker, is_state("rating"))]
    assert not any(isinstance(event, Committed) and event.steps > ask.index for event in beats)
    assert row_of(db, worker).steps == ask.index
    worker.send(answer(ask))
    receive(worker, lambda event: isinstance(event, Committed) and event.steps > ask.index)


def test_stop_ends_the_waiting(live, db, whole):
    worker = live()
    ask = receive(worker, is_ask)[-1]
    worker.send(Stop())
    events = receive(worker, is_state("stopped"))
    assert not any(isinstance(event, Committed) and event.steps > ask.index for event in events)
    run = row_of(db, worker)
    assert (run.state, run.steps) == ("stopped", ask.index)
    receive(live(run_id=worker.run_id), is_state("finished"), rate=answer)
    assert row_of(db, worker).digest == whole.digest


def test_a_screen_that_goes_while_it_waits_stops_it(live, db):
    worker = live()
    ask = receive(worker, is_ask)[-1]
    worker._socket.close()
    worker._process.wait(timeout=60)
    run = row_of(db, worker)
    assert (run.state, run.steps) == ("stopped", ask.index)


def test_a_pause_while_it_waits_counts_after_the_step(live, db):
    worker = live()
    ask = receive(worker, is_ask)[-1]
    worker.send(Pause())
    worker.send(Speed(1000.0))
    receive(worker, is_state("rating"))
    worker.send(answer(ask))
    receive(worker, is_state("paused"))
    receive(worker, lambda event: isinstance(event, Committed) and event.steps == ask.index + 1)
    worker.send(Continue())
    receive(worker, is_ask)


def test_a_rating_of_another_step_is_not_taken_and_of_two_the_first_counts(live, db):
    worker = live()
    ask = receive(worker, is_ask)[-1]
    worker.send(Rated(ask.index + 1, 0, 0, 0, 0))
    worker.send(SkipRating(ask.index - 1))
    worker.send(Rated(ask.index, 1, 0, 1, 0))
    worker.send(Rated(ask.index, 0, 0, 0, 0))
    worker.send(SkipRating(ask.index))
    receive(worker, lambda event: isinstance(event, Committed) and event.steps > ask.index)
    with Store(db, read_only=True) as store:
        (step,) = store.steps(store.run(worker.run_id), ask.index, ask.index + 1)
    assert step.rating == Rating(1, 0, 1, 0)


def test_who_took_over_is_asked_again_after_a_stop(live, db, whole):
    worker = live(ROUTINE, paused=True)
    receive(worker, is_state("paused"))
    worker.send(TakeOver(True))
    worker.send(Continue())
    first = receive(worker, is_ask)[-1]
    worker.close(timeout=60)
    again = live(run_id=worker.run_id)
    assert receive(again, is_ask)[-1].index == first.index, "the person rates, though nothing was rated before the stop"
    again.send(TakeOver(False))
    receive(again, is_state("finished"))
    with Store(db, read_only=True) as store:
        notes = [(each.kind, each.at) for each in store.warnings(store.run(worker.run_id)) if each.kind in (PERSON, JUDGE)]
    assert notes == [(JUDGE, first.index)], "the judge rates the step of the question, and all of them"


def test_taking_over_for_a_moment(live, db, whole):
    worker = live(ROUTINE, paused=True)
    receive(worker, is_state("paused"))
    before = row_of(db, worker)
    worker.send(TakeOver(True))
    worker.send(Continue())
    first = receive(worker, is_ask)[-1]
    worker.send(Rated(first.index, *opinion(first.index)))
    second = receive(worker, is_ask)[-1]
    # Handing back is an answer too: the judge's rating.
    worker.send(TakeOver(False))
    events = receive(worker, is_state("finished"))
    assert not any(map(is_ask, events))
    run = row_of(db, worker)
    with Store(db, read_only=True) as store:
        assert [step.index for step in store.steps(run) if step.judged is not None] == [first.index]
        assert not any(step.judged for step in store.steps(run, second.index))
        notes = [(each.kind, each.at) for each in store.warnings(run) if each.kind in (PERSON, JUDGE)]
    assert notes == [(PERSON, first.index), (JUDGE, second.index)], "the judge rates the step of the question"
    # It is no longer what its options would give again, and does not pass for it.
    assert json.loads(run.config_json) == {**json.loads(before.config_json), "user": "both"}
    assert row_hash(run) != row_hash(before)
    assert variant_label(msgspec.json.decode(run.config_json, type=RunConfig)) == "random user=both"


def test_a_person_may_take_over_from_any_user_agent(db):
    with Store(db) as store:
        run = add_run(store, ROUTINE)
        options = {**json.loads(run.config_json), "user": "of another package"}
        store.update_run(run, config_json=json.dumps(options))
        Runner(store, store.run(run.id), Person()).go()
        assert json.loads(store.run(run.id).config_json) == {**options, "user": "both"}


def test_a_run_whose_options_are_damaged_is_refused_before_anything_is_written(db):
    with Store(db) as store:
        run = add_run(store, HUMAN)
        store.update_run(run, config_json="{oh no")
        before = store.run(run.id)
        with pytest.raises(StoreError, match="its options cannot be read"):
            Runner(store, before, Person()).go()
        assert store.run(run.id) == before


def test_a_routine_run_asks_nobody(live):
    events = receive(live(ROUTINE), is_state("finished"))
    assert not any(map(is_ask, events))


# -- without a screen -------------------------------------------------------------------------------------------------


def test_without_a_screen_it_is_refused_with_what_to_do_instead(db):
    with pytest.raises(InputError, match="rating by hand needs the screen") as found:
        HUMAN.headless()
    assert "propersim watch --user human" in known(found.value.hint)
    with pytest.raises(InputError, match="rating by hand needs the screen"):
        variant_config("random", persona="p25", seed=0, days=1, options=["user=human"])
    assert HUMAN.checked() == HUMAN
    assert ROUTINE.headless() == ROUTINE


@pytest.fixture
def command(db):
    """A command line, in this process."""
    return lambda *arguments: CliRunner().invoke(app, [*arguments, "--db", str(db)])


def test_run_and_resume_refuse_a_run_that_a_person_rates(db, command):
    done = command("run", "--user", "human", "--days", "1")
    assert isinstance(done.exception, InputError)
    assert "propersim watch --user human" in known(done.exception.hint)
    assert not db.exists()
    with Store(db) as store:
        run = add_run(store, HUMAN)
        with pytest.raises(RunStopped):
            Runner(store, run, Person(steps=200)).go()
    done = command("resume", run.id)
    assert isinstance(done.exception, InputError)
    assert f"propersim resume {run.id} --watch --db {db}" in known(done.exception.hint)
    with Store(db) as store:
        assert store.run(run.id).steps == 200
        Runner(store, store.run(run.id), Person()).go()
    assert json.loads(command("resume", run.id, "--json").stdout)["state"] == "finished"


def test_runs_show_says_how_far_person_and_judge_agree(db, command, whole):
    with Store(db) as store:
        run = Runner(store, add_run(store, HUMAN), Person()).go()
        assert run.digest == whole.digest
    found = json.loads(command("runs", "show", run.id, "--json").stdout)["agreement"]
    assert found == agreement(whole.steps).to_dict()
    assert found["rated"] == sum(step.judged is not None and step.rating.given for step in whole.steps) > 0
    assert found["overall"]["kappa"] is None, "below 20 ratings"
    out = command("runs", "show", run.id).stdout
    assert f"{found['rated']} of 20 ratings" in out
    assert "kappa (" not in out
    assert f"{found['rated']} ratings; agreement with the judge: overall {found['overall']['share']:.0%}" in out
    rated = [step for step in whole.steps if step.judged is not None and step.rating.given]
    for undone, said in ((rated[:1], f"{len(rated)} ratings, 1 of them given anew"), (rated, f"{len(rated)} ratings, given anew")):
        with Store(db) as store:
            store.add_warnings(run, [RunWarning(step.index, 1, "undo", "undone") for step in undone])
        assert f"{said} after an undo, so not in the agreement; " in " ".join(command("runs", "show", run.id).stdout.split())
    with Store(db) as store:
        routine = Runner(store, add_run(store, ROUTINE), FreeGate()).go()
    assert "agreement" not in json.loads(command("runs", "show", routine.id, "--json").stdout)
