"""Schema of the database as numbered migrations, each applied once in a transaction.

Migrations are append only.

sqlite-utils applies them. It is imported only then, since it also imports numpy and pandas where they are installed. A new database is
created from ``schema.sql``, which holds what the migrations make of an empty one.
"""

from __future__ import annotations

import json
import sqlite3
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlite_utils import Database, Migrations

    Migration = Callable[[Database], None]

_SET = "propersim"
MIGRATIONS: dict[str, Migration] = {}
"""The migrations by name, in the order in which they are applied."""


def _migration(function: Migration) -> Migration:
    MIGRATIONS[function.__name__] = function
    return function


def applied(connection: sqlite3.Connection) -> set[str]:
    """Return the names of the migrations that a database has had; empty for any other database."""
    tables = connection.execute("select 1 from sqlite_master where type = 'table' and name = '_sqlite_migrations'")
    if tables.fetchone() is None:
        return set()
    return {name for (name,) in connection.execute("select name from _sqlite_migrations where migration_set = ?", (_SET,))}


def create(connection: sqlite3.Connection) -> None:
    """Create the current schema in an empty database, and record all migrations as applied.

    Both happen in one transaction.
    """
    names = ", ".join(f"('{_SET}', '{name}', datetime('now'))" for name in MIGRATIONS)
    schema = files("propersim.store").joinpath("schema.sql").read_text(encoding="utf-8")
    record = f"insert into _sqlite_migrations (migration_set, name, applied_at) values {names};"
    try:
        connection.executescript(f"begin immediate;\n{schema}\n{record}\ncommit;")
    except BaseException:
        connection.rollback()
        raise


def load() -> Migrations:
    """Import sqlite-utils and return the migrations in its form."""
    from sqlite_utils import Migrations

    migrations = Migrations(_SET)
    for name, function in MIGRATIONS.items():
        migrations(name=name)(function)
    return migrations


@_migration
def m001_runs_steps_days(db: Database) -> None:
    """Create the tables of runs, their days and their steps."""
    db.executescript(
        """
        create table runs (
            key integer primary key,
            id text not null unique,
            persona text not null,
            name text not null,
            seed integer not null,
            assistant text not null,
            model text not null default '',
            days integer not null,
            days_done integer not null default 0,
            steps integer not null default 0,
            state text not null default 'new',
            created text not null default (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
            updated text not null default (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
            wall_s real not null default 0,
            digest text not null default '',
            error text not null default '',
            persona_json text not null,
            home_text text not null,
            config_json text not null,
            versions_json text not null
        );
        create table days (
            run integer not null references runs (key),
            day integer not null,
            first integer not null,
            plan text not null,
            figures text,
            primary key (run, day)
        ) without rowid;
        create table steps (
            run integer not null references runs (key),
            idx integer not null,
            day integer not null,
            minute real not null,
            spoke integer not null,
            score integer not null,
            record text not null,
            micros integer not null,
            primary key (run, idx)
        ) without rowid;
        create index steps_spoken on steps (run, idx) where spoke;
        """
    )


@_migration
def m002_pairs_nights_warnings_embeddings(db: Database) -> None:
    """Create the tables of preference pairs, nights of training, warnings and embeddings."""
    db.executescript(
        """
        create table pairs (
            run integer not null references runs (key),
            idx integer not null,
            number integer not null,
            kind text not null,
            chosen text,
            rejected text,
            won text not null,
            prompt blob not null,
            ref_chosen real,
            ref_rejected real,
            primary key (run, idx, number)
        ) without rowid;
        create table nights (
            run integer not null references runs (key),
            at integer not null,
            day integer not null,
            record text not null,
            primary key (run, at)
        ) without rowid;
        create table warnings (
            run integer not null references runs (key),
            at integer not null,
            day integer not null,
            kind text not null,
            text text not null,
            primary key (run, at, kind)
        ) without rowid;
        create table embeddings (
            embedder text not null,
            text text not null,
            vector blob not null,
            primary key (embedder, text)
        ) without rowid;
        """
    )


@_migration
def m003_index_of_steps_marked_down(db: Database) -> None:
    """Index the steps at which what was shown scored less than 4.

    They are a few in a hundred; the index is for searches through long runs.
    """
    db.executescript("create index steps_marked_down on steps (run, idx, spoke, score) where score < 4;")


@_migration
def m004_calls_and_plans(db: Database) -> None:
    """Create the tables of calls to endpoints, and of the days that language models planned.

    Runs share the planned days.
    """
    db.executescript(
        """
        create table calls (
            id integer primary key,
            run integer not null references runs (key),
            idx integer not null,
            day integer not null,
            purpose text not null,
            prompt text not null,
            model text not null,
            form text not null,
            tokens_in integer not null,
            tokens_cached integer not null,
            tokens_out integer not null,
            seconds real not null,
            retries integer not null,
            again integer not null,
            cached integer not null,
            guessed integer not null,
            cost real,
            failed text not null,
            at text not null
        );
        create index calls_of_run on calls (run, idx);
        create table plans (
            key text primary key,
            plan text not null
        ) without rowid;
        """
    )


@_migration
def m005_worlds(db: Database) -> None:
    """Rename a run's floor plan, its column and its option, from home to world."""
    db.executescript("alter table runs rename column home_text to world_text;")
    _change_options(db, lambda options: {"world" if name == "home" else name: value for name, value in options.items()})


@_migration
def m006_models(db: Database) -> None:
    """Call the built-in model that earlier runs used ``homelm-eager``, its present name."""
    _change_options(db, lambda options: {**options, "model": "homelm-eager"} if options.get("model") == "homelm" else options)


@_migration
def m007_bookmarks(db: Database) -> None:
    """Create the table of bookmarks on steps, each with a note."""
    db.executescript(
        """
        create table bookmarks (
            run integer not null references runs (key),
            idx integer not null,
            note text not null,
            primary key (run, idx)
        ) without rowid;
        """
    )


@_migration
def m008_index_of_figures(db: Database) -> None:
    """Index the figures of days, so that they are read without the plans.

    The plans are many times as long.
    """
    db.executescript("create index days_figures on days (run, day, first, figures);")


@_migration
def m009_batches(db: Database) -> None:
    """Create the tables of batches and their jobs, which a batch writes while it goes on."""
    db.executescript(
        """
        create table batches (
            key integer primary key,
            name text not null unique,
            engine text not null,
            state text not null,
            at_once integer not null,
            seconds_left real,
            started text not null default (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
            updated text not null default (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
        );
        create table batch_jobs (
            batch integer not null references batches (key),
            number integer not null,
            hash text not null,
            persona text not null,
            variant text not null,
            seed integer not null,
            days integer not null,
            state text not null,
            run_id text not null,
            days_done integer not null,
            f1 real,
            unwelcome integer,
            seconds real not null,
            error text not null,
            primary key (batch, number)
        ) without rowid;
        """
    )


def _change_options(db: Database, change: Callable[[dict[str, object]], dict[str, object]]) -> None:
    """Change the options of all runs.

    A damaged row stays as it is, and is reported when it is read.
    """
    for key, text in db.execute("select key, config_json from runs").fetchall():
        try:
            options = json.loads(text)
        except (TypeError, ValueError, RecursionError):
            continue
        if isinstance(options, dict) and (changed := change(options)) != options:
            db.execute("update runs set config_json = ? where key = ?", (json.dumps(changed), key))
