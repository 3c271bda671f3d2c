"""The commands `personas import`, `new` and `show`."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from propersim.cli.personas import app
from propersim.core.errors import InputError, PersonaError
from propersim.persona.library import load_persona

FOLDER = Path(__file__).parents[1] / "data" / "official_personas"
run = CliRunner().invoke


@pytest.mark.slow
def test_published_personas_are_imported_with_a_report_and_a_broken_one_is_named(tmp_path):
    broken = tmp_path / "broken.scratch.json"
    raw = json.loads((FOLDER / "persona_01.scratch.json").read_text(encoding="utf-8"))
    raw["criteria"]["Frequency"] = "Often, I suppose."
    broken.write_text(json.dumps(raw), encoding="utf-8")
    out = tmp_path / "out"
    paths = [str(FOLDER / "persona_01.scratch.json"), str(broken), str(FOLDER / "persona_08.scratch.json")]
    done = run(app, ["import", *paths, "-o", str(out)])
    assert done.exit_code == 2
    assert "rubric.frequency: gives no number" in done.stderr
    assert "once every two hours" in done.stderr
    assert f"1 of 3 not imported: {broken}" in done.stderr
    assert sorted(path.name for path in out.iterdir()) == ["persona_01.yaml", "persona_08.yaml"]
    assert "? “social activity recommendations" in done.stdout
    assert "“late morning”: windows" in done.stdout
    assert "?; given as a reason, not as a wish; not used" in done.stdout
    assert "pronouns: they" in done.stdout
    persona = load_persona(out / "persona_08.yaml")
    assert (persona.id, persona.name, persona.lifestyle.wake) == ("persona_08", "John Lin", "09:00")
    assert persona.rubric.frequency.min_gap == 120
    again = run(app, ["import", paths[0], "-o", str(out), "--json"])
    assert again.exit_code == 2
    assert "overwrite it with --force" in again.stderr
    assert "already exists" in json.loads(again.stdout)[0]["error"]
    forced = run(app, ["import", paths[0], str(FOLDER / "persona_18.scratch.json"), "-o", str(out), "--json", "--force"])
    assert forced.exit_code == 0
    report, hopeless = json.loads(forced.stdout)
    assert [line.split("; the oracle")[0] for line in report["warnings"]] == ["frequency asks for at least 10.667 a day"]
    assert any("even the oracle scores only 3." in warning for warning in hopeless["warnings"])
    assert "warning: persona_18: even the oracle" in forced.stderr
    assert report["id"] == "persona_01"
    assert all(item["sentence"] and item["reason"] for key in ("understood", "unsure", "not_placed") for item in report[key])


def test_imported_personas_go_to_the_users_folder_and_are_found_by_id(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    shutil.copy(FOLDER / "persona_27.scratch.json", tmp_path / "idle one.scratch.json")
    done = run(app, ["import", str(tmp_path / "idle one.scratch.json")])
    assert done.exit_code == 0, done.stderr
    assert load_persona("idle-one").age == 32


def test_show_prints_the_normalised_rules_and_uncertain_findings_of_a_published_persona():
    done = run(app, ["show", str(FOLDER / "persona_03.scratch.json"), "--json"])
    shown = json.loads(done.stdout)
    assert shown["rubric"]["frequency"] == {"min_per_day": 4, "max_per_day": 5, "min_gap": 180, "max_gap": 240}
    assert shown["rubric"]["timing"]["windows"] == [{"start": "06:00", "end": "09:00"}, {"start": "21:00", "end": "24:00"}]
    assert shown["big_five"]["agreeableness"] == "low"
    assert {"timing", "communication"} <= {item["dimension"] for item in shown["unsure"]}


def test_the_template_is_valid_and_its_texts_give_its_rules(tmp_path):
    path = tmp_path / "mine.yaml"
    assert run(app, ["new", "-o", str(path)]).exit_code == 0
    template = load_persona(path)
    with pytest.raises(InputError, match="already exists"):
        run(app, ["new", "-o", str(path)], catch_exceptions=False)
    raw = template.model_dump(mode="json", exclude_none=True)
    raw["rubric"] = {name: part["text"] for name, part in raw["rubric"].items()}
    words = tmp_path / "words.json"
    words.write_text(json.dumps(raw), encoding="utf-8")
    assert load_persona(words).rubric == template.rubric


def test_own_personas_are_read_in_toml_and_json_and_errors_name_the_field(tmp_path):
    raw = load_persona("p01").model_dump(mode="json", exclude_none=True)
    good = tmp_path / "good.json"
    good.write_text(json.dumps(raw), encoding="utf-8")
    assert load_persona(good) == load_persona("p01")
    coloured = tmp_path / "coloured.json"
    coloured.write_text(
        json.dumps(raw | {"name": "Red \x1b[31m", "background": "Up \x1b[2J and down.", "goals": ["\u202eback"]}), encoding="utf-8"
    )
    shown = run(app, ["show", str(coloured)])
    assert shown.exit_code == 0
    assert not {"\x1b", "\u202e"} & set(shown.stdout)
    del raw["age"]
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(raw), encoding="utf-8")
    toml = tmp_path / "bad.toml"
    toml.write_text('id = "x"\nname = "X"\nage = "old"\n', encoding="utf-8")
    huge = tmp_path / "huge.json"
    huge.write_text('{"a": "' + "x" * 300_000 + '"}', encoding="utf-8")
    deep = tmp_path / "deep.json"
    deep.write_text("[" * 90_000, encoding="utf-8")
    cut = tmp_path / "cut.toml"
    cut.write_text("id = ", encoding="utf-8")
    for path, what in ((bad, "age: is missing"), (toml, "age: "), (huge, "larger than"), (deep, "not valid JSON"), (cut, "not valid TOML")):
        with pytest.raises(PersonaError, match=what) as caught:
            load_persona(path)
        assert str(path) in caught.value.message


def test_markup_in_a_persona_is_printed_as_text_and_wrapped(tmp_path):
    raw = load_persona("p01").model_dump(mode="json", exclude_none=True)
    path = tmp_path / "markup.json"
    path.write_text(json.dumps(raw | {"name": "[red]Ada[/red] :smile:", "background": "word " * 100}), encoding="utf-8")
    shown = run(app, ["show", str(path)]).stdout
    assert "[red]Ada[/red] :smile:" in shown
    assert max(len(line) for line in shown.splitlines()) <= 100
    assert run(app, ["ls"]).stdout.splitlines()[0].split() == ["id", "name", "age", "traits", "per", "day", "tones", "occupation"]


def test_a_persona_that_a_run_would_refuse_is_not_written_and_the_problem_is_named(tmp_path):
    raw = json.loads((FOLDER / "persona_01.scratch.json").read_text(encoding="utf-8"))
    raw["lifestyle"] = "John Lin typically 1) Wakes up at 6am. 2) Has lunch at 12:30pm. 3) Calls a friend at 12:40pm."
    path = tmp_path / "crowded.scratch.json"
    path.write_text(json.dumps(raw), encoding="utf-8")
    done = run(app, ["import", str(path), "-o", str(tmp_path / "out"), "--json"])
    assert done.exit_code == 2
    assert "a run would refuse it, as its days cannot be planned" in done.stderr
    assert "runs into" in json.loads(done.stdout)[0]["error"]
    assert not list((tmp_path / "out").glob("*"))


def test_rules_that_can_never_hold_are_named_without_a_simulated_week(tmp_path):
    template = load_persona("p01").model_dump(mode="json", exclude_none=True)
    template["rubric"]["timing"]["windows"] = [{"start": "03:00", "end": "05:00"}]
    path = tmp_path / "asleep.json"
    path.write_text(json.dumps(template), encoding="utf-8")
    done = run(app, ["validate", "--quick", str(path)])
    assert done.exit_code == 0
    assert "03:00 to 05:00 never comes: the person sleeps then" in done.stderr
    assert "nothing can ever please" in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("empty.png", b"", "is empty"),
        ("empty.jsonl", b"", "is empty"),
        ("half.json", b'{"name":"\\ud800","age":3}', "name: Input should be a valid string"),
    ],
)
def test_a_file_without_a_rubric_is_not_said_to_have_one(tmp_path, name, content, what):
    (tmp_path / name).write_bytes(content)
    texts = tmp_path / "texts.yaml"
    texts.write_text(
        "preference: I like books.\ntiming: In the evening.\nfrequency: Four a day.\ncommunication: Be warm.\n", encoding="utf-8"
    )
    done = run(app, ["import", str(tmp_path / name), "--rubric", str(texts), "-o", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert what in done.stderr
    assert "of its own" not in done.stderr


def test_a_file_of_this_project_keeps_its_rubric(tmp_path):
    path = tmp_path / "mine.yaml"
    assert run(app, ["new", "-o", str(path)]).exit_code == 0
    texts = tmp_path / "texts.yaml"
    texts.write_text(
        "preference: I like books.\ntiming: In the evening.\nfrequency: Four a day.\ncommunication: Be warm.\n", encoding="utf-8"
    )
    done = run(app, ["import", str(path), "--rubric", str(texts), "-o", str(tmp_path / "out")])
    assert "has a rubric of its own" in done.stderr


def test_a_place_that_cannot_be_written_to_is_named(tmp_path):
    file = tmp_path / "file"
    file.write_text("x", encoding="utf-8")
    imported = run(app, ["import", str(FOLDER / "persona_27.scratch.json"), "-o", str(file)])
    assert (imported.exit_code, "file is not a folder" in imported.stderr) == (2, True)
    with pytest.raises(PersonaError, match="it is a folder"):
        run(app, ["new", "-o", str(tmp_path)], catch_exceptions=False)
    with pytest.raises(PersonaError, match="file is not a folder"):
        run(app, ["new", "-o", str(file / "mine.yaml")], catch_exceptions=False)
    assert run(app, ["new", "-o", "/dev/null"]).exit_code == 0
    assert file.read_text(encoding="utf-8") == "x"
