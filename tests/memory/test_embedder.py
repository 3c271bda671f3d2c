"""Vectors are computed once: returned to be stored, written with their steps, and looked up again."""

import numpy as np
import pytest

from propersim.core.config import RunConfig
from propersim.core.errors import InputError, StoreFull
from propersim.core.interfaces import Response
from propersim.memory import embedder as module
from propersim.memory.embedder import CachingEmbedder, HashingEmbedder
from propersim.memory.memory import Memory
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate, RunStopped
from propersim.runs.runner import Runner
from propersim.store.store import Store
from tests.known import known


class Counting(HashingEmbedder):
    """Records the texts that it computes vectors of."""

    def __init__(self, dimensions=32):
        super().__init__(dimensions)
        self.computed = []

    def embed(self, text):
        self.computed.append(text)
        return super().embed(text)


class Talker:
    """Speaks at every third step, and has the memory of a model."""

    name = "talker"

    def __init__(self, embedder):
        self.memory = Memory("ars", timers=False, embedder=embedder)
        self.states = []

    def respond(self, observation):
        self.states.append(self.memory.state(observation))
        return Response((f"How about some tea, cup {observation.step % 20}?" if observation.step % 3 == 0 else None,))

    def observe(self, feedback):
        self.memory.observe(feedback)

    def reveal(self, feedback):
        self.memory.reveal(feedback)

    def use_stored_vectors(self, lookup):
        self.memory.vectors.use_stored_vectors(lookup)

    def take_new_vectors(self):
        return self.memory.vectors.take_new()


@pytest.fixture
def talk(monkeypatch):
    """Return a function that runs a run with a Talker, and returns the assistant and the run."""

    def go(store, run, steps=None):
        talker = Talker(Counting())
        monkeypatch.setattr("propersim.runs.runner.make_assistant", lambda config, session: lambda judge: talker)
        if steps is None:
            run = Runner(store, run, FreeGate()).go()
        else:
            with pytest.raises(RunStopped):
                Runner(store, run, FreeGate(steps)).go()
        return talker, run

    return go


def test_each_text_is_computed_once_and_returned_once():
    inner = Counting()
    embedder = CachingEmbedder(inner)
    for text in ("tea", "cake", "tea"):
        assert (embedder.embed(text) == HashingEmbedder(32).embed(text)).all()
    assert inner.computed == ["tea", "cake"]
    assert [(one.embedder, one.text, len(one.vector)) for one in embedder.take_new()] == [("hashing", "tea", 128), ("hashing", "cake", 128)]
    assert embedder.take_new() == []
    embedder.embed("tea")
    assert embedder.take_new() == []


def test_a_stored_vector_is_used_bit_for_bit_and_not_returned_again():
    first = CachingEmbedder(Counting())
    vector = first.embed("tea")
    known = {(one.embedder, one.text): one.vector for one in first.take_new()}
    inner = Counting()
    second = CachingEmbedder(inner)
    second.use_stored_vectors(lambda name, text: known.get((name, text)))
    looked_up = second.embed("tea")
    assert looked_up.dtype == np.float32
    assert looked_up.tobytes() == vector.tobytes()
    assert inner.computed == []
    assert second.take_new() == []


def test_a_stored_vector_of_another_length_is_ignored():
    inner = Counting()
    embedder = CachingEmbedder(inner)
    embedder.use_stored_vectors(lambda name, text: b"\0" * 12)
    assert embedder.embed("tea").shape == (32,)
    assert inner.computed == ["tea"]


def test_a_computed_vector_of_another_length_is_rejected():
    """An endpoint may serve another model under the same name later."""

    class Endpoint(Counting):
        name = "endpoint"

        def embed(self, text):
            self.computed.append(text)
            return HashingEmbedder(32 if text == "tea" else 16).embed(text)

    embedder = CachingEmbedder(Endpoint(dimensions=0))
    embedder.use_stored_vectors(lambda name, text: HashingEmbedder(32).embed(text).tobytes() if text == "cake" else None)
    assert embedder.embed("cake").shape == embedder.embed("tea").shape == (32,)
    with pytest.raises(InputError, match="of 16 numbers"):
        embedder.embed("scones")
    assert [one.text for one in embedder.take_new()] == ["tea"]


