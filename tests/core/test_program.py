"""The command line names itself as it can be called where it runs."""

import os
import subprocess
import sys

import pytest

from propersim.core.program import program


@pytest.fixture
def script(tmp_path, monkeypatch):
    """The script of an environment inside the current folder, which runs and is not on the PATH."""
    path = tmp_path / "project" / ".venv" / "bin" / "propersim"
    path.parent.mkdir(parents=True)
    path.write_text(f"#!{sys.executable}\nfrom propersim.cli import main\nmain()\n")
    path.chmod(0o755)
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [str(path)])
    return path


def test_a_script_that_the_shell_finds_is_called_by_its_name(script, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(script.parent))
    assert program() == "propersim"
    # Installed tools are links in a folder of the PATH.
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "propersim").symlink_to(script)
    monkeypatch.setenv("PATH", str(tmp_path / "tools"))
    assert program() == "propersim"


def test_another_script_is_called_by_its_path(script, tmp_path, monkeypatch):
    assert program() == ".venv/bin/propersim"
    other = tmp_path / "propersim"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    assert program() == ".venv/bin/propersim", "the shell finds that of another environment"
    monkeypatch.chdir(script.parent)
    assert program() == "./propersim"
    (tmp_path / "a folder").mkdir()
    monkeypatch.chdir(tmp_path / "a folder")
    assert program() == str(script)
    other.rename(tmp_path / "a folder" / "propersim")
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "a folder" / "propersim")])
    monkeypatch.chdir(tmp_path)
    assert program() == "'a folder/propersim'"


def test_python_m_names_the_script_beside_python(script, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/somewhere/propersim/__main__.py"])
    monkeypatch.setattr(sys, "executable", str(script.with_name("python")))
    assert program() == ".venv/bin/propersim"
    script.unlink()
    script.with_name("python").touch()
    assert program() == ".venv/bin/python -m propersim"


def test_another_program_names_the_command(script, monkeypatch):
    for other in ("notebook.py", "-c", "", "propersim"):
        monkeypatch.setattr(sys, "argv", [other])
        assert program() == "propersim"


def test_printed_commands_work_where_they_are_printed(script):
    def shell(*words):
        return subprocess.run(words, capture_output=True, text=True, env={**os.environ, "PATH": "/usr/bin:/bin"}, check=False)

    first = shell(str(script), "runs", "ls")
    assert first.stderr == "no runs in runs.sqlite yet: begin a run with `.venv/bin/propersim watch` or `.venv/bin/propersim run`\n"
    made = shell(str(script), "run", "--assistant", "silent", "--days", "1", "--until", "day 1 08:00")
    assert made.returncode == 0, made.stderr
    run = made.stdout.partition(":")[0]
    refused = shell(str(script), "ctl", run, "stop")
    command = refused.stderr.partition("`")[2].partition("`")[0]
    assert command == ".venv/bin/propersim runs ls --state live"
    assert shell("sh", "-c", command).returncode == 0
