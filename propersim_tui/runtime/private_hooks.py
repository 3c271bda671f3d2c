"""The private names of other packages that the screen relies on.

Each has the reason and the version in which it was seen. They may change with any release: Textual is therefore pinned exactly, and
a test checks that each name still exists.
"""

from __future__ import annotations

from typing import NamedTuple


class PrivateHook(NamedTuple):
    """A private name of another package.

    Attributes:
        module: the module that defines it.
        name: the name; an attribute of a class is written ``Class.attribute``.
        seen_in: package and version in which it was seen.
        reason: what it is used for.
    """

    module: str
    name: str
    seen_in: str
    reason: str


PRIVATE_HOOKS = (
    PrivateHook("textual.app", "App._get_screen", "textual 8.2.8", "mounts kept screens in advance, with their size classes set"),
    PrivateHook("textual.app", "App._keymap", "textual 8.2.8", "the keys shown in the help of a full screen"),
    PrivateHook(
        "textual.screen",
        "Screen._compositor",
        "textual 8.2.8",
        "the screen that a window draws dimmed below itself, and kept screens drawn in advance",
    ),
    PrivateHook("textual.screen", "Screen._refresh_layout", "textual 8.2.8", "kept screens that are laid out in advance"),
    PrivateHook("textual.widget", "Widget._layout_required", "textual 8.2.8", "kept screens that are laid out in advance"),
    PrivateHook("textual.driver", "Driver._debug", "textual 8.2.8", "reading the terminal without the delay of Escape"),
    PrivateHook("textual._parser", "Parser._timeout_time", "textual 8.2.8", "reading the terminal without the delay of Escape"),
    PrivateHook("textual._parser", "ParseError", "textual 8.2.8", "reading the terminal without the delay of Escape"),
    PrivateHook("textual._time", "get_time", "textual 8.2.8", "reading the terminal without the delay of Escape"),
    PrivateHook("textual._xterm_parser", "XTermParser", "textual 8.2.8", "reading the terminal without the delay of Escape"),
    PrivateHook("textual_serve.app_service", "AppService._process", "textual-serve 1.1.3", "killing a viewer's process that hangs"),
)
"""All of them."""
