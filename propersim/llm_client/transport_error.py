"""The error of one failed request, and the errors that it becomes without more retries."""

from __future__ import annotations

import re
from typing import Any, Final, Literal

from propersim.core.errors import PropersimError
from propersim.llm_client.errors import KeyRefused, Outage, Unusable

Kind = Literal["key", "quota", "absent", "bad", "rate", "server", "timeout", "connection", "garbled"]
TEMPORARY: Final = frozenset({"rate", "server", "timeout", "connection", "garbled"})
"""Kinds of errors that a later request may not meet."""


class TransportError(Exception):
    """A request that brought no completion.

    Args:
        kind: the kind of error.
        detail: a description without the key.
        status: HTTP status; None where there was no response.
        retry_after: seconds that the endpoint asks to wait; None where it does not say.
        parameter: name of a parameter that the endpoint does not support; "" where it names none.
        certain: whether no other JSON mode can help.
        billed: whether the endpoint may have done the work, and charge for it.
    """

    def __init__(
        self,
        kind: Kind,
        detail: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        parameter: str = "",
        certain: bool = False,
        billed: bool = False,
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.status = kind, detail, status
        self.retry_after, self.parameter, self.certain, self.billed = retry_after, parameter, certain, billed

    @property
    def temporary(self) -> bool:
        """Whether the same request may succeed later."""
        return self.kind in TEMPORARY


def error_of_status(status: int, detail: str, body: dict[str, Any], retry_after: float | None) -> TransportError:
    """Return the error that an HTTP status stands for.

    Args:
        status: HTTP status, from 300 up.
        detail: the endpoint's message, without the key.
        body: the ``error`` object of the response.
        retry_after: seconds that the endpoint asks to wait.
    """
    code = str(body.get("code") or "")
    if status in (401, 403):
        return TransportError("key", detail, status=status, certain=True)
    if status == 402 or (status == 429 and "insufficient_quota" in (code, body.get("type"))):
        return TransportError("quota", detail, status=status, certain=True)
    if status == 429:
        return TransportError("rate", detail, status=status, retry_after=retry_after)
    if status in (408, 409, 425):
        return TransportError("server", detail, status=status, retry_after=retry_after, certain=True)
    if status == 404:
        return TransportError("absent", detail, status=status, certain=code == "model_not_found")
    if status < 500:
        return TransportError("bad", detail, status=status, parameter=_unsupported_parameter(body))
    # Servers answer 500 or 501 to a JSON mode that they do not support; other statuses come from a proxy in front of them.
    return TransportError("server", detail, status=status, retry_after=retry_after, certain=status not in (500, 501))


def _unsupported_parameter(body: dict[str, Any]) -> str:
    """Return the parameter that the endpoint does not support.

    Returns "" where the error is about something else.
    """
    message = str(body.get("message") or "")
    if not re.search(r"(?i)unsupported|not support|unrecognized|unknown|not permitted|extra", f"{message} {body.get('code')}"):
        return ""
    named = re.search(r"(?i)(?:unsupported|unrecognized|unknown)[^'\"`]{0,40}['\"`](\w+)['\"`]", message)
    return str(body.get("param") or (named[1] if named else ""))


def final_error(error: TransportError, endpoint: str) -> PropersimError:
    """Return the error to raise for a request that is not retried any more.

    Args:
        error: error of the last request.
        endpoint: address and model, for the message.
    """
    detail = error.detail
    if error.kind == "key":
        hint = "set PROPERSIM_API_KEY to a valid key that may use this model, then resume"
        return KeyRefused(f"{endpoint} refused the key: {detail}", hint)
    if error.kind == "quota":
        return Outage(f"{endpoint}: the account has nothing left to spend: {detail}", "add credit, or use another key, then resume")
    if error.kind == "absent":
        return Unusable(f"{endpoint}: no such model or address: {detail}", "check the model's name and the address (usually ends in /v1)")
    if error.kind == "bad":
        return Unusable(f"{endpoint} rejects this request in every JSON mode: {detail}", "the message above is the endpoint's own")
    if error.kind == "rate":
        asked = f"; it asks to wait {error.retry_after:.0f} s" if error.retry_after is not None else ""
        return Outage(f"{endpoint}: too many requests{asked}: {detail}", "resume later, or with fewer requests at once")
    if error.kind == "garbled":
        hint = "check the address: it usually ends in /v1"
        return Outage(f"{endpoint} does not answer like an OpenAI-compatible endpoint: {detail}", hint)
    return Outage(f"{endpoint} does not answer: {detail}", "resume when it is back; all answers received so far are kept")
