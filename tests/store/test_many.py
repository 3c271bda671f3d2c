"""Lists and tables of many runs: few statements, and the same runs as reading all of them."""

from contextlib import contextmanager
from itertools import product

import pytest

from propersim.cli.run_choice import FIELDS, in_order, parse_states, read_list, read_page
from propersim.core.config import RunConfig
from propersim.experiments.results import prompt_cuts, result_of, results_of
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.runner import Runner
from propersim.store.many import figures_of, run_heads, steps_of
from propersim.store.store import Store
from tests.tools.test_many_runs import copied

RUNS = 100


@contextmanager
def statements(store):
    """Collect the statements that a store carries out; a list is filled while it goes on."""
    found: list[str] = []
    store.connection.set_trace_callback(found.append)
    try:
        yield found
    finally:
        store.connection.set_trace_callback(None)


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A database of four real runs and copies of them, some of which are damaged, unfinished or running."""
    db = tmp_path_factory.mktemp("many") / "runs.sqlite"
    with Store(db) as store:
        for assistant in ("silent", "random", "oracle", "eager"):
            config = RunConfig(assistant=assistant, persona="p01", days=1, timestep=60)
            Runner(store, add_run(store, config), FreeGate()).go()
        copied(store, seeds=1, rows=RUNS)
        with store.transaction():
            for change in (
                "update runs set state = 'failed', error = 'no' where key % 7 = 3",
                "update runs set state = 'stopped' where key % 11 = 5",
                "update runs set state = 'running' where key % 13 = 6",
                "update runs set persona_json = x'00' where key % 17 = 4",
                "update days set figures = '{' where run % 19 = 8",
                "update days set figures = null where run % 23 = 9",
                "delete from steps where run % 29 = 10 and idx = 0",
                "update runs set config_json = '{oh' where key % 31 = 11",
                "update runs set seed = key % 5",
            ):
                store.connection.execute(change)
    return db


@pytest.fixture(scope="module")
def every(many):
    """All runs, read in full."""
    with Store(many, read_only=True) as store:
        return read_list(store)


@pytest.mark.parametrize("field", FIELDS)
def test_a_page_is_the_beginning_of_the_whole_list(many, every, field):
    with Store(many, read_only=True) as store:
        for reverse, states, words in product((False, True), ("", "finished", "failed,damaged", "live"), ("", "oracle seed=3", "dam")):
            chosen = parse_states(states)
            expected = in_order([one for one in every if one.is_in(chosen) and one.matches(words)], field, reverse=reverse)
            page = read_page(store, 7, states=chosen, words=words, field=field, reverse=reverse)
            assert page.runs == expected[:7]
            assert page.total == len(expected) or (page.total is None and len(expected) > 7)
        whole = read_page(store, words="p01", field=field)
        assert (whole.runs, whole.total) == (in_order(every, field), RUNS)


@pytest.mark.parametrize("options", [{}, {"words": "p01 oracle"}, {"field": "f1"}, {"field": "seed"}, {"states": {"finished"}}], ids=str)
def test_a_page_takes_a_few_statements_and_reads_the_texts_of_its_runs_alone(many, options):
    with Store(many, read_only=True) as store, statements(store) as made:
        read_page(store, 10, **options)
    assert 0 < len(made) <= 12, made
    assert not any("days where run = " in one or "steps where run = " in one for one in made)
    wide = [one for one in made if "persona_json" in one and "typeof(persona_json)" not in one]
    assert all(" limit 10" in one or "where key in" in one for one in wide), wide


def test_reading_all_results_takes_as_many_statements_as_reading_one(many):
    with Store(many, read_only=True) as store:
        with statements(store) as made:
            results = results_of(store, warn=lambda text: None)
            prompt_cuts(store)
        assert len(made) == 3
        row = next(row for row in store.runs() if row.state == "finished" and row.key % 19 != 8 and row.key % 31 != 11)
        one = result_of(store, row)
        assert one is not None
        assert results.results[one.key].days == tuple(store.day_figures(row))


def test_the_figures_come_from_the_index_and_not_from_the_plans(many):
    with Store(many, read_only=True) as store:
        query = "explain query plan select run, day, first, figures from days indexed by days_figures order by run, day"
        assert "USING COVERING INDEX days_figures" in str(store.connection.execute(query).fetchall())
        found = figures_of(store)
        intact = [row for row in run_heads(store) if row.key % 19 != 8]
        assert {row.key: list(found[row.key].days) for row in intact if row.key in found} == {
            row.key: figures for row in intact if (figures := store.day_figures(row))
        }
        assert all(found[key].problem is not None for key in found if key % 19 == 8)


def test_steps_that_are_missing_are_left_out(many):
    with Store(many, read_only=True) as store:
        found = steps_of(store, [(1, 0), (10, 0), (1, 10**9), (10**9, 0)])
        assert list(found) == [(1, 0)]
        assert found[1, 0].step == next(store.steps(store.runs()[-1], 0, 1))
