"""Stored runs, and inspectors of them."""

import time

import pytest

from propersim.core.config import RunConfig
from propersim.inspector.client import InspectorClient
from propersim.inspector.protocol import InspectorError, ModelLoaded
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.runner import Runner
from propersim.store.store import Store
from tests.waiting import wait_for_output


class Asking:
    """A client of an inspector process that waits for answers."""

    def __init__(self, db, run_id):
        self.link = InspectorClient(db, run_id)
        self.ready = []

    def ask(self, question, count=1, seconds=120):
        """Ask, and return the answer, or a list of ``count`` answers; an error is an answer too."""
        return self.receive(self.link.ask(question), count, seconds)

    def receive(self, number, count=1, seconds=120):
        answers, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            for answer in self.link.poll():
                if isinstance(answer, ModelLoaded):
                    self.ready.append(answer)
                elif answer.number == number:
                    answers.append(answer)
            if len(answers) == count or any(isinstance(one, InspectorError) for one in answers):
                return answers[0] if count == 1 else answers
            wait_for_output(self.link, 0.05)
        raise AssertionError(f"no answer; only {answers}")


@pytest.fixture
def asking():
    """A function that opens a client for a run; each is closed afterwards."""
    opened = []

    def open_one(db, run_id):
        opened.append(Asking(db, run_id))
        return opened[-1]

    yield open_one
    for one in opened:
        one.link.close()


@pytest.fixture(scope="session", params=["none", pytest.param("nf4", marks=pytest.mark.slow)])
def lived(request, tmp_path_factory):
    """The database and the row of a run with HomeLM: two days with their nights, and a morning.

    Its weights are plain, as they answer and train in a third of the time, and among the slow tests in 4 bits.
    """
    db = tmp_path_factory.mktemp("lived") / "runs.sqlite"
    with Store(db) as store:
        # The model that speaks at most steps: a short run has pairs to learn from.
        config = RunConfig(
            persona="p08", assistant="llama", model="homelm-eager", memory="ar", until="day 3 09:00", timestep=30.0, pairs=24,
            quantize=request.param,
        )  # fmt: skip
        run = Runner(store, add_run(store, config), FreeGate()).go()
    return db, run


@pytest.fixture(scope="session")
def reading(tmp_path_factory):
    """The database and the row of a run of HomeLM that reads its ratings: two days, and a morning."""
    db = tmp_path_factory.mktemp("reading") / "runs.sqlite"
    with Store(db) as store:
        config = RunConfig(
            persona="p01", assistant="llama", model="homelm", until="day 3 10:00", timestep=10.0, pairs=24, quantize="none"
        )  # fmt: skip
        run = Runner(store, add_run(store, config), FreeGate()).go()
    return db, run


@pytest.fixture
def control(db):
    """A short run of a control."""
    with Store(db) as store:
        return Runner(store, add_run(store, RunConfig(persona="p25", assistant="random", days=1)), FreeGate()).go()
