"""Real servers of a real small model, as user and as assistant: its judgement is poor, the protocol must be perfect."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from propersim.begin import add_run
from propersim.config import RunConfig
from propersim.gates import FreeGate
from propersim.run import Runner
from propersim.store import Store
from tests.learning.test_smollm2 import file as gguf  # noqa: F401  (a fixture)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

MORNING = "day 1 07:30"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def served(command: list[str], port: int, log: Path) -> Iterator[str]:
    """Run a server from here to the end of ``with``; yields its base URL when it answers."""
    env = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "2"}
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, env=env) as process:
        try:
            deadline = time.monotonic() + 180
            while True:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=5):
                        break
                except (urllib.error.URLError, OSError):
                    assert process.poll() is None, log.read_text(errors="replace")[-2000:]
                    assert time.monotonic() < deadline, log.read_text(errors="replace")[-2000:]
                    time.sleep(0.2)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture(scope="module", params=["llama-cpp-python", "transformers"])
def server(request, gguf, tmp_path_factory):  # noqa: F811
    """Each of the servers: its base URL, and what it calls the model."""
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    if request.param == "llama-cpp-python":
        if importlib.util.find_spec("llama_cpp") is None:
            pytest.skip("llama-cpp-python is not installed: it could not be compiled here")
        command = [sys.executable, "-m", "llama_cpp.server", "--model", str(gguf), "--model_alias", "smollm2", "--n_ctx", "8192"]
        command += ["--host", "127.0.0.1", "--port", str(port)]
        with served(command, port, folder / "log") as url:
            yield url, "smollm2"
        return
    if importlib.util.find_spec("fastapi") is None or importlib.util.find_spec("uvicorn") is None:
        pytest.skip("fastapi and uvicorn are not installed")
    from propersim.learning.loading import converted

    model = folder / "smollm2"
    shutil.copytree(converted(gguf), model)
    command = [str(Path(sys.executable).with_name("transformers")), "serve", str(model), "--host", "127.0.0.1", "--port", str(port)]
    command += ["--device", "cpu"]
    with served(command, port, folder / "log") as url:
        yield url, str(model)


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("PROPERSIM_CACHE", str(tmp_path / "cache"))


@pytest.mark.usefixtures("own_cache")
def test_it_plays_the_user_and_the_assistant_of_a_morning(server, db):
    url, model = server
    config = RunConfig(
        persona="p01", until=MORNING, days=1, user="llm", user_model=model, user_base_url=url, assistant="api", model=model, base_url=url
    )
    with Store(db) as store:
        run = Runner(store, add_run(store, config), FreeGate()).go()
        steps, calls = list(store.steps(run)), store.calls(run)
        assert run.state == "finished"
        assert run.steps >= 2
        assert {call.purpose.split(":")[0] for call in calls} == {"plan", "rate", "say"}
        assert not any(call.failed for call in calls)
        assert all(call.tokens_in > 0 and call.tokens_out > 0 for call in calls if not call.cached)
        # Every rating is the model's own: with reasons where it gave some, and never of a step that was not asked for.
        assert {step.index for step in steps} <= {call.idx for call in calls if call.purpose == "rate"}
        asked = len(calls)
        again = Runner(store, add_run(store, config), FreeGate()).go()
        assert again.digest == run.digest
        assert all(call.cached for call in store.calls(again))
        assert len(store.calls(again)) < asked
