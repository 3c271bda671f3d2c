"""Prompts are the states that the assistant had, and hold no rating that it was not given."""

from __future__ import annotations

import json
import random
import tempfile
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.core.feedback import FeedbackMode
from propersim.core.records import UNRATED, Candidate, Rating, Step
from propersim.demo import open_demo
from propersim.export.conversations import Conversations
from propersim.export.exporter import Exporter, Format
from propersim.inspector.inspected_run import InspectedRun
from propersim.learning.pairs import labels_of, pairs_of, prefers_speaking
from propersim.memory.state_text import describe
from propersim.models.homelm_evidence_tokens import encode
from propersim.store.store import RunRow, Store
from tests.export.made_runs import BASE, rated, stored
from tests.known import known

TALK: tuple[Format, ...] = ("dpo", "kto", "sharegpt")
BITS = st.sampled_from((0, 1))
RATINGS = st.builds(Rating, BITS, BITS, BITS, BITS)


def test_the_prompts_of_homelm_are_the_states_that_it_read():
    with open_demo() as demo, Store(demo.db, read_only=True) as store:
        run = store.run(demo.facts.run)
        read = {pair.index: pair.prompt for pair in store.pairs(run, "decision", 1500, 1 << 20)}
        moments = takewhile(lambda moment: moment.step.index < 1500, Conversations(store, run).moments())
        compared = 0
        for moment in moments:
            if moment.step.index in read:
                compared += 1
                assert tuple(encode(moment.state())) == read[moment.step.index]
        assert compared == len(read) > 1000
        # What HomeLM reads as fields, the prompt says in words.
        *_, first = zip(range(800), Exporter(store, run, "dpo").lines(), strict=False)
        question = json.loads(first[1])["prompt"][1]["content"]
        assert "What this person's ratings say:" in question
        assert question.endswith("\n\nAnswer now.")


def scrambled(step: Step, draw: random.Random, which: Literal["hidden", "all"]) -> Step:
    """Return a step with other ratings: of what was not shown, or of everything."""
    other = rated(step, draw)
    candidates = [
        msgspec.structs.replace(one, rating=new.rating) if which == "all" or number != step.shown or one.text is None else one
        for number, (one, new) in enumerate(zip(step.candidates, other.candidates, strict=True))
    ]
    return msgspec.structs.replace(step, candidates=tuple(candidates))


def exported(store: Store, run: RunRow) -> dict[str, list[dict[str, Any]]]:
    return {kind: [json.loads(line) for line in Exporter(store, run, kind).lines()] for kind in TALK}


MODES = st.fixed_dictionaries(
    {
        "feedback": st.sampled_from(("complete", "shown")),
        "feedback_delay": st.sampled_from(("on", "off")),
        "feedback_noise": st.sampled_from((0.0, 0.3)),
        "memory": st.sampled_from(("none", "ar", "ars", "evidence")),
    }
)


@settings(max_examples=12, deadline=None)
@given(MODES, st.integers(0, 1000))
def test_ratings_that_were_not_revealed_change_nothing(mode, seed):
    draw = random.Random(seed)
    steps = [rated(step, draw) for step in BASE]
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "runs.sqlite") as store:
        before = stored(store, steps, **mode)
        found = exported(store, before)
        assert found["kto"]
        # The ratings of what was not shown are hidden where those of what is shown alone are revealed.
        if mode["feedback"] == "shown":
            assert exported(store, stored(store, [scrambled(step, draw, "hidden") for step in steps], **mode)) == found
        # No prompt depends on ratings of its own step or of later ones; where they come at night, on none of its day.
        at = draw.randrange(1, len(steps))
        first = next(step.index for step in steps if step.day == steps[at].day) if mode["feedback_delay"] == "on" else at
        later = [*steps[:first], *(scrambled(step, draw, "all") for step in steps[first:])]
        other = stored(store, later, **mode)
        prompts = {moment.step.index: moment.prompt() for moment in Conversations(store, before).moments()}
        changed = {moment.step.index: moment.prompt() for moment in Conversations(store, other).moments()}
        assert [changed[index] for index in range(at + 1)] == [prompts[index] for index in range(at + 1)]


