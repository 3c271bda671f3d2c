"""The report on a terminal: it fits the width, loses no figure, and hides what is empty."""

import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from propersim.cli.report import ReportTable
from propersim.cli.report_view import blocks, print_fitted, without_empty
from propersim.experiments.periods import FIGURES, Period
from propersim.experiments.report import report
from tests.experiments.test_report import FIVE, result

CELLS = st.sampled_from(("", "–", "0.00", "1.00 [0.90, 1.00]", "5531.3 [5486.5, 5577.8]"))


@st.composite
def tables(draw):
    heads = ["variant", "days", *draw(st.lists(st.sampled_from(("F1", "success rate", "in band from day 3", "s/run")), unique=True))]
    rows = draw(st.lists(st.tuples(st.just("no-nights pairs=50"), st.just("14"), *([CELLS] * (len(heads) - 2))), max_size=4))
    return ReportTable(heads, [list(row) for row in rows])


@given(table=tables(), width=st.integers(60, 200))
def test_every_column_is_in_one_block_that_fits(table, width):
    found = blocks(table, width)
    figures = [at for block in found for at in block if at > 1]
    assert figures == list(range(2, len(table.heads)))
    assert all(block[:2] == [0, 1] for block in found)
    for block in found:
        wide = sum(max(cell_len(word) for word in (*table.heads[at].split(), *(row[at] for row in table.rows))) + 2 for at in block)
        assert wide - 2 <= width


@given(table=tables())
def test_only_rows_and_columns_without_a_figure_are_left_out(table):
    shown = without_empty(table)
    assert [found for row in shown.rows if (found := _figures(shown, row))] == [
        found for row in table.rows if (found := _figures(table, row))
    ]
    assert all(_figures(shown, row) for row in shown.rows)
    assert all(any(row[at] not in ("", "–") for row in shown.rows) for at in range(len(shown.heads)))


def _figures(table, row):
    return [cell for name, cell in zip(table.heads, row, strict=True) if name not in ("variant", "days", "s/run") and cell not in ("", "–")]


@pytest.fixture
def found():
    return report([result(f"p{at:02d}", FIVE) for at in range(1, 7)], [Period(1, 1)])


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_report_fits_the_terminal(found, width, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    print_fitted(found, FIGURES)
    out = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert max(map(cell_len, out.splitlines())) <= width
    assert "…" not in out
    assert "##" not in out
    assert "left out; --wide shows all." in out
    print_fitted(found, FIGURES, wide=True)
    whole = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert "left out" not in whole
    numbers = re.compile(r"\d+\.\d\d \[")
    assert len(numbers.findall(out)) == len(numbers.findall(whole)) > 0


def test_markdown_where_stdout_is_no_terminal_or_it_is_asked_for(cli, monkeypatch):
    cli("run", "--days", "1", "--assistant", "oracle")
    piped = cli("report", "--at", "1").stdout
    assert "\n## Built-in personas\n" in piped
    assert "| variant " in piped
    assert "| variant " not in cli("report", "--at", "1", "--wide").stdout
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("propersim.cli.batch._on_terminal", lambda: True)
    assert cli("report", "--at", "1", "--markdown").stdout == piped
    assert "| variant " not in cli("report", "--at", "1").stdout
