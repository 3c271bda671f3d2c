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
from propersim.inspector.speak_map import cell_state, day_of
from propersim.memory.evidence_choice import tone_to_try, topic_to_tell
from propersim.memory.state import AssistantState

if TYPE_CHECKING:
    from propersim.models.model import LoadedModel

DRAWN = 48
"""Number of suggestions that are drawn."""
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

    night = run.night_of_day(question.day)
    # The rubric may change during a run: that of the day after the night holds.
    day = night.day + 1 if night is not None else 1
    grid = grid.on_day(day)
    open_ = grid.open()
    cells = [(row, column) for row, columns in enumerate(open_) for column, is_open in enumerate(columns) if is_open]
    if not cells:
        raise InputError(
            f"{run.judge.persona.name} is not receptive to suggestions during any activity planned so far", "let the run go on for longer"
        )
    place = night.at if night is not None else 0
    begin = uniform(run.config.seed, "examine/favours/cells", place)
    chosen = Counter(cells[int((i + begin) / DRAWN * len(cells))] for i in range(DRAWN))
    candidates: list[Candidate] = []
    malformed = 0
    # The ratings up to that night; the adapter may be of an earlier one.
    seen = [one.at for one in run.nights if question.day is None or one.day <= question.day]
    ratings = run.replay.evidence(seen[-1] if seen else 0) if run.config.memory == "evidence" else None
    for (row, column), count in chosen.items():
        model = run.model(night)
        state = cell_state(run, grid, row * grid.columns + column, ratings, day_of(grid.weekday, day - 1))
        decision = model.decide(model.codec.prompt(state))
        given = [_told(run, model, state, place, row, column, number) for number in range(count)]
        texts, _, lost = draw_suggestions(
            model, decision, range(count), run.config.seed, "examine/favours", place, row, column, given=given
        )
        malformed += lost
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
        number=question.number,
    )


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
