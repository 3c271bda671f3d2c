"""The Inspect AI task, by Inspect's own command in an environment of its own, against a server on loopback."""

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.llm_client.answering import answers_schema
from tests.llm_client.faulty import Faulty, says

ENVIRONMENT = Path(__file__).parents[2] / ".venv-inspect" / "bin"
MODEL = "openai-api/local/any"
READ = """
import json, sys
from inspect_ai.log import read_eval_log
log = read_eval_log(sys.argv[1])
figures = {}
for one in log.results.scores:
    figures[f"{one.scorer} {one.name}"] = {name.split("/")[-1]: each.value for name, each in one.metrics.items()}
samples = [
    {name: {"value": one.value, "answer": one.answer, "of": one.metadata} for name, one in sample.scores.items()} for sample in log.samples
]
print(json.dumps({"status": log.status, "figures": figures, "samples": samples}))
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (ENVIRONMENT / "inspect").exists(), reason="make test-slow makes the environment of Inspect AI"),
]


def evaluated(tmp_path, answer, *options):
    """Return status, figures and samples of an evaluation in which a server answers."""
    with Faulty(last=answer) as server:
        about = {**os.environ, "LOCAL_BASE_URL": server.url, "LOCAL_API_KEY": "any", "NO_COLOR": "1"}
        command: list[str | Path] = [
            ENVIRONMENT / "inspect",
            "eval",
            "propersim/proactive",
            "--model",
            MODEL,
            "--model-role",
            f"grader={MODEL}",
        ]
        more = ["--log-dir", tmp_path / "logs", "--display", "none", *(part for option in options for part in ("-T", option))]
        subprocess.run([*command, *more], check=True, env=about, cwd=tmp_path, timeout=100)
    (log,) = (tmp_path / "logs").glob("*.eval")
    done = subprocess.run([ENVIRONMENT / "python", "-c", READ, log], check=True, env=about, capture_output=True, text=True, timeout=100)
    return json.loads(done.stdout)


def speaking(grades):
    """Return a step that is silent, speaks or says nonsense by the moment, and grades as another step does."""

    def step(asked):
        if asked.body.get("response_format"):
            return grades(asked)
        number = hashlib.sha256(asked.last_words.encode()).digest()[0] % 3
        return says(("", '{"speak": false}', '{"speak": true, "suggestion": "How about a short walk in the park?"}')[number])

    return step


def test_answers_are_rated_by_rubric_and_by_a_grader(tmp_path):
    done = evaluated(tmp_path, speaking(answers_schema(seed=3)), "personas=p01,p20", "count=12", "wanted=0.5", "judge=llm")
    assert done["status"] == "success"
    samples, figures = done["samples"], done["figures"]
    assert len(samples) == 12
    rated = [one["offline_judge"] for one in samples]
    for one in rated:
        value = one["value"]
        assert value["score"] == sum(value[name] for name in ("preference", "timing", "frequency", "communication"))
        assert value["spoke"] == bool(one["answer"])
        assert value["welcome"] == (value["spoke"] and value["score"] == 4)
        assert not (value["spoke"] and value["malformed"])
    for name in ("score", "spoke", "malformed"):
        assert figures[f"offline_judge {name}"]["mean"] == pytest.approx(sum(one["value"][name] for one in rated) / 12)
    assert {one["value"]["malformed"] for one in rated} == {0, 1}
    said, wanted = sum(one["value"]["spoke"] for one in rated), sum(one["of"]["oracle_speaks"] for one in rated)
    assert 0 < wanted < 12
    assert figures["offline_judge welcome"]["f1"] == pytest.approx(2 * sum(one["value"]["welcome"] for one in rated) / (said + wanted))
    assert all(set(one["llm_judge"]["value"]) == {"preference", "timing", "frequency", "communication", "score"} for one in samples)


def test_a_grader_without_a_valid_answer_leaves_the_sample_unscored(tmp_path):
    done = evaluated(tmp_path, speaking(lambda asked: says("I would rather talk.")), "personas=p01", "count=2", "judge=llm")
    assert done["status"] == "success"
    assert [one["llm_judge"]["value"] for one in done["samples"]] == [pytest.approx(float("nan"), nan_ok=True)] * 2
    assert all(one["offline_judge"]["value"]["score"] is not None for one in done["samples"])
