"""Runs of users who react: stopped, killed and resumed, stored, rated again, exported."""

from __future__ import annotations

import json
from collections import defaultdict

import msgspec
import pytest
from typer.testing import CliRunner

from propersim.cli.main import app
from propersim.core.config import RunConfig, decode_config
from propersim.core.errors import InputError
from propersim.core.records import DayPlan, from_json, to_json
from propersim.experiments.rerate import compare, offline, pick, rate_again
from propersim.experiments.results import merge_csv, read_csv, results_of
from propersim.experiments.variants import config_hash, variant_label
from propersim.export.step_table import NAMES, rows
from propersim.inspector.inspected_run import InspectedRun
from propersim.inspector.inspector import grid_of
from propersim.runs.create import add_run, stored_persona
from propersim.runs.gates import FreeGate, RunStopped
from propersim.runs.runner import Runner, result
from propersim.store.store import Store
from propersim.user.reaction import plan_at
from propersim.user.rules import Rules
from propersim_tui.data.source import RunSource
from propersim_tui.render.feed import RecommendationEntry, SilenceEntry, feed_entries
from propersim_tui.render.reaction_text import action_note
from propersim_tui.render.step_text import decision_text, pairs_text
from propersim_tui.widgets.activity_list import ActivityList
from propersim_tui.widgets.feed_rows import rows as rows_of_feed
from propersim_tui.widgets.now_panel import NowPanel
from tests.known import known

ORACLE = RunConfig(persona="p11", days=2, assistant="oracle", reactive="on")
EAGER = RunConfig(persona="p25", days=3, assistant="eager", reactive="on")


def go(store, run, steps=None):
    return Runner(store, run, FreeGate(steps)).go()


@pytest.mark.parametrize("config", [ORACLE, EAGER], ids=["oracle", "eager"])
@pytest.mark.parametrize("stops", [[1, 3, 97, 300], [250, 250]])
def test_stopped_and_resumed_is_the_same_as_never_stopped(db, config, stops):
    with Store(db) as store:
        whole = result(store, go(store, add_run(store, config)))
        run = add_run(store, config)
        for steps in stops:
            with pytest.raises(RunStopped):
                go(store, store.run(run.id), steps)
        found = result(store, go(store, store.run(run.id)))
    assert found["digest"] == whole["digest"]
    assert found["summary"] == whole["summary"]
    assert (whole["summary"]["taken_up"] > 3) if config is ORACLE else (whole["summary"]["mutes"] > 3)


def test_killed_inside_a_transaction_and_resumed_is_the_same_as_never_killed(db, kill_inside):
    with Store(db) as store:
        reference = go(store, add_run(store, ORACLE))
        run = add_run(store, ORACLE)
    for statement, count in (("insert into steps", 50), ("commit", 3), ("insert into steps", 90)):
        kill_inside(db, run.id, statement, count)
    with Store(db) as store:
        assert store.run(run.id).state == "interrupted"
        assert go(store, store.run(run.id)).digest == reference.digest


@pytest.mark.slow
@pytest.mark.parametrize("learn", ["none", "dpo"])
def test_a_model_that_is_muted_goes_on_as_if_it_had_not_been_stopped(db, learn):
    """A muted assistant is not asked, makes no pairs, and remembers the same after a resume."""
    config = RunConfig(
        persona="p11", days=2, assistant="llama", feedback="shown", learn=learn, reactive="on", quantize="none", timestep=5.0
    )
    with Store(db) as store:
        whole = go(store, add_run(store, config))
        steps = list(store.steps(whole))
        muted = {step.index for step in steps if step.muted}
        assert muted
        assert all(step.p_speak is None for step in steps if step.muted)
        assert all(step.p_speak is not None for step in steps if not step.muted)
        assert not muted & {pair.index for kind in ("decision", "content") for pair in store.pairs(whole, kind, 10**6, 10**6)}
        run = add_run(store, config)
        for count in (min(muted) + 2, 120):
            with pytest.raises(RunStopped):
                go(store, store.run(run.id), count)
        assert go(store, store.run(run.id)).digest == whole.digest


def test_the_option_belongs_to_the_run_and_changes_no_other_hash():
    plain = RunConfig(persona="p11", assistant="oracle").resolved()
    on = msgspec.structs.replace(plain, reactive="on").resolved()
    assert config_hash(plain, "{}", "") != config_hash(on, "{}", "")
    assert config_hash(plain, "{}", "") == config_hash(
        decode_config(json.dumps({k: v for k, v in plain.to_dict().items() if k != "reactive"}), ""), "{}", ""
    ), "that of a run from before there was the option"
    assert (variant_label(plain), variant_label(on)) == ("oracle", "oracle reactive=on")
    evidence = RunConfig(reactive="on").resolved()
    assert variant_label(evidence) == "evidence reactive=on"


def test_a_person_and_other_planners_are_refused_and_a_default_is_ignored(tmp_path, monkeypatch):
    person = RunConfig(assistant="oracle", reactive="on", user="human")
    model = RunConfig(assistant="oracle", reactive="on", user="llm", user_model="m", user_base_url="http://127.0.0.1:1/v1")
    for config in (person, model):
        with pytest.raises(InputError, match=r"--reactive: has no effect without days planned by routine and a --user other than human"):
            config.check_given(["reactive"])
        assert config.resolved().reactive == "off"
    rated = RunConfig(assistant="oracle", reactive="on", user_ratings="llm", user_model="m", user_base_url="http://127.0.0.1:1/v1")
    assert rated.check_given(["reactive"]).resolved().reactive == "on", "who rates does not matter"
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["watch", "--user", "human", "--reactive", "on"])
    assert "--reactive: has no effect without" in str(done.exception)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    path = tmp_path_factory.mktemp("reactive") / "runs.sqlite"
    with Store(path) as store:
        go(store, add_run(store, EAGER))
        go(store, add_run(store, ORACLE))
    return path


