"""Real servers of a real small model, as user and as assistant: its judgement is poor, the protocol must be perfect."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from propersim.core.config import RunConfig
from propersim.llm_client import NoAnswer
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.runner import Runner
from propersim.store.store import Store
from tests.models.test_smollm2 import file as gguf  # noqa: F401  (a fixture)
from tests.waiting import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3000), pytest.mark.xdist_group("servers")]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def answers(port: int) -> bool:
    """Return whether a server answers, if only that it cannot list its models."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def served(command: list[str], port: int, log: Path) -> Iterator[str]:
    """Run a server from here to the end of ``with``; yields its base URL when it answers."""
    env = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, env=env) as process:
        try:
            wait_for(lambda: answers(port), lambda: log.read_text(errors="replace")[-2000:], seconds=180, process=process)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture(scope="module")
def llama(gguf, tmp_path_factory):  # noqa: F811
    """The server of llama-cpp-python, which heeds schemas: its base URL, and what it calls the model."""
    if importlib.util.find_spec("llama_cpp") is None:
        pytest.skip("llama-cpp-python is not installed: it could not be compiled here")
    port = free_port()
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(gguf), "--model_alias", "smollm2", "--n_ctx", "8192"]
    # One thread each: llama.cpp's wait for each other by spinning, and stand still where other tests hold the second core.
    command += ["--host", "127.0.0.1", "--port", str(port), "--n_threads", "1", "--n_threads_batch", "1"]
    with served(command, port, tmp_path_factory.mktemp("llama") / "log") as url:
        yield url, "smollm2"


@pytest.fixture(scope="module")
def transformers(gguf, tmp_path_factory):  # noqa: F811
    """``transformers serve``, which does not heed schemas: its base URL, and what it calls the model."""
    if importlib.util.find_spec("fastapi") is None or importlib.util.find_spec("uvicorn") is None:
        pytest.skip("fastapi and uvicorn are not installed")
    from propersim.models.gguf_convert import convert_gguf

    folder, port = tmp_path_factory.mktemp("transformers"), free_port()
    model = folder / "smollm2"
    shutil.copytree(convert_gguf(gguf), model)
    command = [str(Path(sys.executable).with_name("transformers")), "serve", str(model), "--host", "127.0.0.1", "--port", str(port)]
    command += ["--device", "cpu", "--dtype", "float32"]
    with served(command, port, folder / "log") as url:
        yield url, str(model)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("PROPERSIM_CACHE", str(tmp_path / "cache"))


def carried(store, config):
    return Runner(store, add_run(store, config), FreeGate()).go()


def test_with_schemas_it_plays_the_user_and_the_assistant_of_a_morning(llama, db):
    url, model = llama
    both = {"user": "llm", "user_model": model, "user_base_url": url, "assistant": "api", "model": model, "base_url": url}
    config = RunConfig(persona="p25", timestep=30, until="day 1 09:00", **both)
    with Store(db) as store:
        run = carried(store, config)
        steps, calls = list(store.steps(run)), store.calls(run)
        assert run.state == "finished"
        assert run.steps >= 3
        assert {call.purpose.split(":")[0] for call in calls} == {"plan", "rate", "say"}
        assert all(call.tokens_in > 0 and call.tokens_out > 0 for call in calls if not call.cached)
        # Every rating is the model's own, and there is one of every step.
        assert {step.index for step in steps} == {call.idx for call in calls if call.purpose == "rate" and not call.failed}
        plan = store.days(run)[0].plan
        assert all(action.source == "llm" and 10 <= action.minutes <= 30 for action in plan.actions)
        again = carried(store, config)
        assert again.digest == run.digest
        assert all(call.cached for call in store.calls(again))
        assert not any(call.purpose.startswith("plan") for call in store.calls(again))


def test_without_schemas_it_is_the_assistant_of_a_morning(transformers, db):
    """A model of this size sometimes gives no usable answer three times; then the run stops, and says so, with the steps before."""
    url, model = transformers
    config = RunConfig(persona="p25", until="day 1 08:15", assistant="api", model=model, base_url=url, memory="ars")
    with Store(db) as store:
        run = add_run(store, config)
        with suppress(NoAnswer):
            Runner(store, run, FreeGate()).go()
        run = store.run(run.id)
        calls = store.calls(run)
        assert run.state == "finished" or (run.state == "stopped" and "no usable answer" in run.error)
        steps = {step.index for step in store.steps(run)}
        assert steps
        assert steps == {call.idx for call in calls if not call.failed}
        # The same run again is answered from the cache, up to where the model gave no answer.
        again = add_run(store, config)
        with suppress(NoAnswer):
            Runner(store, again, FreeGate()).go()
        assert [step.answer for step in store.steps(store.run(again.id))][: len(steps)] == [step.answer for step in store.steps(run)]


def test_without_schemas_it_cannot_rate_and_no_rating_is_made_up_for_it(transformers, db, monkeypatch):
    """The model rambles; were it to answer all the same, that would be as good."""
    url, model = transformers
    # It rambles as long as it may: with room for whole ratings, and two further draws, that would be a quarter of an hour.
    monkeypatch.setattr("propersim.user.llm.judge.DRAWS", 1)
    monkeypatch.setattr("propersim.user.llm.judge._TOKENS", 12)
    asked = {"user_ratings": "llm", "rating_calls": "one", "user_model": model, "user_base_url": url}
    config = RunConfig(persona="p25", until="day 1 07:35", assistant="silent", **asked)
    with Store(db) as store:
        run = add_run(store, config)
        with suppress(NoAnswer):
            Runner(store, run, FreeGate()).go()
        run = store.run(run.id)
        answered = [call for call in store.calls(run) if not call.failed]
        assert run.state == "finished" or (run.state == "stopped" and "no usable answer" in run.error)
        assert len(answered) >= run.steps
