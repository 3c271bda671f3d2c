"""Assistants: what decides at each step whether to speak, and what to say."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from propersim.core.config import RunConfig
    from propersim.core.interfaces import Assistant
    from propersim.llm_client import Desk
    from propersim.memory.embedder import Embedder
    from propersim.memory.memory import Memory
    from propersim.models.model import LoadedModel
    from propersim.models.presets import Teaching
    from propersim.persona.model import Persona
    from propersim.user.judge import Judge


def teaching_of(config: RunConfig) -> dict[str, Any]:
    """Return how a run's model samples and is taught, as plain data to be recorded with the run."""
    import msgspec

    from propersim.models.presets import preset

    found: dict[str, Any] = msgspec.to_builtins(preset(config.model, scheme=config.scheme, pairs=config.pairs).teaching)
    return found


def weights_of(config: RunConfig) -> str:
    """Return what stands for the files of a run's model, to be recorded with the run; nothing heavy is loaded."""
    from propersim.models.sources import fingerprint

    return fingerprint(config.model)


def embedder_of(config: RunConfig) -> str:
    """Return the name of a run's embedder, to be recorded with the run: it changes with the files of an encoder."""
    from propersim.core.config import HASHING
    from propersim.memory.endpoint_embedder import endpoint_name
    from propersim.models.encoder import encoder_name

    if config.embeds_at_endpoint:
        return endpoint_name(config.embedder)
    return HASHING if config.embedder == HASHING else encoder_name(config.embedder)


def make_assistant(config: RunConfig, desk: Desk | None = None) -> str | Callable[[Judge], Assistant]:
    """Return the assistant of a run as ``Simulation`` takes it; a model is loaded only when it is needed.

    Args:
        config: its options.
        desk: where its endpoints are asked; None where it has none.
    """
    if config.assistant == "api":
        from propersim.assistant.api import ApiAssistant
        from propersim.persona.description import introduce
        from propersim.runs.factory import assistant_asker

        assert desk is not None
        asker = assistant_asker(config, desk)
        told = config.reveal_persona == "on"
        return lambda judge: ApiAssistant(
            asker, make_memory(config, make_embedder(config, desk)), config.seed, introduce(judge.persona) if told else None
        )
    if config.assistant != "llama":
        return config.assistant

    def make(judge: Judge) -> Assistant:
        from propersim.assistant.llama import Llama
        from propersim.models.presets import preset

        teaching = preset(config.model, scheme=config.scheme, pairs=config.pairs).teaching
        return Llama(
            make_model(config, judge.persona, teaching),
            make_memory(config, make_embedder(config, desk)),
            config.seed,
            teaching=teaching,
            scheme=config.scheme,
            learn=config.learn,
            n=config.n,
        )

    return make


def make_model(config: RunConfig, persona: Persona, teaching: Teaching) -> LoadedModel:
    """Return the model of a run, loaded.

    Raises:
        InputError: it cannot be loaded.
    """
    from propersim.models.model import LoadedModel
    from propersim.persona.description import introduce

    told = introduce(persona) if config.reveal_persona == "on" else None
    return LoadedModel(config.model, config.quantize, teaching, told)


def make_memory(config: RunConfig, embedder: Embedder | None = None) -> Memory:
    """Return the memory of a run's model, empty.

    Args:
        config: options of the run.
        embedder: what turns moments into vectors; the run's own where None.
    """
    from propersim.memory.memory import Memory

    return Memory(config.memory, timers=config.clocks == "on", embedder=embedder or make_embedder(config))


def make_embedder(config: RunConfig, desk: Desk | None = None) -> Embedder:
    """Return what turns a run's moments into vectors.

    Args:
        config: options of the run.
        desk: where an endpoint is asked for them; None: of those only the ones that are kept can be had.

    Raises:
        InputError: the folder of a sentence encoder cannot be used.
    """
    from propersim.core.config import HASHING
    from propersim.memory.embedder import HashingEmbedder
    from propersim.models.encoder import SentenceEncoder

    if config.embeds_at_endpoint:
        from propersim.memory.endpoint_embedder import EndpointEmbedder
        from propersim.runs.factory import embedder_asker

        return EndpointEmbedder(config.embedder, embedder_asker(config, desk) if desk is not None else None)
    return HashingEmbedder() if config.embedder == HASHING else SentenceEncoder(config.embedder)
