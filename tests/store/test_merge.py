"""Merging shards: a run is copied whole, once, and a damaged one not at all."""

import hashlib
import json
import sqlite3

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.call_record import CALL_COLUMNS
from propersim.core.config import RunConfig
from propersim.core.errors import StoreError
from propersim.core.records import Night
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.runner import Runner
from propersim.store.bookmarks import bookmarks, set_bookmark
from propersim.store.merge import SHARED, TABLES, merge_shard, pack_shard, unpack_shard
from propersim.store.store import RunRow, Store

BATCHES = {"batches", "batch_jobs"}
"""A batch is recorded where it is carried out; a shard has none."""


def made(db, seed=0, persona="p20"):
    """Make a finished run in a database, with a row in every table."""
    config = RunConfig(assistant="random", persona=persona, seed=seed, days=1, timestep=60, until="day 1 12:00")
    with Store(db) as store:
        run = Runner(store, add_run(store, config), FreeGate()).go()
        key, connection = run.key, store.connection
        adapter = store.adapter_folder(run) / "1.safetensors"
        adapter.parent.mkdir(parents=True)
        adapter.write_bytes(bytes([seed % 256]) * 5000)
        night = {"at": 3, "day": 1, "adapter": adapter.name, "sha256": hashlib.sha256(adapter.read_bytes()).hexdigest()}
        fields = {field.name: field for field in msgspec.structs.fields(Night)}
        filled = {name: night.get(name, _empty(field.type)) for name, field in fields.items() if field.required or name in night}
        with connection:
            connection.execute("insert into nights values (?, 3, 1, ?)", (key, json.dumps(filled)))
            connection.execute("insert into pairs values (?, 2, 0, 'speak', 'a', 'b', 'chosen', x'00000000', -1.0, null)", (key,))
            connection.execute("insert into warnings values (?, 0, 1, 'model', 'a note')", (key,))
            connection.execute("insert into embeddings values ('hashing', ?, x'01')", (f"text {seed}",))
            connection.execute("insert into plans values (?, '{}')", (f"plan {seed}",))
            for tokens in (7, 8):
                connection.execute(
                    "insert into calls (run, idx, day, purpose, prompt, model, form, tokens_in, tokens_cached, tokens_out, seconds,"
                    " retries, again, cached, guessed, cost, failed, at)"
                    " values (?, 1, 1, 'plan', 'p', 'm', 'f', ?, 0, 1, 0.5, 0, 0, 0, 0, 0.25, '', 'now')",
                    (key, tokens),
                )
        set_bookmark(store, run, 2, "look")
        return store.run(run.id)


def _empty(kind):
    return {int: 0, float: 0.0, str: "", bool: False}.get(kind, 0)


def rows(db, run):
    """Everything in a database that belongs to a run, by table."""
    with Store(db, read_only=True) as store:
        found = {
            table: store.connection.execute(f"select {names} from {table} where run = ? order by 1, 2, 3", (run.key,)).fetchall()
            if table != "bookmarks"
            else store.connection.execute(f"select {names} from {table} where run = ?", (run.key,)).fetchall()
            for table, names in TABLES.items()
        }
        found |= {table: store.connection.execute(f"select {names} from {table}").fetchall() for table, names in SHARED.items()}
        folder = store.adapter_folder(run)
        return found | {"adapters": [(path.name, path.read_bytes()) for path in sorted(folder.iterdir())] if folder.is_dir() else []}


def test_a_run_is_copied_with_everything_that_belongs_to_it(tmp_path):
    run = made(tmp_path / "shard.sqlite")
    packed = pack_shard(tmp_path / "shard.sqlite", run)
    (tmp_path / "there").mkdir()
    with Store(tmp_path / "runs.sqlite") as store:
        merged = merge_shard(store, unpack_shard(packed, tmp_path / "there"))
        assert merged._replace(key=run.key) == run
        assert store.digest(merged) == run.digest
        assert [one.note for one in bookmarks(store, merged)] == ["look"]
        assert [one.tokens_in for one in store.calls(merged)] == [7, 8]
        assert store.has(merged)
    expected = rows(tmp_path / "shard.sqlite", run)
    assert all(expected.values()), "every table has a row, or the test shows nothing"
    assert rows(tmp_path / "runs.sqlite", merged) == expected


