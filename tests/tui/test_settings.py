"""Theme, keys, layout and speed are kept; whatever is wrong with the file is said, and never more than that."""

from __future__ import annotations

import os
import stat
import string
import sys
import threading
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.binding import BindingsMap

from propersim.cli.main import app as cli
from propersim.core.errors import InputError
from propersim_tui.config import screen_actions
from propersim_tui.config.actions import ACTS, FORMER_IDS, bindings
from propersim_tui.config.keymap import RESERVED, check, key_name
from propersim_tui.config.settings import FIGURES, MAPS, TABS, Layout, NotSaved, Settings, edited, load, read, save, settings_file
from propersim_tui.config.themes import DEFAULT_THEME
from propersim_tui.launch import watch
from propersim_tui.screens.help import help_text
from propersim_tui.widgets.notice import Notice

pytestmark = pytest.mark.usefixtures("undrawn")

IDS = [act.id for act in ACTS]
KEYS = st.sampled_from([*string.ascii_letters, *string.digits, "full_stop", "f5", "ctrl+k", "alt+left", "space"])
SETTINGS = st.builds(
    Settings,
    theme=st.text(max_size=30),
    speed=st.one_of(st.none(), st.floats(0.1, 10_000)),
    layout=st.builds(Layout, tab=st.sampled_from(TABS), figures=st.sampled_from(FIGURES), map=st.sampled_from(MAPS)),
    keys=st.dictionaries(st.sampled_from(IDS), st.lists(KEYS, min_size=1, max_size=3, unique=True).map(tuple), max_size=4),
)


def changes(settings: Settings) -> dict[str, Any]:
    """Everything of some settings, as what a person changes."""
    return {
        "theme": settings.theme,
        "speed": "max" if settings.speed is None else settings.speed,
        "layout.tab": settings.layout.tab,
        "layout.figures": settings.layout.figures,
        "layout.map": settings.layout.map,
        **{f"keys.{action}": list(keys) for action, keys in settings.keys.items()},
    }


@given(SETTINGS)
def test_what_is_saved_is_read_again(settings):
    found, _ = read(edited("", changes(settings)))
    assert (found.theme, found.speed, found.layout) == (settings.theme, settings.speed, settings.layout)
    assert found.keys == check({action: list(keys) for action, keys in settings.keys.items()}).keys


@given(SETTINGS, SETTINGS)
def test_a_change_leaves_everything_else_as_it_was(first, second):
    text = "# mine\n" + edited("", changes(first)).replace("[layout]", "[layout]  # how I like it")
    again = edited(text, {"theme": second.theme, "layout.map": second.layout.map})
    wanted = tomllib.loads(text)
    wanted["theme"], wanted["layout"]["map"] = second.theme, second.layout.map
    assert tomllib.loads(again) == wanted
    assert again.startswith("# mine\n")
    assert "# how I like it" in again


@given(st.text())
def test_any_text_is_read_or_refused_but_nothing_else(text):
    try:
        settings, problems = read(text)
    except ValueError:
        return
    assert isinstance(settings, Settings)
    assert all(isinstance(each, str) for each in problems)


@given(
    st.dictionaries(st.sampled_from([*IDS, "nonsense"]), st.one_of(KEYS, st.lists(KEYS), st.integers(), st.text(max_size=8)), max_size=6)
)
def test_no_key_has_two_actions_and_none_of_the_reserved_is_taken(wanted):
    checked = check(wanted)
    given_away = [key for keys in checked.keys.values() for key in keys]
    assert len(given_away) == len(set(given_away))
    assert not RESERVED & set(given_away)
    assert all(key_name(key) == key for key in given_away)
    asked = [each for value in wanted.values() for each in (value if isinstance(value, list) else [value])]
    if len(given_away) < len(asked) and len({str(each) for each in asked}) == len(asked):
        assert checked.problems


def test_keys_that_clash_are_said():
    checked = check(
        {"step_forward": ["right"], "step_back": ["left", "right"], "train": "q", "copy": "ctrl+q", "nope": "x", "help": "no such key"}
    )
    assert checked.keys == {"step_forward": ("right",), "step_back": ("left",), "train": ("q",)}
    said = "\n".join(checked.problems)
    assert "step_back cannot have 'right', which is the key of step_forward" in said
    assert "q is now the key of train; quit has no key" in said
    assert "reserved" in said
    assert "no action 'nope'" in said
    assert "'no such key', which is not a key" in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("theme = 3", "theme is 3"),
        ("speed = 'fast'", "speed is 'fast'"),
        ("speed = nan", "speed is nan"),
        ("layout = 1", "layout is not a table"),
        ("[layout]\nfigures = 'above'", "not one of auto, beside, below"),
        ("[layout]\nfigure = 'below'", "no setting 'figure'"),
        ("colour = 'red'", "no setting 'colour'"),
        ("keys = []", "keys is not a table"),
    ],
)
def test_what_is_wrong_is_said_and_the_default_stands_for_it(text, says):
    settings, problems = read(text)
    assert settings == Settings()
    assert says in " ".join(problems)


