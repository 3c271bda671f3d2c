"""Sample and rate an adapter's suggestions at moments where suggestions are welcome.

The moments are spread over the grid.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from propersim.core import clock
from propersim.core.errors import InputError
from propersim.core.records import Candidate
from propersim.core.rng import uniform
from propersim.inspector.grid import Grid
from propersim.inspector.inspected_run import InspectedRun, adapter_of
from propersim.inspector.protocol import SampleSuggestions, SuggestionSample
from propersim.inspector.speak_map import CellStates, sample_moment
from propersim.memory.evidence_choice import is_about_good, knows_topic, tone_to_try, topic_to_tell
from propersim.memory.state import AssistantState
from propersim.reading.classifier import default_reader

if TYPE_CHECKING:
    from propersim.models.model import Decision, LoadedModel

DRAWN = 48
"""Number of suggestions that are drawn."""
CHOICES = 8
"""Number of suggestions among which one is chosen that fits what is known to be good."""
EXAMPLES = 6
"""Number of suggestions that are returned as examples."""


def sample_suggestions(run: InspectedRun, grid: Grid, question: SampleSuggestions) -> Iterator[SuggestionSample | None]:
    """Yield the sample of an adapter's suggestions, and None after every moment.

    Args:
        run: the run, with its model loaded.
        grid: the grid of the run's days.
        question: which adapter is sampled.

    Raises:
        PropersimError: there is no such night, its adapter cannot be loaded, or the persona is never receptive.
    """
    from propersim.assistant.llama import draw_suggestions

    moment = sample_moment(run, question)
    night = run.night_at(moment.at) if moment.at else None
    # The rubric may change during a run: that of the day after the night holds.
    day = moment.day if moment.now else moment.day + 1
    grid = grid.on_day(day)
    open_ = grid.open()
    cells = [(row, column) for row, columns in enumerate(open_) for column, is_open in enumerate(columns) if is_open]
    if not cells:
        raise InputError(
            f"{run.judge.persona.name} is not receptive to suggestions during any activity planned so far", "let the run go on for longer"
        )
    place = moment.at
    begin = uniform(run.config.seed, "examine/favours/cells", place)
    chosen = Counter(cells[int((i + begin) / DRAWN * len(cells))] for i in range(DRAWN))
    candidates: list[Candidate] = []
    malformed = 0
    in_cells = CellStates(run, grid, moment)
    states = {cell: in_cells.state(cell[0] * grid.columns + cell[1]) for cell in chosen}
    # An assistant that knows some topic to be good says nothing where it knows none.
    knows = {cell for cell in chosen if run.needs_topic and knows_topic(states[cell].evidence)}
    for (row, column), count in chosen.items():
        if knows and (row, column) not in knows:
            continue
        model = run.model(night)
        state = states[row, column]
        decision = model.decide(model.codec.prompt(state))
        given = [_told(run, model, state, place, row, column, number) for number in range(count)]
        texts, _, lost = draw_suggestions(
            model, decision, range(count), run.config.seed, "examine/favours", place, row, column, given=given
        )
        malformed += lost
        if (row, column) in knows:
            texts = [_about_good(run, model, decision, state, given[k], text, (place, row, column, k)) for k, text in enumerate(texts)]
        candidates += [_rated(run, grid, row, column, text, day) for text in texts if text is not None]
        yield None
    rubric = run.judge.persona.on_day(day).rubric
    total = max(1, len(candidates))
    yield SuggestionSample(
        day=question.day,
        adapter=adapter_of(night),
        drawn=len(candidates),
        malformed=malformed,
        topics=_shares([candidate.topic for candidate in candidates]),
        tones=_shares([candidate.tone for candidate in candidates]),
        preference=sum(candidate.rating.preference or 0 for candidate in candidates) / total,
        communication=sum(candidate.rating.communication or 0 for candidate in candidates) / total,
        examples=tuple(candidates[:: max(1, len(candidates) // EXAMPLES)][:EXAMPLES]),
        likes=tuple(sorted(run.judge.rules.of_day(day).ever_liked)),
        dislikes=rubric.preference.dislikes,
        welcome=rubric.communication.tones,
        avoid=rubric.communication.avoid,
        tries=run.needs_topic and not knows,
        number=question.number,
    )


def _about_good(
    run: InspectedRun,
    model: LoadedModel,
    decision: Decision,
    state: AssistantState,
    given: Sequence[int],
    text: str | None,
    place: tuple[int, ...],
) -> str | None:
    """Return a suggestion whose topic and tone are known to be good.

    The assistant chooses in this way what it shows.

    The first of a batch is returned that fits; the given one where it does, or where none of the batch does.

    Args:
        run: the run.
        model: its model.
        decision: the decision after which the suggestions follow.
        state: the state.
        given: tokens with which each suggestion begins.
        text: a suggestion that was drawn.
        place: numbers that the draws depend on.
    """
    evidence = state.evidence
    assert evidence is not None
    seeds = [int(uniform(run.config.seed, "examine/choice", *place, i) * 2**53) for i in range(CHOICES)]

    def fits(one: str | None) -> bool:
        reading = default_reader().read(one) if one is not None else None
        return reading is not None and is_about_good(evidence, reading.topic, reading.tone)

    if fits(text):
        return text
    return next((one for one in model.say(decision, seeds, [given] * CHOICES) if fits(one)), text)


def _rated(run: InspectedRun, grid: Grid, row: int, column: int, text: str, day: int) -> Candidate:
    """Return a suggestion with its rating at a cell's moment, by the rubric of a day of the run.

    Args:
        run: the run.
        grid: the grid.
        row: row of the cell.
        column: column of the cell.
        text: the suggestion.
        day: day of the run.
    """
    action, minute, clocks = grid.actions[row], grid.minute(column), grid.clocks(column)
    # A day with the grid's weekday on which the same rubric holds.
    rules = run.judge.rules
    near = range(max(1, day - 6), day + 7)
    alike = [each for each in near if clock.weekday(each) == grid.weekday and rules.of_day(each) is rules.of_day(day)]
    at = alike[-1] if alike else day
    plan = msgspec.structs.replace(run.store.days(run.row)[-1].plan, day=at)
    return run.judge.rate(text, action, plan.day, minute, clocks, run.judge.moment(plan, action, minute, clocks))


def _shares(names: Sequence[str | None]) -> tuple[tuple[str, float], ...]:
    """Return the share of each name, the largest first; "" stands for None."""
    counts = Counter(name or "" for name in names)
    return tuple((name, count / len(names)) for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _told(run: InspectedRun, model: LoadedModel, state: AssistantState, *place: int) -> Sequence[int]:
    """Return the tokens of the topic and tone that the assistant would be told in a state.

    There are none where it is told none. A topic is one that the ratings call good there; where none is known, one to try.

    Args:
        run: the run.
        model: its model.
        state: the state.
        place: numbers that the draws depend on.
    """
    evidence = state.evidence
    if evidence is None:
        return ()
    topic = topic_to_tell(evidence, uniform(run.config.seed, "examine/topic", *place))
    return model.codec.about(topic, tone_to_try(evidence, uniform(run.config.seed, "examine/tone", *place)))
