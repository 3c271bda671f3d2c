"""Tell why a count is no rate of recommendations, or an unsure one."""

from __future__ import annotations

from collections.abc import Sequence

from propersim.rubric.clock_times import parse_clock_time
from propersim.rubric.constructions import Marker
from propersim.rubric.coverage import Unread, unread_nearby
from propersim.rubric.degrees import words_of_degree
from propersim.rubric.lexicon import find, plain_words
from propersim.rubric.numbers import whole, word_at
from propersim.rubric.rates import RateStatement
from propersim.rubric.sentences import Token
from propersim.rubric.vague_windows import part_of_day_window


def why_no_rate(words: Sequence[Token], one: RateStatement, markers: Sequence[Marker]) -> str:
    """Return why a count is no rate that a rule can state; "" if it is one.

    Args:
        words: the tokens of the sentence.
        one: the count.
        markers: the constructions of the sentence that no rule can say.
    """
    start, end = place(words, one)
    marker = next((item.reason for item in markers if item.start < end and start < item.end), "")
    return marker or _counts_others(words, one) or _only_at_times(words, one)


def unread_by_part(words: Sequence[Token], read: Sequence[RateStatement]) -> list[Unread]:
    """Return the words of a sentence that no rule accounts for.

    Args:
        words: the tokens of the sentence.
        read: its counts.
    """
    end = words[-1].end if words else 0
    degrees = [Unread((phrase,), 0, end) for phrase in words_of_degree("frequency", words)]
    return [*unread_nearby("frequency", words, lambda _: False, [place(words, one) for one in read], read=read), *degrees]


def unread_beside_rate(words: Sequence[Token], one: RateStatement, parts: Sequence[Unread]) -> list[str]:
    """Return the words beside a count that no rule accounts for.

    Args:
        words: the tokens of the sentence.
        one: the count.
        parts: the words of the sentence that no rule accounts for.
    """
    start, end = place(words, one)
    return [word for part in parts if part.start < end and start < part.end for word in part.words]


def place(words: Sequence[Token], one: RateStatement) -> tuple[int, int]:
    """Return the first character of a count in its sentence, and the one after its last."""
    return words[one.start].start, words[min(one.end, len(words)) - 1].end


def _only_at_times(words: Sequence[Token], one: RateStatement) -> str:
    """Return why a rate per hours holds for a part of the day only.

    "" if it does not. Example: "once an hour during work hours".
    """
    if one.kind != "hours":
        return ""
    rest = list(words[one.end : one.end + 8])
    end = next((n for n, t in enumerate(rest) if t.word in (",", ";", ".", "(", "–", "—")), len(rest))
    start = next((n for n, t in enumerate(rest[:end]) if t.word in ("during", "while", "between", "from", "in", "when")), end)
    held = rest[start:end]
    timed = any(part_of_day_window(held, n) or parse_clock_time(held, n) for n in range(1, len(held)))
    return "a rate at some hours of the day only: no rule can say so" if timed or find("activities", held) else ""


def _counts_others(words: Sequence[Token], one: RateStatement) -> str:
    """Return what a count counts that is no recommendation, as a reason.

    "" if it counts recommendations.

    Example: "40 emails a day".
    """
    if one.kind != "day" or not {word_at(words, n) for n in range(one.start - 3, one.start)} & {"i", "we", "i've", "he", "she", "they"}:
        return ""
    other = [t.word for t in words[one.start : one.end] if t.word[0].isalpha() and t.word not in plain_words() and whole(t.word) is None]
    return f"counts “{other[0]}”: recommendations?" if other else ""
