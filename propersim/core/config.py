"""The options of a run, declared once for the command line, files and stored runs."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Final, Literal, NamedTuple, get_args, get_origin, get_type_hints

import msgspec

from propersim.core import clock, plugins
from propersim.core.errors import InputError, StoreError
from propersim.core.files import read_text
from propersim.core.text import clean, did_you_mean

DEFAULT_DB = "runs.sqlite"
MODELS = ("llama", "api")
"""The assistants that are language models and have a memory."""
CONTROLS = ("silent", "eager", "random", "oracle")
"""The assistants that do not learn, remember nothing and call no model."""
HASHING = "hashing"
"""The embedder that needs no model."""
PAPER_PAIRS = 200
"""Preference pairs per night in the published scheme (paper, section 4.2)."""
ALIASES = {"candidates": "n"}
"""Options whose long name differs from that of their field."""
RENAMED = {"home": "world"}
"""Options by their names of earlier versions."""
LARGEST_INTEGER = 2**63 - 1
"""Largest integer that the database can hold."""
_MOST_BITS = 1024
MOST_CANDIDATES = 16
"""Most spoken candidates per step."""
THREADS = 1
"""CPU threads of a model: one is fastest for small models, and gives the same bits on every machine."""
HUMAN = "human"
ROUTINE = "routine"
LLM = "llm"
AUTO = "auto"
CPU: Final = "cpu"
BOTH = "both"
"""Recorded as the user of a run in which a person rated some steps, although it was started without one; not an option."""
OF_ENDPOINTS = {
    "user_plans": ROUTINE, "user_ratings": ROUTINE, "user_model": "", "user_base_url": "", "user_price": "", "rating_calls": "one",
    "base_url": "", "price": "", "max_cost": None,
}  # fmt: skip
"""The options that only runs with endpoints use, with their resolved values in all other runs."""
OF_FEEDBACK = {
    "feedback": "complete", "feedback_noise": 0.0, "feedback_delay": "off", "exploration_budget": 0, "drift": 0, "drift_to": "",
    "move": 0, "move_to": "", "ask_every": 1, "reactive": "off", "optimism": 0.0,
}  # fmt: skip
"""The options of feedback, drift, moves and a person's ratings, with their resolved values in runs that use none of them."""
SHOWN_BUDGET = 60
"""Most unwelcome recommendations of a run that are shown in order to learn, where only what is shown is rated."""
OF_LLAMA = {
    "decisions": "model", "quantize": "none", "starter": "auto", "day_log": "off",
    "learn": "none", "scheme": "factored", "pairs": 0, "n": 1,
}  # fmt: skip
"""The options that only ``llama`` uses, with their resolved values for ``api``."""
COSTS = ("user_price", "price", "max_cost")
"""The options that limit or state what a run costs; they do not affect its records."""

Quantization = Literal["nf4", "none"]
MemoryLevel = Literal["none", "ar", "ars", "evidence"]
StarterChoice = Literal["auto", "none"]
DeviceChoice = Literal["auto", "cpu", "cuda", "mps"]
Switch = Literal["on", "off"]
AutoSwitch = Literal["auto", "on", "off"]
FeedbackKind = Literal["complete", "shown"]
LearningMethod = Literal["dpo", "kto", "none"]
Decider = Literal["model", "gate", "nightly-gate"]
Scheme = Literal["factored", "paper"]
RatingCalls = Literal["one", "candidate", "question"]
RATING_CALLS: tuple[RatingCalls, ...] = get_args(RatingCalls)


