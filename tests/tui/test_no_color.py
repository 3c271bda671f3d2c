"""Without colours and for the colour-blind, shape, weight and words carry the meaning; text is legible."""

from __future__ import annotations

from itertools import pairwise

import pytest
from rich.style import Style
from textual.color import Color

from propersim.runs.protocol import RunState
from propersim_tui.app import PropersimApp
from propersim_tui.config.themes import CONTRAST, PROPERSIM, THEMES, VIRIDIS, own_variables
from propersim_tui.data.source import RunSource
from propersim_tui.render.export import as_text
from propersim_tui.render.format import LIGHTS, SHAPES, bar
from propersim_tui.widgets.days_panel import ORACLE, SILENT
from tests.tui import story
from tests.tui.legible import contrast

pytestmark = pytest.mark.usefixtures("undrawn")

AT = 804 + 200
SAID = 804 + 92
READ_ON = ("background", "surface", "panel")
TEXT = ("foreground", "primary", "secondary", "warning", "error", "success", "muted", "mark", *(f"score-{score}" for score in range(5)))


@pytest.fixture
def mono(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")


def learner(tmp_path, at: int = AT, live=None) -> PropersimApp:
    path = tmp_path / "runs.sqlite"
    row = story.add_learner(path)
    story.add_nights(path, row, story.night(1, 402), story.night(2, 804))
    return PropersimApp(RunSource(path, "last", live), paused=True, at=at, now=lambda: 0.0)


# -- without colours ----------------------------------------------------------------------------------------------


async def test_no_colour_is_drawn(tmp_path, mono):
    app = learner(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        for region in app.export.regions():
            for y in range(region.size.height):
                for segment in app.screen._compositor.render_strips()[region.region.y + y]:
                    style = segment.style or Style()
                    for colour in (style.color, style.bgcolor):
                        triplet = colour.get_truecolor() if colour and not colour.is_default else None
                        assert triplet is None or triplet.red == triplet.green == triplet.blue


def test_a_bar_tells_how_full_it_is_by_shape():
    drawn = {"".join(bar(share / 20, 10)) for share in range(21)}
    assert len(drawn) == 21


def test_scores_dimensions_and_controls_have_shapes_of_their_own():
    assert len(set(SHAPES)) == 5
    assert len(set(LIGHTS)) == 2
    assert ORACLE != SILENT


async def test_the_day_that_is_shown_is_marked_on_the_curve(tmp_path, mono):
    app = learner(tmp_path, at=500)
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        assert "2◂" in as_text(app.query_one("#days"))
        await pilot.press("right_square_bracket")
        await pilot.pause()
        text = as_text(app.query_one("#days"))
        assert "3◂" in text
        assert "2◂" not in text
        # Where a day has one cell only, the mark stands under it, before its number.
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert "└1 ▴3 6" in as_text(app.query_one("#days"))


async def test_the_entry_of_the_step_that_is_shown_is_marked_in_the_feed(tmp_path, mono):
    app = learner(tmp_path, SAID)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "10:50 ▸● “Oh, my dear" in as_text(app.query_one("#assistant"))
        await pilot.press("n")
        await pilot.pause()
        assert "10:50  ● “Oh, my dear" in as_text(app.query_one("#assistant"))


async def test_the_tab_that_is_chosen_is_marked(tmp_path, mono):
    app = learner(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        for tab in "3142":
            await pilot.press(tab)
            await pilot.pause()
            assert f"▸{tab}" in str(app.query_one("#tabs").render())
            assert str(app.query_one("#tabs").render()).count("▸") == 1


async def test_the_region_that_has_the_focus_has_another_border(tmp_path, mono):
    app = learner(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        for region in app.export.regions():
            region.focus()
            await pilot.pause()
            assert [each.id for each in app.export.regions() if each.styles.border_top[0] == "heavy"] == [region.id]


async def test_how_the_run_is_played_is_said_by_a_sign(tmp_path, mono, live):
    app = learner(tmp_path, live=live)
    async with app.run_test(size=(120, 40)) as pilot:
        heads = []
        for state in ("running", "finished"):
            live.events = [RunState(state)]
            app.tick()
            await pilot.pause()
            heads.append(str(app.query_one("#header").render()))
        await pilot.press("b")
        heads.append(str(app.query_one("#header").render()))
    assert len({next(sign for sign in "▶‖■◂◌✖" if sign in head) for head in heads}) == 3


# -- colours ------------------------------------------------------------------------------------------------------


def colours(theme) -> dict[str, Color]:
    found = {**theme.to_color_system().generate(), **own_variables(theme.dark), **theme.variables}
    return {name: Color.parse(value) for name, value in found.items() if value.startswith("#")}


@pytest.mark.parametrize(
    ("theme", "least"), [(PROPERSIM, 4.5), (CONTRAST, 7.0), (VIRIDIS, 4.5)], ids=lambda each: getattr(each, "name", each)
)
def test_text_can_be_read(theme, least):
    found = colours(theme)
    for name in TEXT:
        for ground in READ_ON:
            assert contrast(found[name], found[ground]) >= least, (name, ground, contrast(found[name], found[ground]))
    assert contrast(found["mark-text"], found["mark"]) >= least
    for ground in ("map-day", "map-night"):
        assert contrast(found["muted"], found[ground]) >= 4.5


def test_each_score_of_viridis_is_lighter_than_the_one_before():
    found = colours(VIRIDIS)
    ratios = [contrast(found[f"score-{score}"], found["background"]) for score in range(5)]
    assert all(later / earlier >= 1.15 for earlier, later in pairwise(ratios)), ratios


# What the three kinds of colour-blindness make of a colour, in linear RGB (Viénot, Brettel and Mollon 1999; tritanopia after Brettel 1997).
_BLIND = {
    "protanopia": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
    "deuteranopia": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
    "tritanopia": ((1.01277, 0.13548, -0.14826), (-0.01243, 0.86812, 0.14431), (0.07589, 0.80500, 0.11911)),
}


def seen_by(kind: str, colour: Color) -> tuple[float, ...]:
    parts = [part / 255 for part in colour.rgb]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    made = [max(0.0, min(1.0, sum(factor * part for factor, part in zip(row, linear, strict=True)))) for row in _BLIND[kind]]
    return tuple(255 * (12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055) for part in made)


@pytest.mark.parametrize("kind", _BLIND)
@pytest.mark.parametrize("theme", THEMES, ids=lambda each: each.name)
def test_no_two_scores_look_the_same_to_the_colour_blind(theme, kind):
    found = colours(theme)
    seen = [seen_by(kind, found[f"score-{score}"]) for score in range(5)]
    for score, one in enumerate(seen):
        for other in seen[:score]:
            assert sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5 > 25, (score, one, other)


async def test_the_themes_are_there_to_choose(app_of, three_days):
    app = app_of(three_days)
    assert {theme.name for theme in THEMES} <= set(app.available_themes)
    async with app.run_test() as pilot:
        app.theme = VIRIDIS.name
        await pilot.pause()
        assert app.get_css_variables()["score-4"].lower() == "#fded5b"
