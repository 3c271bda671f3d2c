"""Assistants of other packages: registered as entry points, listed, run and recorded."""

import importlib
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer

from propersim.cli import completion
from propersim.cli.main import app
from propersim.core import plugins
from propersim.core.config import OPTIONS, RunConfig
from propersim.core.errors import InputError
from propersim.memory.embedder import CachingEmbedder
from propersim.runs.factory import make_assistant, make_embedder
from propersim.store.store import Store
from tools import reference_pages

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

class Rude(Toy):
    def respond(self, observation):
        return 7

class Wordy(Toy):
    def respond(self, observation):
        return Response(("tea " * 200,))

class Clumsy(Toy):
    def respond(self, observation):
        raise KeyError("cup")

def rude(config, persona, session):
    return Rude()

def wordy(config, persona, session):
    return Wordy()

def clumsy(config, persona, session):
    return Clumsy()

class Blank:
    name = "blank"
    dimensions = 2

    def embed(self, text):
        return [float("nan"), 1.0]

def blank(config, session):
    return Blank()

NUMBER = 7

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
leaving = propersim_leaving:make
number = propersim_toy:NUMBER
rude = propersim_toy:rude
wordy = propersim_toy:wordy
clumsy = propersim_toy:clumsy
Loud = propersim_toy:make
human = propersim_toy:make

[propersim.embedders]
wordless = propersim_toy:wordless
blank = propersim_toy:blank
"""


def add_package(folder, name, version, entry_points):
    """Install a package that registers something, as far as its metadata are concerned."""
    metadata = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (metadata / "entry_points.txt").write_text(entry_points)
    plugins.installed.cache_clear()
    return metadata


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A package with an assistant, installed in a folder on the path."""
    folder = tmp_path / "site"
    add_package(folder, "propersim-toy", "1.2", ENTRY_POINTS)
    (folder / "propersim_toy.py").write_text(TOY)
    (folder / "propersim_exploding.py").write_text("raise RuntimeError('boom')")
    (folder / "propersim_leaving.py").write_text("print('not JSON')\nraise SystemExit(3)")
    monkeypatch.syspath_prepend(folder)
    plugins.installed.cache_clear()
    yield folder
    plugins.installed.cache_clear()


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
    assert (
        "<llama|api|silent|eager|random|oracle|broken|clumsy|exploding|failing|leaving|number|rude|toy|useless|wordy>"
        in cli("run", "--help").stdout
    )
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
        ("leaving", "leaving: propersim_leaving:make cannot be loaded (SystemExit: 3)"),
        ("number", "number: propersim_toy:NUMBER is no function, but a int"),
        ("rude", "a run with rude of propersim-toy 1.2 failed: TypeError: respond returned 7, which is no Response"),
        ("wordy", "ValueError: respond returned a text of 800 characters"),
        ("clumsy", "a run with clumsy of propersim-toy 1.2 failed: KeyError: 'cup' at "),
        ("human", "human: no valid name"),
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


def test_a_vector_that_is_none_is_an_error_of_the_embedder(toy):
    embedder = CachingEmbedder(make_embedder(RunConfig(embedder="blank")))
    with pytest.raises(InputError, match="blank: returned no vector of finite numbers"):
        embedder.embed("tea")


def test_a_run_that_its_plug_in_broke_can_be_resumed_when_it_is_mended(toy, cli, monkeypatch):
    run = cli("run", "--assistant", "toy", "--until", "day 1 09:00", "--json")
    expected = json.loads(run.stdout)["digest"]
    module = sys.modules["propersim_toy"]
    monkeypatch.setattr(module, "clumsy", vars(module)["make"])
    assert json.loads(cli("run", "--assistant", "clumsy", "--until", "day 1 09:00", "--json").stdout)["digest"] == expected
    responses = iter(range(20))

    def respond(self, observation, own=sys.modules["propersim_toy"].Toy.respond):
        if next(responses) == 10:
            raise RuntimeError("no tea")
        return own(self, observation)

    monkeypatch.setattr(sys.modules["propersim_toy"].Toy, "respond", respond)
    assert "RuntimeError: no tea at " in cli("run", "--assistant", "toy", "--until", "day 1 09:00", code=2).stderr
    monkeypatch.undo()
    monkeypatch.syspath_prepend(toy)
    assert json.loads(cli("resume", "last", "--json").stdout)["digest"] == expected


