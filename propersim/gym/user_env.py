"""The user's side of a run as a Gymnasium environment, to develop judges against."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import numpy as np
from gymnasium import spaces

from propersim.assistant.controls import Control
from propersim.core.clock import format_time
from propersim.core.config import CONTROLS
from propersim.core.errors import InputError
from propersim.core.interfaces import Assistant, Response, Situation
from propersim.core.prompts import block, quoted
from propersim.core.records import DIMENSIONS, Step
from propersim.core.text import MAX_SUGGESTION
from propersim.gym.base import Drift, RunEnv, bits, check_choice
from propersim.gym.features import TextSpace, clock_space, clock_values, moment_spaces, moment_values, seen_space, spelled
from propersim.persona.description import describe_persona
from propersim.persona.model import Persona
from propersim.simulation.simulation import TIMESTEP, Simulation
from propersim.user.judge import OfflineJudge
from propersim.user.llm.judge import SILENCE, describe_now
from propersim.user.llm.today import Lately, Today

AssistantChoice = str | Callable[[OfflineJudge], Assistant | Control]
"""The name of a control, or a function that makes an assistant; each episode has a new one."""

MAX_ANSWER: Final = 2000
"""Longest text that is read as an action, in characters."""
_MOST_QUIET: Final = 28
"""Days without a recommendation after which an episode is given up."""


class _Answer(msgspec.Struct, frozen=True):
    """Ratings as JSON; other keys, such as reasons, are ignored."""

    preference: Literal[0, 1]
    timing: Literal[0, 1]
    frequency: Literal[0, 1]
    communication: Literal[0, 1]


_DECODER: Final = msgspec.json.Decoder(_Answer)


class UserEnv(RunEnv[Any, Any]):
    """The agent is a judge: it rates what an assistant recommends.

    Registered as ``propersim/User-v0``. The reward is the share of the four dimensions in which the action agrees with the offline judge:
    0, 0.25, 0.5, 0.75 or 1. The run goes on with the offline judge's ratings, so that the moments of an episode do not depend on the
    actions. docs/how-to/gymnasium.md describes the observation and the info.

    Args:
        persona: the user: an id, a name, the path of a file, or a persona.
        days: days of an episode; it goes on to the first day on which the assistant recommends something.
        assistant: name of a control, or a function that makes an assistant from the offline judge.
        moments: rate the recommendations alone (``spoken``), or silence too (``all``).
        drift: day from which on another rubric holds, or that day and the persona whose rubric it is; None is never.
        timestep: minutes between steps, 0.5–60.
        observation: numbers and the recommendation as a ``dict``, ``text`` as models read it, or ``both``.
        action: ``ratings`` are four bits in the order of :data:`propersim.core.records.DIMENSIONS`; ``text`` is JSON with these four keys.
        render_mode: ``ansi`` has :meth:`render` return the newest step as a line of text.

    Raises:
        InputError: an argument is out of range, or there is no such persona or control.
    """

    def __init__(
        self,
        persona: str | Path | Persona = "p01",
        days: int = 1,
        assistant: AssistantChoice = "random",
        moments: Literal["spoken", "all"] = "spoken",
        drift: Drift = None,
        timestep: float = TIMESTEP,
        observation: Literal["dict", "text", "both"] = "dict",
        action: Literal["ratings", "text"] = "ratings",
        render_mode: str | None = None,
    ) -> None:
        super().__init__(persona, days, drift, timestep, render_mode)
        check_choice("moments", moments, ("spoken", "all"))
        check_choice("observation", observation, ("dict", "text", "both"))
        check_choice("action", action, ("ratings", "text"))
        if isinstance(assistant, str):
            check_choice("assistant", assistant, CONTROLS)
        elif not callable(assistant):
            raise InputError(f"assistant must be the name of a control or a function that makes an assistant, not {assistant!r}")
        self._assistant, self._moments, self._shows, self._rates = assistant, moments, observation, action == "ratings"
        self._today, self._lately = Today(), Lately()
        self._answer: Response | None = None
        self._seen: Situation | None = None
        self._agreed: list[list[int]] = []
        parts = {**moment_spaces(), "clocks": clock_space(), "recommendation": TextSpace(MAX_SUGGESTION)}
        self.observation_space = seen_space(observation, parts)
        self.action_space: spaces.Space[Any] = spaces.MultiBinary(4) if self._rates else TextSpace(MAX_ANSWER)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode.

        Args:
            seed: seed of the run; None draws one.
            options: ``persona`` is another user for this episode, ``day`` its first day (1, a Monday, by default).

        Returns:
            The first observation, and an info with ``persona_id``, ``seed``, ``day`` and ``persona``, the user in words.

        Raises:
            InputError: an option is unknown or out of range, there is no such persona, or the assistant recommends nothing.
        """
        super().reset(seed=seed)
        self._today, self._lately, self._agreed = Today(), Lately(), []
        info = self._begin(seed, options, self._make)
        self._advance()
        last = self._last + _MOST_QUIET
        while not self._to_rate() and self._last < last:
            self._last += 1
            self._advance()
        if self._turn is None:
            raise InputError(
                f"the assistant recommends nothing in {_MOST_QUIET} days", "choose another, or rate silence with moments='all'"
            )
        return self._observation(), {**info, "persona": self._persona_text()}

    def _make(self, persona: Persona, seed: int) -> Simulation:
        return Simulation(persona, self._assistant, seed=seed, days=1, timestep=self._timestep)

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Rate the present recommendation.

        Args:
            action: four bits, or a text with JSON. A text without the four ratings agrees in nothing.

        Returns:
            The next observation, the share of dimensions that agree, whether the episode has ended, False, and the info.

        Raises:
            InputError: the action is neither four bits nor a text, as the environment needs it.
            ResetNeeded: the episode has not begun, or has ended.
        """
        self._present()
        given = self._given(action)
        step = self._pass()
        true = bits(step.rating)
        agreed = [0] * 4 if given is None else [int(one == other) for one, other in zip(given, true, strict=True)]
        self._agreed.append(agreed)
        more = self._to_rate()
        info: dict[str, Any] = {
            "persona": self._persona_text(),
            "malformed": given is None,
            "true": {
                "rating": np.array(true, np.int8),
                "reasons": step.rating.reasons,
                "agreed": np.array(agreed, np.int8),
            },
        }
        if not more:
            info["true"]["episode"] = self._agreement()
        if self.render_mode is not None:
            said = SILENCE if step.answer.text is None else step.answer.text
            self._line = f"day {step.day} {format_time(step.minute)}  {said}: {sum(agreed)} of 4 ratings agree"
        return self._observation(), sum(agreed) / 4, not more, False, info

    def _given(self, action: Any) -> list[int] | None:
        """Return the four bits of an action; None for a text that does not have them."""
        if self._rates:
            values = np.asarray(action)
            if values.shape != (4,) or not np.isin(values, (0, 1)).all():
                raise InputError(f"the action must be four ratings, each 0 or 1, not {action!r}")
            return [int(value) for value in values]
        if not isinstance(action, str):
            raise InputError(f"the action must be a text, not {action!r}")
        text = action[:MAX_ANSWER]
        try:
            # Models like to put words or code marks around JSON.
            answer = _DECODER.decode(text[text.find("{") : text.rfind("}") + 1])
        except (msgspec.MsgspecError, UnicodeEncodeError):
            return None
        return [int(getattr(answer, name)) for name in DIMENSIONS]

    def _pass(self) -> Step:
        """Complete the present step."""
        assert self._answer is not None
        step, _ = self._complete(self._answer)
        self._today.observe(step)
        self._lately.observe(step)
        return step

    def _to_rate(self) -> bool:
        """Go to the next step that is to be rated; return whether there is one."""
        while self._turn is not None:
            self._answer = self._turn.ask()
            if self._moments == "all" or self._answer.texts[self._answer.shown] is not None:
                return True
            self._pass()
        return False

    def _persona_text(self) -> str:
        """Return the user of the present day in words."""
        return describe_persona(self._running().persona.on_day(max(1, self._day)))

    def _agreement(self) -> dict[str, Any]:
        """Return the shares of this episode's ratings that agree.

        They are those of each dimension, their mean, and that of all four at once.
        """
        count = len(self._agreed)
        shares = [sum(row[i] for row in self._agreed) / count for i in range(4)]
        exact = sum(all(row) for row in self._agreed) / count
        return {"rated": count, "agreement": math.fsum(shares) / 4, "exact": exact, **dict(zip(DIMENSIONS, shares, strict=True))}

    def _observation(self) -> Any:
        """Return the present moment and recommendation.

        At the end of an episode it is the last moment again, without one.
        """
        turn, answer = self._turn, self._answer
        if turn is not None:
            self._seen = turn.situation
        now = self._seen
        assert now is not None
        text = answer.texts[answer.shown] if turn is not None and answer is not None else None
        values: dict[str, Any] = {}
        if self._shows != "text":
            values = {
                **moment_values(now),
                "clocks": clock_values(now.clocks),
                "recommendation": spelled(text or "")[:MAX_SUGGESTION],
            }
        if self._shows == "dict":
            return values
        said = block("recommendation", [SILENCE if text is None else quoted(text)])
        lately = self._lately.told(self._running().persona, now.day, now.minute)
        words = spelled(f"{self._today.describe(now.day, now.minute)}\n\n{describe_now(now, lately)}\n\n{said}")
        return words if self._shows == "text" else {**values, "text": words}
