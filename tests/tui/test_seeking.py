"""The next recommendation, bad rating or disagreement, and the last: on any day, in both directions."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual._xterm_parser import XTermParser
from textual.events import Key

from propersim.core.light_records import ScoredStep, decode_scored_step
from propersim.core.records import UNRATED, Candidate, Rating, Step, to_json
from propersim.learning.pairs import pairs_of
from propersim.store.store import Store
from propersim_tui.config.actions import ACTS
from propersim_tui.data.seeking import bad, disagrees, missed, seek, seek_bad
from propersim_tui.data.source import RunSource
from tests.tui import story

pytestmark = pytest.mark.usefixtures("undrawn")

STEPS_A_DAY = 402
A_STEP = story.day_steps(1, 0)[0]
BITS = st.integers(0, 1)
RATINGS = st.builds(Rating, BITS, BITS, BITS, BITS)
CANDIDATES = st.lists(st.builds(Candidate, st.sampled_from([None, "A walk?"]), RATINGS), min_size=1, max_size=4)


@st.composite
def runs(draw):
    """Steps of a run of short days, mostly quiet ones, and missed moments among them."""
    quiet, missing = Candidate(None, Rating(1, 1, 1, 1)), Candidate(None, Rating(0, 0, 1, 1))
    steps = []
    for index in range(draw(st.integers(1, 24))):
        candidates = draw(st.one_of(st.just([missing]), st.just([quiet]), CANDIDATES))
        wanted = candidates[0] is missing or draw(st.booleans())
        steps.append(
            msgspec.structs.replace(
                A_STEP,
                index=index,
                day=1 + index // 7,
                moment=msgspec.structs.replace(A_STEP.moment, wanted=wanted),
                candidates=tuple(candidates),
                shown=draw(st.integers(0, len(candidates) - 1)),
            )
        )
    return steps


def low(steps):
    """What the store yields for bad ratings."""
    return [step for step in steps if step.rating.score < 4]


def read(steps) -> list[ScoredStep]:
    return [decode_scored_step(to_json(step)) for step in steps]


@given(runs(), st.data())
def test_bad_ratings_are_those_of_the_definition(steps, data):
    at = data.draw(st.integers(0, len(steps) - 1))
    wanted = []
    for step in steps:
        low_score = step.spoke and step.rating.score < 4
        silent = not step.spoke and step.moment.wanted and not step.rating.timing
        before = steps[step.index - 1] if step.index else None
        same = before and before.day == step.day and not before.spoke and before.moment.wanted and not before.rating.timing
        if low_score or (silent and not same):
            wanted.append(step.index)
    after = [step for step in read(low(steps)) if step.index >= at]
    until = [step for step in reversed(read(low(steps))) if step.index <= at]
    assert seek_bad(after, at, forward=True) == min((index for index in wanted if index > at), default=None)
    assert seek_bad(until, at, forward=False) == max((index for index in wanted if index < at), default=None)


@given(runs())
def test_what_a_night_would_teach_otherwise_is_a_disagreement(steps):
    for step, short in zip(steps, read(steps), strict=True):
        taught = [pair for pair in pairs_of(step, (), "factored") if pair.kind == "decision"]
        against = any((pair.won == "speech") != step.spoke for pair in taught)
        better = any(one.rating.score > step.rating.score for one in step.candidates)
        if step.rating.score == 4:
            assert not disagrees(short)
        elif len(step.candidates) > 1:
            assert disagrees(short) == (against or better)


@given(runs())
def test_the_short_form_of_a_step_says_the_same(steps):
    for step, short in zip(steps, read(steps), strict=True):
        assert (short.index, short.day, short.spoke, short.rating.score) == (step.index, step.day, step.spoke, step.rating.score)
        assert len(short.candidates) == len(step.candidates)


@given(runs(), st.data())
def test_the_step_one_stands_on_is_never_the_answer(steps, data):
    at = data.draw(st.integers(0, len(steps) - 1))
    assert seek([step for step in read(steps) if step.index >= at], at, lambda _: True) in (at + 1, None)


def every(source: RunSource, sight, *, forward: bool) -> list[int]:
    found, at = [], -1 if forward else source.count
    while (index := source.seek(sight, at, forward=forward)) is not None:
        found.append(index)
        at = index
    return found


@pytest.fixture
def learner(tmp_path):
    path = tmp_path / "runs.sqlite"
    row = story.add_learner(path)
    source = RunSource(path, "last")
    with Store(path, read_only=True) as store:
        steps = list(store.steps(row))
    yield source, steps
    source.close()


@pytest.mark.parametrize("forward", [True, False])
def test_all_recommendations_of_all_days_are_found_both_ways(learner, forward):
    source, steps = learner
    said = [step.index for step in steps if step.spoke]
    assert len(said) == 4 + 5 + 6
    assert every(source, "said", forward=forward) == (said if forward else said[::-1])


@pytest.mark.parametrize("forward", [True, False])
def test_all_bad_ratings_of_all_days_are_found_both_ways(learner, forward):
    source, steps = learner
    wrong = [step for step in read(steps) if bad(step)]
    first = [step.index for step in wrong if not (missed(step) and step.index and missed(read([steps[step.index - 1]])[0]))]
    assert len({steps[index].day for index in first}) == 3
    assert {steps[index].spoke for index in first} == {True, False}
    assert every(source, "bad", forward=forward) == (first if forward else first[::-1])


@pytest.mark.parametrize("forward", [True, False])
def test_every_unwelcome_recommendation_is_a_stop_and_unrated_ones_are_none(learner, forward):
    source, steps = learner
    stops = every(source, "bad", forward=forward)
    unwelcome = {step.index for step in steps if step.spoke and not step.welcome}
    assert {steps[index].rating.score for index in unwelcome} >= {3}
    assert unwelcome <= set(stops)
    assert not [index for index in stops if steps[index].welcome]
    unrated = msgspec.structs.replace(next(step for step in steps if step.spoke), candidates=(Candidate("A walk?", UNRATED),), shown=0)
    assert not bad(read([unrated])[0])


@pytest.mark.parametrize("forward", [True, False])
def test_all_disagreements_of_all_days_are_found_both_ways(learner, forward):
    source, steps = learner
    odds = [step.index for step in read(steps) if disagrees(step)]
    assert odds
    assert every(source, "disagreement", forward=forward) == (odds if forward else odds[::-1])


def test_a_control_has_nothing_to_disagree_with(three_days):
    source = RunSource(three_days, "last")
    assert every(source, "disagreement", forward=True) == []
    source.close()


def test_a_search_reads_by_the_index_of_what_was_marked_down(tmp_path):
    path = tmp_path / "runs.sqlite"
    row = story.add(path, days=1)
    with Store(path, read_only=True) as store:
        asked: list[str] = []
        store.db.conn.set_trace_callback(asked.append)
        list(store.low_scored(row, 0, forward=True))
        store.nearest_recommendation(row, 0, forward=True)
        store.db.conn.set_trace_callback(None)
        plans = [str(store.db.execute(f"explain query plan {query}").fetchall()) for query in asked]
    assert "steps_marked_down" in plans[0]
    assert "steps_spoken" in plans[1]


# -- on the screen ------------------------------------------------------------------------------------------------


@pytest.fixture
async def shown(app_of, tmp_path):
    path = tmp_path / "runs.sqlite"
    story.add_learner(path)
    app = app_of(path, at=0)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.pause()
        yield app, pilot


async def test_full_stop_and_comma_go_from_said_to_said_across_days(shown):
    app, pilot = shown
    for _ in range(5):
        await pilot.press("full_stop")
    step: Step = app.frame.step
    assert (step.day, step.minute, step.spoke) == (2, 7 * 60 + 50, True)
    await pilot.press("comma")
    assert (app.frame.step.day, app.frame.step.spoke) == (1, True)


async def test_greater_and_less_go_from_bad_to_bad(shown):
    app, pilot = shown
    await pilot.press("greater_than_sign", "greater_than_sign")
    second = app.frame.step
    assert not app.status.playing
    assert (second.spoke and second.rating.score < 4) or (second.moment.wanted and not second.rating.timing)
    await pilot.press("greater_than_sign", "less_than_sign")
    assert app.frame.step.index == second.index


async def test_braces_go_from_disagreement_to_disagreement(shown):
    app, pilot = shown
    await pilot.press("right_curly_bracket", "right_curly_bracket", "left_curly_bracket")
    assert disagrees(decode_scored_step(to_json(app.frame.step)))


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("comma", "no earlier recommendation"),
        ("less_than_sign", "no earlier unwelcome recommendation (score below 4), or silence where one was wanted"),
    ],
)
async def test_where_there_is_none_it_stays_and_says_so(shown, key, says):
    app, pilot = shown
    await pilot.press(key)
    assert app.frame.step.index == 0
    assert says in next(iter(app._notifications)).message


def test_a_terminal_sends_these_keys_by_the_names_of_the_registry():
    keys = {act.keycap: act.keys for act in ACTS if act.action.startswith("seek(")}
    assert set(keys) == set(".,<>{}")
    for typed, name in keys.items():
        (event,) = [each for each in XTermParser().feed(typed) if isinstance(each, Key)]
        assert event.key == name
