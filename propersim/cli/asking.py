"""Commands that ask a model besides: with ``--with-llm``, at the endpoint of the llm user, counted and within a limit."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from propersim.cli.bill import bill_line
from propersim.core.config import price_given
from propersim.core.errors import InputError

if TYPE_CHECKING:
    from propersim.llm_client import Asker


@contextmanager
def asking(model: str, base_url: str, price: str, max_cost: float | None) -> Iterator[Asker]:
    """Give somebody to ask; at the end, come what may, say on stderr how many calls there were and what they cost.

    Args:
        model: as the endpoint calls it.
        base_url: of the endpoint.
        price: ``IN,OUT``; "" where it is known.
        max_cost: dollars that the calls may cost in all; None is without limit.

    Raises:
        InputError: it is not said who is to be asked, or the price cannot be.
    """
    for option, value in (("--user-model", model), ("--user-base-url", base_url)):
        if not value:
            raise InputError(f"{option}: a language model is to be asked, and it is not said which", f"give {option}")
    dollars = price_given("--user-price", price)
    from propersim.llm_client import Cache, Desk

    with Desk(max_cost=max_cost, cache=Cache()) as session:
        asker = session.asker(base_url, model, dollars)
        try:
            yield asker
        finally:
            print(bill_line(model, session.totals), file=sys.stderr)
