"""``propersim study`` as a user meets it: what is said and asked before anything is run, and that nothing is run twice."""

import base64
import json
import re
import sys
from html import unescape
from itertools import product
from pathlib import Path

import msgspec
import pytest

from propersim.cli import completion
from propersim.cli.report_page.study import study_page
from propersim.experiments.parts import Heading, Picture, ReportTable
from propersim.experiments.rescore import AS
from propersim.experiments.results import read_csv
from propersim.studies import study as studies
from propersim.studies.duration import measured
from tests.studies.test_studies import results_of

ROOT = Path(__file__).parent.parent.parent
_load = studies.load_study


@pytest.fixture
def small(monkeypatch):
    """The study ``ablation`` with the two variants that need no model."""
    study = _load("ablation")
    sweep = msgspec.structs.replace(study.quick, personas=("p19", "p26"), variants=("silent", "oracle"), days=1)
    full = msgspec.structs.replace(sweep, personas=("p19", "p26", "p17"))
    monkeypatch.setattr(studies, "load_study", lambda name: study._replace(quick=sweep, full=full))


def answer(monkeypatch, text):
    """Let a person sit at the terminal who gives an answer."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda: text)


def test_studies_are_listed_with_how_long_they_take(cli):
    done = cli("study")
    for name in studies.NAMES:
        assert re.search(rf"{name} --quick +\d+ +\d+ +\d+ +\d+ (min|h)", done.stdout), done.stdout
        assert re.search(rf"{name}  +\d+", done.stdout)
    assert measured().machine in done.stderr


def test_names_are_completed_and_misspellings_understood(cli):
    assert [name for name, _ in completion.studies("")] == list(studies.NAMES)
    assert [name for name, _ in completion.studies("ti")] == ["timestep"]
    done = cli("study", "complexty", code=2)
    assert "no study 'complexty'; did you mean 'complexity'?" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--quick",), "--quick: has no effect without the name of a study"),
        (("ablation", "--from", "x.csv", "--yes"), "--yes: has no effect without"),
        (("ablation", "--from", "x.csv", "--force"), "--force: has no effect without --html"),
        (("ablation", "--from", "none.csv"), "none.csv: cannot be read"),
    ],
)
def test_what_has_no_effect_is_refused(cli, arguments, message):
    assert message in cli("study", *arguments, code=2).stderr


@pytest.mark.usefixtures("small")
def test_nothing_is_run_without_an_answer(cli, tmp_path, monkeypatch):
    done = cli("study", "ablation", "--quick", code=2)
    assert "4 runs of 2 personas, 1 day each" in done.stderr
    assert "takes about" in done.stderr
    assert done.stderr.splitlines()[-2:] == [
        "error: nothing is run: there is no terminal to ask at",
        "  give --yes to begin without being asked",
    ]
    for text in ("", "n", "maybe"):
        answer(monkeypatch, text)
        assert cli("study", "ablation", "--quick", "--csv", "r.csv").stdout == ""
    assert read_csv(tmp_path / "r.csv") == {}


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_a_study_runs_once_reports_and_goes_on_where_it_was(cli, tmp_path, monkeypatch):
    answer(monkeypatch, "y")
    first = cli("study", "ablation", "--quick", "--csv", "r.csv", "--html", "r.html", "--jobs", "2")
    assert "4 runs, 0 done before; 2 in parallel" in first.stderr
    assert "oracle" in first.stdout
    assert "What came out" in first.stdout
    assert (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    # A second time nothing is asked, and the report is the same.
    answer(monkeypatch, "n")
    again = cli("study", "ablation", "--quick", "--csv", "r.csv")
    assert "4 of them done before" in again.stderr
    assert "takes about" not in again.stderr
    assert again.stdout == first.stdout == cli("study", "ablation", "--from", "r.csv").stdout
    # The full form makes only what the quick one did not.
    more = cli("study", "ablation", "--yes")
    assert "6 runs of 3 personas, 1 day each, 4 of them done before" in more.stderr
    markdown = cli("study", "ablation", "--from", "r.csv", "--markdown").stdout
    assert "## Figures over all days" in markdown
    assert "| oracle " in markdown


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in studies.NAMES if _load(name).collected is None])
def test_every_study_runs_in_its_smallest_form(cli, tmp_path, monkeypatch, name):
    study = _load(name)
    every = study.variations
    # A variant that moves needs the day of its move.
    days = max(1, *(study.quick.known[variant].get("move", 0) for variant in study.quick.variants))
    smallest = study._replace(
        quick=msgspec.structs.replace(study.quick, personas=study.quick.personas[:1], days=days, seeds=(0,)),
        # Of personas that it makes, the one itself and the last.
        variations=(lambda persona: [every(persona)[0], every(persona)[-1]]) if every is not None else None,
    )
    monkeypatch.setattr(studies, "load_study", lambda name: smallest)
    done = cli("study", name, "--quick", "--yes", "--csv", "r.csv", "--html", "r.html", "--jobs", "2")
    assert "What came out" in done.stdout
    found = read_csv(tmp_path / "r.csv").values()
    made = {(one.persona, one.variant) for one in found if AS not in one.variant}
    assert made == set(product(smallest.personas(quick=True), study.quick.variants))
    rated_again = {(one.persona, one.variant) for one in found if AS in one.variant}
    assert bool(rated_again) == (study.rated_as is not None)
    assert rated_again <= {(persona, f"{variant}{AS}{persona.partition('_')[0]}") for persona, variant in made}
    assert cli("study", name, "--from", "r.csv").stdout == done.stdout
    assert "<svg" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_a_report_is_data_too(cli):
    stored = ("study", "timestep", "--from", str(ROOT / "docs/studies/data/timestep.csv"))
    found = json.loads(cli(*stored, "--json").stdout)
    assert (found["study"], found["question"]) == ("timestep", _load("timestep").question)
    printed = cli(*stored, "--markdown").stdout
    assert len(found["tables"]) == 3
    for table in found["tables"]:
        assert all(len(row) == len(table["columns"]) for row in table["rows"])
        assert all(cell in printed for row in table["rows"] for cell in row)
    assert all(f"- {sentence}\n" in printed for sentence in found["sentences"])


def test_the_page_has_every_part_and_takes_no_text_as_markup():
    study = _load("ablation")
    results = results_of(study, lambda variant, place: 0.5)
    parts = study.parts(results)
    page = study_page(study, parts, results)
    assert page == study_page(study, parts, results)
    for part in parts:
        if isinstance(part, Heading):
            assert f">{part}</h2>" in page
        elif isinstance(part, Picture):
            assert part.svg in page
        elif isinstance(part, ReportTable):
            assert all(f">{row[0]}<" in page for row in part.rows)
    assert not re.search(r"(src|href)=\"https?:", page), "no network"
    assert "default-src 'none'" in unescape(page)
    hostile = '</p><script>alert(1)</script>{{ 7*7 }}"\u202e'
    page = study_page(study, [hostile, Heading(hostile), f"- {hostile}", ReportTable(["F1"], [[hostile], ["=1+1"]], hostile)], results)
    assert page.count("<script>") == 1
    assert "49" not in re.sub(r"[0-9a-f]{64}|sha256-\S+|<style>.*?</style>|<script>.*?</script>", "", page, flags=re.DOTALL)
    assert "\u202e" not in page
    (data,) = re.findall(r'href="data:text/csv;charset=utf-8;base64,([^"]+)"', page)
    assert "'=1+1" in base64.b64decode(data).decode()


@pytest.mark.parametrize("other", [("--from",), ("--yes", "--csv")])
def test_no_file_is_both_results_and_page(other, cli, tmp_path):
    text = (ROOT / "docs/studies/data/timestep.csv").read_text(encoding="utf-8")
    path = tmp_path / "r.csv"
    path.write_text(text, encoding="utf-8")
    done = cli("study", "timestep", *other, str(path), "--html", str(path), "--force", code=2)
    assert f"{other[-1]} and --html: both are" in done.stderr
    assert path.read_text(encoding="utf-8") == text


def test_an_unknown_setting_is_told_once(cli):
    assert cli("world", "[red]", code=2).stderr.count("one of home, office") == 1
