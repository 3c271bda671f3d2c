"""The report on a terminal: it fits the width, loses no figure, and hides what is empty."""

import json
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from propersim.cli.report_view import print_plain
from propersim.cli.tables import fitted, print_table, without_empty
from propersim.core.config import RunConfig
from propersim.experiments.parts import ReportTable
from propersim.experiments.periods import FIGURES, Period
from propersim.experiments.report import report
from propersim.runs.create import add_run
from propersim.store.store import Store
from tests.experiments.test_report import FIVE, result

CELLS = st.sampled_from(("", "–", "0.00", "1.00 [0.90, 1.00]", "5531.3 [5486.5, 5577.8]"))


@st.composite
def tables(draw):
    heads = [
        "variant",
        "days",
        *draw(st.lists(st.sampled_from(("F1", "success rate", "in band from day 3", "seconds per run")), unique=True)),
    ]
    rows = draw(st.lists(st.tuples(st.just("no-nights pairs=50"), st.just("14"), *([CELLS] * (len(heads) - 2))), max_size=4))
    return ReportTable(heads, [list(row) for row in rows])


@given(table=tables(), width=st.integers(60, 200))
def test_every_column_is_in_one_block_that_fits(table, width):
    found = fitted(table.heads, table.rows, width, wrap=("variant",), naming=("variant", "days")).blocks
    assert [at for block in found for at in block if at > 1] == list(range(2, len(table.heads)))
    assert all(block[:2] == [0, 1] for block in found)
    for block in found:
        longest = sum(max(cell_len(word) for word in (*table.heads[at].split(), *(row[at] for row in table.rows))) + 2 for at in block[1:])
        assert 12 + longest <= width


@given(table=tables(), width=st.integers(60, 200))
def test_columns_are_left_out_only_in_order_and_only_where_there_is_no_room(table, width):
    drop = [head for head in ("seconds per run", "F1") if head in table.heads]
    found = fitted(table.heads, table.rows, width, naming=("variant",), drop=drop)
    assert {table.heads[at] for at in found.left_out} == set(drop[: len(found.left_out)])
    assert sorted({at for block in found.blocks for at in block} | set(found.left_out)) == list(range(len(table.heads)))
    if len(found.blocks) > 1:
        assert len(found.left_out) == len(drop)


@given(table=tables())
def test_only_rows_and_columns_without_a_figure_are_left_out(table):
    shown = ReportTable(*without_empty(table.heads, table.rows, ("variant", "days", "seconds per run")))
    assert [found for row in shown.rows if (found := _figures(shown, row))] == [
        found for row in table.rows if (found := _figures(table, row))
    ]
    assert all(_figures(shown, row) for row in shown.rows)
    assert all(any(row[at] not in ("", "–") for row in shown.rows) for at in range(len(shown.heads)))


def _figures(table, row):
    return [
        cell
        for name, cell in zip(table.heads, row, strict=True)
        if name not in ("variant", "days", "seconds per run") and cell not in ("", "–")
    ]


