"""The tool that makes a database of many runs."""

from propersim.cli.run_choice import read_list
from propersim.experiments.results import results_of
from propersim.store.store import Store
from tools.many_runs import copy_rows, make


def copied(store, *, seeds, rows):
    """Copy the rows of a database's runs."""
    return copy_rows(store, seeds, rows)


def test_copies_are_runs_of_their_own_with_the_figures_of_theirs(tmp_path, capsys):
    db = tmp_path / "runs.sqlite"
    make(db, real=3, rows=8)
    assert "5 copies; 8 rows in all" in capsys.readouterr().out
    with Store(db, read_only=True) as store:
        listed = read_list(store)
        assert len({one.row.id for one in listed}) == 8
        assert not any(one.problem for one in listed)
        results = results_of(store)
        assert (len(results.results), results.repeated, results.unfinished) == (8, 0, 0)
        by_key = {one.row.key: one for one in listed}
        assert by_key[4].figures == by_key[1].figures
        assert by_key[4].row.seed != by_key[1].row.seed
