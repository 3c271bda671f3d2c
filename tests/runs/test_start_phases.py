"""What a run reports before its first step."""

from __future__ import annotations

import pytest

from propersim.core.config import RunConfig
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate, RunStopped
from propersim.runs.protocol import StartPhase, decode_event, encode
from propersim.runs.runner import Runner
from propersim.store.store import Store


class Listening(FreeGate):
    """Notes the phases."""

    def __init__(self, steps: int | None) -> None:
        super().__init__(steps)
        self.phases: list[StartPhase] = []

    def starting(self, phase: StartPhase) -> None:
        self.phases.append(phase)


def test_the_model_is_loaded_before_the_day_is_planned_and_a_started_day_is_not_planned_again(tmp_path):
    with Store(tmp_path / "runs.sqlite") as store:
        run = add_run(store, RunConfig(persona="p01", assistant="random", days=2, timestep=30))
        first, again = Listening(3), Listening(None)
        with pytest.raises(RunStopped):
            Runner(store, run, first).go()
        Runner(store, store.run(run.id), again).go()
    assert first.phases == [StartPhase("model"), StartPhase("plan", 1)]
    assert again.phases == [StartPhase("model"), StartPhase("plan", 2)]
    assert [decode_event(encode(each)) for each in first.phases] == first.phases
