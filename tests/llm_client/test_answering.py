"""The simulated model: it answers every request validly, in every JSON mode, and repeated requests in the same way."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import Meta

from propersim.llm_client import Request
from tests.llm_client.answering import answers_schema
from tests.llm_client.asking import endpoint, question
from tests.llm_client.faulty import Asked, Does, Faulty, Step, status


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sure: bool
    share: Annotated[float, Meta(ge=0.5, le=0.75)]


class Everything(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: Annotated[int, Meta(gt=3, le=5)]
    minutes: Literal[10, 15]
    name: Annotated[str, Meta(min_length=30, max_length=33, description="who")]
    word: Annotated[str, Meta(max_length=3)] | None
    parts: Annotated[list[Part], Meta(min_length=2, max_length=3)]


def _only(form: str, last: Step) -> Step:
    def step(asked: Asked) -> Does:
        assert callable(last)
        return last(asked) if asked.form == form else status(500, "Internal Server Error")

    return step


@pytest.mark.parametrize("form", ["json_schema", "json_object+schema"])
def test_every_answer_fits_and_the_same_question_has_the_same_answer(form: str) -> None:
    asked = [Request(({"role": "user", "content": f"{n}"},), Everything, "test") for n in range(20)]
    with Faulty(last=_only(form, answers_schema(1))) as server, Faulty(last=_only(form, answers_schema(2))) as other:
        first = [one.value for one in endpoint(server.url).ask_all(asked)]
        again = [one.value for one in endpoint(server.url).ask_all(reversed(asked))]
        elsewhere = [one.value for one in endpoint(other.url).ask_all(asked)]
        assert not sum(one.call.again for one in endpoint(server.url).ask_all([question(str(n)) for n in range(5)]))
    assert first == again[::-1] != elsewhere
    assert len(set(map(str, first))) == 20
