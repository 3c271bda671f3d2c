"""What the tests share: real personas, the real home, real stores in temporary folders."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from importlib import metadata

os.environ.setdefault("HF_HUB_OFFLINE", "1")
# The caller's own options must not reach the tests.
for name in [key for key in os.environ if key.startswith("PROPERSIM_")]:
    del os.environ[name]
# Commands that are not told which assistant take one that needs no model; the tests of the model ask for it.
os.environ["PROPERSIM_ASSISTANT"] = "random"

import pytest
from hypothesis import HealthCheck, settings

from propersim.core import plugins
from propersim.persona.library import load_persona, persona_ids
from propersim.world.floor_plan import load_world

settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], derandomize=True
)
settings.load_profile("house")

PERSONAS = persona_ids()


WITH_A_MODEL = (
    *("tests/learning/", "tests/models/", "tests/pretraining/", "tests/inspector/test_inspector.py"),
    *("tests/assistant/test_llama.py", "tests/assistant/test_reveal.py"),
    *(
        "tests/cli/test_commands.py::test_doctor",
        "tests/cli/test_commands.py::test_a_damaged_database",
        "tests/runs/test_human.py::test_a_model_learns",
    ),
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Keep what needs a model in one worker: in two, torch would be loaded twice, and the runs that tests share made twice."""
    if config.pluginmanager.hasplugin("xdist"):
        for item in items:
            if item.nodeid.startswith(WITH_A_MODEL) and not item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.xdist_group("model"))


def pytest_collection_finish():
    """Take all modules out of the garbage collector's sight, and let it look less often: a third of the time went into that."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _place(package):
    """The name of a package and the folder that it is installed in."""
    return package.metadata["Name"], str(package.locate_file(""))


@pytest.fixture(scope="session", autouse=True)
def only_own_plug_ins():
    """Hide the packages with plug-ins that happen to be installed here: tests see those of propersim, and the ones that they add."""
    points = [point for group in plugins.BUILT_IN for point in metadata.entry_points(group=group)]
    found = {_place(point.dist) for point in points if point.dist is not None}
    others = {place for place in found if place[0] != "propersim"}
    every = metadata.distributions
    with pytest.MonkeyPatch.context() as patch:
        if others:
            patch.setattr(metadata, "distributions", lambda **which: (one for one in every(**which) if _place(one) not in others))
            # What was collected may have looked them up.
            plugins.installed.cache_clear()
        yield


@pytest.fixture(scope="session")
def world():
    return load_world()


@pytest.fixture(scope="session")
def personas():
    """All personas that ship, by id."""
    return {name: load_persona(name) for name in PERSONAS}


@pytest.fixture
def db(tmp_path):
    return tmp_path / "runs.sqlite"


@pytest.fixture
def cli(tmp_path, monkeypatch, capsys):
    """The command line in this process: a function of its arguments; what processes of their own show is tested with processes."""
    from propersim.cli import main

    def call(*arguments, code=0, env=None):
        with monkeypatch.context() as patch:
            patch.chdir(tmp_path)
            patch.setattr(sys, "argv", ["propersim", *map(str, arguments)])
            # The processes of parallel tests have the width of a terminal in their environment.
            patch.delenv("COLUMNS", raising=False)
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            capsys.readouterr()
            try:
                main()
                returned = 0
            except SystemExit as end:
                returned = int(end.code or 0)
        out, err = capsys.readouterr()
        assert returned == code, err
        assert "Traceback" not in err
        return subprocess.CompletedProcess(arguments, returned, out, err)

    return call


KILL_INSIDE = """
import os, signal, sys
from pathlib import Path
from propersim.store.store import Store
from propersim.cli.headless import run_headless

left = int(sys.argv[3])

def watch(statement):
    # Called by SQLite before each statement; the process dies with the transaction open.
    global left
    if statement.lower().startswith(sys.argv[4]) and store.connection.in_transaction:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

with Store(Path(sys.argv[1])) as store:
    store.connection.set_trace_callback(watch)
    run_headless(store, store.run(sys.argv[2]), as_json=True)
"""


@pytest.fixture
def kill_inside():
    """Carries a run on in a process that dies by SIGKILL at the nth statement that begins so, inside its transaction."""

    def kill(db, run_id, statement, count):
        command = [sys.executable, "-c", KILL_INSIDE, str(db), run_id, str(count), statement]
        env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(command, capture_output=True, timeout=360, env=env)
        assert done.returncode == -signal.SIGKILL, (statement, done.stderr)

    return kill
