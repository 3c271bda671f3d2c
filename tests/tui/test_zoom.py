"""Zoom and sizes of the panels: by key and by mouse, at each size of the terminal, and at the next start."""

from __future__ import annotations

import tomllib

import pytest

from propersim_tui.config.settings import REGIONS, SIZES, Layout, load, read
from propersim_tui.screens.panel_sizes import BOUNDARIES
from propersim_tui.widgets.notice import Notice
from tests.tui.hosts import text_of

pytestmark = pytest.mark.usefixtures("undrawn")


def visible(app) -> list[str]:
    return [name for name in REGIONS if app.live.query_one(f"#{name}").region.area]


async def test_z_shows_the_focused_panel_alone_and_all_again(app_of, three_days):
    app = app_of(three_days, at=500)
    for size in ((80, 24), (120, 40), (200, 60)):
        async with app.run_test(size=size) as pilot:
            await pilot.press("2")
            app.live.query_one("#assistant").focus()
            await pilot.pause()
            before = visible(app)
            await pilot.press("z")
            await pilot.pause()
            region = app.live.query_one("#assistant").region
            assert visible(app) == ["assistant"]
            assert (region.x, region.y, region.width, region.height) == (0, 1, size[0], size[1] - 2)
            text = text_of(app).splitlines()
            assert "Rosalind" in text[0]
            assert "Help" in text[-1]
            await pilot.press("tab")
            await pilot.pause()
            assert visible(app) == ["scores"] == [app.live.zoomed], "the next panel is zoomed"
            await pilot.press("shift+tab", "shift+tab")
            await pilot.pause()
            assert visible(app) == ["now"]
            await pilot.press("n")
            assert app.frame.step.index == 501, "the other keys keep working"
            await pilot.press("escape")
            await pilot.pause()
            assert visible(app) == before
        app = app_of(three_days, at=500)


async def test_panels_get_larger_and_smaller_and_stay_within_the_screen(app_of, three_days):
    app = app_of(three_days, at=500)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        for panel, key, name in (
            ("home", "right_parenthesis", "left_width"),
            ("assistant", "right_parenthesis", "left_width"),
            ("now", "right_parenthesis", "now_height"),
            ("days", "left_parenthesis", "figures_height"),
            ("doing", "right_parenthesis", "home_height"),
        ):
            app.live.set_sizes({})
            app.live.query_one(f"#{panel}").focus()
            await pilot.pause()
            before = app.live.query_one(f"#{panel}").region
            await pilot.press(key)
            await pilot.pause()
            after = app.live.query_one(f"#{panel}").region
            assert app.live.sizes[name] != 0, panel
            assert (after.area > before.area) == (key == "right_parenthesis"), panel
            app.live.set_sizes({name: 200 if app.live.sizes[name] > 0 else -200})
            await pilot.pause()
            assert set(visible(app)) == set(REGIONS) - {"training"}, f"{panel}: nothing disappears"
        await pilot.press("right_parenthesis")
        assert "cannot get larger" in list(app._notifications)[-1].message
        app.live.query_one("#today").focus()
        await pilot.press("right_parenthesis")
        assert "no size of its own" in list(app._notifications)[-1].message
        await pilot.press("vertical_line")
        await pilot.pause()
        assert app.live.query_one("#left").region.width == 62
        assert not any(app.live.sizes.values())


async def drag(pilot, start, end) -> None:
    await pilot.mouse_down(offset=start)
    await pilot.hover(offset=end)
    await pilot.mouse_up(offset=end)
    await pilot.pause()


async def test_borders_are_dragged_and_double_clicked(app_of, three_days):
    app = app_of(three_days, at=500)
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        live = app.live
        for name, boundary in BOUNDARIES.items():
            widget = live.query_one(f"#{boundary.id}")
            if live._usual(name) is None:
                continue
            region = widget.region
            across = (region.x + 20, region.y + 2)
            if boundary.axis == "width":
                start = (region.right if boundary.far else region.x, across[1])
                end = (start[0] - 3, start[1])
            else:
                start = (across[0], region.bottom - 1 if boundary.far else region.y)
                end = (start[0], start[1] - 3)
            await drag(pilot, start, end)
            grown = 0 - 3 if boundary.far else 3
            assert live.sizes[name] == grown, name
            assert getattr(widget.region, boundary.axis) == getattr(region, boundary.axis) + grown, name
            assert not live.selections, "no text is selected by it"
            live.set_sizes({})
            await pilot.pause()
        await drag(pilot, (40, 8), (60, 8))
        assert not any(live.sizes.values()), "only borders are dragged"
        days = live.query_one("#days").region
        await pilot.click(offset=(days.x + 10, days.y), times=2)
        await pilot.pause()
        assert visible(app) == ["days"]
        await pilot.click(offset=(10, 1), times=2)
        await pilot.pause()
        assert len(visible(app)) > 5


async def test_zoom_and_sizes_are_kept_for_the_next_start(app_of, three_days, tmp_path):
    file = tmp_path / "screen.toml"
    file.write_text("# mine\n[layout]\nmap = 'small'  # so\n")
    app = app_of(three_days, at=500)
    app.settings.apply(*load(file), file=file)
    async with app.run_test(size=(120, 40)) as pilot:
        app.live.query_one("#now").focus()
        await pilot.press("right_parenthesis", "right_parenthesis")
        app.live.query_one("#days").focus()
        await pilot.press("z")
    assert tomllib.loads(file.read_text())["layout"] == {"map": "small", "now_height": 2, "zoom": "days"}
    assert file.read_text().startswith("# mine\n[layout]\nmap = 'small'  # so\n")
    app = app_of(three_days, at=500)
    app.settings.apply(*load(file), file=file)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert visible(app) == ["days"]
        await pilot.press("z")
        await pilot.pause()
        assert app.live.query_one("#now").region.height == 9
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert app.live.query_one("#now").region.height > 9, "a small screen shows one panel, at its full height"
    assert tomllib.loads(file.read_text())["layout"]["zoom"] == "none"


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("zoom = 'everything'", "layout.zoom is 'everything', not one of none, home"),
        ("zoom = 3", "layout.zoom is 3"),
        ("left_width = 'wide'", "layout.left_width is 'wide', not a number of cells from −200 to 200"),
        ("now_height = true", "layout.now_height is True, not a number"),
        ("home_height = 1e9", "layout.home_height is 1000000000.0, not a number"),
        ("figures_width = nan", "layout.figures_width is nan, not a number"),
        ("figures_height = [1]", "layout.figures_height is [1], not a number"),
    ],
)
def test_a_corrupt_value_is_said_in_a_line_and_the_usual_one_stands(written, says):
    settings, problems = read(f"[layout]\nmap = 'small'\n{written}\n")
    assert settings.layout == Layout(map="small")
    assert len(problems) == 1
    assert says in problems[0]
    assert "\n" not in problems[0]


async def test_a_corrupt_value_is_shown_on_the_screen(app_of, three_days, tmp_path):
    file = tmp_path / "screen.toml"
    file.write_text("[layout]\nzoom = 'x'\nnow_height = 200\nleft_width = -200\n")
    app = app_of(three_days, at=500)
    app.settings.apply(*load(file), file=file)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert app.query_one(Notice).is_open
        assert "layout.zoom is 'x'" in text_of(app)
        assert set(visible(app)) == set(REGIONS) - {"training"}, "sizes for another terminal leave every panel visible"
        assert set(SIZES) == set(BOUNDARIES)
