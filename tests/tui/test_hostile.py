"""Text from personas, models and the database is drawn as it is, wherever it may stand; and no terminal is too small."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sqlite3
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from rich.cells import cell_len
from textual import events
from textual.widgets import Input

from propersim.core.errors import PropersimError
from propersim.core.records import Action, Clocks, Place, RunWarning
from propersim.core.text import clean
from propersim.experiments.run_figures import RunFigures, read_run_figures
from propersim.persona.library import personas_folder
from propersim.runs.protocol import Failed, RateThis, RunState, Training
from propersim.store.store import Store
from propersim_tui.config.settings import REGIONS, load
from propersim_tui.controllers.settings import MOST_PROBLEMS
from propersim_tui.data.frame import PlaybackStatus
from propersim_tui.data.run_list import read_details, read_runs
from propersim_tui.data.source import RunSource
from propersim_tui.messages import ShowRun
from propersim_tui.render.export import as_csv, file_stem, region_exports, table
from propersim_tui.render.format import fit, wrap
from propersim_tui.render.persona_text import persona_lines
from propersim_tui.screens.compare import CompareScreen
from propersim_tui.screens.confirm import ConfirmScreen
from propersim_tui.screens.personas import PersonasScreen
from propersim_tui.screens.rate import RateScreen
from propersim_tui.screens.run_columns import COLUMNS, sort_key
from propersim_tui.screens.runs import RunsScreen
from propersim_tui.widgets.notice import Notice
from propersim_tui.widgets.run_panel import RunPanel
from propersim_tui.widgets.run_preview import RunPreview
from tests.tui import hostile, story
from tests.tui.answers import FakeExaminer
from tests.tui.hostile import FEW, HOSTILE, SIZES, TEXTS, sound
from tests.tui.hosts import settled

pytestmark = pytest.mark.usefixtures("undrawn")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A database with a run for each kind of text, whose row has that text, and whose records have them all."""
    path = tmp_path_factory.mktemp("hostile") / "runs.sqlite"
    for kind, text in HOSTILE.items():
        rest = tuple(each for each in TEXTS if each != text)
        # Ids are free text as well, for all that the database says.
        hostile.add(path, (text, *rest), name=f"{kind} {text[:300]}", stop=60 if kind == "markup" else 3)
    return path


@pytest.fixture
def db(made, tmp_path) -> Path:
    return Path(shutil.copy(made, tmp_path / "runs.sqlite"))


def run_of(db: Path, kind: str) -> str:
    with Store(db, read_only=True) as store:
        return next(row.id for row in store.runs() if row.id.startswith(kind))


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_on_the_live_screen(app_of, db, size):
    app = app_of(db)
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        app.show_run(RunSource(db, run_of(db, "markup")), paused=True)
        await pilot.press("2")
        for index in range(0, 60, 9):
            app.run_view.go_to_step(index)
            await pilot.pause()
            text = sound(app, f"at step {index}")
            if index == 0:
                assert "[@click=app.quit]x[/]" in text, "shown as it is written"
        for key in ("1", "2", "3", "4", "j", "escape", "question_mark", "escape", "2", "pageup", "y", "b", "n"):
            await pilot.press(key)
            sound(app, f"after {key}")
        for text in TEXTS:
            app.notifier.notice.show(text, text)
            app.notifier.toast(text)
        await pilot.hover("#today", offset=(30, 2))
        await pilot.pause()
        sound(app, "with notices")
        app.playback.look(30)
        await pilot.resize_terminal(*SIZES[1])
        sound(app, "when the size has changed")


