"""The options of a run, as they are given, recorded and found again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from propersim.core import clock
from propersim.core.errors import InputError
from propersim.core.text import did_you_mean

DEFAULT_DB = "runs.sqlite"
MODELS = ("llama", "api")
"""The assistants that are language models, and have a memory."""
ASSISTANTS = ("silent", "eager", "random", "oracle", *MODELS)
QUANTIZATIONS = ("nf4", "none")
MEMORIES = ("none", "ar", "ars")
CLOCKS = ("auto", "on", "off")
LEARNS = ("dpo", "kto", "none")
SCHEMES = ("factored", "paper")
REVEALS = ("on", "off")
HASHING = "hashing"
"""The embedder that needs no model."""
PAPER_PAIRS = 200
"""Preference pairs a night in the published scheme (paper, section 4.2)."""
ALIASES = {"candidates": "n"}
"""Options whose long name is not that of their field."""
MOST_CANDIDATES = 16
"""Spoken candidates at a step, at most."""
THREADS = 1
"""Threads that a model is given: small ones are fastest with one, and one gives the same bits everywhere."""
HUMAN = "human"
ROUTINE = "routine"
LLM = "llm"
USERS = (ROUTINE, LLM, HUMAN)
HALVES = ("auto", ROUTINE, LLM)
"""Who does one half of the user's part, planning or rating; ``auto`` is as ``--user`` says."""
RATING_CALLS = ("one", "candidate", "question")
BOTH = "both"
"""Who plays the user of a run that was begun without a person, and in which one took moments over; recorded, never asked for."""
OF_ENDPOINTS = {
    "user_plans": ROUTINE, "user_ratings": ROUTINE, "user_model": "", "user_base_url": "", "user_price": "", "rating_calls": "one",
    "base_url": "", "price": "", "max_cost": None,
}  # fmt: skip
"""The options that only runs with an endpoint use, and what they are, resolved, in all others."""
OF_LLAMA = {"quantize": "none", "learn": "none", "scheme": "factored", "pairs": 0, "n": 1}
"""The options that only ``llama`` uses, and what they are, resolved, for ``api``."""
COSTS = ("user_price", "price", "max_cost")
"""The options that only say what a run costs, and decide no record."""


class RunConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Every choice that decides what the records of a run are, and what they may cost.

    Attributes:
        persona: id or path, as given; the persona itself is kept with the run.
        days: days to live.
        until: moment at which the run ends early, as ``day 1 09:00``.
        seed: of everything random.
        assistant: which assistant.
        user: who plays the user: the ``routine`` and its judge, a language model at an endpoint (``llm``), or, for the ratings of what
            is shown, the person at the screen (``human``).
        user_plans: who plans the user's days: ``routine``, ``llm``, or ``auto``: as ``user`` says.
        user_ratings: who rates, likewise.
        user_model: the model of ``llm``, as its endpoint calls it.
        user_base_url: address of that endpoint.
        user_price: its price, ``IN,OUT`` in dollars per million tokens; "" is what the table says.
        rating_calls: how ``llm`` is asked: all candidates in ``one`` call, one call a ``candidate``, or one a candidate and ``question``.
        timestep: minutes between steps.
        world: path of the floor plan, as given; the plan itself is kept with the run.
        model: which model, for ``llama``; the controls have none.
        quantize: ``nf4`` (4-bit) or ``none``.
        memory: what the assistant remembers: ``none``, ``ar`` (actions and recommendations) or ``ars`` (and scores).
        clocks: whether its state has the clocks of today: ``on``, ``off``, or ``auto``: on where it learns by ``factored``.
        learn: how it learns at night: ``dpo``, ``kto``, or ``none``.
        scheme: what candidates and preference pairs are: ``factored``, or ``paper`` as published.
        pairs: preference pairs of a night; 0 is what the scheme and the model's preset say.
        n: spoken candidates at a step (``paper``: whole answers).
        embedder: what turns moments into vectors for recall: ``hashing``, the folder of a sentence encoder, or an
            endpoint and its model as ``URL#MODEL``.
        reveal_persona: whether the assistant is told who the user is; an ablation.
        base_url: address of the endpoint of the assistant ``api``; its ``model`` is what the endpoint calls it.
        price: of that model, as ``user_price``.
        max_cost: dollars that the run's calls may cost in all; None is without limit.
    """

    persona: str = "p01"
    days: int = 14
    until: str | None = None
    seed: int = 0
    assistant: str = "llama"
    user: str = "routine"
    timestep: float = 2.5
    world: str | None = None
    model: str = "homelm"
    quantize: str = "nf4"
    memory: str = "ar"
    clocks: str = "auto"
    learn: str = "dpo"
    scheme: str = "factored"
    pairs: int = 0
    n: int = 2
    embedder: str = HASHING
    reveal_persona: str = "off"
    user_plans: str = "auto"
    user_ratings: str = "auto"
    user_model: str = ""
    user_base_url: str = ""
    user_price: str = ""
    rating_calls: str = "one"
    base_url: str = ""
    price: str = ""
    max_cost: float | None = None

    @property
    def plans_by(self) -> str:
        """Who plans: ``routine`` or ``llm``."""
        return self._half(self.user_plans)

    @property
    def rates_by(self) -> str:
        """Who rates where no person does: ``routine`` (the offline judge) or ``llm``."""
        return self._half(self.user_ratings)

    def _half(self, chosen: str) -> str:
        return chosen if chosen != "auto" else LLM if self.user == LLM else ROUTINE

    @property
    def asks_endpoints(self) -> bool:
        """Whether anything in the run asks a language model at an endpoint."""
        return LLM in (self.plans_by, self.rates_by) or self.assistant == "api" or self.embeds_at_endpoint

    @property
    def embeds_at_endpoint(self) -> bool:
        """Whether the assistant's memory has its vectors from an endpoint."""
        return self.assistant in MODELS and "://" in self.embedder

    @property
    def until_moment(self) -> tuple[int, float | None] | None:
        """``until`` as (day, minute)."""
        return clock.parse_moment(self.until) if self.until else None

    def checked(self) -> RunConfig:
        """Return itself; :func:`propersim.runs.validate.checked` looks besides at what the options name, such as a model's folder.

        Raises:
            InputError: a choice is not known, or does not go with another; the message names the option.
        """
        choices = (
            ("--assistant", self.assistant, ASSISTANTS),
            ("--user", self.user, USERS),
            ("--user-plans", self.user_plans, HALVES),
            ("--user-ratings", self.user_ratings, HALVES),
            ("--rating-calls", self.rating_calls, RATING_CALLS),
            ("--quantize", self.quantize, QUANTIZATIONS),
            ("--memory", self.memory, MEMORIES),
            ("--clocks", self.clocks, CLOCKS),
            ("--learn", self.learn, LEARNS),
            ("--scheme", self.scheme, SCHEMES),
            ("--reveal-persona", self.reveal_persona, REVEALS),
        )
        for option, value, known in choices:
            if value not in known:
                raise InputError(f"{option}: no {value!r}{did_you_mean(value, known)}", f"one of {', '.join(known)}")
        if self.until:
            try:
                clock.parse_moment(self.until)
            except ValueError as error:
                raise InputError(f"--until: {error}") from error
        if not 1 <= self.n <= MOST_CANDIDATES:
            raise InputError(f"--candidates: must be 1 to {MOST_CANDIDATES}, not {self.n}")
        if self.pairs < 0:
            raise InputError(f"--pairs: must be 0 or more, not {self.pairs}", "0 is what scheme and model say")
        self._check_endpoints()
        return self

    def _check_endpoints(self) -> None:
        if LLM in (self.plans_by, self.rates_by):
            for option, value in (("--user-model", self.user_model), ("--user-base-url", self.user_base_url)):
                if not value:
                    raise InputError(f"{option}: a language model is to play the user, and it is not said which", f"give {option}")
        if self.assistant == "api":
            if not self.base_url:
                raise InputError("--base-url: the assistant is to be asked at an endpoint, and it is not said where", "give --base-url")
            if self.model == RunConfig().model:
                raise InputError("--model: it is not said which model the endpoint is to be asked for", "give --model, as it calls it")
        for option, given in (("--user-price", self.user_price), ("--price", self.price)):
            price_given(option, given)
        if self.max_cost is not None and not 0 <= self.max_cost < float("inf"):
            raise InputError(f"--max-cost: must be dollars from 0 up, not {self.max_cost}")

    def headless(self) -> RunConfig:
        """Return itself.

        Raises:
            InputError: a person is to rate, and without a screen there is none.
        """
        if self.user == HUMAN:
            raise InputError(
                "--user human: without a screen there is nobody to ask", "`propersim watch --user human` asks the person at it"
            )
        return self

    def resolved(self) -> RunConfig:
        """Return itself with ``auto`` settled: what is recorded with a run names every choice."""
        # For api nothing is learned, and how its model is held the endpoint alone knows.
        mine = msgspec.structs.replace(self, **OF_LLAMA) if self.assistant == "api" else self
        factored = mine.learn != "none" and mine.scheme == "factored"
        clocks = mine.clocks if mine.clocks != "auto" else ("on" if factored else "off")
        pairs = mine.pairs or (PAPER_PAIRS if mine.scheme == "paper" else 0)
        halves = {"user_plans": self.plans_by, "user_ratings": self.rates_by}
        settled = msgspec.structs.replace(mine, pairs=pairs, clocks=clocks, **halves)
        return msgspec.structs.replace(settled, **_unused(settled))

    def to_dict(self) -> dict[str, Any]:
        """Return the options as plain data."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built


def _unused(config: RunConfig) -> dict[str, Any]:
    """Return the options of endpoints that a run does not have, as they are where they are not given: they decide nothing."""
    users, assistants = ("user_model", "user_base_url", "user_price"), ("base_url", "price")
    unused: list[str] = [] if LLM in (config.plans_by, config.rates_by) else [*users]
    unused += [] if config.rates_by == LLM else ["rating_calls"]
    unused += [] if config.assistant == "api" else [*assistants]
    unused += [] if config.asks_endpoints else ["max_cost"]
    return {name: OF_ENDPOINTS[name] for name in unused}


def parse_price(text: str) -> tuple[float, float] | None:
    """Return a price ``IN,OUT`` as two numbers, dollars per million tokens; None where nothing is given.

    Raises:
        ValueError: it is not that.
    """
    if not text.strip():
        return None
    parts = text.split(",")
    try:
        into, out = (float(part) for part in parts)
    except ValueError as error:
        raise ValueError(f"not two numbers with a comma between them: {text!r}") from error
    if not (0 <= into < float("inf") and 0 <= out < float("inf")):
        raise ValueError(f"not two numbers from 0 up: {text!r}")
    return into, out


def price_given(option: str, text: str) -> tuple[float, float] | None:
    """Return a price as :func:`parse_price`, of an option that somebody has given.

    Raises:
        InputError: it is none; the message names the option.
    """
    try:
        return parse_price(text)
    except ValueError as error:
        raise InputError(f"{option}: {error}", "such as 0.15,0.60: dollars per million tokens in and out") from error


def read_config_file(path: Path) -> dict[str, Any]:
    """Return the options of a TOML file, keys as on the command line without the dashes.

    Raises:
        InputError: not readable, no TOML, or an option that is not known; names file and line where there is one.
    """
    import tomllib

    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not valid TOML: {error}") from error
    known = {*RunConfig.__struct_fields__, "db"}
    for key, value in raw.items():
        if key not in ALIASES and key.replace("-", "_") not in known:
            raise InputError(f"{path}: unknown option {key!r}{did_you_mean(key, {*known, *ALIASES})}")
        if isinstance(value, dict | list):
            raise InputError(f"{path}: {key} must be a single value")
    return {ALIASES.get(key, key.replace("-", "_")): value for key, value in raw.items()}


def stored_config(config_json: str) -> RunConfig | None:
    """Return a stored run's options; None where they are of another version or damaged."""
    try:
        return msgspec.json.decode(config_json, type=RunConfig)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
