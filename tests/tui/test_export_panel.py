"""Any region can be taken: as text, as a picture, and, where there are figures, as a table; nothing is ever written over."""

from __future__ import annotations

import csv
import io
import os
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import Input, OptionList

from propersim.metrics import metrics
from propersim_tui.abilities.takes import REGIONS
from propersim_tui.exporting import as_csv, as_svg, as_text, free_name, table, write_new
from propersim_tui.screens.export import ExportScreen
from tests.tui import story

AT = 804 + 200


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
async def shown(app_of, three_days):
    app = app_of(three_days, at=AT)
    async with app.run_test(size=(170, 50), notifications=True) as pilot:
        await pilot.pause()
        yield app, pilot


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def csv_of(app, region: str) -> list[dict[str, str]]:
    return rows(as_csv(table(region, app.frame, app.status)))


# -- what it looks like -------------------------------------------------------------------------------------------


async def test_text_is_what_is_seen_without_border_and_styles(shown):
    app, _ = shown
    assert len(app.regions()) == 7
    for region in app.regions():
        text = as_text(region)
        assert text.startswith(str(region.border_title))
        assert not set("╭╮╰╯\x1b") & set(text)
        assert len(text.splitlines()) > 3
        assert all(line == line.rstrip() for line in text.splitlines())


async def test_text_of_the_feed_has_what_was_said(shown):
    app, _ = shown
    assert "Morning! A slow album while" in as_text(app.query_one("#assistant"))


async def test_a_picture_has_that_region_alone(shown):
    app, _ = shown
    titles = {str(region.border_title) for region in app.regions()}
    for region in app.regions():
        picture = as_svg(region)
        ET.fromstring(picture)
        drawn = re.findall(r">([^<]+)</text>", picture.replace("&#160;", " "))
        assert {title for title in titles if any(f" {title} " in text for text in drawn)} <= {str(region.border_title)}
        assert any(str(region.border_title) in text for text in drawn)


async def test_a_region_without_a_border_is_whole(app_of, three_days):
    app = app_of(three_days, at=AT)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await pilot.pause()
        assert "preference" in as_text(app.query_one("#scores"))
        assert "preference" in as_svg(app.query_one("#scores"))


# -- figures ------------------------------------------------------------------------------------------------------


async def test_days_have_a_line_each(shown):
    app, _ = shown
    found = csv_of(app, "days")
    assert [row["day"] for row in found] == ["1", "2", "3"]
    assert float(found[0]["score"]) == pytest.approx(metrics([app.frame.days[0]])["score"], abs=1e-5)
    assert found[0]["headroom"] == "" or float(found[0]["headroom"])


async def test_scores_are_those_of_the_day_so_far(shown):
    app, _ = shown
    (row,) = csv_of(app, "scores")
    assert int(row["steps"]) == len(app.frame.steps)


async def test_today_has_the_recommendations_of_the_day(shown):
    app, _ = shown
    found = csv_of(app, "today")
    assert [row["time"] for row in found] == ["07:50", "09:10", "10:50", "11:30", "13:00"]
    assert [row["score"] for row in found] == ["4", "1", "4", "0", "3"]
    assert found[1]["communication reason"] == "It felt like an order."


async def test_the_assistant_has_every_step_of_the_day_with_its_rating(shown):
    app, _ = shown
    found = csv_of(app, "assistant")
    assert [int(row["step"]) for row in found] == list(range(804, AT + 1))
    for row, step in zip(found, app.frame.steps, strict=True):
        assert int(row["score"]) == sum(int(row[name]) for name in ("preference", "timing", "frequency", "communication"))
        assert (row["spoke"], row["said"]) == (str(int(step.spoke)), step.answer.text or "")


async def test_doing_has_the_actions_of_the_day(shown):
    app, _ = shown
    found = csv_of(app, "doing")
    assert len(found) == len(app.frame.plan.actions)
    assert (found[0]["start"], found[0]["phrase"], found[-1]["end"]) == ("07:00", "waking up slowly", "23:45")


async def test_a_training_has_its_course(app_of, three_days, live):
    from propersim.protocol import State

    app = app_of(three_days, live=live)
    async with app.run_test() as pilot:
        live.events = [State("training"), *story.training(3, upto=310)]
        app._tick()
        await pilot.pause()
        found = csv_of(app, "training")
    assert found[-1]["step"] == "310"
    assert 0 < float(found[-1]["loss"]) < 0.69


async def test_home_and_now_have_no_figures(shown):
    app, _ = shown
    assert table("home", app.frame, app.status) == table("now", app.frame, app.status) == []


@given(st.lists(st.lists(st.one_of(st.text(), st.integers(), st.none()), min_size=1), min_size=1))
def test_no_cell_is_a_formula_and_every_row_is_one_line(cells):
    text = as_csv(cells)
    assert text.count("\n") == len(cells)
    for row, given_row in zip(csv.reader(io.StringIO(text)), cells, strict=True):
        assert len(row) == len(given_row)
        for cell, was in zip(row, given_row, strict=True):
            assert not isinstance(was, str) or not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


