"""The terms on the screen are explained in the help and in tooltips."""

from __future__ import annotations

import pytest

from propersim_tui.screens.help import help_text
from propersim_tui.widgets.glossary import TERMS, tooltip
from tests.tui.hosts import text_of


@pytest.mark.parametrize("term", TERMS)
def test_the_help_explains_each_term(term):
    assert TERMS[term] in help_text().plain
    assert tooltip(term).plain == f"{term}: {TERMS[term]}"


async def test_panels_explain_their_terms(app_of, three_days):
    app = app_of(three_days, at=300)
    async with app.run_test(size=(200, 60), tooltips=True) as pilot:
        await pilot.pause()
        shown = text_of(app)
        for panel, terms in (("scores", ("score", "oracle", "welcome")), ("days", ("headroom", "success", "content")), ("now", ("open",))):
            explained = app.live.query_one(f"#{panel}").tooltip.plain
            for term in terms:
                assert term in shown
                assert f"{term}: {TERMS[term]}" in explained