def runs_of(store):
    oracle, eager = store.runs()
    return oracle, eager


def test_the_plan_on_the_screen_is_the_one_that_held_then(stored):
    source = RunSource(stored, "last")
    with Store(stored, read_only=True) as store:
        run, _ = runs_of(store)
        rules, steps = Rules(stored_persona(run)), list(store.steps(run))
        days = {row.day: row for row in store.days(run)}
    taken = [step for step in steps if step.taken_up is not None]
    wanted = sorted({each.index + more for each in taken for more in (-1, 0, 1, 20)} & set(range(len(steps))))
    for index in [*wanted, *reversed(wanted)]:
        day, plan = steps[index].day, known(source.frame(index).plan)
        assert plan == plan_at(days[day].plan, [step for step in steps[: index + 1] if step.day == day], rules)
        # The next step of the day lives by this plan.
        if index + 1 < len(steps) and steps[index + 1].day == day:
            assert steps[index + 1].action in plan.actions
    assert from_json(DayPlan, to_json(days[1].plan)) == days[1].plan
    source.close()


def test_the_screen_says_what_is_taken_up_and_when_the_assistant_is_muted(stored):
    source = RunSource(stored, "last")
    steps = [known(source.frame(index).step) for index in range(source.count)]
    taken = next(step for step in steps if step.taken_up is not None)
    assert RecommendationEntry(taken).note.startswith(f"taken up: {known(taken.taken_up).phrase}, ")
    doing = next(step for step in steps if step.action == taken.taken_up)
    frame = source.frame(doing.index)
    note = action_note(doing.action, frame.steps)
    assert note.startswith("recommended at ")
    drawn = "\n".join(each.plain for each in NowPanel().lines(frame, 70, 8))
    assert note in drawn
    assert "patience" in drawn
    assert "patience" in "\n".join(each.plain for each in NowPanel().lines(frame, 28, 20))
    assert "taken up" in "\n".join(each.plain for each in ActivityList().lines(frame, 90, 30))
    source.close()
    with Store(stored, read_only=True) as store:
        _, eager = runs_of(store)
    source = RunSource(stored, eager.id)
    muted = next(step for index in range(source.count) if (step := known(source.frame(index).step)).muted)
    drawn = "\n".join(each.plain for each in NowPanel().lines(source.frame(muted.index), 80, 8))
    assert "muted the assistant until" in drawn
    frame = source.frame(muted.index + 3)
    entries = feed_entries(frame.steps)
    quiet = [entry for entry in entries if isinstance(entry, SilenceEntry)]
    assert [entry.muted for entry in quiet][-1]
    assert all(entry.index + entry.steps <= muted.index for entry in quiet if not entry.muted), "a stretch is either muted or silent"
    drawn = "".join(text for entry in entries for parts, _ in rows_of_feed(entry, 80, current=False) for text, _ in parts)
    assert "muted, 4 steps" in drawn
    assert "it was not asked" in decision_text(muted, None).plain
    assert "muted" in pairs_text((), (), (), muted).plain
    source.close()


def test_stored_steps_are_rated_again_as_they_were(stored):
    with Store(stored, read_only=True) as store:
        for run in runs_of(store):
            cases = rate_again(pick(store.steps(run), silence=True), offline(stored_persona(run)))
            (overall, *_) = compare(list(cases))
            assert overall.accuracy == 1.0


def test_the_grid_of_the_inspector_counts_the_plans_that_held(stored):
    with Store(stored, read_only=True) as store:
        run, _ = runs_of(store)
        inspected = InspectedRun(stored, run.id)
        inspected.replay.refresh()
        grid = grid_of(inspected)
        rules, spent = Rules(stored_persona(run)), defaultdict[str, float](float)
        for row in store.days(run):
            plan = plan_at(row.plan, [step for step in store.steps(run) if step.day == row.day], rules)
            for action in plan.actions:
                spent[action.activity] += action.minutes
            assert plan != row.plan
        assert grid.minutes == [spent[action.activity] for action in grid.actions]


def test_reactions_are_in_tables_and_results(stored, tmp_path):
    with Store(stored, read_only=True) as store:
        run, eager = runs_of(store)
        found = [dict(zip(NAMES, row, strict=True)) for row in rows(store.steps(run), {})]
        steps = list(store.steps(run))
        assert [row["taken_up"] for row in found] == [step.taken_up.activity if step.taken_up else None for step in steps]
        assert [row["patience"] for row in found] == [step.clocks.patience for step in steps]
        muted = [row for row in rows(store.steps(eager), {}) if row[NAMES.index("muted_until")] is not None]
        assert len(muted) == sum(step.muted for step in store.steps(eager))
        results = results_of(store).results
    assert merge_csv(tmp_path / "r.csv", results.values()) == results == read_csv(tmp_path / "r.csv")
    plain = tmp_path / "plain.csv"
    bare = [one._replace(days=tuple(msgspec.structs.replace(day, reactions=None) for day in one.days)) for one in results.values()]
    merge_csv(plain, bare)
    assert "reactions" not in plain.read_text(encoding="utf-8").splitlines()[0]
