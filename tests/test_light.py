"""``pip install propersim`` without extras: what works without the libraries of the model, and what the rest says."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from propersim.core.errors import InputError
from propersim.models import libraries
from tests.tui import story
from tests.without_model_libraries import EXTRAS, ROOT, light_environment, run_light

INSTALL = "pip install 'propersim[llama]'"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a stored run of the oracle, and one of HomeLM that was made elsewhere."""
    made = tmp_path_factory.mktemp("light")
    done = run_light(made, "run", "--assistant", "oracle", "--days", "1", "--until", "day 1 12:00", "--json")
    assert done.returncode == 0, done.stderr
    story.add_learner(made / "llama.sqlite")
    return made


@pytest.mark.parametrize(
    "command",
    ["--version", "personas ls", "report", "study", "export last --out x.jsonl", "doctor", "judge last --with offline"],
)
def test_commands_work_without_the_libraries_of_the_model(folder, command):
    done = run_light(folder, *command.split())
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr


@pytest.mark.parametrize(
    "command",
    ["run", "batch --personas p01 --days 1", "models ls", "models export last --to x"],
)
def test_what_needs_the_model_says_in_one_line_how_to_install_it(folder, command):
    done = run_light(folder, *command.split())
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1, done.stderr
    line = done.stderr
    assert INSTALL in line
    assert "https://pytorch.org/get-started/locally" in line
    assert "torch, transformers" in line
    assert not done.stdout


@pytest.mark.parametrize("kind", ["kto", "csv", "sharegpt"])
def test_exports_that_are_text_need_no_library(folder, kind):
    done = run_light(folder, "export", "last", "--format", kind)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_a_table_without_its_library_says_in_one_line_how_to_install_it(folder):
    done = run_light(folder, "export", "last", "--format", "parquet", "--out", "steps.parquet")
    assert (done.returncode, done.stderr) == (2, "error: --format parquet needs pyarrow: pip install 'propersim[data]'\n")
    code = "import propersim; propersim.load_run('runs.sqlite').to_pandas()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, env=light_environment(folder))
    assert done.stderr.splitlines()[-1].endswith("a data frame needs pandas and pyarrow: pip install 'propersim[data]'")


def test_an_unfinished_run_of_the_model_is_not_resumed(folder):
    done = run_light(folder, "resume", "last", "--db", "llama.sqlite")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert INSTALL in done.stderr


SCREEN = """
import asyncio, sys
from pathlib import Path
from propersim.core.config import RunConfig
from propersim.inspector.protocol import InspectorError
from propersim.runs.create import add_run
from propersim.runs.live import LiveRun
from propersim.store.store import Store
from propersim_tui.app import PropersimApp
from propersim_tui.data.source import RunSource
from propersim_tui.screens.inspect import InspectScreen
from propersim_tui.screens.learned import LearnedScreen

async def until(pilot, app, holds):
    for _ in range(300):
        await asyncio.sleep(0.05)
        app.tick()
        await pilot.pause()
        if holds():
            return
    raise AssertionError("nothing came")

async def main(db, other):
    with Store(db) as store:
        run = add_run(store, RunConfig(assistant="oracle", days=1, until="day 1 09:00"))
    live = LiveRun(db, run.id, speed=None)
    app = PropersimApp(RunSource(db, run.id, live))
    live.start()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, app, lambda: app.playback.phase == "finished")
        assert app.failure is None, app.failure
    live.close()
    app = PropersimApp(RunSource(other, "last"), at=1000, paused=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("w")
        await until(pilot, app, lambda: app.screen._map_problem is not None)
        assert "propersim[llama]" in app.screen._map_problem.message, app.screen._map_problem
        await pilot.press("i")
        await until(pilot, app, lambda: "propersim[llama]" in str(app.screen.query_one("#state").content_shown))
        print("screen done", [name for name in sys.argv[3:] if name in sys.modules])

asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
"""


@pytest.mark.slow
def test_a_control_is_watched_and_the_model_asked_anew_says_what_is_missing(folder):
    done = subprocess.run(
        [sys.executable, "-c", SCREEN, "live.sqlite", "llama.sqlite", *EXTRAS],
        capture_output=True,
        text=True,
        cwd=folder,
        env=light_environment(folder),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "screen done []"


def test_the_extra_lists_what_is_looked_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    def names(wanted):
        return {text.split(">")[0].split("=")[0] for text in wanted}

    extra = names(project["optional-dependencies"]["llama"])
    assert set(libraries.LIBRARIES) == extra
    assert not names(project["dependencies"]) & set(EXTRAS)
    assert "propersim[data,docs,gym,llama]" in project["optional-dependencies"]["dev"], "make setup installs all"


def test_only_the_missing_libraries_are_named(monkeypatch):
    monkeypatch.setattr(libraries, "missing_libraries", lambda: ("peft",))
    with pytest.raises(InputError, match=r"^--model needs peft: pip install"):
        libraries.need_libraries("--model")


def test_the_environments_say_what_they_need(folder):
    done = subprocess.run(
        [sys.executable, "-c", "import propersim.gym"], capture_output=True, text=True, cwd=folder, env=light_environment(folder)
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "ModuleNotFoundError: propersim.gym needs gymnasium: pip install 'propersim[gym]'"


def test_make_installs_torch_first():
    recipe = Path(ROOT / "Makefile").read_text().split("\n\nwatch:")[0]
    assert recipe.index('"torch==$(TORCH)"') < recipe.index("--editable '.[dev]'")
