"""The list of runs: keys and clicks, and runs that are deleted, in use or damaged."""

from __future__ import annotations

import shutil
import sqlite3
import time
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input

from propersim.core.errors import StoreBusy, UnknownRun
from propersim.core.records import RunWarning
from propersim.simulation.metrics import metrics
from propersim.store.delete import remove_run, run_contents
from propersim.store.many import figures_of
from propersim.store.store import Store
from propersim_tui.config.screen_actions import RUNS_ACTS
from propersim_tui.data import run_list
from propersim_tui.data.run_list import format_age, read_details, read_runs
from propersim_tui.messages import CompareRuns, ShowRun
from propersim_tui.render.format import short_number
from propersim_tui.render.run_total import run_total
from propersim_tui.screens import run_reader
from propersim_tui.screens.confirm import ConfirmScreen
from propersim_tui.screens.keys import KeysScreen
from propersim_tui.screens.run_columns import COLUMNS
from propersim_tui.screens.run_reader import FIRST
from propersim_tui.screens.runs import NO_OTHER, RunsScreen
from propersim_tui.widgets.run_preview import RunPreview
from propersim_tui.widgets.table import Column, Table, column_widths
from tests.tui import story
from tests.tui.hosts import Host, at_each, harmless, settled, text_of

pytestmark = pytest.mark.usefixtures("undrawn")

SIZES = ((1, 1), (59, 16), (60, 16), (99, 31), (100, 32), (190, 20), (300, 80))
CREATED = "2026-03-01T08:00:00Z"
NOW = 1_772_368_200.0  # four and a half hours later