def test_a_resume_under_another_version_of_a_plug_in_is_refused(toy, cli, db):
    cli("run", "--assistant", "toy", "--until", "day 1 09:00")
    with Store(db) as store:
        (run,) = store.runs()
        store.update_run(run, state="stopped")
    (toy / "propersim_toy-1.2.dist-info").rename(toy / "propersim_toy-1.3.dist-info")
    metadata = toy / "propersim_toy-1.3.dist-info" / "METADATA"
    metadata.write_text(metadata.read_text().replace("1.2", "1.3"))
    plugins.installed.cache_clear()
    importlib.invalidate_caches()
    error = cli("resume", "last", code=2).stderr
    assert "under other versions: propersim.assistants:toy was propersim-toy 1.2, is propersim-toy 1.3\n" in error
    cli("resume", "last", "--force")
    versions = json.loads(cli("runs", "show", "last", "--json").stdout)["versions"]
    assert versions["plugins"] == {"propersim.assistants:toy": "propersim-toy 1.3"}
    assert versions["forced"][0]["then"]["plugins"] == {"propersim.assistants:toy": "propersim-toy 1.2"}


def listed(cli, *arguments, code=0):
    return {row["name"]: row for row in json.loads(cli("plugins", "--json", *arguments, code=code).stdout)}


def test_plug_ins_are_listed_with_their_packages_and_what_is_wrong(toy, cli):
    found = listed(cli)
    assert found["toy"] == {
        "group": "assistants", "name": "toy", "package": "propersim-toy", "version": "1.2", "target": "propersim_toy:make", "problem": "",
    }  # fmt: skip
    assert found["wordless"]["group"] == "embedders"
    assert found["exploding"]["problem"] == "propersim_exploding:make cannot be loaded (RuntimeError: boom)"
    assert found["silent"]["problem"] == "the name is built in, and cannot be replaced"
    assert found["Loud"]["problem"].startswith("no valid name")
    assert {name for name, row in found.items() if not row["problem"]} >= {"toy", "rude", "blank"}
    text = cli("plugins").stdout
    assert re.search(r"^assistants +toy +propersim-toy +1\.2 +loads$", text, re.MULTILINE)
    assert re.search(
        r"^assistants +broken +propersim-toy +1\.2 +propersim_toy:nothing cannot be loaded \(AttributeError.*\)$", text, re.MULTILINE
    )
    assert "7 of 15 plug-ins cannot be used" in cli("plugins", "--check", code=2).stderr
    assert "llama" not in text
    assert listed(cli, "--all")["llama"]["package"] == "propersim"


def test_a_plug_in_that_hangs_or_ends_python_when_it_is_imported_is_named(toy, cli, monkeypatch):
    monkeypatch.setattr("propersim.core.plugin_check.LONGEST_IMPORT", 3.0)
    ways = {"hangs": "import time\nwhile True: time.sleep(60)", "ends": "import os; os._exit(7)", "base": "raise BaseException('base')"}
    for name, text in ways.items():
        (toy / f"propersim_{name}.py").write_text(text)
    lines = [f"{name} = propersim_{name}:make" for name in ways]
    add_package(toy, "propersim-bad", "1.0", "\n".join(["[propersim.assistants]", *lines]) + "\n")
    found = listed(cli)
    assert found["hangs"]["problem"] == "propersim_hangs:make cannot be loaded (importing it takes more than 3 s)"
    assert found["ends"]["problem"] == "propersim_ends:make cannot be loaded (importing it ended Python with exit code 7)"
    assert found["base"]["problem"] == "propersim_base:make cannot be loaded (BaseException: base)"
    assert (found["toy"]["problem"], found["wordless"]["problem"]) == ("", "")
    error = cli("run", "--assistant", "base", "--until", "day 1 07:30", code=2).stderr
    assert "base: propersim_base:make cannot be loaded (BaseException: base)" in error