# -- files --------------------------------------------------------------------------------------------------------


def test_a_name_that_is_taken_is_not_offered():
    here = Path.cwd()
    assert free_name(here, "a", "csv") == "a.csv"
    (here / "a.csv").touch()
    (here / "a-2.csv").touch()
    assert free_name(here, "a", "csv") == "a-3.csv"


def test_a_file_is_never_written_over():
    path = Path.cwd() / "a.txt"
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        write_new(path, "theirs")
    assert path.read_text() == "mine"


# -- on the screen ------------------------------------------------------------------------------------------------


async def test_x_saves_the_region_that_has_the_focus(shown):
    app, pilot = shown
    await pilot.click("#scores", offset=(3, 1))
    await pilot.press("x")
    assert isinstance(app.screen, ExportScreen)
    await pilot.press("end")
    assert app.screen.query_one(Input).value.endswith(".csv")
    await pilot.press("enter")
    await pilot.pause()
    (path,) = Path.cwd().iterdir()
    assert path.name == "propersim-p01-random-test-scores-day3-1520.csv"
    assert rows(path.read_text())[0]["day"] == "3"
    assert str(path) in next(iter(app._notifications)).message


async def test_x_copies(shown):
    app, pilot = shown
    await pilot.press("x", "enter")
    await pilot.pause()
    assert app.clipboard == as_text(app.query_one("#assistant"))
    assert not list(Path.cwd().iterdir())


async def test_a_file_that_is_there_is_named_and_left(shown):
    app, pilot = shown
    (Path.cwd() / "mine.txt").write_text("mine")
    await pilot.press("x")
    app.screen.query_one(Input).value = "mine.txt"
    app.screen.query_one(OptionList).highlighted = 3
    await pilot.press("enter")
    assert "is there already" in str(app.screen.query_one("#wrong").content)
    assert (Path.cwd() / "mine.txt").read_text() == "mine"
    await pilot.press("escape")
    assert not isinstance(app.screen, ExportScreen)


@pytest.mark.parametrize("name", ["nowhere/a.txt", "/proc/nothing/a.txt", "", "y" * 300])
async def test_where_it_cannot_be_written_that_is_said(shown, name):
    app, pilot = shown
    await pilot.press("x")
    app.screen.query_one(Input).value = name
    app.screen.query_one(OptionList).highlighted = 3
    await pilot.press("enter")
    assert str(app.screen.query_one("#wrong").content)
    assert not list(Path.cwd().iterdir())


async def test_a_folder_without_the_right_to_write_is_said(shown):
    app, pilot = shown
    if os.geteuid() == 0:
        pytest.skip("whoever runs this may write everywhere")
    Path.cwd().chmod(0o500)
    await pilot.press("x")
    app.screen.query_one(OptionList).highlighted = 3
    await pilot.press("enter")
    assert "Permission denied" in str(app.screen.query_one("#wrong").content)


async def test_the_palette_takes_every_region_that_is_seen(shown):
    app, pilot = shown
    commands = {command.title: command.callback for command in app.get_system_commands(app.screen)}
    for name in REGIONS:
        commands[f"Take {name}"]()
        await pilot.pause()
        if name == "training":
            assert "not to be seen" in next(iter(app._notifications)).message
        else:
            assert isinstance(app.screen, ExportScreen)
            await pilot.press("escape")


# -- the focus ----------------------------------------------------------------------------------------------------


async def test_tab_goes_round_all_regions_and_keys_go_on_working(shown):
    app, pilot = shown
    await pilot.press("home")
    seen = []
    for number in range(len(app.regions())):
        await pilot.press("tab")
        seen.append(app.focused.id)
        await pilot.press("n")
        assert app.frame.step.index == number + 1
        await pilot.press("space")
        assert app.status.playing
        await pilot.press("space")
    assert sorted(seen) == sorted(name for name in REGIONS if name != "training")
    await pilot.press("end", "home")
    assert app.frame.step.index == 0


async def test_arrows_scroll_the_feed_whichever_region_has_the_focus(app_of, three_days):
    app = app_of(three_days, at=380)
    async with app.run_test(size=(100, 32)) as pilot:
        await pilot.pause()
        feed = app.query_one("#assistant")
        newest = feed.seen()
        app.query_one("#home").focus()
        await pilot.press("up", "up")
        assert feed.seen()[2:] == newest[:-2]
        await pilot.press("pagedown")
        assert feed.following


async def test_the_focus_shows_in_the_border(shown):
    app, pilot = shown
    before = app.query_one("#days").styles.border_top
    app.query_one("#days").focus()
    await pilot.pause()
    assert app.query_one("#days").styles.border_top != before
