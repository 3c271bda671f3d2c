"""Compare what the compiler makes of a labelled text with what a reader would."""

from functools import cache
from pathlib import Path

import yaml

from propersim.core import clock
from propersim.rubric import WakingHours, compile_rubric
from propersim.world import catalogue

FILE = Path(__file__).parents[1] / "data" / "rubric_texts.yaml"
HOURS = WakingHours(7 * 60, 23 * 60)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
GROUPS = {"weekdays": DAYS[:5], "weekends": DAYS[5:], "all": DAYS}


@cache
def _texts():
    return yaml.load(FILE.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))["texts"]


def labelled(part=None):
    """Return the labelled texts, or those of a part ("given", "tune", "held")."""
    return [case for case in _texts() if part in (None, case["set"])]


def first_sight():
    """Return the texts that were written, with what a reader accepts, before the compiler was run on them."""
    return yaml.safe_load(FILE.with_name("rubric_first_sight.yaml").read_text(encoding="utf-8"))["texts"]


def verdict(case):
    """Return "right"; "flagged": not right, but no rule with a tick is wrong and something is said; or "wrong", with the reason."""
    field = case["field"]
    compiled = compile_rubric({field: case["text"]}, HOURS, only=[field])
    rules = compiled.rubric[field] if not compiled.errors else {}
    wanted, allowed = label(field, case.get("right", {})), label(field, case.get("also", {}))
    got = atoms(field, rules)
    flagged = bool(compiled.errors) or any(item.confidence in ("low", "not placed") for item in compiled.findings)
    if wanted and wanted <= got <= wanted | allowed:
        return "right", got
    ticked = set()
    for item in compiled.findings:
        if item.applied and item.confidence == "high" and item.key and field != "frequency":
            ticked |= atoms(field, {item.key: [item.rule] if item.key in ("likes", "windows") else item.rule})
    if field == "frequency" and got and not flagged:
        ticked = got
    if field == "timing":
        ticked &= got | {one for one in ticked if one[0] == "never"}
    wrong = ticked - wanted - allowed
    if wrong:
        return "wrong", wrong
    if wanted - got and not flagged:
        return "wrong", ("lost", wanted - got)
    return "flagged", got


def days_of(value):
    """Return the days of a rule as a frozen set."""
    if value is None:
        return frozenset(DAYS)
    return frozenset(GROUPS[value] if isinstance(value, str) and value in GROUPS else [value] if isinstance(value, str) else value)


def ids(names):
    """Return the ids of activities that ids and tags stand for."""
    return frozenset(key for key, one in catalogue.activities().items() if any(one.is_a(name) for name in names))


def hours_of(start, end, days):
    """Return the quarters of an hour of a window, by day."""
    first, last = clock.parse_time(start), clock.parse_time(end)
    minutes = range(first, last, 15) if first < last else [*range(first, 1440, 15), *range(0, last, 15)]
    return {("time", day, minute) for minute in minutes for day in days}


def atoms(field, rules):
    """Return rules as a set of single facts, so that two ways of writing the same rules are equal."""
    found = set()
    for window in rules.get("windows", ()):
        during, days = window.get("during"), days_of(window.get("days"))
        if during is None:
            found |= hours_of(window["start"], window["end"], days)
        elif "start" in window:
            found.add(("window", ids(during), window["start"], window["end"], days))
        else:
            found |= {("activity", one, days) for one in ids(during)}
    found |= {("never", one) for one in ids(rules.get("never_during", ()))}
    for like in rules.get("likes", ()):
        during, days = like.get("during", ["any"]), days_of(like.get("days"))
        between = tuple(like["between"]) if like.get("between") else None
        for topic in like["topics"]:
            found |= {(topic, one, between, days) for one in (["any"] if "any" in during else sorted(ids(during)))}
    for key in ("dislikes", "tones", "avoid", "boundaries"):
        found |= {(key, one) for one in rules.get(key, ())}
    if field == "frequency" and "min_per_day" in rules:
        found.add(("rate", float(rules["min_per_day"]), float(rules["max_per_day"]), rules.get("min_gap"), rules.get("max_gap")))
        found |= {("on", days_of(one["days"]), float(one["min_per_day"]), float(one["max_per_day"])) for one in rules.get("on_days", ())}
    return found


def label(field, right):
    """Return the facts of a label, which is written in short."""
    rules = {key: right[key] for key in ("dislikes", "tones", "avoid", "boundaries") if key in right}
    rules["never_during"] = right.get("never", [])
    rules["windows"] = [_window(text) for text in right.get("windows", ())]
    rules["likes"] = [_like(text) for text in right.get("likes", ())]
    if "rate" in right:
        low, high = right["rate"].split("-")
        rules |= {"min_per_day": float(low), "max_per_day": float(high), "min_gap": right.get("gap")}
        rules["on_days"] = []
        for text in right.get("on_days", ()):
            days, rate = text.split(": ")
            rules["on_days"].append({"days": days.split(","), **dict(zip(("min_per_day", "max_per_day"), rate.split("-"), strict=True))})
    return atoms(field, rules)


def _window(text):
    text, _, days = text.partition(" on ")
    result = {"days": days.split(",")} if days else {}
    for word in text.split():
        if word[0].isdigit():
            result |= dict(zip(("start", "end"), word.split("-"), strict=True))
        else:
            result["during"] = [word]
    return result


def _like(text):
    topic, _, when = text.partition(" @ ")
    when, _, days = when.partition(" on ")
    result = {"topics": [topic], "during": ["any"]} | ({"days": days.split(",")} if days else {})
    for word in when.split():
        result |= {"between": word.split("-")} if word[0].isdigit() else {"during": [word]}
    return result
