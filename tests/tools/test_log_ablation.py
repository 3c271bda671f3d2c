"""The comparison of starters with and without the day's log goes on where it was, and repeats nothing that is complete."""

import json
import sys

import pytest

from propersim.pretraining import starter
from tests.tiny_models import chat_tokenizer, tiny, tiny_folder  # noqa: F401 - fixtures
from tools import log_ablation

pytestmark = pytest.mark.slow


def test_both_are_trained_once_on_the_same_moments(tiny, tmp_path, monkeypatch, capsys):  # noqa: F811
    class Ended(Exception):
        pass

    made, asked = starter._losses, []
    lived = starter.moments

    def ending(model, codec, decisions, said):
        asked.append([len(codec.ends(codec.prompt(one.state))) for one in decisions])
        if len(asked) == 3:
            raise Ended
        return made(model, codec, decisions, said)

    monkeypatch.setattr(starter, "_losses", ending)
    monkeypatch.setattr(starter, "moments", lambda count, seed, part, **more: lived(count, seed, "test", **more))
    options = ["--moments", "48", "--held-out", "16", "--out", str(tmp_path / "out"), "--threads", "1"]
    monkeypatch.setattr(sys, "argv", ["log_ablation", str(tiny), *options, "--json"])
    with pytest.raises(Ended):
        log_ablation.main()
    log_ablation.main()
    # The third step is made again, the first two are not; then the other one's three steps.
    assert len(asked) == 3 + 1 + 3
    assert all(max(row) == 1 for row in asked[:4])
    assert all(max(row) > 1 for row in asked[4:])
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(found) == set(log_ablation.KINDS)
    assert found["without"]["least"] == found["with"]["least"]
    assert found["without"]["tokens"] < found["with"]["tokens"]
    assert all(row["seconds"] > 0 and 0 <= row["agreement"] <= 1 for row in found.values())
    monkeypatch.setattr(sys, "argv", ["log_ablation", str(tiny), *options])
    log_ablation.main()
    assert len(asked) == 7
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["log", "without", "with"]
