"""What the app can do besides playing a run: each ability a base class of the app, apart from how it is laid out and driven."""

from __future__ import annotations

from propersim_tui.abilities.asks import Asks
from propersim_tui.abilities.jumps import Jumps
from propersim_tui.abilities.offers import Offers
from propersim_tui.abilities.pastes import Pastes
from propersim_tui.abilities.reopens import Reopens
from propersim_tui.abilities.seeks import Seeks


class Abilities(Offers, Seeks, Jumps, Pastes, Asks, Reopens):
    """All of them."""
