"""Runs of personas that change on a day, by drift or move: what holds for both."""

import pytest

from propersim.experiments.results import row_hash
from propersim.persona.library import persona_path
from propersim.runs.create import add_run, stored_persona
from propersim.runs.gates import FreeGate, RunStopped
from propersim.runs.runner import Runner
from propersim.store.store import Store


def go(store, config, *stops):
    """Run to the end, stopped after some numbers of steps."""
    run = add_run(store, config)
    for steps in stops:
        with pytest.raises(RunStopped):
            Runner(store, store.run(run.id), FreeGate(steps)).go()
    return Runner(store, store.run(run.id), FreeGate()).go()


def lived_in(folder, config):
    """Return the database of a run, its row, and its steps."""
    path = folder / "runs.sqlite"
    with Store(path) as store:
        run = go(store, config)
        return path, run, list(store.steps(run))


def resumed_is_never_stopped(db, config, stops, lived, *, warned):
    """Assert that a run that was stopped is the one that was not, and says its change once."""
    with Store(db) as store:
        run = go(store, config, *stops)
        assert run.digest == lived.digest
        assert [(each.day, each.kind) for each in store.warnings(run)] == [warned]


def goes_on_without_the_file(db, folder, config, option, other, lived, *, stop):
    """Assert that a run goes on after the file of the other persona, given by an option, is gone."""
    path = folder / "other.yaml"
    path.write_bytes(persona_path(other).read_bytes())
    with Store(db) as store:
        run = add_run(store, type(config)(**{**config.to_dict(), option: str(path)}))
        with pytest.raises(RunStopped):
            Runner(store, run, FreeGate(stop)).go()
        path.unlink()
        done = Runner(store, store.run(run.id), FreeGate()).go()
    assert done.digest == lived.digest
    assert row_hash(done) == row_hash(lived)
    assert stored_persona(done) == stored_persona(lived)
