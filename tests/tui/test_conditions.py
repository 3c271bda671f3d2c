"""What the screen says of feedback, exploration, unused nights and a rubric that changes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from propersim.core.config import RunConfig
from propersim.core.records import Candidate, Night, Rating
from propersim.inspector.protocol import AnsweredAgain
from propersim.persona.drift import drifting
from propersim.persona.library import load_persona
from propersim.persona.move import moving
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.runner import Runner
from propersim.store.store import Store
from propersim_tui.data.frame import Frame, RunInfo
from propersim_tui.data.source import RunSource
from propersim_tui.render import step_text
from propersim_tui.render.conditions import conditions
from propersim_tui.render.feed import NightEntry, RecommendationEntry, WarningEntry, feed_entries
from propersim_tui.render.persona_text import persona_lines
from propersim_tui.widgets.decision import decision_summary
from propersim_tui.widgets.feed_rows import rows
from propersim_tui.widgets.now_panel import NowPanel
from propersim_tui.widgets.run_header import RunHeader
from propersim_tui.widgets.run_preview import untrained_texts
from tests.tui import story

SAID = story.decided(next(step for step in story.day_steps(1, 0) if step.spoke))
EXPLORED = msgspec.structs.replace(SAID, explored=True, p_speak=0.2, threshold=0.5)


def about(**conditions_: Any) -> RunInfo:
    persona = conditions_.pop("persona", load_persona("p01"))
    return RunInfo("r", persona, world=None, assistant="llama · homelm nf4", days=14, timestep=2.5, **conditions_)  # type: ignore[arg-type]


ALL: dict[str, Any] = {"feedback": "shown", "noise": 0.1, "delayed": True, "explores": 60}


@pytest.mark.parametrize(
    ("options", "day", "words", "short"),
    [
        ({}, 1, "", ""),
        ({"feedback": "shown", "explores": 60}, 1, "feedback shown · explores up to 60", "shown · explores 60"),
        ({"reactive": True}, 1, "the user reacts", "reacts"),
        ({"noise": 0.125}, 1, "noise 12.5 %", "noise 12.5 %"),
        (ALL, 1, "feedback shown · noise 10 % · ratings at night · explores up to 60", "shown · noise 10 % · at night · explores 60"),
    ],
)
def test_the_conditions_of_learning_are_said_in_words(options, day, words, short):
    assert conditions(about(**options), day) == words
    assert conditions(about(**options), day, short=True) == short


def test_the_preview_says_in_one_clause_why_nights_trained_nothing():
    good, few, pairless = (Night(10, 1, held_out=30, loaded=False), Night(10, 1, held_out=3, loaded=False), Night(10, 1))
    assert untrained_texts([good]) == ["1 night without training: P(speak) was almost never wrong"]
    assert untrained_texts([good, good, few, pairless]) == [
        "2 nights without training: P(speak) was almost never wrong",
        "1 night without training: fewer than 10 moments could be checked",
        "1 night without pairs to train on",
    ]
    assert untrained_texts([]) == []


def test_the_screen_says_whose_rubric_holds_since_when():
    persona = drifting(load_persona("p01"), 8, load_persona("p07"))
    said = [conditions(about(persona=persona), day) for day in (0, 7, 8, 9)]
    assert said == ["rubric of p07 from day 8"] * 2 + ["rubric of p07 since day 8"] * 2
    text = "\n".join(each.plain for each in persona_lines(persona, 200))
    assert "Rubric of p07, in this run from day 8 on" in text
    for which in ("p01", "p07"):
        assert load_persona(which).rubric.preference.text[:40] in text
    assert "Rubric of" not in "\n".join(each.plain for each in persona_lines(persona.on_day(1), 200))


def test_the_screen_says_who_lives_where_since_when():
    persona = moving(load_persona("p02"), 8, load_persona("o01"))
    assert [conditions(about(persona=persona), day) for day in (0, 7)] == ["office: o01 from day 8"] * 2
    assert [conditions(about(persona=persona), day, short=True) for day in (8, 9)] == ["o01 since day 8"] * 2
    text = "\n".join(each.plain for each in persona_lines(persona, 200))
    home, _, office = text.partition("In this run from day 8 on, in the office")
    assert "Lifestyle: up at 06:00, to bed at 22:30" in home
    assert "of 16 hours awake" in home
    assert "· asleep" in home
    assert "Lifestyle: arrives at 08:15, leaves at 17:00" in office
    assert "of 9 hours at work" in office
    assert "· not at work" in office
    assert "asleep" not in office


@pytest.mark.parametrize("width", range(60, 220, 10))
def test_the_top_line_keeps_the_conditions_before_who_the_user_is(width):
    frame = Frame(about(feedback="shown", explores=60), step=SAID, steps=[SAID])
    (line,) = RunHeader().lines(frame, width, 1)
    assert line.cell_length <= width
    assert "Day 1 of 14" in line.plain
    assert ("shown · explores 60" in line.plain) or ("feedback shown · explores up to 60" in line.plain) or width < 80


def test_an_explored_step_says_so_in_the_feed_and_in_the_inspector():
    said = "spoke to learn: less likely to speak than needed"
    for step, expected in ((EXPLORED, True), (SAID, False)):
        text = "".join(part for line, _ in rows(RecommendationEntry(step), 100, current=False, opened=True) for part, _ in line)
        assert (said in text) == expected
        assert (said in step_text.decision_text(step, 0.5).plain) == expected
        assert ("spoke to learn" in decision_summary(Frame(about(), step=step, steps=[step]), 100)) == expected


SILENT = msgspec.structs.replace(
    story.decided(next(step for step in story.day_steps(1, 0) if not step.spoke)),
    p_speak=0.57,
    threshold=0.5,
    drawn=1,
    malformed=0,
    evidence="time unknown, activity unknown, gap none yet",
)
ALSO_SILENT = (Candidate("A walk?", Rating(1, 1, 1, 1), origin="tried"), Candidate("Some tea?", Rating(1, 1, 1, 1), origin="recalled"))


@pytest.mark.parametrize(
    ("changes", "feedback", "long", "short"),
    [
        ({}, "complete", "no topic is known to be good at this moment: the assistant stays silent", "no good topic known"),
        ({"drawn": 0}, "complete", "no topic is known to be good", "no good topic known"),
        ({"drawn": 2, "malformed": 1}, "complete", "no topic is known to be good", "no good topic known"),
        ({"drawn": 33, "malformed": 4}, "complete", "none of the 33 candidates drawn was a new recommendation", "no candidate fitted"),
        ({"drawn": 32}, "shown", "none of the 32 candidates drawn", "no candidate fitted"),
        ({"drawn": 2, "malformed": 2}, "shown", "the candidate to be shown was malformed", "candidate malformed"),
        ({"drawn": 3, "malformed": 2, "evidence": None}, "complete", "the candidate to be shown was malformed", "candidate malformed"),
        ({"drawn": 2, "malformed": 2}, "complete", "the record does not say why", "cause not recorded"),
        ({"drawn": 1, "evidence": None}, "complete", "the record does not say why", "cause not recorded"),
    ],
)
def test_silence_above_the_threshold_has_its_true_cause_or_none(changes, feedback, long, short):
    step = msgspec.structs.replace(SILENT, candidates=(SILENT.answer,), shown=0, **changes)
    text = step_text.decision_text(step, 0.5, complete=feedback == "complete").plain
    assert text.startswith("Speak 57 % (needs 50 %), but ")
    assert long in text
    frame = Frame(about(feedback=feedback), step=step, steps=[step])
    assert f"silent: {short}" in decision_summary(frame, 100)
    assert short in decision_summary(frame, 46)
    narrow = "\n".join(one.plain for one in NowPanel().lines(frame, 24, 40))
    assert short in narrow


def test_candidates_drawn_to_try_topics_are_counted_without_the_recalled():
    step = msgspec.structs.replace(SILENT, candidates=(SILENT.answer, *ALSO_SILENT), shown=0)
    assert "1 candidate was drawn to try topics, and rated without being shown." in step_text.decision_text(step, 0.5).plain
    below = msgspec.structs.replace(step, p_speak=0.5)
    assert "no topic" not in step_text.decision_text(below, 0.5).plain
    assert "silent:" not in decision_summary(Frame(about(), step=below, steps=[below]), 100)


def test_another_nights_answer_names_the_missing_topic():
    silence = SILENT.answer
    answer = AnsweredAgain(0, 0, None, 0.57, False, silence, ALSO_SILENT, 0.5, lacks_topic=True)
    text = step_text.adapter_answer_text(answer).plain
    assert "would stay silent" in text
    assert "Speak 57 % (needs 50 %), but no topic is known to be good at this moment." in text
    assert "no topic" not in step_text.adapter_answer_text(msgspec.structs.replace(answer, p_speak=0.4, lacks_topic=False)).plain


def test_a_night_that_is_not_used_says_so():
    trained = Night(10, 1, adapter="a", steps=5, decisions=20, contents=4, spoken=3)
    assert "not used" not in NightEntry(9, trained).text
    assert NightEntry(9, msgspec.structs.replace(trained, loaded=False)).text.startswith("night 1 · not used · trained on 24 pairs")
    checked = msgspec.structs.replace(trained, held_out=40, wrong_before=5, wrong_after=1)
    assert NightEntry(9, checked).text.startswith("night 1 · used: wrong once in 40 checked moments, before 5 times · trained on 24 pairs")
    worse = msgspec.structs.replace(checked, wrong_after=6, loaded=False)
    assert NightEntry(9, worse).text.startswith("night 1 · not used: wrong 6 times in 40 checked moments, before 5 times · trained on")
    few = Night(10, 1, held_out=3, loaded=False)
    assert NightEntry(9, few).text == "night 1 · not trained yet: 3 checked moments, 10 are needed"
    good = Night(10, 1, held_out=30, wrong_before=2, wrong_after=2, loaded=False)
    assert NightEntry(9, good).text == "night 1 · nothing to train: P(speak) was wrong 2 times in 30 checked moments"
    asked = NightEntry(9, msgspec.structs.replace(good, day=12, asked=True)).text
    assert asked.startswith("day 12, asked to train · nothing to train: ")
    assert NightEntry(9, Night(10, 1)).text == "night 1 · no training pairs"


def test_a_silent_step_has_no_pair_where_only_what_is_shown_is_rated():
    silent = story.decided(next(step for step in story.day_steps(1, 0) if not step.spoke))
    assert step_text.pairs_text((), (), (), silent, complete=False).plain.startswith("No preference pair: silence is not rated")
    assert "no candidate was better" in step_text.pairs_text((), (), (), silent).plain


def test_a_stored_run_brings_its_rubrics_to_the_screen(db):
    config = RunConfig(persona="p01", assistant="silent", days=2, timestep=60.0, drift=2, drift_to="p08")
    with Store(db) as store:
        run = Runner(store, add_run(store, config), FreeGate()).go()
    source = RunSource(db, run.id)
    source.poll(0.0)
    frame = source.frame(source.newest)
    assert conditions(frame.about, 2) == "rubric of p08 since day 2"
    warned = [one.text for one in feed_entries(frame.steps, frame.nights, frame.warnings) if isinstance(one, WarningEntry)]
    assert warned == ["From this morning on the user rates by the rubric of p08."]
    source.close()
