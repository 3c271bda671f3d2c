"""The private names of other packages are listed in one place, and the installed versions still have them."""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
import tomllib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from propersim_tui.runtime.private_hooks import PRIVATE_HOOKS

ROOT = Path(__file__).parents[2]
NAMED_TUPLE = {"_replace", "_fields", "_asdict"}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def assigned(function_or_class: type | Callable[..., Any]) -> set[str]:
    """Return the attributes of ``self`` that the source of a class sets."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function_or_class)))
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}


@pytest.mark.parametrize("hook", PRIVATE_HOOKS, ids=lambda hook: f"{hook.module}.{hook.name}")
def test_each_name_exists_in_the_installed_version(hook):
    pytest.importorskip(hook.module.partition(".")[0])
    owner, _, attribute = hook.name.partition(".")
    found = getattr(importlib.import_module(hook.module), owner)
    assert not attribute or hasattr(found, attribute) or attribute in assigned(found)
    package, seen_in = hook.seen_in.split()
    assert version(package) == seen_in, "check what the new version does, then update the list"


def test_textual_is_pinned_to_the_version_in_the_list():
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert f"textual=={version('textual')}" in dependencies


def test_no_other_private_name_is_used():
    trees = [
        ast.parse(file.read_text(encoding="utf-8")) for package in ("propersim", "propersim_tui") for file in (ROOT / package).rglob("*.py")
    ]
    own: set[str] = set(NAMED_TUPLE)
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            own.add(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            own.add(node.attr)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            own.add(node.id)
    listed = {hook.name.rpartition(".")[2] for hook in PRIVATE_HOOKS}
    own -= listed
    screen = [ast.parse(file.read_text(encoding="utf-8")) for file in (ROOT / "propersim_tui").rglob("*.py")]
    used = {node.attr for tree in screen for node in ast.walk(tree) if isinstance(node, ast.Attribute) and is_private(node.attr)}
    assert {name for name in used if name not in own} <= listed
    modules = {node.module for tree in screen for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    private = {name for name in modules if any(is_private(part) for part in name.split("."))}
    assert private <= {hook.module for hook in PRIVATE_HOOKS}
