"""The judge that asks a language model: its requests, its ratings, and invalid answers."""

from __future__ import annotations

import re
import threading

import pytest

from propersim.core.config import RATING_CALLS
from propersim.llm_client import Cache, NoAnswer, Outage, Refused
from propersim.user.llm.judge import PROMPTS, QUESTIONS
from propersim.user.llm.today import HOUR, Today
from tests.llm_client.faulty import Faulty, says, status
from tests.user.scripted import always, asking, by_schema, day_of, question_of

SAID = "Read a page of Hume, and quarrel with it."
OTHER = "Watch the fashion show."


@pytest.fixture(scope="module")
def day():
    return day_of()


@pytest.mark.parametrize("mode", RATING_CALLS)
@pytest.mark.parametrize(
    ("values", "ratings"),
    [
        ({}, (1, 1, 0, 1)),
        ({"too_often": 0, "too_seldom": 0}, (1, 1, 1, 1)),
        ({"too_often": 0, "preference": 0}, (0, 1, 0, 1)),
        ({"too_seldom": 0, "timing": 0, "communication": 0}, (1, 0, 0, 0)),
    ],
)
def test_the_four_ratings_follow_from_the_five_answers_also_for_silence(day, mode, values, ratings):
    _, seen = day[100]
    with Faulty(last=by_schema(always(**values))) as server, asking(server, mode) as judge:
        found = judge.rate_all((None, SAID, f" {SAID}\n", OTHER), seen)
    assert [one.text for one in found] == [None, SAID, SAID, OTHER]
    assert {one.rating.values for one in found} == {ratings}
    too = "too_seldom" if values.get("too_often") == 0 and values.get("too_seldom", 1) else "too_often"
    for one in found:
        assert one.rating.reasons == tuple(f"because of {name}" for name in ("preference", "timing", too, "communication"))
    assert [one.topic for one in found] == [None, "reading", "reading", "fashion"]
    assert len(server.asked) == {"one": 1, "candidate": 3, "question": 15}[mode], "the same words are asked about once"


def test_each_candidate_gets_its_own_answers(day):
    def decide(asked, at):
        if at.endswith("reason"):
            return "x" * 300
        alone = [number for number, text in enumerate(("NO REC", SAID, OTHER), 1) if text in asked.last_words]
        number = int(at[10]) if at.startswith("candidate_") else alone[0]
        name = question_of(asked) if at == "answer" else at.rsplit(".", 1)[-1]
        return (0b01001, 0b10010, 0b10101)[number - 1] >> QUESTIONS.index(name) & 1

    wanted = [(1, 0, 0, 0), (0, 1, 1, 1), (1, 0, 0, 1)]
    for mode in RATING_CALLS:
        with Faulty(last=by_schema(decide)) as server, asking(server, mode) as judge:
            found = judge.rate_all((None, SAID, OTHER), day[100][1])
        assert [one.rating.values for one in found] == wanted
        assert all(len(reason) == 120 for one in found for reason in one.rating.reasons), "long reasons are cut, not asked for again"


def test_a_model_is_asked_all_five_questions_of_each_candidate_by_schema(day):
    with Faulty(last=by_schema(always())) as server, asking(server, "one") as judge:
        judge.rate_all((None, SAID, OTHER), day[100][1])
    wanted = server.asked[0].body["response_format"]["json_schema"]["schema"]
    assert wanted["required"] == ["candidate_1", "candidate_2", "candidate_3"]
    for one in wanted["properties"].values():
        assert one["required"] == [field for name in QUESTIONS for field in (f"{name}_reason", name)], "reasons first"
        assert not one["additionalProperties"]
        assert all(one["properties"][name]["enum"] == [0, 1] for name in QUESTIONS)


def test_the_ten_questions_of_a_step_are_sent_at_once(day):
    together = threading.Barrier(3)

    def paired(asked):
        together.wait(20)
        return by_schema(always())(asked)

    # The first request detects the JSON mode; three of the other nine wait for each other.
    with Faulty([by_schema(always())], last=paired) as server, asking(server, "question") as judge:
        judge.rate_all((None, OTHER), day[99][1])
    assert len(server.asked) == 10


@pytest.mark.parametrize("mode", ["candidate", "question"])
def test_requests_of_a_step_share_their_beginning(day, mode):
    with Faulty(last=by_schema(always())) as server, asking(server, mode) as judge:
        for step, _ in day[:100]:
            judge.observe(step)
        asked = judge.estimate_requests((None, SAID), day[100][1])
        judge.rate_all((None, SAID), day[100][1])
    assert len(asked) == len(server.asked) == {"candidate": 2, "question": 10}[mode]
    assert len({one.messages[0]["content"] for one in asked}) == 1
    words = [one.messages[1]["content"] for one in asked]
    assert sorted(words) == sorted(one.last_words for one in server.asked)
    assert len({one.split("<candidates>")[0] for one in words}) == 1
    purposes = {one.purpose for one in asked}
    assert purposes == ({"rate: candidate"} if mode == "candidate" else {f"rate: {name.replace('_', ' ')}" for name in QUESTIONS})


