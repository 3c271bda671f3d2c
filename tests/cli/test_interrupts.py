"""Ctrl-C ends a command quietly at any moment of its start, with exit code 130."""

import signal
import subprocess
import sys

import pytest

from propersim.core import interrupts

AT_IMPORT = """
import os, runpy, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.{number})

# Where the tests run in the background, interrupts are ignored, and stay so in their children.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Finder())
sys.argv = ["propersim", "personas", "ls"]
{start}
"""
MODULE = "runpy.run_module('propersim', run_name='__main__')"
SCRIPT = "from propersim.cli import main; sys.exit(main())"
"""Python code that starts the command line as the installed command does."""


OWN_HANDLING = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
import propersim.cli
print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
"""


def interrupted(module, number="SIGINT", start=MODULE):
    """Run a command that gets a signal when it imports a module; return its exit code and messages."""
    code = AT_IMPORT.format(module=module, number=number, start=start)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("module", "start"),
    [
        ("propersim.cli.main", MODULE),
        ("propersim.cli.main", SCRIPT),
        ("typer", SCRIPT),
        ("propersim.cli.options", MODULE),
        ("propersim.persona.library", MODULE),
    ],
)
def test_an_interrupt_at_the_start_leaves_no_traceback(module, start):
    code, messages = interrupted(module, start=start)
    assert code == 130
    assert messages.strip() in ("", "interrupted")


@pytest.mark.parametrize("number", ["SIGTERM", "SIGHUP"])
def test_other_signals_at_the_start_end_the_process_without_a_word(number):
    if signal.getsignal(getattr(signal, number)) == signal.SIG_IGN:
        pytest.skip(f"{number} is ignored here, as under nohup")
    assert interrupted("typer", number) == (-getattr(signal, number), "")


def test_an_ignored_interrupt_stays_ignored():
    start = "signal.signal(signal.SIGINT, signal.SIG_IGN); " + MODULE
    assert interrupted("propersim.cli.main", start=start) == (0, "")


def test_a_program_that_calls_the_command_line_keeps_its_own_handling():
    before = signal.getsignal(signal.SIGINT)
    assert not interrupts.interrupt_commands()
    assert signal.getsignal(signal.SIGINT) is before
    assert subprocess.run(
        [sys.executable, "-c", OWN_HANDLING], capture_output=True, text=True, check=True
    ).stdout == "True\n"  # fmt: skip
