"""A learning run that is killed, fails or loses files during steps and trainings ends the same as an undisturbed run."""

import hashlib
import os
import random
import signal
import subprocess
import time
from typing import Any

import msgspec
import pytest

from propersim.core.config import RunConfig
from propersim.core.errors import Resumable, StoreError
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate, RunStopped
from propersim.runs.live import LiveRun
from propersim.runs.protocol import Committed, Train, Training
from propersim.runs.runner import Runner
from propersim.store.store import Store
from tests.known import known
from tests.waiting import wait_for_output

pytestmark = pytest.mark.slow

OPTIONS: dict[str, Any] = {
    "persona": "p29", "assistant": "llama", "model": "homelm-eager", "memory": "ar", "learn": "dpo", "timestep": 60.0, "pairs": 16
}  # fmt: skip
"""With the model that speaks at most steps: a short run has pairs to learn from."""
SHORT = RunConfig(**OPTIONS, days=2, until="day 2 09:00")
LONG = RunConfig(**OPTIONS, days=3)
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def remains(store, run):
    """Everything that has to be the same: records, nights, adapters and their hashes, pairs, warnings."""
    run = store.run(run.id)
    nights = store.nights(run)
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in store.adapter_folder(run).iterdir()}
    assert files == {night.adapter: night.sha256 for night in nights if night.adapter}
    return {
        "state": run.state,
        "digest": store.digest(run),
        "nights": nights,
        "pairs": [store.pairs(run, kind, 1 << 40, 1 << 40) for kind in ("decision", "content")],
        "warnings": store.warnings(run),
        "days": store.days(run),
    }


def undisturbed(folder, config, **gate):
    with Store(folder / "runs.sqlite") as store:
        return remains(store, Runner(store, add_run(store, config), FreeGate(**gate)).go())


@pytest.fixture(scope="module", params=["none", pytest.param("nf4", marks=pytest.mark.slow)])
def config(request):
    """The options of the short run: with plain weights, as they train in a third of the time, and among the slow tests in 4 bits."""
    return msgspec.structs.replace(SHORT, quantize=request.param)


@pytest.fixture(scope="module")
def short(tmp_path_factory, config):
    """A day, a night, and a morning with the trained adapter."""
    found = undisturbed(tmp_path_factory.mktemp("short"), config)
    assert [(night.day, night.asked, night.decisions + night.contents) for night in found["nights"]] == [(1, False, 16)]
    return found


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    """Three days with their nights."""
    return undisturbed(tmp_path_factory.mktemp("long"), LONG)


# -- broken, spoilt, asked for ----------------------------------------------------------------------------------------


class StopWhileTraining(FreeGate):
    """Stops the run when a training has reached a step."""

    def __init__(self, at):
        super().__init__()
        self.at = at

    def training(self, event):
        if event.step == self.at and event.pairs:
            raise RunStopped("enough")


def test_a_training_that_breaks_leaves_a_run_that_goes_on_as_if_it_had_not(db, config, short, monkeypatch, capfd):
    with Store(db) as store:
        run = add_run(store, config)

        def broken(*_, **__):
            raise RuntimeError("the lamp went out")

        monkeypatch.setattr("propersim.learning.trainer.train", broken)
        for _ in range(2):
            with pytest.raises(Resumable, match="after day 1 failed: RuntimeError: the lamp went out") as found:
                Runner(store, store.run(run.id), FreeGate()).go()
            assert found.value.exit_code == 3
            row = store.run(run.id)
            assert row.state == "failed"
            assert "the lamp went out" in row.error
            assert (row.days_done, store.nights(row)) == (0, [])
            assert row.steps == store.step_count(row) == short["nights"][0].at
        monkeypatch.undo()
        # What a training that was killed may leave behind is in nobody's way.
        folder = store.adapter_folder(run)
        folder.mkdir(parents=True, exist_ok=True)
        night = f"{short['nights'][0].at:08d}"
        for name in (f"{night}.part", f"{night}.safetensors"):
            (folder / name).write_bytes(b"half of it")
        row = Runner(store, row, FreeGate()).go()
        assert row.error == ""
        assert remains(store, row) == short
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("at", [0, 2])
def test_stopped_while_it_trains_it_trains_anew(db, config, short, at):
    with Store(db) as store:
        run = add_run(store, config)
        with pytest.raises(RunStopped):
            Runner(store, run, StopWhileTraining(at)).go()
        assert store.run(run.id).state == "stopped"
        assert store.nights(run) == []
        Runner(store, run, FreeGate()).go()
        assert remains(store, run) == short


