"""Make the parts of a run from its options: assistant, model, memory, embedder, planner, rater, and the endpoints they call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from propersim.core.config import LLM, RunConfig, parse_price

if TYPE_CHECKING:
    from propersim.core.interfaces import Assistant, KeptPlans, Planner, Rater
    from propersim.core.records import Spent
    from propersim.llm_client import Asker, Call, Desk
    from propersim.memory.embedder import Embedder
    from propersim.memory.memory import Memory
    from propersim.models.model import LoadedModel
    from propersim.models.presets import Teaching
    from propersim.persona.model import Persona
    from propersim.user.judge import Judge
    from propersim.world.home import Home


def make_desk(config: RunConfig, spent: float = 0.0) -> Desk:
    """Return the desk of a run; nothing is sent before something is asked.

    Args:
        config: its options; the limit is among them.
        spent: dollars that it has cost so far.

    Raises:
        InputError: an address, key or price cannot be, or there is a limit but no price to keep it by.
    """
    from propersim.llm_client import Cache, Desk

    desk = Desk(max_cost=config.max_cost, spent=spent, cache=Cache())
    if LLM in (config.plans_by, config.rates_by):
        user_asker(config, desk)
    if config.assistant == "api":
        assistant_asker(config, desk)
    if config.embeds_at_endpoint:
        embedder_asker(config, desk)
    return desk


def user_asker(config: RunConfig, desk: Desk) -> Asker:
    """Return who asks the model that plays the user."""
    return desk.asker(config.user_base_url, config.user_model, parse_price(config.user_price))


def assistant_asker(config: RunConfig, desk: Desk) -> Asker:
    """Return who asks the assistant's model."""
    return desk.asker(config.base_url, config.model, parse_price(config.price))


def embedder_asker(config: RunConfig, desk: Desk) -> Asker:
    """Return who asks the model that turns what the assistant remembers into vectors."""
    from propersim.memory.endpoint_embedder import endpoint_of

    return desk.asker(*endpoint_of(config.embedder))


def make_planner(config: RunConfig, persona: Persona, home: Home, desk: Desk | None, kept: KeptPlans) -> Planner | None:
    """Return who plans the days of a run; None where that is the routine."""
    if config.plans_by != LLM or desk is None:
        return None
    from propersim.user.llm.routine import LlmRoutine

    return LlmRoutine(persona, home, config.seed, user_asker(config, desk), kept)


def make_rater(config: RunConfig, judge: Judge, desk: Desk | None) -> Rater | None:
    """Return who rates in a run, where no person does; None where that is the offline judge."""
    if config.rates_by != LLM or desk is None:
        return None
    from propersim.user.llm.judge import LlmJudge

    return LlmJudge(judge, user_asker(config, desk), config.rating_calls)


def prompts_hash(config: RunConfig) -> dict[str, str]:
    """Return hashes of the prompts that a run uses, to be recorded with it: other words give other answers."""
    found = {}
    if config.plans_by == LLM:
        from propersim.user.llm.routine import PROMPTS as PLAN_PROMPTS

        found["plan_prompts"] = PLAN_PROMPTS
    if config.rates_by == LLM:
        from propersim.user.llm.judge import PROMPTS

        found["rating_prompts"] = PROMPTS
    if config.assistant == "api":
        from propersim.assistant.api import PROMPTS

        found["say_prompts"] = PROMPTS
    return found


def spent_of(call: Call, index: int, day: int) -> Spent:
    """Return the record of a call.

    Args:
        call: as the desk has it.
        index: step that it was made for.
        day: of the run.
    """
    from propersim.core.records import Spent

    return Spent(
        idx=index, day=day, purpose=call.purpose, prompt=call.prompt, model=call.model, form=call.form,
        tokens_in=call.tokens_in, tokens_cached=call.tokens_cached, tokens_out=call.tokens_out, seconds=round(call.seconds, 3),
        retries=call.retries, again=call.again, cached=call.cached, guessed=call.guessed, cost=call.cost, failed=call.failed, at=call.when,
    )  # fmt: skip


def bill_of(calls: list[Spent]) -> list[dict[str, Any]]:
    """Return the calls of a run summed by purpose, and in all (``all``), as plain data.

    Returns:
        Rows with ``purpose``, ``calls`` (stored answers included), ``cached``, ``failed``, ``retries``, ``again``, ``tokens_in``,
        ``tokens_cached``, ``tokens_out``, ``seconds`` (median of the calls that were sent; None without any), ``cost`` (dollars, of
        those whose price is known) and ``unpriced`` (how many are not); none where nothing was asked.
    """
    from statistics import median

    names = sorted({one.purpose for one in calls})
    rows = []
    for name in [*names, "all"] if calls else []:
        mine = [one for one in calls if name in (one.purpose, "all")]
        sent = [one.seconds for one in mine if not one.cached]
        rows.append(
            {
                "purpose": name,
                "calls": len(mine),
                "cached": sum(one.cached for one in mine),
                "failed": sum(bool(one.failed) for one in mine),
                **{key: sum(getattr(one, key) for one in mine) for key in ("retries", "again", "tokens_in", "tokens_cached", "tokens_out")},
                "seconds": round(median(sent), 3) if sent else None,
                "cost": round(sum(one.cost or 0.0 for one in mine), 6),
                "unpriced": sum(one.cost is None for one in mine),
            }
        )
    return rows


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

        return EndpointEmbedder(config.embedder, embedder_asker(config, desk) if desk is not None else None)
    return HashingEmbedder() if config.embedder == HASHING else SentenceEncoder(config.embedder)
