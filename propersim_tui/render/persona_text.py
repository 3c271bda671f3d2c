"""A persona as text.

Parts are traits, the rubric's text beside its rules, timing windows, and the daily plan. Pure functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.content import Content

from propersim.core import clock
from propersim.core.text import clean
from propersim.persona.drift import drift_of
from propersim.persona.fields import Days, weekdays_of
from propersim.persona.model import TRAITS, Like, Persona, Rate, Variety, Window
from propersim.persona.move import move_of
from propersim.world import catalogue
from propersim.world.setting import settings
from propersim_tui.render.content import beside, line, paragraph
from propersim_tui.render.format import fit, title

HIGH, LOW = "▆", "▁"
ANY_TIME, WITHIN, ASLEEP = "█", "▒", "·"
"""Signs of a timeline: receptive during any activity, receptive during certain activities, asleep."""
LABEL = 22
"""Width of a timeline's label in cells."""
RULE = 10
"""Width of a rule's name in cells."""
TWO_COLUMNS = 76
"""Width in cells from which on text and rules are side by side."""
DAWN, MIDNIGHT = 6 * 60, 24 * 60
"""Minutes since midnight that every timeline includes."""


def trait_bars(persona: Persona) -> str:
    """Return the five traits as five bars, high or low, in the order of the acronym OCEAN."""
    return "".join(HIGH if persona.high(trait) else LOW for trait in TRAITS)


def persona_lines(persona: Persona, width: int) -> list[Content]:
    """Return a persona as lines of at most ``width`` cells."""
    drift, move, words = drift_of(persona), move_of(persona), settings()[persona.world].day
    lines = [
        line((clean(persona.name, 200), "bold"), (f"  {persona.id}", "$muted")),
        *paragraph(f"{persona.age}, {persona.pronouns}, {clean(persona.occupation, 200)} · {clean(persona.household, 200)}", width),
        *paragraph(clean(persona.culture, 200), width, "$muted"),
        line(""),
        *_traits(persona, width),
        *_rubric(persona.on_day(0), width),
    ]
    if drift is not None:
        lines += [line(""), *paragraph(f"Rubric of {clean(drift.persona, 40)}, in this run from day {drift.day} on", width, "bold $mark")]
        lines += _rubric(persona.on_day(drift.day), width)
    lines += [line(""), _heading("Every day", width)]
    for each in persona.daily_plan:
        when = each.at or "–".join(each.between or ())
        lines += paragraph(
            f"{clean(each.text, 200)} ({title(each.activity)}, {each.minutes} min)", width, first=fit(when, 13), rest=" " * 13
        )
    lines += [line(""), _heading(f"Lifestyle: {words.begins} {persona.lifestyle.wake}, {words.ends} {persona.lifestyle.sleep}", width)]
    lines += _quoted(persona.lifestyle.text, width)
    for habit in persona.lifestyle.habits:
        days = "" if habit.days == "all" else f", {habit.days if isinstance(habit.days, str) else ' '.join(habit.days)}"
        text = f"{clean(habit.text, 200)} ({title(habit.activity)}, {habit.minutes} min{days})"
        lines += paragraph(text, width, first=fit(habit.at, 7), rest=" " * 7)
    lines += [line(""), _heading("Background", width), *paragraph(clean(persona.background, 2000), width)]
    lines += [line(""), _heading("Interests and goals", width)]
    for text in (*(each.text for each in persona.interests), *persona.goals):
        lines += paragraph(clean(text, 200), width, first="· ", rest="  ")
    if move is not None:
        place = settings()[move.persona.world].title.lower()
        lines += [line(""), *paragraph(f"In this run from day {move.day} on, in the {place}", width, "bold $mark"), line("")]
        lines += persona_lines(move.persona, width)
    return [each.truncate(width) for each in lines]


def _rubric(persona: Persona, width: int) -> list[Content]:
    """Return the text and the rules of a rubric, by dimension."""
    rubric, lines = persona.rubric, []
    for name, text, rules in (
        ("Preference", rubric.preference.text, _preference),
        ("Timing", rubric.timing.text, _timing),
        ("Frequency", rubric.frequency.text, _frequency),
        ("Communication", rubric.communication.text, _communication),
    ):
        lines += [line(""), _heading(name, width)]
        if width >= TWO_COLUMNS:
            left = (width - 3) * 2 // 5
            lines += beside([(_quoted(text, left), left), (rules(persona, width - 3 - left), width - 3 - left)])
        else:
            lines += [*_quoted(text, width), *rules(persona, width)]
        if name == "Timing":
            lines += [line(""), *timelines(persona, width)]
    if rubric.variety is not None:
        lines += [line(""), _heading("Variety (under preference)", width)]
        if width >= TWO_COLUMNS:
            left = (width - 3) * 2 // 5
            lines += beside([(_quoted(rubric.variety.text, left), left), (_variety(rubric.variety, width - 3 - left), width - 3 - left)])
        else:
            lines += [*_quoted(rubric.variety.text, width), *_variety(rubric.variety, width)]
    return lines


