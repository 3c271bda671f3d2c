"""The user's keymap: names of keys, and conflicts between actions.

Pure functions.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from textual.keys import KEY_NAME_REPLACEMENTS, Keys, format_key

from propersim_tui.config.actions import ACTS, FORMER_IDS, ScreenAction

Keymap = Mapping[str, tuple[str, ...]]
"""For actions by id: Textual's names of their keys."""

MODIFIERS = ("ctrl", "shift", "alt", "super", "hyper", "meta")
RESERVED = frozenset({"ctrl+q", "ctrl+c", "ctrl+p", "tab", "shift+tab", "enter", "up", "down", "pageup", "pagedown"})
"""Keys that Textual or the regions need: quit, copy, palette, focus, scrolling."""
_NAMED = {str(key.value) for key in Keys} | set(KEY_NAME_REPLACEMENTS.values())


@dataclass(frozen=True)
class CheckedKeymap:
    """A keymap without conflicts, and what was left out of it.

    Attributes:
        keys: the keys of each action that differs from the default.
        problems: what was left out and why, one sentence each.
    """

    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def key_name(text: str) -> str | None:
    """Return Textual's name of a key; None if there is no such key.

    Signs (``.``), names (``full_stop``) and modifiers (``ctrl+k``) are accepted.
    """
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
    """Return the default keys of an action."""
    return next(tuple(act.keys.split(",")) for act in ACTS if act.id == action)


def check(wanted: Mapping[str, object]) -> CheckedKeymap:
    """Return the valid part of a user's keymap.

    If two actions are given the same key, the first one gets it. A key that is the default of another action is taken from that
    action, which is reported. Unknown keys, unknown actions and reserved keys are left out. Earlier ids of actions are accepted.

    Args:
        wanted: a key or a list of keys for each action id.
    """
    problems: list[str] = []
    taken: dict[str, str] = {}
    keys: dict[str, tuple[str, ...]] = {}
    known = {act.id for act in ACTS}
    for written, value in wanted.items():
        action = FORMER_IDS.get(written, written)
        if action not in known:
            problems.append(f"keys: there is no action {action!r}")
            continue
        given = value if isinstance(value, list) else [value]
        names: list[str] = []
        for each in given:
            name = key_name(each) if isinstance(each, str) and each else None
            if name is None:
                problems.append(f"keys: {action} cannot have {each!r}, which is not a key")
            elif name in RESERVED:
                problems.append(f"keys: {action} cannot have {each!r}, which is reserved")
            elif taken.get(name, action) != action:
                problems.append(f"keys: {action} cannot have {each!r}, which is the key of {taken[name]}")
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
            lost = ", ".join(f"{format_key(key)} is now the key of {taken[key]}" for key in own if key in taken)
            problems.append(f"keys: {lost}" + ("" if left else f"; {act.id} has no key"))
    return CheckedKeymap(keys, tuple(problems))


def keycap(act: ScreenAction, keymap: Mapping[str, str], default: str = "") -> str:
    """Return how an action's keys are written.

    Args:
        act: the action.
        keymap: the user's keymap; keys separated by commas, as Textual wants them.
        default: how the default keys are written, if not as in the action's ``keycap``.
    """
    default = default or act.keycap
    if act.id in keymap:
        return " ".join(format_key(key) for key in keymap[act.id].split(","))
    if act not in ACTS:
        # A screen's own keys are matched before the app's; the keymap changes only those of actions that share an id with the app's.
        return default
    taken = {key for keys in keymap.values() for key in keys.split(",")}
    own = default_keys(act.id)
    if not taken.intersection(own):
        return default
    return " ".join(format_key(key) for key in own if key not in taken) or "–"
