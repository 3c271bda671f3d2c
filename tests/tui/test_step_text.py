"""The texts about one step: what a control has learned, the score beside the dimensions, counts."""

from __future__ import annotations

import msgspec
import pytest

from propersim.core.feedback import FeedbackMode
from propersim.core.records import Candidate, Rating
from propersim.learning.pairs import pairs_of
from propersim_tui.render import step_text
from propersim_tui.render.run_state import back_text, cost_text
from tests.tui import story

STEPS = story.day_steps(1, 0)
SAID = next(step for step in STEPS if step.spoke)
DECIDED = story.decided(SAID)


def test_controls_and_endpoints_do_not_learn():
    control = msgspec.structs.replace(SAID, p_speak=None)
    assert step_text.pairs_text((), (), (), control).plain == "Controls do not learn."
    assert step_text.pairs_text((), (), (), control, remote=True).plain == "A model at an endpoint does not learn."
    assert step_text.pairs_text((), (), (), DECIDED).plain.startswith("No preference pair: no candidate was better")


@pytest.mark.parametrize(
    ("silence", "spoken", "said"),
    [
        # Scores alone would favour the suggestion; the rule compares more.
        (
            (0, 0, 1, 1),
            (1, 1, 0, 1),
            "silence preferred · silence scored 2, the best suggestion 3, but no suggestion has the frequency point",
        ),
        (
            (0, 0, 1, 1),
            (1, 1, 1, 1),
            "speaking preferred · silence scored 2, the best suggestion 4; silence has 0 in preference and timing",
        ),
        ((1, 1, 1, 1), (1, 0, 1, 1), "silence preferred · silence scored 4, the best suggestion 3"),
        ((0, 1, 0, 1), (1, 0, 1, 1), "No preference pair · silence scored 2, the best suggestion 3, but silence has its timing point"),
        (
            (0, 0, 1, 1),
            (1, 0, 1, 1),
            "No preference pair · silence scored 2, the best suggestion 3, but no suggestion has both timing and frequency",
        ),
    ],
)
def test_why_silence_or_speech_was_preferred(silence, spoken, said):
    step = msgspec.structs.replace(DECIDED, candidates=(Candidate(None, Rating(*silence)), Candidate("A walk?", Rating(*spoken))), shown=0)
    feedback = FeedbackMode().reveal(step)
    text = step_text.pairs_text(pairs_of(feedback, (), "factored"), (), (), step).plain
    what, _, why = said.partition(" · ")
    assert what in text
    assert why in text


def test_the_score_is_set_apart_from_the_dimensions():
    one = SAID.candidates[SAID.shown]
    rated = step_text.candidate(one)[1].plain
    dots, _, score = rated.partition(" score ")
    assert sum(dots.count(sign) for sign in "●○") == 4
    assert score.split()[1] == str(one.rating.score)


@pytest.mark.parametrize(
    ("malformed", "drawn", "said"), [(1, 1, "1 of 1 candidate."), (1, 3, "1 of 3 candidates."), (2, 3, "2 of 3 candidates.")]
)
def test_malformed_candidates_are_counted(malformed, drawn, said):
    step = msgspec.structs.replace(DECIDED, malformed=malformed, drawn=drawn)
    for remote in (False, True):
        assert step_text.decision_text(step, 0.7, remote=remote).plain.endswith(f"Malformed and discarded: {said}")


def test_counts_in_the_top_line_agree_with_their_nouns():
    assert [back_text(1), back_text(274)] == ["1 step back", "274 steps back"]
    assert [cost_text((1, 0.0)), cost_text((2, 0.0))] == ["1 call", "2 calls"]
