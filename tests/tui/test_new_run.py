"""The dialog that asks for the options of a new run."""

import pytest
from textual.widgets import Input

from propersim.core import plugins
from propersim.core.config import RunConfig
from propersim.core.errors import PropersimError
from propersim_tui.screens.new_run import FIELDS, NewRunScreen, chosen, field_of
from tests.known import known
from tests.tui import story
from tests.tui.hosts import on_top, settled, text_of
from tests.waiting import wait_for_async

TEXTS = {name: str(getattr(RunConfig(), name)) for name in FIELDS}


def test_the_texts_of_the_defaults_are_the_defaults():
    assert chosen(TEXTS) == RunConfig()


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("persona", "  ", "--persona: is empty"),
        ("assistant", "lama", "did you mean 'llama'"),
        ("seed", "one", "--seed: 'one' is no whole number"),
        ("days", "0", "--days: must be 1 to 10000"),
        ("feedback", "some", "--feedback: no 'some'"),
        ("persona", "nobody", "no persona 'nobody'"),
        ("ask_every", "5", "--ask-every: has no effect without --user human"),
    ],
)
def test_what_is_wrong_is_said_of_its_line(name, text, message):
    with pytest.raises(PropersimError) as refused:
        chosen({**TEXTS, name: text})
    assert message in refused.value.message
    assert field_of(refused.value) == name


def test_of_several_wrong_lines_the_first_is_said():
    with pytest.raises(PropersimError, match="no persona 'nobody'"):
        chosen({**TEXTS, "persona": "nobody", "seed": "one", "days": "0"})


async def test_it_suggests_the_assistants_of_other_packages(app_of, tmp_path, monkeypatch):
    registered = plugins.PlugIn(plugins.ASSISTANTS, "toy", "propersim-toy", "1.2", "propersim_toy:make")
    refused = registered._replace(name="torn", refused="registered more than once")
    monkeypatch.setattr(plugins, "installed", lambda group: (refused, registered) if group == plugins.ASSISTANTS else ())
    path = tmp_path / "runs.sqlite"
    story.add(path, days=1)
    app = app_of(path)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("N")
        suggester = known(on_top(app, NewRunScreen).query_one("#new-assistant", Input).suggester)
        assert await suggester.get_suggestion("to") == "toy"


async def test_it_begins_with_the_options_of_the_run_on_the_screen_and_starts_another(app_of, tmp_path, monkeypatch):
    path = tmp_path / "runs.sqlite"
    story.add(path, days=2)
    asked: list[RunConfig | None] = []
    app = app_of(path)
    monkeypatch.setattr(app, "_start", asked.append)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("N")
        screen = on_top(app, NewRunScreen)
        assert screen.query_one("#new-assistant", Input).value == app.source.config.assistant
        await pilot.press(*"hank", "tab", "tab", "tab", "tab", "tab", *"x", "tab", "enter")
        await pilot.pause()
        assert screen.focused is screen.query_one("#new-seed"), "the line that is wrong"
        assert "seed: 'x' is no whole number" in text_of(app)
        assert "--seed" not in text_of(app), "lines are called as their labels are"
        other = screen.query_one("#new-user", Input)
        before, other.value = other.value, "y"
        await pilot.pause()
        assert "is no whole number" not in text_of(app), "what is said may no longer hold"
        other.value = before
        assert asked == []
        await pilot.press("backspace", "7", "enter")
        await wait_for_async(lambda: _asked(asked), "no run was asked for")
        assert asked[0] is not None
        assert (asked[0].persona, asked[0].seed, asked[0].assistant) == ("hank", 7, app.source.config.assistant)
        await wait_for_async(lambda: _top(app, app.live), "the dialog stays")
        await pilot.press("N")
        on_top(app, NewRunScreen)
        await pilot.press("escape")
        await wait_for_async(lambda: _top(app, app.live), "Escape does not close it")
        assert asked[1:] in ([], [None])


async def _top(app, screen):
    return app.screen is screen


async def _asked(asked):
    return bool(asked)


def test_what_is_changed_has_to_have_an_effect_and_what_was_there_need_not():
    base = RunConfig(assistant="llama", model="smollm2", ask_every=1)
    texts = {name: str(getattr(base, name)) for name in FIELDS}
    assert chosen({**texts, "assistant": "oracle"}, base).assistant == "oracle"
    with pytest.raises(PropersimError, match="--ask-every: has no effect without --user human"):
        chosen({**texts, "ask_every": "5"}, base)
    assert chosen({**texts, "ask_every": "5", "user": "human"}, base).ask_every == 5