def _heading(text: str, width: int) -> Content:
    return line((f"{text} ", "bold $primary"), ("─" * max(0, width - len(text) - 1), "$foreground 20%"))


def _quoted(text: str, width: int) -> list[Content]:
    return paragraph(f"“{clean(text, 2000)}”", width, "italic $foreground 80%")


def _traits(persona: Persona, width: int) -> list[Content]:
    """Return the five traits as bars with names, in two columns if there is room."""
    lines = []
    for trait in TRAITS:
        high = persona.high(trait)
        full, style = (6, "$primary") if high else (2, "$secondary")
        # The rest is thin, so that the bars differ without colours as well.
        level = "high" if high else "low"
        lines.append(
            line((fit(trait.capitalize(), 18), ""), ("━" * full, style), ("─" * (6 - full), "$foreground 30%"), (f" {level}", "$muted"))
        )
    half = 32
    return beside([(lines[:3], half), (lines[3:], half)]) if width >= 2 * half + 3 else lines


# -- rules ----------------------------------------------------------------------------------------------------------


def _named(ids: Iterable[str]) -> str:
    return ", ".join(title(each) for each in ids)


def _rule(name: str, text: str, width: int, style: str = "") -> list[Content]:
    return paragraph(text, width, style, first=fit(name, RULE), rest=" " * RULE)


def _when(during: Sequence[str] | None, times: tuple[str, str] | None, days: Days | None) -> str:
    """Return as text when a clause of a rule holds.

    Args:
        during: activities; None is any.
        times: begin and end of a time of day; None is any.
        days: days of the week; None is every day.
    """
    parts = []
    if during is not None and tuple(during) != ("any",):
        parts.append(f"during: {_named(during)}")
    if times is not None:
        parts.append(f"{times[0]}–{times[1]}")
    text = "; ".join(parts) or "any time, any activity"
    return f"{text} ({_days(days)})" if _days(days) else text


def _days(days: Days | None) -> str:
    """Return days of the week as text; "" is every day."""
    weekdays = weekdays_of(days)
    return clock.name_weekdays(weekdays) if len(weekdays) < 7 else ""


def _preference(persona: Persona, width: int) -> list[Content]:
    rules = persona.rubric.preference
    lines = []
    for like in rules.likes:
        lines += _rule("likes", _named(like.topics), width, "bold $score-4")
        lines += paragraph(_when(like.during, like.between, like.days), width, "$muted", first=" " * (RULE + 2), rest=" " * (RULE + 2))
    if rules.dislikes:
        lines += _rule("dislikes", _named(rules.dislikes), width, "bold $score-0")
    return lines


def _timing(persona: Persona, width: int) -> list[Content]:
    rules = persona.rubric.timing
    lines = []
    for number, window in enumerate(rules.windows):
        lines += _rule("" if number else "receptive", _when(window.during, _times(window), window.days), width)
    if rules.never_during:
        lines += _rule("never", f"during: {_named(rules.never_during)}", width, "bold $score-0")
    return lines


def _frequency(persona: Persona, width: int) -> list[Content]:
    rules = persona.rubric.frequency
    lines = [
        *_rule("a day", f"{rules.min_per_day:g} to {rules.max_per_day:g} ({_of(persona)})", width, "bold"),
        *_rule("gap", f"comfortable from {_gaps(rules)}", width),
    ]
    for entry in rules.on_days:
        named = clock.name_weekdays(weekdays_of(entry.days))
        lines += _rule("but", f"{named}: {entry.min_per_day:g} to {entry.max_per_day:g}, gap from {_gaps(entry)}", width)
    return lines


def _variety(clause: Variety, width: int) -> list[Content]:
    """Return the rules of a clause of variety."""
    lines = []
    for name, rule in (("a topic", clause.topic), ("the words", clause.suggestion)):
        if rule is None:
            continue
        once = f"once is enough for {clock.format_ago(60 * rule.hours_of_one)}" if rule.hours_of_one else "enough only where repeated soon"
        lines += _rule(name, once, width, "bold")
        detail = f"each time adds {rule.fills:g}; half of it is gone after {rule.half_life:g} h; enough from 1 on"
        lines += paragraph(detail, width, "$muted", first=" " * (RULE + 2), rest=" " * (RULE + 2))
    return lines


def _of(persona: Persona) -> str:
    """Return what day the numbers of a rate are meant for."""
    setting = settings()[persona.world]
    return f"of {setting.hours} hours {setting.day.hours}"


def _gaps(rate: Rate) -> str:
    return f"{clock.format_minutes(rate.gap_min)} to {clock.format_minutes(rate.gap_max)}"


def _communication(persona: Persona, width: int) -> list[Content]:
    rules = persona.rubric.communication
    lines = _rule("tones", _named(rules.tones), width, "bold $score-4")
    if rules.avoid:
        lines += _rule("avoid", _named(rules.avoid), width, "bold $score-0")
    for number, subject in enumerate(rules.boundaries):
        lines += _rule("" if number else "off limits", f"{title(subject)} ({catalogue.SUBJECTS[subject]})", width, "$score-1")
    return lines


