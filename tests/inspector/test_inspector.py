"""The inspector's answers about a real run, over its socket: recomputed figures equal those that the run's model gave."""

import hashlib
import math
import random
import shutil
from collections import Counter
from typing import Any

import pytest

from propersim.assistant.silence import silence_cause
from propersim.core.interfaces import speak_threshold
from propersim.inspector.grid import WEEKDAY
from propersim.inspector.inspector import Inspector, grid_of
from propersim.inspector.protocol import (
    AnswerAgain,
    AnsweredAgain,
    InspectedStep,
    InspectorError,
    InspectStep,
    MapSpeaking,
    ModelLoaded,
    MomentMap,
    SampleSuggestions,
    SearchMemory,
    SpeakMap,
)
from propersim.inspector.speak_map import CellStates, MapMoment, last_visits
from propersim.memory.evidence_choice import knows_topic
from propersim.persona.model import Persona
from propersim.reading.classifier import default_reader
from propersim.store.store import Store
from propersim.user.judge import OfflineJudge
from tests.known import known


@pytest.fixture(scope="module")
def steps(lived):
    db, run = lived
    with Store(db, read_only=True) as store:
        return list(store.steps(run))


@pytest.fixture(scope="module")
def nights(lived):
    db, run = lived
    with Store(db, read_only=True) as store:
        return store.nights(run)


@pytest.fixture(scope="module")
def judge(lived):
    return OfflineJudge(Persona.model_validate_json(lived[1].persona_json))


