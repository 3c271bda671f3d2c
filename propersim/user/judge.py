"""The offline judge: rates a candidate by the persona's rules, and gives reasons.

| dimension | rating of a recommendation | rating of silence |
|---|---|---|
| preference | 1 where its topic is liked now and not disliked, and it names no time that does not fit | 0 where one is wanted, else 1 |
| timing | 1 where the user is receptive and has not muted the assistant | 0 where one is wanted, else 1 |
| frequency | 1 where gap ≥ G_min and fewer than max_per_day were shown today | 0 where overdue, else 1 |
| communication | 1 where the tone is welcome and no boundary is crossed | 1 |

A text that recommends nothing to the user has preference 0 and communication 0, and no topic and tone in the record. Where the rubric has a
clause of variety, a topic or words that the user has heard enough of have preference 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from propersim.core.clock import FULL_WEEKDAYS, format_ago, format_minutes, format_time, weekday
from propersim.core.interfaces import Situation
from propersim.core.records import Action, Candidate, Clocks, DayPlan, Rating, Step, UserState
from propersim.core.text import clean
from propersim.persona.model import Persona
from propersim.reading.classifier import Reader, Reading, default_reader
from propersim.reading.named_times import misplaced_time
from propersim.user import clocks as clock_rules
from propersim.user.reasons import ReasonWriter
from propersim.user.rules import Rules
from propersim.user.satiation import heard_enough

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


def _weekday(day: int) -> str:
    return FULL_WEEKDAYS[weekday(day)]


class OfflineJudge:
    """Rates candidates by one persona's rules.

    Args:
        persona: the persona.
        reader: reads topic, tone and subjects of a text; the default reader where None.
    """

    def __init__(self, persona: Persona, reader: Reader | None = None) -> None:
        self.persona = persona
        self.rules = Rules(persona)
        self._reader = reader
        self._writers = [ReasonWriter(persona.on_day(day)) for day in sorted({0, persona.changes_on})]
        self._silences: dict[tuple[bool, bool, bool, str, int, float | None], Candidate] = {}

    @property
    def reader(self) -> Reader:
        """The reader, loaded at first use: rating silence needs none."""
        if self._reader is None:
            self._reader = default_reader()
        return self._reader

    def _reasons(self, day: int) -> ReasonWriter:
        """Return the writer of reasons in the voice of the persona that lives a day."""
        return self._writers[self.persona.has_changed(day)]

    def moment(self, plan: DayPlan, action: Action, minute: float, clocks: Clocks) -> UserState:
        """Return the user's state at a minute of a day's clock.

        Args:
            plan: plan of the day.
            action: current action of the user.
            minute: minute of the day's clock.
            clocks: clocks before the step.
        """
        return clock_rules.moment(self.rules.on_day(plan.day), plan.gap_max, action.activity, minute, clocks)

    def rate(self, text: str | None, action: Action, day: int, minute: float, clocks: Clocks, moment: UserState) -> Candidate:
        """Rate one candidate.

        Args:
            text: the suggestion, which is cleaned first; None is silence.
            action: current action of the user.
            day: day of the run, from 1; it decides which rubric holds, and its weekday which rules.
            minute: minute of the day's clock.
            clocks: clocks before the step.
            moment: moment of the user (from :meth:`moment`).

        Returns:
            The candidate with its rating, topic and tone.
        """
        if text is None:
            return self._silence(action, day, minute, moment, clocks.muted)
        text = clean(text)
        reading = self.reader.read(text)
        variant = int(minute) + 7 * clocks.shown
        named = misplaced_time(text, minute, weekday(day)) if reading.recommends else None
        preference, why_preference = self._preference(text, reading, named, action, day, minute, clocks, variant)
        timing, why_timing = self._timing(moment, action, day, minute, variant, clocks.muted)
        frequency, why_frequency = self._frequency(clocks, day, variant)
        communication, why_communication = self._communication(reading, day, variant)
        reasons = (why_preference, why_timing, why_frequency, why_communication)
        return Candidate(
            text, Rating(preference, timing, frequency, communication, reasons), *(reading[:2] if reading.recommends else (None, None))
        )

    def rate_all(self, texts: Sequence[str | None], situation: Situation) -> tuple[Candidate, ...]:
        """Return the candidates of a step with their ratings, in order; None is silence."""
        now = situation
        return tuple([self.rate(text, now.action, now.day, now.minute, now.clocks, now.moment) for text in texts])

    def observe(self, step: Step) -> None:
        """Ignore the step: the clocks of a situation hold all that the judge needs."""

    def _silence(self, action: Action, day: int, minute: float, moment: UserState, muted: float | None) -> Candidate:
        variant = int(minute) // 30 % 6
        later = self.persona.has_changed(day)
        key = (later, moment.wanted, moment.overdue, action.phrase, variant, muted)
        candidate = self._silences.get(key)
        if candidate is None:
            missed = "quiet_missed" if moment.wanted else "quiet_fine"
            good: _Bit = 0 if moment.wanted else 1
            overdue = "quiet_overdue" if moment.overdue else "quiet_fine"
            # The need lasts while the assistant is muted: silence is rated as ever, and the reason says whose fault it is.
            when = missed if muted is None else "quiet_muted_missed" if moment.wanted else "quiet_muted"
            until = "" if muted is None else format_time(muted, wrap=True)

            def reason(dimension: str, case: str, rated: bool) -> str:
                return self._reasons(day).write(dimension, case, variant, good=rated, interject=False, doing=action.phrase, until=until)

            reasons = (
                reason("preference", missed, bool(good)),
                reason("timing", when, bool(good)),
                reason("frequency", overdue, not moment.overdue),
                reason("communication", "quiet_fine", True),
            )
            candidate = self._silences[key] = Candidate(None, Rating(good, good, 0 if moment.overdue else 1, 1, reasons))
        return candidate

    def _preference(
        self, text: str, reading: Reading, named: str | None, action: Action, day: int, minute: float, clocks: Clocks, variant: int
    ) -> tuple[_Bit, str]:
        topic, rules = reading.topic, self.rules.of_day(day)
        liked = topic is not None and named is None and topic in rules.on_day(day).liked(action.activity, minute)
        liked = liked and reading.recommends
        heard = heard_enough(text, topic, clocks) if liked else None
        if not reading.recommends:
            case = "none"
        elif topic is None:
            case = "unclear"
        elif named is not None:
            case = "wrong_time"
        elif heard is not None:
            case = "heard_topic" if heard.what == topic else "heard_suggestion"
        elif liked:
            case = "liked"
        elif topic in rules.dislikes:
            case = "disliked"
        elif topic in rules.liked_elsewhere(day, action.activity, minute):
            case = "other_day"
        elif topic in rules.ever_liked:
            case = "elsewhere"
        else:
            case = "other"
        good = liked and heard is None
        ago = format_ago(heard.ago) if heard is not None else ""
        facts = {"topic": topic or "", "doing": action.phrase, "weekday": _weekday(day), "named": named or "", "ago": ago}
        why = self._reasons(day).write("preference", case, variant, good=good, interject=True, **facts)
        return (1 if good else 0), why

    def _timing(self, moment: UserState, action: Action, day: int, minute: float, variant: int, muted: float | None) -> tuple[_Bit, str]:
        receptive = moment.receptive and muted is None
        if muted is not None:
            case = "muted"
        elif receptive:
            case = "open"
        elif self.rules.of_day(day).never(action.activity):
            case = "never"
        else:
            case = "other_day" if self.rules.receptive_elsewhere(day, action.activity, minute) else "closed"
        facts = {"doing": action.phrase, "weekday": _weekday(day), "until": "" if muted is None else format_time(muted, wrap=True)}
        why = self._reasons(day).write("timing", case, variant, good=receptive, interject=False, **facts)
        return (1 if receptive else 0), why

    def _frequency(self, clocks: Clocks, day: int, variant: int) -> tuple[_Bit, str]:
        rules = self.rules.on_day(day)
        good = clock_rules.comfortable(rules, clocks)
        # At waking the gap is G_min: no time since a recommendation, which a reason could name.
        fine = "right" if clocks.shown else "first"
        case = fine if good else "too_many" if clocks.shown >= rules.frequency.max_per_day else "too_soon"
        why = self._reasons(day).write(
            "frequency",
            case,
            variant,
            good=good,
            interject=False,
            gap=format_minutes(clocks.gap),
            gap_min=format_minutes(rules.frequency.gap_min),
            count=str(clocks.shown),
        )
        return (1 if good else 0), why

    def _communication(self, reading: Reading, day: int, variant: int) -> tuple[_Bit, str]:
        rules = self.rules.of_day(day)
        crossed = sorted(reading.subjects & rules.boundaries)
        if crossed:
            case = "boundary"
        elif not reading.recommends:
            case = "none"
        elif reading.tone is None:
            case = "unclear"
        elif reading.tone in rules.tones:
            case = "well"
        else:
            case = "grates" if reading.tone in rules.avoid else "tone"
        good = case == "well"
        tone = _TONE_WORDS.get(reading.tone or "", reading.tone or "")
        why = self._reasons(day).write("communication", case, variant, good=good, interject=False, tone=tone, subject=" and ".join(crossed))
        return (1 if good else 0), why