def test_unknown_settings_and_comments_survive_a_change():
    text = "# about colours\ncolour = 'red'  # not ours\ntheme = 'nord'\n\n[layout]\n# wide\nfigures = 'below'\n\n[other]\nx = [1,\n 2]"
    assert edited(text, {"theme": "gruvbox", "layout.map": "small", "speed": 4, "keys.copy": ["f3"]}) == (
        "# about colours\ncolour = 'red'  # not ours\ntheme = \"gruvbox\"\nspeed = 4\n\n[layout]\n# wide\nfigures = 'below'\n"
        'map = "small"\n\n[other]\nx = [1,\n 2]\n\n[keys]\ncopy = ["f3"]\n'
    )


def test_a_wrong_environment_leaves_the_app_its_defaults(app_of, three_days, monkeypatch):
    monkeypatch.setenv("PROPERSIM_LAYOUT__MAP", "huge")
    monkeypatch.setenv("PROPERSIM_SPEED", "fast")
    assert app_of(three_days).settings.current.layout == Layout()


def test_the_environment_wins_over_the_file_and_arguments_over_both(monkeypatch):
    text = "theme = 'nord'\nspeed = 4\n[layout]\nmap = 'small'\ntab = 'days'\n"
    monkeypatch.setenv("PROPERSIM_THEME", "gruvbox")
    monkeypatch.setenv("PROPERSIM_SPEED", "max")
    monkeypatch.setenv("PROPERSIM_LAYOUT__MAP", "auto")
    assert read(text) == (Settings(theme="gruvbox", speed=None, layout=Layout(map="auto", tab="days")), ())
    assert Settings(theme="dracula").theme == "dracula"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SPEED", "fast", "speed is 'fast'"),
        ("LAYOUT", "[", "layout is not a table"),
        ("KEYS", "{", "keys is not a table"),
        ("LAYOUT__TAB", "all", "not one of home"),
    ],
)
def test_an_invalid_variable_is_reported_and_the_default_used(monkeypatch, name, value, says):
    monkeypatch.setenv(f"PROPERSIM_{name}", value)
    settings, problems = read("theme = 'nord'")
    monkeypatch.undo()
    assert settings == Settings(theme="nord")
    assert says in " ".join(problems)


def test_earlier_ids_of_actions_still_work():
    assert check({"step_on": "f3", "take": ["f4"], "leave": "f5"}).keys == {
        "step_forward": ("f3",),
        "export": ("f4",),
        "quit": ("f5",),
    }
    assert set(FORMER_IDS.values()) <= set(IDS)
    others = {act.id for name, acts in vars(screen_actions).items() if name.endswith("_ACTS") for act in acts}
    assert {"step_forward", "export"} <= others
    assert not set(FORMER_IDS) & {*IDS, *others}


@pytest.mark.parametrize(
    ("written", "acts", "own", "action"),
    [
        ("step_on", screen_actions.COMPARE_ACTS, "n", "step_forward"),
        ("day_back", screen_actions.COMPARE_ACTS, "left_square_bracket", "day(-1)"),
        ("last_said", screen_actions.COMPARE_ACTS, "less_than_sign", "recommendation(-1)"),
        ("take", screen_actions.MEMORY_ACTS, "x", "export"),
    ],
)
def test_a_key_applies_to_the_action_of_that_name_on_other_screens(written, acts, own, action):
    keys = {name: ",".join(each) for name, each in check({written: "f3"}).keys.items()}
    found = BindingsMap(bindings(acts))
    found.apply_keymap(keys)
    assert {each.action for each in found.key_to_bindings["f3"]} == {action}
    assert own not in found.key_to_bindings


# -- the file -----------------------------------------------------------------------------------------------------