# -- timelines ------------------------------------------------------------------------------------------------------


def _times(window: Window) -> tuple[str, str] | None:
    return None if window.start is None or window.end is None else (window.start, window.end)


def span(persona: Persona) -> tuple[int, int]:
    """Return first and last minute of a persona's timelines.

    They span 6 to 24 h, extended to all waking hours.
    """
    wake = clock.parse_time(persona.lifestyle.wake)
    sleep = clock.parse_time(persona.lifestyle.sleep, latest=clock.LATEST)
    return min(DAWN, wake // 60 * 60), max(MIDNIGHT, -(-sleep // 60) * 60)


def timelines(persona: Persona, width: int) -> list[Content]:
    """Return a persona's timelines of the day.

    They show when recommendations may come, by activity, and when conditional topics are liked.
    """
    start, end = span(persona)
    label = min(LABEL, width // 3)
    room = max(1, width - label)
    awake = _awake(persona, start, end, room)
    lines = [line((fit("hour", label), "$muted"), (_hours(start, end, room), "$muted"))]
    for (during, days), windows in _grouped(persona.rubric.timing.windows).items():
        times = [_times(window) for window in windows]
        name = _named(during) if during != ("any",) else "receptive"
        name = f"{days}: {name}" if days else name
        cells = _band(times, start, end, room, awake, ANY_TIME if during == ("any",) else WITHIN)
        lines.append(line(fit(name, label - 1), " ", *_coloured(cells, "$success")))
    for like in persona.rubric.preference.likes:
        days = _days(like.days)
        if persona.conditional and (like.between is not None or days):
            cells = _band([like.between], start, end, room, awake, "▔" if _any(like) else WITHIN)
            name = f"{days}: {_named(like.topics)}" if days else _named(like.topics)
            lines.append(line((fit(name, label - 1), "$muted"), " ", *_coloured(cells, "$score-4")))
    signs = [
        (f"{ANY_TIME} ", "$success"),
        ("receptive  ", "$muted"),
        (f"{WITHIN} ", "$success"),
        ("receptive during that activity  ", "$muted"),
    ]
    return [*lines, line(" " * label, *signs, (f"{ASLEEP} {settings()[persona.world].day.outside}", "$muted"))]


def _any(like: Like) -> bool:
    return like.during == ("any",)


def _grouped(windows: Sequence[Window]) -> dict[tuple[tuple[str, ...], str], list[Window]]:
    """Return windows by the activities and days that they require.

    Those that require no activity come first.
    """
    groups: dict[tuple[tuple[str, ...], str], list[Window]] = {}
    for window in sorted(windows, key=lambda each: each.during not in (None, ("any",))):
        groups.setdefault((window.during or ("any",), _days(window.days)), []).append(window)
    return groups


def _minute(column: int, start: int, end: int, room: int) -> float:
    return start + (column + 0.5) / room * (end - start)


def _awake(persona: Persona, start: int, end: int, room: int) -> list[bool]:
    wake = clock.parse_time(persona.lifestyle.wake)
    sleep = clock.parse_time(persona.lifestyle.sleep, latest=clock.LATEST)
    return [wake <= _minute(column, start, end, room) < sleep for column in range(room)]


def _band(times: Sequence[tuple[str, str] | None], start: int, end: int, room: int, awake: Sequence[bool], sign: str) -> list[str]:
    """Return the cells of a timeline.

    They have the sign within any of the times (None is always), and a dot while asleep.
    """
    windows = [None if each is None else (clock.parse_time(each[0]), clock.parse_time(each[1])) for each in times]
    cells = []
    for column in range(room):
        minute = _minute(column, start, end, room)
        if not awake[column]:
            cells.append(ASLEEP)
        else:
            cells.append(sign if any(window is None or clock.in_window(minute, *window) for window in windows) else " ")
    return cells


def _coloured(cells: Sequence[str], style: str) -> list[tuple[str, str]]:
    parts: list[tuple[str, str]] = []
    for cell in cells:
        cell_style = "$foreground 25%" if cell == ASLEEP else style
        if parts and parts[-1][1] == cell_style:
            parts[-1] = (parts[-1][0] + cell, cell_style)
        else:
            parts.append((cell, cell_style))
    return parts


def _hours(start: int, end: int, room: int) -> str:
    """Return the hours above a timeline, as many as fit."""
    cells = [" "] * room
    every = next((step for step in (1, 2, 3, 4, 6) if room / ((end - start) / 60) * step >= 3), 12)
    for hour in range(start // 60, end // 60):
        at = int((hour * 60 - start) / (end - start) * room)
        text = str(hour % 24)
        if hour % every == 0 and at + len(text) <= room:
            cells[at : at + len(text)] = text
    return "".join(cells)
