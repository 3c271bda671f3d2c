"""The assistant's side of a run for trainers of language models: answers, or tool calls.

:class:`Conversation` is an environment of TRL's ``GRPOTrainer`` (``environment_factory``): a model that can call tools decides by them. A
model that cannot answers in JSON to a moment of :func:`moments`, and :func:`answer_reward` rates the answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from propersim.assistant.controls import any_sentence
from propersim.core.clock import LATEST as LATEST_MINUTE
from propersim.core.clock import format_time
from propersim.core.errors import InputError
from propersim.core.records import DIMENSIONS
from propersim.core.rng import generator
from propersim.gym.assistant_env import AssistantEnv, welcome_value
from propersim.gym.base import check_number
from propersim.memory.state_text import EVIDENCE_INSTRUCTION, ROLE
from propersim.models.chat_template import ASK
from propersim.simulation.simulation import TIMESTEP

TOOL_INSTRUCTION: Final = (
    f"{ROLE} Decide by calling tools: recommend makes a suggestion now, stay_silent lets time pass. "
    "After each you are told what became of it."
)
"""The system message for models that call tools."""
MOST_ROWS: Final = 10_000_000
"""Most rows of a dataset."""
MALFORMED: Final = -1.0
"""Reward of an answer that is not the JSON which was asked for; as much as that of an unwelcome recommendation."""
PAST_RATE: Final = 0.01
"""Probability with which the past of a moment has a recommendation at a step: some four a day, which leaves room for more."""
EARLIEST, LATEST = 8 * 60, 21 * 60
"""First and last minute of a day at which drawn moments begin; every built-in persona is awake between them."""
LARGEST_SEED: Final = (1 << 63) - 1
MOST_DRAWS: Final = 50
"""Days that are drawn for a row, until one has a moment as it should be."""
MOST_CALLS: Final = 100_000
"""Most tool calls that a conversation may have."""
LONGEST_SILENCE: Final = 120
"""Most minutes of silence by one tool call."""
OVER: Final = "The conversation is over. Call no more tools."
ANSWER_START: Final = '{"speak":'
"""The start of all answers; a prompt may end with it, and the answer then goes on from there."""
PLACE: Final = ("persona", "seed", "day", "minute")
"""Columns that say where a moment is."""


class _Answer(msgspec.Struct):
    speak: bool
    suggestion: str = ""


class Conversation:
    """A stretch of a day that a language model decides by calling tools.

    Before it, the user has lived with an assistant that recommends at random; the model is told what these ratings say. The reward is the
    number of welcome recommendations minus that of others. Trainers take every public method but ``reset`` and ``get_reward`` as a tool.

    Args:
        calls: most tool calls of a conversation.
        timestep: minutes between steps, 0.5–60.
    """

    def __init__(self, *, calls: int = 4, timestep: float = TIMESTEP) -> None:
        check_number("calls", calls, 1, MOST_CALLS, whole=True)
        self._calls, self._timestep = calls, timestep
        self._env: AssistantEnv | None = None
        self._left = 0
        self._reward = 0.0

    def reset(self, persona: str = "p01", seed: int = 0, day: int = 2, minute: float = EARLIEST, **_: Any) -> str:
        """Begin a conversation at a moment.

        Args:
            persona: the user: an id, a name, or the path of a file.
            seed: seed of the run, and of what was recommended before.
            day: day of the moment, from 1 on; it and the days before it are lived up to the moment.
            minute: the moment, in minutes since midnight: the first step at or after it.
            **_: other columns of the trainer's dataset, which are not read.

        Returns:
            The moment and what the ratings until then say of it, in words.

        Raises:
            InputError: there is no such persona, a value is out of range, or the user sleeps at that time.
        """
        self._env, seen = at_moment(persona, seed, day, minute, self._timestep)
        self._left, self._reward = self._calls, 0.0
        return seen

    def recommend(self, suggestion: str) -> str:
        """Make a suggestion to the person now.

        Args:
            suggestion: one short, friendly, specific sentence.

        Returns:
            How the person rated it, and the next moment.
        """
        if not isinstance(suggestion, str):
            return "The suggestion must be a text."
        if not suggestion.strip():
            return "The suggestion is empty; call stay_silent to say nothing."
        return self._go(suggestion, 1)

    def stay_silent(self, minutes: int) -> str:
        """Say nothing for some minutes.

        Args:
            minutes: how long, 1 to 120.

        Returns:
            The moment then.
        """
        # Models call tools with values of any type.
        if not isinstance(minutes, int | float) or not 1 <= minutes <= LONGEST_SILENCE:
            return f"minutes must be 1 to {LONGEST_SILENCE}."
        return self._go("", math.ceil(minutes / self._timestep))

    def get_reward(self) -> float:
        """Return welcome minus other recommendations of the conversation so far."""
        return self._reward

    def _go(self, text: str, steps: int) -> str:
        """Take steps, and return what became of them; the text is said at each."""
        env = self._env
        if env is None or env.now is None or not self._left:
            return OVER
        self._left -= 1
        told: list[str] = []
        seen: object = ""
        for _ in range(steps):
            seen, reward, ended, _truncated, info = env.step(text)
            self._reward += reward
            if text:
                told = [_rated(info["rating"])]
            if ended:
                return " ".join([*told, OVER])
        return "\n".join([*told, str(seen)] if self._left else [*told, OVER])


def moments(
    personas: Iterable[str],
    count: int,
    *,
    seed: int = 0,
    days: Sequence[int] = (2, 3),
    tools: bool = False,
    wanted: float | None = None,
) -> list[dict[str, Any]]:
    """Return rows of a dataset: a prompt, and the arguments of :meth:`Conversation.reset`.

    Moments are drawn uniformly from the steps of days between 08:00 and 21:00.

    Args:
        personas: the users, in turn; a text is one of them.
        count: number of rows.
        seed: seed of the draws; each row has a run seed of its own.
        days: days to draw from.
        tools: whether the model calls the tools of a :class:`Conversation`, which gives it the moment; else the moment is in the prompt,
            and the model answers in JSON (see :func:`answer_reward`).
        wanted: probability that a row's moment is one at which the oracle would speak. Few moments are, and a group of answers that are all
            silent teaches nothing. None draws from all moments.

    Raises:
        InputError: there are no personas or no days, no such persona, or no such moment was found.
    """
    users = [personas] if isinstance(personas, str) else list(personas)
    if not users or not days:
        raise InputError("moments need personas and days")
    check_number("count", count, 0, MOST_ROWS, whole=True)
    if wanted is not None:
        check_number("wanted", wanted, 0, 1)
    rng, rows = generator(seed, "moments"), []
    for place in range(count):
        speaks = None if wanted is None else rng.random() < wanted
        for _ in range(MOST_DRAWS):
            where: dict[str, Any] = {"persona": users[place % len(users)], "seed": rng.randrange(2**31), "day": rng.choice(list(days))}
            if found := _moments_of_day(**where, speaks=speaks):
                break
        else:
            raise InputError(f"no day was found on which {users[place % len(users)]} wants a recommendation")
        where["minute"], seen = rng.choice(found)
        system, user = (TOOL_INSTRUCTION, "") if tools else (EVIDENCE_INSTRUCTION, f"{seen}\n\n{ASK}")
        rows.append({"prompt": [{"role": "system", "content": system}, {"role": "user", "content": user}], **where})
    return rows


def _env(persona: str, day: int, timestep: float) -> AssistantEnv:
    return AssistantEnv(persona, days=day, timestep=timestep, observation="brief", action="text")


def _lived(env: AssistantEnv, seed: int, day: int) -> Iterator[str]:
    """Yield the observation of each step before it is decided, at random.

    Args:
        env: the environment, which is reset.
        seed: seed of the run and of the decisions.
        day: its last day.
    """
    seen, _info = env.reset(seed=seed)
    rng = generator(seed, "conversation", day)
    while env.now is not None:
        yield str(seen)
        seen, *_rest = env.step(any_sentence(rng) if rng.random() < PAST_RATE else "")


def _moments_of_day(persona: str, seed: int, day: int, speaks: bool | None) -> list[tuple[float, str]]:
    """Return minute and observation of the steps of a day that may begin a conversation.

    Args:
        persona: the user.
        seed: seed of the run.
        day: the day.
        speaks: whether the oracle speaks at these steps; None is all steps.
    """
    env = _env(persona, day, TIMESTEP)
    found = []
    for seen in _lived(env, seed, day):
        now = env.now
        if now is not None and now[0] == day and EARLIEST <= now[1] <= LATEST and speaks in (None, env.oracle_speaks):
            found.append((now[1], seen))
    return found


def answer_reward(completions: Sequence[Any], **columns: Any) -> list[float | None]:
    """Return the rewards of answers in JSON to the moments of :func:`moments`.

    It is 1 for a welcome recommendation, 0 for silence, -1 for other recommendations and for what is not the JSON that was asked for.
    This is a reward function of TRL's trainers.

    Args:
        completions: the answers: texts, or messages of which the last counts; without :data:`ANSWER_START` where prompts end with it.
        **columns: the columns of the dataset, a value for each answer; those of :func:`moments` are read.
    """
    places = zip(*(columns[name] for name in PLACE), strict=True)
    # The answers of a group are to one moment, whose past is lived once.
    moments_of: dict[tuple[Any, ...], AssistantEnv] = {}
    rewards: list[float | None] = []
    for completion, place in zip(completions, places, strict=True):
        said = suggestion_of(_text_of(completion))
        if not said:
            rewards.append(MALFORMED if said is None else 0.0)
            continue
        if place not in moments_of:
            moments_of[place], _seen = at_moment(*place)
        rewards.append(welcome_value(moments_of[place].rate(said).score))
    return rewards


def _text_of(completion: Any) -> str:
    """Return the text of an answer: a text, or the last of some messages."""
    return completion if isinstance(completion, str) else str(completion[-1].get("content") or "") if completion else ""


def suggestion_of(answer: str) -> str | None:
    """Return the suggestion of an answer in JSON; "" is silence, None is malformed."""
    whole = answer.strip() if answer.lstrip().startswith("{") else ANSWER_START + answer.rstrip()
    try:
        said = msgspec.json.decode(whole, type=_Answer)
    except (msgspec.DecodeError, UnicodeError):
        return None
    return (said.suggestion.strip() or None) if said.speak else ""


def at_moment(persona: str, seed: int, day: int, minute: float, timestep: float = TIMESTEP) -> tuple[AssistantEnv, str]:
    """Return an environment at a moment of :func:`moments`, and the moment in words.

    Args:
        persona: the user: an id, a name, or the path of a file.
        seed: seed of the run, and of what was recommended before.
        day: day of the moment, from 1 on; it and the days before it are lived up to the moment.
        minute: the moment, in minutes since midnight: the first step at or after it.
        timestep: minutes between steps, 0.5–60.

    Raises:
        InputError: there is no such persona, a value is out of range, or the user sleeps at that time.
    """
    check_number("seed", seed, 0, LARGEST_SEED, whole=True)
    check_number("minute", minute, 0, LATEST_MINUTE, "minutes")
    env = _env(persona, day, timestep)
    for seen in _lived(env, seed, day):
        if env.now is not None and env.now >= (day, minute):
            return env, seen
    raise InputError(f"the user sleeps at {format_time(minute)} on day {day}")


def _rated(values: Iterable[int]) -> str:
    """Return the four dimensions of a rating in words."""
    return "Rated: " + ", ".join(f"{name} {'good' if value else 'bad'}" for name, value in zip(DIMENSIONS, values, strict=True)) + "."