def test_where_the_file_is(monkeypatch, tmp_path):
    monkeypatch.delenv("PROPERSIM_SCREEN_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert settings_file() == tmp_path / "propersim" / "screen.toml"
    monkeypatch.setenv("PROPERSIM_SCREEN_CONFIG", str(tmp_path / "mine.toml"))
    assert settings_file() == tmp_path / "mine.toml"


def test_a_file_that_is_not_there_is_no_problem(tmp_path):
    assert load(tmp_path / "screen.toml") == (Settings(), ())


@pytest.mark.parametrize("content", [b"theme = ", b"\xff\xfe\x00", b"[[[", b"theme = 'a'\ntheme = 'b'"])
def test_a_broken_file_is_told_and_never_written_over(tmp_path, content):
    path = tmp_path / "screen.toml"
    path.write_bytes(content)
    settings, problems = load(path)
    assert settings == Settings()
    assert str(path) in problems[0]
    with pytest.raises(NotSaved, match="cannot be edited"):
        save(path, {"theme": "nord"})
    assert path.read_bytes() == content


def test_nothing_is_left_beside_the_file(tmp_path):
    path = tmp_path / "deep" / "screen.toml"
    save(path, {"theme": "nord"})
    assert {each.name for each in path.parent.iterdir()} <= {"screen.toml", "screen.toml.lock"}
    assert load(path)[0].theme == "nord"


def test_a_file_that_is_a_folder_is_told(tmp_path):
    assert "cannot be read" in load(tmp_path)[1][0]
    with pytest.raises(NotSaved):
        save(tmp_path, {"theme": "nord"})


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotSaved, match="cannot be written"):
        save(tmp_path / "file" / "screen.toml", {"theme": "nord"})


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        if os.access(tmp_path, os.W_OK):
            pytest.skip("whoever runs this may write everywhere")
        with pytest.raises(NotSaved, match="cannot be written"):
            save(tmp_path / "screen.toml", {"theme": "nord"})
    finally:
        tmp_path.chmod(stat.S_IRWXU)


def test_many_at_once_lose_nothing(tmp_path):
    path = tmp_path / "screen.toml"
    names = [f"keys.{act.id}" for act in ACTS][:8]

    def change(name: str) -> None:
        for number in range(3):
            while True:
                try:
                    save(path, {name: f"f{number + 1}"})
                    break
                except NotSaved as error:
                    # A person would try again.
                    if "in use by another" not in str(error):
                        raise

    threads = [threading.Thread(target=change, args=(name,)) for name in names]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=60)
    assert tomllib.loads(path.read_text())["keys"] == {act.id: "f3" for act in ACTS[:8]}


# -- on the screen ------------------------------------------------------------------------------------------------


async def test_a_theme_that_is_chosen_is_saved_and_only_then(app_of, three_days, tmp_path):
    path = tmp_path / "screen.toml"
    app = app_of(three_days)
    app.settings.apply(*load(path), file=path)
    async with app.run_test() as pilot:
        await pilot.pause()
        assert not path.exists()
        app.theme = "nord"
        await pilot.pause()
    again = app_of(three_days)
    again.settings.apply(*load(path), file=path)
    assert again.theme == "nord"


async def test_a_theme_of_the_command_line_wins_and_is_not_saved(app_of, three_days, tmp_path):
    path = tmp_path / "screen.toml"
    path.write_text('theme = "nord"\n')
    app = app_of(three_days)
    app.settings.apply(*load(path), file=path, theme="gruvbox")
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.theme == "gruvbox"
    assert path.read_text() == 'theme = "nord"\n'


async def test_what_is_wrong_is_told_in_a_notice(app_of, three_days, tmp_path):
    path = tmp_path / "screen.toml"
    path.write_text('theme = "[/no]"\n[keys]\nnope = "z"\n')
    app = app_of(three_days)
    app.settings.apply(*load(path), file=path)
    async with app.run_test() as pilot:
        await pilot.pause()
        told = str(app.query_one(Notice).content)
        assert app.theme == DEFAULT_THEME
    assert "there is no theme '[/no]'" in told
    assert "no action 'nope'" in told


async def test_keys_of_ones_own_work_and_the_old_ones_do_not(app_of, three_days):
    app = app_of(three_days, at=500)
    app.settings.apply(read('[keys]\nstep_forward = ["k", "."]\nstep_back = "n"\n')[0])
    async with app.run_test() as pilot:
        await pilot.press("k", "full_stop")
        assert app.frame.step.index == 502
        await pilot.press("n")
        assert app.frame.step.index == 501
        await pilot.press("b")
        assert app.frame.step.index == 501
        help_lines = str(help_text(app.settings.keymap)).splitlines()
    assert any(line.split()[:2] == ["k", "."] and "next step" in line for line in help_lines)
    assert any(line.split()[0] == "–" and "next recommendation" in line for line in help_lines)


async def test_a_small_screen_begins_with_the_tab_of_ones_own(app_of, three_days):
    app = app_of(three_days)
    app.settings.apply(read('[layout]\ntab = "days"\n')[0])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.query_one("#tabs").chosen == "days"
        assert app.query_one("#days").region.height > 5


