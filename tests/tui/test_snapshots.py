"""What every screen looks like, at three sizes and in two themes; and the pictures themselves."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.screen import Screen

import propersim_tui
from tests.tui.hosts import draw_nothing
from tests.tui.pictures import Album, Picture, beside, differences, photograph, read, written
from tests.tui.scenes import MIDDLE, STAGES, stored

STORED = Path(__file__).with_name("__snapshots__")
SCENES = [scene for stage in STAGES.values() for scene in stage.scenes]


@pytest.fixture
def album(request, tmp_path):
    """The stored pictures; fails at the end where one has changed."""
    album = Album(STORED, update=request.config.option.update_snapshots)
    yield album
    album.close(tmp_path / "pictures.html")


@pytest.mark.parametrize("name", STAGES)
async def test_every_screen_looks_as_it_did(name, album, tmp_path, monkeypatch):
    stage = STAGES[name]
    monkeypatch.chdir(tmp_path)
    draw_nothing(monkeypatch)
    if name == "no-colour":
        monkeypatch.setenv("NO_COLOR", "1")
    sizes = sorted({size for scene in stage.scenes for size in scene.sizes})
    app = stage.open()
    async with app.run_test(size=sizes[0]) as pilot:
        for size in sizes:
            await pilot.resize_terminal(*size)
            for scene in (each for each in stage.scenes if size in each.sizes):
                await scene.way(pilot)
                assert type(app.screen) is scene.screen, scene.name
                album.add(scene.name, size, await photograph(pilot, stage.themes))
                await pilot.press(*scene.back)
                assert app.screen is app.live, f"the way back from {scene.name} leads elsewhere"


def test_what_a_browser_would_show(snap_compare, tmp_path, monkeypatch):
    """The whole way to a picture that can be saved: Textual's own SVG."""
    monkeypatch.chdir(tmp_path)
    assert snap_compare(stored(), terminal_size=MIDDLE)


def _screens() -> set[type[Screen[object]]]:
    """Return all screens that are ours and that no other of ours is made from."""
    for module in pkgutil.walk_packages(propersim_tui.__path__, "propersim_tui."):
        importlib.import_module(module.name)
    found: set[type[Screen[object]]] = set()
    waiting: list[type[Screen[object]]] = [Screen]
    while waiting:
        one = waiting.pop()
        made = one.__subclasses__()
        waiting += made
        if one.__module__.startswith("propersim_tui.") and not any(each.__module__.startswith("propersim_tui.") for each in made):
            found.add(one)
    return found


def test_every_screen_is_pictured():
    pictured = tuple({scene.screen for scene in SCENES})
    missing = {screen.__name__ for screen in _screens() if not issubclass(screen, pictured)}
    assert not missing, "no picture of these: they want a line in tests/tui/scenes.py"


def test_no_picture_is_stored_that_is_not_compared(request):
    album = Album(STORED, update=False)
    wanted = {album.file(scene.name, size) for scene in SCENES for size in scene.sizes}
    orphans = set(STORED.rglob("*.txt")) - wanted
    if request.config.option.update_snapshots:
        for path in orphans:
            path.unlink()
    else:
        assert not orphans
        assert len(SCENES) == len({scene.name for scene in SCENES})


# -- the pictures themselves --------------------------------------------------------------------------------------

_looks = st.tuples(*[st.sampled_from(["plain", "bold #ff0000 on #000000", "on #123456"])] * 2)


@st.composite
def _pictures(draw) -> Picture:
    width = draw(st.integers(1, 12))
    lines = draw(st.lists(st.text("ab │☾", max_size=width).map(str.rstrip), min_size=1, max_size=5))
    return Picture(("dark", "light"), tuple(lines), tuple(tuple(draw(st.lists(_looks, min_size=width, max_size=width))) for _ in lines))


@given(_pictures(), _pictures())
def test_a_picture_is_stored_whole_and_no_change_is_overlooked(one, other):
    text = written(one)
    again, letters = read(text)
    assert again == one
    assert written(one, letters) == text
    assert read(written(other, letters))[0] == other
    assert bool(differences(one, other)) == (one != other)


def test_a_change_is_told_where_it_is():
    plain, red = ("plain", "plain"), ("plain", "bold #ff0000")
    was = Picture(("dark", "light"), ("abc", "def"), ((plain,) * 3, (plain,) * 3))
    text = Picture(was.themes, ("abc", "dxf"), was.looks)
    look = Picture(was.themes, was.lines, ((plain, red, plain), (plain,) * 3))
    assert differences(was, text) == ["row  1 was def", "        is dxf", "            ^"]
    assert differences(was, look) == ["row  0     abc", "            ^", "           was plain | plain; is plain | bold #ff0000"]
    page = beside([("one at 3x2", was, look)])
    assert page.count("<svg") == 4
    assert "#ff0000" in page


def test_an_album_fails_where_a_picture_has_changed_or_is_new(tmp_path):
    one = Picture(("dark",), ("abc",), ((("plain",),) * 3,))
    other = Picture(("dark",), ("abd",), ((("plain",),) * 3,))
    for picture in (one, one):
        album = Album(tmp_path, update=True)
        album.add("here", (3, 1), picture)
        album.close(tmp_path / "page.html")
    for name, picture, wrong in (("here", one, ""), ("here", other, r"here at 3x1\nrow  0 was abc"), ("there", one, "no such picture")):
        album = Album(tmp_path, update=False)
        album.add(name, (3, 1), picture)
        if not wrong:
            album.close(tmp_path / "page.html")
            continue
        with pytest.raises(AssertionError, match=wrong):
            album.close(tmp_path / "page.html")
        assert "<svg" in (tmp_path / "page.html").read_text()