def test_a_small_cache_computes_no_vector_twice_before_it_is_stored(monkeypatch):
    monkeypatch.setattr(module, "MAX_IN_MEMORY", 2)
    inner = Counting()
    embedder = CachingEmbedder(inner)
    for text in "abcdabcd":
        embedder.embed(text)
    assert inner.computed == list("abcd")


def test_a_resumed_run_computes_nothing_again_and_is_the_same(db, tmp_path, talk):
    options = RunConfig(assistant="random", days=2, timestep=10.0, until="day 2 09:00")
    with Store(tmp_path / "whole.sqlite") as store:
        whole, undisturbed = talk(store, add_run(store, options))
    with Store(db) as store:
        run = add_run(store, options)
        parts = [talk(store, run, steps)[0] for steps in (20, 1, 70)]
        last, resumed = talk(store, store.run(run.id))
    computed = [text for talker in (*parts, last) for text in talker.memory.vectors._embedder.computed]
    assert len(computed) == len(set(computed))
    assert set(computed) == set(whole.memory.vectors._embedder.computed)
    assert [state for talker in (*parts, last) for state in talker.states] == whole.states
    assert resumed.digest == undisturbed.digest


def test_vectors_are_stored_with_their_steps(db, talk):
    with Store(db) as store:
        run = add_run(store, RunConfig(assistant="random", days=1, timestep=10.0))
        talk(store, run, 5)
        for step in store.steps(run):
            stored = store.embedding("hashing", f"{step.action.phrase}. {step.answer.text or 'no recommendation'}")
            assert np.linalg.norm(np.frombuffer(known(stored), "<f4")) == pytest.approx(1.0, abs=1e-5)
        assert store.embedding("hashing", "never said") is None
        assert store.embedding("another", step.action.phrase) is None


def test_where_steps_cannot_be_stored_their_vectors_are_not_stored_either(db, talk):
    with Store(db) as store:
        run = add_run(store, RunConfig(assistant="random", days=5))
        store.db.execute(f"pragma max_page_count = {store.db.execute('pragma page_count').fetchone()[0] + 40}")
        with pytest.raises(StoreFull):
            talk(store, run)
        phrases = {f"{step.action.phrase}. {step.answer.text or 'no recommendation'}" for step in store.steps(run)}
        plans = {action.phrase for day in store.days(run) for action in day.plan.actions}
        rows = {text for (text,) in store.db.execute("select text from embeddings")}
        assert rows <= phrases | plans
        assert phrases <= rows


def test_steps_that_failed_to_be_stored_are_stored_at_the_end_with_their_vectors(db, talk, monkeypatch):
    with Store(db) as store:
        run = add_run(store, RunConfig(assistant="random", days=1, timestep=10.0))
        add_steps = store.add_steps
        failed: list[int] = []

        def once(*args):
            if not failed:
                failed.append(len(args[1]))
                raise StoreFull("no room")
            return add_steps(*args)

        monkeypatch.setattr(store, "add_steps", once)
        with pytest.raises(StoreFull):
            talk(store, run)
        steps = list(store.steps(run))
        assert len(steps) == failed[0] > 0
        assert all(store.embedding("hashing", f"{one.action.phrase}. {one.answer.text or 'no recommendation'}") for one in steps)


def test_vectors_are_shared_by_runs_and_deleted_with_the_last_one(db, talk):
    with Store(db) as store:
        first, one = talk(store, add_run(store, RunConfig(assistant="random", days=1, timestep=10.0)))
        second, other = talk(store, add_run(store, RunConfig(assistant="random", days=1, timestep=10.0)))
        assert first.memory.vectors._embedder.computed
        assert not second.memory.vectors._embedder.computed
        text = first.memory.vectors._embedder.computed[0]
        store.remove_run(one)
        assert store.embedding("hashing", text) is not None
        store.remove_run(other)
        assert store.embedding("hashing", text) is None