async def test_under_the_pointer_and_in_what_a_worker_says(app_of, db, live, clock):
    app = app_of(db, live=live)
    async with app.run_test(size=(120, 40), notifications=True, tooltips=True) as pilot:
        today = app.query_one("#today")
        for x in range(3, 117, 14):
            await pilot.hover("#today", offset=(x, 2))
            assert not any(ord(char) < 32 for char in str(today.tooltip))
            sound(app, f"with a tooltip at {x}")
        live.events = [
            RunState("training"),
            *(Training(-(10**30), step, 10**18, -1e300, 1e300, 7.5, -1e300, -5) for step in (0, 3, 10**18)),
        ]
        app.tick()
        await pilot.pause()
        sound(app, "in an endless training")
        live.events = [RunState("running", 1e300)]
        app.tick()
        for text in FEW:
            live.events = [Failed(text, text)]
            app.tick()
            await pilot.pause()
            sound(app, f"when the worker ends with {text[:20]!r}")
            assert text[:7].strip() in " ".join(str(app.query_one(Notice).content).split()) or not text[:7].isprintable()


async def test_where_the_examiner_answers(app_of, db, monkeypatch):
    # The run's assistant has a hostile name; only `llama` is asked what it learned.
    monkeypatch.setattr("propersim_tui.screens.learned.nothing_to_learn", lambda *_: None)
    examiner = FakeExaminer(lambda index: source.frame(index).step)
    app = app_of(db, inspector=lambda *_: examiner)
    async with app.run_test(size=(80, 24)) as pilot:
        source = RunSource(db, run_of(db, "markup"))
        app.show_run(source, paused=True)
        for number, text in enumerate(FEW):
            examiner.text = text
            await pilot.resize_terminal(*SIZES[number])
            app.run_view.go_to_step(3 * number)
            await pilot.press("i")
            app.screen.ask_now()
            app.tick()
            await pilot.pause()
            shown = sound(app, f"laid open with {text[:20]!r}")
            assert "asking the model" not in shown
            await pilot.press("escape", "w")
            app.tick()
            app.tick()
            await pilot.pause()
            shown = sound(app, f"learned with {text[:20]!r}")
            assert "night 2" in shown
            await pilot.press("left", "escape")
        examiner.trouble = TEXTS[0] + TEXTS[1]
        for key in "iw":
            await pilot.press(key)
            app.screen.ask_now() if key == "i" else None
            app.tick()
            await pilot.pause()
            assert "[@click=app.quit]x[/]" in sound(app, "in trouble")
            await pilot.press("escape")


@pytest.mark.slow
async def test_in_the_list_of_runs_and_side_by_side(app_of, db):
    app = app_of(db)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        for size in SIZES[::2]:
            await pilot.resize_terminal(*size)
            await pilot.press("r")
            await settled(pilot)
            screen = app.screen
            assert isinstance(screen, RunsScreen)
            assert len(screen.table.keys) == len(TEXTS)
            for number in range(len(TEXTS) if size == SIZES[2] else 2):
                await pilot.press("down" if number else "home", *(("p",) if size == SIZES[0] and not number else ()))
                await settled(pilot)
                sound(app, f"at run {number}")
            await pilot.press(*(("p",) if size == SIZES[0] else ()), "slash", *"[/foo", "enter")
            await settled(pilot)
            assert "[/foo]" in sound(app, "filtered")
            await pilot.press("d")
            await settled(pilot)
            assert isinstance(app.screen, ConfirmScreen)
            assert "[/foo]" in sound(app, "asked")
            await pilot.press("n", "escape", "escape")
            while app.screen is not app.live:
                await pilot.press("escape")
        for kinds, size in ((("markup", "control"), SIZES[0]), (("wide", "combining"), SIZES[1]), (("rtl", "long"), SIZES[2])):
            app.push_screen(CompareScreen(db, *(run_of(db, kind) for kind in kinds)))
            await pilot.resize_terminal(*size)
            await settled(pilot)
            for key in ("3", "2", "1", "n", "greater_than_sign"):
                await pilot.press(key)
                sound(app, f"{kinds} side by side after {key}")
            await pilot.press("escape")


