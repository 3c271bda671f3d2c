"""Small terminals cut nothing: messages, headings and panels are whole, and only keys that do something are offered."""

from __future__ import annotations

import re

import pytest

from propersim_tui.config.settings import read
from propersim_tui.controllers.settings import MOST_PROBLEMS, problems_text
from propersim_tui.screens.inspect import InspectScreen
from propersim_tui.screens.learned import LearnedScreen
from propersim_tui.widgets.key_footer import KeyFooter, footer_hints
from propersim_tui.widgets.notice import Notice
from tests.tui import scenes
from tests.tui.hosts import on_top, settled, text_of

pytestmark = pytest.mark.usefixtures("undrawn")

WRONG = "sped = 3\nspeed = 'fast'\ntheme = 'propersimm'\n[layout]\nzoom = 'hom'\ntab = 'hime'\nfigures = 'left'\nmap = 'x'\n"


def shown(app) -> str:
    """Return the screen's text with its rows joined."""
    return " ".join(text_of(app).replace("█", " ").split())


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (120, 40)])
async def test_problems_of_the_settings_are_read_to_the_end(app_of, three_days, size):
    settings, problems = read(WRONG)
    assert len(problems) > MOST_PROBLEMS
    app = app_of(three_days)
    app.settings.apply(settings, [f"/srv/someone/.config/propersim/screen.toml: {each}" for each in problems])
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        text = shown(app)
        assert text.count("/srv/someone/.config/propersim/screen.toml: ") == 1
        for problem in problems[1:MOST_PROBLEMS]:
            assert problem in text
        assert "more problems" in text
        app.query_one(Notice).close()
        await pilot.pause()


def test_a_problem_without_a_file_is_left_as_it_is():
    assert problems_text(["there is no theme 'x'"]) == "there is no theme 'x'"
    assert problems_text(["a: b", "c: d", "c: e"]) == "a: b · c: d · e"


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (200, 60)])
async def test_a_message_says_where_it_is_cut_and_what_to_do(app_of, three_days, size):
    app = app_of(three_days)
    async with app.run_test(size=size) as pilot:
        notice = app.query_one(Notice)
        words = " ".join(f"word{number}" for number in range(400))
        notice.show(words, "do this and that")
        await settled(pilot)
        text = shown(app)
        assert "do this and that" in text
        said = text.split("✖ ")[1].split(" do this")[0]
        assert said.endswith("…")
        assert words.startswith(said.rstrip("…").strip())
        assert notice.region.height <= size[1] // 2
        await pilot.resize_terminal(200, 60)
        await settled(pilot)
        wide = shown(app).split("✖ ")[1].split(" do this")[0]
        assert len(wide) >= len(said)
        notice.show("a short message", "a hint")
        await settled(pilot)
        assert "a short message a hint" in shown(app)


async def test_under_a_dialog_the_footer_has_no_keys(app_of, three_days):
    app = app_of(three_days, at=300)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        footer = app.live.query_one(KeyFooter)
        before = list(footer.hints)
        assert before
        for key in ("g", "N", "question_mark", "M", "apostrophe"):
            await pilot.press(key)
            await pilot.pause()
            assert list(footer.hints) == []
            await pilot.press("escape")
            await pilot.pause()
            assert list(footer.hints) == before


async def test_keys_of_the_nights_are_offered_where_there_are_nights(app_of, three_days, tmp_path, monkeypatch):
    words = {"Night", "Map", "Play days"}
    app = app_of(three_days, at=300)
    app.source.about = type(app.source.about)(**{**vars(app.source.about), "control": "oracle"})
    async with app.run_test(size=(80, 24)) as pilot:
        for key, kind in (("i", InspectScreen), ("w", LearnedScreen)):
            await pilot.press(key)
            await settled(pilot)
            assert not words & {hint.words for hint in footer_hints(on_top(app, kind))}
            if key == "w":
                assert "r lists other runs; those of the assistant llama learn" in shown(app)
                assert "0 % ·░▒▓█ 100 %" not in shown(app), "no legend without a map"
            await pilot.press("escape")
            await pilot.pause()
    monkeypatch.chdir(tmp_path)
    learner = scenes.stored()
    async with learner.run_test(size=(120, 40)) as pilot:
        for key, kind in (("i", InspectScreen), ("w", LearnedScreen)):
            await scenes.asked(key)(pilot)
            assert words & {hint.words for hint in footer_hints(on_top(learner, kind))}
            await pilot.press("escape")
            await pilot.pause()


async def test_a_panel_without_room_has_no_borders(app_of, three_days):
    app = app_of(three_days, at=300)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert "╭─ Activities" in text_of(app)
        app.query_one("#doing").styles.height = 1
        await settled(pilot)
        assert "Activities" not in text_of(app)
        assert "▸19:15  helping with homework" in text_of(app)
        app.query_one("#doing").styles.height = 3
        await settled(pilot)
        assert "╭─ Activities" in text_of(app)


async def test_the_header_leaves_out_nothing_that_fits(app_of, three_days):
    app = app_of(three_days, at=300)
    async with app.run_test(size=(80, 24)) as pilot:
        seen = set()
        for width in range(60, 100):
            await pilot.resize_terminal(width, 24)
            await pilot.pause()
            row = text_of(app).splitlines()[0]
            assert "Day 1 of 14" in row
            gap = max(len(each) for each in re.findall(" +", row.strip()))
            seen.add("O+ C+" in row or "Rosalind, 46" in row)
            assert "O+ C+" in row or "Rosalind, 46" in row or gap < len(", 46") + 3, row
        assert seen == {True, False}
