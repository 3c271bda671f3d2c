"""The user's settings of the screen: theme, speed, keys and layout.

Precedence: command line, environment (``PROPERSIM_THEME``, ``PROPERSIM_SPEED``, ``PROPERSIM_LAYOUT__MAP``, …), TOML file, default.
:func:`read` and :func:`edited` work on text. A file is changed only where the user changed a setting (comments and unknown keys stay),
and never if it cannot be parsed.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import platformdirs
import tomlkit
from filelock import FileLock, Timeout
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, InitSettingsSource, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from tomlkit.exceptions import TOMLKitError

from propersim.core.errors import reason
from propersim.core.files import replace_file
from propersim.core.speed import FASTEST as FASTEST
from propersim.core.speed import speed_of as speed_of
from propersim_tui.config.keymap import check
from propersim_tui.config.themes import DEFAULT_THEME

FILE_VARIABLE = "PROPERSIM_SCREEN_CONFIG"
"""Environment variable with the path of the settings file."""
Tab = Literal["home", "assistant", "scores", "days"]
FigurePlacement = Literal["auto", "beside", "below"]
MapSize = Literal["auto", "small"]
TABS: tuple[Tab, ...] = get_args(Tab)
"""Regions of which a small screen shows one at a time."""
FIGURES: tuple[FigurePlacement, ...] = get_args(FigurePlacement)
"""Where scores and days go on a wide screen; ``auto`` follows the stylesheet."""
MAPS: tuple[MapSize, ...] = get_args(MapSize)
"""Size of the home map; ``auto`` doubles it where there is room."""
Zoom = Literal["none", "home", "doing", "now", "training", "assistant", "scores", "days", "today"]
REGIONS: tuple[Zoom, ...] = get_args(Zoom)[1:]
"""Ids of the regions of the live screen, from top left to bottom right."""
REGION_NAMES: dict[str, str] = {name: "activities" if name == "doing" else name for name in REGIONS}
"""The name of each region on the screen: a word of its title."""
SIZES = ("left_width", "home_height", "now_height", "figures_width", "figures_height")
"""The sizes of panels that a person can change."""
MOST_CELLS = 200
"""Most cells by which a size differs from the usual one."""
DEFAULT_SPEED = 8.0
LOCK_SECONDS = 0.5

Value = str | float | int | list[str]

_file_values: ContextVar[dict[str, Any]] = ContextVar("_file_values")
"""The values of the file that is being read."""


def _cells(value: object) -> object:
    """Reject true and false, which pydantic would take for 1 and 0."""
    if isinstance(value, bool):
        raise PydanticCustomError("cells", "not a number")
    return value


Cells = Annotated[int, Field(ge=-MOST_CELLS, le=MOST_CELLS), BeforeValidator(_cells)]
"""Cells by which a size differs from the usual one."""


class Layout(BaseModel):
    """How the live screen is laid out.

    Attributes:
        tab: the region with which a small screen starts.
        figures: where scores and days go on a wide screen.
        map: the size of the home map.
        zoom: the region that is shown alone, or ``none``.
        left_width: columns by which the left side (home and activities) is wider than usual.
        home_height: rows by which the home is higher.
        now_height: rows by which *Now* is higher.
        figures_width: columns by which scores and days are wider where they are beside the run.
        figures_height: rows by which they are higher where they are below it.
    """

    model_config = ConfigDict(frozen=True)

    tab: Tab = "home"
    figures: FigurePlacement = "auto"
    map: MapSize = "auto"
    zoom: Zoom = "none"
    left_width: Cells = 0
    home_height: Cells = 0
    now_height: Cells = 0
    figures_width: Cells = 0
    figures_height: Cells = 0


class Settings(BaseSettings):
    """The screen's settings.

    Command-line arguments take precedence over the environment, and the environment over the settings file.

    Attributes:
        theme: name of a theme.
        speed: steps a second to start with; None is full speed.
        layout: how the live screen is laid out.
        keys: Textual's names of the keys for each action id, if they differ from the default.
    """

    model_config = SettingsConfigDict(
        env_prefix="PROPERSIM_", env_nested_delimiter="__", env_ignore_empty=True, extra="ignore", frozen=True, validate_default=False
    )

    theme: str = DEFAULT_THEME
    speed: Annotated[float | None, BeforeValidator(speed_of)] = DEFAULT_SPEED
    layout: Annotated[Layout, NoDecode] = Layout()
    keys: Annotated[Mapping[str, Any], NoDecode] = {}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources, those with precedence first.

        Args:
            settings_cls: the class of settings.
            init_settings: the arguments.
            env_settings: the environment.
            dotenv_settings: a ``.env`` file; not used.
            file_secret_settings: files of secrets; not used.
        """
        return init_settings, env_settings, InitSettingsSource(settings_cls, _file_values.get({}))


class NotSaved(Exception):
    """Settings could not be saved; the message says why."""


def settings_file() -> Path:
    """Return the path of the settings file, whether or not it exists."""
    path = os.environ.get(FILE_VARIABLE)
    return Path(path) if path else platformdirs.user_config_path("propersim") / "screen.toml"