def persona_file(folder: Path, name: str, text: str) -> Path:
    """Write a persona's file with a text wherever text is free."""
    line, text = hostile.line_of(text), text[:1900].strip() or "."
    raw = yaml.safe_load((personas_folder() / "p01.yaml").read_text(encoding="utf-8"))
    raw |= {"name": line, "occupation": line, "household": line, "culture": line, "background": text, "goals": [line]}
    raw["lifestyle"]["text"] = text
    raw["daily_plan"][0]["text"] = raw["interests"][0]["text"] = raw["lifestyle"]["habits"][0]["text"] = line
    for rules in raw["rubric"].values():
        rules["text"] = text
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    return path


@pytest.mark.slow
async def test_in_files_of_personas(app_of, three_days, tmp_path):
    mine = [persona_file(tmp_path, f"mine-{number}", text) for number, text in enumerate(FEW)]
    broken = tmp_path / "[@click=app.quit]\u202e x.yaml"
    broken.write_text(yaml.safe_dump({text[:200]: text[:2000] for text in TEXTS}, allow_unicode=True), encoding="utf-8")
    ids = tmp_path / "ids.yaml"
    raw = yaml.safe_load(mine[0].read_text(encoding="utf-8"))
    raw["id"] = HOSTILE["control"]
    raw["rubric"]["communication"]["tones"] = list(TEXTS)
    raw["rubric"]["timing"]["windows"] = [{"during": [TEXTS[0]], "start": TEXTS[1]}]
    raw["big_five"] = dict.fromkeys(TEXTS, TEXTS[0])
    ids.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    (tmp_path / "no.yaml").write_bytes(b"\x00\xff\x1b[31m: [")
    files = [*mine, broken, ids, tmp_path / "no.yaml", tmp_path / "\x1b]0;x\x07.yaml"]
    app = app_of(three_days)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        for size in SIZES[::2]:
            await pilot.resize_terminal(*size)
            screen = PersonasScreen(files)
            app.push_screen(screen)
            await settled(pilot)
            assert all(screen._items[str(path)].persona is not None for path in mine)
            assert "[/foo]" in sound(app, "in the list")
            await pilot.press("home", *(("p",) if size == SIZES[0] else ()))
            for number in range(len(files)):
                await pilot.press("space")
                sound(app, f"sheet of persona {number}")
                await pilot.press("down")
                sound(app, f"persona {number}")
            for path in files[len(mine) :]:
                screen.table.go(str(path))
                screen.action_start()
                await pilot.pause()
                sound(app, f"{path.name!r} cannot be begun with")
            await pilot.press("escape", "escape")
            while app.screen is not app.live:
                await pilot.press("escape")


async def test_where_a_person_rates_and_where_they_write(app_of, three_days, live):
    app = app_of(three_days, live=live)
    async with app.run_test(size=(60, 16), notifications=True) as pilot:
        for number, text in enumerate(FEW):
            await pilot.resize_terminal(*((60, 16), (120, 40))[number % 2])
            action = Action(text, text, Place(text, text, 0, 0), -5.0, 1e9, 99, text, text)
            ask = RateThis(1, 10**30, 500.0, text, action, Clocks(1e9, -3.0, 10**9, 7))
            app.push_screen(RateScreen(ask, hostile.persona_of(text)))
            await pilot.press("r", "down", "pagedown", *"yyyy")
            assert sound(app, f"to be rated: {text[:20]!r}").count("● yes") == 4
            app.screen.dismiss(None)
            await pilot.pause()
        for opens in ("g", "x", "r"):
            await pilot.press(opens)
            await pilot.pause()
            await pilot.press(*{"r": ("slash",), "x": ("tab",)}.get(opens, ()))
            for text in FEW[:2]:
                line = app.focused
                assert isinstance(line, Input)
                line.value = ""
                app.screen.post_message(events.Paste(text))
                await pilot.pause()
                sound(app, f"written with {opens}: {text[:20]!r}")
                if opens == "g":
                    await pilot.press("enter")
                    assert app.screen is not app.live
                    sound(app, f"gone to {text[:20]!r}")
            while app.screen is not app.live:
                await pilot.press("escape")


