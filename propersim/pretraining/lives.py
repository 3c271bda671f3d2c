"""Let simulated users live with an exploring assistant, and take examples from their days.

The users rate by their rules as the offline judge does, except that topics and tones are given and need not be read from sentences. An
example says how likely it is that a recommendation is right at a moment, given the evidence: the moment is wanted, and the topic and tone
that the ratings recommend are welcome.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final, NamedTuple

from propersim.core import clock
from propersim.core.errors import PersonaError
from propersim.core.feedback import Feedback, RevealedCandidate, RevealedRating
from propersim.core.records import Action, Clocks, DayPlan, UserState
from propersim.memory.day_log import DayLog
from propersim.memory.evidence import Evidence, EvidenceMemory
from propersim.memory.evidence_choice import good_tones, good_topics, tone_to_try, topic_to_try
from propersim.memory.state import AssistantState
from propersim.pretraining.users import routine_of, simulated_user
from propersim.user.clocks import DayClocks, comfortable, moment, oracle_speaks
from propersim.user.rules import DayRules, Rules
from propersim.world.catalogue import tones, topics

TIMESTEP: Final = 2.5
"""Minutes between steps."""
DAYS: Final = (3, 6, 10, 14)
"""Numbers of days that users live, drawn with equal probability."""
COMPLETE: Final = 0.6
"""Share of the users who rate all candidates; the others rate what is shown alone."""
DELAYED: Final = 0.2
"""Share of the users whose ratings are revealed at night."""
NOISES: Final = (0.0, 0.0, 0.0, 0.0, 0.0, 0.05, 0.1, 0.15)
"""Shares of flipped ratings, drawn with equal probability."""
CHANGED: Final = 0.2
"""Share of the users who get another rubric on some day."""
CANDIDATES: Final = (0.3, 0.6, 1.0)
"""Shares of the silent steps at which candidates are rated, drawn with equal probability."""

_SPEAKING: Final = (
    (0, 0, 0.3, 0.5, 0.7, 0.9),
    (0.2, 0.4, 0.6, 0.8, 0.9, 0.95),
    (0.6, 0.8, 0.9, 0.95, 0.95, 0.95),
    (0, 0, 0, 0.1, 0.2, 0.3),
)
"""Probabilities that the assistant speaks where it is right, by day: assistants of many qualities, which get better."""
_EXPLORING: Final = (1, 2, 4, 8, 16, 40)
"""Recommendations a day at other times, on the first day."""
_SHARE_WANTED: Final = 1.0
_SHARE_RECEPTIVE: Final = 0.7
_SHARE_OTHER: Final = 0.07
"""Shares of the moments that become examples: those where a recommendation is right, where the user is receptive, and all others."""


class Moment(NamedTuple):
    """A moment of a simulated user's life.

    Attributes:
        state: the assistant's state.
        right: probability that a recommendation by evidence is right, 0–1.
        weight: number of moments that this one stands for.
    """

    state: AssistantState
    right: float
    weight: float


class _Said(NamedTuple):
    topic: str
    tone: str


class Life:
    """The days of a simulated user with an exploring assistant.

    Args:
        rng: source of random numbers.
        day_log: whether the states of the moments have the log of the day; all else is the same.
    """

    def __init__(self, rng: random.Random, *, day_log: bool = False) -> None:
        self._rng = rng
        self._log = DayLog() if day_log else None
        personas = simulated_user(rng)
        self.days = rng.choice(DAYS)
        self._changes = rng.randint(2, 10) if rng.random() < CHANGED else self.days + 1
        self._rules = [Rules(persona) for persona in personas]
        seed = rng.getrandbits(31)
        self._routines = [routine_of(persona, seed) for persona in personas]
        self._complete = rng.random() < COMPLETE
        self._delayed = rng.random() < DELAYED
        self._noise = rng.choice(NOISES)
        self._candidates = rng.choice(CANDIDATES)
        self._speaking, self._exploring, self._tries = rng.choice(_SPEAKING), rng.choice(_EXPLORING), rng.choice((0.1, 0.3, 0.6))
        self._memory = EvidenceMemory()
        self._late: list[Feedback] = []
        self._index = 0

    def moments(self) -> Iterator[Moment]:
        """Live all days, and yield the moments that become examples."""
        for day in range(1, self.days + 1):
            for feedback in self._late:
                self._memory.reveal(feedback)
                if self._log is not None:
                    self._log.reveal(feedback)
            self._late = []
            changed = day >= self._changes
            try:
                plan = self._routines[changed].plan(day)
            except PersonaError:
                # A rare day whose habits and requirements do not fit together: the life ends before it.
                return
            yield from self._day(plan, self._rules[changed])

    def _day(self, plan: DayPlan, all_rules: Rules) -> Iterator[Moment]:
        rules, rng, memory = all_rules.on_day(plan.day), self._rng, self._memory
        clocks = DayClocks(plan.wake, plan.gap_min)
        speaks_where_right = self._speaking[min(plan.day - 1, len(self._speaking) - 1)]
        explores = self._exploring * max(0.3, 1 - 0.15 * (plan.day - 1)) / 390
        number, action_number, minute = 0, 0, float(plan.wake)
        while minute < plan.sleep:
            while plan.actions[action_number].end <= minute:
                action_number += 1
            action = plan.actions[action_number]
            at = clocks.at(minute)
            now = moment(rules, plan.gap_max, action.activity, minute, at)
            right = oracle_speaks(rules, now, at)
            speaks = (right and rng.random() < speaks_where_right) or rng.random() < explores
            rated = speaks or (self._complete and rng.random() < self._candidates)
            share = _SHARE_WANTED if right else _SHARE_RECEPTIVE if now.receptive else _SHARE_OTHER
            taken = rng.random() < share
            evidence = memory.at(plan.day, minute, action.activity, action.start) if rated or taken else None
            if taken and evidence is not None:
                yield self._moment(evidence, plan.day, minute, action, rules.liked(action.activity, minute), all_rules, right, share)
            said: list[_Said] = []
            if rated and evidence is not None:
                said.append(self._by_evidence(evidence) if speaks or rng.random() < 0.5 else self._tried(evidence))
                if self._complete:
                    said.append(self._tried(evidence))
            if speaks and self._rate(said[0], all_rules, rules, action, minute, at, now).satisfying:
                clocks.show(minute, satisfying=True)
            elif speaks:
                clocks.show(minute, satisfying=False)
            self._give(plan.day, minute, action, said, speaks, all_rules, rules, at, now)
            number += 1
            minute = plan.wake + number * TIMESTEP

    def _moment(
        self,
        evidence: Evidence,
        day: int,
        minute: float,
        action: Action,
        liked: frozenset[str],
        rules: Rules,
        right: bool,
        share: float,
    ) -> Moment:
        known, welcome = good_topics(evidence), good_tones(evidence)
        usable = [name for name in known if not topics()[name].subjects & rules.boundaries]
        # Where nothing good is known, the chance is that of a topic or tone drawn at random.
        topic = sum(name in liked for name in usable) / len(known) if known else len(liked) / len(topics())
        tone = sum(name in rules.tones for name in welcome) / len(welcome) if welcome else len(rules.tones) / len(tones())
        state = AssistantState(
            minute=minute,
            weekday=clock.weekday(day),
            activity=action.activity,
            phrase=action.phrase,
            room=action.place.room,
            focus=action.focus,
            since=minute - action.start,
            evidence=evidence,
            log=self._log.entries(day) if self._log is not None else None,
        )
        return Moment(state, topic * tone if right else 0.0, 1 / share)

    def _by_evidence(self, evidence: Evidence) -> _Said:
        """Return what the ratings recommend; sometimes a topic to try."""
        known, rng = good_topics(evidence), self._rng
        topic = rng.choice(known) if known and rng.random() >= self._tries else topic_to_try(evidence, rng.random())
        return _Said(topic, tone_to_try(evidence, rng.random()))

    def _tried(self, evidence: Evidence) -> _Said:
        rng = self._rng
        tone = tone_to_try(evidence, rng.random()) if rng.random() < 0.7 else rng.choice(list(tones()))
        return _Said(topic_to_try(evidence, rng.random()), tone)

    def _rate(
        self, said: _Said, all_rules: Rules, rules: DayRules, action: Action, minute: float, at: Clocks, now: UserState
    ) -> RevealedRating:
        """Rate a suggestion as the offline judge does."""
        return RevealedRating(
            int(said.topic in rules.liked(action.activity, minute)),
            int(now.receptive),
            int(comfortable(rules, at)),
            int(said.tone in all_rules.tones and not topics()[said.topic].subjects & all_rules.boundaries),
        )

    def _give(
        self,
        day: int,
        minute: float,
        action: Action,
        said: list[_Said],
        speaks: bool,
        all_rules: Rules,
        rules: DayRules,
        at: Clocks,
        now: UserState,
    ) -> None:
        """Give the assistant's memory the ratings that are revealed."""
        flips = [int(self._rng.random() < self._noise) for _ in range(4)] if self._noise else None
        rows = []
        if self._complete or not speaks:
            quiet = RevealedRating(int(not now.wanted), int(not now.wanted), int(not now.overdue), 1)
            rows.append(RevealedCandidate(None, None, None, _flipped(quiet, flips) if self._complete else None))
        for one in said:
            rating = self._rate(one, all_rules, rules, action, minute, at, now)
            rows.append(RevealedCandidate("x", one.topic, one.tone, _flipped(rating, flips)))
        shown = next(i for i, one in enumerate(rows) if (one.text is not None) == speaks)
        feedback = Feedback(self._index, day, minute, action, tuple(rows), shown)
        self._index += 1
        if self._delayed:
            hidden = tuple(RevealedCandidate(one.text, one.topic, one.tone) for one in rows)
            seen = Feedback(feedback.index, day, minute, action, hidden, shown)
            if feedback.rated:
                self._late.append(feedback)
        else:
            seen = feedback
        self._memory.observe(seen)
        if self._log is not None:
            self._log.observe(seen)


def _flipped(rating: RevealedRating, flips: list[int] | None) -> RevealedRating:
    if flips is None:
        return rating
    values = rating.preference, rating.timing, rating.frequency, rating.communication
    return RevealedRating(*(None if value is None else value ^ flip for value, flip in zip(values, flips, strict=True)))