@pytest.mark.parametrize(("figures", "below"), [("auto", False), ("below", True), ("beside", False)])
async def test_figures_go_where_one_wants_them(app_of, three_days, figures, below):
    app = app_of(three_days)
    app.settings.apply(Settings(layout=Layout(figures=figures)))
    async with app.run_test(size=(170, 50)) as pilot:
        await pilot.pause()
        home, scores = app.query_one("#home").region, app.query_one("#scores").region
        assert (scores.y >= home.bottom) == below
        assert (scores.x >= home.right) != below
        assert scores.height >= 8


@pytest.mark.parametrize(("size", "choice", "width"), [((200, 60), "auto", 121), ((200, 60), "small", 62)])
async def test_the_home_is_large_only_where_one_wants_it(app_of, three_days, size, choice, width):
    app = app_of(three_days)
    app.settings.apply(Settings(layout=Layout(map=choice)))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert app.query_one("#home").region.width == width
        assert app.query_one("#home")._plan.scale == (2 if choice == "auto" else 1)


async def test_figures_beside_on_the_largest_screens(app_of, three_days):
    app = app_of(three_days)
    app.settings.apply(Settings(layout=Layout(figures="beside", map="small")))
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        assert app.query_one("#scores").region.x >= app.query_one("#right").region.right


async def test_the_palette_keeps_layout_speed_and_tab(app_of, three_days, tmp_path):
    path = tmp_path / "screen.toml"
    app = app_of(three_days)
    app.settings.apply(*load(path), file=path)
    async with app.run_test(size=(200, 60), notifications=True) as pilot:
        commands = {command.title: command.callback for command in app.get_system_commands(app.screen)}
        await pilot.press("plus", "3")
        for title in ("Scores and days: below", "Home map: small", "Save speed", "Save tab"):
            commands[title]()
            await pilot.pause()
        assert app.query_one("#scores").region.y >= app.query_one("#home").region.bottom
    assert load(path) == (Settings(speed=16.0, layout=Layout(tab="scores", figures="below", map="small")), ())


async def test_what_cannot_be_saved_is_said(app_of, three_days, tmp_path):
    (tmp_path / "file").write_text("")
    app = app_of(three_days)
    app.settings.apply(Settings(), file=tmp_path / "file" / "screen.toml")
    async with app.run_test(notifications=True) as pilot:
        app.theme = "nord"
        await pilot.pause()
        assert app.theme == "nord"
        assert "not saved" in next(iter(app._notifications)).message


# -- from the command line ----------------------------------------------------------------------------------------


@pytest.fixture
def begun(monkeypatch, three_days, tmp_path):
    """What speed and theme the app has when the command line, variables and the file have been heard."""
    from propersim_tui.app import PropersimApp

    file = tmp_path / "screen.toml"
    monkeypatch.setenv("PROPERSIM_SCREEN_CONFIG", str(file))
    monkeypatch.setattr(sys.modules["propersim.cli.main"], "_need_terminal", lambda: None)
    seen: list[PropersimApp] = []
    monkeypatch.setattr(PropersimApp, "run", lambda app: seen.append(app))

    def begin(*arguments: str) -> tuple[float | None, str]:
        cli(["replay", "last", "--db", str(three_days), *arguments], standalone_mode=False)
        return seen[-1].playback.speed, seen[-1].theme

    return begin, file


def test_the_command_line_wins_over_variables_and_these_over_the_file(begun, monkeypatch):
    begin, file = begun
    assert begin() == (8.0, DEFAULT_THEME)
    file.write_text('theme = "nord"\nspeed = 4\n')
    assert begin() == (4.0, "nord")
    monkeypatch.setenv("PROPERSIM_SPEED", "max")
    monkeypatch.setenv("PROPERSIM_THEME", "gruvbox")
    assert begin() == (None, "gruvbox")
    assert begin("--speed", "32", "--theme", "dracula") == (32.0, "dracula")


def test_a_speed_that_is_none_is_an_error_that_says_so(three_days):
    with pytest.raises(InputError, match="not a number of steps"):
        watch(Path(three_days), "last", live=False, speed="fast")


@pytest.mark.parametrize(("umask", "before", "after"), [(0o022, None, 0o644), (0o077, None, 0o600), (0o022, 0o640, 0o640)])
def test_a_saved_file_has_the_permissions_that_it_had_or_those_of_the_umask(tmp_path, umask, before, after):
    path = tmp_path / "screen.toml"
    if before is not None:
        path.write_text("", encoding="utf-8")
        path.chmod(before)
    old = os.umask(umask)
    try:
        save(path, {"theme": "nord"})
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == after
    assert load(path)[0].theme == "nord"


def test_a_file_with_a_byte_order_mark_is_read(tmp_path):
    (tmp_path / "screen.toml").write_text('theme = "nord"', encoding="utf-8-sig")
    settings, problems = load(tmp_path / "screen.toml")
    assert (settings.theme, problems) == ("nord", ())
