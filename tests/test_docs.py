"""The documentation works: links resolve, examples run, generated tables are up to date, every command and key is documented."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from propersim_tui.config import actions, screen_actions
from tools import reference_pages

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
WITHOUT_EXAMPLE = {"reference/glossary.md"}
"""Pages that need no example; the decisions need none either."""
GUIDES = [
    path for path in sorted(DOCS.rglob("*.md")) if path.parent.name != "decisions" and str(path.relative_to(DOCS)) not in WITHOUT_EXAMPLE
]


def first_example(page):
    """Return the language and the text of a page's first example."""
    return re.findall(r"```(\w+)\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)[0]


def cheap(command):
    """Whether a command of an example needs neither a model, an endpoint, a screen nor a network."""
    words = shlex.split(command)
    if words[:1] != ["propersim"] or "|" in words or any(word.startswith("--user-") for word in words):
        return False
    if words[1] == "run":
        return "oracle" in words
    return words[1] in ("batch", "report", "controls", "export", "runs") or words[1:3] in (
        ["personas", "show"], ["personas", "ls"], ["personas", "new"], ["personas", "validate"], ["models", "ls"],
    )  # fmt: skip


RUNNABLE = [page for page in GUIDES if first_example(page)[0] == "bash" and all(map(cheap, first_example(page)[1].splitlines()))]
LONG = {"batch-and-report.md", "index.md", "many-machines.md", "personas.md"}
"""Pages whose example takes some seconds: processes of a batch, intervals over all results."""
PYTHON = [page for page in GUIDES if first_example(page)[0] == "python"]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_the_python_example_of_the_readme_runs(tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines
    assert all(line.endswith("| 4") for line in lines)


@pytest.mark.parametrize("page", GUIDES, ids=lambda p: str(p.relative_to(ROOT)))
def test_pages_begin_with_an_example(page):
    lines = page.read_text(encoding="utf-8").splitlines()
    fence = next(number for number, line in enumerate(lines) if line.startswith("```"))
    assert fence <= 12
    assert not any(line.startswith("## ") for line in lines[:fence])


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=pytest.mark.slow) if page.name in LONG else page for page in RUNNABLE],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_first_examples_in_the_shell_run(page, cli):
    for line in first_example(page)[1].splitlines():
        _, *arguments = shlex.split(line)
        done = cli(*(str(ROOT / word) if word.startswith(("docs/", "examples/")) else word for word in arguments))
        assert done.stdout or "--output" in arguments or "--out" in arguments


@pytest.mark.parametrize("page", PYTHON, ids=lambda p: str(p.relative_to(ROOT)))
def test_first_examples_in_python_run(page, tmp_path):
    if "import gymnasium" in first_example(page)[1]:
        pytest.importorskip("gymnasium", reason="needs the extra gym")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", first_example(page)[1]], capture_output=True, text=True, cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_examples_of_many_pages_are_run():
    assert len(RUNNABLE) + len(PYTHON) >= 8


def test_generated_tables_are_up_to_date():
    for page in reference_pages.PAGES:
        text = page.read_text(encoding="utf-8")
        assert reference_pages.filled(text) == text, f"{page.name}: python -m tools.reference_pages"


def test_every_command_and_option_is_documented():
    text = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"<!-- begin options (.+?) -->\n(.*?)<!-- end -->", text, flags=re.DOTALL))
    assert set(blocks) == {*reference_pages.commands(), "shared"}
    for name, command in reference_pages.commands().items():
        assert f"### {name}\n" in text
        there = blocks[name] + (blocks["shared"] if name in reference_pages.SHARED else "")
        for parameter in reference_pages.parameters(command):
            names = parameter.opts if parameter.param_type_name == "option" else [parameter.metavar or parameter.name.upper()]
            assert all(f"`{each}`" in there.replace("\\|", "|") for each in names), (name, names)
            assert getattr(parameter, "help", None), (name, names)


