import shutil
import sqlite3
import subprocess
import sys

import pytest
from sqlite_utils import Database

from propersim.core.config import RunConfig
from propersim.core.errors import StoreBusy, StoreError, StoreFull, UnknownRun
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.runner import Runner
from propersim.simulation.simulation import Simulation
from propersim.store import migrations
from propersim.store.database_file import translated
from propersim.store.store import Store
from tests.known import known


def finished(db, **options):
    with Store(db) as store:
        return Runner(store, add_run(store, RunConfig(**{"days": 2, "assistant": "random", **options})), FreeGate()).go()


def test_what_is_stored_is_what_was_simulated(db, personas):
    run = finished(db, persona="p10")
    with Store(db, read_only=True) as store:
        stored = list(store.steps(run))
        assert stored == list(Simulation(personas["p10"], "random", days=2))
        assert store.step_count(run) == run.steps == len(stored)
        days = store.days(run)
        assert [day.day for day in days] == [1, 2]
        assert [stored[day.first].day for day in days] == [1, 2]
        assert all(day.figures is not None for day in days)
        assert list(store.steps(run, 10, 13)) == stored[10:13]
        assert store.step_at(run, 2, stored[day_two(stored)].minute + 6) == day_two(stored) + 2
        assert store.step_at(run, 2, 0) == day_two(stored)
        assert store.step_at(run, 9, 0) is None


def day_two(steps):
    return next(step.index for step in steps if step.day == 2)


def test_runs_are_found_by_id_beginning_and_last(db):
    first, second = finished(db, persona="p01", days=1), finished(db, persona="p02", days=1)
    with Store(db) as store:
        assert store.run(first.id).key == first.key
        assert store.run("p01").key == first.key
        assert store.run("last").key == second.key
        assert [row.id for row in store.runs()] == [second.id, first.id]
        for wrong in ("p03", "p0", "%", "' or 1=1 --", "p__"):
            with pytest.raises(UnknownRun):
                store.run(wrong)


def test_removing_a_run_leaves_the_others(db):
    first, second = finished(db, days=1), finished(db, days=1)
    with Store(db) as store:
        store.remove_run(first)
        assert [row.id for row in store.runs()] == [second.id]
        assert store.step_count(first) == 0
        assert store.step_count(second) == second.steps


def test_a_missing_database_is_an_empty_one_to_a_reader(db):
    with Store(db, read_only=True) as store:
        assert store.runs() == []
    assert not db.exists()


# -- migrations -------------------------------------------------------------------------------------------------------

NAMES = list(migrations.MIGRATIONS)


@pytest.mark.parametrize("before", [None, *NAMES], ids=lambda n: n or "blank")
def test_every_old_schema_comes_up_to_date_with_its_data(db, before):
    """From blank, and from the schema as it was before and after each migration."""
    old = Database(sqlite3.connect(db))
    if before is not None:
        following = NAMES[NAMES.index(before) + 1 :]
        migrations.load().apply(old, stop_before=following[0] if following else None)
        floor_plan = "home_text" if "m005_worlds" in following else "world_text"
        old.execute(
            f"insert into runs (id, persona, name, seed, assistant, days, persona_json, {floor_plan}, config_json, versions_json) "
            "values ('old-run', 'p01', 'Old', 0, 'silent', 1, '{}', '', '{}', '{}')"
        )
    old.close()
    with Store(db) as store:
        assert migrations.applied(store.connection) == set(NAMES)
        assert [row.id for row in store.runs()] == (["old-run"] if before else [])
    with Store(db):
        pass


def test_a_new_database_has_the_schema_that_the_migrations_make(db):
    def schema(connection):
        return connection.execute("select type, name, sql from sqlite_master order by name").fetchall()

    migrated = Database(memory=True)
    migrations.load().apply(migrated)
    with Store(db) as store:
        assert schema(store.connection) == schema(migrated)


def test_a_reader_brings_an_unfinished_schema_up_to_date(db):
    sqlite3.connect(db).close()
    with Store(db, read_only=True) as store:
        assert store.runs() == []


OPEN = """
import sys
from propersim.store.store import Store
print("ready", flush=True)
sys.stdin.readline()
for read_only in (False, True):
    with Store(sys.argv[1], read_only=read_only) as store:
        assert store.runs() == []
"""


