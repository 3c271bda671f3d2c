"""A dash in the place of F1 has its reason beside it, where a person did not rate a recommendation in full."""

import json

import msgspec
import pytest

from propersim.core.records import LeftOut
from propersim.store.store import Store
from propersim_tui.screens.compare import CompareScreen
from propersim_tui.screens.runs import RunsScreen
from tests.known import known
from tests.tui.hosts import Host, settled, text_of

WHY = "no F1: 1 of {} recommendations is not rated in full, and it may have been welcome"


@pytest.fixture
def runs(cli, db):
    """A run in which one recommendation is not rated, one that is rated in full, and how many recommendations the first shows."""
    ids = [
        json.loads(cli("run", "--assistant", "oracle", "--days", "2", "--seed", seed, "--db", db, "--json").stdout)["run"]
        for seed in (0, 1)
    ]
    with Store(db) as store:
        run = store.run(ids[0])
        days = [known(day.figures) for day in store.days(run)]
        store.end_day(run, msgspec.structs.replace(days[1], left_out=LeftOut((1, 1, 1, 1), 1, 1, 0, 3, 4), welcome=days[1].welcome - 1))
    return *ids, sum(day.shown for day in days)


def test_lists_comparisons_and_reports_say_why_there_is_no_f1(cli, db, runs):
    first, second, shown = runs
    why = WHY.format(shown)
    done = cli("runs", "ls", "--db", db).stdout
    row = next(line for line in done.splitlines() if line.startswith(first))
    assert " –* " in row
    assert f"* {first}: {why}." in done
    assert "*" not in next(line for line in done.splitlines() if line.startswith(second))
    done = cli("runs", "compare", second, first, "--db", db).stdout
    assert next(line for line in done.splitlines() if line.startswith("F1 ")).split()[2] == "–*"
    assert f"* {first}: {why}." in done
    assert f"{why[0].upper()}{why[1:]}" in cli("runs", "show", first, "--db", db).stdout
    assert "1 run has recommendations that were not rated in full: no F1 over their days" in cli("report", "--db", db).stdout
    assert json.loads(cli("report", "--db", db, "--json").stdout)["unrated"] == 1


async def test_the_screens_say_why_there_is_no_f1(cli, db, runs):
    first, second, shown = runs
    async with Host(RunsScreen(db, current=first)).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        text = " ".join(text_of(pilot.app).split())
        assert "–*" in text
        assert f"of {shown} recommendations is not rated" in text
        assert "(1 unrated)" in text
    async with Host(CompareScreen(db, first, second)).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert "–*" in text_of(pilot.app)
        assert "* not known: some recommendations are not rated in full" in text_of(pilot.app)
