"""Every format gives back every text as it was, and what is missing stays missing."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.core.records import Candidate, Rating, Step, from_json, to_json
from propersim.core.text import FORMULA_STARTS
from propersim.export.exporter import Exporter
from propersim.export.step_table import COLUMNS, NAMES, arrow_batches, cell_of, csv_lines, rows, text_of
from propersim.store.store import Store
from tests.export.made_runs import STEPS, TEXTS, add, with_text

BITS = st.sampled_from((None, 0, 1))
RATINGS = st.builds(Rating, BITS, BITS, BITS, BITS)


@given(TEXTS)
def test_a_cell_is_no_formula_and_gives_its_text_back(text):
    cell = cell_of(text)
    assert cell
    assert not cell.startswith(FORMULA_STARTS)
    assert text_of(cell) == text
    assert text_of("") is None


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
def test_no_record_can_hold_a_lone_surrogate(text):
    with pytest.raises(UnicodeEncodeError):
        to_json(Candidate(text, Rating(1, 1, 1, 1)))
    stored = to_json(Candidate("here", Rating(1, 1, 1, 1))).replace(b"here", json.dumps(text)[1:-1].encode())
    with pytest.raises(msgspec.DecodeError):
        from_json(Candidate, stored)


def read_cell(kind, cell):
    """Return the value of a cell of a CSV file by the type of its column."""
    if kind == "text":
        return text_of(cell)
    kinds: dict[str, Any] = {"int": int, "float": float, "bool": lambda value: bool(int(value))}
    return kinds[kind](cell) if cell else None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXTS, RATINGS), min_size=1, max_size=8))
def test_a_csv_file_gives_every_value_back(given_steps):
    steps = [with_text(step, text, rating) for step, (text, rating) in zip(STEPS, given_steps, strict=False)]
    table = list(rows(steps, {0: "=note"}))
    text = "".join(f"{line}\n" for line in csv_lines(table))
    heading, *found = csv.reader(io.StringIO(text, newline=""))
    assert tuple(heading) == NAMES
    kinds = [*(column.kind for column in COLUMNS), "text"]
    assert [tuple(read_cell(kind, cell) for kind, cell in zip(kinds, row, strict=True)) for row in found] == table


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXTS, RATINGS), min_size=1, max_size=8))
def test_a_table_of_arrow_gives_every_value_back(given_steps):
    pytest.importorskip("pyarrow", reason="needs the extra data")
    steps = [with_text(step, text, rating) for step, (text, rating) in zip(STEPS, given_steps, strict=False)]
    table = list(rows(steps, {0: "note"}))
    (batch,) = arrow_batches(table)
    assert [tuple(row[name] for name in NAMES) for row in batch.to_pylist()] == table


@settings(max_examples=15, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=5), RATINGS)
def test_a_run_gives_every_text_back_in_all_formats(texts, rating):
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "runs.sqlite") as store:
        run = add(store, texts, rating)
        steps = list(store.steps(run))
        read = {}
        for kind in ("jsonl", "dpo", "kto", "sharegpt"):
            path = Path(folder) / kind
            count = Exporter(store, run, kind).write(path)
            read[kind] = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]] if count else []
            assert len(read[kind]) == count
            assert list(map(json.loads, Exporter(store, run, kind).lines())) == read[kind]
        assert read["jsonl"][0].pop("bookmark") == "look here"
        assert [from_json(Step, json.dumps(one)) for one in read["jsonl"]] == steps
        said = [json.loads(one["completion"][0]["content"]) for one in read["kto"]]
        labels = {None not in rating.values and 0 not in rating.values} if 0 in rating.values or None not in rating.values else set()
        assert {one["label"] for one, answer in zip(read["kto"], said, strict=True) if answer["speak"]} == labels
        if labels:
            assert [answer["suggestion"] for answer in said if answer["speak"]] == texts
        shared = [json.loads(one["conversations"][-1]["value"])["suggestion"] for one in read["sharegpt"] if one["spoke"]]
        assert shared == (texts if labels == {True} else [])
        assert [one["kind"] for one in read["dpo"]] == ["decision", "content", "answer"] * len(texts)
        sides = [[json.loads(one[side][0]["content"]) for side in ("chosen", "rejected")] for one in read["dpo"]]
        silent = {"speak": False}
        for number, text in enumerate(texts):
            mine = {"speak": True, "suggestion": text}
            decision, content, answer = sides[3 * number : 3 * number + 3]
            assert (decision, answer) == ([mine, silent], [silent, mine])
            assert content == [mine, {"speak": True, "suggestion": "Buy it now!"}]
        assert all(value is not None for kind in ("dpo", "kto", "sharegpt") for one in read[kind] for value in one.values())


def test_every_column_is_documented():
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "export.md").read_text(encoding="utf-8")
    table = page.partition("## Columns")[2].partition("\n\nIn CSV")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert [name for cell in cells for name in re.findall(r"`(\w+)`", cell)] == list(NAMES)
