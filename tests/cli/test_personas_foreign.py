"""`personas import` of files of other projects, and rubrics of words: what is written, what is said, and what a run stores."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from typer.testing import CliRunner

from propersim.cli.main import app as main_app
from propersim.cli.personas import app
from propersim.core.config import RunConfig
from propersim.core.errors import PersonaError
from propersim.llm_client import Outage
from propersim.persona.foreign_import import read_foreign, read_rubric
from propersim.persona.importing import import_persona
from propersim.persona.library import load_persona
from propersim.persona_generation import UnusablePersona
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.runner import Runner
from propersim.store.store import Store
from tests.known import known
from tests.llm_client.faulty import Faulty, says, status
from tests.persona.foreign_files import FOLDER, card_chunk, picture

run = CliRunner().invoke
AGENT, RUBRIC = str(FOLDER / "agent.json"), str(FOLDER / "rubric.yaml")


@pytest.fixture(autouse=True)
def _apart(tmp_path, monkeypatch):
    monkeypatch.setenv("PROPERSIM_CACHE", str(tmp_path / "cache"))
    for name in ("PROPERSIM_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_an_agent_without_a_rubric_is_written_incomplete_and_runs_once_it_is_filled_in(tmp_path):
    done = run(app, ["import", AGENT, "-o", str(tmp_path)])
    path = tmp_path / "agent.yaml"
    assert done.exit_code == 0, done.output
    assert "agent: Maren Holt, from " in done.stdout
    assert "NOT COMPLETE: it has no rubric" in done.stdout
    assert "big_five.agreeableness: high; the file says “Medium. Friendly to those who work.”" in done.stdout
    assert done.stderr == f"warning: {path}: is not complete: its rubric is still to be written\n"
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# NOT COMPLETE: write the four texts of the rubric")
    assert "#   household: not stated" in text
    for command in (["run", "--persona", str(path), "--db", str(tmp_path / "r.sqlite")], ["personas", "show", str(path)]):
        refused = run(main_app, command).exception
        assert isinstance(refused, PersonaError)
        assert refused.exit_code == 2
        assert refused.hint is None
        assert refused.message == (
            f"{path}: is not complete: write rubric.preference, rubric.timing, rubric.frequency, rubric.communication in place of TODO, "
            f"then check it with `propersim personas validate {path}`"
        )
    validated = run(app, ["validate", str(path)])
    assert (validated.exit_code, validated.stderr.count("\n")) == (2, 1)
    # Written by hand, three texts are not enough, and four are.
    raw, texts = yaml.safe_load(text), yaml.safe_load((FOLDER / "rubric.yaml").read_text(encoding="utf-8"))
    raw["rubric"] |= {name: texts[name] for name in ("preference", "timing", "frequency")}
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    with pytest.raises(PersonaError, match=r"is not complete: write rubric\.communication in place"):
        load_persona(path)
    raw["rubric"] = texts
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    assert load_persona(path).rubric.communication.boundaries == ("money",)


def test_a_rubric_file_completes_what_has_none_and_is_refused_for_what_has_one(tmp_path):
    out, texts = tmp_path / "out", read_rubric(FOLDER / "rubric.yaml")
    done = run(app, ["import", AGENT, "--rubric", RUBRIC, "-o", str(out), "--json"])
    assert done.exit_code == 0, done.output
    (agent,) = json.loads(done.stdout)
    assert (agent["format"], agent["complete"], agent["drafted_by"]) == ("a TinyTroupe agent", True, "")
    assert any(line.startswith("household") for line in agent["assumed"])
    persona = load_persona(out / "agent.yaml")
    assert (persona.rubric.frequency.min_per_day, persona.rubric.frequency.max_per_day) == (4, 6)
    assert persona.rubric.communication.tones == ("direct", "warm")
    assert (out / "agent.yaml").read_text(encoding="utf-8").startswith("# Imported from agent.json, a TinyTroupe agent.\n# Assumed")
    refused = run(app, ["import", str(out / "agent.yaml"), "--rubric", RUBRIC, "-o", str(tmp_path)])
    assert refused.exit_code == 2
    assert "has a rubric of its own" in refused.stderr
    assert refused.stderr.count("\n") == 1
    # A picture and the incomplete file of an earlier import are completed the same way.
    card = tmp_path / "card.png"
    card.write_bytes(picture(card_chunk(b"ccv3", (FOLDER / "card_v2.json").read_text(encoding="utf-8"))))
    assert known(read_foreign(card)).complete(texts).persona.rubric == persona.rubric
    (tmp_path / "agent.yaml").write_text(known(read_foreign(FOLDER / "agent.json")).incomplete_yaml, encoding="utf-8")
    assert known(read_foreign(tmp_path / "agent.yaml", unfinished=True)).complete(texts).persona == persona


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("preference: I like books.\n", "lacks the text of timing, frequency, communication; a rubric has preference, timing"),
        ("- a\n", "has no texts of a rubric; write preference, timing, frequency, communication, each with its text"),
        ("preference: a\ntiming: b\nfrequency: c\ncommunication: 'TODO: d'\n", "lacks the text of communication"),
        ("preference: a\ntiming: b\nfrequency: c\ncommunication: d\ntone: e\n", "has unknown keys: tone"),
    ],
)
def test_a_rubric_file_with_a_mistake_is_refused_in_one_line(tmp_path, content, what):
    path = tmp_path / "texts.yaml"
    path.write_text(content, encoding="utf-8")
    error = run(app, ["import", AGENT, "--rubric", str(path), "-o", str(tmp_path)]).exception
    assert isinstance(error, PersonaError)
    assert error.message.startswith(f"{path}: {what}")
    assert not (tmp_path / "agent.yaml").exists()


def test_files_that_hold_no_person_get_one_line(tmp_path):
    for name in ("personahub.jsonl", "personahub_inputs.jsonl"):
        done = run(app, ["import", str(FOLDER / name), "-o", str(tmp_path)])
        assert done.exit_code == 2
        assert done.stderr.count("\n") == 1
        assert "personas new --with-llm --describe LINE" in done.stderr
    assert list(tmp_path.iterdir()) == []


def _rubric():
    """Return the answer of a good model: the rubric of the template's hours for the boatbuilder."""
    hours = {"start": "any", "end": "any"}
    return {
        "preference_text": "Tell me \x1b[31mof books and bread.", "dislikes": ["finance"],
        "likes": [{"topics": ["reading", "cooking", "music"], "during": ["any"], **hours}],
        "timing_text": "Between two and ten.", "windows": [{"start": "14:00", "end": "22:00", "during": []}], "never_during": ["call"],
        "frequency_text": "Four to six a day.", "min_per_day": 4, "max_per_day": 6,
        "communication_text": "Be direct.", "tones": ["direct"], "avoid": ["formal"], "boundaries": ["money"],
    }  # fmt: skip


