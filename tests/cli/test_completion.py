"""Values that the shell completes."""

import pytest

from propersim.cli import completion


@pytest.mark.parametrize(("begin", "first"), [("p0", "p01"), ("Ros", "p01"), ("hank", "p18")])
def test_personas_by_the_beginning_of_an_id_or_a_name(begin, first):
    assert completion.personas(begin)[0][0] == first


def test_runs_of_the_database_in_this_folder(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert completion.runs("") == []
    cli("run", "--persona", "p29", "--assistant", "silent", "--until", "day 1 06:00")
    found = completion.runs("")
    assert [found[0][0], found[1][0][:11]] == ["last", "p29-silent-"]
    assert "finished" in found[1][1]
    assert completion.runs("p29") == found[1:]
    (tmp_path / "runs.sqlite").write_bytes(b"no database at all, but long enough to be looked at" * 50)
    assert completion.runs("") == []


def test_models_and_themes():
    assert "homelm" in dict(completion.models("home"))
    assert ("propersim", "") in completion.themes("prop")


def test_a_run_can_be_given_the_name_of_its_persona(cli):
    cli("run", "--persona", "rosalind", "--assistant", "silent", "--until", "day 1 08:00")
    shown = cli("runs", "show", "last", "--json").stdout
    assert '"persona": "p01"' in shown
    assert "p29" in cli("batch", "--personas", "hoa", "--variants", "silent", "--days", "1").stdout
    assert "did you mean p01 (Rosalind Achterberg)" in cli("run", "--persona", "rosalin", code=2).stderr
