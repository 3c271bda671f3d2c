"""Keys as a person writes them: their names, and what happens where two actions want the same one. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from textual.keys import KEY_NAME_REPLACEMENTS, Keys, format_key

from propersim_tui.config.actions import ACTS, Act

Keymap = Mapping[str, tuple[str, ...]]
"""Of actions by id: Textual's names of their keys."""

MODIFIERS = ("ctrl", "shift", "alt", "super", "hyper", "meta")
RESERVED = frozenset({"ctrl+q", "ctrl+c", "ctrl+p", "tab", "shift+tab", "enter", "up", "down", "pageup", "pagedown"})
"""What Textual or the regions themselves need: to leave, to copy, the palette, the focus, scrolling."""
_NAMED = {str(key.value) for key in Keys} | set(KEY_NAME_REPLACEMENTS.values())


@dataclass(frozen=True)
class Checked:
    """A keymap that can be put on, and what was left out of it.

    Attributes:
        keys: of each action that has other keys than by default.
        problems: in words.
    """

    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def key_name(text: str) -> str | None:
    """Return Textual's name of a key as written (``.``, ``full_stop``, ``ctrl+k``); None where there is no such key."""
    *modifiers, key = text.rsplit("+", 1) if len(text) > 1 and not text.endswith("++") else (text,)
    if modifiers and not all(each in MODIFIERS for each in modifiers[0].split("+")):
        return None
    head = f"{modifiers[0]}+" if modifiers else ""
    if len(key) == 1:
        if key.isalnum():
            return head + key
        try:
            key = unicodedata.name(key).lower().replace("-", "_").replace(" ", "_")
        except ValueError:
            return None
        return head + KEY_NAME_REPLACEMENTS.get(key, key)
    if key in _NAMED:
        return head + key
    for name in (key, key.replace("_", "-")):
        try:
            unicodedata.lookup(name.upper().replace("_", " "))
        except KeyError:
            continue
        return head + key
    return None


def default_keys(action: str) -> tuple[str, ...]:
    """Return the keys that an action has by default."""
    return next(tuple(act.keys.split(",")) for act in ACTS if act.id == action)


def check(wanted: Mapping[str, object]) -> Checked:
    """Return what can be had of a keymap as written.

    Of two actions that a person gave the same key, the first in order has it. A key that is another action's by default is taken from that
    one, which is said. Keys that do not exist, actions that do not, and reserved keys are left out.

    Args:
        wanted: by id of action a key, or a list of keys.
    """
    problems: list[str] = []
    taken: dict[str, str] = {}
    keys: dict[str, tuple[str, ...]] = {}
    known = {act.id for act in ACTS}
    for action, value in wanted.items():
        if action not in known:
            problems.append(f"keys: there is no action {action!r}")
            continue
        given = value if isinstance(value, list) else [value]
        names: list[str] = []
        for each in given:
            name = key_name(each) if isinstance(each, str) and each else None
            if name is None:
                problems.append(f"keys: {action} cannot have {each!r}, which is no key")
            elif name in RESERVED:
                problems.append(f"keys: {action} cannot have {each!r}, which is needed elsewhere")
            elif taken.get(name, action) != action:
                problems.append(f"keys: {action} cannot have {each!r}, which {taken[name]} has")
            elif name not in names:
                taken[name] = action
                names.append(name)
        if names:
            keys[action] = tuple(names)
    for act in ACTS:
        if act.id in keys:
            continue
        own = default_keys(act.id)
        left = tuple(key for key in own if key not in taken)
        if left != own:
            lost = ", ".join(f"{format_key(key)} is {taken[key]} now" for key in own if key in taken)
            problems.append(f"keys: {lost}" + ("" if left else f"; {act.id} has no key"))
    return Checked(keys, tuple(problems))


def keycap(act: Act, keymap: Mapping[str, str], default: str = "") -> str:
    """Return how an action's keys are written, given the keymap that is on (as Textual has it)."""
    default = default or act.keycap
    if act.id in keymap:
        return " ".join(format_key(key) for key in keymap[act.id].split(","))
    if act not in ACTS:
        # A screen's own keys stay its own: they are looked at before the app's.
        return default
    taken = {key for keys in keymap.values() for key in keys.split(",")}
    own = default_keys(act.id)
    if not taken.intersection(own):
        return default
    return " ".join(format_key(key) for key in own if key not in taken) or "–"
