"""The record of a batch, by which other processes show it."""

import json

import pytest
from filelock import FileLock

from propersim.core.errors import Resumable, StoreBusy
from propersim.experiments.batch import Batch, BatchIncomplete
from propersim.experiments.batch_record import recorded
from propersim.experiments.jobs import make_jobs
from propersim.experiments.sweep import Sweep
from propersim.store.batches import MOST_BATCHES, BatchRecord, JobRow, read_batches, read_jobs
from propersim.store.store import Store


class OneByOne:
    """An engine that carries out nothing: each poll finishes or fails a job, as a test says."""

    working = False

    def __init__(self, failing=""):
        self.failing = failing
        self.seen = []
        self.closed = False

    @property
    def at_once(self):
        # A cluster that has been left cannot be asked.
        assert not self.closed
        return 1

    def describe(self):
        return "one by one"

    def begin(self, reports):
        self.reports = reports

    def fill(self, jobs):
        self.jobs = list(jobs)

    def poll(self):
        for job in getattr(self, "jobs", [])[:1]:
            self.reports.started(job, "")
            if job.variant == self.failing:
                self.reports.failed(job, Resumable("the machine is gone", "look for it"), again=0)
            else:
                self.reports.state(job, "running")
                job.state, job.run, job.days, job.f1, job.unwelcome, job.seconds = "finished", f"run-{job.variant}", 1, 0.5, 3, 2.0

    def stop(self):
        pass

    def close(self, *, kill):
        self.closed = True


@pytest.fixture
def jobs():
    return make_jobs(Sweep(personas=["p01"], variants=["silent", "random", "oracle"], seeds=[0], days=1))


def test_a_reader_sees_a_batch_while_it_goes_on_and_when_it_is_over(db, jobs, monkeypatch):
    monkeypatch.setattr("propersim.experiments.batch_record.RECORD_SECONDS", 0.0)
    seen = []

    def look():
        with Store(db, read_only=True) as reader:
            (batch,) = read_batches(reader)
            seen.append((batch.state, [job.state for job in read_jobs(reader, batch.key)]))

    with Store(db) as store:
        batch = Batch(store, jobs, OneByOne(failing="random"))
        with pytest.raises(BatchIncomplete):
            batch.go(look)
    assert ("running", ["finished", "waiting", "waiting"]) in seen
    with Store(db, read_only=True) as reader:
        (row,) = read_batches(reader)
        assert (row.state, row.engine, row.at_once) == ("finished", "one by one", 1)
        silent, random, oracle = read_jobs(reader, row.key)
        assert (silent.run_id, silent.days_done, silent.days, silent.f1, silent.unwelcome) == ("run-silent", 1, 1, 0.5, 3)
        assert (random.state, random.error) == ("failed", "the machine is gone (look for it)")
        assert oracle.state == "finished"
        assert silent.hash == jobs[0].hash != ""


def test_the_same_batch_again_replaces_its_record_and_a_killed_one_is_interrupted(db, jobs):
    with Store(db) as store:
        for _ in range(2):
            with recorded(store, jobs, OneByOne()) as look:
                look()
        (row,) = read_batches(store)
        assert row.state == "stopped", "its jobs were not over"
        record = BatchRecord(store, row.name, engine="x", at_once=2, jobs=[])
        assert [one.state for one in read_batches(store)] == ["running"]
        with pytest.raises(StoreBusy), Store(db) as other:
            BatchRecord(other, row.name, engine="x", at_once=2, jobs=[])
        record.close()
        # As after a kill: the row says running, and nobody holds the lock.
        assert [one.state for one in read_batches(store)] == ["interrupted"]


def test_only_the_newest_batches_are_kept(db):
    job = JobRow(0, "", "p01", "silent", 0, 1, "waiting", "", 0, None, None, 0.0, "")
    with Store(db) as store:
        for number in range(MOST_BATCHES + 3):
            BatchRecord(store, f"{number:016x}", engine="x", at_once=1, jobs=[job]).close()
        assert [int(row.name, 16) for row in read_batches(store)] == list(range(MOST_BATCHES + 2, 2, -1))
        (left,) = store.connection.execute("select count(distinct batch) from batch_jobs").fetchone()
        assert left == MOST_BATCHES


def test_only_jobs_that_have_changed_are_written(db):
    rows = [JobRow(number, "", "p01", "silent", number, 1, "waiting", "", 0, None, None, 0.0, "") for number in range(300)]
    made: list[str] = []
    with Store(db) as store:
        record = BatchRecord(store, "ab", engine="x", at_once=1, jobs=rows)
        store.connection.set_trace_callback(made.append)
        record.write(rows)
        assert not any("batch_jobs" in one for one in made)
        record.write([rows[0]._replace(state="running"), *rows[1:]], seconds_left=4.0)
        assert sum("into batch_jobs" in one for one in made) == 1
        store.connection.set_trace_callback(None)
        record.close()
        assert [job.state for job in read_jobs(store, 1)[:2]] == ["running", "waiting"]
        assert read_batches(store)[0].seconds_left == 4.0


def test_a_record_that_cannot_be_written_does_not_stop_the_batch(db, jobs):
    with Store(db) as store:
        with recorded(store, jobs, OneByOne()) as look:
            look()
        (row,) = read_batches(store)
        store.make_lock_folder()
        with FileLock(store.lock_folder / f"batch-{row.name}.lock", is_singleton=False):
            Batch(store, jobs, OneByOne()).go(lambda: None)
    assert [job.state for job in jobs] == ["finished"] * 3


def test_rows_edited_by_hand_are_shown_as_far_as_they_can_be(db, jobs):
    with Store(db) as store:
        with recorded(store, jobs, OneByOne()) as look:
            look()
        with store.transaction():
            store.connection.execute("update batches set at_once = 'many', seconds_left = x'00'")
            store.connection.execute("update batch_jobs set seed = 'x', error = x'01', f1 = 'good', days_done = 99999999999999")
        (row,) = read_batches(store)
        assert (row.at_once, row.seconds_left) == (0, 0.0)
        job = read_jobs(store, row.key)[0]
        assert (job.seed, job.error, job.f1, job.days_done) == (0, "", 0.0, 0)


def test_a_real_batch_records_itself(cli, db):
    done = json.loads(cli("batch", "--variants", "silent", "--personas", "p01", "--days", "1", "--db", db, "--json").stdout)
    with Store(db, read_only=True) as store:
        (row,) = read_batches(store)
        (job,) = read_jobs(store, row.key)
        assert (row.state, job.state, job.hash, job.run_id) == ("finished", "finished", done["runs"][0]["hash"], done["runs"][0]["run"])
        assert job.unwelcome == 0
