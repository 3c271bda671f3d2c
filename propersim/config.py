"""The options of a run, as they are given, recorded and found again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from propersim import clock
from propersim.errors import InputError
from propersim.text import did_you_mean

DEFAULT_DB = "runs.sqlite"
ASSISTANTS = ("silent", "eager", "random", "oracle", "llama")
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
USERS = ("routine", HUMAN)
BOTH = "both"
"""Who plays the user of a run that was begun with ``routine``, and in which a person took moments over; recorded, never asked for."""


class RunConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Every choice that decides what the records of a run are.

    Attributes:
        persona: id or path, as given; the persona itself is kept with the run.
        days: days to live.
        until: moment at which the run ends early, as ``day 1 09:00``.
        seed: of everything random.
        assistant: which assistant.
        user: who rates what is shown: the ``routine``'s judge, or the person at the screen (``human``); the day is the routine's.
        timestep: minutes between steps.
        home: path of the floor plan, as given; the plan itself is kept with the run.
        model: which model, for ``llama``; the controls have none.
        quantize: ``nf4`` (4-bit) or ``none``.
        memory: what the assistant remembers: ``none``, ``ar`` (actions and recommendations) or ``ars`` (and scores).
        clocks: whether its state has the clocks of today: ``on``, ``off``, or ``auto``: on where it learns by ``factored``.
        learn: how it learns at night: ``dpo``, ``kto``, or ``none``.
        scheme: what candidates and preference pairs are: ``factored``, or ``paper`` as published.
        pairs: preference pairs of a night; 0 is what the scheme and the model's preset say.
        n: spoken candidates at a step (``paper``: whole answers).
        embedder: what turns moments into vectors for recall: ``hashing``, or the folder of a sentence encoder.
        reveal_persona: whether the assistant is told who the user is; an ablation.
    """

    persona: str = "p01"
    days: int = 14
    until: str | None = None
    seed: int = 0
    assistant: str = "llama"
    user: str = "routine"
    timestep: float = 2.5
    home: str | None = None
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

    @property
    def until_moment(self) -> tuple[int, float | None] | None:
        """``until`` as (day, minute)."""
        return clock.parse_moment(self.until) if self.until else None

    def checked(self) -> RunConfig:
        """Return itself.

        Raises:
            InputError: a choice is not known, or does not go with another; the message names the option.
        """
        choices = (
            ("--assistant", self.assistant, ASSISTANTS),
            ("--user", self.user, USERS),
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
        if self.assistant == "llama" and (self.embedder != HASHING or self.reveal_persona == "on"):
            from propersim.assistant import check_choices

            check_choices(self)
        return self

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
        factored = self.learn != "none" and self.scheme == "factored"
        clocks = self.clocks if self.clocks != "auto" else ("on" if factored else "off")
        pairs = self.pairs or (PAPER_PAIRS if self.scheme == "paper" else 0)
        return msgspec.structs.replace(self, clocks=clocks, pairs=pairs)

    def to_dict(self) -> dict[str, Any]:
        """Return the options as plain data."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built


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
