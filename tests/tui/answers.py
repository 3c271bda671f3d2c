"""Hand-made answers of the inspector about the runs of :mod:`tests.tui.story`, and a fake that gives them at once."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from propersim.core.records import Candidate, Pair, Rating, Step
from propersim.inspector.protocol import (
    AnswerAgain,
    AnsweredAgain,
    CandidateLogProbs,
    InspectedCandidate,
    InspectedStep,
    InspectorError,
    InspectStep,
    MapRow,
    MapSpeaking,
    MemoryMatch,
    MemoryMatches,
    NightAdapter,
    Question,
    Reply,
    SampleSuggestions,
    SearchMemory,
    SpeakMap,
    SuggestionSample,
)
from propersim.memory.state import AssistantState, Past, Summary, Timers
from tests.known import known
from tests.tui import story

ROWS = ("working in the garden", "reading a book", "playing the piano", "cooking a meal", "having dinner")
COLUMNS = 34


class FakeExaminer:
    """Fake inspector process that answers each question at the next poll.

    Args:
        step_of: returns the step of an index.
        text: replaces all free text; None keeps the story's own.
        nights: days of the nights that have an adapter.
    """

    def __init__(self, step_of: Callable[[int], Step | None], text: str | None = None, nights: tuple[int, ...] = (1, 2)) -> None:
        self.step_of = step_of
        self.text = text
        self.nights = nights
        self.asked: list[Question] = []
        self.silent = False
        self.trouble = ""
        self.closed = False
        self.pid = None
        self.suspended = False
        self.busy_seconds = 0.0
        self._answers: list[Reply] = []

    def ask(self, question: Question) -> int:
        self.asked.append(question)
        number = len(self.asked)
        if self.silent:
            return number
        if self.trouble:
            self._answers.append(InspectorError(self.trouble, self.text or "ask again", number=number))
        elif isinstance(question, InspectStep):
            self._answers.append(examined(known(self.step_of(question.index)), number, self.text))
        elif isinstance(question, AnswerAgain):
            self._answers.append(asked(question, number, self.text))
        elif isinstance(question, MapSpeaking):
            days = (*reversed(self.nights), 0)
            self._answers += [mapped(day, place, len(days), number, self.text) for place, day in enumerate(days)]
        elif isinstance(question, SampleSuggestions):
            self._answers.append(favoured(question, number, self.text))
        elif isinstance(question, SearchMemory):
            self._answers.append(recalled(question, number, self.text))
        return number

    def poll(self) -> list[Reply]:
        answers, self._answers = self._answers, []
        return answers

    def close(self) -> None:
        self.closed = True


def examined(step: Step, number: int, text: str | None = None) -> InspectedStep:
    said = text or "Put a record on?"
    state = AssistantState(
        step.minute, 2, text or step.action.activity, text or step.action.phrase, text or step.action.place.room, 3, 25.0,
        recent=(Past(text or "brew_tea", None, minutes_ago=9.0), Past(text or "brew_tea", text or "music", said, 4, 4.0)),
        hours=(
            Summary(0.2, 1.0, 2, (text or "music", "film"), (text or "brew_tea", "walk"), 3.5),
            Summary(1.2, 1.0, 0, (), ("read_book",)),
        ),
        memories=(Past("brew_tea", "music", said, 4, 1500.0, 0.83), Past("brew_tea", None, "", 2, 90.0, 0.71)),
        timers=Timers(84.0, 130.0, 3, 2),
    )  # fmt: skip
    tokens = tuple(text or token for token in ("<bos>", "<hour:1>", "<a:brew_tea>", "<d:Wed>", "<r:kitchen>", "<m:10>", "<t:17:00>"))
    weighed = tuple(
        InspectedCandidate(
            one if text is None else msgspec.structs.replace(one, text=one.text and text, topic=text, tone=text),
            CandidateLogProbs(-0.2 if one.text else -1.7, -9.5 if one.text else 0.0, 12 if one.text else 0),
            CandidateLogProbs(-0.1 if one.text else -2.3, -7.25 if one.text else 0.0, 12 if one.text else 0),
        )
        for one in step.candidates
    )
    pairs = (
        Pair(step.index, 0, "decision", (), "", None, "speech"),
        Pair(step.index, 1, "content", (), said, text or "You should log the costs of the tour now.", "preference"),
    )
    return InspectedStep(
        step.index, state, tokens, NightAdapter(1, 402), NightAdapter(2, 804), step.p_speak, 0.91, step.p_speak, weighed,
        step.shown, pairs, (1, 2), number=number,
    )  # fmt: skip


def asked(question: AnswerAgain, number: int, text: str | None = None) -> AnsweredAgain:
    day = 2 if question.day is None else question.day
    rated: tuple[tuple[str, story.Bit], ...] = (("A slow album while the kettle warms?", 1), ("Do put a record on.", 0))
    said = tuple(
        Candidate(
            text or words, Rating(1, 1, 1, value, ("", "", "", "" if value else text or "So stiff!")), text or "music", text or "warm"
        )
        for words, value in rated
    )
    silence = Candidate(None, Rating(1, 0, 1, 1, ("", text or "I could have done with an idea.", "", "")))
    worn = NightAdapter(day, 402 * day) if day else None
    return AnsweredAgain(question.index, question.day, worn, 0.9 if day else 0.4, bool(day), silence, said, number=number)


def mapped(day: int, place: int, places: int, number: int, text: str | None = None) -> SpeakMap:
    rows = tuple(MapRow(f"activity_{i}", text or phrase, text or "kitchen", 300.0 - 40 * i) for i, phrase in enumerate(ROWS))
    open_ = tuple(tuple(int(4 <= (column + 3 * i) % 16 < 9) for column in range(COLUMNS)) for i in range(len(ROWS)))
    # From uniform to the user's wishes, night by night.
    part = min(1.0, day / 3)
    p_speak = tuple(tuple(round(0.9 * (1 - part) + part * cell, 3) for cell in row) for row in open_)
    done = tuple(tuple(30.0 if (column + i) % 3 else 0.0 for column in range(COLUMNS)) for i in range(len(ROWS)))
    worn = NightAdapter(day, 402 * day) if day else None
    return SpeakMap(day, worn, place, places, rows, 390, p_speak, open_, done, at=402 * day, number=number)


def favoured(question: SampleSuggestions, number: int, text: str | None = None) -> SuggestionSample:
    rated: tuple[tuple[str, story.Bit], ...] = (
        ("A slow album while the kettle warms?", 1),
        ("You should log the costs of the tour now.", 0),
    )
    examples = tuple(Candidate(text or words, Rating(value, 1, 1, 1), text or "music", text or "warm") for words, value in rated)
    worn = NightAdapter(question.day, 402 * question.day) if question.day else None
    return SuggestionSample(
        question.day, worn, 48, 1, ((text or "music", 0.5), ("film", 0.3), ("finance", 0.15), ("", 0.05)),
        ((text or "warm", 0.7), ("formal", 0.3)), 0.85, 0.7, examples,
        (text or "music", "film", "theatre"), ("finance",), (text or "warm",), ("formal",), number=number,
    )  # fmt: skip


def recalled(question: SearchMemory, number: int, text: str | None = None) -> MemoryMatches:
    """Return four memories; none at the first step."""
    found = (
        MemoryMatch("brew_tea", "music", text or "Morning! A slow album while the kettle warms?", 0.91, 2, 470.0, 3, 4),
        MemoryMatch(text or "coffee_break", text or "theatre", text or "Oh, my dear, do feel free to book seats.", 0.64, 1, 650.0, 1, 2),
        MemoryMatch("lunch", None, "", 0.4, 2, 785.0, 12, 3),
        MemoryMatch("read_book", None, "", -0.05, 1, 1350.0, 1, None),
    )
    return MemoryMatches(question.index, text or question.text, found if question.index else (), number=number)
