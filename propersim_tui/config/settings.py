"""What of the screen is one's own, kept in a TOML file: theme, speed, keys, layout.

:func:`read` and :func:`edited` are pure. A file is changed only where a person changed something, only in that place (comments stay), and
never where it could not be read.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from propersim_tui.config.keymap import check
from propersim_tui.config.themes import DEFAULT_THEME

VARIABLE = "PROPERSIM_SCREEN_CONFIG"
TABS = ("home", "assistant", "scores", "days")
"""Regions of which a small screen shows one at a time."""
FIGURES = ("auto", "beside", "below")
"""Where scores and days go on a wide screen; ``auto`` is as the stylesheet has it."""
MAPS = ("auto", "small")
"""``auto`` draws the home twice as large where there is room."""
FASTEST = "max"
DEFAULT_SPEED = 8.0
LOCK_SECONDS = 0.5

Value = str | float | int | list[str]


@dataclass(frozen=True)
class Settings:
    """The screen's settings.

    Attributes:
        theme: name of a theme.
        speed: steps a second to begin with; None is as fast as it goes.
        tab: region that a small screen begins with.
        figures: one of :data:`FIGURES`.
        map: one of :data:`MAPS`.
        keys: of actions by id, Textual's names of their keys; those with other keys than by default.
    """

    theme: str = DEFAULT_THEME
    speed: float | None = DEFAULT_SPEED
    tab: str = TABS[0]
    figures: str = FIGURES[0]
    map: str = MAPS[0]
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class NotSaved(Exception):
    """Settings that could not be saved; says why."""


def settings_file() -> Path:
    """Return the path of the file, whether it is there or not."""
    given = os.environ.get(VARIABLE)
    return Path(given) if given else platformdirs.user_config_path("propersim") / "screen.toml"


# -- pure ---------------------------------------------------------------------------------------------------------


def _parsed(text: str) -> dict[str, object]:
    """Return what TOML says; ValueError where it is none, or nested as nobody would."""
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def read(text: str) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings of a file's text, and what is wrong with it; defaults stand for what is.

    Raises:
        ValueError: it is not TOML at all.
    """
    found = _parsed(text)
    problems: list[str] = []

    def table(name: str) -> dict[str, object]:
        value = found.get(name, {})
        if isinstance(value, dict):
            return value
        problems.append(f"{name} is not a table")
        return {}

    def choice(name: str, value: object, of: tuple[str, ...]) -> str:
        if value is None or (isinstance(value, str) and value in of):
            return of[0] if value is None else str(value)
        problems.append(f"{name} is {value!r}, not one of {', '.join(of)}")
        return of[0]

    layout = table("layout")
    checked = check(table("keys"))
    theme = found.get("theme", DEFAULT_THEME)
    if not isinstance(theme, str):
        problems.append(f"theme is {theme!r}, not a name")
        theme = DEFAULT_THEME
    try:
        speed = speed_of(found.get("speed", DEFAULT_SPEED))
    except ValueError as error:
        problems.append(str(error))
        speed = DEFAULT_SPEED
    for name in [*(key for key in found if key not in ("theme", "speed", "layout", "keys"))]:
        problems.append(f"there is no setting {name!r}")
    problems += [f"layout: there is no setting {name!r}" for name in layout if name not in ("tab", "figures", "map")]
    settings = Settings(
        theme,
        speed,
        choice("layout.tab", layout.get("tab"), TABS),
        choice("layout.figures", layout.get("figures"), FIGURES),
        choice("layout.map", layout.get("map"), MAPS),
        checked.keys,
    )
    return settings, (*problems, *checked.problems)


def speed_of(value: object) -> float | None:
    """Return steps a second of a number, or of text that is one; None, as fast as it goes, of ``max``.

    Raises:
        ValueError: it is neither.
    """
    if value == FASTEST:
        return None
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else 0.0
    except (ValueError, OverflowError):
        number = 0.0
    if not 0.1 <= number <= 10_000:
        raise ValueError(f"speed is {value!r}, not a number of steps a second (0.1 to 10000) or {FASTEST!r}")
    return number


def edited(text: str, changes: Mapping[str, Value]) -> str:
    """Return a file's text with some settings changed, and everything else, comments too, as it was.

    Args:
        text: TOML.
        changes: values by name: ``theme``, ``layout.map``, ``keys.step_on``.

    Raises:
        ValueError: it is not TOML, or is written in a way that this does not understand.
    """
    wanted = _parsed(text)
    for name, value in changes.items():
        *table, key = name.rsplit(".", 1)
        where = wanted.setdefault(table[0], {}) if table else wanted
        if not isinstance(where, dict):
            raise ValueError(f"{table[0]} is not a table")
        where[key] = value
        text = _edit(text, table[0] if table else "", key, f"{key} = {_toml(value)}")
    if _parsed(text) != wanted:
        raise ValueError("it is written in a way that only a person can change")
    return text


def _edit(text: str, table: str, key: str, line: str) -> str:
    """Put a line in the place of a key's, or at the end of its table."""
    # Not splitlines: a string may have some exotic line separator in it.
    lines = text.removesuffix("\n").split("\n") if text else []
    heads = [(number, found[1].strip()) for number, each in enumerate(lines) if (found := re.match(r"\s*\[([^\[\]]+)\]\s*(#.*)?$", each))]
    start = 0 if not table else next((number + 1 for number, name in heads if name == table), None)
    if start is None:
        lines += [*([""] if lines and lines[-1].strip() else []), f"[{table}]", line]
        return "\n".join(lines) + "\n"
    end = next((number for number, _ in heads if number >= start), len(lines))
    for number in range(start, end):
        if re.match(rf"\s*{re.escape(key)}\s*=", lines[number]):
            lines[number] = line
            break
    else:
        while end > start and not lines[end - 1].strip():
            end -= 1
        lines.insert(end, line)
    return "\n".join(lines) + "\n"


def _toml(value: Value) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_toml(each) for each in value)}]"
    # A JSON string of printable characters is a TOML string as well.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f") if isinstance(value, str) else repr(value)


# -- the file -----------------------------------------------------------------------------------------------------


def load(path: Path) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings of a file, and what is wrong with it in words that name it; a missing file is one without settings."""
    try:
        settings, problems = read(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings(), ()
    except OSError as error:
        return Settings(), (f"{path} cannot be read: {error.strerror or error}",)
    except ValueError as error:
        return Settings(), (f"{path} is left alone, for it cannot be understood: {error}",)
    return settings, tuple(f"{path}: {problem}" for problem in problems)


def save(path: Path, changes: Mapping[str, Value]) -> None:
    """Change some settings in a file; what others have changed in it meanwhile stays.

    Raises:
        NotSaved: it cannot be written, or what is in it cannot be understood; it is then as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target = path.resolve()
        with FileLock(target.with_name(target.name + ".lock"), timeout=LOCK_SECONDS):
            text = target.read_text(encoding="utf-8") if target.exists() else ""
            _replace(target, edited(text, changes))
    except Timeout as error:
        raise NotSaved(f"not saved: {path} is in use by another program") from error
    except OSError as error:
        raise NotSaved(f"not saved: {path} cannot be written: {error.strerror or error}") from error
    except ValueError as error:
        raise NotSaved(f"not saved: {path} cannot be understood ({error})") from error


def _replace(path: Path, text: str) -> None:
    """Write a file aside, and put it in the place of the old one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name + ".")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
