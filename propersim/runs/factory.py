"""Factories that make the parts of a run from its options.

The parts are assistant, model, memory, embedder, planner, judge, and the endpoints that they call.

Assistants, users, judges and embedders are looked up by name, so that other packages can register theirs (see
:mod:`propersim.core.plugins`). A factory is called with the options of the run and returns its part; heavy libraries are imported inside.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from propersim.core import plugins
from propersim.core.config import HUMAN, LLM, RunConfig, parse_price
from propersim.core.errors import InputError
from propersim.user.days import planner_by_day
from propersim.world.catalogue import HOME

if TYPE_CHECKING:
    from propersim.assistant.controls import Control
    from propersim.core.call_record import CallRecord
    from propersim.core.feedback import FeedbackMode
    from propersim.core.interfaces import Assistant, Judge, Planner, PlanStore
    from propersim.llm_client import Call, ModelClient, Session
    from propersim.memory.embedder import Embedder
    from propersim.memory.memory import Memory
    from propersim.models.model import LoadedModel
    from propersim.models.presets import Teaching
    from propersim.persona.model import Persona
    from propersim.user.judge import OfflineJudge
    from propersim.world.floor_plan import World

    AssistantFactory = Callable[[RunConfig, str | None, Session | None], Assistant]
    """Makes the assistant of a run from its options, the persona in words (None unless revealed) and its endpoint session."""
    PlannerFactory = Callable[[RunConfig, Persona, World, Session | None, PlanStore], Planner]
    """Makes what plans the days of a run from its options, persona, world, endpoint session and the plans stored before."""
    RaterFactory = Callable[[RunConfig, OfflineJudge, Session | None], Judge]
    """Makes what rates in a run from its options, its offline judge and its endpoint session."""
    EmbedderFactory = Callable[[RunConfig, Session | None], Embedder]
    """Makes the embedder of a run's memory from its options and its endpoint session."""


# -- endpoints --------------------------------------------------------------------------------------------------------


def make_session(config: RunConfig, spent: float = 0.0) -> Session:
    """Return the endpoint session of a run; it sends nothing before the first question.

    Args:
        config: options of the run; the cost limit is among them.
        spent: dollars that the run has cost so far.

    Raises:
        InputError: an address, key or price is invalid, or a limit is set and a price is unknown.
    """
    from propersim.llm_client import Cache, Session

    session = Session(max_cost=config.max_cost, spent=spent, cache=Cache())
    if LLM in (config.plans_by, config.rates_by):
        user_model_client(config, session)
    if config.assistant == "api":
        assistant_model_client(config, session)
    if config.embeds_at_endpoint:
        embedder_model_client(config, session)
    return session


def user_model_client(config: RunConfig, session: Session) -> ModelClient:
    """Return the client of the model that plays the user."""
    return session.model_client(config.user_base_url, config.user_model, parse_price(config.user_price))


def assistant_model_client(config: RunConfig, session: Session) -> ModelClient:
    """Return the client of the assistant's model."""
    return session.model_client(config.base_url, config.model, parse_price(config.price))


def embedder_model_client(config: RunConfig, session: Session) -> ModelClient:
    """Return the client of the model that embeds what the assistant remembers."""
    from propersim.memory.endpoint_embedder import endpoint_of

    return session.model_client(*endpoint_of(config.embedder))


# -- users ------------------------------------------------------------------------------------------------------------


def make_planner(config: RunConfig, persona: Persona, world: World, session: Session | None, kept: PlanStore) -> Planner:
    """Return what plans the days of a run.

    Args:
        config: options of the run.
        persona: persona of the run.
        world: its floor plan.
        session: its endpoint session; None where it calls no endpoint.
        kept: plans that a language model made before, by key.
    """

    def make(lives: Persona, where: World) -> Planner:
        made: Planner = plugins.make(plugins.USERS, config.plans_by, ("plan",), config, lives, where, session, kept)
        return made

    return planner_by_day(persona, world, make)


def make_routine(config: RunConfig, persona: Persona, world: World, session: Session | None, kept: PlanStore) -> Planner:
    """Return the rule-based routine; see :func:`make_planner` for the arguments.

    Args:
        config: options of the run.
        persona: persona of the run.
        world: its floor plan.
        session: not used.
        kept: not used.
    """
    from propersim.user.routine import Routine

    return Routine(persona, world, config.seed)


