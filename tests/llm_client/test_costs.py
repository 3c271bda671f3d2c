"""Costs of calls, and the spending limit."""

from __future__ import annotations

import pytest

from propersim.core.errors import InputError
from propersim.llm_client import Budget, Cache, LimitReached, Meter, Outage, Totals
from propersim.llm_client.costs import FREE, Price, price_of
from tests.llm_client.asking import GOOD, endpoint, question
from tests.llm_client.faulty import Faulty, broken, says, status


def test_prices_are_of_a_model_at_its_own_host_and_ones_own_win():
    at = "https://api.openai.com/v1"
    assert price_of(at, "gpt-4o-mini") == price_of(at, "gpt-4o-mini-2024-07-18") == Price(0.15, 0.60, 0.075)
    assert price_of(at, "gpt-4o-mini", (1, 2)) == Price(1, 2)
    assert price_of(at, "gpt-4o-mini-of-mine") is None
    assert price_of("https://elsewhere.example/v1", "gpt-4o-mini") is None
    assert price_of("http://127.0.0.1:8080/v1", "gpt-4o-mini") == FREE
    for wrong in ((-1, 0), (0, float("nan")), (float("inf"), 0)):
        with pytest.raises(InputError):
            price_of(at, "any", wrong)


def test_a_call_counts_all_requests_of_its_question_and_what_was_cached_there():
    seen: list[Totals] = []
    script = [says("no", usage=(1000, 50, 0)), says(GOOD, usage=(2000, 100, 800))]
    with Faulty(script) as server, endpoint(server.url, price=(1.0, 10.0), meter=Meter(seen.append)) as asked:
        call = asked.ask(question(purpose="rate p01")).call
    assert (call.purpose, call.model, call.tokens_in, call.tokens_cached, call.tokens_out) == ("rate p01", "any", 3000, 800, 150)
    # A pair of one's own says nothing of cached tokens: they cost as any other.
    assert call.cost == pytest.approx(3000e-6 + 1500e-6)
    assert Price(1.0, 10.0, 0.5).of(3000, 150, 800) == pytest.approx(2200e-6 + 400e-6 + 1500e-6)
    assert len(call.prompt) == 64
    assert [one.calls for one in seen] == [1]
    assert seen[0].cost == call.cost


def test_what_failed_has_been_paid_all_the_same():
    with Faulty([says("no", usage=(1000, 0, 0))] * 3) as server, endpoint(server.url, price=(1.0, 1.0)) as asked:
        with pytest.raises(Outage):
            asked.ask(question())
        totals = asked.meter.totals
    assert (totals.calls, totals.failed, totals.tokens_in) == (1, 1, 3000)
    assert totals.cost == pytest.approx(0.003)


def test_a_request_that_might_go_beyond_the_limit_is_not_sent_and_the_rest_is_kept(tmp_path):
    # 10 tokens of an answer cost a cent each: at most 0.10 and a little a question, of which half is used.
    budget = Budget(0.40)
    many = [question(str(n), max_tokens=10) for n in range(12)]
    with (
        Faulty(last=says(GOOD, usage=(10, 5, 0))) as server,
        endpoint(server.url, price=(0.0, 10_000.0), budget=budget, cache=Cache(tmp_path / "c")) as asked,
    ):
        with pytest.raises(LimitReached, match=r"limit of \$0\.40 is reached") as caught:
            asked.ask_all(many, at_once=4)
        assert caught.value.exit_code == 3
    # Not one too many, and not one too few: what is set aside for others under way is waited for.
    assert len(server.asked) == 7
    assert budget.spent == pytest.approx(0.35)


def test_what_has_been_stored_is_free_beyond_the_limit(tmp_path):
    budget, cache = Budget(0.2), Cache(tmp_path / "c")
    with Faulty(last=says(GOOD, usage=(0, 10, 0))) as server, endpoint(server.url, price=(0, 10_000), budget=budget, cache=cache) as asked:
        asked.ask(question("1", max_tokens=10))
        asked.ask(question("2", max_tokens=10))
        with pytest.raises(LimitReached):
            asked.ask(question("3", max_tokens=10))
        assert asked.ask(question("1", max_tokens=10)).call.cached
    assert len(server.asked) == 2


def test_a_request_that_broke_off_has_probably_been_read():
    budget = Budget(1000)
    with (
        Faulty([broken(10), status(503), says(GOOD, usage=(0, 0, 0))]) as server,
        endpoint(server.url, price=(1e6, 0), budget=budget) as asked,
    ):
        asked.ask(question())
    assert 30 < budget.spent < 300


def test_no_limit_without_a_price():
    with pytest.raises(InputError, match="price"):
        endpoint("https://elsewhere.example/v1", budget=Budget(1))
    with pytest.raises(InputError):
        Budget(float("nan"))
    with pytest.raises(InputError):
        Budget(-1)


def test_an_estimate_sends_nothing_and_leaves_out_what_is_stored(tmp_path):
    with Faulty(last=says(GOOD)) as server, endpoint(server.url, price=(1.0, 1.0), cache=Cache(tmp_path / "c")) as asked:
        asked.ask(question("1"))
        found = asked.estimate([question("1"), question("2"), question("2"), question("three" * 100, max_tokens=50)])
        assert len(server.asked) == 1
    assert (found.calls, found.cached, found.tokens_out) == (2, 2, 1074)
    assert 150 < found.tokens_in < 400
    assert found.cost == pytest.approx((found.tokens_in + found.tokens_out) / 1e6)
    assert endpoint("https://elsewhere.example/v1").estimate([question()]).cost is None


def test_an_answer_that_was_had_is_not_lost_to_the_limit_while_a_form_is_found_out():
    script = [status(500), says(GOOD, usage=(0, 10, 0))]
    with Faulty(script) as server, endpoint(server.url, price=(0, 10_000), budget=Budget(0.1)) as asked:
        assert asked.ask(question(max_tokens=10)).value.timing == 1
        with pytest.raises(LimitReached):
            asked.ask(question("another", max_tokens=10))
        # What was never sent is no call.
        assert asked.meter.totals.calls == 1
    assert len(server.asked) == 2