@pytest.fixture
def found():
    return report([result(f"p{at:02d}", FIVE) for at in range(1, 7)], [Period(1, 1)])


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_report_fits_the_terminal(found, width, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    print_plain(found, FIGURES)
    out = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert max(map(cell_len, out.splitlines())) <= width
    assert "…" not in out
    assert "##" not in out
    assert "Left out, because they have no figures: " in out
    print_plain(found, FIGURES, wide=True)
    whole = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert "Left out" not in whole
    numbers = re.compile(r"\d+\.\d\d \[")
    assert len(numbers.findall(out)) == len(numbers.findall(whole)) > 0


def test_markdown_only_where_it_is_asked_for(cli):
    cli("run", "--days", "1", "--assistant", "oracle")
    assert "\n## Built-in personas\n" in cli("report", "--at", "1", "--markdown").stdout
    assert "\n| all | " in cli("runs", "show", "last", "--markdown").stdout
    assert "| persona " in cli("controls", "p01", "--days", "1", "--markdown").stdout
    for command in (
        ("report", "--at", "1"),
        ("report", "--at", "1", "--wide"),
        ("runs", "show", "last"),
        ("controls", "p01", "--days", "1"),
    ):
        assert "|" not in cli(*command).stdout


def test_a_report_on_one_persona_has_its_figures_once(cli):
    cli("run", "--days", "1", "--assistant", "oracle", "--persona", "p03")
    out = cli("report", "--at", "1", "--figures", "f1,score").stdout
    assert "One persona: p03, O+ C+ E+ A- N+, wants 0.50–0.62 recommendations per hour." in out
    assert "The same personas, and so the same figures, as all built-in ones here: Developed on: p01–p16; Conditional personas." in out
    assert len(re.findall(r"^oracle ", out, re.MULTILINE)) == 2


@pytest.mark.parametrize(("columns", "width"), [("70", 70), ("", 120), ("0", 120)])
def test_a_report_in_a_pipe_fits_a_page(found, columns, width, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", columns)
    print_plain(found, FIGURES)
    out = capsys.readouterr().out
    assert width - 30 < max(map(cell_len, out.splitlines())) <= width
    assert "…" not in out
    assert "\x1b" not in out
    print_plain(found, FIGURES, wide=True)
    whole = capsys.readouterr().out
    numbers = re.compile(r"\d+\.\d\d \[")
    assert len(numbers.findall(out)) == len(numbers.findall(whole)) > 0
    assert max(map(cell_len, whole.splitlines())) > 300


def test_a_list_in_a_pipe_has_one_line_a_row(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "20")
    print_table(("run", "persona"), [("p03-oracle-zqaw", "p03 Valentina Sorrentino")], drop=("persona",))
    assert capsys.readouterr().out.splitlines()[1] == "p03-oracle-zqaw  p03 Valentina Sorrentino"


def test_lengths_are_apart_and_runs_that_do_not_count_are_counted(cli, db):
    for days in (2, 1, 2):
        cli("run", "--days", days, "--assistant", "random", "--db", db)
    cli("run", "--days", 2, "--assistant", "random", "--until", "day 1 09:00", "--db", db)
    with Store(db) as store:
        for name in ("oracle", "silent"):
            store.update_run(add_run(store, RunConfig(assistant=name)), state="stopped")
    out = cli("report", "--at", "1", "--db", db).stdout
    assert out.startswith("3 runs. ")
    assert "The runs have 2 and 1 day: each number of days has rows of its own" in out
    assert "Not counted: 1 run with the same options as a newer one, 2 unfinished runs." in out
    assert re.search(r"^random days=2 +none +2 +1 ", out, re.MULTILINE)
    assert re.search(r"^random days=1 +none +1 +1 ", out, re.MULTILINE)
    assert re.search(r"^random until=day_1_09:00 +none +1 +1 ", out, re.MULTILINE)
    assert "±" not in out.partition("Built-in personas")[2]
    found = json.loads(cli("report", "--at", "1", "--json", "--db", db).stdout)
    assert found["not_counted"] == {"repeated": 1, "replaced": 0, "unfinished": 2}


@pytest.fixture
def terminal(monkeypatch, capsys):
    """A function that prints on a terminal of a width, and returns the lines without styles."""

    def lines(width, *arguments, **options):
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        print_table(*arguments, **options)
        return [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()]

    return lines


def test_a_table_on_a_narrow_terminal_is_never_cut(terminal):
    heads = ("run", "persona", "F1", "unwelcome", "created")
    row = ("p03-oracle-zqaw", "p03 Valentina Sorrentino", "1.00", "1224", "2026-11-29T16:16:17Z")
    options = {"numbers": ("F1", "unwelcome"), "drop": ("created", "persona")}
    assert terminal(100, heads, [row], **options)[1] == "  ".join((*row[:3], "     1224", row[4]))
    assert terminal(60, heads, [row], **options) == [
        "run              persona                     F1  unwelcome",
        "p03-oracle-zqaw  p03 Valentina Sorrentino  1.00       1224",
        "Left out, because the terminal is narrow: created. --wide",
        "shows all.",
    ]
    assert terminal(28, heads, [row], **options)[:5] == [
        "run                F1",
        "p03-oracle-zqaw  1.00",
        "",
        "run              unwelcome",
        "p03-oracle-zqaw       1224",
    ]
    assert terminal(28, heads, [row], wide=True, **options)[1] == "  ".join((*row[:3], "     1224", row[4]))


def test_columns_of_words_wrap_before_a_table_is_split(terminal):
    table = ("model", "about", "perplexity"), [("homelm", "trained for this project", "1.82")]
    options = {"wrap": ("about",), "numbers": ("perplexity",)}
    assert terminal(44, *table, **options) == [
        "model   about                     perplexity",
        "homelm  trained for this project        1.82",
    ]
    assert terminal(34, *table, **options) == [
        "model   about           perplexity",
        "homelm  trained for           1.82",
        "        this project",
    ]
