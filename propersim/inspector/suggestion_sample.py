"""What does it suggest where suggestions are welcome? A sample from all over the grid, read and rated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from propersim.core.errors import InputError
from propersim.core.records import Candidate
from propersim.core.rng import uniform
from propersim.inspector.grid import Grid
from propersim.inspector.open_run import OpenRun, worn
from propersim.inspector.protocol import Favoured, Favours

DRAWN = 48
"""Suggestions that are drawn."""
EXAMPLES = 6
"""Of them are shown."""


def favoured(run: OpenRun, grid: Grid, question: Favours) -> Iterator[Favoured | None]:
    """Yield what an adapter suggests, and None after every moment that it was asked at.

    Raises:
        PropersimError: there was no such night, its adapter cannot be put on, or the persona is never open.
    """
    from propersim.assistant.llama import draw_suggestions

    night = run.after(question.day)
    open_ = grid.open(run.judge.rules)
    cells = [(row, column) for row, columns in enumerate(open_) for column, is_open in enumerate(columns) if is_open]
    if not cells:
        raise InputError(f"{run.judge.persona.name} is open to suggestions during nothing that was planned so far", "let it live longer")
    timers, remembers = run.config.clocks == "on", run.config.memory != "none"
    place = night.at if night is not None else 0
    begin = uniform(run.config.seed, "examine/favours/cells", place)
    chosen = Counter(cells[int((i + begin) / DRAWN * len(cells))] for i in range(DRAWN))
    candidates: list[Candidate] = []
    malformed = 0
    for (row, column), count in chosen.items():
        model = run.model(night)
        decision = model.decide(model.codec.prompt(grid.state(row, column, timers=timers, remembers=remembers)))
        said, _, lost = draw_suggestions(model, decision, range(count), run.config.seed, "examine/favours", place, row, column)
        malformed += lost
        candidates += [_rated(run, grid, row, column, text) for text in said if text is not None]
        yield None
    rubric = run.judge.persona.rubric
    total = max(1, len(candidates))
    yield Favoured(
        day=question.day,
        adapter=worn(night),
        drawn=len(candidates),
        malformed=malformed,
        topics=_shares([one.topic for one in candidates]),
        tones=_shares([one.tone for one in candidates]),
        preference=sum(one.rating.preference for one in candidates) / total,
        communication=sum(one.rating.communication for one in candidates) / total,
        examples=tuple(candidates[:: max(1, len(candidates) // EXAMPLES)][:EXAMPLES]),
        likes=tuple(sorted(run.judge.rules.ever_liked)),
        dislikes=rubric.preference.dislikes,
        welcome=rubric.communication.tones,
        avoid=rubric.communication.avoid,
        number=question.number,
    )


def _rated(run: OpenRun, grid: Grid, row: int, column: int, text: str) -> Candidate:
    action, minute, clocks = grid.actions[row], grid.minute(column), grid.clocks(column)
    plan = run.store.days(run.row)[-1].plan
    return run.judge.rate(text, action, minute, clocks, run.judge.moment(plan, action, minute, clocks))


def _shares(read: Sequence[str | None]) -> tuple[tuple[str, float], ...]:
    counts = Counter(one or "" for one in read)
    return tuple((name, count / len(read)) for name, count in sorted(counts.items(), key=lambda one: (-one[1], one[0])))
