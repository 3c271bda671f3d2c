"""What can go wrong between a question and its answer, each with its own meaning.

Nothing in here ever becomes an answer: whoever asks gets a validated answer or one of these.
"""

from __future__ import annotations

from propersim.core.errors import InputError
from propersim.core.errors import Outage as Outage


class KeyRefused(Outage):
    """The endpoint refused the key (401 or 403): it is wrong, has expired, or may not use this model."""


class Refused(Outage):
    """The model refused to answer, or a filter of the endpoint's kept its answer back."""


class NoAnswer(Outage):
    """The endpoint is there, but what it answered was empty or not what was asked for, also when asked again."""


class LimitReached(Outage):
    """What a run may cost is spent."""


class Stopped(Outage):
    """Whoever asked does not want to know any more."""


class Unusable(InputError):
    """The endpoint will never answer this: no such address or model, or a request that it cannot take in any form."""
