"""Asking until the answer is valid.

A model is told what was wrong with its answer and asked again.
"""

from __future__ import annotations

import threading
from typing import Final, TypeVar

import msgspec

from propersim.core.text import clean
from propersim.llm_client.accounting import Usage
from propersim.llm_client.answers import has_shape, read_answer
from propersim.llm_client.chat_body import Prompt
from propersim.llm_client.errors import NoAnswer, Refused
from propersim.llm_client.json_modes import Message, is_hopeless, with_example
from propersim.llm_client.negotiation import Negotiation
from propersim.llm_client.request import Request
from propersim.llm_client.retry import RetryPolicy
from propersim.llm_client.schema import schema_of
from propersim.llm_client.transport import COMPLETE, Reply

T = TypeVar("T", bound=msgspec.Struct)

MOST_REPEATS: Final = 2
"""Times that a model is asked again because its answer was invalid."""
MORE_TOKENS: Final = 4
"""Factor of the token limit after a truncated completion: reasoning counts as well."""
_QUOTED_CHARACTERS: Final = 4000


def valid_answer(
    negotiation: Negotiation, request: Request[T], usage: Usage, cancelled: threading.Event, patience: RetryPolicy | None = None
) -> T:
    """Return a model's valid answer to a request, asking again where necessary.

    After a truncated completion the token limit is raised once.

    Args:
        negotiation: sends the prompts.
        request: the question.
        usage: counts that all requests are added to.
        cancelled: set where the answer is no longer wanted.
        patience: bounds of the retries, if not those of the negotiation.

    Raises:
        Refused: the model or a filter refused.
        NoAnswer: no answer was valid.
        Outage: an answer is not available now, or the call was cancelled.
        Unusable: an answer will never be available.
    """
    schema = schema_of(request.kind)
    tokens, wrong, correction = request.max_tokens, "", list[Message]()
    # Guidance: 0 none, 1 the schema in the messages, 2 an example.
    most = 2 if request.example is not None else 1
    guidance = min(negotiation.capabilities.guidance, most)
    while True:
        messages = with_example(request.messages, schema, request.example) if guidance == 2 else list(request.messages)
        prompt = Prompt([*messages, *correction], schema, tokens, request.parameters, guidance == 1)
        reply = negotiation.send(prompt, usage, cancelled, patience)
        if reply.refusal or reply.finish == "content_filter":
            reason = f": {reply.refusal}" if reply.refusal else " (the endpoint's filter)"
            raise Refused(f"{negotiation.model} refused to answer{reason}", "try another model; no answer was made up")
        try:
            value = read_answer(reply.text, schema, cut_off=reply.finish not in COMPLETE)
            if value != request.example:
                negotiation.note_guidance(guidance)
                return value
            wrong = "it is the example, and no answer"
        except ValueError as error:
            wrong = clean(str(error), limit=400)
        truncated = reply.finish == "length" and not is_hopeless(reply.text, schema.longest)
        if truncated:
            if tokens == request.max_tokens:
                tokens *= MORE_TOKENS
                usage.count_retry()
                continue
            wrong = f"it was cut off after {tokens} tokens"
        if usage.again == MOST_REPEATS:
            break
        usage.again += 1
        if not truncated and not has_shape(reply.text, schema):
            guidance = min(guidance + 1, most)
        # The example says better what was wrong than a comment on the previous answer.
        correction = _correction(reply, wrong) if guidance < 2 else []
    hint = "try again, or use another model; no answer was made up"
    raise NoAnswer(f"{negotiation.model} gave no usable answer in {MOST_REPEATS + 1} tries: {wrong}", hint)


def _correction(reply: Reply, wrong: str) -> list[Message]:
    """Return the messages that tell a model what was wrong with its answer.

    There are none for an empty answer.
    """
    if not reply.text.strip():
        return []
    again = f"That answer cannot be used: {wrong}. Answer again, with one JSON object that follows the schema, and nothing else."
    return [{"role": "assistant", "content": reply.text[:_QUOTED_CHARACTERS]}, {"role": "user", "content": again}]