def make_llm_routine(config: RunConfig, persona: Persona, world: World, session: Session | None, kept: PlanStore) -> Planner:
    """Return a language model at an endpoint that plans days.

    Args:
        config: options of the run.
        persona: persona of the run.
        world: its floor plan.
        session: its endpoint session.
        kept: plans made before, by key.
    """
    from propersim.user.llm.routine import LlmRoutine

    _need_home("--user llm", "plans", world.setting)
    assert session is not None
    return LlmRoutine(persona, world, config.seed, user_model_client(config, session), kept)


def _need_home(option: str, what: str, setting: str) -> None:
    """Refuse a language model as the user outside the home: its prompts speak of the home.

    Args:
        option: the option that asks for it.
        what: what the model does.
        setting: id of the setting.
    """
    if setting != HOME:
        raise InputError(
            f"{option}: a language model {what} at home only, not in the {setting}",
            "leave it out: the routine and the offline judge can do both",
        )


def make_judge(config: RunConfig, judge: OfflineJudge, session: Session | None) -> Judge:
    """Return what rates in a run where no person does.

    Args:
        config: options of the run.
        judge: the offline judge of the run's persona.
        session: the run's endpoint session; None where it calls no endpoint.
    """
    made: Judge = plugins.make(plugins.JUDGES, config.rates_by, ("rate_all", "observe"), config, judge, session)
    return made


def offline_judge(config: RunConfig, judge: OfflineJudge, session: Session | None) -> Judge:
    """Return the offline judge itself.

    Args:
        config: not used.
        judge: the offline judge of the run's persona.
        session: not used.
    """
    return judge


def make_llm_judge(config: RunConfig, judge: OfflineJudge, session: Session | None) -> Judge:
    """Return a language model at an endpoint that rates.

    Args:
        config: options of the run.
        judge: the offline judge of the run's persona.
        session: the run's endpoint session.
    """
    from propersim.user.llm.judge import LlmJudge

    for day in {0, judge.persona.changes_on}:
        _need_home("--user llm", "rates", judge.persona.on_day(day).world)
    assert session is not None
    return LlmJudge(judge, user_model_client(config, session), config.rating_calls)


# -- assistants -------------------------------------------------------------------------------------------------------


def make_feedback(config: RunConfig) -> FeedbackMode:
    """Return which ratings of a run its assistant receives, and when."""
    from propersim.core.feedback import FeedbackMode

    return FeedbackMode(
        config.feedback,
        config.feedback_noise,
        config.feedback_delay == "on",
        0 if config.user == HUMAN else None,
        config.seed,
    )


def make_assistant(config: RunConfig, session: Session | None = None) -> Callable[[OfflineJudge], Assistant | Control]:
    """Return a function that makes the assistant of a run from the run's offline judge.

    A model is loaded only when it is called. Only controls get the judge, which knows the rubric.

    Args:
        config: options of the run.
        session: its endpoint session; None where it calls no endpoint.
    """
    plugins.load(plugins.ASSISTANTS, config.assistant)

    def make(judge: OfflineJudge) -> Assistant | Control:
        from propersim.assistant.controls import CONTROLS, make_control

        if config.assistant in CONTROLS:
            return make_control(config.assistant, config.seed, judge)
        person = revealed_persona(config, judge.persona)
        made: Assistant = plugins.make(
            plugins.ASSISTANTS, config.assistant, ("name", "respond", "observe", "reveal"), config, person, session
        )
        return made

    return make


def revealed_persona(config: RunConfig, persona: Persona) -> str | None:
    """Return the persona in words for prompts; None unless the options reveal it."""
    from propersim.persona.description import describe_persona

    return describe_persona(persona) if config.reveal_persona == "on" else None


def make_api_assistant(config: RunConfig, persona: str | None, session: Session | None) -> Assistant:
    """Return a language model at an endpoint as the assistant.

    Args:
        config: options of the run.
        persona: the persona in words; None where it is not revealed.
        session: the run's endpoint session.
    """
    from propersim.assistant.api import ApiAssistant

    assert session is not None
    return ApiAssistant(assistant_model_client(config, session), make_memory(config, make_embedder(config, session)), config.seed, persona)


