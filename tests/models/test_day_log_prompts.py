"""A model reads a line of the day's log once, and a resumed run decides with the same bits."""

import pytest

from propersim.core.config import RunConfig
from propersim.core.interfaces import Observation
from propersim.memory.memory import Memory
from propersim.models.model import LoadedModel
from propersim.persona.library import load_persona
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate, RunStopped
from propersim.runs.runner import Runner
from propersim.simulation.simulation import Simulation
from propersim.store.store import Store
from tests.memory.feeding import told

STEPS = list(Simulation(load_persona("p11"), "random", seed=3, days=1, timestep=5.0))


def prompts_of(codec, *, day_log):
    memory, prompts = Memory("evidence", timers=True, day_log=day_log), []
    for step, _, at_once in told(STEPS):
        prompts.append(codec.prompt(memory.state(Observation(step.day, 0, step.minute, step.action, 5.0))))
        memory.observe(at_once)
    return prompts


def counting(decoder):
    """Count the tokens that a decoder reads."""
    read = []
    states = decoder._states

    def counted(cache, ids, *rest, **more):
        read.append(ids.numel())
        return states(cache, ids, *rest, **more)

    decoder._states = counted
    return read


@pytest.mark.slow
def test_a_line_is_read_once_and_what_is_kept_changes_no_bit(tiny):
    model = LoadedModel(str(tiny), "none", evidence=True, starter="none", day_log=True)
    whole, bare = prompts_of(model.codec, day_log=True), prompts_of(model.codec, day_log=False)
    read = counting(model.decoder)
    begin = model.codec.ends(bare[0])[0]
    chances, fresh, before = [], 0, begin
    for number, prompt in enumerate(whole):
        read.clear()
        chances.append(model.decide(prompt).p_speak)
        # The moment and its ratings, and the lines that are new.
        log = model.codec.ends(prompt)[-1]
        new = len(bare[number]) - begin + max(0, log - before)
        fresh += sum(read) > new and number > 0
        before = log
    # All is read again where the oldest lines became a summary, at a few full hours of the day at most.
    assert fresh <= 3
    assert len(set(chances)) > 10
    for start in (1, 40, len(whole) // 2, len(whole) - 2):
        model.forget_decoder()
        assert [model.decide(prompt).p_speak for prompt in whole[start:][:3]] == chances[start:][:3]


def go(db, model, stops=(), **options):
    config = RunConfig(
        assistant="llama", model=str(model), quantize="none", persona="p11", timestep=10.0, embedder="hashing", n=1,
        learn="none", until="day 2 09:00", starter="none", **options,
    )  # fmt: skip
    with Store(db) as store:
        run = add_run(store, config)
        for steps in stops:
            with pytest.raises(RunStopped):
                Runner(store, run, FreeGate(steps)).go()
        run = Runner(store, store.run(run.id), FreeGate()).go()
        return run.digest, [(step.p_speak, step.answer.text) for step in store.steps(run)]


@pytest.mark.slow
@pytest.mark.parametrize("delay", ["off", "on"])
def test_a_run_that_was_stopped_has_the_same_log(tiny, tmp_path, delay, monkeypatch):
    # The tiny model speaks at random moments.
    monkeypatch.setattr(LoadedModel, "threshold", property(lambda _: 0.5))
    options = {"day_log": "on", "feedback": "shown", "exploration_budget": 200, "feedback_delay": delay}
    whole = go(tmp_path / "whole.sqlite", tiny, **options)
    assert go(tmp_path / "again.sqlite", tiny, stops=(1, 30, 50), **options) == whole
    without = go(tmp_path / "without.sqlite", tiny, **{**options, "day_log": "off"})
    assert [p for p, _ in whole[1]] != [p for p, _ in without[1]]
