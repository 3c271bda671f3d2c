"""The error of one failed request, and the errors that it becomes without more retries."""

from __future__ import annotations

from typing import Final

from propersim.core.errors import PropersimError
from propersim.core.program import program
from propersim.llm_client.error_kinds import TEMPORARY, Kind, is_certain, kind_of, named_parameters
from propersim.llm_client.error_words import ErrorWords
from propersim.llm_client.errors import KeyRefused, Outage, Refused, Unusable

DOCTOR: Final = f"{program()} doctor --base-url URL --model NAME"
"""The command that checks an endpoint."""


class TransportError(Exception):
    """A request that brought no completion.

    Args:
        kind: the kind of error.
        detail: a description without the key.
        status: HTTP status; None where there was no response.
        retry_after: seconds that the endpoint asks to wait; None where it does not say.
        parameters: optional parameters that the error names, the most likely one first.
        certain: whether no other JSON mode can help.
        billed: whether the endpoint may have done the work, and charge for it.
        page: whether the response was a page of HTML.
    """

    def __init__(
        self,
        kind: Kind,
        detail: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        parameters: tuple[str, ...] = (),
        certain: bool = False,
        billed: bool = False,
        page: bool = False,
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.status = kind, detail, status
        self.retry_after, self.parameters, self.certain = retry_after, parameters, certain
        self.billed, self.page = billed, page

    @property
    def temporary(self) -> bool:
        """Whether the same request may succeed later."""
        return self.kind in TEMPORARY


def error_of_status(status: int, detail: str, words: ErrorWords, retry_after: float | None) -> TransportError:
    """Return the error that an HTTP status and the endpoint's words stand for.

    Args:
        status: HTTP status, from 300 up.
        detail: the endpoint's message, without the key.
        words: words of the response.
        retry_after: seconds that the endpoint asks to wait.
    """
    kind = kind_of(status, words)
    parameters = named_parameters(words, anywhere=kind != "server") if kind in ("bad", "long", "server") else ()
    return TransportError(
        kind,
        detail,
        status=status,
        retry_after=retry_after if kind in ("rate", "server") else None,
        parameters=parameters,
        certain=is_certain(kind, status, words),
        # These statuses are of a proxy as well.
        page=words.page or status in (407, 511),
    )


def final_error(error: TransportError, endpoint: str, tokens: int = 0, *, first: bool = False) -> PropersimError:
    """Return the error to raise for a request that is not retried any more.

    Args:
        error: error of the last request.
        endpoint: address and model, for the message.
        tokens: context length that the request needs, in tokens; 0 where it is not known.
        first: whether the endpoint has never answered a request.
    """
    detail = error.detail
    if error.kind == "filtered":
        return Refused(f"{endpoint} refused to answer: {detail}", "try another model; no answer was made up")
    if error.kind == "key" and error.page:
        hint = "the response comes from a proxy or firewall in front of it: check the address and your network"
        return KeyRefused(f"{endpoint} refuses access: {detail}", hint)
    if error.kind == "key":
        hint = "set PROPERSIM_API_KEY to a valid key that may use this model"
        return KeyRefused(f"{endpoint} refused the key: {detail}", hint)
    if error.kind == "place":
        hint = "use another endpoint, or another network; the key is not at fault"
        return Outage(f"{endpoint} does not serve the place you ask from: {detail}", hint)
    if error.kind == "quota":
        return Outage(f"{endpoint}: the account has nothing left to spend: {detail}", "add credit, or use another key")
    if error.kind == "absent":
        return Unusable(f"{endpoint}: no such model or address: {detail}", "check the model's name and the address (usually ends in /v1)")
    if error.kind == "long":
        needed = f" of at least {tokens} tokens" if tokens else ""
        hint = f"use a model, or start the server, with a context{needed} (Ollama: num_ctx; llama.cpp: -c; vLLM: --max-model-len)"
        return Unusable(f"{endpoint}: the prompt is too long for the model's context: {detail}", hint)
    if error.kind == "large":
        hint = "raise the limit of the server, or of the proxy in front of it (nginx: client_max_body_size), or use another server"
        return Unusable(f"{endpoint}: the prompt is too large for the server: {detail}", hint)
    if error.kind == "bad":
        return Unusable(
            f"{endpoint} rejects this request in every JSON mode, and without optional parameters: {detail}",
            f"check with `{DOCTOR}`; the server's log says more",
        )
    if error.kind == "rate":
        asked = f"; it asks to wait {error.retry_after:.0f} s" if error.retry_after is not None else ""
        return Outage(f"{endpoint}: too many requests{asked}: {detail}", "wait, or send fewer requests at once")
    if error.kind == "garbled":
        hint = "check the address: it usually ends in /v1"
        return Outage(f"{endpoint} does not answer like an OpenAI-compatible endpoint: {detail}", hint)
    if first and error.kind in ("connection", "timeout") and not error.billed:
        return Outage(f"{endpoint} does not answer: {detail}", f"is the server running? check host and port with `{DOCTOR}`")
    return Outage(f"{endpoint} does not answer: {detail}", "wait until it is back; all answers received so far are kept")
