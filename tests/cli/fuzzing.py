"""Odd values for options, variables, files and rows, and a way to run commands with them in this process."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import os
import sys
import traceback
from dataclasses import dataclass
from typing import Any
from unittest import mock

import typer.main
from hypothesis import strategies as st

from propersim.cli import main

COMMANDS = typer.main.get_command(sys.modules["propersim.cli.main"].app)
"""The commands, made once: to make them takes as long as to refuse an option."""
CODES = {0, 2, 3, 130}
"""Exit codes that an input of a user may end in."""
ODD_NUMBERS = (
    *("0", "-1", "1", "2", "3", "1e400", "nan", "-inf", "inf", "0x10", "1_000", "٣", "1.5", "1e3", "9223372036854775807"),
    *(
        "9223372036854775808",
        "-9223372036854775809",
        "1" * 50,
        "9" * 5000,
        "",
        " ",
        "60",
        "0.5",
        "0.49999999999999999",
        "-0.0",
        "1,5",
        "--",
    ),
)
ODD_TEXTS = (
    *("", " ", "-", "--", "x", "'", '"', "\\", "%s", "{}", "$HOME", "~", "~nobody-of-this-name/x", ".", "..", "/", "//", "/dev/null"),
    *(
        "/proc/none/x",
        "a" * 300,
        "a/" * 2000,
        "é",
        "ü" * 200,
        "\u202ename",
        "\x1b[31mred",
        "tab\there",
        "line\nbreak",
        "\udcff",
        "😀",
        "\ufeff",
    ),
    *("null", "true", "NaN", "[]", "none", "auto", "last", "p01", "p99", "oracle", "day 1", "day 0 08:00", "day 1 99:00", "day 1 08:00"),
    *("day 99999999999 08:00", "day ٣ ٠٨:٠٠", "01:60", "1,2", "0.1,0.2", "nan,nan", "-1,1", "1,2,3", "http://", "http://[", "ftp://x/y"),
    *(
        "http://x:99999999/v1",
        "a#b",
        "://#m",
        "http://\udcff/v1#m",
        "org/name",
        "a/b/c",
        "x.gguf",
        "x.yaml",
        "x.json",
        "x.toml",
        "CON",
        "*",
        "?",
    ),
)
ODD_JSON: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        3,
        2**31,
        2**53,
        2**62,
        2**63,
        2**70,
        10**400,
        0.5,
        -0.5,
        1e308,
        5e-324,
        "",
        "x",
        "day 1 08:00",
        "oracle",
    ),
    *("\ud800", "\u202e", "\x00", "a" * 3000, [], [[]], {}, {"a": 1}, [None], ["x"], [1, 2, 3], {"": None}),
)
texts = st.one_of(st.sampled_from(ODD_TEXTS), st.text(max_size=12).map(lambda text: text.replace("\x00", "")))
numbers = st.one_of(st.sampled_from(ODD_NUMBERS), st.integers(-5, 5).map(str), st.floats().map(str))


@dataclass
class Done:
    """A command that has ended: its exit code, and what it printed."""

    code: int
    out: str
    err: str


def call(folder, *arguments, env=None, stdin=""):
    """Run a command in this process, in a folder, with variables and streams of its own."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2)]
    before = (sys.argv, os.environ.copy(), os.getcwd(), sys.stdin)
    # Made once, because that takes longer than most commands.
    made = mock.patch.object(typer.main, "get_command", return_value=COMMANDS)
    made.start()
    os.environ.update({name: value for name, value in (env or {}).items() if "\x00" not in value})
    os.chdir(folder)
    sys.argv = ["propersim", *map(str, arguments)]
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin.encode("utf-8", "surrogateescape")), encoding="utf-8")
    try:
        with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
            try:
                main()
                code = 0
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
            except Exception:
                # As the interpreter does.
                traceback.print_exc()
                code = 1
    finally:
        made.stop()
        sys.argv, _, cwd, sys.stdin = before
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(before[1])
    out, err = (stream.buffer.getvalue().decode("utf-8") for stream in streams)
    return Done(code, out, err)


def check(done, arguments):
    """Check that a command ended as a command may: in a known exit code, with at most one error, of a few lines, and no traceback."""
    assert done.code in CODES, (arguments, done)
    assert "Traceback" not in done.err, (arguments, done)
    assert "[Errno" not in done.err, (arguments, done)
    assert "\x1b" not in done.err, (arguments, done)
    errors = [line for line in done.err.splitlines() if line.startswith("error: ")]
    if done.code in (2, 3) and not done.err.startswith("Usage:"):
        assert errors, (arguments, done)
    assert len(errors) <= 2, (arguments, done)


@st.composite
def mutated_json(draw, text, odd=ODD_JSON):
    """A JSON text with a few mistakes: a value replaced, removed or added, or the text itself cut or changed."""
    data = json.loads(text)
    for _ in range(draw(st.integers(1, 3))):
        holders = list(_holders(data))
        if not holders:
            break
        holder = draw(st.sampled_from(holders)) if len(holders) > 1 else holders[0]
        value = copy.deepcopy(draw(st.sampled_from(odd)))
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        action = draw(st.sampled_from(("replace", "replace", "remove", "add")))
        if action == "add" or not keys:
            holder.update({"telepathy": value}) if isinstance(holder, dict) else holder.append(value)
            continue
        key = draw(st.sampled_from(keys))
        if action == "remove":
            del holder[key]
        else:
            holder[key] = value
    return draw(mangled(json.dumps(data)))


def _holders(data):
    if isinstance(data, dict | list):
        yield data
        for value in data.values() if isinstance(data, dict) else data:
            yield from _holders(value)


@st.composite
def mangled(draw, text):
    """A text as it is (half of the time), or cut off, doubled, or with something odd inside."""
    action = draw(st.sampled_from(("keep", "keep", "keep", "cut", "insert", "empty", "replace")))
    at = draw(st.integers(0, max(0, len(text) - 1)))
    if action == "cut":
        return text[:at]
    if action == "empty":
        return ""
    if action == "insert":
        return (
            text[:at]
            + draw(st.sampled_from(("NaN", "Infinity", "\x00", "\ufeff", "\u202e", "[" * 2000, "{", "}", ",", '"', "\n", "- ", ": ")))
            + text[at:]
        )
    if action == "replace":
        return text[:at] + draw(st.text(max_size=3)) + text[at + 3 :]
    return text
