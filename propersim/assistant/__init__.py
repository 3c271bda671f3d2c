"""Assistants: what decides at each step whether to speak, and what to say."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from propersim.assistant.base import Assistant
    from propersim.config import RunConfig
    from propersim.user.judge import Judge


def teaching_of(config: RunConfig) -> dict[str, Any]:
    """Return how a run's model samples and is taught, as plain data to be recorded with the run."""
    import msgspec

    from propersim.learning.presets import preset

    found: dict[str, Any] = msgspec.to_builtins(preset(config.model, scheme=config.scheme, pairs=config.pairs).teaching)
    return found


def make_assistant(config: RunConfig) -> str | Callable[[Judge], Assistant]:
    """Return what :class:`~propersim.simulation.Simulation` takes as the assistant of a run; a model is loaded only when it is needed."""
    if config.assistant != "llama":
        return config.assistant

    def make(_: Judge) -> Assistant:
        from propersim.assistant.llama import Llama
        from propersim.learning.model import LoadedModel
        from propersim.learning.presets import preset
        from propersim.memory.memory import Memory

        teaching = preset(config.model, scheme=config.scheme, pairs=config.pairs).teaching
        return Llama(
            LoadedModel(config.model, config.quantize, teaching),
            Memory(config.memory, timers=config.clocks == "on"),
            config.seed,
            teaching=teaching,
            scheme=config.scheme,
            learn=config.learn,
            n=config.n,
        )

    return make
