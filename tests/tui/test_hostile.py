"""Text from personas, models and the database is drawn as it is, wherever it may stand; and no terminal is too small."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from propersim.records import Warned
from propersim_tui.look import fit, safe, wrap
from tests.tui import story

HOSTILE = {
    "markup": "[/foo][@click=app.quit]x[/][bold red]y[/bold red] [link=http://e.vil]z[/link] $x {y}",
    "control": "a\x1b[31mred\x1b[0m\x07\x00\x9b2J\r\nb\tc\x7f",
    "long": "x" * 100_000,
    "words": "word " * 20_000,
    "rtl": "\u202eevil\u202c שלום עולם مرحبا \u200f\u2066x\u2069",
    "wide": "日本語のテキスト、とても長い一行です。" * 9 + "👩‍👩‍👧‍👦🏳️‍🌈👍🏽" * 9,
    "combining": "e\u0301" * 200 + "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L" * 20,
    "empty": " ",
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=str)
async def test_hostile_text_everywhere(app_of, tmp_path, kind, size):
    text = HOSTILE[kind]
    path = tmp_path / "runs.sqlite"
    row = story.add(path, days=1, text=text)
    story.add_nights(path, row, story.night(1, 30), warnings=[Warned(60, 1, text, text)])
    app = app_of(path, at=120)
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        await pilot.press(*"1234", "n", "b", "y", "question_mark", "escape")
        app.playback.look(app.source.find(1, 9 * 60 + 10))
        app._show()
        await pilot.press("2", "pageup", "y")
        await pilot.hover("#today", offset=(30, 2))
        app._notice.tell(text, text)
        await pilot.pause()
        shot = app.export_screenshot()
        assert app.is_running
        if kind == "markup" and size[0] >= 120:
            assert "[/foo]" in shot.replace("&#160;", " ")
        for y, line in enumerate(app.screen._compositor.render_strips()):
            assert line.cell_length == size[0], f"line {y} is not of the screen's width"
            assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or char in "\u202e\u2066\u200f" for char in line.text)


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("width", [1, 2, 3, 7, 40])
def test_fit_and_wrap_keep_to_their_width(kind, width):
    text = safe(HOSTILE[kind])
    assert cell_len(fit(text, width)) == width
    lines = wrap(text, max(2, width))
    assert all(cell_len(line) <= max(2, width) for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@pytest.mark.parametrize(
    "size", [(1, 1), (2, 40), (200, 1), (59, 60), (60, 16), (99, 31), (100, 32), (149, 20), (190, 32), (400, 120)], ids=str
)
async def test_any_size(app_of, three_days, size):
    app = app_of(three_days, at=500)
    async with app.run_test(size=size) as pilot:
        await pilot.press("n", "2", "b", "3", "4", "1")
        await pilot.pause()
        assert app.is_running
        tiny = size[0] < 60 or size[1] < 16
        assert app.query_one("#small").display == tiny
        assert tiny or app.query_one("#home").region.height > 3


async def test_resizing_up_and_down(app_of, three_days):
    app = app_of(three_days, at=500)
    async with app.run_test(size=(120, 40)) as pilot:
        for size in ((80, 24), (1, 1), (200, 60), (60, 16), (120, 40), (5, 3), (120, 40)):
            await pilot.resize_terminal(*size)
            await pilot.press("n")
            await pilot.pause()
        assert app.frame.step.index == 507
        assert app.query_one("#home").region.size == (62, 17)


async def test_the_user_stays_in_view_on_a_narrow_screen(app_of, three_days):
    app = app_of(three_days)
    async with app.run_test(size=(60, 16)) as pilot:
        home = app.query_one("#home")
        for minute in (7 * 60, 8 * 60, 10 * 60 + 45, 18 * 60 + 10):
            app._look(app.source.find(1, minute))
            await pilot.pause()
            x, y = home.at
            dx, dy = home.scroll_offset
            assert 0 <= x - dx < home.size.width
            assert 0 <= y - dy < home.size.height


async def test_no_color(app_of, three_days, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_of(three_days, at=500)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert app.no_color
        import re

        colours = {c.lower() for c in re.findall(r"fill: (#[0-9a-fA-F]{6})", app.export_screenshot())}
        assert colours
        assert all(c[1:3] == c[3:5] == c[5:7] for c in colours - {"#c5c8c6", "#ff5f57", "#febc2e", "#28c840"})