async def test_in_the_settings(app_of, three_days, tmp_path):
    own = tmp_path / "screen.toml"

    def toml(value: object) -> str:
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

    lines = [f"theme = {toml(TEXTS[0])}", f"speed = {toml(TEXTS[1])}", *(f"{toml(text[:300])} = {toml(text[:300])}" for text in TEXTS[2:])]
    lines += ["[layout]", *(f"{name} = {toml(TEXTS[0])}" for name in ("tab", "figures", "map"))]
    lines += ["[keys]", f"{toml(TEXTS[1])} = 1", f"play = {toml([*TEXTS[:5], '[', '@', 'ctrl+'])}", 'help = "\u202e"', 'take = "\u0301"']
    own.write_text("\n".join(lines), encoding="utf-8")
    settings, problems = load(own)
    assert len(problems) > 10
    app = app_of(three_days)
    app.settings.apply(settings, problems, file=own)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.pause()
        sound(app, "with such settings")
        shown = str(app.notifier.notice.content)
        assert shown.count(str(own)) == 1, "the file is named once"
        assert shown.count(" · ") == MOST_PROBLEMS, "one long value does not hide the other problems"
        assert shown.endswith(f"and {len(app.settings._problems) - MOST_PROBLEMS} more problems")
        await pilot.press("escape", "question_mark")
        sound(app, "in the help")
        await pilot.press("escape", "ctrl+p")
        await pilot.pause()
        sound(app, "in the palette")


async def test_in_what_is_copied_and_saved(app_of, db, tmp_path, monkeypatch):
    app = app_of(db)
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    async with app.run_test(size=(200, 60), notifications=True) as pilot:
        for number, kind in enumerate(("control", "path", "long")):
            app.show_run(RunSource(db, run_of(db, kind)), paused=True)
            app.action_newest_step()
            await pilot.press("y", "s")
            app.action_export("today")
            await pilot.pause()
            sound(app, f"to be taken: {kind}")
            await pilot.press("end", "enter")
            saved = sorted(folder.iterdir())
            assert len(saved) == 2 * (number + 1), "nothing lands elsewhere"
            assert all(clean(path.name) == path.name and len(path.name) < 200 for path in saved)
        for path in folder.glob("*.svg"):
            ElementTree.fromstring(path.read_text(encoding="utf-8"))
        app.show_run(RunSource(db, run_of(db, "markup")), paused=True)
        app.action_newest_step()
        await pilot.pause()
        for name in REGIONS:
            for export in region_exports(app.query_one(f"#{name}"), app.frame, app.status):
                assert not any(ord(char) < 32 and char != "\n" for char in export.content), (name, export.form)
                if export.suffix == "csv":
                    cells = [cell for row in csv.reader(io.StringIO(export.content)) for cell in row]
                    bad = [cell for cell in cells if cell.startswith(("=", "@", "\t", "\r")) or cell[:2] in ("-=", "+=")]
                    assert not bad, name
                elif export.suffix == "svg":
                    ElementTree.fromstring(export.content)
        assert all(char.isprintable() or char == "\n" for char in app.clipboard)


