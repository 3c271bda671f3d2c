"""One step in detail as text.

Parts are the assistant's state, its candidates and decision, and the pairs that came of it. Pure functions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from textual.content import Content

from propersim.assistant.silence import silence_cause
from propersim.core.call_record import CallRecord
from propersim.core.clock import WEEKDAYS, format_minutes, format_time
from propersim.core.records import DIMENSIONS, Candidate, Night, Pair, Rating, Step
from propersim.core.text import clean, counted
from propersim.inspector.protocol import AnsweredAgain, CandidateLogProbs, InspectedCandidate, InspectedStep
from propersim.learning.pairs import prefers_speaking
from propersim.memory.evidence_text import counts, verdicts
from propersim.memory.state import AssistantState, Past, Summary
from propersim_tui.render.conditions import SPOKE_TO_LEARN
from propersim_tui.render.content import Part, line
from propersim_tui.render.format import (
    UNRATED_LIGHT,
    agreement_line,
    light,
    score_sign,
    score_style,
    share,
    short_number,
    title,
)
from propersim_tui.render.silence_text import NO_TOPIC, cause_text

MUTED = "$muted"
BLOCKS = 10
LONGEST = 400


# -- state --------------------------------------------------------------------------------------------------------------


ORIGINS = {"drawn": "newly written", "tried": "written to try a topic", "recalled": "rated before"}
"""Origins of candidates in words."""


def state_text(state: AssistantState | None, *, blind: bool = False) -> Content:
    """Return the assistant's state at a step, one fact a line.

    Args:
        state: the state; None if the assistant has none.
        blind: leave out scores of silence and what counts them, because a person rates.
    """
    if state is None:
        return line(("A control assistant follows a fixed rule and has no state.", MUTED))
    lines = [
        line((f"{WEEKDAYS[state.weekday % 7]} {format_time(state.minute, wrap=True)}", "bold"), f"  {title(state.room)}"),
        line((clean(state.phrase), "bold"), (f"  for {format_minutes(state.since)}, absorption {state.focus} of 5", MUTED)),
    ]
    if state.timers is not None:
        timers = state.timers
        lines.append(_last("last shown  ", timers.gap, timers.shown))
        lines.append(_last("last useful ", timers.need, timers.satisfying))
    if state.evidence is not None and not blind:
        said = [line(one) for one in verdicts(state.evidence, people=True)]
        lines += _headed("What it goes by", [*said, *(line((one, MUTED)) for one in counts(state.evidence))])
    lines += _headed("The last ten minutes", [_past(one, ago=True, blind=blind) for one in state.recent])
    lines += _headed("Earlier today", [_summary(one, blind=blind) for one in (*state.hours, *state.blocks)])
    lines += _headed("Similar memories", [_memory(one, blind=blind) for one in state.memories])
    return Content("\n").join(lines)


def _last(label: str, minutes: float, today: int) -> Content:
    """Return how long ago the last recommendation of a kind was.

    Before the day's first one the clock shows no time since a recommendation.
    """
    if not today:
        return line((label, MUTED), "none yet today")
    return line((label, MUTED), f"{format_minutes(minutes)} ago", (f", today {today}", MUTED))


def _headed(head: str, lines: Iterable[Content]) -> list[Content]:
    body = list(lines)
    return [line(""), line((head, "bold $primary")), *(body or [line(("nothing", MUTED))])]


def _score(score: int | None) -> list[Part]:
    """Return a score to put first: at the end of a line its number could be broken off."""
    return [] if score is None else [(f"{score_sign(score)} {score} ", f"$score-{score}")]


def _score_of(past: Past, blind: bool) -> list[Part]:
    """Return the score of a past step, in parts.

    That of silence is the judge's: a person who rates does not see it.
    """
    return _score(None if blind and not past.text else past.score)


def _past(past: Past, *, ago: bool, blind: bool) -> Content:
    parts: list[Part] = [(f"{format_minutes(past.minutes_ago)} ago  ", MUTED)] if ago else []
    parts += [*_score_of(past, blind), title(past.activity)]
    if past.text:
        parts += [(" · ", MUTED), f"“{clean(past.text, LONGEST)}”"]
    return line(*parts)


def _summary(summary: Summary, *, blind: bool) -> Content:
    stretch = f"{summary.hours_ago:.0f}–{summary.hours_ago + summary.hours:.0f} h ago  "
    what = ", ".join(map(title, summary.activities)) or "–"
    said = (
        f"{summary.shown} said" + (f" ({', '.join(map(title, summary.topics))})" if summary.topics else "") if summary.shown else "silent"
    )
    mean = f"  score {short_number(summary.mean_score)}" if summary.mean_score is not None and not blind else ""
    return line((stretch, MUTED), what, (" · ", MUTED), said, mean)


def _memory(past: Past, *, blind: bool) -> Content:
    what = f"“{clean(past.text, LONGEST)}”" if past.text else "silent"
    parts: list[Part] = [(f"{share(past.similarity):>4} ", "bold"), *_score_of(past, blind), what, (f"  {title(past.activity)}, ", MUTED)]
    return line(*parts, (f"{format_minutes(past.minutes_ago)} ago", MUTED))


CODED = "The state (panel 1) in HomeLM's own tokens, each the name of a fact and its value:"
CODED_TOKEN = re.compile(r"<\w+:[^<>]*>")


def prompt_text(tokens: Sequence[str]) -> Content:
    """Return the exact prompt; colours alternate from token to token.

    HomeLM's has a word of explanation above it.
    """
    if not tokens:
        return line(("There is no prompt.", MUTED))
    parts: list[Part] = [(CODED + "\n", MUTED)] if any(CODED_TOKEN.fullmatch(token) for token in tokens) else []
    for number, token in enumerate(tokens):
        # Keep line breaks of a text prompt, but no other control characters.
        text = "\n".join(clean(part, 4_000) if part.strip() else part.replace("\t", " ") for part in token.split("\n"))
        parts.append((text, "$foreground" if number % 2 else "$primary"))
    return line(*parts)


# -- decision and candidates --------------------------------------------------------------------------------------------


def decision_text(step: Step, threshold: float | None, *, remote: bool = False, complete: bool = True) -> Content:
    """Explain the assistant's decision in a sentence or two.

    Args:
        step: the step.
        threshold: the probability of speaking that is needed; None if decisions are drawn.
        remote: whether the assistant is a model at an endpoint.
        complete: whether the assistant receives the ratings of all candidates, and not of what was shown alone.
    """
    if step.clocks.muted is not None:
        until = format_time(step.clocks.muted, wrap=True)
        return line(f"The user has muted the assistant until {until}: it was not asked, and gets no ratings.")
    if remote:
        text = "The model at the endpoint decided by itself; it gives no probabilities."
        return line(f"{text} Malformed and discarded: {step.malformed} of {counted(step.drawn, 'candidate')}." if step.malformed else text)
    if step.p_speak is None:
        return line("A control assistant follows a fixed rule and has no probabilities.")
    chance = f"speak {step.p_speak:.0%}".replace("%", " %")
    others = len(step.candidates) - 1
    if threshold is None:
        text = f"Whole answers are drawn ({chance}); the first one is shown."
    else:
        chance += f" (needs {threshold:.0%})".replace("%", " %")
        if step.explored:
            text = f"{chance}: the assistant {SPOKE_TO_LEARN}. It always shows its first candidate; the others are only for training."
        elif step.spoke:
            text = f"{chance}: the assistant speaks. It always shows its first candidate; the others are only for training."
        elif (cause := silence_cause(step, threshold, complete=complete)) is not None:
            text = f"{chance}, but {cause_text(cause, step)}"
        else:
            text = f"{chance}: the assistant stays silent."
            text += (
                f" {counted(others, 'candidate')} {'was' if others == 1 else 'were'} drawn anyway, for training."
                if others
                else " No other candidate was drawn."
            )
    text = text[:1].upper() + text[1:]
    if step.malformed:
        text += f" Malformed and discarded: {step.malformed} of {counted(step.drawn, 'candidate')}."
    return line(text)


def gauge(value: float | None, threshold: float | None) -> Content:
    """Return a bar for a probability, with the threshold marked on it."""
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


def candidates_text(candidates: Sequence[InspectedCandidate], step: Step, *, asked: bool = False, blind: bool = False) -> Content:
    """Return the candidates of a step with ratings, reasons and log probabilities.

    Log probabilities are those of then and now.

    Args:
        candidates: the candidates, in the step's order.
        step: the step.
        asked: whether the log probabilities are still being computed.
        blind: show only the rating of the recommendation that was shown, because a person rates.
    """
    lines: list[Content] = []
    for number, one in enumerate(candidates):
        shown = number == step.shown
        lines += candidate(one.candidate, mark="▸" if shown else " ", rated=not blind or (shown and step.spoke))
        lines += _by_hand(step) if shown else []
        lines += [*([] if asked else [_likelihoods(one)]), line("")]
    return Content("\n").join(lines[:-1])


def calls_text(calls: Sequence[CallRecord]) -> list[Content]:
    """Return the calls to endpoints for a step under a heading, one a line.

    There are no lines if there were no calls.
    """
    lines = []
    for one in calls:
        head = f"{clean(one.purpose, 30)}, {clean(one.model, 40)}"
        if one.failed:
            how = f"failed: {clean(one.failed, 60)}"
        elif one.cached:
            how = "cached"
        else:
            cost = "" if one.cost is None else f", ${one.cost:.4f}" if one.cost else ""
            how = f"{counted(one.tokens_in, 'token')} in, {one.tokens_out} out, {one.seconds:.1f} s{cost}"
        again = ", ".join(f"{count} {what}" for count, what in ((one.retries, "retries"), (one.again, "repeated")) if count)
        lines.append(line((f"{head}  ", MUTED), how, (f"  {again}" if again else "", "$warning")))
    return _headed("Calls to endpoints", lines) if lines else []


def _by_hand(step: Step) -> list[Content]:
    """Return the agreement of person and judge on what was shown.

    Where the judge was stricter, its reasons follow.
    """
    if step.judged is None:
        return []
    lines = [line(("  rated by a person: ", MUTED), (agreement_line(step), "$mark"))]
    for name, by_person, by_judge, reason in zip(DIMENSIONS, step.rating.values, step.judged.values, step.judged.reasons, strict=True):
        if by_person == 1 and by_judge == 0 and reason:
            lines.append(line((f"  {name}, the judge ", MUTED), (clean(reason), "italic")))
    return lines


def candidate(one: Candidate, *, mark: str = " ", rated: bool = True) -> list[Content]:
    """Return a candidate with its rating, and the reason of each dimension rated 0.

    Args:
        one: the candidate.
        mark: a sign before it; with one it is drawn bold.
        rated: whether to show the rating.
    """
    rating = one.rating
    text = "stays silent" if one.text is None else f"“{clean(one.text, LONGEST)}”"
    lights = [(light(value) + " ", "$muted" if value is None else "$score-4" if value else "$score-0") for value in rating.values]
    read = " · ".join(title(part) for part in (one.topic, one.tone) if part)
    lines = [line((f"{mark} ", "bold $mark"), (text, "bold" if mark.strip() else ""))]
    tail = " · ".join(part for part in (ORIGINS.get(one.origin or "", ""), read) if part)
    if not rated:
        return [*lines, line((f"  {tail}", MUTED))] if tail else lines
    score = (f"{score_sign(rating.score)} {UNRATED_LIGHT if rating.score is None else rating.score}", f"bold {score_style(rating.score)}")
    # Set apart: the score's sign would read as a fifth dimension.
    lines.append(line("  ", *lights, (" score ", MUTED), score, (f"  {tail}", MUTED)))
    for name, value, reason in zip(DIMENSIONS, rating.values, rating.reasons, strict=False):
        if not value and reason:
            lines.append(line((f"  {name} ", MUTED), (clean(reason), "italic")))
    return lines


def _likelihoods(one: InspectedCandidate) -> Content:
    if one.then is None:
        return line(("  no probabilities", MUTED))
    parts: list[Part] = [("  ", MUTED), (_parts(one.then), MUTED), ("log p ", MUTED), (_log(one.then.total), "bold")]
    if one.now is not None:
        rise = one.now.total - one.then.total
        parts += [
            (", with the newest adapter ", MUTED),
            (_log(one.now.total), "bold"),
            (f" {'▲ more' if rise > 0.005 else '▼ less' if rise < -0.005 else '= equally'} probable", "$mark"),
        ]
    return line(*parts)


def _parts(likelihood: CandidateLogProbs) -> str:
    """Return the probabilities that make up that of an answer, in per cent."""
    decision = f"{math.exp(likelihood.decision):.0%}".replace("%", " %")
    if likelihood.per_token is None:
        return f"to stay silent {decision}, "
    token = f"{math.exp(likelihood.per_token):.0%}".replace("%", " %")
    return f"to speak {decision}, each of its {counted(likelihood.tokens, 'token')} {token} on average, "


def _log(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


# -- training -----------------------------------------------------------------------------------------------------------


def pairs_text(
    pairs: Sequence[Pair], nights: Sequence[int], known: Sequence[Night], step: Step, *, remote: bool = False, complete: bool = True
) -> Content:
    """Return the preference pairs of a step, and the nights that trained on them.

    Args:
        pairs: the step's pairs.
        nights: days of the nights that trained on the step.
        known: the run's nights.
        step: the step.
        remote: whether the assistant is a model at an endpoint.
        complete: whether the assistant receives the ratings of all candidates, and not of what was shown alone.
    """
    if step.muted:
        return line("No preference pair: the assistant was muted, and gets no ratings.")
    if step.p_speak is None and not pairs:
        return line("A model at an endpoint does not learn." if remote else "Controls do not learn.")
    lines: list[Content] = []
    for pair in pairs:
        lines += [*_pair(pair, step), line("")]
    if not any(pair.kind in ("decision", "answer") for pair in pairs):
        if step.judged is not None:
            why = "the moment is not rated: timing and frequency, or one that is 0, would settle it"
        else:
            why = undecided(step) if complete or step.spoke else "silence is not rated, only what is shown"
        if why or not pairs:
            head = "No preference pair" if not pairs else "No pair on whether to speak"
            lines += [line(f"{head}: {why or 'no candidate was better than another'}.", ""), line("")]
    if nights:
        days = ", ".join(str(day) for day in sorted(set(nights)))
        lines.append(line(("Trained on by the night of day ", MUTED), (days, "bold")))
    elif not pairs:
        pass
    elif any(night.at > step.index for night in known):
        lines.append(line(("No training has used it.", MUTED)))
    else:
        lines.append(line(("No training yet: the night that could use it is to come.", MUTED)))
    return Content("\n").join(lines)


def _ratings(step: Step) -> tuple[Rating | None, list[Rating]]:
    """Return the rating of silence at a step, and those of the suggestions.

    The first is None if silence was not rated.
    """
    silence = next((one.rating for one in step.candidates if one.text is None), None)
    return silence, [one.rating for one in step.candidates if one.text is not None]


def undecided(step: Step) -> str:
    """Return why neither speaking nor silence was preferred at a step.

    It is "" unless a suggestion had the higher score.
    """
    silence, spoken = _ratings(step)
    best = max((rating.score or 0 for rating in spoken), default=0)
    if silence is None or silence.score is None or silence.score >= best or prefers_speaking(silence, spoken) is not None:
        return ""
    lacking = "silence has its timing point, so none was wanted" if silence.timing else "no suggestion has both timing and frequency"
    return f"silence scored {silence.score}, the best suggestion {best}, but {lacking}"


def decisive_rule(step: Step, won: str) -> str:
    """Return the rule by which speaking or silence was preferred at a step.

    It is that of :func:`propersim.learning.pairs.prefers_speaking`, which compares more than scores.

    Args:
        step: the step.
        won: ``speech`` or ``silence``.
    """
    silence, spoken = _ratings(step)
    best = max((rating.score or 0 for rating in spoken), default=0)
    if silence is None or silence.score is None or step.judged is not None:
        return "what was shown has both timing and frequency" if won == "speech" else "what was shown lacks timing or frequency"
    if prefers_speaking(silence, spoken) != (won == "speech"):
        return "by other ratings than these: those that the assistant received, or by an earlier version’s rule"
    scores = f"silence scored {silence.score}" + (f", the best suggestion {best}" if spoken else "")
    if won == "speech":
        lacks = " and ".join(name for name, value in zip(DIMENSIONS, silence.values, strict=True) if value == 0)
        return f"{scores}; silence has 0 in {lacks}, because one was wanted, and a suggestion has both timing and frequency"
    if silence.score == 4 or silence.score > best:
        return scores
    return f"{scores}, but no suggestion has the frequency point: it came too soon, or the day had enough of them"


def _pair(pair: Pair, step: Step) -> list[Content]:
    won = {"speech": "speaking preferred", "silence": "silence preferred"}.get(pair.won, f"decided by {title(pair.won)}")
    head = {"decision": "Whether to speak", "content": "What to say", "answer": "The whole answer"}.get(pair.kind, title(pair.kind))
    lines = [line((head, "bold $primary"), (f"  {won}", MUTED))]
    if pair.kind == "decision":
        lines.append(line((f"  {decisive_rule(step, pair.won)}", "italic $muted")))
    for sign, text, style in (("+", pair.chosen, "$score-4"), ("−", pair.rejected, "$score-0")):
        words = "silence" if text is None else f"“{clean(text, LONGEST)}”" if text else "speaking"
        lines.append(line((f"{sign} ", f"bold {style}"), words))
    return lines


def adapter_answer_text(answer: AnsweredAgain, *, blind: bool = False) -> Content:
    """Return how the model with another adapter would answer the same moment.

    If blind, the judge's ratings are left out.
    """
    limit = answer.threshold
    who = "Without an adapter" if answer.adapter is None else f"Adapter of night {answer.adapter.day}"
    decision = {True: "would speak", False: "would stay silent", None: "would draw"}[answer.speaks]
    lines = [line((f"{who}: ", MUTED), (decision, "bold"), "  ", gauge(answer.p_speak, limit))]
    if answer.lacks_topic and limit is not None:
        lines.append(line((f"Speak {answer.p_speak:.0%} (needs {limit:.0%}), but {NO_TOPIC}.".replace("%", " %"), MUTED)))
    lines.append(line(""))
    # The first candidate is the one that would be shown.
    would = {True: 1, False: 0, None: -1}[answer.speaks]
    for number, one in enumerate((answer.silence, *answer.said)):
        lines += candidate(one, mark="▸" if number == would else " ", rated=not blind)
    return Content("\n").join(lines)


def missing_model_text(examined: InspectedStep) -> Content | None:
    """Return why the model's part is missing and what to do; None if it is there."""
    if not examined.lacking:
        return None
    return line((clean(examined.lacking), "$warning"), (f"  {clean(examined.hint)}" if examined.hint else "", MUTED))
