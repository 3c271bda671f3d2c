"""Assistants of other packages: registered as entry points, listed, run and recorded."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from propersim.core import plugins
from propersim.core.config import RunConfig
from propersim.core.errors import InputError
from propersim.runs.factory import make_assistant, make_embedder

ROOT = Path(__file__).parents[2]
TOY = """
from propersim.core.interfaces import Response

class Toy:
    name = "toy"

    def respond(self, observation):
        return Response(("Fancy a cup of tea?",))

    def observe(self, feedback):
        pass

    def reveal(self, feedback):
        pass

def make(config, persona, session):
    return Toy()

def useless(config, persona, session):
    return 7

def wordless(config, session):
    return 7

def failing(config, persona, session):
    raise RuntimeError("no luck")
"""
ENTRY_POINTS = """
[propersim.assistants]
toy = propersim_toy:make
silent = propersim_toy:make
broken = propersim_toy:nothing
useless = propersim_toy:useless
failing = propersim_toy:failing
exploding = propersim_exploding:make

[propersim.embedders]
wordless = propersim_toy:wordless
"""


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A package with an assistant, installed in a folder on the path."""
    folder = tmp_path / "site"
    metadata = folder / "propersim_toy-1.2.dist-info"
    metadata.mkdir(parents=True)
    (folder / "propersim_toy.py").write_text(TOY)
    (folder / "propersim_exploding.py").write_text("raise RuntimeError('boom')")
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: propersim-toy\nVersion: 1.2\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(folder)
    plugins._installed.cache_clear()
    yield folder
    plugins._installed.cache_clear()


def test_the_built_in_ones_are_registered_as_other_packages_register_theirs():
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    assert {group: groups[group] for group in plugins.BUILT_IN} == plugins.BUILT_IN


@pytest.mark.parametrize("group", plugins.BUILT_IN)
def test_every_built_in_one_can_be_loaded(group):
    assert all(callable(plugins.load(group, name)) for name in plugins.BUILT_IN[group])


def test_an_assistant_of_another_package_lives_a_morning(toy, cli):
    result = json.loads(cli("run", "--assistant", "toy", "--until", "day 1 09:00", "--json").stdout)
    assert result["assistant"] == "toy"
    assert result["days"][0]["shown"] == result["steps"] > 0
    versions = json.loads(cli("runs", "show", "last", "--json").stdout)["versions"]
    assert versions["plugins"] == {"propersim.assistants:toy": "propersim-toy 1.2"}
    again = json.loads(cli("resume", result["run"], "--json").stdout)
    assert again["digest"] == result["digest"]


def test_help_and_messages_list_what_is_registered(toy, cli):
    assert "<llama|api|silent|eager|random|oracle|broken|exploding|failing|toy|useless>" in cli("run", "--help").stdout
    error = cli("run", "--assistant", "toi", code=2).stderr
    assert "did you mean 'toy'?" in error
    assert "Usage" not in error


def test_a_built_in_name_cannot_be_replaced(toy, cli):
    assert json.loads(cli("run", "--assistant", "silent", "--until", "day 1 09:00", "--json").stdout)["days"][0]["shown"] == 0


def test_a_package_that_cannot_be_loaded_is_an_input_error(toy):
    with pytest.raises(InputError, match="broken: propersim_toy:nothing cannot be loaded"):
        make_assistant(RunConfig(assistant="broken"))


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("broken", "broken: propersim_toy:nothing cannot be loaded"),
        ("exploding", "RuntimeError: boom"),
        ("failing", "failing of propersim-toy 1.2 cannot be made (RuntimeError: no luck)"),
        ("useless", "useless of propersim-toy 1.2 made a int, which lacks name, respond, observe"),
    ],
)
def test_whatever_is_wrong_with_a_package_is_one_line(toy, cli, name, complaint):
    error = cli("run", "--assistant", name, "--until", "day 1 07:30", code=2).stderr
    assert complaint in error
    assert len(error.splitlines()) <= 3


def test_an_error_names_the_interface_of_the_part(toy):
    with pytest.raises(InputError, match=r"wordless of propersim-toy 1.2 made a int, which lacks name, dimensions, embed") as lacking:
        make_embedder(RunConfig(embedder="wordless"))
    assert "Embedder in propersim/memory/embedder.py" in (lacking.value.hint or "")


@pytest.mark.parametrize("group", plugins.BUILT_IN)
def test_the_named_interface_exists(group):
    name, _, path = plugins._INTERFACES[group].partition(" in ")
    assert f"class {name}(Protocol)" in (ROOT / path).read_text(encoding="utf-8")


def test_a_run_whose_package_is_gone_says_so(toy, cli, monkeypatch):
    run = json.loads(cli("run", "--assistant", "toy", "--until", "day 1 07:30", "--json").stdout)["run"]
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry != str(toy)])
    plugins._installed.cache_clear()
    assert json.loads(cli("runs", "show", run, "--json").stdout)["state"] == "finished"
    with pytest.raises(InputError, match="no 'toy' is registered"):
        make_assistant(RunConfig(assistant="toy"))


def test_without_metadata_the_built_in_ones_are_there(tmp_path):
    """As in a source checkout that is not installed: only the standard library has metadata."""
    code = (
        "import importlib.metadata as metadata; metadata.entry_points = lambda **_: []\n"
        "from propersim.core import plugins\n"
        "assert plugins.names(plugins.ASSISTANTS) == ['llama', 'api', 'silent', 'eager', 'random', 'oracle']\n"
        "assert callable(plugins.load(plugins.ASSISTANTS, 'oracle'))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
