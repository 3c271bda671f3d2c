"""The findings of doctor: a mark each, and what to do about each that is wrong."""

import copy
import io
import sys
from typing import Any

import pytest

from propersim.cli.doctor import examine_endpoint
from propersim.cli.doctor_view import checks, print_report

FITS: dict[str, Any] = {"there": True, "parameters": 1, "needs": 5, "available": 9, "fits": True, "day_s": 1, "night_s": 1, "problem": None}
FOUND: dict[str, Any] = {
    "propersim": "1",
    "python": "3.11",
    "machine": "m",
    "sqlite": "3",
    "textual": "8",
    "torch": "2",
    "bitsandbytes": "1",
    "personas": 32,
    "device": "cpu",
    "model": "homelm",
    "parameters": 5,
    "quantization": "nf4",
    "linear4bit_layers": 3,
    "measured": None,
    "model_problem": None,
    "model_hint": None,
    "models": [{**FITS, "model": "homelm"}, {**FITS, "model": "big", "there": False, "needs": 50, "fits": False}],
    "database": {"path": "r.sqlite", "exists": True, "runs": 1, "damaged": [], "free_mb": 9000, "problem": None, "hint": None},
    "endpoint": None,
}
"""Findings of a machine on which everything works."""


def test_what_works_needs_nothing_done():
    assert [(check.name, check.text) for check in checks(FOUND) if check.ok is False or check.hint] == []
    assert [check.text.split(":")[0] for check in checks(FOUND) if check.ok is None] == ["big"]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("textual", {"textual": None}),
        ("torch", {"torch": None}),
        ("bitsandbytes", {"bitsandbytes": None}),
        ("personas", {"personas": 0}),
        ("model", {"model_problem": "weights are damaged"}),
        ("", {"models": [{**FITS, "model": "homelm", "needs": 50, "fits": False}]}),
        ("", {"models": [{**FITS, "model": "homelm", "needs": None, "problem": "no such folder"}]}),
        ("database", {"database": {**FOUND["database"], "problem": "is damaged"}}),
        ("database", {"database": {**FOUND["database"], "damaged": ["p01-x"]}}),
        ("database", {"database": {**FOUND["database"], "free_mb": 3}}),
        ("database", {"database": {**FOUND["database"], "free_mb": None}}),
    ],
)
def test_each_fault_has_a_line_on_what_to_do(name, change):
    (wrong,) = (check for check in checks({**copy.deepcopy(FOUND), **change}) if check.ok is False)
    assert wrong.name == name
    assert len(wrong.hint) > 10
    assert "\n" not in wrong.hint


def test_an_endpoint_that_cannot_be_reached_has_a_line_on_what_to_do():
    found = {**FOUND, "endpoint": examine_endpoint("http://127.0.0.1:9/v1", "any")}
    assert [check.name for check in checks(found) if check.ok is False] == ["endpoint"]
    assert all(check.hint for check in checks(found) if check.ok is False)


@pytest.mark.parametrize(("encoding", "good", "bad"), [("utf-8", "✓", "✗"), ("ascii", "ok", "no"), ("cp437", "ok", "no")])
def test_marks_are_words_where_the_encoding_lacks_them(encoding, good, bad, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="replace")
    monkeypatch.setattr(sys, "stdout", stream)
    print_report({**FOUND, "torch": None})
    stream.flush()
    lines = stream.buffer.getvalue().decode(encoding).splitlines()
    assert [line.split()[:2] for line in lines][:1] == [[good, "propersim"]]
    assert [line.split()[1] for line in lines[:-3] if line.split()[0] == bad] == ["torch"]
    assert lines[-2].startswith(f"{good} works, ")
    assert lines[-1] == f"1 problem: what to do is below each {bad}."


def test_without_a_problem_the_last_line_says_that_nothing_has_to_be_done(capsys):
    print_report(copy.deepcopy(FOUND))
    assert capsys.readouterr().out.splitlines()[-1] == "Nothing has to be done."


def test_a_measured_model_says_how_long_a_run_takes(capsys):
    measured = {
        "model": "mine", "device": "cpu", "starter": False, "decision": 0.11, "suggestions": 2.4, "check": 0.05, "pair": 1.5, "frozen": 0.2,
        "day": 300.0, "night": 240.0, "fortnight": 7560.0, "memory": 1.5e9, "warning": "mine: has no starter adapter",
    }  # fmt: skip
    (check,) = [one for one in checks({**FOUND, "measured": measured}) if one.name == "measured"]
    assert check.text.startswith("mine on cpu: a decision 110 ms, two suggestions 2.4 s, a pair 1.5 s")
    assert "about 5 min a simulated day, 4 min a night that trains, 2 h for 14 days; 1.5 GB of memory" in check.text
    assert check.hint == "mine: has no starter adapter"
