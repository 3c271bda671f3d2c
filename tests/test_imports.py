"""What must not be imported, and when; each in a fresh process."""

import subprocess
import sys

import grimp
import pytest

from propersim.core.config import RunConfig
from propersim.runs.create import add_run
from propersim.store.store import Store

HEAVY = ("torch", "transformers", "peft", "trl", "bitsandbytes", "numpy", "textual", "sqlite_utils", "propersim_tui")


def loaded_by(code):
    script = f"import sys, contextlib\nwith contextlib.suppress(SystemExit):\n    {code}\nprint('\\n'.join(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split("\n"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["personas", "ls"],
        ["runs", "--help"],
        ["watch", "--help"],
        ["batch", "--help"],
        ["report", "--help"],
        ["models", "export", "--help"],
        ["study", "--help"],
    ],
    ids=" ".join,
)
def test_quick_commands_load_nothing_heavy(arguments):
    found = loaded_by(f"sys.argv = ['propersim', *{arguments!r}]; from propersim.cli import main; main()")
    assert "propersim.cli.main" in found
    assert not found & set(HEAVY)


def test_the_engine_needs_no_screen_and_no_model():
    code = "import propersim as ps; list(ps.Simulation(ps.load_persona('p01'), 'oracle', days=1))"
    found = loaded_by(code)
    assert "numpy" in found
    assert not found & {"torch", "transformers", "textual", "propersim_tui", "typer", "gymnasium"}


def test_a_run_is_read_without_a_model_a_screen_or_a_table(tmp_path):
    db = tmp_path / "runs.sqlite"
    with Store(db) as store:
        add_run(store, RunConfig(persona="p25", assistant="silent", days=1))
    found = loaded_by(f"import propersim as ps; ps.load_run({str(db)!r}).days")
    assert "propersim.export.stored_run" in found
    assert not found & {"torch", "transformers", "textual", "propersim_tui", "typer", "pandas", "pyarrow", "numpy"}
    assert not loaded_by("import propersim") & {"propersim.export", "propersim.store", "propersim.core.records"}


def test_environments_need_no_screen_and_no_model():
    pytest.importorskip("gymnasium", reason="needs the extra gym")
    found = loaded_by("import gymnasium, propersim.gym; gymnasium.make('propersim/ProPer-v0').reset(seed=0)")
    assert "propersim.gym.assistant_env" in found
    assert not found & {"torch", "transformers", "textual", "propersim_tui", "typer"}


def test_the_screen_needs_no_model_and_no_simulation():
    found = loaded_by("import propersim_tui.launch, propersim_tui.app")
    assert "textual" in found
    assert not found & {"torch", "transformers", "propersim.simulation.simulation", "propersim.reading.classifier"}


ROOMS_WITH_TORCH = {"models", "learning", "pretraining"}
MODEL_LIBRARIES = {"torch", "transformers", "peft", "trl", "bitsandbytes"}
# The answer cache is a SQLite file of its own; doctor only reports the version of SQLite.
MODULES_WITH_SQL = {"propersim.llm_client.cache", "propersim.cli.doctor"}
SQL_LIBRARIES = {"sqlite3", "sqlite_utils"}


@pytest.fixture(scope="module")
def imports():
    """Direct imports between the modules of both packages and the libraries they use."""
    return grimp.build_graph("propersim", "propersim_tui", include_external_packages=True)


def test_only_three_rooms_import_a_model_library(imports):
    users = {module for library in MODEL_LIBRARIES & imports.modules for module in imports.find_modules_that_directly_import(library)}
    assert users
    assert {module.split(".")[1] for module in users} <= ROOMS_WITH_TORCH


def test_only_the_store_and_the_answer_cache_speak_sql(imports):
    users = {module for library in SQL_LIBRARIES & imports.modules for module in imports.find_modules_that_directly_import(library)}
    assert users
    assert {module for module in users if module.split(".")[1] != "store"} <= MODULES_WITH_SQL