def make_llama(config: RunConfig, persona: str | None, session: Session | None) -> Assistant:
    """Return a local language model that learns from ratings as the assistant.

    Args:
        config: options of the run.
        persona: the persona in words; None where it is not revealed.
        session: the run's endpoint session, for an embedder at an endpoint; None where there is none.
    """
    from propersim.models.libraries import need_libraries

    need_libraries("--assistant llama")
    from propersim.assistant.gate import GatedLlama, NightlyGatedLlama
    from propersim.assistant.llama import Llama
    from propersim.models.presets import preset

    teaching = preset(config.model, scheme=config.scheme, pairs=config.pairs).teaching
    kind = {"model": Llama, "gate": GatedLlama, "nightly-gate": NightlyGatedLlama}[config.decisions]
    model = make_model(config, persona, teaching)
    return kind(
        model,
        make_memory(config, make_embedder(config, session)),
        config.seed,
        teaching=model.teaching,
        scheme=config.scheme,
        learn=config.learn,
        n=config.n,
        complete=config.feedback == "complete" and config.user != HUMAN,
        exploration=config.exploration_budget or 0,
    )


def make_model(config: RunConfig, persona: str | None, teaching: Teaching) -> LoadedModel:
    """Load the model of a run.

    Args:
        config: options of the run.
        persona: the persona in words; None where it is not revealed.
        teaching: how the model samples and is trained.

    Raises:
        InputError: it cannot be loaded.
    """
    from propersim.models.model import LoadedModel

    evidence = config.reads_evidence_in_words
    return LoadedModel(
        config.model,
        config.quantize,
        teaching,
        persona,
        evidence=evidence,
        starter=config.starter,
        day_log=config.keeps_day_log,
        device=config.device,
    )


def make_memory(config: RunConfig, embedder: Embedder | None = None) -> Memory:
    """Return the empty memory of a run's assistant.

    Args:
        config: options of the run.
        embedder: embeds moments for recall; the run's own where None.
    """
    from propersim.memory.memory import Memory

    return Memory(
        config.memory,
        timers=config.clocks == "on",
        embedder=embedder or make_embedder(config),
        day_log=config.keeps_day_log,
        optimism=config.optimism,
    )


# -- embedders --------------------------------------------------------------------------------------------------------


def make_embedder(config: RunConfig, session: Session | None = None) -> Embedder:
    """Return the embedder of a run.

    It is a registered one, one at an endpoint (``URL#MODEL``), or a sentence encoder's folder.

    Args:
        config: options of the run.
        session: its endpoint session; where None, an embedder at an endpoint has only the vectors that are stored.

    Raises:
        InputError: the folder of a sentence encoder cannot be used.
    """
    if plugins.is_registered(plugins.EMBEDDERS, config.embedder):
        made: Embedder = plugins.make(plugins.EMBEDDERS, config.embedder, ("name", "dimensions", "embed"), config, session)
        return made
    if config.embeds_at_endpoint:
        from propersim.memory.endpoint_embedder import EndpointEmbedder

        return EndpointEmbedder(config.embedder, embedder_model_client(config, session) if session is not None else None)
    from propersim.models.encoder import SentenceEncoder
    from propersim.models.shared_model import TORCH_GLOBALS

    with TORCH_GLOBALS:
        return SentenceEncoder(config.embedder)


def make_hashing_embedder(config: RunConfig, session: Session | None) -> Embedder:
    """Return the embedder that needs no model."""
    from propersim.memory.embedder import HashingEmbedder

    return HashingEmbedder()


# -- what is recorded with a run --------------------------------------------------------------------------------------


def prompts_hash(config: RunConfig) -> dict[str, str]:
    """Return hashes of the prompts that a run uses; other prompts give other answers."""
    hashes = {}
    if config.plans_by == LLM:
        from propersim.user.llm.routine import PROMPTS as PLAN_PROMPTS

        hashes["plan_prompts"] = PLAN_PROMPTS
    if config.rates_by == LLM:
        from propersim.user.llm.judge import PROMPTS

        hashes["rating_prompts"] = PROMPTS
    if config.assistant == "api":
        from propersim.assistant.api import PROMPTS

        hashes["say_prompts"] = PROMPTS
    return hashes