def test_a_model_drafts_the_rubric_and_is_told_what_was_wrong(tmp_path):
    good = _rubric()
    bad = good | {"min_per_day": 9}

    def step(asked):
        return says(good if len(asked.body["messages"]) > 2 else bad)

    with Faulty(last=step) as server:
        llm = ["--with-llm", "--user-model", "any", "--user-base-url", server.url]
        done = run(app, ["import", AGENT, "-o", str(tmp_path), *llm])
        asked = server.asked
    assert done.exit_code == 0, done.output
    assert "corrected: rubric.frequency: min_per_day 9 is greater than max_per_day 6" in done.stderr
    assert "The rubric was drafted by any: read it before you use it." in done.stdout
    text = (tmp_path / "agent.yaml").read_text(encoding="utf-8")
    assert "# The rubric was drafted by any.\n" in text
    assert "\x1b" not in text
    persona = load_persona(tmp_path / "agent.yaml")
    assert (persona.name, persona.rubric.frequency.min_per_day) == ("Maren Holt", 4)
    assert persona.rubric.preference.text == "Tell me [31mof books and bread."
    # Only the rubric is asked for, and the person is quoted as data.
    question = asked[0].body["messages"][1]["content"]
    assert len(asked) == 2
    assert question.startswith("Step 3")
    assert re.search(r'<who>\n.*"Maren Holt".*\n</who>', question)
    assert '"22:30"' in question


def test_nothing_is_written_where_the_model_fails(tmp_path):
    hopeless = _rubric() | {"windows": [{"start": "03:00", "end": "03:15", "during": ["pet"]}]}
    for step, kind in ((status(402, "no money"), Outage), (says(hopeless), UnusablePersona)):
        with Faulty(last=step) as server:
            done = run(
                app, ["import", AGENT, "-o", str(tmp_path), "--with-llm", "--user-model", kind.__name__, "--user-base-url", server.url]
            )
        assert isinstance(done.exception, kind), done.output
        assert done.exception.exit_code == 3
        assert not (tmp_path / "agent.yaml").exists()


@pytest.fixture
def words(tmp_path):
    raw = load_persona("p01").model_dump(mode="json", exclude_none=True) | {"id": "words"}
    texts = {name: {"text": part["text"]} for name, part in raw["rubric"].items()}
    texts["communication"]["text"] += " The tides know why."
    path = tmp_path / "words.yaml"
    path.write_text(yaml.safe_dump(raw | {"rubric": texts}, sort_keys=False), encoding="utf-8")
    return path


def test_a_run_says_once_what_is_unsure_of_a_yaml_rubric_of_words(tmp_path, words):
    asked = ["--assistant", "silent", "--days", "1", "--timestep", "60", "--db", str(tmp_path / "r.sqlite")]
    done = run(main_app, ["run", "--persona", str(words), *asked, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["persona"] == "words"
    assert done.stderr.count("rules compiled from the words of preference, timing, frequency, communication") == 1
    assert done.stderr.count("no rule found: communication: “The tides know why.”") == 1
    shown = run(app, ["show", str(words)])
    assert "boundaries  [" in shown.stdout
    assert shown.stderr.count("The tides know why.") == 1
    assert run(app, ["validate", "--quick", str(words)]).stderr.count("The tides know why.") == 1
    assert "compiled" not in run(main_app, ["run", "--persona", "p01", *asked]).stderr


def test_a_run_stores_the_compiled_persona_so_that_a_resume_needs_no_file(tmp_path, words):
    written = tmp_path / "written.yaml"
    written.write_text(import_persona(words).yaml, encoding="utf-8")
    with Store(tmp_path / "r.sqlite") as store:
        rows = [add_run(store, RunConfig(persona=str(path), assistant="oracle", days=1, timestep=60.0)) for path in (words, written)]
        assert rows[0].persona_json == rows[1].persona_json == load_persona(words).model_dump_json()
        words.unlink()
        digests = {Runner(store, row, FreeGate()).go().digest for row in rows}
    assert len(digests) == 1
