"""Errors of a call, each with its own meaning.

A call returns a validated answer or raises one of these; answers are never made up.
"""

from __future__ import annotations

from propersim.core.errors import InputError
from propersim.core.errors import Outage as Outage


class KeyRefused(Outage):
    """The endpoint refused the key (401 or 403).

    The key is wrong, has expired, or may not use this model.
    """


class Refused(Outage):
    """The model refused to answer, or a filter of the endpoint withheld its answer."""


class NoAnswer(Outage):
    """The model's answers were empty or invalid, also when it was asked again.

    The endpoint itself works.
    """


class PromptCut(Outage):
    """The server cuts prompts so short that the model cannot have seen the persona."""


class LimitReached(Outage):
    """The next request may exceed the spending limit."""


class CallCancelled(Outage):
    """The caller cancelled the call."""


class Unusable(InputError):
    """The endpoint will never answer this request.

    There is no such address or model, or the request is rejected in every JSON mode.
    """