def _about(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


def _registered(group: str, text: str, *others: str) -> msgspec.Meta:
    """Describe an option whose values are registered names, and some others.

    The names are those of a group of :mod:`propersim.core.plugins`.
    """
    return msgspec.Meta(description=text, extra={"group": group, "others": others})


class RunConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of a run: everything that decides its records, and what it may cost.

    This is their only declaration: the command line, its help and completion, option files and stored runs are made from it.
    """

    persona: Annotated[str, _about("Id (p01 … p32, o01 … o05), name (rosalind) or path of a persona file.")] = "p01"
    days: Annotated[int, msgspec.Meta(ge=1, le=10_000, description="Number of simulated days.")] = 14
    until: Annotated[str | None, _about("End early, e.g. at 'day 1 09:00'; within --days.")] = None
    seed: Annotated[
        int,
        msgspec.Meta(
            ge=-LARGEST_INTEGER - 1, le=LARGEST_INTEGER, description="Random seed; the same options and seed give the same records."
        ),
    ] = 0
    assistant: Annotated[
        str,
        _registered(
            plugins.ASSISTANTS,
            "Assistant: a local model (llama), a model at an endpoint (api), a control, or one that a package registers.",
        ),
    ] = "llama"
    user: Annotated[
        str,
        _registered(
            plugins.USERS, "User agent: routine, llm (a model at an endpoint), or human: you rate what is shown (watch only).", HUMAN
        ),
    ] = ROUTINE
    ask_every: Annotated[
        int,
        msgspec.Meta(
            ge=1, le=1000, description="Where you rate: be asked about one recommendation in N, drawn at random; others stay unrated."
        ),
    ] = 1
    timestep: Annotated[float, msgspec.Meta(ge=0.5, le=60, description="Minutes between two steps.")] = 2.5
    world: Annotated[
        str | None,
        msgspec.Meta(
            description="Floor plan: home, office, or a file of your own (`propersim world` prints one); default: that of the persona.",
            extra={"file": True},
        ),
    ] = None
    model: Annotated[str, _about("Model of llama: a preset (`propersim models ls`), folder, .gguf file or hub id.")] = "homelm"
    quantize: Annotated[Quantization, _about("Quantization of the model's weights; nf4 is 4-bit.")] = "nf4"
    device: Annotated[
        DeviceChoice,
        _about("Device of the model; auto: HomeLM on the CPU, others on a GPU that has room for them."),
    ] = "auto"
    starter: Annotated[
        StarterChoice,
        _about("Begin with the model's starter adapter, where there is one (`propersim models prepare`), or with the bare model (none)."),
    ] = "auto"
    memory: Annotated[
        MemoryLevel,
        _about("What the assistant remembers: nothing, actions and recommendations (ar), scores too (ars), or all ratings (evidence)."),
    ] = "evidence"
    day_log: Annotated[
        Switch,
        _about("Tell the model the day so far as a log by the clock; its starter needs `propersim models prepare --day-log`."),
    ] = "off"
    clocks: Annotated[
        AutoSwitch,
        _about(
            "Show the assistant the time since, and count of, today's recommendations; auto: on with evidence, or where it learns factored."
        ),
    ] = "auto"
    learn: Annotated[LearningMethod, _about("How llama learns at night.")] = "dpo"
    scheme: Annotated[Scheme, _about("Form of candidates and preference pairs: factored, or as published (paper).")] = "factored"
    decisions: Annotated[
        Decider,
        _about("What decides whether llama speaks: the model, or as a baseline a small classifier of the same evidence (gate)."),
    ] = "model"
    pairs: Annotated[
        int, msgspec.Meta(ge=0, le=1_000_000, description="Preference pairs per night; 0: the default of scheme and model.")
    ] = 0
    n: Annotated[int, msgspec.Meta(ge=1, le=MOST_CANDIDATES, description="Spoken candidates per step.")] = 2
    feedback: Annotated[
        FeedbackKind,
        _about("Ratings that the assistant receives: of all candidates (complete), or of what was shown alone (shown)."),
    ] = "complete"
    feedback_noise: Annotated[
        float, msgspec.Meta(ge=0, le=0.5, description="Probability that a dimension of a step's ratings reaches the assistant flipped.")
    ] = 0.0
    exploration_budget: Annotated[
        int | None,
        msgspec.Meta(description="Most unwelcome recommendations shown in order to learn; default: 60 where only what is shown is rated."),
    ] = None
    optimism: Annotated[
        float,
        msgspec.Meta(ge=0, le=4, description="Welcome ratings presumed of a topic never rated in a situation; 0: none, 0.5: some hope."),
    ] = 0.0
    feedback_delay: Annotated[Switch, _about("Reveal ratings when the user falls asleep, and not at once.")] = "off"
    reactive: Annotated[
        Switch,
        _about("Have the user act on welcome recommendations, and mute the assistant for a while where too many are unwelcome."),
    ] = "off"
    drift: Annotated[
        int,
        msgspec.Meta(ge=0, le=10_000, description="Day from whose morning on the user rates by another rubric; 0: never."),
    ] = 0
    drift_to: Annotated[
        str, _about("Id or path of the persona whose rubric that is; default: one that suits the persona's days, if it is built in.")
    ] = ""
    move: Annotated[
        int,
        msgspec.Meta(
            ge=0, le=10_000, description="Day from whose morning on the user lives another persona's days, such as in the office; 0: never."
        ),
    ] = 0
    move_to: Annotated[str, _about("Id or path of that persona; default: who a built-in persona is in the office, if it works there.")] = ""
    embedder: Annotated[
        str,
        _registered(
            plugins.EMBEDDERS,
            "Embedder for recall: a name, a sentence encoder's folder, or URL#MODEL of an endpoint.",
            "FOLDER",
            "URL#MODEL",
        ),
    ] = HASHING
    reveal_persona: Annotated[Switch, _about("Tell the assistant who the user is (an ablation).")] = "off"
    user_plans: Annotated[str, _registered(plugins.USERS, "Who plans the user's days; auto: as --user says.", AUTO)] = AUTO
    user_ratings: Annotated[str, _registered(plugins.JUDGES, "Judge that rates; auto: as --user says.", AUTO)] = AUTO
    user_model: Annotated[str, _about("Model that plays the user or reads personas, as its endpoint calls it.")] = ""
    user_base_url: Annotated[str, _about("OpenAI-compatible endpoint of that model.")] = ""
    user_price: Annotated[str, _about("Price of that model as IN,OUT: dollars per million tokens.")] = ""
    rating_calls: Annotated[
        RatingCalls, _about("Calls per step of the llm judge: one, one per candidate, or one per candidate and question.")
    ] = "one"
    base_url: Annotated[str, _about("OpenAI-compatible endpoint of the assistant api; --model is its model.")] = ""
    price: Annotated[str, _about("Price of the assistant's model as IN,OUT: dollars per million tokens.")] = ""
    max_cost: Annotated[float | None, _about("Spending limit in dollars for all calls.")] = None

    @property
    def plans_by(self) -> str:
        """Name of the user agent that plans the days."""
        return self._half(self.user_plans)

    @property
    def rates_by(self) -> str:
        """Name of the judge that rates where no person does; ``routine`` is the offline judge."""
        return self._half(self.user_ratings)

    def _half(self, chosen: str) -> str:
        return chosen if chosen != AUTO else ROUTINE if self.user in (HUMAN, BOTH) else self.user

    @property
    def reads_evidence_in_words(self) -> bool:
        """Whether a local model that reads text is told the moment and the ratings alone."""
        built_in = self.model in ("homelm", "homelm-eager")
        return self.assistant == "llama" and not built_in and self.memory == "evidence" and self.scheme == "factored"

    @property
    def keeps_day_log(self) -> bool:
        """Whether the assistant keeps the log of the day, which its model is told."""
        return self.day_log == "on" and NEEDS["day_log"].met(self)

    @property
    def asks_endpoints(self) -> bool:
        """Whether the run calls a language model or an embedder at an endpoint."""
        return LLM in (self.plans_by, self.rates_by) or self.assistant == "api" or self.embeds_at_endpoint

    @property
    def embeds_at_endpoint(self) -> bool:
        """Whether the assistant's memory gets its vectors from an endpoint."""
        return self.assistant in MODELS and "://" in self.embedder

    @property
    def until_moment(self) -> tuple[int, float | None] | None:
        """``until`` as (day, minute)."""
        return clock.parse_moment(self.until) if self.until else None

    def checked(self) -> RunConfig:
        """Return these options after checking each value.

        :func:`propersim.runs.validate.checked` also checks what they name.

        Raises:
            InputError: a value is unknown, out of range, or does not go with another; the message names the option.
        """
        for option in OPTIONS.values():
            option.check(getattr(self, option.field))
        for field in ("persona", "model", "embedder"):
            if not getattr(self, field).strip():
                raise InputError(f"{OPTIONS[field].name}: is empty", f"leave it out for {getattr(RunConfig(), field)}")
        if self.until:
            try:
                day, _ = clock.parse_moment(self.until)
            except ValueError as error:
                raise InputError(f"--until: {error}") from error
            if day > self.days:
                raise InputError(
                    f"--until: day {day} is after the last one of --days {self.days}", f"give --days {day}, or leave --until out"
                )
        self._check_drift()
        self._check_halves()
        self._check_endpoints()
        return self

    def _check_drift(self) -> None:
        if self.drift and self.reveal_persona == "on":
            raise InputError(
                "--drift: does not go with --reveal-persona on, which tells the assistant the first rubric once and for all",
                "leave one of them out",
            )
        if self.move and self.reveal_persona == "on":
            raise InputError(
                "--move: does not go with --reveal-persona on, which tells the assistant the first persona once and for all",
                "leave one of them out",
            )
        if self.move and self.drift:
            raise InputError("--move: does not go with --drift: the other persona has a rubric of its own", "leave one of them out")

    def _check_halves(self) -> None:
        for what, group, name in (("plan days", plugins.USERS, self.plans_by), ("rate", plugins.JUDGES, self.rates_by)):
            if not plugins.is_registered(group, name):
                raise InputError(
                    f"--user: {name!r} does not {what}", f"also give --user-{'plans' if group == plugins.USERS else 'ratings'}"
                )

    def _check_endpoints(self) -> None:
        if LLM in (self.plans_by, self.rates_by):
            missing = [
                option for option, value in (("--user-model", self.user_model), ("--user-base-url", self.user_base_url)) if not value
            ]
            if missing:
                raise InputError(f"{missing[0]}: needed, because a language model plays the user", f"give {' and '.join(missing)}")
        if self.assistant == "api":
            if not self.base_url:
                also = " and --model, as the endpoint calls it" if self.model == RunConfig().model else ""
                raise InputError("--base-url: needed, because the assistant is a model at an endpoint", f"give --base-url{also}")
            if self.model == RunConfig().model:
                raise InputError(
                    "--model: needed, because the assistant is a model at an endpoint", "give --model, as the endpoint calls it"
                )
        for option, given in (("--user-price", self.user_price), ("--price", self.price)):
            price_given(option, given)
        if self.exploration_budget is not None and not 0 <= self.exploration_budget <= 1_000_000:
            raise InputError(f"--exploration-budget: must be 0 to 1000000, not {self.exploration_budget}")
        if self.max_cost is not None and not 0 <= self.max_cost < float("inf"):
            raise InputError(f"--max-cost: must be 0 or more dollars, not {self.max_cost}")

    def check_given(self, given: Collection[str]) -> RunConfig:
        """Return these options after checking that those that were given have an effect.

        Defaults for many runs, as in an options file, are not given in this sense: a run ignores those that it does not need.

        Args:
            given: fields that were given for this run.

        Raises:
            InputError: one of them has no effect; the message names what it needs.
        """
        for field, need in NEEDS.items():
            option = OPTIONS[field]
            if field in given and getattr(self, field) != option.default and not need.met(self):
                raise no_effect(option.name, need.what)
        return self

    def headless(self) -> RunConfig:
        """Return these options after checking that no screen is needed.

        Raises:
            InputError: a person is to rate, which needs the screen.
        """
        if self.user == HUMAN:
            raise InputError("--user human: rating by hand needs the screen", "use `propersim watch --user human`")
        return self

    def resolved(self) -> RunConfig:
        """Return the options as they are recorded with a run.

        Every ``auto`` is replaced, and unused options are reset.
        """
        # api learns nothing, and its endpoint decides how its model is loaded.
        config = msgspec.structs.replace(self, **OF_LLAMA) if self.assistant == "api" else self
        factored = config.learn != "none" and config.scheme == "factored"
        clocks = config.clocks if config.clocks != AUTO else ("on" if factored or config.memory == "evidence" else "off")
        pairs = config.pairs or (PAPER_PAIRS if config.scheme == "paper" else 0)
        explores = config.assistant == "llama" and config.scheme == "factored" and config.memory == "evidence"
        needed = SHOWN_BUDGET if explores and (config.feedback == "shown" or config.user == HUMAN) else 0
        budget = config.exploration_budget if config.exploration_budget is not None and explores else needed
        halves = {"user_plans": self.plans_by, "user_ratings": self.rates_by}
        settled = msgspec.structs.replace(config, pairs=pairs, clocks=clocks, exploration_budget=budget, **halves)
        return msgspec.structs.replace(settled, **_unused(settled))

    def to_dict(self) -> dict[str, Any]:
        """Return the options as they are recorded, as plain data.

        The device is left out: it belongs to the machine, and is recorded with the versions.
        """
        built: dict[str, Any] = msgspec.to_builtins(self)
        del built["device"]
        return built


def _unused(config: RunConfig) -> dict[str, Any]:
    """Return the options of endpoints, drift, moves and reactions that a run does not use.

    Each has the value that it is recorded with.
    """
    reset = {**OF_ENDPOINTS, **{name: OF_FEEDBACK[name] for name in ("drift_to", "move_to", "reactive")}}
    return {name: value for name, value in reset.items() if name in NEEDS and not NEEDS[name].met(config)}


def no_effect(option: str, needed: str) -> InputError:
    """Return the error of an option that was given without what it needs."""
    return InputError(f"{option}: has no effect without {needed}", f"also give that, or leave {option} out")


class Need(NamedTuple):
    """The requirement of an option of a run: without it the option has no effect.

    Attributes:
        what: what it needs, as the end of a sentence with "without" or "only with".
        met: returns whether a run has that.
    """

    what: str
    met: Callable[[RunConfig], bool]


_LLAMA = Need("--assistant llama", lambda config: config.assistant not in (*CONTROLS, "api"))
"""Assistants of other packages are given all options; what they use is unknown."""
_MODEL = Need("a model as --assistant", lambda config: config.assistant not in CONTROLS)
_LEARNS = Need("an --assistant that learns at night", lambda config: _LLAMA.met(config) and config.learn != "none")
_API = Need("--assistant api", lambda config: config.assistant == "api")
_LLM_USER = Need("--user llm", lambda config: LLM in (config.plans_by, config.rates_by))
NEEDS: dict[str, Need] = {
    "ask_every": Need("--user human", lambda config: config.user in (HUMAN, BOTH)),
    "model": _MODEL,
    "quantize": _LLAMA,
    "device": _LLAMA,
    "starter": Need(
        "--assistant llama, --scheme factored, --memory evidence and a --model other than homelm",
        lambda config: _LLAMA.met(config) and config.reads_evidence_in_words,
    ),
    "day_log": Need(
        "--assistant llama, --scheme factored, --memory evidence, --clocks on and a --model other than homelm",
        # The log tells when something was shown, as the clocks do.
        lambda config: _LLAMA.met(config) and config.reads_evidence_in_words and config.clocks != "off",
    ),
    "memory": Need(_MODEL.what, lambda config: _MODEL.met(config) or config.memory == "none"),
    "clocks": _MODEL,
    "learn": Need(_LLAMA.what, lambda config: _LLAMA.met(config) or config.learn == "none"),
    "scheme": _LLAMA,
    "decisions": _LLAMA,
    "pairs": _LEARNS,
    "n": _LLAMA,
    "feedback": _MODEL,
    "feedback_noise": _MODEL,
    "feedback_delay": _MODEL,
    "exploration_budget": Need(
        "--assistant llama, --scheme factored and --memory evidence",
        lambda config: _LLAMA.met(config) and config.scheme == "factored" and config.memory == "evidence",
    ),
    "optimism": Need("--memory evidence and an assistant with a model", lambda config: _MODEL.met(config) and config.memory == "evidence"),
    "reactive": Need(
        "days planned by routine and a --user other than human",
        # Plans of others do not say which actions are free time; a person reacts as they like.
        lambda config: config.plans_by == ROUTINE and config.user != HUMAN,
    ),
    "drift": Need("at least as many --days", lambda config: config.drift <= config.days),
    "drift_to": Need("--drift DAY", lambda config: config.drift > 0),
    "move": Need("at least as many --days", lambda config: config.move <= config.days),
    "move_to": Need("--move DAY", lambda config: config.move > 0),
    "embedder": _MODEL,
    "reveal_persona": _MODEL,
    "user_model": _LLM_USER,
    "user_base_url": _LLM_USER,
    "user_price": _LLM_USER,
    "rating_calls": Need("--user llm or --user-ratings llm", lambda config: config.rates_by == LLM),
    "base_url": _API,
    "price": _API,
    "max_cost": Need("a model at an endpoint", lambda config: config.asks_endpoints),
}  # fmt: skip
"""The options that have an effect only beside another, by field. Help and checks are made from this table."""


class Option(NamedTuple):
    """A field of :class:`RunConfig` as an option of the command line.

    Attributes:
        field: name of the field.
        kind: its type, without metadata.
        default: its default value.
        help: description for the help.
        group: entry point group whose names are its values; None where it is not such an option.
        others: further values of such an option; in capitals where they stand for many.
        least: smallest value of a number; None without limit.
        most: largest value; None without limit.
        is_file: whether the value is the path of a file.
    """

    field: str
    kind: Any
    default: Any
    help: str
    group: str | None = None
    others: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    is_file: bool = False

    @property
    def name(self) -> str:
        """Long name on the command line, with its dashes."""
        long = {field: alias for alias, field in ALIASES.items()}.get(self.field, self.field)
        return "--" + long.replace("_", "-")

    @property
    def variable(self) -> str:
        """Environment variable that sets the option."""
        return "PROPERSIM_" + self.name.removeprefix("--").replace("-", "_").upper()

    def choices(self) -> tuple[str, ...]:
        """Return the values that the option can have; none where it is free text or a number."""
        if self.group is not None:
            return (*plugins.names(self.group), *self.others)
        return get_args(self.kind) if get_origin(self.kind) is Literal else ()

    def check(self, value: Any) -> None:
        """Check a value by itself.

        Raises:
            InputError: it is unknown or out of range; the message names the option.
        """
        if self.group is not None and (value in self.others or plugins.is_registered(self.group, value) or self._is_open):
            return
        known = self.choices()
        if known and value not in known:
            raise InputError(f"{self.name}: no {value!r}{did_you_mean(str(value), known)}", f"one of {', '.join(known)}")
        if value is not None and self.least is not None:
            most = float("inf") if self.most is None else self.most
            if not self.least <= value <= most:
                limits = f"{self.least} or more" if self.most is None else f"{self.least} to {self.most}"
                raise InputError(f"{self.name}: must be {limits}, not {clean(repr(value), 40)}")

    def check_type(self, value: Any) -> None:
        """Check that a value of an options file has the type of the option.

        A whole number also counts as a decimal one.

        Raises:
            InputError: it has not; the message names the option.
        """
        kinds = (
            tuple(kind for kind in get_args(self.kind) if kind is not type(None)) if get_origin(self.kind) is UnionType else (self.kind,)
        )
        kind = kinds[0] if kinds[0] in (int, float) else str
        fits = isinstance(value, (int, float) if kind is float else kind) and not isinstance(value, bool)
        if not fits:
            what = {int: "a whole number", float: "a number", str: "text in quotes"}[kind]
            raise InputError(f"{self.name}: must be {what}, not {clean(str(value), 60)!r}")

    def parse(self, text: str) -> Any:
        """Return the value that a text of the command line stands for.

        Raises:
            InputError: it is of another type, unknown or out of range; the message names the option.
        """
        if self.choices():
            self.check(text)
        try:
            value = msgspec.convert(text, self.kind, strict=False)
        except msgspec.ValidationError:
            self.check_type(text)
            raise
        self.check(value)
        return value

    @property
    def _is_open(self) -> bool:
        """Whether some of the other values stand for many."""
        return any(other.isupper() for other in self.others)


def _option(field: str, annotation: Any, default: Any) -> Option:
    kind, meta = get_args(annotation)
    extra = meta.extra or {}
    return Option(
        field, kind, default, meta.description, extra.get("group"), extra.get("others", ()), meta.ge, meta.le, extra.get("file", False)
    )


OPTIONS = {
    field: _option(field, annotation, getattr(RunConfig(), field))
    for field, annotation in get_type_hints(RunConfig, include_extras=True).items()
}
"""The options of a run, by field of :class:`RunConfig`."""


def parse_price(text: str) -> tuple[float, float] | None:
    """Parse a price ``IN,OUT`` in dollars per million tokens; None for an empty text.

    Raises:
        ValueError: the text is not two such numbers.
    """
    if not text.strip():
        return None
    parts = text.split(",")
    try:
        price_in, price_out = (float(part) for part in parts)
    except ValueError as error:
        raise ValueError(f"not two numbers with a comma between them: {text!r}") from error
    if not (0 <= price_in < float("inf") and 0 <= price_out < float("inf")):
        raise ValueError(f"not two numbers of 0 or more: {text!r}")
    return price_in, price_out


def price_given(option: str, text: str) -> tuple[float, float] | None:
    """Parse the value of a price option as :func:`parse_price` does.

    Raises:
        InputError: the value is no price; the message names the option.
    """
    try:
        return parse_price(text)
    except ValueError as error:
        raise InputError(f"{option}: {error}", "such as 0.15,0.60: dollars per million tokens in and out") from error


def read_config_file(path: Path) -> dict[str, Any]:
    """Return the options of a TOML file by field.

    The keys of the file are the names of the command line without the leading dashes.

    Raises:
        InputError: the file cannot be read, is no TOML, or has an unknown option; the message names the file.
    """
    import tomllib

    text = read_text(path)
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not valid TOML: {clean(str(error), 200)}") from error
    known = {*RunConfig.__struct_fields__, "db"}
    for key, value in raw.items():
        if key not in ALIASES and key.replace("-", "_") not in known:
            what = f"; it is {RENAMED[key]!r} now" if key in RENAMED else did_you_mean(key, {*known, *ALIASES})
            raise InputError(f"{path}: unknown option {clean(key, 60)!r}{what}")
        if isinstance(value, dict | list):
            raise InputError(f"{path}: {key} must be a single value")
        if isinstance(value, int) and value.bit_length() > _MOST_BITS:
            # TOML may state it in hexadecimal digits; Python refuses to print it.
            raise InputError(f"{path}: {key} is an integer of hundreds of digits")
        option = OPTIONS.get(field_of(key))
        if option is not None:
            try:
                option.check_type(value)
                option.check(value)
            except InputError as error:
                raise InputError(f"{path}: {key}{error.message.removeprefix(option.name)}", error.hint) from error
    return {field_of(key): value for key, value in raw.items()}


def field_of(key: str) -> str:
    """Return the field of :class:`RunConfig` that a key of an options file sets."""
    return ALIASES.get(key, key.replace("-", "_"))


def stored_config(config_json: str) -> RunConfig | None:
    """Return the options of a stored run, or None where they are damaged or of another version."""
    try:
        return decode_config(config_json, "")
    except StoreError:
        return None


def decode_config(config_json: str, run_id: str) -> RunConfig:
    """Return the options of a stored run.

    Args:
        config_json: the options as the store holds them.
        run_id: id of the run, for the message.

    Raises:
        StoreError: the options are damaged, or of another version; the message names the run and says what to do.
    """
    try:
        config = msgspec.json.decode(config_json, type=RunConfig)
        # A moment is text; msgspec does not check it.
        _ = config.until_moment
        return config
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise StoreError(
            f"run {run_id}: its options cannot be read ({clean(str(error), 120)}); "
            f"delete it with `propersim runs rm {run_id}`, or use the version of propersim that wrote it"
        ) from error
