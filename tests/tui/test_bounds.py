"""What is read and kept does not grow with the length of a run, nor with the number of keys pressed."""

from __future__ import annotations

import pytest
from textual.screen import Screen

from propersim.core.errors import StoreError
from propersim.experiments.run_figures import read_run_figures
from propersim.store.store import Store
from propersim_tui.data import source as sources
from propersim_tui.data.run_list import read_runs
from propersim_tui.data.source import DAYS_KEPT, RunSource
from tests.tui import story

pytestmark = pytest.mark.usefixtures("undrawn")

DAYS = 14
A_DAY = 402
JUMPS: tuple[str, ...] = ("right_square_bracket", "left_square_bracket", "full_stop", "comma", "greater_than_sign", "less_than_sign")
JUMPS += ("right_curly_bracket", "left_curly_bracket", "end", "home")


@pytest.fixture(scope="module")
def fortnight(tmp_path_factory):
    """A run of 14 days that learned every night."""
    path = tmp_path_factory.mktemp("fortnight") / "runs.sqlite"
    row = story.add_learner(path, days=DAYS, state="finished")
    story.add_nights(path, row, *(story.night(day, day * A_DAY) for day in range(1, DAYS + 1)))
    return path


@pytest.fixture
def source(fortnight):
    with_closing = RunSource(fortnight, "last")
    yield with_closing
    with_closing.close()


class Reads:
    """The statements that a store runs, and the rows that it gets."""

    def __init__(self, store: Store) -> None:
        self.statements: list[str] = []
        self.steps = self.rows = 0
        self._store = store
        store.db.conn.set_trace_callback(self.statements.append)
        self._factory = store.db.conn.row_factory
        store.db.conn.row_factory = self._row

    def _row(self, cursor, row):
        self.rows += 1
        return row if self._factory is None else self._factory(cursor, row)

    def end(self) -> None:
        self._store.db.conn.set_trace_callback(None)
        self._store.db.conn.row_factory = self._factory


@pytest.fixture
def reads(source):
    counter = Reads(source._store)
    yield counter
    counter.end()


def test_a_jump_reads_the_day_it_leads_to_and_no_other(source, reads):
    for index in (0, 13 * A_DAY + 200, 6 * A_DAY, 3 * A_DAY + 401):
        reads.rows, reads.statements[:] = 0, []
        source.frame(index)
        assert reads.rows <= A_DAY + 1, "the steps of a day, and its plan"
        assert len(reads.statements) <= 2
    for index in range(3 * A_DAY, 3 * A_DAY + 400, 7):
        reads.statements[:] = []
        source.frame(index)
        assert not reads.statements, "a day that is known is not read again"


def test_a_search_stops_at_what_it_finds(source, reads):
    for sight in ("said", "bad", "disagreement"):
        for forward in (True, False):
            reads.rows, reads.statements[:] = 0, []
            found = source.seek(sight, 7 * A_DAY, forward=forward)
            assert found is not None
            assert len(reads.statements) == 1
            assert reads.rows <= abs(found - 7 * A_DAY) + 2


def test_a_time_is_found_among_the_steps_of_its_day(source, fortnight):
    assert source.find(9, 8 * 60) == 8 * A_DAY + 24
    assert source.find(9, 0.0) == 8 * A_DAY
    assert source.find(14, 9_999) == 14 * A_DAY - 1
    assert source.find(15, 600) is None
    with Store(fortnight, read_only=True) as store:
        asked: list[str] = []
        store.db.conn.set_trace_callback(asked.append)
        store.step_at(store.run("last"), 9, 480)
        store.db.conn.set_trace_callback(None)
        plan = store.db.execute(f"explain query plan {asked[-1]}").fetchall()
    searches = [str(row[3]) for row in plan if "steps" in str(row[3])]
    assert searches
    assert all("idx>" in each and "idx<" in each for each in searches), "not by walking through the whole run"


def test_what_is_kept_does_not_grow_with_the_run(source):
    for index in range(0, DAYS * A_DAY, 19):
        source.frame(index)
        assert len(source._loaded) <= DAYS_KEPT
        assert len(source._plans) <= DAYS_KEPT
    assert sum(len(steps) for steps in source._loaded.values()) <= DAYS_KEPT * A_DAY
    assert all(not hasattr(day, "plan") for day in source.days)
    assert all(night.trained == () for night in source.nights), "which steps each learned from is not kept here"


def test_a_run_that_grows_is_read_by_what_is_new(tmp_path):
    path = tmp_path / "runs.sqlite"
    row = story.add_learner(path, days=3, state="running")
    story.add_nights(path, row, story.night(1, A_DAY), story.night(2, 2 * A_DAY))
    source = RunSource(path, "last")
    source.growing = True
    counter = Reads(source._store)
    story.add_nights(path, row, story.night(3, 3 * A_DAY - 1))
    source.poll(10.0)
    counter.end()
    assert [night.day for night in source.nights] == [1, 2, 3]
    assert counter.rows <= 3, "the count of steps, the new night, and no night or day that is known"
    source.close()


def test_a_day_that_was_deleted_says_so(source, monkeypatch):
    monkeypatch.setattr(source._store, "plan", lambda *_: None)
    source._plans.clear()
    with pytest.raises(StoreError, match="no longer exists"):
        source.frame(3)


def test_the_list_of_runs_reads_no_steps_and_no_plans(fortnight):
    items = read_runs(fortnight)
    with Store(fortnight, read_only=True) as store:
        asked: list[str] = []
        store.db.conn.set_trace_callback(asked.append)
        assert read_run_figures(store, items[0].row).score is not None
        store.db.conn.set_trace_callback(None)
    assert asked
    assert all("steps" not in each and "plan" not in each for each in asked)


async def test_moving_through_a_fortnight_leaves_nothing_behind(app_of, fortnight):
    app = app_of(fortnight, at=0)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()

        def nodes() -> int:
            kept = [screen for screen in app._installed_screens.values() if isinstance(screen, Screen)]
            return sum(1 for screen in {*app.screen_stack, *kept} for _ in screen.walk_children())

        async def tour() -> tuple[int, int, int]:
            for day in range(0, DAYS, 3):
                app.run_view.go_to_step(day * A_DAY + 100)
                await pilot.pause()
            await pilot.press(*JUMPS)
            for key in ("i", "w", "question_mark", "g"):
                await pilot.press(key, "escape")
            await pilot.pause()
            feed, home = app.live.query_one("#assistant"), app.live.query_one("#home")
            return nodes(), len(feed._drawn), len(home._strips)

        first = await tour()
        second = await tour()
        assert len(app.screen_stack) == 1
        assert len(app._registry) <= nodes() + 10
        assert second[0] <= first[0]
        assert second[1] <= A_DAY
        assert second[2] <= first[2] * 1.5 + 50
        assert len(app.source._loaded) <= sources.DAYS_KEPT
