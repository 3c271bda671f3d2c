"""Render a chat template in a process of its own, within limits of time, memory and length.

A chat template is a program that comes with a model: it may loop for days or ask for more memory than there is. :mod:`chat_template` runs
this file as a script; it imports nothing of the package, reads the request as JSON from standard input and writes the answer to standard
output. The environment of the template is that of transformers, but for the date, which is fixed.
"""

from __future__ import annotations

import contextlib
import json
import random
import re
import sys
from types import FrameType
from typing import Any, Final

from jinja2 import nodes
from jinja2.exceptions import SecurityError, TemplateError
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

SECONDS: Final = 5
"""Processor time of all renderings together. Those of real models take less than a tenth of a second."""
MEGABYTES: Final = 256
LINES: Final = 200_000
"""Most lines of Python that one rendering runs; the same on all machines, unlike the time. Real templates run some thousands."""
LONGEST: Final = 200_000
"""Most characters of a rendered prompt."""
DATE: Final = {
    "a": "Thu", "A": "Thursday",
    "b": "Jan", "B": "January", "h": "Jan", "d": "01", "e": " 1", "j": "001", "m": "01", "y": "26", "Y": "2026",
    "C": "20", "g": "26",
    "G": "2026", "u": "4", "w": "4", "U": "00", "V": "01", "W": "00", "D": "01/01/26", "F": "2026-01-01", "x": "01/01/26",
    "H": "00", "I": "12", "k": " 0", "l": "12", "M": "00", "S": "00", "f": "000000", "p": "AM", "P": "am", "R": "00:00", "T": "00:00:00",
    "X": "00:00:00", "r": "12:00:00 AM", "c": "Thu Jan  1 00:00:00 2026", "s": "1767225600", "z": "+0000", "Z": "UTC",
    "n": "\n", "t": "\t", "%": "%",
}  # fmt: skip
"""Text of each code of ``strftime``: always the first moment of 2026, in English and UTC, so that prompts do not depend on the clock."""
_CODE: Final = re.compile(r"%([-_0^#]?)([EO]?)(.?)", re.DOTALL)
_ADDRESS: Final = re.compile(r"\bat 0x[0-9a-fA-F]+")


def date(form: object) -> str:
    """Return the fixed date in a form of ``strftime``.

    Raises:
        TemplateError: the form has an unknown code.
    """

    def coded(found: re.Match[str]) -> str:
        flag, _, code = found.groups()
        if code not in DATE:
            raise TemplateError(f"strftime_now does not know {found[0]}")
        text = DATE[code]
        if flag == "-":
            return text.lstrip(" ").lstrip("0") or "0" if text.strip().isdigit() else text
        return text.upper() if flag == "^" else text

    return _CODE.sub(coded, str(form))


def _raise(message: object) -> None:
    raise TemplateError(str(message))


def _to_json(value: Any, ensure_ascii: bool = False, indent: Any = None, separators: Any = None, sort_keys: bool = False) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


class _Generation(Extension):
    """The tag ``generation``, which marks what the model wrote; it changes nothing here."""

    tags = {"generation"}  # noqa: RUF012

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_inside"), [], [], body).set_lineno(line)

    def _inside(self, caller: Any) -> str:
        return str(caller())


class _Dict:
    """The function ``dict`` of a template, without the class behind it."""

    def __call__(self, *args: Any, **values: Any) -> dict[Any, Any]:
        return dict(*args, **values)

    def fromkeys(self, *args: Any) -> dict[Any, Any]:
        return dict.fromkeys(*args)


class _Namespace(Namespace):
    """The namespace of a template; its names do not begin with an underscore."""

    def __init__(*args: Any, **values: Any) -> None:
        self, given = args[0], dict(*args[1:], **values)
        for name in given:
            _check_name(name)
        Namespace.__init__(self, given)

    def __setitem__(self, name: str, value: Any) -> None:
        _check_name(name)
        Namespace.__setitem__(self, name, value)


def _check_name(name: object) -> None:
    if isinstance(name, str) and name.startswith("_"):
        raise SecurityError(f"a namespace holds no {name}")


def environment() -> ImmutableSandboxedEnvironment:
    """Return the environment that templates are rendered in."""
    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, loopcontrols])
    made.filters["tojson"] = _to_json
    made.globals.update(raise_exception=_raise, strftime_now=date, dict=_Dict(), namespace=_Namespace)
    return made


class _Counter:
    """Count lines of Python, and stop a rendering that runs too many."""

    def __init__(self) -> None:
        self._left = LINES

    def __call__(self, frame: FrameType, event: str, value: object) -> _Counter:
        if event == "line":
            self._left -= 1
            if self._left < 0:
                raise TemplateError("it runs too long")
        return self


def rendered(template: Any, variables: dict[str, Any], seed: int) -> str:
    """Return a rendered prompt.

    Args:
        template: the compiled template.
        variables: values by name.
        seed: seed of what the template draws at random.

    Raises:
        TemplateError: it runs too long, or writes too much or what is another text each time.
    """
    random.seed(seed)
    sys.settrace(_Counter())
    try:
        text = str(template.render(**variables))
    finally:
        sys.settrace(None)
    if len(text) > LONGEST:
        raise TemplateError(f"it writes more than {LONGEST:,} characters")
    if _ADDRESS.search(text):
        raise TemplateError("it writes addresses of memory, which differ each time")
    return text


def answered(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Return for each list of variables the texts by seed, or an error in words.

    Args:
        request: ``template``, ``renderings`` (each with ``variables`` and a number of ``seeds``).
    """
    answers: list[dict[str, Any]] = []
    try:
        template = environment().from_string(request["template"])
    except Exception as error:  # A template is a program of its own, and may fail in any way.
        return [{"error": _words(error)} for _ in request["renderings"]]
    for one in request["renderings"]:
        try:
            answers.append({"texts": [rendered(template, one["variables"], seed) for seed in range(one["seeds"])]})
        except Exception as error:
            answers.append({"error": _words(error)})
    return answers


def _words(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return f"it needs more than {MEGABYTES} MB of memory"
    if isinstance(error, RecursionError):
        return "it calls itself without end"
    return str(error) or type(error).__name__


def _limit() -> None:
    """Limit memory, processor time and the size of files, where the system can."""
    with contextlib.suppress(ImportError):
        import resource

        limits = {"RLIMIT_AS": MEGABYTES << 20, "RLIMIT_CPU": SECONDS, "RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0}
        for name, most in limits.items():
            with contextlib.suppress(AttributeError, OSError, ValueError):
                resource.setrlimit(getattr(resource, name), (most, most))


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    _limit()
    json.dump(answered(asked), sys.stdout)
