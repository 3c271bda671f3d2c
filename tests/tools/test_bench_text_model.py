"""The comparison of ways to run a text model measures all that are there, and names the others."""

import json
import sys

import pytest

from tests.tiny_models import chat_tokenizer, tiny, tiny_folder  # noqa: F401 - fixtures
from tools import bench_text_model

pytestmark = pytest.mark.slow


def test_every_way_computes_the_same_prompts(tiny, monkeypatch, capsys):  # noqa: F811
    options = ["--prompts", "3", "--tokens", "2", "--rounds", "1", "--steps", "3", "--only", "propersim,transformers,torchao int8"]
    monkeypatch.setattr(sys, "argv", ["bench", str(tiny), *options, "--json"])
    bench_text_model.main()
    found = json.loads(capsys.readouterr().out)
    assert found["computed"] + found["kept"] == found["prompt_tokens"]
    assert {"propersim", "transformers"} <= set(found["ways"]) | set(found["missing"])
    assert all(row["decision_ms"] > 0 and row["token_ms"] > 0 for row in found["ways"].values())
    assert set(found["ways"]) >= {"propersim", "transformers"}
    without, logged = found["day"]["without"], found["day"]["with"]
    assert without["kept"] == pytest.approx(found["kept"], abs=1)
    assert logged["tokens"] > 1.5 * without["tokens"]
    # The log is kept but for its newest line.
    assert logged["read"] < 1.15 * without["read"]
    assert all(row["kept"] + row["read"] == pytest.approx(row["tokens"]) and row["decision_ms"] > 0 for row in (without, logged))


def test_ways_that_are_not_installed_are_named(tiny, monkeypatch, capsys):  # noqa: F811
    monkeypatch.setitem(sys.modules, "torchao", None)
    options = ["--prompts", "2", "--tokens", "1", "--rounds", "1", "--only", "propersim,torchao int8"]
    monkeypatch.setattr(sys, "argv", ["bench", str(tiny), *options])
    bench_text_model.main()
    lines = capsys.readouterr().out.splitlines()
    assert "are kept" in lines[0]
    assert lines[2].startswith("propersim")
    assert lines[3].startswith("torchao int8")
    assert "not measured" in lines[3]
    assert [line.split(",")[0].split(" ")[0] for line in lines[-2:]] == ["without", "with"]
    assert all(" kept, " in line and " read, " in line for line in lines[-2:])
