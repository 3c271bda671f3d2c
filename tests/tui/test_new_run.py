"""The dialog that asks for the options of a new run."""

import pytest
from textual.widgets import Input

from propersim.core.config import RunConfig
from propersim.core.errors import PropersimError
from propersim_tui.screens.new_run import FIELDS, NewRunScreen, chosen
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
    ],
)
def test_what_is_wrong_is_said(name, text, message):
    with pytest.raises(PropersimError) as refused:
        chosen({**TEXTS, name: text})
    assert message in refused.value.message


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
        await pilot.press(*"hank", "tab", "tab", "tab", "tab", "tab", *"x", "enter")
        await pilot.pause()
        assert "--seed: 'x' is no whole number" in text_of(app)
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