GOOD = {f"{name}{end}": value for name in QUESTIONS for end, value in (("_reason", "so"), ("", 1))}


@pytest.mark.parametrize(
    ("does", "error"),
    [
        (says(""), NoAnswer),
        (says(None), NoAnswer),
        (says({"candidate_1": GOOD}), NoAnswer),
        (says({"candidate_1": GOOD, "candidate_2": GOOD, "candidate_3": GOOD}), NoAnswer),
        (says({"candidate_1": GOOD, "candidate_2": {**GOOD, "too_seldom": 2}}), NoAnswer),
        (says({"candidate_1": GOOD, "candidate_2": {**GOOD, "timing": None}}), NoAnswer),
        (says({"candidate_1": GOOD, "candidate_2": {name: value for name, value in GOOD.items() if name != "too_seldom"}}), NoAnswer),
        (says(None, refusal="I rate nobody."), Refused),
        (status(500), Outage),
        (status(401), Outage),
    ],
    ids=["empty", "none", "too few", "too many", "two", "null", "a question left out", "refusal", "down", "key"],
)
def test_an_invalid_answer_never_becomes_a_rating(day, does, error):
    with Faulty(last=does) as server, asking(server, "one") as judge, pytest.raises(error):
        judge.rate_all((None, SAID), day[100][1])
    assert server.asked


def test_without_one_answer_the_step_has_no_rating_and_the_other_answers_are_stored(day, tmp_path):
    others = threading.Semaphore(0)

    def but_one(asked):
        if question_of(asked) != "too_seldom":
            others.release()
            return by_schema(always())(asked)
        for _ in range(len(QUESTIONS) - 1):  # It fails once the other questions have reached the server.
            others.acquire(timeout=10)
        return status(500)

    with Faulty(last=by_schema(always())) as server, asking(server, "question", cache=Cache(tmp_path / "calls.sqlite")) as judge:
        judge.rate_all((SAID,), day[99][1])  # The form of answers is settled, so the next questions are asked at once.
        server.last = but_one
        with pytest.raises(Outage):
            judge.rate_all((SAID,), day[100][1])
        before = len(server.asked)
        server.last = by_schema(always(too_seldom=0, too_often=0))
        (found,) = judge.rate_all((SAID,), day[100][1])
        assert found.rating.timing == 1
        assert found.rating.preference == 1
        assert len(server.asked) - before == 1, "what was answered is not asked again"


def test_within_an_hour_the_text_of_the_day_grows_only_at_its_end(day):
    today = Today()
    told: dict[int, str] = {}
    for step, _ in day:
        text = today.describe(step.day, step.minute).removesuffix("\n</today>")
        today.observe(step)
        if "just woken" in text:
            continue
        hour = int(step.minute) // HOUR
        assert text.startswith(told.get(hour, "")) or not told.get(hour), step.minute
        told[hour] = text
    assert len(told) > 14


def test_the_text_has_recent_hours_in_detail_and_earlier_ones_summarised(day):
    today = Today()
    assert "just woken" in today.describe(1, 345.0)
    for step, _ in day:
        if step.minute >= 20 * 60 + 30:
            break
        today.observe(step)
    lines = today.describe(1, step.minute).splitlines()
    starts = [line.split(":")[0] + ":" + line[3:5] for line in lines[1:-1]]
    assert lines[2].startswith("05:40 to 08:00: ")
    assert [line[:14] for line in lines if " to " in line[:10]] == [
        "05:40 to 08:00", "08:00 to 12:00", "12:00 to 16:00", "16:00 to 17:00", "17:00 to 18:00", "18:00 to 19:00",
    ]  # fmt: skip
    assert starts == sorted(starts)
    said = [one for one, _ in day if 19 * 60 <= one.minute < step.minute]
    assert sum("recommended to you" in line for line in lines) == len(said)
    assert f"your score {said[-1].rating.score} of 4" in lines[-2]
    between = [one for one, _ in day if 12 * 60 <= one.minute < 16 * 60]
    mean = sum(one.rating.score for one in between) / len(between)
    assert f"{len(between)} recommendations (on " in lines[4]
    assert f"your mean score {mean:.1f} of 4" in lines[4]
    hidden = Today(scores=False)
    for one, _ in day:
        hidden.observe(one)
    assert "score" not in hidden.describe(1, 1300.0)
    assert "just woken" in today.describe(2, 345.0), "another day begins with nothing"


def test_prompts_have_a_hash_of_twelve_hexadecimal_digits():
    assert re.fullmatch("[0-9a-f]{12}", PROMPTS)
