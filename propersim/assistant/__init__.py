"""Assistants: what decides at each step whether to speak, and what to say."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from propersim.assistant.base import Assistant
    from propersim.config import RunConfig
    from propersim.user.judge import Judge


def make_assistant(config: RunConfig) -> str | Callable[[Judge], Assistant]:
    """Return what :class:`~propersim.simulation.Simulation` takes as the assistant of a run; a model is loaded only when it is needed."""
    if config.assistant != "llama":
        return config.assistant

    def make(_: Judge) -> Assistant:
        from propersim.assistant.llama import Llama
        from propersim.learning.model import LoadedModel
        from propersim.memory.memory import Memory

        timers = config.clocks == "on"
        return Llama(LoadedModel(config.model, config.quantize), Memory(config.memory, timers=timers), config.seed)

    return make