def test_every_table_with_rows_of_a_run_is_copied_with_all_columns(tmp_path):
    """A table or column that is added later must be merged too."""
    with Store(tmp_path / "runs.sqlite") as store:
        tables = {
            name
            for (name,) in store.connection.execute("select name from sqlite_master where type = 'table' and name not like '%sqlite_%'")
        }
        assert tables - BATCHES == {"runs", *TABLES, *SHARED}
        for table, names in {**TABLES, **SHARED}.items():
            columns = {name for _, name, *_ in store.connection.execute(f"pragma table_info({table})")}
            assert columns - {"run", "id"} == set(names.split(", ")), table
        assert {name for _, name, *_ in store.connection.execute("pragma table_info(runs)")} == set(RunRow._fields)
    assert set(CALL_COLUMNS) <= set(TABLES["calls"].split(", "))


@given(order=st.lists(st.integers(0, 2), min_size=1, max_size=6), taken=st.booleans())
def test_merging_twice_adds_nothing_and_each_run_once(tmp_path_factory, shards, order, taken):
    db = tmp_path_factory.mktemp("merged") / "runs.sqlite"
    with Store(db) as store:
        if taken:
            # Another run has the id of the first shard.
            other = add_run(store, RunConfig(assistant="silent", persona="p01", days=1))
            store.update_run(other, id=shards[0][1].id)
        ids: dict[int, set[str]] = {}
        for number in order:
            path, run = shards[number]
            merged = merge_shard(store, path)
            ids.setdefault(number, set()).add(merged.id)
            assert (merged.id == run.id) == (not taken or number != 0)
            assert merged.digest == run.digest == store.digest(merged)
        assert all(len(each) == 1 for each in ids.values())
        assert len(store.runs()) == len(set(order)) + taken
        assert store.connection.execute("select count(*) from calls").fetchone() == (2 * len(set(order)),)


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    return [(folder / f"{seed}.sqlite", made(folder / f"{seed}.sqlite", seed)) for seed in range(3)]


def _change(db, statement):
    with sqlite3.connect(db) as connection:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("update steps set record = replace(record, ',', ', ') where idx = 3", "do not have the digest"),
        ("delete from steps where idx = 3", "step 3 is missing"),
        ("update runs set state = 'stopped'", "is stopped, not finished"),
        ("update days set figures = '{}'", "cannot be read"),
        ("update runs set id = '../../outside'", "is no name of a file"),
        ("delete from runs", "has 0 runs"),
    ],
)
def test_a_damaged_shard_is_refused_and_nothing_is_copied(tmp_path, statement, complaint):
    made(tmp_path / "shard.sqlite")
    _change(tmp_path / "shard.sqlite", statement)
    with Store(tmp_path / "runs.sqlite") as store:
        with pytest.raises(StoreError, match=complaint):
            merge_shard(store, tmp_path / "shard.sqlite")
        assert store.runs() == []
    assert not (tmp_path / "runs.sqlite.adapters").exists()
    assert not (tmp_path.parent / "outside").exists()


def test_an_adapter_of_other_bytes_and_a_broken_archive_are_refused(tmp_path):
    run = made(tmp_path / "shard.sqlite")
    packed = pack_shard(tmp_path / "shard.sqlite", run)
    for number, wrong in enumerate((packed[:-30], packed[: len(packed) // 2], b"")):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(StoreError, match="is damaged"):
            unpack_shard(wrong, folder)
    (path,) = (tmp_path / "shard.sqlite.adapters" / run.id).iterdir()
    path.write_bytes(b"other")
    with Store(tmp_path / "runs.sqlite") as store, pytest.raises(StoreError, match="adapter of day 1"):
        merge_shard(store, tmp_path / "shard.sqlite")


def test_a_shard_that_is_not_the_one_that_was_asked_for_is_refused(tmp_path, shards):
    def check(run):
        raise StoreError(f"not {run.id}")

    with Store(tmp_path / "runs.sqlite") as store:
        with pytest.raises(StoreError, match="not p20-random"):
            merge_shard(store, shards[0][0], check)
        assert store.runs() == []
