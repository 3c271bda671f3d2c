"""The cache of answers: cached answers are free, shared between processes, and a broken cache stops nothing."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.llm_client import Cache, NoAnswer, Outage
from propersim.llm_client.cache import CachedAnswer, Capabilities, default_path, key_of
from tests.llm_client.asking import GOOD, VALUE, endpoint, question
from tests.llm_client.faulty import Faulty, says, status

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40)
@given(st.dictionaries(st.text(max_size=4), plain, max_size=5), st.dictionaries(st.text(max_size=4), plain, max_size=5))
def test_a_key_stands_for_what_is_asked_in_whatever_order(one, other):
    assert key_of(dict(reversed(one.items()))) == key_of(one)
    assert key_of(one) != key_of(other) or one == other
    assert key_of({**one, "more": 1}) != key_of({**one, "more": 2})


def test_a_repeated_question_is_free_and_any_other_is_asked(tmp_path):
    path = tmp_path / "deep" / "calls.sqlite"
    with Faulty(last=says(GOOD)) as server:
        with endpoint(server.url, cache=Cache(path)) as asked:
            first = asked.ask(question())
            again = asked.ask(question(purpose="something else"))
            assert (first.call.cached, again.call.cached) == (False, True)
            assert again.value == first.value == VALUE
            assert (again.call.tokens_in, again.call.cost, again.call.form) == (0, 0.0, "json_schema")
            others = [question("other"), question(temperature=0.5), question(max_tokens=9), question(seed=1), question(draw=1)]
            assert not any(one.call.cached for one in asked.ask_all(others))
            totals = asked.meter.totals
            assert (totals.calls, totals.cached, totals.tokens_in, totals.tokens_out) == (7, 1, 600, 60)
        with endpoint(server.url, cache=Cache(path)) as later, endpoint(server.url, model="another", cache=Cache(path)) as another:
            assert later.ask(question()).call.cached
            assert not another.ask(question()).call.cached
        with endpoint(server.url) as bypassing:
            assert not bypassing.ask(question()).call.cached
    assert len(server.asked) == 8
    assert path.stat().st_mode & 0o077 == 0


def test_what_was_not_validated_is_not_stored(tmp_path):
    with Faulty([says("no")] * 3, last=status(503)) as server, endpoint(server.url, cache=Cache(tmp_path / "c")) as asked:
        for _ in range(2):
            with pytest.raises(Outage):
                asked.ask(question())
    assert len(server.asked) == 6


@pytest.mark.parametrize("damage", ["no database", "a folder", "locked", "another table"])
def test_a_file_that_cannot_be_used_is_said_once_and_done_without(damage, tmp_path):
    path = tmp_path / "calls.sqlite"
    said: list[str] = []
    holder = None
    if damage == "no database":
        path.write_bytes(b"not a database, but long enough to be read as one" * 50)
    elif damage == "a folder":
        path.mkdir()
    else:
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("CREATE TABLE answers (other)" if damage == "another table" else "BEGIN EXCLUSIVE")
    with Faulty(last=says(GOOD)) as server, endpoint(server.url, cache=Cache(path, said.append, wait_s=0.01)) as asked:
        assert [one.value for one in asked.ask_all([question(str(n)) for n in range(4)])] == [VALUE] * 4
        assert not asked.ask(question("0")).call.cached
    assert len(said) == 1
    assert str(path) in said[0]
    if holder:
        holder.close()


def test_rows_that_somebody_has_edited_are_asked_anew(tmp_path):
    path = tmp_path / "c"
    with Faulty(last=says(GOOD)) as server, endpoint(server.url, cache=Cache(path)) as asked:
        asked.ask(question())
        for column, value in (("answer", '{"timing": 7, "reason": ""}'), ("had", "{}"), ("answer", b"\xff\x00")):
            with sqlite3.connect(path) as db:
                db.execute(f"UPDATE answers SET {column} = ?", (value,))
            db.close()
            assert asked.ask(question()).value == VALUE
    assert len(server.asked) == 4


def test_several_processes_write_at_once(tmp_path):
    path = tmp_path / "c"
    script = (
        "import sys; from pathlib import Path; from propersim.llm_client.cache import Cache, CachedAnswer\n"
        "cache = Cache(Path(sys.argv[1]), lambda problem: sys.exit(problem))\n"
        "[cache.keep(f'{sys.argv[2]}-{n}', '{}', CachedAnswer(1, 1, 'prompt', '')) for n in range(50)]"
    )
    running = [subprocess.Popen([sys.executable, "-c", script, str(path), str(n)], stderr=subprocess.PIPE) for n in range(3)]
    assert [process.communicate()[1] for process in running] == [b""] * 3
    cache = Cache(path)
    assert all(cache.answer(f"{process}-{n}") == ("{}", CachedAnswer(1, 1, "prompt", "")) for process in range(3) for n in range(50))
    cache.close()


def test_the_file_is_in_the_cache_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("PROPERSIM_CACHE", str(tmp_path))
    assert default_path() == Cache().path == tmp_path / "calls.sqlite"


def test_the_same_question_under_way_is_asked_once():
    let_go = threading.Event()

    def held(_):
        let_go.wait(20)
        return says(GOOD)

    with Faulty([says(GOOD)], last=held) as server, endpoint(server.url) as asked, ThreadPoolExecutor(6) as pool:
        asked.ask(question("find the form"))
        same = [pool.submit(asked.ask, question()) for _ in range(5)]
        other = pool.submit(asked.ask, question("other"))
        while len(server.asked) < 3:
            assert not other.done()
        let_go.set()
        answers = [one.result() for one in same]
        assert other.result().value == VALUE
    # Late ones find nobody under way any more; without a cache they ask for themselves.
    assert sum(not one.call.cached for one in answers) == len(server.asked) - 2
    assert {one.value for one in answers} == {VALUE}


def test_the_same_question_under_way_fails_for_all_who_asked():
    with Faulty(last=status(401)) as server, endpoint(server.url) as asked, pytest.raises(Outage):
        asked.ask_all([question()] * 8)
    assert len(server.asked) <= 8


def test_another_draw_is_another_question_and_a_first_one_that_was_in_vain_is_put_again(tmp_path):
    no = says("Hm.")
    with Faulty([no] * 3, last=says(GOOD)) as server, endpoint(server.url, cache=Cache(tmp_path / "c")) as asked:
        plain = question(temperature=0.0, seed=7, draws=3)
        assert asked.ask(plain).value == VALUE
        assert [(one.body["temperature"], one.body["seed"]) for one in server.asked] == [(0.0, 7)] * 3 + [(0.7, 8)]
        assert asked.ask(plain).call.cached
        assert len(server.asked) == 4
    with Faulty(last=no) as server, endpoint(server.url) as asked:
        with pytest.raises(NoAnswer):
            asked.ask(question(draws=2))
        assert len(server.asked) == 6


def test_a_file_of_an_earlier_version_keeps_its_capabilities(tmp_path):
    cache = Cache(tmp_path / "c")
    cache.keep_capabilities("http://h/v1", "any", Capabilities())
    with sqlite3.connect(tmp_path / "c") as db:
        stored = '{"form": "json_object", "limit": "max_completion_tokens", "without": ["seed"], "plain": 1}'
        db.execute("UPDATE manners SET known = ?", (stored,))
    db.close()
    assert cache.capabilities("http://h/v1", "any") == Capabilities("json_object", "max_completion_tokens", ("seed",), 1)
    cache.close()