def test_every_key_is_documented():
    text = (DOCS / "reference" / "screen.md").read_text(encoding="utf-8")
    lists = [actions.ACTS, *(value for name, value in vars(screen_actions).items() if name.endswith("_ACTS"))]
    for act in (act for acts in lists for act in acts):
        assert f"| `{act.id}` |" in text, act.id
    (settings,) = re.findall(r"```toml\n(.*?)```", text, flags=re.DOTALL)
    assert set(tomllib.loads(settings)["keys"]) <= {act.id for act in actions.ACTS}


def test_every_page_is_in_the_navigation():
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    named = re.findall(r"^ +- (?:.+: )?(\S+\.md)$", nav, flags=re.MULTILINE)
    assert sorted(named) == sorted(str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md"))


def test_pages_named_in_the_sources_exist():
    for folder in ("propersim", "propersim_tui", "tools", "tests", "examples"):
        for path in (ROOT / folder).rglob("*.py"):
            for name in re.findall(r"docs/[\w/-]+\.(?:md|svg|json)", path.read_text(encoding="utf-8")):
                assert (ROOT / name).exists(), (path.name, name)


def test_workflows_templates_and_hooks_are_valid_yaml():
    files = [ROOT / ".pre-commit-config.yaml", ROOT / "CITATION.cff", *(ROOT / ".github").rglob("*.yml")]
    assert len(files) > 5
    for path in files:
        assert yaml.safe_load(path.read_text(encoding="utf-8")), path.name


@pytest.mark.slow
def test_the_site_is_built_and_needs_no_network(tmp_path):
    pytest.importorskip("mkdocs")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"})
    assert done.returncode == 0, done.stderr
    for page in (tmp_path / "site").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"<(?:script|img|iframe)[^>]+src=\"https?:|<link[^>]+href=\"https?:", text), page


def test_the_controls_page_has_every_persona_and_no_bad_oracle():
    text = (ROOT / "docs" / "concepts" / "controls.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (p\d\d) .*\|$", text, flags=re.MULTILINE)
    assert rows == [f"p{n:02d}" for n in range(1, 33)]
    table = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if re.match(r"\| p\d\d ", line)]
    # An oracle that shows fewer than the minimum on average cannot be in the band on every day.
    below = [row[0][:3] for row in table if float(row[-2]) < int(row[3].split("–")[0])]
    assert below == ["p18"]
    assert all(row[-1] != "100%" for row in table if row[0][:3] in below)


def test_traits_in_the_docs_are_those_of_the_code():
    from propersim.user import traits

    text = (ROOT / "docs" / "concepts" / "user-agent.md").read_text(encoding="utf-8")
    for (trait, level), factors in traits.TAG_WEIGHTS.items():
        column = 3 if level == "high" else 4
        rows = [line.split("|") for line in text.splitlines() if line.startswith("| ") and line.count("|") == 6]
        named = ""
        figures = set()
        for row in rows:
            named = row[1].strip() or named
            if named == trait:
                figures |= set(re.findall(r"\d+\.?\d*", row[column]))
        assert {f"{factor:g}" for factor in factors.values()} <= {f"{float(f):g}" for f in figures}, (trait, level)


def test_nothing_names_a_machine_or_a_secret():
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if files.returncode:
        pytest.skip("not in a checkout")
    for name in files.stdout.split():
        path = ROOT / name
        if path.suffix in (".npz", ".svg", ".raw") or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not re.search(r"sk-[A-Za-z0-9]{20}|/r[o]ot/|/home/[a-z]+/", text), name


def test_the_table_of_presets_is_that_of_the_code():
    from propersim.models.presets import Teaching, preset

    rows = [line.split("|") for line in (ROOT / "docs" / "concepts" / "learning.md").read_text(encoding="utf-8").splitlines()]
    (head,) = [row for row in rows if "`homelm`" in "".join(row) and "`smollm2`" in "".join(row) and len(row) > 5]
    names = [cell.strip(" `") for cell in head[2:5]]
    table = {row[1].strip(" `"): [float(cell) for cell in row[2:5]] for row in rows if len(row) == 7 and re.fullmatch(r"[\d. ]+", row[2])}
    for field in Teaching.__struct_fields__:
        assert table[field] == [getattr(preset(name).teaching, field) for name in names], field