def contents(db):
    """The files of a database and its adapters, without SQLite's files for readers and without the inspector's log."""
    files = [file for file in db.parent.rglob("*") if file.is_file() and file.suffix not in (".log", ".sqlite-shm", ".sqlite-wal")]
    return {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.fixture(scope="module")
def untouched(lived):
    return contents(lived[0])


@pytest.fixture(scope="module")
def inspector(lived, untouched):
    """One inspector process for all tests of this module."""
    from tests.inspector.conftest import Asking

    asking = Asking(lived[0], lived[1].id)
    yield asking
    asking.link.close()


def in_one_go(inspector, question):
    return [answer for answer in inspector.answer(question) if answer is not None]


@pytest.mark.slow
def test_what_was_decided_is_decided_again_to_the_bit(inspector, steps, nights):
    """Before the first night, after it, and on a later day, in any order of asking."""
    order = list(range(len(steps)))
    random.Random(3).shuffle(order)
    assert [night.day for night in nights] == [1, 2]
    for index in [*order[:20], *range(nights[0].at - 2, nights[0].at + 2), *range(nights[1].at + 1, nights[1].at - 3, -1)]:
        found = inspector.ask(InspectStep(index))
        assert found.p_speak == found.stored == steps[index].p_speak, index
        worn = [(night.day, night.at) for night in nights if night.at <= index]
        assert (found.adapter and (found.adapter.day, found.adapter.at)) == (worn[-1] if worn else None)
        assert (found.newest.day, found.lacking) == (2, "")
    assert len(inspector.ready) == 1


def test_the_prompt_is_the_one_that_its_pairs_were_made_of(lived, inspector, steps):
    from propersim.models.homelm_field_tokens import field_tokens

    db, run = lived
    with Store(db, read_only=True) as store:
        for index in (0, 20, len(steps) - 1):
            pairs = store.pairs_at(run, index)
            found = inspector.ask(InspectStep(index))
            assert found.prompt == tuple(field_tokens()[i] for i in pairs[0].prompt)
            assert [(p.kind, p.chosen, p.rejected, p.won) for p in found.pairs] == [(p.kind, p.chosen, p.rejected, p.won) for p in pairs]


def test_memories_come_with_their_similarity(inspector, steps):
    state = inspector.ask(InspectStep(len(steps) - 1)).state
    assert state.activity == steps[-1].action.activity
    assert len(state.memories) == 5
    assert all(0 < one.similarity <= 1 for one in state.memories)


def test_candidates_say_where_they_came_from_and_how_likely_they_were(inspector, steps, nights):
    sources: Counter[str | None] = Counter()
    for index in (0, nights[0].at, nights[1].at, len(steps) - 1):
        step, found = steps[index], inspector.ask(InspectStep(index))
        assert [one.candidate for one in found.candidates] == list(step.candidates)
        assert found.shown == step.shown
        sources.update(one.candidate.origin for one in found.candidates)
        assert sum(one.candidate.origin == "drawn" for one in found.candidates) == step.drawn - step.malformed
        for one in found.candidates:
            spoken = one.candidate.text is not None
            assert one.then.decision == pytest.approx(math.log(step.p_speak if spoken else 1 - step.p_speak), abs=1e-9)
            assert one.now.decision == pytest.approx(math.log(found.p_now if spoken else 1 - found.p_now), abs=1e-9)
            assert (one.then.words < 0) == (one.then.tokens > 0) == spoken
            assert one.then.total == one.then.decision + one.then.words
        if index >= nights[1].at:
            assert all(one.then == one.now for one in found.candidates)
        else:
            assert any(one.then != one.now for one in found.candidates)
    assert sources[None] == 4
    assert sources["drawn"]
    assert sources["recalled"]


def test_it_knows_which_nights_trained_on_a_step(inspector, nights, steps):
    for index in {nights[0].trained[0], nights[1].trained[-1], len(steps) - 1}:
        assert inspector.ask(InspectStep(index)).nights == tuple(night.day for night in nights if index in night.trained)


@pytest.mark.parametrize("index", [-1, 10**6, 10**30])
def test_a_step_that_is_not_there_is_said(inspector, index, steps):
    trouble = inspector.ask(InspectStep(index))
    assert isinstance(trouble, InspectorError)
    assert f"no step {index}" in trouble.message
    assert str(len(steps) - 1) in trouble.hint
    assert isinstance(inspector.ask(AnswerAgain(index)), InspectorError)


def test_asked_again_each_night_answers_for_itself(inspector, steps, nights, judge):
    index = nights[1].at
    step = steps[index]
    answers = {day: inspector.ask(AnswerAgain(index, day)) for day in (0, 1, 2, None)}
    assert answers[2].p_speak == step.p_speak
    assert answers[0].adapter is None
    assert len({one.p_speak for one in answers.values()}) == 3
    assert answers[None].adapter == answers[2].adapter
    assert answers[None].said == answers[2].said
    for one in answers.values():
        assert one.speaks == (one.p_speak > speak_threshold(one.adapter is not None))
        assert one.silence == next(c for c in step.candidates if c.text is None)
        assert one.said
        for said in one.said:
            assert said == judge.rate(said.text, step.action, step.day, step.minute, step.clocks, step.moment)


def test_without_a_topic_known_to_be_good_it_would_be_silent_as_it_was(reading):
    db, run = reading
    inspector = Inspector(db, run.id)
    opened = inspector._run()
    high = [step for step in opened.replay.steps if step.p_speak is not None and step.p_speak > (step.threshold or 1.0)]
    unknown = [step for step in high if not knows_topic(known(opened.replay.state(step.index)).evidence)]
    causes = {step.index: silence_cause(step, step.threshold, complete=True) for step in high}
    assert unknown
    assert {step.index for step in unknown} == {index for index, cause in causes.items() if cause == "no topic"}
    assert all((causes[step.index] is None) == step.spoke for step in high)
    night = opened.night_at(unknown[0].index)
    answer = in_one_go(inspector, AnswerAgain(unknown[0].index, night.day if night else 0))[-1]
    assert answer.p_speak > answer.threshold
    assert (answer.speaks, answer.lacks_topic) == (False, True)
    spoken = next(step for step in high if step.spoke)
    night = opened.night_at(spoken.index)
    answer = in_one_go(inspector, AnswerAgain(spoken.index, night.day if night else 0))[-1]
    assert (answer.speaks, answer.lacks_topic) == (True, False)


def test_the_same_question_has_the_same_answer(inspector):
    one, other = (inspector.ask(AnswerAgain(12, 1)) for _ in range(2))
    assert (one.p_speak, one.said) == (other.p_speak, other.said)


@pytest.mark.parametrize("day", [3, -1, 10**30])
@pytest.mark.parametrize("kind", [lambda day: AnswerAgain(0, day), MapSpeaking, SampleSuggestions])
def test_a_night_that_never_was_is_said(inspector, kind, day):
    trouble = inspector.ask(kind(day))
    assert isinstance(trouble, InspectorError)
    assert "1, 2" in trouble.hint


@pytest.mark.slow
def test_maps_of_all_nights_come_in_turn_and_others_are_served_between(lived, inspector, steps, judge):
    db, run = lived
    number = inspector.link.ask(MapSpeaking())
    at_once, first = inspector.receive(number, 2)
    assert isinstance(at_once, MomentMap)
    moment = inspector.link.ask(InspectStep(5))
    heard: list[Any] = []
    while sum(isinstance(one, SpeakMap) for one in heard) < 2:
        heard += inspector.link.poll()
    assert [type(one) for one in heard] == [InspectedStep, SpeakMap, SpeakMap]
    assert heard[0].number == moment
    assert heard[0].p_speak == steps[5].p_speak
    maps = [first, *heard[1:]]
    assert [(one.day, one.place, one.places) for one in maps] == [(2, 0, 3), (1, 1, 3), (0, 2, 3)], "the newest first"
    assert len({one.p_speak for one in maps}) == 3
    with Store(db, read_only=True) as store:
        plans = [row.plan for row in store.days(run)]
    for one in maps:
        columns = len(one.p_speak[0])
        assert one.start <= min(plan.wake for plan in plans)
        assert one.start + 30 * columns >= max(plan.sleep for plan in plans)
        assert len(one.rows) <= 24
        assert [row.minutes for row in one.rows] == sorted((row.minutes for row in one.rows), reverse=True)
        assert all(0 <= p <= 1 for row in one.p_speak for p in row)
        shown = {row.activity for row in one.rows}
        assert sum(map(sum, one.done)) == 30 * sum(step.action.activity in shown for step in steps)
        for row, cells in zip(one.rows, one.open, strict=True):
            for column, is_open in enumerate(cells):
                minute = one.start + 30 * column + 15
                liked = judge.rules.on_weekday(WEEKDAY).liked(row.activity, minute)
                assert is_open == (judge.rules.on_weekday(WEEKDAY).receptive(row.activity, minute) and bool(liked))
    alone = inspector.ask(MapSpeaking(1))
    assert alone.p_speak == maps[1].p_speak


def test_what_needs_no_model_comes_before_it_is_loaded(lived):
    db, run = lived
    first, loaded, *maps = in_one_go(Inspector(db, run.id), MapSpeaking(number=7))
    assert isinstance(first, MomentMap)
    assert isinstance(loaded, ModelLoaded)
    assert first.number == 7
    assert {type(answer) for answer in maps} == {SpeakMap}
    assert (first.rows, first.start, first.open, first.done) == (maps[-1].rows, maps[-1].start, maps[-1].open, maps[-1].done)
    assert first.evidence == (), "the memory of this run counts no ratings"


def test_once_the_model_is_loaded_a_single_map_comes_alone(lived):
    inspector = Inspector(lived[0], lived[1].id)
    in_one_go(inspector, AnswerAgain(0, 0))
    assert {type(answer) for answer in in_one_go(inspector, MapSpeaking(0))} == {SpeakMap}
    assert isinstance(in_one_go(inspector, MapSpeaking())[0], MomentMap), "ratings change with every step"


@pytest.mark.slow
def test_the_map_of_a_moment_is_asked_with_what_the_ratings_said_then(reading):
    db, run = reading
    inspector = Inspector(db, run.id)
    opened = inspector._run()
    steps = opened.replay.steps
    morning = next(step for step in steps if step.day == 3)
    grid = grid_of(opened)
    said = next(step for step in reversed(steps) if step.day == 2 and step.spoke and grid.cell(step) is not None)
    early, late = (in_one_go(inspector, MapSpeaking(index=index)) for index in (20, said.index))
    texts = [[one.evidence for one in each if isinstance(one, MomentMap)] for each in (early, late)]
    assert texts[0] != texts[1], "also where the model is loaded already"
    first = [next(one for one in each if isinstance(one, SpeakMap)) for each in (early, late)]
    assert [(one.at, one.minute, one.now) for one in first] == [(index + 1, steps[index].minute, True) for index in (20, said.index)]
    assert first[0].p_speak != first[1].p_speak
    assert sum(map(sum, first[1].done)) > sum(map(sum, first[0].done))
    days = [one.day for one in late if isinstance(one, SpeakMap)]
    assert days == [2, 2, 1, 0], "the moment, then the ends of days, the newest first"
    # In the cell of the step that spoke, the assistant is asked with the state of that step.
    cell = known(grid.cell(said))
    states = CellStates(opened, grid, MapMoment(2, said.index + 1, said.minute, now=True))
    visit = last_visits(grid, steps[: said.index + 1])[cell]
    assert (visit.day, visit.action.activity) == (2, said.action.activity)
    seen, real = states.state(cell), known(opened.replay.state(visit.index))
    then, now = known(real.evidence), known(seen.evidence)
    assert (now.clock, now.action, now.latest, seen.since) == (then.clock, then.action, then.latest, real.since)
    typical = grid.clocks(cell % grid.columns)
    assert known(seen.timers).gap == max(known(real.timers).gap, typical.gap)
    # At the end of a day the shown step and the night are one moment.
    at_end = in_one_go(inspector, MapSpeaking(index=morning.index - 1))
    assert [(one.day, one.minute, one.now) for one in at_end if isinstance(one, SpeakMap)] == [
        (2, None, True), (1, None, False), (0, None, False),
    ]  # fmt: skip


def test_what_it_would_say_is_chosen_as_in_the_run(reading):
    db, run = reading
    inspector = Inspector(db, run.id)
    before, now = (in_one_go(inspector, question)[-1] for question in (SampleSuggestions(day=0), SampleSuggestions(index=run.steps - 1)))
    assert before.tries, "nothing is known to be liked before day 1"
    assert not now.tries
    assert now.preference > before.preference
    assert now.communication > before.communication


def test_what_it_favours_is_counted_as_the_user_reads_it(inspector, judge):
    base, taught = inspector.ask(SampleSuggestions(0)), inspector.ask(SampleSuggestions())
    for one in (base, taught):
        assert 40 <= one.drawn <= 48
        assert sum(share for _, share in one.topics) == pytest.approx(1)
        assert sum(share for _, share in one.tones) == pytest.approx(1)
        assert 0 <= one.preference <= 1
        assert 0 <= one.communication <= 1
        assert one.examples
        for example in one.examples:
            reading = default_reader().read(example.text)
            assert (example.topic, example.tone) == (reading.topic, reading.tone)
            assert (reading.topic or "") in dict(one.topics)
            assert example.rating.timing == 1, "asked where the persona is open"
    rubric = judge.persona.rubric
    assert set(base.likes) == {topic for like in rubric.preference.likes for topic in like.topics}
    assert (base.dislikes, base.welcome, base.avoid) == (rubric.preference.dislikes, rubric.communication.tones, rubric.communication.avoid)
    assert base.topics != taught.topics


def test_it_recalls_by_meaning_what_was_said_before(inspector, steps):
    said = [step for step in steps[:40] if step.spoke]
    step = said[-1]
    found = inspector.ask(SearchMemory(40, step.answer.text)).found
    assert found[0].text == step.answer.text
    assert [one.similarity for one in found] == sorted((one.similarity for one in found), reverse=True)
    counts = Counter((one.action.activity, one.answer.text or "") for one in steps[:40])
    last = {(one.action.activity, one.answer.text or ""): (one.day, one.minute) for one in steps[:40]}
    assert len(found) == min(20, len(counts))
    for one in found:
        assert one.count == counts[one.activity, one.text]
        assert (one.day, one.minute) == last[one.activity, one.text]
    before = inspector.ask(SearchMemory(step.index, step.answer.text)).found
    assert all(one.text != step.answer.text for one in before) or step.answer.text in {one.answer.text for one in steps[: step.index]}
    assert inspector.ask(SearchMemory(0, "music")).found == ()


@pytest.mark.parametrize("text", ["", "\x00\x1b[31m[/x]", "😀" * 5000, "'; drop table steps; --"])
def test_any_text_may_be_recalled_by(inspector, text):
    assert len(inspector.ask(SearchMemory(30, text)).found) == 20


@pytest.fixture
def copied(lived, tmp_path):
    """The run again, to be spoilt."""
    db, run = lived
    shutil.copytree(db.parent, tmp_path / "copy")
    return tmp_path / "copy" / db.name, run


@pytest.mark.parametrize("spoil", [lambda file: file.unlink(), lambda file: file.write_bytes(b"x" + file.read_bytes())])
def test_an_adapter_that_is_missing_or_changed_is_said_and_the_others_answer(copied, nights, spoil):
    db, run = copied
    file = db.with_name(db.name + ".adapters") / run.id / nights[0].adapter
    kept = file.read_bytes()
    inspector = Inspector(db, run.id)
    found = in_one_go(inspector, InspectStep(nights[0].at))[-1]
    assert found.p_speak == found.stored
    spoil(file)
    assert isinstance(in_one_go(inspector, AnswerAgain(0, 2))[-1], AnsweredAgain), "another adapter"
    found = in_one_go(inspector, InspectStep(nights[0].at))[-1]
    assert file.name in found.lacking
    assert found.hint
    assert found.p_speak is None
    assert found.state is not None
    assert found.prompt
    assert found.p_now is not None
    assert found.candidates[0].now is not None
    assert found.candidates[0].then is None
    for question in (AnswerAgain(0, 1), MapSpeaking(1), SampleSuggestions(1)):
        trouble = in_one_go(inspector, question)[-1]
        assert isinstance(trouble, InspectorError)
        assert file.name in trouble.message
    file.write_bytes(kept)
    found = in_one_go(inspector, InspectStep(nights[0].at))[-1]
    assert found.p_speak == found.stored


def test_all_this_wrote_nothing(lived, untouched, inspector):
    """The last test of this module: no question before it has changed the run."""
    inspector.ask(InspectStep(3))
    assert contents(lived[0]) == untouched
