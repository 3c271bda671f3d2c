"""The error of one failed request, and the errors that it becomes without more retries."""

from __future__ import annotations

from propersim.core.errors import PropersimError
from propersim.llm_client.error_kinds import TEMPORARY, Kind, is_certain, kind_of, named_parameters
from propersim.llm_client.error_words import ErrorWords
from propersim.llm_client.errors import KeyRefused, Outage, Refused, Unusable


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
        page=words.page,
    )


def final_error(error: TransportError, endpoint: str, tokens: int = 0) -> PropersimError:
    """Return the error to raise for a request that is not retried any more.

    Args:
        error: error of the last request.
        endpoint: address and model, for the message.
        tokens: context length that the request needs, in tokens; 0 where it is not known.
    """
    detail = error.detail
    if error.kind == "filtered":
        return Refused(f"{endpoint} refused to answer: {detail}", "try another model; no answer was made up")
    if error.kind == "key" and error.page:
        hint = "the page comes from a proxy or firewall in front of it: check the address and your network, then resume"
        return KeyRefused(f"{endpoint} refuses access: {detail}", hint)
    if error.kind == "key":
        hint = "set PROPERSIM_API_KEY to a valid key that may use this model, then resume"
        return KeyRefused(f"{endpoint} refused the key: {detail}", hint)
    if error.kind == "quota":
        return Outage(f"{endpoint}: the account has nothing left to spend: {detail}", "add credit, or use another key, then resume")
    if error.kind == "absent":
        return Unusable(f"{endpoint}: no such model or address: {detail}", "check the model's name and the address (usually ends in /v1)")
    if error.kind == "long":
        needed = f" of at least {tokens} tokens" if tokens else ""
        hint = f"use a model, or start the server, with a context{needed} (Ollama: num_ctx; llama.cpp: -c; vLLM: --max-model-len)"
        return Unusable(f"{endpoint}: the prompt is too long for the model's context: {detail}", hint)
    if error.kind == "bad":
        return Unusable(
            f"{endpoint} rejects this request in every JSON mode, and without optional parameters: {detail}",
            "the message above is the endpoint's own",
        )
    if error.kind == "rate":
        asked = f"; it asks to wait {error.retry_after:.0f} s" if error.retry_after is not None else ""
        return Outage(f"{endpoint}: too many requests{asked}: {detail}", "resume later, or with fewer requests at once")
    if error.kind == "garbled":
        hint = "check the address: it usually ends in /v1"
        return Outage(f"{endpoint} does not answer like an OpenAI-compatible endpoint: {detail}", hint)
    return Outage(f"{endpoint} does not answer: {detail}", "resume when it is back; all answers received so far are kept")
