"""How often: statements such as "twice every 2 to 3 hours" and "no more than once every two hours", and what they come to together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from propersim.core.clock import AWAKE_FOR_RATES, longest_gap, shortest_gap
from propersim.rubric.findings import Finding
from propersim.rubric.numbers import whole, word_at
from propersim.rubric.sentences import Token, sentences, tokens

Bound = Literal["is", "most", "least"]


class NumberRange(NamedTuple):
    """How many, from and to."""

    low: float
    high: float
    end: int
    sure: bool = True


class RateStatement(NamedTuple):
    """What a sentence says: ``day`` and ``hours`` are rates a day, ``gap`` is minutes between one and the next.

    Attributes:
        kind: ``day`` counts by the day, ``hours`` by hours, ``gap`` a spacing, ``once`` one of several moments that each bring some.
        low: of the range. high: of the range.
        bound: whether it is the range itself, or only its most or least.
        start: first token. end: the token after the last. sure: whether the words leave no doubt.
    """

    kind: Literal["day", "hours", "gap", "once"]
    low: float
    high: float
    bound: Bound
    start: int
    end: int
    sure: bool = True


_ONCE = {"once": 1, "twice": 2, "thrice": 3}
_VAGUE = {"few": (2, 4), "several": (3, 5), "handful": (3, 5), "couple": (2, 2)}
_OR = {"or", "to", "-", "–", "—"}
_PER = {"a", "an", "per", "each", "every", "in", "throughout", "through", "over", "during", "for", "across"}
_THE = {"the", "a", "each", "any", "every", "my", "one", "of", "whole", "single"}
_UNIT = {"hour": 60, "hours": 60, "hr": 60, "hrs": 60, "minute": 1, "minutes": 1, "min": 1, "mins": 1}
_MOST = (
    ("no", "more", "than"),
    ("not", "more", "than"),
    ("at", "most"),
    ("up", "to"),
    ("maximum", "of"),
    ("max",),
    ("never", "more", "than"),
    ("at", "the", "most"),
    ("more", "than"),
    ("at", "the", "very", "most"),
    ("fewer", "than"),
    ("less", "than"),
)
_LEAST = (
    ("no", "fewer", "than"),
    ("no", "less", "than"),
    ("not", "less", "than"),
    ("at", "least"),
    ("minimum", "of"),
    ("never", "fewer", "than"),
    ("not", "fewer", "than"),
)


def _number(words: Sequence[Token], at: int) -> tuple[float, float, int, bool] | None:
    word = word_at(words, at)
    if word == "half" and word_at(words, at + 1) in ("a", "an") and word_at(words, at + 2) == "dozen":
        return 6, 6, at + 3, True
    if word in ("a", "an") and word_at(words, at + 1) == "dozen":
        return 12, 12, at + 2, True
    if word in _ONCE:
        return _ONCE[word], _ONCE[word], at + 1, True
    vague = at + (word in ("a", "an", "just", "only"))
    if word_at(words, vague) in _VAGUE:
        low, high = _VAGUE[word_at(words, vague)]
        return low, high, vague + 1 + (word_at(words, vague + 1) == "of"), low == high
    number = whole(word)
    if number is None or number > 400:
        return None
    return number, number, at + 1, True


def parse_count(words: Sequence[Token], at: int) -> NumberRange | None:
    """Return the number or range of numbers at a place: "three", "two or three", "between five and seven"."""
    between = word_at(words, at) == "between"
    first = _number(words, at + between)
    if first is None:
        return None
    low, high, end, sure = first
    if word_at(words, end) in (_OR | {"and"} if between else _OR):
        last = _number(words, end + 1)
        if last is not None and last[1] >= low:
            return NumberRange(low, last[1], last[2], sure and last[3])
    return NumberRange(low, high, end, sure)


def parse_duration(words: Sequence[Token], at: int) -> NumberRange | None:
    """Return a length of time in minutes, or a range of them: "two hours", "3 to 4 hours", "an hour and a half", "hour"."""
    low = high = 1.0
    sure = True
    start = at
    if word_at(words, at) == "half":
        at += 1 + (word_at(words, at + 1) in ("an", "a"))
        return NumberRange(30, 30, at + 1) if word_at(words, at) == "hour" else None
    if word_at(words, at) == "other" and word_at(words, at + 1) == "hour":
        return NumberRange(120, 120, at + 2)
    found = parse_count(words, at)
    if found is not None:
        low, high, at, sure = found
    elif word_at(words, at) in ("an", "a", "one", "single"):
        at += 1
    extra = 0.0
    if found is not None and [word_at(words, at + n) for n in range(3)] == ["and", "a", "half"]:
        extra, at = 0.5, at + 3
    unit = _UNIT.get(word_at(words, at))
    if unit is None or (found is None and at == start and word_at(words, at) not in ("hour",)):
        return None
    at += 1
    if found is None and [word_at(words, at + n) for n in range(3)] == ["and", "a", "half"]:
        extra, at = 0.5, at + 3
    return NumberRange((low + extra) * unit, (high + extra) * unit, at, sure)


def _period(words: Sequence[Token], at: int) -> tuple[str, NumberRange] | None:
    """Return what a count is over: ("day", …) or ("hours", minutes)."""
    word = word_at(words, at)
    if word in ("daily", "hourly"):
        return ("day", NumberRange(1, 1, at + 1)) if word == "daily" else ("hours", NumberRange(60, 60, at + 1))
    if word not in _PER:
        return None
    after = at + 1
    if word == "every" or word == "each" or word in ("a", "an", "per", "in", "over", "for", "during", "across"):
        found = parse_duration(words, after)
        if found is not None:
            return "hours", found
    while word_at(words, after) in _THE and after < at + 4:
        after += 1
    if word_at(words, after) in ("day", "days", "daytime"):
        return "day", NumberRange(1, 1, after + 1)
    if word_at(words, after) == "week":
        return "day", NumberRange(7, 7, after + 1)
    if after > at + 1:
        found = parse_duration(words, after)
        if found is not None:
            return "hours", found
    return None


def _bound(words: Sequence[Token], start: int, end: int) -> Bound:
    """Return whether a count is a most or a least, by the words before it or after it."""
    at = start - (word_at(words, start - 1) in ("about", "just", "around", "only"))
    for phrases, bound in ((_LEAST, "least"), (_MOST, "most")):
        for phrase in phrases:
            if tuple(t.word for t in words[max(0, at - len(phrase)) : at]) == phrase:
                return "least" if bound == "least" else "most"
    tail = [t.word for t in words[end : end + 6]]
    for tails, bound in (
        (("at most", "at the most", "at the very most", "maximum", "max", "tops"), "most"),
        (("at least", "at the least", "minimum", "is the least"), "least"),
    ):
        if any(" ".join(tail).startswith(t) for t in tails):
            return "least" if bound == "least" else "most"
    return "is"


_BETWEEN = {"between", "apart", "distance"}


def rate_statements(words: Sequence[Token]) -> Iterator[RateStatement]:
    """Yield what a sentence says about how often."""
    at = 0
    while at < len(words):
        found = _gap(words, at) or _rate(words, at) or _every(words, at)
        if found is None:
            at += 1
            continue
        yield found
        at = max(found.end, at + 1)


def _gap(words: Sequence[Token], at: int) -> RateStatement | None:
    """Spacings: "spaced out every 3 to 4 hours", "two hours between", "two hours from one to the next", "never two within two hours"."""
    if word_at(words, at) in ("spaced", "spread", "spacing", "separated"):
        for ahead in range(at + 1, min(at + 6, len(words))):
            found = parse_duration(words, ahead)
            if found is not None and word_at(words, ahead) not in ("hour",):
                bound: Bound = "least" if _bound(words, ahead, found.end) == "least" else "is"
                return RateStatement("gap", found.low, found.high, bound, at, found.end, found.sure)
    if word_at(words, at) == "within" and any(t.word in ("never", "no", "not", "don't") for t in words[max(0, at - 6) : at]):
        found = parse_duration(words, at + 1)
        if found is not None:
            return RateStatement("gap", found.high, found.high, "least", at, found.end)
    found = parse_duration(words, at)
    if found is not None and not (found.low < 10):
        tail = " ".join(t.word for t in words[found.end : found.end + 3])
        if word_at(words, found.end) in _BETWEEN or tail.startswith(("from one to", "in between", "of quiet between", "gap between")):
            return RateStatement("gap", found.low, found.high, "least" if found.low == found.high else "is", at, found.end + 1, found.sure)
    return None


def _rate(words: Sequence[Token], at: int) -> RateStatement | None:
    many = parse_count(words, at)
    if many is None:
        return None
    if word_at(words, at - 1) in ("every", "each", "another") or word_at(words, many.end) in _UNIT:
        return None
    # A noun may stand between the count and the period: "five suggestions a day", "about one new idea every two hours".
    for ahead in range(many.end, min(many.end + 7, len(words))):
        word = words[ahead].word
        if word in ".;:!?" or (whole(word) is not None and ahead > many.end):
            break
        over = _period(words, ahead)
        if over is None and word in ("once", "twice", "and", "but"):
            break
        if over is None:
            continue
        kind, period = over
        bound = _bound(words, at, many.end)
        if bound == "is":
            bound = _bound(words, at, period.end)
        sure = many.sure and period.sure
        if kind == "day":
            return RateStatement("day", many.low / period.low, many.high / period.low, bound, at, period.end, sure)
        per_day = AWAKE_FOR_RATES * 60
        return RateStatement("hours", many.low * per_day / period.high, many.high * per_day / period.low, bound, at, period.end, sure)
    if word_at(words, many.end) in (",", "at") and _bound(words, at, many.end) == "is":
        return None
    tail = _bound(words, at, many.end)
    if tail != "is" and not any(t.word in _UNIT or t.word in ("day", "within") for t in words[many.end : many.end + 8]):
        return RateStatement("day", many.low, many.high, tail, at, many.end, many.sure)
    near = [t.word for t in words[many.end : many.end + (6 if words[at].word in _ONCE else 4)]]
    if (words[at].word in _ONCE or {"in", "at", "before", "after"} & set(near)) and set(near) & _MOMENTS and "o'clock" not in near:
        end = next(n for n in range(many.end, len(words)) if words[n].word in _MOMENTS)
        return RateStatement("once", many.low, many.high, "is", at, end + 1)
    return None


_MOMENTS = {
    "morning",
    "mornings",
    "afternoon",
    "afternoons",
    "evening",
    "evenings",
    "bed",
    "bedtime",
    "night",
    "noon",
    "midday",
    "lunch",
    "breakfast",
    "dinner",
    "waking",
    "mid-morning",
    "mid-afternoon",
}


def _every(words: Sequence[Token], at: int) -> RateStatement | None:
    """A rate without a count: "every two hours", "every 90 minutes", "hourly"."""
    if word_at(words, at) not in ("every", "each", "hourly"):
        return None
    found = NumberRange(60, 60, at + 1) if words[at].word == "hourly" else parse_duration(words, at + 1)
    if found is None:
        return None
    per_day = AWAKE_FOR_RATES * 60
    return RateStatement("hours", per_day / found.high, per_day / found.low, _bound(words, at, found.end), at, found.end, found.sure)


def compile_frequency(text: str) -> tuple[dict[str, float] | None, list[Finding], str]:
    """Return the rule (None where no rate can be read), what was found, and why there is no rule."""
    placed: list[tuple[str, Sequence[Token], RateStatement]] = []
    found: list[Finding] = []
    for sentence in sentences(text):
        words = tokens(sentence)
        said = list(rate_statements(words))
        placed += [(sentence, words, one) for one in said]
        if not said:
            found.append(Finding("frequency", sentence, (0, len(sentence)), "not placed", "", None, "says no number of suggestions", False))
    rule, notes, why = _combine([one for _, _, one in placed])
    for number, (sentence, read, one) in enumerate(placed):
        note = notes.get(number, "")
        sure = one.sure and not note
        shown = {"kind": one.kind, "low": round(one.low, 3), "high": round(one.high, 3), "bound": one.bound}
        span = (read[one.start].start, read[min(one.end, len(read)) - 1].end)
        reason = note or ("said outright" if one.sure else "a vague number")
        found.append(
            Finding(
                "frequency",
                sentence,
                span,
                "high" if sure else "low",
                "frequency",
                shown,
                reason,
                rule is not None and (not note or note.startswith("says only")),
            )
        )
    order = {sentence: n for n, sentence in enumerate(sentences(text))}
    found.sort(key=lambda item: (order[item.sentence], item.span))
    return rule, found, why


def _combine(said: Sequence[RateStatement]) -> tuple[dict[str, float] | None, dict[int, str], str]:
    """Return what statements come to together, notes on those that are not used, and why there is no rule.

    Counts by the day go before counts by hours; a most and a least bound or widen a plain count; rates by hours beside counts by the day
    are spacings where they are bounds.
    """
    notes: dict[int, str] = {}
    day = [(n, s) for n, s in enumerate(said) if s.kind == "day"]
    hours = [(n, s) for n, s in enumerate(said) if s.kind == "hours"]
    gaps = [s for s in said if s.kind == "gap"]
    once = [s for s in said if s.kind == "once"]
    used = [*day, *hours] if day and not any(s.bound == "is" for _, s in day) else day or hours
    plain = [(n, s) for n, s in used if s.bound == "is"]
    most = min((s.high for _, s in used if s.bound == "most"), default=None)
    least = max((s.low for _, s in used if s.bound == "least"), default=None)
    low = high = None
    if plain:
        low, high = max(s.low for _, s in plain), min(s.high for _, s in plain)
        if low > high:
            low, high = plain[0][1].low, plain[0][1].high
            notes.update({n: "contradicts what was said before" for n, s in plain[1:] if (s.low, s.high) != (low, high)})
    elif once:
        low = high = sum(s.low for s in once)
    if most is not None and least is not None:
        low, high = least, most
    elif most is not None and low is not None and high is not None:
        low, high = min(low, most), most if low == high else min(high, most)
    elif least is not None and low is not None and high is not None:
        low, high = least if low == high else max(low, least), max(high, least)
    if most is not None and (low is None or high is None):
        low, high = min(1.0, most), most
        notes.update({n: "says only the most: one a day is taken for the least" for n, s in used})
    if low is None or high is None:
        why = (
            "says only the least; how many may there be at most?" if least is not None else "says no number of suggestions a day or an hour"
        )
        return None, notes, why
    if not 0 < low <= high:
        return None, notes, "the numbers contradict each other"
    rule: dict[str, float] = {"min_per_day": round(low, 3), "max_per_day": round(high, 3)}
    spaced = [s.low for s in gaps]
    longest = [s.high for s in gaps if s.bound == "is" and s.high > s.low]
    if day:
        for n, s in hours:
            if s.bound == "most":
                spaced.append(AWAKE_FOR_RATES * 60 / s.high)
            elif s.high < low or s.low > high:
                notes[n] = "does not fit the count by the day, which is used"
    if spaced:
        rule["min_gap"] = round(max(spaced), 1)
    if longest and min(longest) > max(spaced):
        rule["max_gap"] = round(min(longest), 1)
    ceiling = rule.get("max_gap", longest_gap(low))
    if rule.get("min_gap", shortest_gap(high)) >= ceiling:
        return None, notes, "the spacing leaves no room for that many suggestions"
    return rule, notes, ""