RECORD = {
    "steps": "record",
    "days": "plan",
    "nights": "record",
}
EDITS = {
    "text": "'[@click=app.quit]x[/]' || char(27) || '[2J'",
    "bytes": "x'00ff1b5b324a'",
    "huge": "9223372036854775807",
    "deep": "replace(hex(zeroblob(50000)), '00', '[')",
}
JSON_EDITS = {
    "minute": ("steps", "$.minute", "-1e300"),
    "day": ("steps", "$.day", "-3"),
    "index": ("steps", "$.index", "9223372036854775807"),
    "x": ("steps", "$.x", "100000000"),
    "y": ("steps", "$.y", "-4"),
    "shown": ("steps", "$.shown", "7"),
    "candidates": ("steps", "$.candidates", "json('[]')"),
    "chance": ("steps", "$.p_speak", "-1e300"),
    "gap": ("steps", "$.clocks.gap", "1e300"),
    "focus": ("steps", "$.action.focus", "-7"),
    "room": ("steps", "$.action.place.room", "'cellar'"),
    "place": ("steps", "$.action.place.x", "-9"),
    "end": ("steps", "$.action.end", "-1e300"),
    "no plan": ("days", "$.actions", "json('[]')"),
    "no end": ("days", "$.actions[18].end", "1e300"),
    "before": ("days", "$.actions[0].start", "-1e300"),
    "backwards": ("days", "$.actions[3].end", "3.0"),
    "open": ("days", "$.receptive[0].end", "1e300"),
    "gap_min": ("days", "$.gap_min", "-1e300"),
    "of day": ("days", "$.day", "9223372036854775807"),
    "night": ("nights", "$.at", "9223372036854775807"),
    "night's day": ("nights", "$.day", "-9"),
    "loss": ("nights", "$.loss", "1e300"),
    "pairs": ("nights", "$.decisions", "9223372036854775807"),
}
FIGURES = {
    "many steps": "json_set(figures, '$.steps', 9223372036854775807)",
    "no hours": "json_set(figures, '$.hours', 0.0)",
    "negative steps": "json_set(figures, '$.steps', -3, '$.hours', -1e300)",
    "far day": "json_set(figures, '$.day', 900000000000000)",
    "high": "json_set(figures, '$.dimensions', json('[9223372036854775807, 1, 1, -1]'))",
    "nothing": "'{}'",
}


def edits() -> dict[str, str]:
    """Return statements that somebody might have typed into the database, by name."""
    found = {}
    columns = {
        "runs": "persona name seed model days days_done steps created wall_s error persona_json world_text config_json versions_json"
    }
    columns |= {"days": "first plan figures", "steps": "minute spoke score record", "nights": "record", "warnings": "text day"}
    for where, names in columns.items():
        for name in names.split():
            for kind, value in EDITS.items():
                found[f"{where}.{name} {kind}"] = f"update {where} set {name} = {value}"
    for name, (where, path, value) in JSON_EDITS.items():
        column = RECORD[where]
        found[f"{where}: {name}"] = f"update {where} set {column} = json_set({column}, '{path}', {value})"
    found |= {f"figures: {name}": f"update days set figures = {value} where figures is not null" for name, value in FIGURES.items()}
    found |= {"no steps": "delete from steps", "no days": "delete from days", "steps apart": "delete from steps where idx % 7 = 3"}
    found["days apart"] = "delete from days where day = 1"
    found["home"] = "update runs set world_text = replace(world_text, 'kitchen', 'kit' || char(27) || '[2J[/foo]')"
    return found


def draw_everything(app, db: Path, run: str) -> None:
    """Draw all that can be drawn of a run, as the screens do it.

    Raises:
        PropersimError: it cannot be read.
    """
    items = {item.id: item for item in read_runs(db)}
    listed = RunsScreen(db)
    listed._items = items
    for column in COLUMNS[1:]:
        listed._cell(run, column.id, 10)
        listed._sort = column.id
        sort_key(items[run], RunFigures(), column.id)
    with Store(db, read_only=True) as store:
        read_run_figures(store, items[run].row)
    preview = RunPreview()
    preview.set_reactive(RunPreview.preview, read_details(db, run))
    preview.lines(60, 20)
    source = RunSource(db, run)
    try:
        for index in (0, 5, 405, 429):
            frame = source.frame(index)
            for name in REGIONS:
                region = app.query_one(f"#{name}")
                region.set_reactive(type(region).frame, frame)
                if isinstance(region, RunPanel):
                    for size in ((60, 30), (30, 8)):
                        region.lines(frame, *size)
                else:
                    region.watch_frame(None, frame) if name != "today" else region.watch_frame()
                    for y in range(6):
                        region.render_line(y)
                as_csv(table(name, frame, PlaybackStatus()))
        for sight in ("said", "bad", "disagreement"):
            source.seek(sight, 0, forward=True)
        source.find(10**30, -1e300)
    finally:
        source.close()