def test_a_name_that_two_packages_claim_is_refused(toy, cli):
    add_package(toy, "propersim-tea", "0.3", "[propersim.assistants]\ntoy = propersim_tea:make\ntea = propersim_toy:make\n")
    rows = [row for row in json.loads(cli("plugins", "--json").stdout) if row["name"] == "toy"]
    assert [row["package"] for row in rows] == ["propersim-tea", "propersim-toy"]
    assert {row["problem"] for row in rows} == {"registered more than once, by propersim-tea 0.3 and propersim-toy 1.2: remove all but one"}
    error = cli("run", "--assistant", "toy", code=2).stderr
    assert "registered more than once, by propersim-tea 0.3 and propersim-toy 1.2" in error
    assert "|tea|" in cli("run", "--help").stdout
    assert "|toy|" not in cli("run", "--help").stdout


@pytest.mark.parametrize("text", ["[propersim.assistants]\nno value\n", "\udcff"])
def test_a_package_with_damaged_metadata_hides_no_other(toy, cli, text):
    path = add_package(toy, "propersim-torn", "2.0", "") / "entry_points.txt"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    found = json.loads(cli("plugins", "--json").stdout)
    assert [row["package"] for row in found if "entry_points.txt" in row["problem"]] == ["propersim-torn"]
    assert {row["name"] for row in found} >= {"toy", "wordless"}
    assert json.loads(cli("run", "--assistant", "toy", "--until", "day 1 07:30", "--json").stdout)["assistant"] == "toy"
    assert completion.themes("")
    # Without a terminal the screen is not opened; with damaged metadata it is still found.
    assert [point.name for point in plugins.entry_points("propersim.screens", "textual")] == ["textual"]


def test_a_broken_plug_in_breaks_no_other_command(toy, cli):
    assert json.loads(cli("run", "--assistant", "oracle", "--until", "day 1 07:30", "--json").stdout)["assistant"] == "oracle"
    assert "exploding" in cli("run", "--help").stdout
    cli("runs", "ls")
    assert "propersim_exploding" not in sys.modules
    assert "propersim_leaving" not in sys.modules


def test_the_shell_offers_plug_ins(toy):
    assert {"toy", "oracle"} <= set(OPTIONS["assistant"].choices())
    assert not {"human", "Loud"} & set(OPTIONS["assistant"].choices())
    option = next(one for one in reference_pages.commands()["propersim run"].params if one.name == "assistant")
    context = typer.Context(typer.main.get_command(app))
    assert [one.value for one in option.shell_complete(context, "to")] == ["toy"]


def test_a_run_whose_package_is_gone_says_so(toy, cli, monkeypatch):
    run = json.loads(cli("run", "--assistant", "toy", "--until", "day 1 07:30", "--json").stdout)["run"]
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry != str(toy)])
    plugins.installed.cache_clear()
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


@pytest.mark.slow
def test_these_tests_do_not_depend_on_what_else_is_installed(tmp_path):
    (tmp_path / "other.py").write_text("def make(config, persona, session): ...\n", encoding="utf-8")
    add_package(tmp_path, "propersim-other", "0.1", "[propersim.assistants]\nother = other:make\n")
    here = Path(__file__)
    names = ("test_help_and_messages_list_what_is_registered", "test_plug_ins_are_listed_with_their_packages_and_what_is_wrong")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), *sys.path))}
    shown = subprocess.run(
        [sys.executable, "-m", "propersim", "plugins"], capture_output=True, text=True, env=environment, cwd=tmp_path, check=False
    )
    assert "propersim-other" in shown.stdout, shown.stderr
    words = ["-q", "-n", "0", "-p", "no:cacheprovider", *(f"{here}::{name}" for name in names)]
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", *words], capture_output=True, text=True, env=environment, cwd=here.parents[2], check=False
    )
    assert tested.returncode == 0, tested.stdout
    assert "2 passed" in tested.stdout
