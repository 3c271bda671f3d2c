"""A stored run as Python reads it."""

from __future__ import annotations

import pytest

import propersim as ps
from propersim.cli.headless import run_headless
from propersim.core.config import RunConfig
from propersim.core.errors import InputError, UnknownRun
from propersim.core.records import Rating
from propersim.runs.create import add_run
from propersim.simulation.metrics import metrics
from propersim.store.store import Store
from tests.export.made_runs import add


def test_a_run_is_read_as_it_is_stored(db, capsys, tmp_path):
    pytest.importorskip("pandas", reason="needs the extra data")
    pytest.importorskip("pyarrow", reason="needs the extra data")
    with Store(db) as store:
        row = add_run(store, RunConfig(persona="p25", assistant="oracle", days=2, until="day 2 09:00"))
        run_headless(store, row, as_json=True)
        steps, figures = list(store.steps(row)), store.day_figures(row)
        empty = add_run(store, RunConfig(persona="p25", assistant="silent", days=1))
    run = ps.load_run(db)
    assert run.id == row.id, "the newest run has no steps yet"
    assert list(run.steps()) == steps
    assert list(run.steps(3, 5)) == steps[3:5]
    assert run.days == [{"day": day.day, **metrics([day])} for day in figures]
    about = run.about
    named = ("run", "persona", "assistant", "state", "steps")
    assert [about[name] for name in named] == [row.id, "p25", "oracle", "finished", len(steps)]
    assert about["config"]["until"] == "day 2 09:00"
    frame = run.to_pandas()
    assert list(frame["step"]) == [step.index for step in steps]
    assert int(frame["welcome"].sum()) == sum(step.welcome for step in steps)
    assert run.to_arrow().num_rows == len(steps)
    assert ps.load_run(db, row.id[:9]).id == row.id
    nothing = ps.load_run(db, empty.id)
    assert (list(nothing.steps()), nothing.days, nothing.to_arrow().num_rows, len(nothing.to_pandas())) == ([], [], 0, 0)
    assert nothing.export(tmp_path / "no.csv", "csv") == nothing.export(tmp_path / "no.parquet", "parquet") == 0
    assert not list(tmp_path.glob("no.*"))
    with pytest.raises(InputError, match="no format 'xml'"):
        run.export(tmp_path / "x", "xml")  # type: ignore[arg-type]
    (tmp_path / "x").write_text("mine")
    with pytest.raises(InputError, match="already exists"):
        run.export(tmp_path / "x", "csv")
    assert run.export(tmp_path / "x", "csv", force=True) == len(steps)
    with Store(db) as store:
        store.remove_run(row)
    with pytest.raises(UnknownRun):
        run.about  # noqa: B018 - it reads the database


def test_what_is_unrated_is_missing_in_a_frame(db):
    pd = pytest.importorskip("pandas", reason="needs the extra data")
    pytest.importorskip("pyarrow", reason="needs the extra data")
    with Store(db) as store:
        run = add(store, ["=1", "two\n2"], Rating(1, None, 1, 1))
    frame = ps.load_run(db, run.id).to_pandas()
    assert list(frame["text"]) == ["=1", "two\n2"]
    assert frame["timing"].isna().all()
    assert frame["score"].isna().all()
    assert list(frame["preference"]) == [1, 1]
    assert list(frame["bookmark"].fillna("none")) == ["look here", "none"]
    assert frame["score"].dtype == pd.Int64Dtype()


def test_a_database_without_runs_says_so(tmp_path):
    with pytest.raises(UnknownRun, match=r"none\.sqlite: no such database"):
        ps.load_run(tmp_path / "none.sqlite")
    assert not (tmp_path / "none.sqlite").exists()
    with Store(tmp_path / "empty.sqlite"):
        pass
    with pytest.raises(UnknownRun, match=r"empty\.sqlite: has no runs"):
        ps.load_run(tmp_path / "empty.sqlite")
