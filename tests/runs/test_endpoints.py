"""Whole runs with language models at endpoints: what they ask, what an outage does to them, what they cost, where the key is not."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from functools import partial

import pytest

from propersim.core.config import RunConfig
from propersim.core.errors import EXIT_RESUMABLE, InputError
from propersim.experiments.results import prompt_cuts
from propersim.llm_client import LimitReached, Outage, RetryPolicy, Session, Unusable
from propersim.llm_client.client import Endpoint
from propersim.runs.create import add_run, set_limit
from propersim.runs.gates import FreeGate, RunStopped
from propersim.runs.live import LiveRun
from propersim.runs.protocol import CallTotals, Failed, Stop
from propersim.runs.runner import Runner, result
from propersim.store.store import Store
from tests.known import known
from tests.llm_client.answering import answers_schema
from tests.llm_client.asking import question
from tests.llm_client.faulty import Does, Faulty, broken, late, says, status
from tests.runs.receiving import is_state, receive

KEY = "sk-planted-8c1f0e55d2a94b7c"
WORDS = {"user": "llm", "user_model": "any", "assistant": "random", "persona": "p25"}


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Stored answers of this test alone."""
    monkeypatch.setenv("PROPERSIM_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def hurried(monkeypatch):
    """Endpoints that wait for nothing, and give up soon."""
    now = [0.0]

    def pause(seconds):
        now[0] += seconds

    quick = partial(Endpoint, pause=pause, clock=lambda: now[0], patience=RetryPolicy(tries=3, seconds=60), timeout_s=0.3)
    monkeypatch.setattr("propersim.llm_client.session.Endpoint", quick)


class Model:
    """A model that answers anything, until somebody breaks it."""

    def __init__(self, seed=1, texts=None):
        self._good = answers_schema(seed, texts)
        self.count, self.fault, self.at, self.times = 0, None, 0, 0

    def __call__(self, asked):
        self.count += 1
        if self.fault is not None and self.at <= self.count < self.at + self.times:
            return self.fault(asked) if callable(self.fault) else self.fault
        # What it says hangs on the question alone, not on how often or in how many words it was put.
        first = next(message for message in asked.body["messages"] if message["role"] == "user")
        plain = {"messages": [first], "response_format": asked.body["response_format"], "seed": asked.body.get("seed")}
        return self._good(replace(asked, body=plain))

    def breaks(self, fault, at, times=10**9):
        self.fault, self.at, self.times = fault, self.count + at, times


def options(server, **about):
    return RunConfig(**{**WORDS, "user_base_url": server.url, "until": "day 1 07:30", **about})


def carried(store, run):
    return Runner(store, store.run(run.id), FreeGate()).go()


def truncated(asked):
    return says('{"candidate_1": {"pref', finish="length")


FAULTS = {
    "429": status(429, "slow down"),
    "429 later": status(429, "slow down", {"Retry-After": "3600"}),
    "500": status(500),
    "503": status(503),
    "no sign of life": late(),
    "broken before": broken(-1),
    "broken within": broken(),
    "truncated": truncated,
    "no JSON": says("I think it is all fine."),
    "wrong schema": says({"verdict": "fine"}),
    "empty": says(""),
    "nothing": says(None),
    "refusal": says(None, refusal="I cannot rate people."),
    "filtered": says("", finish="content_filter"),
    "prompt filtered": status(400, "the content management policy", code="content_filter"),
    "key expired": status(401, "expired"),
    "no credit": status(429, "no credit", code="insufficient_quota"),
    "garbled": Does(body=b"<html>nginx</html>", declared="text/html"),
}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The digest of the run that nothing happened to, and how many requests it took for plan and steps."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with pytest.MonkeyPatch.context() as patch, Faulty(last=Model()) as server, Store(folder / "runs.sqlite") as store:
        patch.setenv("PROPERSIM_CACHE", str(folder / "cache"))
        run = carried(store, add_run(store, options(server)))
        plans = sum(call.purpose.startswith("plan") for call in store.calls(run))
        assert run.state == "finished"
        assert run.steps > 5
        return run.digest, plans, len(server.asked)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_that_lasts_stops_the_run_and_it_goes_on_as_if_nothing_had_been(name, db, hurried, undisturbed):
    """Once while the day is planned, and once in the middle of it."""
    digest, plans, _ = undisturbed
    model = Model()
    with Faulty(last=model) as server, Store(db) as store:
        run = add_run(store, options(server))
        for at in (4, plans):
            model.breaks(FAULTS[name], at)
            with pytest.raises(Outage) as stopped:
                carried(store, run)
            assert stopped.value.exit_code == EXIT_RESUMABLE
            row = store.run(run.id)
            assert (row.state, row.error) == ("stopped", stopped.value.message)
            assert (row.steps == 0) == (at == 4)
            assert store.calls(row)[-1].failed
            model.fault = None
        row = carried(store, run)
        assert (row.state, row.error, row.digest) == ("finished", "", digest)
        assert not any(call.failed for call in store.calls(row) if call.idx > 5)


@pytest.mark.parametrize("name", ["429", "500", "no sign of life", "broken within", "no JSON", "wrong schema", "empty", "truncated"])
def test_a_fault_that_passes_is_not_noticed_but_for_its_cost(name, db, hurried, undisturbed):
    digest, plans, _ = undisturbed
    model = Model()
    with Faulty(last=model) as server, Store(db) as store:
        run = add_run(store, options(server))
        model.breaks(FAULTS[name], plans + 4, times=1)
        row = carried(store, run)
        calls = store.calls(row)
    assert row.digest == digest
    assert sum(call.retries + call.again for call in calls) == 1


def test_the_same_run_again_asks_nothing_and_another_seed_does(db, undisturbed):
    digest, _, count = undisturbed
    with Faulty(last=Model()) as server, Store(db) as store:
        assert carried(store, add_run(store, options(server))).digest == digest
        assert len(server.asked) == count
        again = carried(store, add_run(store, options(server)))
        assert len(server.asked) == count
        calls = store.calls(again)
        assert calls
        assert all(call.cached and call.cost == 0 for call in calls)
        assert not any(call.purpose.startswith("plan") for call in calls), "the day itself is kept"
        assert carried(store, add_run(store, options(server, seed=1))).digest != digest
        assert len(server.asked) > count


def test_two_addresses_whose_models_have_the_same_name_plan_their_own_days(db):
    with Faulty(last=Model(1)) as one, Faulty(last=Model(2)) as other, Store(db) as store:
        runs = [carried(store, add_run(store, options(server, until="day 1 08:00"))) for server in (one, other, one)]
        plans = [store.days(run)[0].plan for run in runs]
        asked = [sum(call.purpose.startswith("plan") for call in store.calls(run)) for run in runs]
    assert plans[0] == plans[2] != plans[1]
    assert asked[0] > 0
    assert asked[1] > 0
    assert asked[2] == 0, "the day of the same address is kept"


def test_a_server_that_cuts_prompts_is_warned_of_once_in_a_run(db, cli, caplog):
    model = Model()

    def cuts(asked):
        answer = model(asked)
        answer.body["usage"]["prompt_tokens"] = 512
        return answer

    with Faulty(last=cuts) as server, Store(db) as store:
        run = carried(store, add_run(store, options(server, until="day 1 08:00")))
        (warned,) = store.warnings(run)
        told, reported = result(store, run)["warnings"], prompt_cuts(store)
    assert (warned.kind, warned.day) == ("context", 1)
    assert "reports 512 tokens" in warned.text
    assert "at least 8192 tokens" in warned.text
    assert [record.getMessage() for record in caplog.records if "512" in record.getMessage()] == [f"warning: {warned.text}"]
    assert run.state == "finished"
    assert told == [{"at": warned.at, "day": 1, "kind": "context", "text": warned.text}]
    assert reported == [f"run {run.id}: {warned.text}"]
    assert "the server seems to cut prompts" in " ".join(cli("runs", "show", run.id, "--db", str(db)).stdout.split())
    assert json.loads(cli("runs", "show", run.id, "--db", str(db), "--json").stdout)["warnings"] == told
    assert f"Warning: run {run.id}: {server.url}" in cli("report", "--db", str(db), "--markdown").stdout
    assert json.loads(cli("report", "--db", str(db), "--json").stdout)["warnings"] == reported


def test_a_run_stops_where_the_model_cannot_have_seen_the_persona_and_goes_on_once_it_can(db):
    model, context = Model(), [97]

    def cuts(asked):
        answer = model(asked) if "response_format" in asked.body else says("no")
        answer.body["usage"]["prompt_tokens"] = min(context[0], sum(len(message["content"]) for message in asked.body["messages"]) // 4)
        return answer

    with Faulty(last=cuts) as server, Store(db) as store:
        run = add_run(store, options(server, until="day 1 08:00"))
        with pytest.raises(Outage, match="reports 97 tokens") as caught:
            carried(store, run)
        assert caught.value.exit_code == EXIT_RESUMABLE
        stopped = store.run(run.id)
        assert (stopped.state, stopped.steps) == ("stopped", 0)
        assert "the model has not seen the persona" in stopped.error
        context[0] = 10**6
        assert carried(store, run).state == "finished"
        assert store.warnings(run) == []


def test_plans_and_ratings_can_be_mixed(db):
    with Faulty(last=Model()) as server, Store(db) as store:
        for halves, purposes in (({"user_plans": "routine"}, {"rate"}), ({"user_ratings": "routine"}, {"plan"})):
            run = carried(store, add_run(store, options(server, until="day 1 08:00", **halves)))
            assert {call.purpose.split(":")[0] for call in store.calls(run)} == purposes
        offline = carried(store, add_run(store, RunConfig(persona="p25", assistant="random", until="day 1 08:00")))
        mixed = store.run(run.id)
        assert mixed.digest != offline.digest
        assert not store.calls(offline)


def test_a_limit_stops_the_run_before_it_is_passed_and_another_lets_it_go_on(db, hurried, undisturbed):
    with Faulty(last=Model()) as server, Store(db) as store:
        run = add_run(store, options(server, user_price="1000,1000", max_cost=5.0))
        with pytest.raises(LimitReached):
            carried(store, run)
        row = store.run(run.id)
        _, cost = store.spent(row)
        assert 0.2 < cost <= 5.0
        assert row.state == "stopped"
        with pytest.raises(LimitReached):
            carried(store, row)
        assert store.spent(row)[1] == cost
        row = carried(store, set_limit(store, row, 100_000.0))
        assert (row.state, row.digest) == ("finished", undisturbed[0])
        assert store.spent(row)[1] > cost
        assert sum(known(call.cost) for call in store.calls(row)) == pytest.approx(store.spent(row)[1])


def test_what_cannot_be_is_refused_before_anything_is_asked(db):
    with Faulty(last=Model()) as server, Store(db) as store:
        for wrong, words in (
            ({"user_model": ""}, "--user-model"),
            ({"user_base_url": ""}, "--user-base-url"),
            ({"user_base_url": "http://name:word@127.0.0.1/v1"}, "password"),
            ({"user_price": "1"}, "--user-price"),
            ({"user_price": "1,-1"}, "--user-price"),
            ({"max_cost": -1.0}, "--max-cost"),
            ({"rating_calls": "two"}, "--rating-calls"),
            ({"user_plans": "human"}, "--user-plans"),
            ({"assistant": "api"}, "--base-url"),
            ({"assistant": "api", "base_url": server.url}, "--model"),
        ):
            with pytest.raises(InputError) as refused:
                add_run(store, options(server, **wrong))
            assert words in refused.value.message, wrong
        assert not store.runs()
        far = {"user_base_url": "https://example.invalid/v1", "max_cost": 1.0}
        with pytest.raises(InputError, match="price"):
            add_run(store, options(server, **far))
        assert not server.asked


def test_a_model_that_is_not_there_is_said_and_does_not_look_like_an_outage(db, hurried):
    with Faulty(last=status(404, "no such model")) as server, Store(db) as store:
        run = add_run(store, options(server))
        with pytest.raises(Unusable):
            carried(store, run)
        assert store.run(run.id).state == "failed"


def test_the_worker_gives_signs_of_life_while_it_waits_and_can_be_stopped(db):
    good = Model()
    with Faulty([good, good], last=late()) as server:
        with Store(db) as store:
            run = add_run(store, options(server))
        worker = LiveRun(db, run.id)
        worker.start()
        try:
            events = receive(worker, is_state("asking"))
            assert CallTotals(0, 0.0) in events
            # The two calls before the one that is awaited are stored and told already.
            receive(worker, lambda event: event == CallTotals(2, 0.0))
            with Store(db, read_only=True) as store:
                assert [(call.purpose, call.idx, call.day) for call in store.calls(store.run(run.id))] == [
                    ("plan: wake", 0, 1),
                    ("plan: day", 0, 1),
                ]
            receive(worker, is_state("asking"))
            began = time.monotonic()
            worker.send(Stop())
            receive(worker, is_state("stopped"))
            assert time.monotonic() - began < 20
        finally:
            worker.close(timeout=60)
    with Store(db, read_only=True) as store:
        assert store.run(run.id).state == "stopped"


def test_the_screen_hears_of_an_outage_with_what_to_do(db, tmp_path, monkeypatch):
    monkeypatch.setenv("PROPERSIM_API_KEY", KEY)
    model = Model()
    model.breaks(status(401, f"Incorrect API key provided: {KEY}"), 3)
    with Faulty(last=model) as server:
        with Store(db) as store:
            run = add_run(store, options(server))
        worker = LiveRun(db, run.id)
        worker.start()
        try:
            failed = receive(worker, lambda event: isinstance(event, Failed))[-1]
            assert failed.resumable
            assert "refused the key" in failed.message
            assert KEY not in failed.message + failed.hint
        finally:
            worker.close(timeout=60)
    assert_nowhere(KEY, tmp_path)


def test_the_command_line_runs_stops_resumes_and_shows_the_bill(cli, db, monkeypatch):
    model = Model()
    with Faulty(last=model) as server:
        said = ("--persona", "p25", "--assistant", "random", "--until", "day 1 08:00", "--user", "llm", "--user-model", "any")
        common = (*said, "--user-base-url", server.url, "--db", db)
        foreseen = json.loads(cli("run", *common, "--dry-run", "--json").stdout)
        assert not server.asked
        model.breaks(status(401, "expired"), 30)
        stopped = cli("run", *common, code=3)
        assert "propersim resume" in stopped.stderr
        model.fault = None
        found = json.loads(cli("resume", "last", "--db", db, "--json").stdout)
        bill = found["calls"][-1]
        assert bill["purpose"] == "all"
        assert bill["failed"] == 1
        assert found["state"] == "finished"
        shown = cli("runs", "show", "last", "--db", db).stdout
        assert "plan: hour" in shown
        planned = {row["purpose"]: row["calls"] for row in foreseen["first_day"]}
        assert planned["plan: wake"] == planned["plan: day"] == 1
        # Up to eight o'clock: the stand-in's morning begins when the routine gets up.
        assert planned["rate"] > 5
        again = cli("run", *common, "--dry-run").stdout
        assert "plan: hour" not in again or "whole run" in again
        cli("run", "--dry-run", "--db", db, code=2)


def assert_nowhere(text, folder):
    """Look into every byte of every file: the database and its log, the stored answers, the worker's log."""
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert {"runs.sqlite", "calls.sqlite"} <= {path.name for path in written}
    for path in written:
        assert text.encode() not in path.read_bytes(), path


def test_the_key_is_nowhere(cli, db, tmp_path, monkeypatch, hurried):
    """A planted key, which the server repeats in answers, errors and headers: looked for in every byte that is written or shown."""

    def repeats(rng, least, most):
        return f"as {KEY} said"[: max(least, most)]

    model = Model(texts=repeats)
    shown = []
    monkeypatch.setenv("PROPERSIM_API_KEY", KEY)
    with Faulty(last=model, key=KEY) as server:
        common = ("--persona", "p25", "--assistant", "random", "--until", "day 1 07:30", "--user", "llm", "--user-model", "any")
        for at, fault in ((3, status(401, f"Incorrect API key provided: {KEY}")), (20, status(500, f"token {KEY} broke it"))):
            model.breaks(fault, at)
            command = ("run", *common, "--user-base-url", server.url) if at == 3 else ("resume", "last")
            shown.append(cli(*command, "--db", db, code=3))
        model.fault = None
        shown.append(cli("resume", "last", "--db", db, "--json"))
        for later in (
            ("runs", "show", "last", "--json"), ("runs", "ls"), ("export", "last"), ("judge", "last", "--json"), ("doctor",),
            ("run", *common, "--user-base-url", server.url, "--dry-run"),
        ):  # fmt: skip
            shown.append(cli(*later, "--db", db))
        assert all(one.headers.get("authorization") == f"Bearer {KEY}" for one in server.asked)
    for one in shown:
        assert KEY not in one.stdout + one.stderr
    with Store(db, read_only=True) as store:
        assert any("said" in reason for step in store.steps(store.run("last")) for reason in step.rating.reasons)
    assert_nowhere(KEY, tmp_path)


def test_a_desk_shares_its_askers_and_tells_whoever_waits():
    looks = []

    def enough():
        looks.append(1)
        if len(looks) == 2:
            raise RunStopped("enough")

    with Faulty(last=late()) as server, Session() as session:
        model_client = session.model_client(server.url, "any")
        assert session.model_client(server.url, "any") is model_client
        session.waiting = enough
        with pytest.raises(RunStopped):
            model_client.ask(question())
        assert len(looks) == 2
