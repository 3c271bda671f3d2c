"""Odd values of the environment that libraries read by themselves end in one line, with a fitting exit code."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from propersim.cli.surroundings import drop_odd_terminals, failed_import


def propersim(*arguments, **env):
    command = [sys.executable, "-m", "propersim", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **env}, timeout=240)


@pytest.mark.parametrize("value", ["²", "٣", "99999999999999999999", "-5", "abc", "1e3", " 80"])
def test_sizes_of_a_terminal_that_are_none_are_ignored(value, monkeypatch):
    monkeypatch.setenv("COLUMNS", value)
    monkeypatch.setenv("LINES", "24")
    drop_odd_terminals()
    assert ("COLUMNS" in os.environ, os.environ["LINES"]) == (False, "24")


@pytest.mark.parametrize(("value", "kept"), [("banana", False), ("", False), ("TRUECOLOR", False), ("truecolor", True), ("256", True)])
def test_colour_systems_that_are_none_are_ignored(value, kept, monkeypatch):
    monkeypatch.setenv("TEXTUAL_COLOR_SYSTEM", value)
    drop_odd_terminals()
    assert ("TEXTUAL_COLOR_SYSTEM" in os.environ) is kept


def test_a_width_that_rich_cannot_read_is_no_traceback():
    done = propersim("personas", "ls", COLUMNS="²")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "env",
    [{}, {"COMP_WORDS": "propersim run", "COMP_CWORD": "abc"}, {"_PROPERSIM_COMPLETE": "garbage"}, {"_PROPERSIM_COMPLETE": "source_ash"}],
)
def test_a_completion_that_cannot_be_made_is_one_error(env):
    done = propersim("runs", "ls", **{"_PROPERSIM_COMPLETE": "complete_bash", **env})
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert [line.partition(":")[0] for line in done.stderr.splitlines() if line.startswith("error")] == ["error"]


def test_a_library_that_fails_at_its_import_is_named(tmp_path, monkeypatch):
    (tmp_path / "failing_library.py").write_text("raise ValueError('Invalid log settings: bogus\\nmore')\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match="Invalid") as caught:
        __import__("failing_library")
    found = failed_import(caught.value)
    assert found is not None
    assert found.message == "the library failing_library cannot be loaded: Invalid log settings: bogus"
    assert found.exit_code == 2


def test_an_error_of_our_own_stays_a_fault():
    with pytest.raises(ValueError, match="literal") as caught:
        int("x")
    assert failed_import(caught.value) is None


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("HF_HUB_ETAG_TIMEOUT", "x", "invalid literal"),
        ("HF_HUB_DOWNLOAD_TIMEOUT", "1.5", "invalid literal"),
        ("HF_HUB_DOWNLOAD_TIMEOUT", "10 s", "invalid literal"),
        ("HF_ENDPOINT", "http://[::1", "Invalid IPv6 URL"),
    ],
)
def test_a_variable_that_the_hub_cannot_read_is_named_in_one_line(name, value, why, tmp_path):
    for arguments in (("models", "ls"), ("run", "--assistant", "llama", "--days", "1", "--db", str(tmp_path / "x.sqlite"))):
        done = propersim(*arguments, **{name: value})
        assert (done.returncode, done.stdout) == (2, "")
        error, hint = done.stderr.splitlines()
        assert error.startswith(f"error: the library huggingface_hub cannot read {name}={value}: {why}")
        assert hint == "  correct it, or unset it"


def test_settings_of_a_library_that_are_wrong_are_one_line(tmp_path):
    model = ("--assistant", "llama", "--model", "homelm", "--days", "1", "--timestep", "60", "--until", "day 1 07:00")
    done = propersim("run", *model, "--db", str(tmp_path / "x.sqlite"), TORCH_LOGS="bogus")
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "error: the library torch cannot be loaded" in done.stderr