# -- text ---------------------------------------------------------------------------------------------------------


def _parse(text: str) -> tomlkit.TOMLDocument:
    """Parse TOML; raise ValueError if it is not TOML, or nested too deeply."""
    try:
        # The standard parser is the stricter one.
        tomllib.loads(text)
        return tomlkit.parse(text if text.endswith("\n") or not text else f"{text}\n")
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except TOMLKitError as error:
        raise ValueError(str(error)) from error


def read(text: str) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings of a file's text and the environment.

    Args:
        text: TOML.

    Returns:
        The settings, with defaults in place of invalid values, and a sentence on each invalid value or unknown setting.

    Raises:
        ValueError: the text is not TOML.
    """
    values: dict[str, Any] = _parse(text).unwrap()
    problems = [f"there is no setting {name!r}" for name in values if name not in Settings.model_fields]
    layout = values.get("layout")
    if isinstance(layout, dict):
        problems += [f"layout: there is no setting {name!r}" for name in layout if name not in Layout.model_fields]
    settings = _validate(values, problems)
    checked = check(settings.keys)
    return settings.model_copy(update={"keys": checked.keys}), (*problems, *checked.problems)


def _validate(values: dict[str, Any], problems: list[str]) -> Settings:
    """Return settings with the default in place of each invalid value.

    What was wrong is added to ``problems``.
    """
    token = _file_values.set({name: value for name, value in values.items() if name in Settings.model_fields})
    defaults: dict[str, Any] = {}
    try:
        while True:
            try:
                return Settings(**defaults)
            except ValidationError as error:
                for each in error.errors():
                    problems.append(_problem(each))
                    name, *inner = (str(part) for part in each["loc"])
                    if name == "layout" and inner:
                        defaults.setdefault(name, {})[inner[0]] = getattr(Layout(), inner[0])
                    else:
                        defaults[name] = Settings.model_fields[name].default
    finally:
        _file_values.reset(token)


def _problem(error: Mapping[str, Any]) -> str:
    """Return in words what pydantic found wrong with a value."""
    name, value = ".".join(str(part) for part in error["loc"]), error["input"]
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    if name in ("layout", "keys"):
        return f"{name} is not a table"
    if error["loc"][-1] in SIZES:
        return f"{name} is {value!r}, not a number of cells from −{MOST_CELLS} to {MOST_CELLS}"
    if error["type"] == "literal_error":
        options = get_args(Layout.model_fields[error["loc"][-1]].annotation)
        return f"{name} is {value!r}, not one of {', '.join(options)}"
    return f"{name} is {value!r}, not a name"


def edited(text: str, changes: Mapping[str, Value]) -> str:
    """Return a settings file's text with some settings changed.

    Everything else stays as it was, comments included.

    Args:
        text: TOML.
        changes: values by name, such as ``theme``, ``layout.map`` or ``keys.step_forward``.

    Raises:
        ValueError: the text is not TOML, or it cannot be changed without changing something else.
    """
    document = _parse(text)
    expected = document.unwrap()
    try:
        for name, value in changes.items():
            *table, key = name.rsplit(".", 1)
            if table and table[0] not in document:
                document[table[0]] = tomlkit.table()
            target = document[table[0]] if table else document
            plain = expected.setdefault(table[0], {}) if table else expected
            if not isinstance(target, dict) or not isinstance(plain, dict):
                raise ValueError(f"{table[0]} is not a table")
            target[key] = plain[key] = value
        result = tomlkit.dumps(document)
    except TOMLKitError as error:
        raise ValueError(str(error)) from error
    if tomllib.loads(result) != expected:
        raise ValueError("it is written in a way that only a person can change")
    return result


# -- the file -----------------------------------------------------------------------------------------------------


def load(path: Path) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings of a file and the environment, and what is wrong with them.

    A missing file counts as empty.
    """
    try:
        settings, problems = read(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return read("")
    except OSError as error:
        return read("")[0], (f"{path} cannot be read: {error.strerror or error}",)
    except ValueError as error:
        return read("")[0], (f"{path} is not valid TOML and is left unchanged: {reason(error)}",)
    return settings, tuple(f"{path}: {problem}" for problem in problems)


def save(path: Path, changes: Mapping[str, Value]) -> None:
    """Change some settings in a file; what another program has changed in it meanwhile stays.

    Args:
        path: the file; made if it does not exist.
        changes: values by name, as for :func:`edited`.

    Raises:
        NotSaved: the file cannot be written or parsed; it is left unchanged.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target = path.resolve()
        with FileLock(target.with_name(target.name + ".lock"), timeout=LOCK_SECONDS):
            text = target.read_text(encoding="utf-8-sig") if target.exists() else ""
            replace_file(target, edited(text, changes))
    except Timeout as error:
        raise NotSaved(f"not saved: {path} is in use by another program") from error
    except OSError as error:
        raise NotSaved(f"not saved: {path} cannot be written: {error.strerror or error}") from error
    except ValueError as error:
        raise NotSaved(f"not saved: {path} cannot be edited ({reason(error)})") from error
