"""Standard streams that are full, closed, cut off, or of another encoding: no traceback, and a fitting exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
PROPERSIM = f"{sys.executable} -m propersim"


@pytest.fixture
def shell(tmp_path):
    """A function that runs a line of the shell, in which `propersim` is the command line."""

    def run(line, **env):
        command = line.replace("propersim", PROPERSIM)
        done = subprocess.run(["bash", "-c", command], capture_output=True, cwd=tmp_path, env={**os.environ, **env}, timeout=240)
        assert b"Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode()

    return run


@pytest.mark.skipif(not FULL.exists(), reason="the system has no full device")
@pytest.mark.parametrize("command", ["personas ls", "world", "run --until 'day 1 07:30' --json"])
def test_a_full_stdout_is_one_line_and_exit_3(shell, command):
    code, _, err = shell(f"propersim {command} >/dev/full")
    assert code == 3
    assert "error: the output cannot be written: No space left on device" in err.splitlines()


@pytest.mark.skipif(not FULL.exists(), reason="the system has no full device")
def test_a_full_stderr_drops_messages_and_the_work_goes_on(shell):
    code, out, _ = shell("propersim run --until 'day 1 07:30' --json 2>/dev/full")
    assert code == 0
    assert json.loads(out)["state"] == "finished"
    assert shell("propersim run --persona p99 2>/dev/full")[0] == 2


@pytest.mark.parametrize("line", ["propersim world | head -1; echo ${PIPESTATUS[0]}", "propersim --help | true; echo ${PIPESTATUS[0]}"])
def test_a_reader_that_stops_is_no_error(shell, line):
    _, out, err = shell(line)
    assert out.splitlines()[-1] == "0"
    assert err == ""


@pytest.mark.parametrize("command", ["personas ls", "world", "run --until 'day 1 07:30' --json", "--help"])
def test_a_closed_stdout_is_one_line_and_exit_3(shell, command):
    code, _, err = shell(f"propersim {command} >&-")
    assert code == 3
    assert "error: the output cannot be written: stdout is closed" in err.splitlines()


def test_a_closed_stdout_to_which_nothing_is_written_is_no_error(shell):
    assert shell("propersim runs ls >&-")[0] == 0


def test_no_file_is_written_into_where_streams_are_closed(shell, tmp_path):
    assert shell("propersim run --until 'day 1 07:30' <&- >&- 2>&-")[0] == 3
    code, out, _ = shell("propersim runs ls --json")
    assert (code, len(json.loads(out))) == (0, 1)


def test_characters_that_an_encoding_lacks_are_escaped_and_json_stays_json(shell):
    code, out, _ = shell("propersim personas show p32 --json", PYTHONIOENCODING="ascii")
    assert (code, json.loads(out)["name"]) == (0, "Albert Zürcher")
    code, out, _ = shell("propersim personas show p32", PYTHONIOENCODING="latin-1")
    assert code == 0
    assert "\\u201c" in out


def test_a_message_is_escaped_as_well(shell):
    code, _, err = shell("propersim run --persona 'Zürcher–'", PYTHONIOENCODING="ascii")
    assert (code, err.splitlines()[0]) == (2, "error: no persona 'Z\\u00fcrcher\\u2013'; did you mean p32 (Albert Z\\u00fcrcher)?")
