"""Docstrings: what their first line says, and that functions with several parameters describe each."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = sorted(file for package in ("propersim", "propersim_tui") for file in (ROOT / package).rglob("*.py"))
LONGEST = 90
"""Characters of a first line, which stands in an index."""
MANY = 3
"""A public function with this many parameters has an Args section."""


def parameters(function):
    """Return the names of a function's parameters, without self and cls, stars included."""
    given = function.args
    names = [each.arg for each in (*given.posonlyargs, *given.args)]
    if names[:1] in (["self"], ["cls"]):
        names = names[1:]
    names += [f"*{given.vararg.arg}"] if given.vararg else []
    names += [each.arg for each in given.kwonlyargs]
    return names + ([f"**{given.kwarg.arg}"] if given.kwarg else [])


def described(docstring):
    """Return the names in the Args section of a docstring in Google style; None where there is no such section."""
    lines = docstring.splitlines()
    if "Args:" not in lines:
        return None
    found = []
    for line in lines[lines.index("Args:") + 1 :]:
        if line.strip() and not line.startswith(" "):
            break
        if line.startswith("    ") and not line.startswith("     ") and ":" in line:
            found += [name.strip(" `") for name in line.partition(":")[0].split(",")]
    return found


def public_functions(tree):
    """Yield the public functions and methods of a module, those of private classes and those inside functions left out."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) and not inner.name.startswith("_"):
                    yield inner


def test_public_functions_describe_their_parameters():
    wrong = []
    for file in FILES:
        for function in public_functions(ast.parse(file.read_text(encoding="utf-8"))):
            names, told = parameters(function), described(ast.get_docstring(function) or "")
            where = f"{file.relative_to(ROOT)}:{function.lineno} {function.name}"
            if told is None and len(names) >= MANY:
                wrong.append(f"{where}: no Args section for {', '.join(names)}")
            elif told is not None and [name.lstrip("*") for name in told] != [name.lstrip("*") for name in names]:
                wrong.append(f"{where}: Args describes {told}, but the parameters are {names}")
    assert not wrong, "\n".join(wrong)


def test_first_lines_make_sense_alone():
    wrong = []
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                first = (ast.get_docstring(node) or "").partition("\n")[0]
                if first.startswith(("What ", "Whoever ")) or first.endswith("?") or len(first) > LONGEST:
                    wrong.append(f"{file.relative_to(ROOT)}: {first}")
    assert not wrong, "\n".join(wrong)


def fragments(docstring):
    """Return the lines of an Args or Attributes section whose description continues the parameter's name."""
    return [line.strip() for line in docstring.splitlines() if re.match(r"    \**\w+: (of|to|by|from|for|in|at|with|on) ", line)]


def test_descriptions_of_parameters_make_sense_alone():
    """A description names its thing: "hash of the run", not "of the run"."""
    assert fragments("Do it.\n\nArgs:\n    hash: of the run.\n    text: text to embed.\n    *keys: to remove.") == [
        "hash: of the run.",
        "*keys: to remove.",
    ]
    wrong = []
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                wrong += [f"{file.relative_to(ROOT)}:{node.lineno} {one}" for one in fragments(ast.get_docstring(node) or "")]
    assert not wrong, "\n".join(wrong)
