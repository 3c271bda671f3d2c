"""Panels explain the terms that stand on them, in the words of the glossary."""

from __future__ import annotations

import pytest

from propersim.core.glossary import glossary
from propersim_tui.widgets.term_tooltip import explain
from tests.tui.hosts import text_of

pytestmark = pytest.mark.usefixtures("undrawn")

PANELS = {"scores": ("score", "oracle", "welcome", "silent"), "days": ("headroom", "content", "score"), "now": ("overdue",)}


async def test_panels_explain_their_terms(app_of, three_days):
    app = app_of(three_days, at=300)
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        definitions = {entry.term: entry.definition for entry in glossary()}
        for panel, terms in PANELS.items():
            explained = app.live.query_one(f"#{panel}").tooltip.plain
            for term in terms:
                assert f"{term}: {definitions[term]}" in explained
        shown = text_of(app)
        assert all(term in shown for term in PANELS["scores"])


def test_an_unknown_term_is_an_error():
    with pytest.raises(KeyError):
        explain("no such term")
