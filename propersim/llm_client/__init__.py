"""Client for OpenAI-compatible endpoints: returns a validated answer and its cost.

It knows nothing of users and assistants, and may import ``core`` only (and ``reading`` and ``world``, which it does not need).
``httpx2`` and ``tenacity`` are imported when the first request is sent. Begin reading with ``client.py`` (one model at
one endpoint) and ``session.py`` (the endpoints of one run). Below them: ``validation.py`` asks again after an invalid answer,
``answers.py`` reads answers, ``negotiation.py`` finds the JSON mode and parameters that a server supports, ``retry.py`` waits,
``accounting.py`` keeps the spending limit, ``transport.py`` sends one request, ``bodies.py`` and ``error_words.py`` read responses.
``cache.py`` stores answers; ``secrets.py`` keeps the key out of every text.
"""

from propersim.llm_client.cache import Cache
from propersim.llm_client.client import Endpoint
from propersim.llm_client.costs import Budget, Call, Meter, Price, Totals
from propersim.llm_client.errors import CallCancelled, KeyRefused, LimitReached, NoAnswer, Outage, Refused, Unusable
from propersim.llm_client.request import Completion, Estimate, Probe, Request
from propersim.llm_client.retry import RetryPolicy
from propersim.llm_client.secrets import scrub
from propersim.llm_client.session import ModelClient, Session

__all__ = [
    "Budget",
    "Cache",
    "Call",
    "CallCancelled",
    "Completion",
    "Endpoint",
    "Estimate",
    "KeyRefused",
    "LimitReached",
    "Meter",
    "ModelClient",
    "NoAnswer",
    "Outage",
    "Price",
    "Probe",
    "Refused",
    "Request",
    "RetryPolicy",
    "Session",
    "Totals",
    "Unusable",
    "scrub",
]
