"""Describe evidence in words: verdicts for any model, counts for large ones and for people.

Verdicts come first: small models read "this hour: receptive" and cannot compare "5 of 6" with "0 of 4".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from propersim.core.clock import format_minutes
from propersim.memory.evidence import Evidence, Known
from propersim.memory.evidence_tables import Tally

LIKELY: Final = 0.7
"""Share of ratings of 1 from which a verdict is positive."""
UNLIKELY: Final = 0.3
"""Share of ratings of 1 up to which a verdict is negative."""
NAMED: Final = 4
"""Most topics, and most tones, that are named as good, and as bad."""


def verdict(tally: Tally, yes: str, no: str) -> str:
    """Return what a tally says: ``yes``, ``no``, ``mixed`` or ``unknown``.

    Args:
        tally: the ratings.
        yes: words for mostly 1.
        no: words for mostly 0.
    """
    if not tally.total:
        return "unknown"
    share = tally.yes / tally.total
    return yes if share >= LIKELY else no if share <= UNLIKELY else "mixed"


def pace_verdict(evidence: Evidence) -> str:
    """Return whether the last recommendation of today was long enough ago."""
    if evidence.gap is None:
        return "none yet"
    return verdict(evidence.pace, "fine", "too soon")


def verdicts(evidence: Evidence, *, people: bool = False) -> list[str]:
    """Return what the ratings say of a moment, in short sentences without numbers of ratings.

    Args:
        evidence: the evidence.
        people: whether people read it, in the terms of the glossary; else the words are those of the models' prompts.
    """
    shown = "recommendation" if people else "suggestion"
    open_, closed = "receptive", "not receptive"
    lines = [
        f"This clock time: {verdict(evidence.clock[2], open_, closed)}.",
        f"On such days: {verdict(evidence.kind[1], open_, closed)}.",
        f"Just before: {verdict(evidence.before, open_, closed)}.",
        f"Just after: {verdict(evidence.after, open_, closed)}.",
        f"This activity: {verdict(evidence.activity[0], open_, closed)}.",
        f"Today during it: {verdict(evidence.action, open_, closed)}.",
    ]
    if evidence.missed_action.total or evidence.missed_clock.total:
        missed = evidence.missed_action if evidence.missed_action.total else evidence.missed_clock
        # Silence that is right here may be rated 0 in frequency all the same, where a recommendation is overdue.
        wanted = f"A recommendation here: {verdict(missed, 'wanted', 'not wanted')}."
        lines.append(wanted if people else f"Silence here: {verdict(missed, 'wrong', 'right')}.")
    ago = "" if evidence.gap is None else f"about {_rough(evidence.gap)} ago, "
    lines.append(f"Last {shown} today: {ago}{pace_verdict(evidence)}.")
    full = evidence.full is not None and evidence.shown >= evidence.full
    lines.append(f"{shown.title()}s today: {evidence.shown}{', that is enough' if full else ''}.")
    lines += _content_verdicts("topics", evidence.topics)
    lines += _content_verdicts("tones", evidence.tones)
    return lines


def brief_verdicts(evidence: Evidence) -> str:
    """Return what the ratings say of a moment in some sixty tokens.

    It is for a small model that was prepared to read it.

    The same words stand in the same order at every moment.
    """
    times = (
        ("such days", evidence.kind[1]),
        ("this hour", evidence.clock[2]),
        ("doing this", evidence.activity[1]),
        ("lately", evidence.recent[0]),
        ("before", evidence.before),
        ("after", evidence.after),
        ("since it began", evidence.action),
    )
    lines = [f"Good time on {', '.join(f'{name} {_grade(tally)}' for name, tally in times)}."]
    for what, known in (("Topic", evidence.topics), ("Tone", evidence.tones)):
        best = known[0].chance if known else 0.0
        lines.append(f"{what} {'known' if best >= LIKELY else 'likely' if best > 1 - LIKELY else 'unknown'}.")
    if evidence.latest is not None:
        good = evidence.latest.timing and evidence.latest.frequency
        wrong = "bad time" if evidence.latest.frequency else "too soon"
        lines.append(f"Last rating {_rough(evidence.latest.minutes_ago)} ago: {'good' if good else wrong}.")
    missed = evidence.missed_action if evidence.missed_action.total else evidence.missed_clock
    last = "none yet" if evidence.gap is None else f"{_rough(evidence.gap)} ago, {_grade(evidence.pace, 'long enough', 'too soon')}"
    lines += [
        f"Today: {evidence.shown}, {_room_today(evidence)}.",
        f"Last suggestion: {last}.",
        f"Now a good time: {_grade(evidence.clock[1])}, this minute {_grade(evidence.clock[0])}.",
        f"Silence wrong: {_grade(missed)}.",
    ]
    return " ".join(lines)


def _grade(tally: Tally, yes: str = "yes", no: str = "no") -> str:
    """Return what a tally says, in five grades or ``unknown``."""
    if not tally.total:
        return "unknown"
    share = tally.yes / tally.total
    return yes if share >= 0.85 else "mostly" if share >= 0.6 else "mixed" if share > 0.35 else "rarely" if share > 0.1 else no


def _room_today(evidence: Evidence) -> str:
    """Return whether the day has room for another recommendation."""
    if evidence.full is not None and evidence.shown >= evidence.full:
        return "full"
    return "room" if evidence.most_fine is not None and evidence.shown <= evidence.most_fine else "unknown"


def counts(evidence: Evidence) -> list[str]:
    """Return the counts behind the verdicts, one line per kind."""
    lines = [
        f"timing was right within 16 minutes of this clock time: {_count(evidence.clock[2])}; on such days: {_count(evidence.kind[1])}",
        f"timing was right during this activity: {_count(evidence.activity[0])}; near this clock time: {_count(evidence.activity[1])}",
        f"today during this activity: timing was right {_count(evidence.action)}; silence was wrong {_count(evidence.missed_action)}",
    ]
    bounds = []
    if evidence.soon_enough is not None:
        bounds.append(f"shortest gap that was fine: {format_minutes(evidence.soon_enough)}")
    if evidence.too_soon is not None:
        bounds.append(f"longest gap that was too soon: {format_minutes(evidence.too_soon)}")
    if evidence.full is not None:
        bounds.append(f"too many after {evidence.full} a day")
    lines += ["; ".join(bounds)] if bounds else []
    lines += [f"{part}: the ratings of day {day} contradicted the earlier ones, which no longer count" for part, day in evidence.changed]
    return lines + content_counts(evidence)


def content_counts(evidence: Evidence) -> list[str]:
    """Return the counts behind the verdicts on topics and on tones, a line each."""
    lines = []
    for name, known in (("topics", evidence.topics), ("tones", evidence.tones)):
        rated = [one for one in known if one.ever.total]
        if rated:
            best = ", ".join(_known_count(one) for one in rated[:NAMED])
            worst = ", ".join(_known_count(one) for one in rated[NAMED:][-NAMED:])
            lines.append(f"{name}, best first: {best}" + (f"; least: {worst}" if worst else ""))
    return lines


def liked_counts(evidence: Evidence) -> list[str]:
    """Return which topics and tones the ratings so far call good and bad, a line each.

    It is for people. All ratings of candidates count, whatever the moment. Nothing that was never right is called good. An example is
    ``topics right: music in 8 of 9 ratings, games in 3 of 3``.
    """
    lines = []
    for name, known in (("topics", evidence.topics), ("tones", evidence.tones)):
        rated = sorted((one for one in known if one.ever.total), key=lambda one: (-one.ever.yes, one.ever.total))
        good = [one for one in rated if one.ever.yes and one.ever.yes >= LIKELY * one.ever.total]
        some = [one for one in rated if one.ever.yes and one not in good]
        never = sorted((one for one in rated if not one.ever.yes), key=lambda one: -one.ever.total)
        for which, part in (("right", good), ("sometimes right", some), ("never right", never)):
            if part:
                more = f", {len(part) - NAMED} more" if len(part) > NAMED else ""
                first, *others = [f"{one.name} in {_count(one.ever)}" for one in part[:NAMED]]
                lines.append(f"{name} {which}: " + ", ".join((f"{first} ratings", *others)) + more)
    return lines


def brief(evidence: Evidence | None) -> str | None:
    """Return the evidence of a moment in a few words.

    An example is ``time 5 of 6, activity 0 of 4, gap fine, topic music``.

    None stands for an assistant that reads no evidence.
    """
    if evidence is None:
        return None
    words = [f"time {_count(evidence.clock[2])}", f"activity {_count(evidence.activity[0])}"]
    words.append("gap none yet" if evidence.gap is None else f"gap {pace_verdict(evidence)}")
    best = next((one for one in evidence.topics if one.ever.total), None)
    words += [f"topic {best.name}"] if best is not None and best.chance >= LIKELY else []
    return ", ".join(words)


def _content_verdicts(what: str, known: tuple[Known, ...]) -> Iterator[str]:
    rated = [one for one in known if one.ever.total]
    good = [one.name for one in rated if one.chance >= LIKELY]
    bad = [one.name for one in reversed(rated) if one.chance <= UNLIKELY]
    if good:
        yield f"Good {what} now: {', '.join(good[:NAMED])}."
    if bad:
        yield f"Bad {what} now: {', '.join(bad[:NAMED])}."
    if not good:
        untried = [one.name for one in known if not one.ever.total]
        if untried and rated:
            yield f"Untried {what}: {', '.join(untried[:NAMED])}."


def _known_count(one: Known) -> str:
    here = f", here {_count(one.here)}" if one.here.total and one.here != one.ever else ""
    return f"{one.name} ({_count(one.ever)}{here})"


def _count(tally: Tally) -> str:
    return f"{tally.yes} of {tally.total}" if tally.total else "unknown"


def _rough(minutes: float) -> str:
    """Return a duration roughly: to five minutes below an hour, to half an hour above."""
    if minutes < 57.5:
        return f"{max(5, round(minutes / 5) * 5)} min"
    return f"{round(minutes / 30) / 2:g} h"
