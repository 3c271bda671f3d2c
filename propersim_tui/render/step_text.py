"""A step laid open, in words: what the assistant saw, what it weighed, why this was shown, and what came of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.content import Content

from propersim.core.clock import WEEKDAYS, format_minutes, format_time
from propersim.core.interfaces import threshold as threshold_of
from propersim.core.records import DIMENSIONS, Candidate, Night, Pair, Spent, Step
from propersim.core.text import clean
from propersim.inspector.protocol import Asked, Examined, Likelihood, Weighed
from propersim.memory.state import Past, State, Summary
from propersim_tui.render.content import Part, line
from propersim_tui.render.format import LIGHTS, agreement_line, brief, shape, share, title

MUTED = "$muted"
BLOCKS = 10
LONGEST = 400


# -- what it saw --------------------------------------------------------------------------------------------------------


def saw(state: State | None) -> Content:
    """Return the state of the assistant at a step, a fact a line."""
    if state is None:
        return line(("A control sees the user's rubric itself: it has no state.", MUTED))
    lines = [
        line((f"{WEEKDAYS[state.weekday % 7]} {format_time(state.minute, wrap=True)}", "bold"), f"  {title(state.room)}"),
        line((clean(state.phrase), "bold"), (f"  for {format_minutes(state.since)}, focus {state.focus}", MUTED)),
    ]
    if state.timers is not None:
        timers = state.timers
        lines.append(line(("last suggestion ", MUTED), f"{format_minutes(timers.gap)} ago", (f", today {timers.shown}", MUTED)))
        lines.append(line(("last good one   ", MUTED), f"{format_minutes(timers.need)} ago", (f", today {timers.satisfying}", MUTED)))
    lines += _headed("The last ten minutes", [_past(one, ago=True) for one in state.recent])
    lines += _headed("Earlier today", [_summary(one) for one in (*state.hours, *state.blocks)])
    lines += _headed("What this reminds it of", [_memory(one) for one in state.memories])
    return Content("\n").join(lines)


def _headed(head: str, lines: Iterable[Content]) -> list[Content]:
    found = list(lines)
    return [line(""), line((head, "bold $primary")), *(found or [line(("nothing", MUTED))])]


def _past(past: Past, *, ago: bool) -> Content:
    parts: list[Part] = [(f"{format_minutes(past.minutes_ago)} ago  ", MUTED)] if ago else []
    parts.append(title(past.activity))
    if past.text:
        parts += [(" · ", MUTED), f"“{clean(past.text, LONGEST)}”"]
    if past.score is not None:
        parts.append((f"  {shape(past.score)} {past.score}", f"$score-{past.score}"))
    return line(*parts)


def _summary(summary: Summary) -> Content:
    stretch = f"{summary.hours_ago:.0f}–{summary.hours_ago + summary.hours:.0f} h ago  "
    what = ", ".join(map(title, summary.activities)) or "–"
    said = (
        f"{summary.shown} said" + (f" ({', '.join(map(title, summary.topics))})" if summary.topics else "") if summary.shown else "silent"
    )
    mean = f"  score {brief(summary.mean_score)}" if summary.mean_score is not None else ""
    return line((stretch, MUTED), what, (" · ", MUTED), said, mean)


def _memory(past: Past) -> Content:
    what = f"“{clean(past.text, LONGEST)}”" if past.text else "silent"
    parts: list[Part] = [(f"{share(past.similarity):>4} ", "bold"), what, (f"  {title(past.activity)}, ", MUTED)]
    parts.append((f"{format_minutes(past.minutes_ago)} ago", MUTED))
    if past.score is not None:
        parts.append((f"  {shape(past.score)} {past.score}", f"$score-{past.score}"))
    return line(*parts)


def prompt(tokens: Sequence[str]) -> Content:
    """Return the exact prompt, its tokens told apart by their shade."""
    if not tokens:
        return line(("There is no prompt.", MUTED))
    parts: list[Part] = []
    for number, token in enumerate(tokens):
        # Line breaks of a text prompt are kept, all other control characters are not.
        text = "\n".join(clean(part, 4_000) if part.strip() else part.replace("\t", " ") for part in token.split("\n"))
        parts.append((text, "$foreground" if number % 2 else "$primary"))
    return line(*parts)


# -- what it weighed ----------------------------------------------------------------------------------------------------


def why(step: Step, threshold: float | None, *, remote: bool = False) -> Content:
    """Return in a sentence or two why the assistant did what it did.

    Args:
        step: the step.
        threshold: from which probability on it speaks; None where it draws.
        remote: whether it is a model at an endpoint.
    """
    if remote:
        text = "The model at the endpoint decided by itself: it says no probabilities."
        return line(f"{text} {step.malformed} of {step.drawn} suggestions were malformed and thrown away." if step.malformed else text)
    if step.p_speak is None:
        return line("A control has no probabilities: it follows its own rule.")
    p = f"P(speak) {share(step.p_speak).strip()}"
    others = len(step.candidates) - 1
    if threshold is None:
        text = f"{p}: whole answers are drawn with it, and the first is shown."
    elif step.spoke:
        text = f"{p} passes the threshold {share(threshold)}: it speaks, and shows the first suggestion that it wrote, not the best."
    elif step.p_speak > threshold:
        text = f"{p} passes the threshold {share(threshold)}, but nothing well-formed came of it: it stays silent."
    else:
        text = f"{p} does not pass the threshold {share(threshold)}: it stays silent."
        text += f" {others} suggestions were tried out all the same, to learn from." if others else " Nothing else was tried."
    if step.malformed:
        text += f" {step.malformed} of {step.drawn} suggestions were malformed and thrown away."
    return line(text)


def gauge(value: float | None, threshold: float | None) -> Content:
    """Return a bar of a probability, with the threshold marked on it."""
    if value is None:
        return line(("–", MUTED))
    full = max(0, min(BLOCKS, round(value * BLOCKS)))
    at = None if threshold is None else round(threshold * BLOCKS)
    parts: list[Part] = []
    for number in range(BLOCKS):
        parts.append(("▮" if number < full else "▯", "$mark" if number < full else MUTED))
        if at == number + 1:
            parts.append(("┆", "bold"))
    return line(*parts, f" {share(value)}")


def weighed(candidates: Sequence[Weighed], step: Step, *, asked: bool = False) -> Content:
    """Return every candidate of a step: what it is, how it was rated and why, and how likely it was then and is now.

    Args:
        candidates: in the step's order.
        step: the step.
        asked: whether the model is still to say how likely they were.
    """
    lines: list[Content] = []
    for number, one in enumerate(candidates):
        here = number == step.shown
        lines += candidate(one.candidate, source=one.source, mark="▸" if here else " ")
        lines += _by_hand(step) if here else []
        lines += [*([] if asked else [_likelihoods(one)]), line("")]
    return Content("\n").join(lines[:-1])


def took(calls: Sequence[Spent]) -> list[Content]:
    """Return what was asked at endpoints for a step, a question a line; nothing where nothing was."""
    lines = []
    for one in calls:
        head = f"{clean(one.purpose, 30)}, {clean(one.model, 40)}"
        if one.failed:
            how = f"failed: {clean(one.failed, 60)}"
        elif one.cached:
            how = "a stored answer"
        else:
            cost = "" if one.cost is None else f", ${one.cost:.4f}" if one.cost else ""
            how = f"{one.tokens_in} tokens in, {one.tokens_out} out, {one.seconds:.1f} s{cost}"
        again = ", ".join(f"{count} {what}" for count, what in ((one.retries, "sent again"), (one.again, "asked again")) if count)
        lines.append(line((f"{head}  ", MUTED), how, (f"  {again}" if again else "", "$warning")))
    return _headed("What was asked for it", lines) if lines else []


def _by_hand(step: Step) -> list[Content]:
    """Return who rated what was shown, where it was a person, and why the judge would have marked it down."""
    if step.judged is None:
        return []
    lines = [line(("  rated by a person: ", MUTED), (agreement_line(step), "$mark"))]
    for name, mine, theirs, reason in zip(DIMENSIONS, step.rating.values, step.judged.values, step.judged.reasons, strict=True):
        if mine > theirs and reason:
            lines.append(line((f"  {name}, the judge ", MUTED), (clean(reason), "italic")))
    return lines


def candidate(one: Candidate, *, source: str = "", mark: str = " ") -> list[Content]:
    """Return a candidate with its rating and the reasons of what was marked down."""
    rating = one.rating
    text = "stays silent" if one.text is None else f"“{clean(one.text, LONGEST)}”"
    lights = [(LIGHTS[bool(value)] + " ", "$score-4" if value else "$score-0") for value in rating.values]
    read = " · ".join(title(part) for part in (one.topic, one.tone) if part)
    lines = [line((f"{mark} ", "bold $mark"), (text, "bold" if mark.strip() else ""))]
    tail = " · ".join(part for part in (source if source != "silence" else "", read) if part)
    lines.append(line("  ", *lights, (f"{shape(rating.score)} {rating.score}", f"bold $score-{rating.score}"), (f"  {tail}", MUTED)))
    for name, value, reason in zip(DIMENSIONS, rating.values, rating.reasons, strict=False):
        if not value and reason:
            lines.append(line((f"  {name} ", MUTED), (clean(reason), "italic")))
    return lines


def _likelihoods(one: Weighed) -> Content:
    if one.then is None:
        return line(("  no probabilities", MUTED))
    parts: list[Part] = [("  log p ", MUTED), (_log(one.then.total), "bold"), (_inside(one.then), MUTED)]
    if one.now is not None:
        rise = one.now.total - one.then.total
        parts += [
            ("  now ", MUTED),
            (_log(one.now.total), "bold"),
            (f" {'▲' if rise > 0.005 else '▼' if rise < -0.005 else '='}", "$mark"),
        ]
    return line(*parts)


def _inside(found: Likelihood) -> str:
    if found.per_token is None:
        return ""
    return f" ({_log(found.decision)} to speak, {_log(found.per_token)} a token × {found.tokens})"


def _log(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


# -- what came of it ----------------------------------------------------------------------------------------------------


def taught(pairs: Sequence[Pair], nights: Sequence[int], known: Sequence[Night], step: Step) -> Content:
    """Return the preference pairs of a step, and the nights that used them.

    Args:
        pairs: of the step.
        nights: days of the nights that trained on it.
        known: the run's nights.
        step: the step.
    """
    lines: list[Content] = []
    for pair in pairs:
        lines += [*_pair(pair), line("")]
    if not pairs:
        lines += [line("No preference pair: nothing was better than anything else.", ""), line("")]
    if nights:
        days = ", ".join(str(day) for day in sorted(set(nights)))
        lines.append(line(("Trained on in the night of day ", MUTED), (days, "bold")))
    elif not pairs:
        pass
    elif any(night.at > step.index for night in known):
        lines.append(line(("No night has chosen it to train on.", MUTED)))
    else:
        lines.append(line(("No night has come since.", MUTED)))
    return Content("\n").join(lines)


def _pair(pair: Pair) -> list[Content]:
    won = {"speech": "speech was right here", "silence": "silence was right here"}.get(pair.won, f"settled by {title(pair.won)}")
    head = {"decision": "Whether to speak", "content": "What to say", "answer": "The whole answer"}.get(pair.kind, title(pair.kind))
    lines = [line((head, "bold $primary"), (f"  {won}", MUTED))]
    for sign, text, style in (("+", pair.chosen, "$score-4"), ("−", pair.rejected, "$score-0")):
        words = "silence" if text is None else f"“{clean(text, LONGEST)}”" if text else "speech"
        lines.append(line((f"{sign} ", f"bold {style}"), words))
    return lines


def asked(answer: Asked) -> Content:
    """Return how another adapter would answer the same moment."""
    limit = None if answer.speaks is None else threshold_of(answer.adapter is not None)
    who = "the model without an adapter" if answer.adapter is None else f"the adapter of night {answer.adapter.day}"
    verdict = {True: "it would speak", False: "it would stay silent", None: "it would draw"}[answer.speaks]
    lines = [line((f"{who[0].upper()}{who[1:]}: ", MUTED), (verdict, "bold"), "  ", gauge(answer.p_speak, limit)), line("")]
    # It shows the first that it wrote; the second is what it might have said as well.
    would = {True: 1, False: 0, None: -1}[answer.speaks]
    for number, one in enumerate((answer.silence, *answer.said)):
        lines += candidate(one, mark="▸" if number == would else " ")
    return Content("\n").join(lines)


def lacking(examined: Examined) -> Content | None:
    """Return why what takes a model is not there, and what to do; None where it is there."""
    if not examined.lacking:
        return None
    return line((clean(examined.lacking), "$warning"), (f"  {clean(examined.hint)}" if examined.hint else "", MUTED))
