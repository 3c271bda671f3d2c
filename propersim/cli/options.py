"""The options that several commands share."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from propersim.core.config import DEFAULT_DB, MOST_CANDIDATES, RunConfig, read_config_file
from propersim.runs.validate import checked


def _from_file(context: typer.Context, value: Path | None) -> Path | None:
    """Let a file give defaults: the command line and ``PROPERSIM_*`` variables win over it."""
    if value is not None:
        from propersim.core.errors import PropersimError

        try:
            options = read_config_file(value)
        except PropersimError as error:
            raise typer.BadParameter(error.message) from error
        context.default_map = {**(context.default_map or {}), **options}
    return value


ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config", envvar="PROPERSIM_CONFIG", is_eager=True, callback=_from_file, help="TOML file with options; the command line wins."
    ),
]
PersonaName = Annotated[str, typer.Option("--persona", envvar="PROPERSIM_PERSONA", help="Id (p01 … p32) or path of a persona file.")]
Days = Annotated[int, typer.Option("--days", envvar="PROPERSIM_DAYS", min=1, max=10_000, help="Days to live.")]
Until = Annotated[str | None, typer.Option("--until", envvar="PROPERSIM_UNTIL", help="End early, e.g. 'day 1 09:00'.")]
Seed = Annotated[int, typer.Option("--seed", envvar="PROPERSIM_SEED", help="Same options and seed: same records.")]
AssistantName = Annotated[
    str,
    typer.Option(
        "--assistant", envvar="PROPERSIM_ASSISTANT", help="llama, api (at an endpoint), or a control: silent, eager, random, oracle."
    ),
]
Model = Annotated[
    str, typer.Option("--model", envvar="PROPERSIM_MODEL", help="Preset (`propersim models ls`), folder, .gguf file or hub id.")
]
Quantize = Annotated[str, typer.Option("--quantize", envvar="PROPERSIM_QUANTIZE", help="nf4 (4-bit) or none.")]
MemoryLevel = Annotated[
    str, typer.Option("--memory", envvar="PROPERSIM_MEMORY", help="none, ar (actions, recommendations) or ars (and scores).")
]
ClocksOn = Annotated[
    str,
    typer.Option(
        "--clocks", envvar="PROPERSIM_CLOCKS", help="Clocks of today in the state: on, off, or auto (on where it learns, scheme factored)."
    ),
]
Learn = Annotated[str, typer.Option("--learn", envvar="PROPERSIM_LEARN", help="How llama learns at night: dpo, kto or none.")]
Scheme = Annotated[str, typer.Option("--scheme", envvar="PROPERSIM_SCHEME", help="What it learns from: factored, or paper (as published).")]
Pairs = Annotated[
    int, typer.Option("--pairs", envvar="PROPERSIM_PAIRS", min=0, help="Preference pairs a night; 0: as scheme and model say.")
]
Candidates = Annotated[
    int,
    typer.Option(
        "-n", "--candidates", envvar="PROPERSIM_CANDIDATES", min=1, max=MOST_CANDIDATES, help="Spoken candidates at a step, to learn from."
    ),
]
EmbedderName = Annotated[
    str,
    typer.Option(
        "--embedder", envvar="PROPERSIM_EMBEDDER", help="For recall: hashing, a sentence encoder's folder, or URL#MODEL of an endpoint."
    ),
]
Reveal = Annotated[
    str, typer.Option("--reveal-persona", envvar="PROPERSIM_REVEAL_PERSONA", help="on: tell llama who the user is (an ablation).")
]
User = Annotated[
    str,
    typer.Option("--user", envvar="PROPERSIM_USER", help="Who plays the user: routine, llm (at an endpoint), or (watch) human: you rate."),
]
Half = "routine, llm, or auto (as --user says)."
UserPlans = Annotated[str, typer.Option("--user-plans", envvar="PROPERSIM_USER_PLANS", help=f"Who plans the user's days: {Half}")]
UserRatings = Annotated[str, typer.Option("--user-ratings", envvar="PROPERSIM_USER_RATINGS", help=f"Who rates: {Half}")]
UserModel = Annotated[
    str, typer.Option("--user-model", envvar="PROPERSIM_USER_MODEL", help="Model of the llm user, as its endpoint calls it.")
]
UserBaseUrl = Annotated[
    str, typer.Option("--user-base-url", envvar="PROPERSIM_USER_BASE_URL", help="OpenAI-compatible endpoint of the llm user.")
]
UserPrice = Annotated[
    str, typer.Option("--user-price", envvar="PROPERSIM_USER_PRICE", help="Its price, IN,OUT: dollars per million tokens.")
]
RatingCalls = Annotated[
    str,
    typer.Option(
        "--rating-calls",
        envvar="PROPERSIM_RATING_CALLS",
        help="How the llm user is asked at a step: one call, one a candidate, or one a candidate and question.",
    ),
]
BaseUrl = Annotated[
    str,
    typer.Option("--base-url", envvar="PROPERSIM_BASE_URL", help="OpenAI-compatible endpoint of the assistant api; --model is its model."),
]
PriceOf = Annotated[str, typer.Option("--price", envvar="PROPERSIM_PRICE", help="Its price, IN,OUT: dollars per million tokens.")]
MaxCost = Annotated[
    float | None, typer.Option("--max-cost", envvar="PROPERSIM_MAX_COST", min=0, help="Dollars that the run's calls may cost in all.")
]
Timestep = Annotated[float, typer.Option("--timestep", envvar="PROPERSIM_TIMESTEP", min=0.5, max=60, help="Minutes between two decisions.")]
WorldPlan = Annotated[Path | None, typer.Option("--world", envvar="PROPERSIM_WORLD", help="Your own floor plan; see `propersim world`.")]
Db = Annotated[Path, typer.Option("--db", envvar="PROPERSIM_DB", help="The database of runs.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout, nothing else.")]
RunName = Annotated[str, typer.Argument(help="Run id, the beginning of one, or 'last'.", metavar="RUN")]
Speed = Annotated[
    str | None,
    typer.Option("--speed", envvar="PROPERSIM_SPEED", help="Steps a second to begin with, or max; else as the screen's settings."),
]
Theme = Annotated[str | None, typer.Option("--theme", envvar="PROPERSIM_THEME", help="A theme, for this time.")]

DB = Path(DEFAULT_DB)
DEFAULTS = RunConfig()


_Command = Callable[..., None]

_RUN_OPTIONS: dict[str, Any] = {
    "config": ConfigFile,
    "persona": PersonaName,
    "days": Days,
    "until": Until,
    "seed": Seed,
    "assistant": AssistantName,
    "user": User,
    "timestep": Timestep,
    "world": WorldPlan,
    "model": Model,
    "quantize": Quantize,
    "memory": MemoryLevel,
    "clocks": ClocksOn,
    "learn": Learn,
    "scheme": Scheme,
    "pairs": Pairs,
    "n": Candidates,
    "embedder": EmbedderName,
    "reveal_persona": Reveal,
    "user_plans": UserPlans,
    "user_ratings": UserRatings,
    "user_model": UserModel,
    "user_base_url": UserBaseUrl,
    "user_price": UserPrice,
    "rating_calls": RatingCalls,
    "base_url": BaseUrl,
    "price": PriceOf,
    "max_cost": MaxCost,
}


def takes_run_options(command: Callable[..., None]) -> _Command:
    """Give a command the options of a run, and hand them to it as one ``RunConfig``, its first argument."""
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    given = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=getattr(DEFAULTS, name, None), annotation=kind)
        for name, kind in _RUN_OPTIONS.items()
    ]

    @wraps(command)
    def wrapper(**options: Any) -> None:
        chosen = {name: options.pop(name) for name in _RUN_OPTIONS}
        del chosen["config"]
        chosen["world"] = str(chosen["world"]) if chosen["world"] else None
        command(checked(RunConfig(**chosen)), **options)

    parameters = [*given, *(one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own)]
    wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {one.name: one.annotation for one in parameters}
    return wrapper
