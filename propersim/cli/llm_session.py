"""Sessions with a language model for commands (``--with-llm``).

They call the endpoint of the llm user, with a cost limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from propersim.cli.call_tables import bill_line
from propersim.cli.console import print_message
from propersim.core.config import price_given
from propersim.core.errors import InputError

if TYPE_CHECKING:
    from propersim.llm_client import ModelClient


@contextmanager
def open_llm_session(model: str, base_url: str, price: str, max_cost: float | None) -> Iterator[ModelClient]:
    """Open a session with a model; at its end, print number and cost of the calls on stderr.

    They are printed after an error too.

    Args:
        model: model, as the endpoint calls it.
        base_url: address of the endpoint.
        price: ``IN,OUT`` in dollars per million tokens; empty where it is known.
        max_cost: most dollars that the calls may cost; None for no limit.

    Yields:
        The client of the model.

    Raises:
        InputError: model or endpoint are missing, or the price is invalid.
    """
    missing = [option for option, value in (("--user-model", model), ("--user-base-url", base_url)) if not value]
    if missing:
        raise InputError(f"{missing[0]}: needed to ask a language model", f"give {' and '.join(missing)}")
    dollars = price_given("--user-price", price)
    from propersim.llm_client import Cache, Session

    with Session(max_cost=max_cost, cache=Cache()) as session:
        model_client = session.model_client(base_url, model, dollars)
        try:
            yield model_client
        finally:
            print_message(bill_line(model, session.totals))