def test_an_adapter_that_is_damaged_or_gone_is_refused(db, config, short):
    night = short["nights"][0]
    with Store(db) as store:
        run = add_run(store, config)
        with pytest.raises(RunStopped):
            Runner(store, run, FreeGate(night.at + 1 + 3)).go()
        file = store.adapter_folder(run) / night.adapter
        whole = file.read_bytes()
        for spoilt in (whole[:-1] + bytes([whole[-1] ^ 1]), whole[:100], b"", None):
            file.unlink() if spoilt is None else file.write_bytes(spoilt)
            with pytest.raises(StoreError, match=r"cannot be read" if spoilt is None else "is not the adapter") as found:
                Runner(store, store.run(run.id), FreeGate()).go()
            assert str(file) in found.value.message
            assert "restore the file" in known(found.value.hint)
            assert store.step_count(run) == night.at + 3
        file.write_bytes(whole)
        Runner(store, store.run(run.id), FreeGate()).go()
        assert remains(store, run) == short


@pytest.mark.parametrize("twice", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_training_that_was_asked_for_is_recorded_and_survives_a_stop(db, tmp_path, config, short, twice):
    (tmp_path / "other").mkdir()
    dusk = short["nights"][0].at
    # Two steps into the second day; the first day's end is a pass of its own.
    morning = dusk + 1 + 2
    whole = undisturbed(tmp_path / "other", config, train_at=(10, morning)[: 1 + twice])
    asked = [(10, 1, True), (dusk, 1, False), (dusk + 2, 2, True)]
    assert [(night.at, night.day, night.asked) for night in whole["nights"]] == asked[: 2 + twice]
    assert max(whole["nights"][0].trained) < 10
    assert whole["digest"] != short["digest"]
    with Store(db) as store:
        run = add_run(store, config)
        with pytest.raises(RunStopped):
            Runner(store, run, FreeGate(14, train_at=(10,))).go()
        if twice:
            with pytest.raises(RunStopped):
                Runner(store, run, FreeGate(morning + 1 - 14, train_at=(morning - 14,))).go()
        Runner(store, run, FreeGate()).go()
        assert remains(store, run) == whole


def test_removing_a_run_removes_its_adapters_and_no_others(db):
    config = RunConfig(**{**OPTIONS, "pairs": 8, "quantize": "none"}, until="day 1 09:00", days=1)
    with Store(db) as store:
        runs = [Runner(store, add_run(store, config), FreeGate(train_at=(3,))).go() for _ in range(2)]
        folders = [store.adapter_folder(run) for run in runs]
        assert all(list(folder.iterdir()) for folder in folders)
        store.remove_run(runs[0])
        assert not folders[0].exists()
        assert list(folders[1].iterdir())
        assert store.nights(runs[0]) == []
        assert store.pairs(runs[0], "decision", 100, 100) == []


# -- killed -----------------------------------------------------------------------------------------------------------


class Killer:
    """Starts workers of a run and kills them.

    Moments: ``steps`` kills when so many more steps are committed; ``training`` when a night's training says that it is at a step;
    ``adapter`` when the night's file appears; ``while`` some milliseconds after the first sign of work.
    """

    def __init__(self, db, run):
        self.db = db
        self.run = run
        self.kills = self.in_training = 0

    def kill(self, what, number):
        with Store(self.db) as store:
            before, nights = store.step_count(self.run), store.nights(self.run)
            # What earlier kills left of this night's file is removed, so that a new one is seen.
            folder = store.adapter_folder(self.run)
            for path in folder.glob("*") if what == "adapter" else ():
                if path.name not in {night.adapter for night in nights}:
                    path.unlink()
            had = {night.adapter for night in nights}
        worker = LiveRun(self.db, self.run.id, speed=None, env=ONE_THREAD)
        worker.start()
        try:
            end = time.monotonic() + 120
            while not self._now(worker.poll(), what, number, before, folder, had):
                assert time.monotonic() < end, worker.log_path.read_text()
                assert worker.alive, worker.log_path.read_text()
                wait_for_output(worker, 0.001)
            if what == "while":
                with pytest.raises(subprocess.TimeoutExpired):
                    known(worker._process).wait(number / 1000)
            assert worker.alive
            os.killpg(known(worker.pid), signal.SIGKILL)
            self.kills += 1
        finally:
            worker.close()
        with Store(self.db, read_only=True) as store:
            row = store.run(self.run.id)
            assert row.state == "interrupted"
            assert store.step_count(row) == row.steps >= before
            self.in_training += what in ("training", "adapter") and store.nights(row) == nights

    @staticmethod
    def _now(events, what, number, before, folder, had):
        if what == "adapter":
            return folder.is_dir() and any(path.name not in had for path in folder.iterdir())
        if what == "training":
            return any(isinstance(event, Training) and event.step >= number for event in events)
        more = number if what == "steps" else 0
        return any((isinstance(event, Committed) and event.steps > before + more) or isinstance(event, Training) for event in events)


@pytest.mark.slow
@pytest.mark.parametrize("config", ["nf4"], indirect=True)
def test_killed_while_it_trains(db, config, short):
    with Store(db) as store:
        run = add_run(store, config)
    killer = Killer(db, run)
    killer.kill("training", 1)
    assert killer.in_training == 1
    with Store(db) as store:
        Runner(store, store.run(run.id), FreeGate()).go()
        assert remains(store, run) == short


_chance = random.Random(11)
MOMENTS = {
    "speaking-and-training": [("steps", 3), ("training", 0), ("training", 1), ("adapter", 0), ("steps", 4), ("training", 1), ("steps", 9)],
    "adapters": [("adapter", 0), ("training", 2), ("adapter", 0), ("steps", 1), ("adapter", 0), ("training", 0), ("adapter", 0)],
    "whenever": [("while", _chance.randrange(800)) for _ in range(7)],
}


@pytest.mark.slow
@pytest.mark.parametrize("moments", MOMENTS)
def test_killed_again_and_again(db, long, moments):
    """21 kills in all, 7 in each run."""
    with Store(db) as store:
        run = add_run(store, LONG)
    killer = Killer(db, run)
    for what, number in MOMENTS[moments]:
        killer.kill(what, number)
    assert killer.kills == 7
    assert killer.in_training >= sum(what in ("training", "adapter") for what, _ in MOMENTS[moments]) // 2
    with Store(db) as store:
        Runner(store, store.run(run.id), FreeGate()).go()
        assert remains(store, run) == long


@pytest.mark.slow
@pytest.mark.parametrize("config", ["nf4"], indirect=True)
def test_killed_inside_the_transactions_of_pairs_vectors_and_nights(db, config, short, kill_inside):
    with Store(db) as store:
        run = add_run(store, config)
    places = [("insert into pairs", 9), ("insert or ignore into embeddings", 5), ("insert into nights", 1), ("update pairs", 4)]
    for statement, count in places:
        kill_inside(db, run.id, statement, count)
    with Store(db) as store:
        Runner(store, store.run(run.id), FreeGate()).go()
        assert remains(store, run) == short


@pytest.mark.slow
def test_a_worker_trains_when_it_is_told_to_and_the_run_can_be_made_again(db, tmp_path):
    config = RunConfig(**{**OPTIONS, "pairs": 8}, days=1, until="day 1 18:00")
    with Store(db) as store:
        run = add_run(store, config)
    worker = LiveRun(db, run.id, speed=4.0, env=ONE_THREAD)
    worker.start()
    try:
        end = time.monotonic() + 120
        told = trained = over = False
        while not over:
            assert time.monotonic() < end, worker.log_path.read_text()
            for event in worker.poll():
                if not told and isinstance(event, Committed) and event.steps >= 4:
                    told = worker.send(Train())
                trained = trained or (isinstance(event, Training) and event.step > 0)
                over = over or (trained and isinstance(event, Committed))
            wait_for_output(worker, 0.05)
    finally:
        worker.close(timeout=60)
    with Store(db) as store:
        (night,) = store.nights(run)
        assert night.asked
        assert night.at >= 4
        assert night.adapter
        Runner(store, store.run(run.id), FreeGate()).go()
        (tmp_path / "other").mkdir()
        assert remains(store, run) == undisturbed(tmp_path / "other", config, train_at=(night.at,))
