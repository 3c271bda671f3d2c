"""Completion by zsh, fish and bash, where that of typer leaves cases out.

A value is completed behind ``--option=`` too, in zsh the first Tab of a shell completes, and descriptions keep their quotes and brackets.
"""

from __future__ import annotations

from typing import Any

from typer import _completion_shared
from typer._click.shell_completion import CompletionItem, add_completion_class
from typer._completion_classes import BashComplete, FishComplete, ZshComplete

from propersim.core.text import clean

_ZSH = r"""
#compdef %(prog_name)s

%(complete_func)s() {
  local -a found
  found=("${(@f)$(env _TYPER_COMPLETE_ARGS="${words[1,$CURRENT]}" %(autocomplete_var)s=complete_zshlines %(prog_name)s)}")
  found=(${found:#})
  if (( $#found )); then
    _describe -V value found
  else
    _files
  fi
}

if [[ $funcstack[1] == _%(prog_name)s ]]; then
  # Loaded by the first Tab, which calls no other function than this file.
  %(complete_func)s "$@"
else
  compdef %(complete_func)s %(prog_name)s
fi
"""


class _Bash(BashComplete):
    """Completes behind ``--option=``, which bash splits into three words."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the one to complete, and that one."""
        words, incomplete = super().get_completion_args()
        return [word for at, word in enumerate(words) if word != "=" or not at or not words[at - 1].startswith("--")], incomplete


class _Fish(FishComplete):
    """Completes ``--option=value``, which is one word for fish."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """Return the completions of a word."""
        return _whole_words(super().get_completions(args, incomplete), incomplete)

    def format_completion(self, item: CompletionItem) -> str:
        """Return a line of value and description."""
        return f"{item.value}\t{clean(item.help)}" if item.help else str(item.value)


class _Zsh(ZshComplete):
    """Lines of value and description for the own script of zsh.

    It has a name of its own, because scripts of typer that are already installed evaluate what they are answered.
    """

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """Return the completions of a word."""
        return _whole_words(super().get_completions(args, incomplete), incomplete)

    def format_completion(self, item: CompletionItem) -> str:
        """Return a line as ``_describe`` reads it."""
        value = str(item.value).replace("\\", "\\\\").replace(":", "\\:")
        return f"{value}:{clean(item.help)}" if item.help else value

    def complete(self) -> str:
        """Return the lines."""
        return "\n".join(map(self.format_completion, self.get_completions(*self.get_completion_args())))


def _whole_words(found: list[CompletionItem], incomplete: str) -> list[CompletionItem]:
    """Put the option before the values of a word such as ``--persona=p2``.

    The shell drops values that do not begin like the word.
    """
    name, equals, _ = incomplete.partition("=")
    if equals and name.startswith("--"):
        for item in found:
            item.value = f"{name}={item.value}"
    return found


def register() -> None:
    """Make typer use these classes and the script of zsh; call it after the command is made."""
    shells: dict[str, Any] = {"bash": _Bash, "fish": _Fish, "zshlines": _Zsh}
    for name, kind in shells.items():
        add_completion_class(kind, name)
    _completion_shared._completion_scripts["zsh"] = _ZSH
