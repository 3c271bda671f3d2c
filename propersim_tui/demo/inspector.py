"""The inspector of the demo, which has stored answers.

Other questions go to a real inspector.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from propersim.demo import Facts
from propersim.inspector.client import InspectorClient
from propersim.inspector.protocol import AnswerAgain, InspectStep, MapSpeaking, Question, Reply, SampleSuggestions, SearchMemory, SpeakMap


class DemoInspector:
    """Answers the questions of the captioned screens at once, also without torch.

    Any other question is asked anew, in a process that loads the model, and answered with what is missing where it cannot be loaded.

    Args:
        facts: has the stored answers.
        db: the database file.
        run_id: id of the run that is shown.
    """

    def __init__(self, facts: Facts, db: Path, run_id: str) -> None:
        self._stored = {_key(one.question): one.replies for one in facts.answers} if run_id == facts.run else {}
        self._client = InspectorClient(db, run_id)
        self._number = 0
        self._numbers: dict[int, int] = {}
        self._ready: list[Reply] = []

    @property
    def pid(self) -> int | None:
        """The id of the process, if there is one."""
        return self._client.pid

    @property
    def suspended(self) -> bool:
        """Whether the process was stopped by a signal."""
        return self._client.suspended

    @property
    def busy_seconds(self) -> float:
        """Seconds of processor time that the process used."""
        return self._client.busy_seconds

    def ask(self, question: Question) -> int:
        """Answer a question from the store, or ask the process; return its number."""
        self._number += 1
        stored = self._maps(question) if isinstance(question, MapSpeaking) else self._stored.get(_key(question))
        if stored is None:
            self._numbers[self._client.ask(question)] = self._number
        else:
            self._ready += [_numbered(reply, self._number) for reply in stored]
        return self._number

    def _maps(self, question: MapSpeaking) -> tuple[Reply, ...] | None:
        """Return the stored maps: of the moment that is asked about, and of all days."""
        days = self._stored.get(_key(MapSpeaking(day=question.day)))
        if days is None or question.index is None:
            return days
        now = self._stored.get(_key(question), ())
        known = {each.at for each in now if isinstance(each, SpeakMap)}
        maps = [each for each in days if isinstance(each, SpeakMap) and each.at not in known]
        return (*now, *(msgspec.structs.replace(each, place=place) for place, each in enumerate(maps, len(known))))

    def poll(self) -> list[Reply]:
        """Return the answers that have arrived since the last call, without waiting."""
        ready, self._ready = self._ready, []
        for reply in self._client.poll():
            number = self._numbers.get(getattr(reply, "number", 0))
            ready.append(reply if number is None else _numbered(reply, number))
        return ready

    def close(self) -> None:
        """End the process, if there is one."""
        self._client.close()


def _numbered(reply: Reply, number: int) -> Reply:
    changed: Reply = msgspec.structs.replace(reply, number=number) if hasattr(reply, "number") else reply
    return changed


def _key(question: Question) -> tuple[Any, ...]:
    """Return what makes two questions the same, whatever their numbers."""
    match question:
        case InspectStep(index=index):
            return "step", index
        case AnswerAgain(index=index, day=day):
            return "again", index, day
        case MapSpeaking(day=day, index=index):
            return "map", day, index
        case SampleSuggestions(day=day, index=index):
            return "sample", day, index
        case SearchMemory(index=index, text=text):
            return "memory", index, text
