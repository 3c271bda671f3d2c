"""Values that the shell completes: personas, runs, models and themes.

Each function takes the beginning of a value, and returns values that begin so, with what they are.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

from propersim.core.config import DEFAULT_DB
from propersim.core.errors import PropersimError

MOST_RUNS = 50
"""Newest runs that are offered."""
Values = list[tuple[str, str]]
"""Values, and what each is."""


def personas(incomplete: str) -> Values:
    """Return ids of built-in personas, by the beginning of an id or of a name."""
    from propersim.persona.library import persona_names

    begin = incomplete.casefold()
    return [(key, name) for key, name in persona_names().items() if key.startswith(begin) or name.casefold().startswith(begin)]


def models(incomplete: str) -> Values:
    """Return names of models with a preset."""
    from propersim.models.presets import preset, preset_names

    return [(name, preset(name).about) for name in preset_names() if name.startswith(incomplete)]


def runs(incomplete: str) -> Values:
    """Return ids of the newest runs in the database of the current folder.

    There are none where it cannot be read.
    """
    from propersim.store.store import Store

    if not Path(DEFAULT_DB).is_file():
        return []
    try:
        with Store(Path(DEFAULT_DB), read_only=True) as store:
            newest = list(store.runs())[:MOST_RUNS]
    except PropersimError:
        return []
    last = [("last", "the newest run")] if newest else []
    named = [*last, *((run.id, f"{run.name}, {run.assistant}, {run.state}") for run in newest)]
    return [one for one in named if one[0].startswith(incomplete)]


def themes(incomplete: str) -> Values:
    """Return names of themes; none where the screen is not installed."""
    for point in entry_points(group="propersim.completion", name="themes"):
        return [(name, "") for name in point.load()() if name.startswith(incomplete)]
    return []
