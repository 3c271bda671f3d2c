"""The assistant's side of a run as a Gymnasium environment."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from gymnasium import spaces

from propersim.assistant.controls import any_sentence, sentence
from propersim.core.clock import format_time
from propersim.core.errors import InputError
from propersim.core.feedback import Feedback, FeedbackMode
from propersim.core.interfaces import Observation, Response
from propersim.core.records import Rating, Step
from propersim.core.rng import generator, uniform
from propersim.core.text import MAX_SUGGESTION
from propersim.gym.agent import Agent
from propersim.gym.base import Drift, RunEnv, bits, check_choice, check_number, figures
from propersim.gym.features import TextSpace, assistant_spaces, assistant_values, seen_space, spelled
from propersim.memory.evidence_choice import tone_to_try, topic_to_tell
from propersim.memory.state import AssistantState
from propersim.memory.state_text import describe, describe_evidence
from propersim.persona.model import Persona
from propersim.simulation.simulation import TIMESTEP, Simulation
from propersim.user.clocks import oracle_speaks
from propersim.world.catalogue import setting_of

Reward = Callable[[Feedback], float]
"""Returns the reward for a step from what is revealed of it."""


def welcome_reward(feedback: Feedback) -> float:
    """Return 1 for a recommendation with a score of 4, -1 for another, 0 for silence.

    Also 0 where the rating is not revealed.
    """
    rating = feedback.answer.rating
    return 0.0 if not feedback.spoke or rating is None else welcome_value(rating.score)


def welcome_value(score: int | None) -> float:
    """Return 1 for the score of a welcome recommendation, -1 for that of another."""
    return 1.0 if score == 4 else -1.0


def score_reward(feedback: Feedback) -> float:
    """Return the revealed score of what was done, 0–4, silence included.

    It is 0 where none is revealed.
    """
    rating = feedback.answer.rating
    return 0.0 if rating is None else float(rating.score or 0)


REWARDS: Final[dict[str, Reward]] = {"welcome": welcome_reward, "score": score_reward}
"""The rewards with a name."""


class AssistantEnv(RunEnv[Any, Any]):
    """The agent is the assistant: at each timestep it speaks or stays silent.

    Registered as ``propersim/ProPer-v0``. An episode is a run of some days; it terminates when the user falls asleep on the last one. The
    seed of the run is that of :meth:`reset`. Observation, reward and ``info`` hold only what the feedback mode reveals, except for
    ``info["true"]``. docs/how-to/gymnasium.md describes the observation and the info.

    Args:
        persona: the user: an id, a name, the path of a file, or a persona.
        days: days of an episode.
        feedback: ``complete`` reveals the ratings of what was done and of its alternative; ``shown`` those of recommendations alone.
        feedback_noise: probability with which each dimension of revealed ratings is flipped, 0–0.5.
        feedback_delay: whether ratings are revealed, and rewarded, when the user falls asleep.
        drift: day from which on another rubric holds, or that day and the persona whose rubric it is; None is never.
        timestep: minutes between steps, 0.5–60.
        observation: numbers as a ``dict``, ``text`` as models read it, or ``both``; ``brief`` is the moment and what the ratings say of it,
            in two lines of text.
        action: ``decision`` is 0 for silence and 1 for a sentence; ``text`` is what is said, "" for silence.
        content: topic and tone of the sentence of a decision: drawn ``uniform``, as by the control *eager*, or by the ``evidence`` of
            revealed ratings.
        reactive: whether the user acts on welcome recommendations, and mutes the assistant where too many are unwelcome. While it is muted
            (``info["muted"]``), what the agent says does not reach the user, and nothing is revealed.
        reward: ``welcome`` (welcome − unwelcome recommendations), ``score`` (0–4 a step), or a function of what is revealed of a step.
        render_mode: ``ansi`` has :meth:`render` return the newest step as a line of text.

    Raises:
        InputError: an argument is out of range, or there is no such persona.
    """

    def __init__(
        self,
        persona: str | Path | Persona = "p01",
        days: int = 1,
        feedback: Literal["complete", "shown"] = "complete",
        feedback_noise: float = 0.0,
        feedback_delay: bool = False,
        drift: Drift = None,
        timestep: float = TIMESTEP,
        observation: Literal["dict", "text", "brief", "both"] = "dict",
        action: Literal["decision", "text"] = "decision",
        content: Literal["uniform", "evidence"] = "uniform",
        reactive: bool = False,
        reward: Literal["welcome", "score"] | Reward = "welcome",
        render_mode: str | None = None,
    ) -> None:
        super().__init__(persona, days, drift, timestep, render_mode)
        check_choice("feedback", feedback, ("complete", "shown"))
        check_choice("observation", observation, ("dict", "text", "brief", "both"))
        check_choice("action", action, ("decision", "text"))
        check_choice("content", content, ("uniform", "evidence"))
        check_choice("reactive", reactive, (False, True))
        check_number("feedback_noise", feedback_noise, 0, 0.5)
        if not callable(reward):
            check_choice("reward", reward, tuple(REWARDS))
            if reward == "score" and feedback == "shown":
                raise InputError("reward='score' needs feedback='complete': nothing else reveals the score of silence")
        self._mode = FeedbackMode(feedback, feedback_noise, feedback_delay)
        self._reward = reward if callable(reward) else REWARDS[reward]
        self._shows, self._decides, self._content = observation, action == "decision", content
        self._reactive = reactive
        self._agent = Agent(text=observation in ("text", "both"))
        self._state: AssistantState | None = None
        self.observation_space = seen_space(observation, assistant_spaces())
        self.action_space: spaces.Space[Any] = spaces.Discrete(2) if self._decides else TextSpace(MAX_SUGGESTION)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode.

        Args:
            seed: seed of the run; None draws one.
            options: ``persona`` is another user for this episode, ``day`` its first day (1, a Monday, by default).

        Returns:
            The first observation, and an info with ``persona_id``, ``seed``, ``day`` and ``muted``.

        Raises:
            InputError: an option is unknown or out of range, or there is no such persona.
        """
        super().reset(seed=seed)
        self._agent = Agent(text=self._shows in ("text", "both"))
        info = self._begin(seed, options, self._make)
        self._advance()
        return self._observation(), {**info, "muted": self._muted}

    @property
    def _muted(self) -> bool:
        """Whether the user has muted the assistant at the present timestep."""
        return self._turn is not None and self._turn.muted

    def _make(self, persona: Persona, seed: int) -> Simulation:
        mode = replace(self._mode, seed=seed)
        return Simulation(persona, self._agent, seed=seed, days=1, timestep=self._timestep, feedback=mode, reactive=self._reactive)

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Speak or stay silent.

        Args:
            action: 0 or 1, or a text.

        Returns:
            The next observation, the reward, whether the episode has ended, False, and the info.

        Raises:
            InputError: the action is neither 0, 1 nor a text, as the environment needs it.
            ResetNeeded: the episode has not begun, or has ended.
        """
        turn = self._present()
        self._agent.answer = self._answer(action, turn.situation.observation)
        speaks = self.oracle_speaks
        step, ended = self._complete(turn.ask())
        terminated = self._turn is None
        info = self._info(step, speaks)
        if ended:
            info["true"]["day"] = figures(self._figures[-1:])
        if terminated:
            info["true"]["episode"] = figures(self._figures)
        if self.render_mode is not None:
            self._line = _line(step)
        return self._observation(), self._rewarded(), terminated, False, info

    @property
    def oracle_speaks(self) -> bool:
        """Whether the oracle would speak now with the clocks of this run; agents are not to see it.

        Raises:
            ResetNeeded: the episode has not begun, or has ended.
        """
        now = self.situation
        return oracle_speaks(self._running().judge.rules.on_day(now.day), now.moment, now.clocks)

    def rate(self, text: str) -> Rating:
        """Return how the user would rate a suggestion at the present step, without a step.

        Raises:
            ResetNeeded: the episode has not begun, or has ended.
        """
        (candidate,) = self._running().rater.rate_all([text], self.situation)
        return candidate.rating

    def _answer(self, action: Any, now: Observation) -> Response:
        """Return the candidates that an action stands for.

        With ``complete`` feedback the alternative is a candidate too, so that its rating is revealed. The first is silence or the shown
        one.
        """
        if not self._decides:
            if not isinstance(action, str):
                raise InputError(f"the action must be a text, not {action!r}")
            text = action.strip() or None
            return (
                Response((None,)) if text is None else Response((None, text), 1) if self._mode.reveals == "complete" else Response((text,))
            )
        if isinstance(action, np.ndarray | np.generic):
            action = action.item()
        if action not in (0, 1):
            raise InputError(f"the action must be 0 (silence) or 1 (speak), not {action!r}")
        if self._mode.reveals == "complete":
            return Response((None, self._sentence(now)), int(action))
        return Response((self._sentence(now) if action else None,))

    def _sentence(self, now: Observation) -> str:
        """Return the sentence of a decision to speak."""
        run = self._running()
        place = run.persona.id, now.day, now.step
        rng, setting = generator(run.seed, "content", *place), setting_of(now.action.activity)
        evidence = self._state.evidence if self._state is not None else None
        if self._content == "uniform" or evidence is None:
            return any_sentence(rng, setting)
        topic = topic_to_tell(evidence, uniform(run.seed, "topic", *place))
        return sentence(rng, topic, tone_to_try(evidence, uniform(run.seed, "tone", *place)), setting)

    def _rewarded(self) -> float:
        """Return the sum of the rewards for the steps whose ratings are revealed now."""
        at_once = () if self._mode.delayed or self._agent.at_once is None else (self._agent.at_once,)
        return sum((_as_reward(self._reward(one)) for one in (*at_once, *self._agent.at_night)), 0.0)

    def _observation(self) -> Any:
        seen = self._asleep() if self._turn is None else self._turn.situation.observation
        state = self._state = self._agent.state(seen)
        if self._shows == "text":
            return spelled(describe(state))
        if self._shows == "brief":
            return spelled(describe_evidence(state))
        values = assistant_values(seen, state)
        return {**values, "text": spelled(describe(state))} if self._shows == "both" else values

    def _info(self, step: Step, speaks: bool) -> dict[str, Any]:
        """Return the info of a step: what is revealed, and under ``true`` what is not.

        Args:
            step: the step.
            speaks: whether the oracle would have spoken with the clocks of this run.
        """
        agent, rating = self._agent, step.rating
        feedback = ((agent.at_once,) if agent.at_once is not None else ()) + agent.at_night
        revealed = agent.at_once.answer.rating if agent.at_once is not None else None
        values = (None,) * 4 if revealed is None else (revealed.preference, revealed.timing, revealed.frequency, revealed.communication)
        # A reason names the true value, which noise may hide.
        reasons = rating.reasons if revealed is not None and not self._mode.noise else ("",) * 4
        moment = step.moment
        taken_up = step.taken_up.activity if step.taken_up is not None else ""
        return {
            "said": step.answer.text or "",
            "muted": self._muted,
            "rating": np.array([-1 if value is None else value for value in values], np.int8),
            "reasons": reasons,
            "feedback": feedback,
            "true": {
                "rating": np.array(bits(rating), np.int8),
                "reasons": rating.reasons,
                "score": int(rating.score or 0),
                "welcome": step.welcome,
                "unwelcome": step.spoke and not step.welcome,
                "receptive": moment.receptive,
                "wanted": moment.wanted,
                "overdue": moment.overdue,
                "taken_up": taken_up,
                "oracle_speaks": speaks,
            },
        }


def _line(step: Step) -> str:
    """Return a step as a line of text."""
    said = "silence" if step.answer.text is None else step.answer.text
    return f"day {step.day} {format_time(step.minute)}  {step.action.phrase}: {said} (score {step.rating.score} of 4)"


def _as_reward(value: Any) -> float:
    """Return what a reward function returned as a number.

    Raises:
        InputError: it is none.
    """
    try:
        reward = float(value)
    except (TypeError, ValueError):
        reward = math.nan
    if math.isnan(reward):
        raise InputError(f"the reward function must return a number, not {value!r}")
    return reward
