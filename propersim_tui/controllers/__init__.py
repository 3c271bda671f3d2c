"""What the app can do besides playing a run: each ability a base class of the app, apart from how it is laid out and driven."""

from __future__ import annotations

from propersim_tui.controllers.commands import Offers
from propersim_tui.controllers.inspector_client import Asks
from propersim_tui.controllers.jump import Jumps
from propersim_tui.controllers.paste_filter import Pastes
from propersim_tui.controllers.screen_cache import Reopens
from propersim_tui.controllers.seek import Seeks


class Abilities(Offers, Seeks, Jumps, Pastes, Asks, Reopens):
    """All of them."""