@pytest.mark.parametrize(("rounds", "many"), [(1, 4), pytest.param(5, 8, marks=pytest.mark.slow)])
def test_many_may_open_a_database_that_is_not_there_yet(db, rounds, many):
    """Several processes make it at the same moment."""
    for _ in range(rounds):
        for file in db.parent.glob("runs.sqlite*"):
            shutil.rmtree(file) if file.is_dir() else file.unlink()
        openers = [
            subprocess.Popen([sys.executable, "-c", OPEN, str(db)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for _ in range(many)
        ]
        for opener in openers:
            assert known(opener.stdout).readline() == b"ready\n"
        for opener in openers:
            known(opener.stdin).write(b"go\n")
            known(opener.stdin).flush()
        for opener in openers:
            _, err = opener.communicate(timeout=60)
            assert opener.returncode == 0, err.decode()


def test_opening_a_database_imports_no_heavy_library(db):
    finished(db, days=1)
    code = "import sys; from propersim.store.store import Store; Store(sys.argv[1]).close(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, str(db)], capture_output=True, text=True, check=True)
    assert not {"sqlite_utils", "numpy", "pandas"} & set(done.stdout.split())


def test_a_newer_schema_is_refused(db):
    with Store(db) as store:
        store.db.table("_sqlite_migrations").insert({"migration_set": "propersim", "name": "m999_from_the_future", "applied_at": ""})
    with pytest.raises(StoreError, match="newer propersim"):
        Store(db)


# -- trouble ----------------------------------------------------------------------------------------------------------


def test_a_file_that_is_no_database(db):
    db.write_text("this is not a database, it is a letter\n" * 100)
    for read_only in (True, False):
        with pytest.raises(StoreError, match=r"damaged or not a database"):
            Store(db, read_only=read_only)


def test_a_database_of_something_else_is_left_alone(db):
    other = Database(sqlite3.connect(db))
    other.table("birds").insert({"name": "wren"})
    other.close()
    with pytest.raises(StoreError, match="another program"):
        Store(db)
    assert Database(sqlite3.connect(db)).table_names() == ["birds"]


def test_text_in_another_encoding_is_damage_whatever_it_says(db):
    """The message of sqlite3 holds the text itself."""
    with Store(db) as store:
        store.connection.execute("create table other (text text)")
        store.connection.execute("insert into other values (cast(x'6c6f636b65642062757379ff' as text))")
        with pytest.raises(StoreError, match="is damaged or not a database") as raised, translated(db):
            store.connection.execute("select text from other").fetchall()
    assert type(raised.value) is StoreError
    assert "locked busy" not in raised.value.message


def test_a_damaged_database_is_said(db):
    run = finished(db)
    data = bytearray(db.read_bytes())
    for at in range(4096 * 3, len(data) - 4096, 4096):
        data[at : at + 64] = b"\xff" * 64
    db.write_bytes(bytes(data))
    db.with_name(db.name + "-wal").unlink(missing_ok=True)
    with pytest.raises(StoreError, match=r"damaged|cannot be read"), Store(db, read_only=True) as store:
        list(store.steps(store.run(run.id)))


def test_a_record_that_is_no_record_is_said(db):
    run = finished(db, days=1)
    raw = sqlite3.connect(db)
    raw.execute("update steps set record = '{}' where idx = 3")
    raw.commit()
    raw.close()
    with Store(db, read_only=True) as store, pytest.raises(StoreError, match="cannot be read"):
        list(store.steps(run))


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(StoreError, match="does not exist"):
        Store(tmp_path / "none" / "runs.sqlite")
    with pytest.raises(StoreError, match="is a folder"):
        Store(tmp_path)


def test_a_database_without_a_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match="a store is a file"):
        Store(":memory:")
    assert not list(tmp_path.iterdir())


def test_a_second_writer_of_a_run_is_refused(db):
    run = finished(db)
    with Store(db) as one, Store(db) as two:
        one.hold(run)
        with pytest.raises(StoreBusy, match="another process"):
            two.hold(run)
        with pytest.raises(StoreBusy):
            two.remove_run(run)
        one.release()
        two.hold(run)


def test_two_runs_may_be_written_at_once(db):
    with Store(db) as one, Store(db) as two:
        a, b = add_run(one, RunConfig(days=1, assistant="random")), add_run(two, RunConfig(days=1, seed=1, assistant="random"))
        one.hold(a)
        two.hold(b)
        steps = list(Simulation.__iter__(Simulation(__import__("propersim").load_persona("p01"), "silent", days=1)))
        for step in steps[:20]:
            one.add_steps(a, [step], [1], 0.0)
            two.add_steps(b, [step], [1], 0.0)


def test_a_locked_database_is_said(db, monkeypatch):
    run = finished(db, days=1)
    monkeypatch.setattr("propersim.store.database_file.BUSY_SECONDS", 0.05)
    other = sqlite3.connect(db, isolation_level=None)
    other.execute("begin immediate")
    with Store(db) as store, pytest.raises(StoreBusy, match="locked"):
        store.update_run(run, state="stopped")
    other.execute("rollback")


def test_a_full_disk_stops_the_run_and_loses_nothing(db):
    with Store(db) as store:
        run = add_run(store, RunConfig(days=2, assistant="eager"))
        # SQLite says the same of a database that may not grow as of a disk that cannot hold it.
        pages = store.connection.execute("pragma page_count").fetchone()[0]
        # Room for a day, but not for two: how many steps are stored at once depends on the time.
        store.connection.execute(f"pragma max_page_count = {pages + 180}")
        with pytest.raises(StoreFull, match="full"):
            Runner(store, run, FreeGate()).go()
        kept = store.step_count(run)
        assert kept > 0
    with Store(db) as store:
        again = Runner(store, store.run(run.id), FreeGate()).go()
        whole = Runner(store, add_run(store, RunConfig(days=2, assistant="eager")), FreeGate()).go()
        assert again.state == "finished"
        assert again.steps > kept
        assert again.digest == whole.digest
