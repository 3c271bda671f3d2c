"""A run with ratings by a language model: an outage pauses it, and the resumed run is the same as an undisturbed one."""

from __future__ import annotations

import json

import pytest

from propersim.store.store import Store
from tests.llm_client.faulty import Faulty, status
from tests.user.scripted import by_schema, question_of


def decide(asked, at):
    """Return an answer that depends on the question alone."""
    if at.endswith("reason"):
        return "I say so"
    question = question_of(asked) if at == "answer" else at.rsplit(".", 1)[-1]
    return (len(asked.last_words) + len(question)) % 2


@pytest.mark.parametrize("way", ["one", "question"])
def test_a_run_resumed_after_an_outage_equals_an_undisturbed_one(cli, tmp_path, monkeypatch, way):
    good = by_schema(decide)
    with Faulty() as server:
        given = ["run", "--persona", "p04", "--days", 1, "--until", "day 1 07:30", "--timestep", 5, "--assistant", "random", "--json"]
        given += ["--user-ratings", "llm", "--user-model", "any", "--user-base-url", server.url, "--rating-calls", way, "--seed", 3]

        def run(name, *arguments, code=0):
            monkeypatch.setenv("PROPERSIM_CACHE", str(tmp_path / name))
            return cli(*arguments, "--db", tmp_path / f"{name}.sqlite", code=code)

        server.last = good
        wanted = json.loads(run("whole", *given).stdout)
        count = len(server.asked)
        assert count == wanted["steps"] * (5 if way == "question" else 1) == wanted["calls"][-1]["calls"]
        # In the middle of a step, whatever is asked at once; the key is refused, which nobody tries again.
        server.script = [good] * (count // 2 + 1)
        server.last = status(401, "expired")
        stopped = run("paused", *given, code=3)
        assert "refused the key" in stopped.stderr
        with Store(tmp_path / "paused.sqlite", read_only=True) as store:
            row = store.run("last")
            assert row.state == "stopped"
            steps = list(store.steps(row))
            assert 0 < len(steps) < wanted["steps"]
            calls = store.calls(row)
        asked, server.last = len(server.asked), good
        resumed = json.loads(run("paused", "resume", "last", "--json").stdout)
    assert resumed["digest"] == wanted["digest"]
    # Nothing that was answered is asked again; only what had failed, or was called off, is.
    answered = sum(not call.failed and not call.cached for call in calls)
    assert len(server.asked) - asked <= count - answered
    assert resumed["config"]["rating_calls"] == way
    assert {step.rating.reasons[0] for step in steps} == {"I say so"}
