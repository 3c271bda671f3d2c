"""Completion in the shells themselves: zsh on a terminal, fish and bash by their scripts."""

import os
import pty
import select
import shutil
import subprocess
import sys
import time

import pytest

from tests.waiting import PATIENCE


@pytest.fixture
def home(cli, tmp_path):
    """A function that installs the completion of a shell in a home of its own, and returns the environment of a process there."""

    def install(shell):
        if shutil.which(shell) is None:
            pytest.skip(f"{shell} is not installed")
        command = tmp_path / "bin" / "propersim"
        command.parent.mkdir()
        command.write_text(f'#!/bin/sh\nexec {sys.executable} -m propersim "$@"\n', encoding="utf-8")
        command.chmod(0o755)
        where = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / ".config"), "ZDOTDIR": str(tmp_path)}
        cli("--install-completion", shell, env={**where, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"})
        root = os.pathsep.join(path for path in (os.getcwd(), os.environ.get("PYTHONPATH", "")) if path)
        return {**os.environ, **where, "PATH": f"{command.parent}:{os.environ['PATH']}", "PYTHONPATH": root, "TERM": "xterm"}

    return install


class Typed:
    """A zsh in a pseudo-terminal.

    Args:
        environment: environment of the process.
    """

    def __init__(self, environment):
        main, side = pty.openpty()
        self._at, self.seen = main, ""
        self._process = subprocess.Popen(
            ["zsh", "-i"], stdin=side, stdout=side, stderr=side, env=environment, cwd=environment["HOME"], start_new_session=True
        )
        os.close(side)

    def type(self, text, expected):
        """Type a text, and read until another one has come."""
        os.write(self._at, text.encode())
        self.seen = ""
        deadline = time.monotonic() + PATIENCE
        while expected not in self.seen:
            assert time.monotonic() < deadline, f"{expected!r} did not come: {self.seen!r}"
            if select.select([self._at], [], [], 0.1)[0]:
                self.seen += os.read(self._at, 4096).decode(errors="replace")

    def close(self):
        self._process.kill()
        self._process.wait()
        os.close(self._at)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("propersim watch --persona ros", "alind"),
        ("propersim watch --persona=ros", "alind"),
        ("propersim runs ls --", "e.g. 'p07 oracle seed=3'"),
    ],
)
def test_the_first_tab_of_a_zsh_completes(home, line, expected):
    shell = Typed(home("zsh"))
    try:
        shell.type("PS1='rea''dy '\n", "ready ")
        shell.type(line, line)
        shell.type("\t", expected)
    finally:
        shell.close()


def test_zsh_is_given_descriptions_with_quotes_and_brackets(cli, monkeypatch):
    from propersim.cli import completion

    told = r"""a step's "rating" [of 4]: `x` $y"""
    monkeypatch.setattr("propersim.persona.library.persona_names", lambda: {"p01": told, "p:2": "another"})
    assert completion.personas("p")
    for shell, value in (("zshlines", r"p\:2:another"), ("fish", "p:2\tanother")):
        asked = {"_PROPERSIM_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": "propersim watch --persona p"}
        lines = cli(env={**asked, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}).stdout.splitlines()
        assert [line.partition("p01")[2][1:] for line in lines if line.startswith("p01")] == [told]
        assert value in lines


@pytest.mark.parametrize(("line", "expected"), [("--persona=p2", "--persona=p21\t"), ("--persona p2", "p21\t"), ("--spee", "--speed\t")])
def test_fish_completes_a_value_behind_an_equals_sign(home, tmp_path, line, expected):
    environment = home("fish")
    script = f'source {tmp_path}/.config/fish/completions/propersim.fish; complete -C "propersim watch {line}"'
    done = subprocess.run(["fish", "--no-config", "-c", script], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert any(found.startswith(expected) for found in done.stdout.splitlines()), done


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("propersim watch --persona = p2", "p21"),
        ("propersim watch --persona =", "p21"),
        ("propersim watch --seed = 3 --persona p2", "p21"),
        ("propersim watch --persona = p02 --spee", "--speed"),
    ],
)
def test_bash_completes_a_value_behind_an_equals_sign(home, tmp_path, words, expected):
    """Bash on a terminal makes three words of ``--persona=p2``."""
    environment = home("bash")
    script = f"""source {tmp_path}/.bash_completions/propersim.sh
COMP_WORDS=({words}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
_propersim_completion propersim; printf '%s\\n' "${{COMPREPLY[@]}}" """
    done = subprocess.run(["bash", "-c", script], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert expected in done.stdout.splitlines(), done
