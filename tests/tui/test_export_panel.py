"""Export of panels as text, picture or CSV; no file is ever overwritten."""

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
from textual.widget import Widget
from textual.widgets import Input, OptionList

from propersim.simulation.metrics import metrics
from propersim_tui.config.settings import REGION_NAMES, REGIONS
from propersim_tui.render.export import as_csv, as_text, free_name, table, widget_exports, write_new
from propersim_tui.screens.export import ExportScreen
from propersim_tui.widgets.feed_search import HINTS, FeedLine
from tests.tui import story
from tests.tui.hosts import text_of

pytestmark = pytest.mark.usefixtures("undrawn")

AT = 804 + 200


def picture_of(region: Widget) -> str:
    """Return the picture that the export offers."""
    return next(each.content for each in widget_exports(region, []) if each.suffix == "svg")


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


async def test_text_and_picture_are_what_is_seen_of_that_region_alone(shown):
    app, _ = shown
    assert len(app.export.regions()) == 7
    titles = {str(region.border_title) for region in app.export.regions()}
    for region in app.export.regions():
        text = as_text(region)
        assert text.startswith(str(region.border_title))
        assert not set("╭╮╰╯\x1b") & set(text)
        assert len(text.splitlines()) > 3
        assert all(line == line.rstrip() for line in text.splitlines())
        picture = picture_of(region)
        ET.fromstring(picture)
        drawn = re.findall(r">([^<]+)</text>", picture.replace("&#160;", " "))
        assert {title for title in titles if any(f" {title} " in text for text in drawn)} <= {str(region.border_title)}
        assert any(str(region.border_title) in text for text in drawn)
    assert "Morning! A slow album" in as_text(app.query_one("#assistant"))


async def test_a_region_without_a_border_is_whole(app_of, three_days):
    app = app_of(three_days, at=AT)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await pilot.pause()
        assert "preference" in as_text(app.query_one("#scores"))
        assert "preference" in picture_of(app.query_one("#scores"))


# -- figures ------------------------------------------------------------------------------------------------------


async def test_figures_are_those_of_the_day_so_far(shown):
    app, _ = shown
    days = csv_of(app, "days")
    assert [row["day"] for row in days] == ["1", "2", "3"]
    assert float(days[0]["score"]) == pytest.approx(metrics([app.frame.days[0]])["score"], abs=1e-5)
    assert days[0]["headroom"] == "" or float(days[0]["headroom"])
    (scores,) = csv_of(app, "scores")
    assert int(scores["steps"]) == len(app.frame.steps)
    said = csv_of(app, "today")
    assert [row["time"] for row in said] == ["07:50", "09:10", "10:50", "11:30", "13:00"]
    assert [row["score"] for row in said] == ["4", "1", "4", "0", "3"]
    assert said[1]["communication reason"] == "It felt like an order."
    steps = csv_of(app, "assistant")
    assert [int(row["step"]) for row in steps] == list(range(804, AT + 1))
    for row, step in zip(steps, app.frame.steps, strict=True):
        assert int(row["score"]) == sum(int(row[name]) for name in ("preference", "timing", "frequency", "communication"))
        assert (row["spoke"], row["said"]) == (str(int(step.spoke)), step.answer.text or "")
    actions = csv_of(app, "doing")
    assert len(actions) == len(app.frame.plan.actions)
    assert (actions[0]["start"], actions[0]["phrase"], actions[-1]["end"]) == ("07:00", "waking up slowly", "23:45")
    assert table("home", app.frame, app.status) == table("now", app.frame, app.status) == []


async def test_a_training_has_its_course(app_of, three_days, live):
    from propersim.runs.protocol import RunState

    app = app_of(three_days, live=live)
    async with app.run_test() as pilot:
        live.events = [RunState("training"), *story.training(3, upto=310)]
        app.tick()
        await pilot.pause()
        found = csv_of(app, "training")
    assert found[-1]["step"] == "310"
    assert 0 < float(found[-1]["loss"]) < 0.69


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


async def test_where_it_cannot_be_written_that_is_said_and_nothing_is_written_over(shown):
    app, pilot = shown
    mine = Path.cwd() / "mine.txt"
    mine.write_text("mine")
    await pilot.press("x")
    for name, says in (
        ("mine.txt", "exists already"),
        ("nowhere/a.txt", "cannot be written"),
        ("/proc/nothing/a.txt", "cannot be written"),
        ("", "Enter a file name"),
    ):
        app.screen.query_one(Input).value = name
        app.screen.query_one(OptionList).highlighted = 3
        await pilot.press("enter")
        assert says in str(app.screen.query_one("#wrong").content), name
        assert list(Path.cwd().iterdir()) == [mine]
    assert mine.read_text() == "mine"
    await pilot.press("escape")
    assert not isinstance(app.screen, ExportScreen)


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
    for name, title in REGION_NAMES.items():
        commands[f"Export {title}"]()
        await pilot.pause()
        if name == "training":
            assert "not visible" in next(iter(app._notifications)).message
        else:
            assert isinstance(app.screen, ExportScreen)
            await pilot.press("escape")


# -- the focus ----------------------------------------------------------------------------------------------------


async def test_tab_goes_round_all_regions_and_keys_go_on_working(shown):
    app, pilot = shown
    await pilot.press("home")
    seen = []
    for number in range(len(app.export.regions())):
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


async def test_the_focus_shows_in_the_border(shown):
    app, pilot = shown
    before = app.query_one("#days").styles.border_top
    app.query_one("#days").focus()
    await pilot.pause()
    assert app.query_one("#days").styles.border_top != before


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_the_file_name_is_read_whole(app_of, three_days, size):
    app = app_of(three_days, at=900)
    async with app.run_test(size=size) as pilot:
        await pilot.press("x")
        await pilot.pause()
        assert app.screen.query_one(Input).value in text_of(app)
        await pilot.press("escape", "slash")
        await pilot.pause()
        hint = app.live.query_one(FeedLine).placeholder
        assert hint in HINTS
        assert hint in text_of(app)
