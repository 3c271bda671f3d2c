"""OpenAI-compatible endpoints: messages and a schema in, a validated answer and what it cost out.

Knows nothing of users and assistants. The ``openai`` client is imported when the first request is sent.
"""

from propersim.llm_client.cache import Cache
from propersim.llm_client.client import Answer, Endpoint, Estimate, Probe, Request
from propersim.llm_client.costs import Budget, Call, Meter, Price, Totals
from propersim.llm_client.errors import KeyRefused, LimitReached, NoAnswer, Outage, Refused, Stopped, Unusable
from propersim.llm_client.retry import Patience
from propersim.llm_client.secrets import scrub
from propersim.llm_client.session import Asker, Desk

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