def now() -> float:
    return NOW


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Four runs: finished, stopped, one with training and warnings, and one not started."""
    path = tmp_path_factory.mktemp("made") / "runs.sqlite"
    story.add(path, name="p01-random-done", state="finished", of=3)
    story.add(path, name="p01-random-half", days=2)
    row = story.add_learner(path, days=3, memory="ars", seed=7)
    story.add_nights(
        path, row, story.night(1, 402), story.night(2, 804, pairs=0), warnings=[RunWarning(804, 2, "no-pairs", "nothing to learn")]
    )
    story.add(path, name="p02-new", days=0, state="new")
    with Store(path) as store:
        for run in store.runs():
            store.update_run(run, created=CREATED)
    return path


@pytest.fixture
def db(made, tmp_path):
    return Path(shutil.copy(made, tmp_path / "runs.sqlite"))


async def _shown(pilot):
    await settled(pilot)
    return pilot.app.shown


async def test_the_newest_run_is_first_and_figures_are_there(db):
    app = Host(RunsScreen(db, now=now))
    async with app.run_test(size=(200, 60)) as pilot:
        screen = await _shown(pilot)
        assert screen.table.keys == ["p02-new", "p01-llama-test", "p01-random-half", "p01-random-done"]
        row = next(line for line in text_of(app).splitlines() if "p01-random-done" in line)
        assert "■ finished" in row
        assert "3/3" in row
        assert "4 h" in row
        figures = screen._figures["p01-random-done"]
        assert f"{figures.score:.2f}" in row
        with Store(db, read_only=True) as store:
            days = [day.figures for day in store.days(store.run("p01-random-done")) if day.figures is not None]
        whole = metrics(days)
        assert (figures.f1, figures.unwelcome, figures.score) == (whole["f1"], whole["unwelcome"], whole["score"])
        assert len(days) == 3
        assert f" {whole['unwelcome']} " in row
        assert run_total(days, 80) == f"days 1–3: F1 {short_number(whole['f1'])}, {whole['unwelcome']} unwelcome"
        await pilot.press("end")
        await settled(pilot)
        assert run_total(days, 80) in text_of(app), "the preview has it too"


async def test_a_double_click_opens_a_run_and_a_click_only_moves_there(db):
    app = Host(RunsScreen(db))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        await pilot.click("#runs-table", offset=(10, 4))
        assert screen.table.key == "p01-random-half"
        assert app.said == []
        await pilot.double_click("#runs-table", offset=(10, 3))
        assert app.said == [ShowRun("p01-llama-test", False)]


async def test_resume_is_for_runs_that_are_not_finished(db):
    app = Host(RunsScreen(db))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await _shown(pilot)
        await pilot.press("down", "r")
        assert app.said == [ShowRun("p01-llama-test", True)]
        await pilot.press("end", "r")
        assert len(app.said) == 1
        await pilot.pause()
        assert "finished; press Enter to look at it" in text_of(app)


async def test_a_run_that_another_process_runs_is_not_resumed(db):
    with Store(db) as other:
        run = other.run("p01-random-half")
        other.update_run(run, state="running")
        other.hold(run)
        app = Host(RunsScreen(db))
        async with app.run_test(size=(120, 40)) as pilot:
            await _shown(pilot)
            await pilot.press("down", "down", "r")
            assert app.said == []
            await pilot.press("enter")
            assert app.said == [ShowRun("p01-random-half", False)]


async def test_two_marks_compare(db):
    app = Host(RunsScreen(db))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        await pilot.press("c")
        assert "compare with p02-new" in text_of(app)
        await pilot.press("c")
        assert "compare with" not in text_of(app), "a second c on the same run takes the mark away"
        await pilot.press("c", "down", "c")
        assert app.said == [CompareRuns("p02-new", "p01-llama-test")]
        await pilot.press("c", "escape")
        assert screen._marked == []
        app.said.clear()
        await pilot.press("home", "space", "space")
        assert "2 runs chosen: c compares them" in text_of(app)
        await pilot.press("c")
        (message,) = app.said
        assert isinstance(message, CompareRuns)
        assert [message.first, message.second, *message.more] == screen.table.keys[:2], "those that were chosen, and no other"
        await pilot.press("home", "space", "up", "space")
        assert screen._marked == []
        assert screen.is_current


@pytest.mark.parametrize("how", ["key", "mouse"])
async def test_deleting_asks_and_tells_what_goes(db, how):
    folder = db.with_name(db.name + ".adapters") / "p01-llama-test"
    folder.mkdir(parents=True)
    (folder / "402.safetensors").write_bytes(b"x" * 1_500_000)
    app = Host(RunsScreen(db))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        screen = await _shown(pilot)
        await pilot.press("down", "d")
        await settled(pilot)
        assert isinstance(app.screen, ConfirmScreen)
        shown = " ".join(text_of(app).replace("│", " ").split())
        for part in ("Delete p01-llama-test?", "1,206 steps of 2 of 14 days", "2 nights", "1 warning", "1 adapter (1.5 MB)"):
            assert part in shown, part
        if how == "key":
            await pilot.press("y")
        else:
            await pilot.click("#do")
        await settled(pilot)
        assert "p01-llama-test" not in screen.table.keys
        assert screen.table.key == "p01-random-half"
    with Store(db, read_only=True) as store:
        assert [run.id for run in store.runs()] == ["p02-new", "p01-random-half", "p01-random-done"]
    assert not folder.exists()


async def test_a_question_that_is_not_answered_with_yes_deletes_nothing(db):
    app = Host(RunsScreen(db))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await _shown(pilot)
        for key in ("n", "escape", "enter"):
            await pilot.press("d")
            await settled(pilot)
            assert isinstance(app.screen, ConfirmScreen)
            await pilot.press(key)
            await settled(pilot)
            assert screen.is_current
            assert len(screen.table.keys) == 4
    assert len(read_runs(db)) == 4


async def test_a_run_in_use_is_not_deleted_and_the_store_says_why(db):
    with Store(db) as other:
        other.hold(other.run("p02-new"))
        app = Host(RunsScreen(db))
        async with app.run_test(size=(120, 40)) as pilot:
            screen = await _shown(pilot)
            await pilot.press("d")
            await settled(pilot)
            await pilot.press("y")
            await settled(pilot)
            assert "run p02-new is in use" in text_of(app)
            assert "stop it first" in text_of(app)
            await pilot.press("escape")
            assert not screen.notice.is_open
            assert len(screen.table.keys) == 4


async def test_the_run_that_is_shown_beneath_is_not_deleted(db):
    app = Host(RunsScreen(db, current="p01-random-half"))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        assert screen.table.key == "p01-random-half"
        await pilot.press("d")
        await settled(pilot)
        assert screen.is_current
        assert len(read_runs(db)) == 4


def test_deleting_wants_the_whole_name(db):
    story.add(db, name="p01-random-half-again", days=0)
    remove_run(db, "p01-random-half")
    for act in (remove_run, run_contents, read_details):
        with pytest.raises(UnknownRun, match="not there any more"):
            act(db, "p01-random-half")
    assert "p01-random-half-again" in {item.id for item in read_runs(db)}
    with pytest.raises(UnknownRun, match="no such database"):
        remove_run(db.with_name("none.sqlite"), "p01-random-half")
    assert not db.with_name("none.sqlite").exists()


def test_deleting_a_run_in_use_is_refused(db):
    with Store(db) as other:
        other.hold(other.run("p02-new"))
        with pytest.raises(StoreBusy, match="in use"):
            remove_run(db, "p02-new")


async def test_a_run_deleted_meanwhile_is_said_not_crashed(db):
    app = Host(RunsScreen(db))
    async with app.run_test(size=(200, 60)) as pilot:
        screen = await _shown(pilot)
        remove_run(db, "p01-llama-test")
        await pilot.press("down")
        await settled(pilot)
        assert "is not there any more" in screen.query_one(RunPreview).problem
        await pilot.press("d")
        await settled(pilot)
        assert screen.notice.is_open
        assert "p01-llama-test" not in screen.table.keys


async def test_filtering_as_one_types(db):
    app = Host(RunsScreen(db))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        await pilot.press("slash", *"STOP half")
        assert screen.table.keys == ["p01-random-half"]
        assert "1 of 4 runs" in text_of(app)
        await pilot.press("enter", "enter")
        assert app.said == [ShowRun("p01-random-half", False)]
        await pilot.press("escape")
        assert len(screen.table.keys) == 4
        await pilot.press("slash", *"finished", "escape", "enter")
        assert len(screen.table.keys) == 4
        assert app.said[-1] == ShowRun("p01-random-done", False), "the cursor stays with its run"
        await pilot.press("slash", *"nothing like it")
        assert "no run matches the filter" in text_of(app)
        await pilot.press("enter", "enter", "r", "c", "d")
        assert len(app.said) == 2


async def test_the_cursor_walks_while_a_filter_is_written(db):
    app = Host(RunsScreen(db))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        await pilot.press("slash", *"random", "down")
        assert isinstance(app.focused, Input)
        assert screen.table.key == "p01-random-half" or screen.table.key == "p01-random-done"
        await pilot.press("up", "up")
        assert screen.table.key == screen.table.keys[0]


async def test_sorting_by_key_and_by_click(db):
    app = Host(RunsScreen(db))
    async with app.run_test(size=(200, 60)) as pilot:
        screen = await _shown(pilot)
        ids = [column.id for column in COLUMNS[1:]]
        for number in range(len(ids)):
            await pilot.press("s")
            await settled(pilot)
            assert screen.table.sorted_by == ids[number]
            assert len(screen.table.keys) == 4
        await pilot.press("s")
        assert screen.table.keys == sorted(screen.table.keys)
        await pilot.press("S")
        assert screen.table.keys == sorted(screen.table.keys, reverse=True)
        x = 1
        for column, cells in screen.table.fitted(screen.table.content_size.width - 1):
            if column.id == "score":
                break
            x += cells + 1
        await pilot.click("#runs-table", offset=(x + 4, 1))
        await settled(pilot)
        assert screen.table.sorted_by == "score"
        scores = [screen._figures[key].score for key in screen.table.keys]
        known = [score for score in scores if score is not None]
        assert known == sorted(known, reverse=True)
        assert scores[len(known) :] == [None] * (4 - len(known)), "runs without figures come last"
        await pilot.click("#runs-table", offset=(x + 4, 1))
        assert not screen.table.downward
        assert screen._figures[screen.table.keys[-1]].score is None


async def test_the_preview_tells_options_nights_and_warnings(db):
    app = Host(RunsScreen(db))
    async with app.run_test(size=(200, 60)) as pilot:
        screen = await _shown(pilot)
        await pilot.press("down")
        await settled(pilot)
        shown = text_of(app)
        for part in ("memory ars", "trained in 1 night, in the last one on 812 pairs", "day 2: nothing to learn", "F1 of welcome"):
            assert part in shown, part
        assert "quantize" not in shown.split("Changed options")[1], "a default is no option worth telling"
        assert screen.query_one(RunPreview).preview.item.id == "p01-llama-test"


async def test_the_preview_takes_the_place_of_the_list_on_a_small_screen(db):
    app = Host(RunsScreen(db))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await _shown(pilot)
        assert not screen.query_one(RunPreview).display
        await pilot.press("p")
        assert screen.query_one(RunPreview).display
        assert not screen.table.display
        await pilot.press("escape")
        assert screen.table.display
        await pilot.press("escape")
        assert not screen.is_attached or not screen.is_current


async def test_keys_of_the_screen_beneath_do_nothing_and_help_tells_all(db):
    app = Host(RunsScreen(db))
    async with app.run_test(size=(120, 60)) as pilot:
        await _shown(pilot)
        await pilot.press("t", "space", "n")
        assert app.trapped == 0
        await pilot.press("question_mark")
        assert isinstance(app.screen, KeysScreen)
        shown = text_of(app)
        assert all(act.tip[:40] in shown for act in RUNS_ACTS)
        await pilot.press("escape", "q", "q")
        assert not isinstance(app.screen, RunsScreen)


async def test_reading_again_shows_what_is_new(db):
    app = Host(RunsScreen(db))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        story.add(db, name="p01-just-now", days=0)
        await pilot.press("u")
        await settled(pilot)
        assert screen.table.keys[0] == "p01-just-now"
        assert screen.table.key == "p02-new", "the cursor stays where it was"


async def test_no_database_is_an_empty_list(tmp_path):
    app = Host(RunsScreen(tmp_path / "none.sqlite"))
    async with app.run_test(size=(80, 24)) as pilot:
        await _shown(pilot)
        assert "no runs yet" in text_of(app)
        await pilot.press("enter", "r", "c", "d", "s", "S", "p", "p", "end", "pagedown")
        assert app.said == []


async def test_a_file_that_is_no_database_is_said(tmp_path):
    path = tmp_path / "runs.sqlite"
    path.write_bytes(b"not a database at all" * 200)
    app = Host(RunsScreen(path))
    async with app.run_test(size=(120, 40)) as pilot:
        await _shown(pilot)
        shown = text_of(app)
        assert "is damaged or not a database" in shown
        assert "cannot be read; press u to try again" in shown


async def test_a_locked_database_is_said_and_read_when_it_is_free(db, monkeypatch):
    monkeypatch.setattr("propersim.store.database_file.BUSY_SECONDS", 0.05)
    other = sqlite3.connect(db, isolation_level=None)
    other.execute("pragma locking_mode = exclusive")
    other.execute("begin exclusive")
    app = Host(RunsScreen(db))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        assert "is locked by another program" in text_of(app)
        other.execute("rollback")
        other.close()
        await pilot.press("escape", "u")
        await settled(pilot)
        assert len(screen.table.keys) == 4


async def test_one_damaged_run_does_not_hide_the_others(db):
    connection = sqlite3.connect(db)
    with connection:
        connection.execute("update days set figures = 'x[/]' where run = (select key from runs where id = 'p01-random-done')")
        connection.execute("update runs set config_json = '{\"[/foo]\": [1], \"memory\"' where id = 'p01-random-half'")
    connection.close()
    app = Host(RunsScreen(db))
    async with app.run_test(size=(200, 60)) as pilot:
        screen = await _shown(pilot)
        assert "a record in it cannot be read" in screen._figures["p01-random-done"].problem
        assert screen._figures["p01-llama-test"].score is not None
        await pilot.press("end")
        await settled(pilot)
        assert "a record in it cannot be read" in screen.query_one(RunPreview).problem
        assert "a record in it cannot be read" in " ".join(screen.query_one(RunPreview).render().plain.split())


async def test_only_the_figures_of_what_is_seen_are_read(tmp_path):
    path = tmp_path / "runs.sqlite"
    one = story.add(path, name="run-0000", days=2)
    columns = {name: getattr(one, name) for name in one._fields if name not in ("key", "id")}
    with Store(path) as store, store.db.atomic():
        for number in range(1, 1000):
            store.add_run({**columns, "id": f"run-{number:04}", "days_done": 0, "steps": number})
    app = Host(RunsScreen(path))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        assert len(screen.table.keys) == 1000
        assert 0 < len(screen._figures) <= 2 * len(screen.table.seen)
        await pilot.press("end")
        await settled(pilot)
        assert screen.table.key == "run-0000"
        assert screen._figures["run-0000"].score is not None
        assert len(screen._figures) < 100
        before = list(screen.table.seen)
        await pilot._post_mouse_events([events.MouseScrollUp], "#runs-table", button=0)
        await settled(pilot)
        assert screen.table.seen != before
        assert screen.table.key == "run-0000"


async def test_any_size(db):
    app = Host(RunsScreen(db))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        async for size in at_each(pilot, SIZES):
            await pilot.press("down", "p", "p", "s", "slash", "x", "escape")
            await settled(pilot)
            harmless(app)
            tiny = size[0] < 60 or size[1] < 16
            assert screen.query_one("#small").display == tiny
            assert tiny or screen.table.region.height > 3


def test_columns_go_where_there_is_no_room():
    columns = (Column("a", "a", 5, 9), Column("b", "b", 5, rank=2), Column("c", "c", 5, 6, rank=1))
    assert [(column.id, cells) for column, cells in column_widths(columns, 30)] == [("a", 9), ("b", 5), ("c", 6)]
    assert [(column.id, cells) for column, cells in column_widths(columns, 12)] == [("a", 6), ("c", 5)]
    assert [column.id for column, _ in column_widths(columns, 3)] == ["a"]


def test_ages():
    then = NOW - 4.5 * 3600
    assert [format_age(CREATED, then + s) for s in (-5, 59, 60, 3_600, 47 * 3_600, 48 * 3_600)] == [
        "0 s",
        "59 s",
        "1 min",
        "1 h",
        "47 h",
        "2 d",
    ]
    assert format_age("[/]", NOW) == ""


async def test_one_run_is_one_run_and_its_start_is_by_the_clock_of_this_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Brussels")
    time.tzset()
    try:
        path = tmp_path / "runs.sqlite"
        row = story.add(path)
        with Store(path) as store:
            store.update_run(row, created="2026-11-22T19:30:39Z")
        async with Host(RunsScreen(path, now=now)).run_test(size=(120, 40)) as pilot:
            await _shown(pilot)
            text = text_of(pilot.app)
            assert "started 2026-11-22 20:30 · ran" in text
            assert " 1 run " in text
            assert "T19:30" not in text
    finally:
        monkeypatch.undo()
        time.tzset()


async def test_c_says_where_there_is_nothing_to_compare_and_what_is_left_out(tmp_path, db):
    alone = tmp_path / "alone.sqlite"
    story.add(alone, days=1)
    async with Host(RunsScreen(alone)).run_test(size=(120, 40), notifications=True) as pilot:
        screen = await _shown(pilot)
        screen.mark_current()
        await pilot.press("c")
        assert NO_OTHER in next(iter(pilot.app._notifications)).message
        assert "press c on another run" not in text_of(pilot.app)
    async with Host(RunsScreen(db)).run_test(size=(120, 40), notifications=True) as pilot:
        await _shown(pilot)
        await pilot.press("c")
        await settled(pilot)
        assert "press c on another run" in text_of(pilot.app)
        await pilot.press("c")
        assert "is no longer chosen for a comparison" in next(iter(pilot.app._notifications)).message


def test_a_column_is_no_wider_than_its_cells_need():
    table = Table(
        [Column("a", "name", 4, 20), Column("b", "long", 4, 30)], lambda key, column, width: ("abcdef" if column == "a" else "z" * 22, "")
    )
    assert [cells for _, cells in table.fitted(40)] == [20, 19]
    table.keys = ["one"]
    table._needed = None
    assert [cells for _, cells in table.fitted(40)] == [6, 22]


async def test_the_newest_runs_are_listed_first_and_unchanged_ones_are_read_once(tmp_path, monkeypatch):
    path = tmp_path / "runs.sqlite"
    one = story.add(path, name="run-0000", days=2)
    columns = {name: getattr(one, name) for name in one._fields if name not in ("key", "id")}
    with Store(path) as store, store.db.atomic():
        for number in range(1, FIRST + 50):
            store.add_run({**columns, "id": f"run-{number:04}"})
    listed, built = [], []
    build = run_list.item_of

    def counting(store, row):
        built.append(row.id)
        return build(store, row)

    monkeypatch.setattr(run_list, "item_of", counting)
    message = RunsScreen.on_run_reader_listed

    def keep(self, event):
        listed.append((len(event.items), event.count))
        message(self, event)

    monkeypatch.setattr(RunsScreen, "on_run_reader_listed", keep)
    app = Host(RunsScreen(path))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        count = FIRST + 50
        assert listed == [(FIRST, count), (count, count)]
        assert f"{count} runs" in text_of(app)
        built.clear()
        with Store(path) as store:
            store.update_run(store.run("run-0007"), steps=9)
            store.remove_run(store.run("run-0009"))
        await pilot.press("u")
        await settled(pilot)
        assert set(built) == {"run-0007", screen.table.key}, "but for the preview, unchanged runs are not read again"
        assert len(screen.table.keys) == count - 1
        assert screen._items["run-0007"].row.steps == 9


async def test_the_figures_of_many_runs_take_one_statement(db, monkeypatch):
    calls = []

    def counting(store, keys):
        calls.append(len(keys))
        return figures_of(store, keys)

    monkeypatch.setattr(run_reader, "figures_of", counting)
    app = Host(RunsScreen(db))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _shown(pilot)
        screen._sort_by("f1")
        await settled(pilot)
        assert set(calls) == {4}
        assert [key for key in screen.table.keys if screen._figures[key].f1 is None] == screen.table.keys[-1:]