def plugins_of(config: RunConfig) -> dict[str, str]:
    """Return the packages, with versions, that the parts of a run come from.

    Empty where all parts are built in.
    """
    parts = (
        (plugins.ASSISTANTS, config.assistant),
        (plugins.USERS, config.plans_by),
        (plugins.JUDGES, config.rates_by),
        *([(plugins.EMBEDDERS, config.embedder)] if plugins.is_registered(plugins.EMBEDDERS, config.embedder) else []),
    )
    origins = {f"{group}:{name}": plugins.origin(group, name) for group, name in parts}
    return {part: package for part, package in origins.items() if package is not None}


def teaching_of(config: RunConfig) -> dict[str, Any]:
    """Return how a run's model samples and is trained, as plain data."""
    import msgspec

    from propersim.models.presets import preset

    teaching: dict[str, Any] = msgspec.to_builtins(preset(config.model, scheme=config.scheme, pairs=config.pairs).teaching)
    return teaching


def weights_of(config: RunConfig) -> str:
    """Return a fingerprint of the files of a run's model; loads nothing heavy."""
    from propersim.models.sources import fingerprint

    return fingerprint(config.model)


def starters_of(config: RunConfig) -> str | None:
    """Return a fingerprint of the starter adapters on this machine.

    None for a run that can use none.

    Which of them a model uses is known when it is loaded, which takes long.
    """
    if not config.reads_evidence_in_words or config.starter == "none":
        return None
    from propersim.models.starters import fingerprint_of_all

    return fingerprint_of_all()


def embedder_of(config: RunConfig) -> str:
    """Return the name of a run's embedder, which changes with the files of a sentence encoder."""
    if plugins.is_registered(plugins.EMBEDDERS, config.embedder):
        return config.embedder
    if config.embeds_at_endpoint:
        from propersim.memory.endpoint_embedder import endpoint_name

        return endpoint_name(config.embedder)
    from propersim.models.encoder import encoder_name

    return encoder_name(config.embedder)


def call_record(call: Call, index: int, day: int) -> CallRecord:
    """Return the record of a call to an endpoint.

    Args:
        call: the call, as the endpoint session has it.
        index: index of the step that it was made for.
        day: day of the run, from 1.
    """
    from propersim.core.call_record import CallRecord

    return CallRecord(
        idx=index, day=day, purpose=call.purpose, prompt=call.prompt, model=call.model, form=call.form,
        tokens_in=call.tokens_in, tokens_cached=call.tokens_cached, tokens_out=call.tokens_out, seconds=round(call.seconds, 3),
        retries=call.retries, again=call.again, cached=call.cached, guessed=call.guessed, cost=call.cost, failed=call.failed, at=call.when,
    )  # fmt: skip


def calls_by_purpose(calls: list[CallRecord]) -> list[dict[str, Any]]:
    """Sum the calls of a run by purpose, and over all purposes (``all``).

    Returns:
        Rows with ``purpose``, ``calls`` (including those answered from the cache), ``cached``, ``failed``, ``retries``, ``again``,
        ``tokens_in``, ``tokens_cached``, ``tokens_out``, ``seconds`` (median of the calls that were sent; None without any), ``cost``
        (dollars, of the calls whose price is known) and ``unpriced`` (number of the others); no rows without calls.
    """
    from statistics import median

    names = sorted({one.purpose for one in calls})
    rows = []
    for name in [*names, "all"] if calls else []:
        selected = [one for one in calls if name in (one.purpose, "all")]
        sent = [one.seconds for one in selected if not one.cached]
        rows.append(
            {
                "purpose": name,
                "calls": len(selected),
                "cached": sum(one.cached for one in selected),
                "failed": sum(bool(one.failed) for one in selected),
                **{
                    key: sum(getattr(one, key) for one in selected)
                    for key in ("retries", "again", "tokens_in", "tokens_cached", "tokens_out")
                },
                "seconds": round(median(sent), 3) if sent else None,
                "cost": round(sum(one.cost or 0.0 for one in selected), 6),
                "unpriced": sum(one.cost is None for one in selected),
            }
        )
    return rows