async def test_whatever_somebody_has_typed_into_the_database(app_of, tmp_path):
    path = tmp_path / "runs.sqlite"
    row = story.add(path, days=2, stop=430, change=story.decided)
    story.add_nights(path, row, story.night(1, 402), warnings=[RunWarning(60, 1, "no-pairs", "nothing")])
    with sqlite3.connect(path) as made:
        made.execute("update runs set assistant = 'llama'")
    made.close()
    app = app_of(path)
    said = {}
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        draw_everything(app, path, row.id)
        for number, (name, statement) in enumerate(edits().items()):
            copy = Path(shutil.copy(path, tmp_path / f"{number}.sqlite"))
            with sqlite3.connect(copy) as db:
                db.execute(statement)
            db.close()
            try:
                draw_everything(app, copy, row.id)
            except PropersimError as error:
                said[name] = error.message
        for wrong in ("days.plan deep", "steps: minute", "figures: far day", "days: no plan", "steps.record text", "runs.world_text text"):
            assert "cannot be read" in said[wrong] or "floor plan" in said[wrong], wrong
        assert "runs.name text" not in said, "whatever a name is, it can be shown"
        # And on a screen: what cannot be opened is said, what can be is shown as far as it can be read.
        copy = tmp_path / f"{list(edits()).index('days: no plan')}.sqlite"
        app.source.db = copy
        app.on_show_run(ShowRun(row.id))
        await settled(pilot)
        sound(app, "of which a day cannot be read")
        assert "cannot be read" in str(app.notifier.notice.content)
        copy = tmp_path / f"{list(edits()).index('steps: minute')}.sqlite"
        app.show_run(RunSource(copy, row.id), paused=True)
        await pilot.press("n", "greater_than_sign", "end", "i", "escape", "w", "escape", "r")
        await settled(pilot)
        sound(app, "whose steps cannot be read")
        await pilot.press("escape")
        assert "cannot be read" in str(app.notifier.notice.content)


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("width", [1, 2, 3, 7, 40])
def test_fit_and_wrap_keep_to_their_width(kind, width):
    text = clean(HOSTILE[kind])
    assert cell_len(fit(text, width)) == width
    lines = wrap(text, max(2, width))
    assert all(cell_len(line) <= max(2, width) for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("width", [20, 60, 130])
def test_a_hostile_persona_keeps_to_its_width(kind, width):
    assert all(cell_len(line.plain) <= width for line in persona_lines(hostile.persona_of(HOSTILE[kind]), width))


def test_files_are_not_named_as_somebody_else_likes():
    for text in TEXTS:
        stem = file_stem("propersim", text, "day1")
        assert stem.startswith("propersim-")
        assert Path(stem).name == stem == clean(stem)
    assert file_stem("a", "p01-random-k3f9", "", "day1-0730") == "a-p01-random-k3f9-day1-0730"


async def test_any_size(app_of, three_days):
    app = app_of(three_days, at=500)
    async with app.run_test(size=(120, 40)) as pilot:
        for size in ((1, 1), (2, 40), (200, 1), (59, 60), (60, 16), (99, 31), (100, 32), (149, 20), (190, 32), (250, 70)):
            await pilot.resize_terminal(*size)
            await pilot.press(*("n1" if size[0] > 59 else "2"))
            sound(app, f"at {size}")
            tiny = size[0] < 60 or size[1] < 16
            assert app.query_one("#small").display == tiny
            assert tiny or app.query_one("#home").region.height > 3
        await pilot.resize_terminal(120, 40)
        assert app.frame.step.index == 507
        assert app.query_one("#home").region.size == (62, 17)


async def test_the_user_stays_in_view_on_a_narrow_screen(app_of, three_days):
    app = app_of(three_days)
    async with app.run_test(size=(60, 16)) as pilot:
        home = app.query_one("#home")
        for minute in (7 * 60, 8 * 60, 10 * 60 + 45, 18 * 60 + 10):
            app.run_view.go_to_step(app.source.find(1, minute))
            await pilot.pause()
            x, y = home.at
            dx, dy = home.scroll_offset
            assert 0 <= x - dx < home.size.width
            assert 0 <= y - dy < home.size.height
