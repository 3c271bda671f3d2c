-- The schema of a new database: what the migrations of migrations.py make of an empty one (a test compares).
-- It saves new databases the import of sqlite-utils, which applies the migrations to databases of earlier versions.
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE TABLE runs (
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
            world_text text not null,
            config_json text not null,
            versions_json text not null
        );
CREATE TABLE days (
            run integer not null references runs (key),
            day integer not null,
            first integer not null,
            plan text not null,
            figures text,
            primary key (run, day)
        ) without rowid;
CREATE TABLE steps (
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
CREATE INDEX steps_spoken on steps (run, idx) where spoke;
CREATE TABLE pairs (
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
CREATE TABLE nights (
            run integer not null references runs (key),
            at integer not null,
            day integer not null,
            record text not null,
            primary key (run, at)
        ) without rowid;
CREATE TABLE warnings (
            run integer not null references runs (key),
            at integer not null,
            day integer not null,
            kind text not null,
            text text not null,
            primary key (run, at, kind)
        ) without rowid;
CREATE TABLE embeddings (
            embedder text not null,
            text text not null,
            vector blob not null,
            primary key (embedder, text)
        ) without rowid;
CREATE INDEX steps_marked_down on steps (run, idx, spoke, score) where score < 4;
CREATE TABLE calls (
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
CREATE INDEX calls_of_run on calls (run, idx);
CREATE TABLE plans (
            key text primary key,
            plan text not null
        ) without rowid;
CREATE TABLE bookmarks (
            run integer not null references runs (key),
            idx integer not null,
            note text not null,
            primary key (run, idx)
        ) without rowid;
CREATE INDEX days_figures on days (run, day, first, figures);
CREATE TABLE batches (
            key integer primary key,
            name text not null unique,
            engine text not null,
            state text not null,
            at_once integer not null,
            seconds_left real,
            started text not null default (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
            updated text not null default (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
        );
CREATE TABLE batch_jobs (
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