def test_ratings_that_come_at_night_are_not_labels_before_it(db):
    draw = random.Random(1)
    steps = [rated(step, draw) for step in BASE]
    second = next(step.index for step in steps if step.day == 2)
    with Store(db) as store:
        run = stored(store, steps, ended=1, feedback_delay="on")
        for kind, lines in exported(store, run).items():
            assert lines, kind
            assert max(line["step"] for line in lines) < second
        at_once = exported(store, stored(store, steps, ended=1, feedback_delay="off"))
        assert all(max(line["step"] for line in at_once[kind]) >= second for kind in TALK)
        # At the second day's first step the first day's ratings are known.
        memory: dict[str, Any] = {"memory": "ars", "clocks": "on"}
        run = stored(store, steps, feedback_delay="on", **memory)
        prompts = [moment.prompt()[1]["content"] for moment in Conversations(store, run).moments()]
        assert not any("rated" in prompt for prompt in prompts[:second])
        assert "rated" in prompts[second]


def test_the_inspector_knows_in_the_morning_what_the_night_revealed(db):
    draw = random.Random(1)
    steps = [rated(step, draw) for step in BASE]
    second = next(step.index for step in steps if step.day == 2)
    with Store(db) as store:
        run = stored(store, steps, feedback_delay="on", memory="ars")
    opened = InspectedRun(db, run.id)
    opened.refresh()
    assert "rated" in describe(known(opened.replay.state(second)))
    opened.store.close()


@given(st.lists(st.tuples(st.sampled_from(("a b c", "d e f", None)), RATINGS), min_size=1, max_size=4), st.integers(0, 3))
def test_labels_agree_with_the_pairs(given_candidates, shown):
    candidates = tuple(Candidate(text, rating) for text, rating in given_candidates)
    step = msgspec.structs.replace(BASE[0], candidates=candidates, shown=shown % len(candidates))
    feedback = FeedbackMode().reveal(step)
    labels = dict(labels_of(feedback))
    decisions = [pair for pair in pairs_of(feedback, (), "factored") if pair.kind == "decision"]
    assert labels.get(None) == (decisions[0].chosen is None if decisions else None)
    first = {one.text: one.rating for one in reversed(candidates)}
    assert {text: good for text, good in labels.items() if text is not None} == {
        text: rating.score == 4 for text, rating in first.items() if text is not None
    }
    silence = first.get(None)
    if silence is not None:
        assert (
            labels.get(None)
            == {True: False, False: True, None: None}[prefers_speaking(silence, [one.rating for one in candidates if one.text is not None])]
        )


def test_what_a_person_left_out_has_no_label_and_the_judge_gives_none(db):
    draw = random.Random(2)
    steps = [rated(step, draw) for step in BASE]
    ratings = [Rating(1, 1, 1, 1), Rating(1, None, 1, 1), UNRATED, Rating(0, None, 1, 1)]
    by_person = []
    for number, step in enumerate(steps):
        shown = msgspec.structs.replace(step.candidates[1], rating=ratings[number % 4])
        by_person.append(msgspec.structs.replace(step, candidates=(step.candidates[0], shown), shown=1, judged=step.candidates[1].rating))
    with Store(db) as store:
        run = stored(store, by_person, user="human")
        labels = [
            (line["step"] % 4, json.loads(line["completion"][0]["content"])["speak"], line["label"]) for line in exported(store, run)["kto"]
        ]
        # A moment whose timing is unrated, and frequency 1, is neither right nor wrong for silence.
        assert set(labels) == {(0, True, True), (0, False, False), (3, True, False)}
        rows = [json.loads(line) for line in Exporter(store, run, "jsonl").lines()]
        assert [row["candidates"][1]["rating"].get("timing") for row in rows[:3]] == [1, None, None]
