"""The offline judge: rates any answer at any moment by the persona's rules, with reasons.

| dimension | a recommendation | silence |
|---|---|---|
| preference | its topic is liked in this activity and hour, and not disliked | 0 in a wanted moment, else 1 |
| timing | receptive | 0 in a wanted moment, else 1 |
| frequency | gap ≥ G_min and fewer than max_per_day shown today | 0 when overdue, else 1 |
| communication | tone welcome, no boundary crossed | 1 |
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from propersim.core.clock import format_minutes
from propersim.core.interfaces import Observation
from propersim.core.records import Action, Candidate, Clocks, DayPlan, Moment, Rating, Step
from propersim.core.text import clean
from propersim.persona.model import Persona
from propersim.reading.classifier import Reader, Reading, default_reader
from propersim.user import clocks as clock_rules
from propersim.user.rules import Rules
from propersim.user.voice import Voice

_Bit = Literal[0, 1]

_TONE_WORDS = {
    "warm": "warm",
    "formal": "formal",
    "direct": "direct",
    "playful": "playful",
    "gentle": "gentle",
    "enthusiastic": "excited",
    "analytical": "analytical",
}


class Judge:
    """Rates by one persona's rules.

    Args:
        persona: whose rubric.
        reader: what reads topic, tone and subjects off a text; the default reader where None.
    """

    def __init__(self, persona: Persona, reader: Reader | None = None) -> None:
        self.persona = persona
        self.rules = Rules(persona)
        self._reader = reader
        self._voice = Voice(persona)
        self._silences: dict[tuple[bool, bool, str, int], Candidate] = {}

    @property
    def reader(self) -> Reader:
        """The reader, loaded at first use: an assistant that never speaks needs none."""
        if self._reader is None:
            self._reader = default_reader()
        return self._reader

    def moment(self, plan: DayPlan, action: Action, minute: float, clocks: Clocks) -> Moment:
        """Return how the user stands at a minute of a day."""
        return clock_rules.moment(self.rules, plan.gap_max, action.activity, minute, clocks)

    def rate(self, text: str | None, action: Action, minute: float, clocks: Clocks, moment: Moment) -> Candidate:
        """Rate one answer.

        Args:
            text: the suggestion; None is silence. Cleaned before it is read.
            action: what the user is doing.
            minute: of the day's clock.
            clocks: the day's clocks before the answer.
            moment: how the user stands (from :meth:`moment`).

        Returns:
            The candidate with its rating, and with what was read off it.
        """
        if text is None:
            return self._silence(action, minute, moment)
        text = clean(text)
        reading = self.reader.read(text)
        variant = int(minute) + 7 * clocks.shown
        preference, why_preference = self._preference(reading, action, minute, variant)
        timing, why_timing = self._timing(moment, action, variant)
        frequency, why_frequency = self._frequency(clocks, variant)
        communication, why_communication = self._communication(reading, variant)
        reasons = (why_preference, why_timing, why_frequency, why_communication)
        return Candidate(text, Rating(preference, timing, frequency, communication, reasons), reading.topic, reading.tone)

    def rate_all(self, texts: Sequence[str | None], seen: Observation) -> tuple[Candidate, ...]:
        """Return the candidates of a step with their ratings."""
        return tuple([self.rate(text, seen.action, seen.minute, seen.clocks, seen.moment) for text in texts])

    def see(self, step: Step) -> None:
        """Remember nothing: the clocks of a step say all that counts."""

    def _silence(self, action: Action, minute: float, moment: Moment) -> Candidate:
        variant = int(minute) // 30 % 6
        key = (moment.wanted, moment.overdue, action.phrase, variant)
        known = self._silences.get(key)
        if known is None:
            missed = "quiet_missed" if moment.wanted else "quiet_fine"
            good: _Bit = 0 if moment.wanted else 1
            overdue = "quiet_overdue" if moment.overdue else "quiet_fine"

            def say(dimension: str, case: str, rated: bool) -> str:
                return self._voice.say(dimension, case, variant, good=rated, interject=False, doing=action.phrase)

            reasons = (
                say("preference", missed, bool(good)),
                say("timing", missed, bool(good)),
                say("frequency", overdue, not moment.overdue),
                say("communication", "quiet_fine", True),
            )
            known = self._silences[key] = Candidate(None, Rating(good, good, 0 if moment.overdue else 1, 1, reasons))
        return known

    def _preference(self, reading: Reading, action: Action, minute: float, variant: int) -> tuple[_Bit, str]:
        topic = reading.topic
        liked = topic is not None and topic in self.rules.liked(action.activity, minute)
        if topic is None:
            case = "unclear"
        elif liked:
            case = "liked"
        elif topic in self.rules.dislikes:
            case = "disliked"
        elif topic in self.rules.ever_liked:
            case = "elsewhere"
        else:
            case = "other"
        why = self._voice.say("preference", case, variant, good=liked, interject=True, topic=topic or "", doing=action.phrase)
        return (1 if liked else 0), why

    def _timing(self, moment: Moment, action: Action, variant: int) -> tuple[_Bit, str]:
        case = "open" if moment.receptive else "never" if self.rules.never(action.activity) else "closed"
        why = self._voice.say("timing", case, variant, good=moment.receptive, interject=False, doing=action.phrase)
        return (1 if moment.receptive else 0), why

    def _frequency(self, clocks: Clocks, variant: int) -> tuple[_Bit, str]:
        good = clock_rules.comfortable(self.rules, clocks)
        case = "right" if good else "too_many" if clocks.shown >= self.rules.frequency.max_per_day else "too_soon"
        why = self._voice.say(
            "frequency",
            case,
            variant,
            good=good,
            interject=False,
            gap=format_minutes(clocks.gap),
            gap_min=format_minutes(self.rules.frequency.gap_min),
            count=str(clocks.shown),
        )
        return (1 if good else 0), why

    def _communication(self, reading: Reading, variant: int) -> tuple[_Bit, str]:
        crossed = sorted(reading.subjects & self.rules.boundaries)
        if crossed:
            case = "boundary"
        elif reading.tone is None:
            case = "unclear"
        elif reading.tone in self.rules.tones:
            case = "well"
        else:
            case = "grates" if reading.tone in self.rules.avoid else "tone"
        good = case == "well"
        tone = _TONE_WORDS.get(reading.tone or "", reading.tone or "")
        why = self._voice.say("communication", case, variant, good=good, interject=False, tone=tone, subject=" and ".join(crossed))
        return (1 if good else 0), why
