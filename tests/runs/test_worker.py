"""The worker process and its client: real processes, real sockets."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from propersim.core.config import RunConfig
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.live import LiveRun
from propersim.runs.protocol import (
    Committed,
    Continue,
    Failed,
    Pause,
    RunState,
    Speed,
    StepOnce,
    Stop,
    decode_command,
    decode_event,
    encode,
)
from propersim.runs.runner import Runner
from propersim.store.store import Store
from tests.runs.receiving import is_state, receive


@pytest.fixture
def live(db):
    """A function that starts a run in a worker; every worker is ended afterwards."""
    started = []

    def start(days=2, **options):
        with Store(db) as store:
            run = add_run(store, RunConfig(persona="p25", days=days, assistant="random"))
        worker = LiveRun(db, run.id, **options)
        worker.start()
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.close(timeout=60)


def steps_of(db, worker):
    with Store(db, read_only=True) as store:
        return store.step_count(store.run(worker.run_id))


@pytest.mark.parametrize("message", [Pause(), Continue(), StepOnce(3), Speed(2.5), Speed(None), Stop()])
def test_commands_round_trip(message):
    assert decode_command(encode(message)) == message


@pytest.mark.parametrize("message", [Committed(4, 1), RunState("running", 8.5), Failed("no", "hint", False)])
def test_events_round_trip(message):
    assert decode_event(encode(message)) == message


def test_at_full_speed_it_runs_to_the_end_and_is_the_same_as_headless(live, db):
    worker = live(speed=None)
    events = receive(worker, is_state("finished"))
    counts = [event.steps for event in events if isinstance(event, Committed)]
    assert counts == sorted(counts)
    with Store(db) as store:
        run = store.run(worker.run_id)
        assert counts[-1] == run.steps
        assert run.digest == Runner(store, add_run(store, RunConfig(persona="p25", days=2, assistant="random")), FreeGate()).go().digest


def test_paused_it_waits_and_steps_one_by_one(live, db):
    worker = live(speed=8.0, paused=True)
    receive(worker, is_state("paused"))
    assert steps_of(db, worker) == 0
    worker.send(StepOnce())
    receive(worker, lambda e: isinstance(e, Committed) and e.steps == 1)
    worker.send(StepOnce(4))
    receive(worker, lambda e: isinstance(e, Committed) and e.steps == 5)
    assert steps_of(db, worker) == 5
    worker.send(Speed(None))
    worker.send(Continue())
    receive(worker, is_state("finished"))


def test_whatever_the_speed_the_records_are_the_same(live, db):
    worker = live(days=1, speed=200.0)
    receive(worker, lambda e: isinstance(e, Committed) and e.steps > 20)
    worker.send(Pause())
    receive(worker, is_state("paused"))
    worker.send(StepOnce(7))
    worker.send(Speed(1000.0))
    worker.send(Continue())
    receive(worker, is_state("finished"))
    with Store(db) as store:
        assert (
            store.run(worker.run_id).digest
            == Runner(store, add_run(store, RunConfig(persona="p25", days=1, assistant="random")), FreeGate()).go().digest
        )


def test_stopped_it_can_go_on(live, db):
    worker = live(days=1, speed=50.0)
    receive(worker, lambda e: isinstance(e, Committed) and e.steps > 5)
    worker.send(Stop())
    receive(worker, is_state("stopped"))
    again = LiveRun(db, worker.run_id, speed=None)
    again.start()
    receive(again, is_state("finished"))
    again.close()


def test_a_killed_worker_is_said_once_with_the_command_to_go_on(live):
    worker = live(speed=20.0)
    receive(worker, lambda e: isinstance(e, Committed))
    os.kill(worker.pid, signal.SIGKILL)
    events = receive(worker, lambda e: isinstance(e, Failed))
    assert "SIGKILL" in events[-1].message
    assert events[-1].hint == f"propersim resume {worker.run_id} --watch"
    assert worker.poll() == []
    assert not worker.send(Continue()) or not worker.alive


def test_a_second_worker_on_the_same_run_fails_with_a_message(live, db):
    worker = live(speed=5.0)
    receive(worker, lambda e: isinstance(e, Committed))
    second = LiveRun(db, worker.run_id)
    second.start()
    events = receive(second, lambda e: isinstance(e, Failed))
    assert "another process" in events[-1].message
    second.close()


def test_when_the_screen_is_gone_the_worker_stops_by_itself(live, db):
    worker = live(speed=5.0)
    receive(worker, lambda e: isinstance(e, Committed))
    worker._socket.close()
    worker._process.wait(timeout=60)
    with Store(db, read_only=True) as store:
        assert store.run(worker.run_id).state == "stopped"


def test_nonsense_on_the_line_is_ignored(live):
    worker = live(speed=None, paused=True)
    receive(worker, is_state("paused"))
    worker._socket.sendall(b'{"type":"Nonsense"}\n\x00\xff\nnot json\n{"type":"Speed","steps_per_second":-3}\n')
    worker.send(Continue())
    receive(worker, is_state("finished"))


def test_its_output_goes_to_a_log(live, db):
    worker = live(speed=5.0)
    receive(worker, lambda e: isinstance(e, Committed))
    assert worker.log_path.exists()


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="sessions have no niceness of their own here")
def test_a_process_of_ours_lets_others_go_first():
    code = "from pathlib import Path; from propersim.runs.child_process import lower_priority\n"
    code += "lower_priority(7); print(Path('/proc/self/autogroup').read_text())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, start_new_session=True)
    assert done.stdout.strip().endswith("nice 7")
