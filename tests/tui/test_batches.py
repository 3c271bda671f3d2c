"""The list of batches: followed while another process carries one out, by keys and clicks, at any size."""

import pytest

from propersim.store.batches import BatchRecord
from propersim.store.store import Store
from propersim_tui.messages import ShowRun
from propersim_tui.screens.batches import BatchesScreen
from propersim_tui.screens.runs import RunsScreen
from propersim_tui.widgets.job_preview import JobPreview
from tests.tui.hosts import Host, at_each, harmless, on_top, settled, text_of
from tests.tui.scenes import SIZES, add_batches, batch_jobs, now

pytestmark = pytest.mark.usefixtures("undrawn")


@pytest.fixture
def jobs():
    return batch_jobs()


async def test_a_batch_of_another_process_is_followed_until_it_is_over(db, jobs):
    with Store(db) as other:
        record = BatchRecord(other, "cc", engine="2 in parallel", at_once=2, jobs=jobs)
        record.write(jobs, seconds_left=5_400.0)
        app = Host(BatchesScreen(db, now=now))
        async with app.run_test(size=(120, 40)) as pilot:
            await settled(pilot)
            screen = on_top(app, BatchesScreen)
            assert "2 of 9 runs done, 1 failed, about 90 min left · 2 in parallel" in text_of(app)
            screen.table.go("6")
            await settled(pilot)
            jobs[6] = jobs[6]._replace(state="finished", run_id="p03-evidence-new", days_done=14, f1=0.7, unwelcome=2, seconds=4.0)
            record.write(jobs, seconds_left=600.0)
            screen.follow()
            await settled(pilot)
            assert "3 of 9 runs done, 1 failed, about 10 min left" in text_of(app)
            assert screen.table.key == "6", "the cursor stays on its run"
            assert "p03-evidence-new" in screen.query_one(JobPreview).render().plain
            record.write(jobs, state="finished")
            screen.follow()
            await settled(pilot)
            assert "failed · finished" in text_of(app)
            record.write([*jobs[:6], jobs[6]._replace(unwelcome=77), *jobs[7:]], state="finished")
            screen.follow()
            await settled(pilot)
            assert "77" not in screen.query_one(JobPreview).render().plain, "what is over is not read again by itself"
        record.close()


async def test_a_batch_whose_process_was_killed_is_interrupted(db, jobs):
    with Store(db) as other:
        BatchRecord(other, "cc", engine="2 in parallel", at_once=2, jobs=jobs).close()
    app = Host(BatchesScreen(db, now=now))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert "failed · interrupted" in text_of(app)


async def test_runs_open_by_key_and_click_and_a_run_that_is_not_there_says_why(db):
    add_batches(db)
    app = Host(BatchesScreen(db, now=now))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settled(pilot)
        screen = on_top(app, BatchesScreen)
        assert [screen._jobs[key].row.variant for key in screen.table.keys] == sorted(job.variant for job in batch_jobs())
        await pilot.press("enter")
        assert app.said == [ShowRun("p01-random-done", False)]
        await pilot.double_click("#batches-table", offset=(10, 3))
        assert app.said == [ShowRun("p01-random-done", False), ShowRun("p01-llama-test", False)]
        screen.table.go("7")
        screen.action_open()
        await pilot.pause()
        assert "failed before it was made" in text_of(app)
        assert "line 9, rubric: has no preference" in text_of(app), "the whole error is in the details"
        screen.table.go("6")
        screen.action_open()
        await pilot.pause()
        assert "not in the database yet" in text_of(app)
        await pilot.click("#batches-table", offset=(2, 1))
        assert screen.table.downward, "a click on the heading of the order reverses it"
        await pilot.press("slash", *"failed")
        await settled(pilot)
        assert screen.table.keys == ["7"]
        assert "1 shown" in text_of(app)


async def test_b_in_the_list_of_runs_shows_batches_and_escape_returns(db):
    app = Host(RunsScreen(db, now=now))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("b")
        await settled(pilot)
        assert on_top(app, BatchesScreen).table.keys == []
        assert "no batches yet: start one with propersim batch" in text_of(app)
        await pilot.press("escape")
        on_top(app, RunsScreen)


async def test_sizes(db):
    add_batches(db)
    with Store(db) as store, store.transaction():
        store.connection.execute("update batch_jobs set variant = '[b]x\x1b[31m' || variant, error = char(8238) || '[/]' where number = 3")
        store.connection.execute("update batches set engine = '[@click=quit]' || char(27)")
    app = Host(BatchesScreen(db, now=now))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        async for size in at_each(pilot, (*SIZES, (60, 16), (1, 1), (300, 80))):
            harmless(app)
            if size[0] >= 80:
                assert "[b]x" in text_of(app)
                assert "▶ running" in text_of(app)
