"""OpenAI-compatible endpoints: messages and a schema in, a validated answer and what it cost out.

Knows nothing of users and assistants. The ``openai`` client is imported when the first request is sent.
"""

from propersim.api.cache import Cache
from propersim.api.costs import Budget, Call, Meter, Price, Totals
from propersim.api.desk import Asker, Desk
from propersim.api.endpoint import Answer, Endpoint, Estimate, Probe, Request
from propersim.api.errors import KeyRefused, LimitReached, NoAnswer, Outage, Refused, Stopped, Unusable
from propersim.api.patience import Patience
from propersim.api.secrets import scrub

__all__ = [
    "Answer",
    "Asker",
    "Budget",
    "Cache",
    "Call",
    "Desk",
    "Endpoint",
    "Estimate",
    "KeyRefused",
    "LimitReached",
    "Meter",
    "NoAnswer",
    "Outage",
    "Patience",
    "Price",
    "Probe",
    "Refused",
    "Request",
    "Stopped",
    "Totals",
    "Unusable",
    "scrub",
]
