"""Bookmarks on steps: kept with a run, but no part of its records."""

from __future__ import annotations

import json
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.core.errors import InputError, StoreError
from propersim.core.text import clean
from propersim.export.exporter import Exporter
from propersim.store.bookmarks import LONGEST_NOTE, Bookmark, bookmarks, remove_bookmark, set_bookmark
from propersim.store.delete import remove_run
from propersim.store.store import Store
from tests.tui import story

NOTES = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("bookmarks") / "runs.sqlite"
    story.add(path)
    return path


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.integers(0, 1205), NOTES, max_size=8), st.data())
def test_bookmarks_are_read_as_they_were_set_and_change_no_record(run, notes, data):
    with Store(run) as store:
        row = store.run("last")
        for each in bookmarks(store, row):
            # Left over from an example that failed.
            remove_bookmark(store, row, each.index)
        before, plain = store.digest(row), list(Exporter(store, row, "jsonl").lines())
        for index, note in notes.items():
            set_bookmark(store, row, index, "another")
            set_bookmark(store, row, index, note)
        found = bookmarks(store, row)
        assert [(each.index, each.note) for each in found] == [(index, clean(notes[index], LONGEST_NOTE)) for index in sorted(notes)]
        steps = {step.index: step for step in store.steps(row)}
        assert all((each.day, each.minute) == (steps[each.index].day, steps[each.index].minute) for each in found)
        lines = list(Exporter(store, row, "jsonl").lines())
        assert len(lines) == len(plain)
        for index, (line, old) in enumerate(zip(lines, plain, strict=True)):
            if index in notes:
                read = json.loads(line)
                assert read.pop("bookmark") == clean(notes[index], LONGEST_NOTE)
                assert read == json.loads(old)
                assert line.startswith(old[:-1]), "the record stays as it is, to the byte"
            else:
                assert line == old
        assert store.digest(row) == before
        assert store.run("last") == row, "not even its row"
        gone = data.draw(st.sets(st.sampled_from(sorted(notes)))) if notes else set()
        assert all(remove_bookmark(store, row, index) for index in gone)
        assert [each.index for each in bookmarks(store, row)] == sorted(notes.keys() - gone)
        for index in notes.keys() - gone:
            remove_bookmark(store, row, index)
        assert not remove_bookmark(store, row, 3)


def test_a_bookmark_goes_with_its_run_and_only_steps_have_one(run, tmp_path):
    path = tmp_path / "runs.sqlite"
    shutil.copy(run, path)
    other = story.add(path, name="p01-random-other")
    with Store(path) as store:
        row = store.runs()[-1]
        set_bookmark(store, row, 7, "here")
        with pytest.raises(InputError, match="has no step 9999"):
            set_bookmark(store, row, 9999)
        set_bookmark(store, other, 7, "there")
    remove_run(path, row.id)
    with Store(path) as store:
        assert [note for (note,) in store.connection.execute("select note from bookmarks")] == ["there"]


def test_a_store_that_is_read_only_refuses_in_one_line(run):
    with Store(run, read_only=True) as store:
        row = store.run("last")
        assert bookmarks(store, row) == []
        for change in (lambda: set_bookmark(store, row, 7), lambda: remove_bookmark(store, row, 7)):
            with pytest.raises(StoreError) as error:
                change()
            assert "cannot be opened for writing" in error.value.message
            assert "\n" not in error.value.message


def test_commands_list_the_bookmarks(run, tmp_path, cli):
    path = tmp_path / "runs.sqlite"
    shutil.copy(run, path)
    with Store(path) as store:
        row = store.run("last")
        set_bookmark(store, row, 402 + 20, "a note [b]")
        set_bookmark(store, row, 3)
    shown = json.loads(cli("runs", "show", "last", "--db", path, "--json").stdout)
    assert shown["bookmarks"] == [
        {"step": 3, "day": 1, "time": "07:07:30", "note": ""},
        {"step": 422, "day": 2, "time": "07:50:00", "note": "a note [b]"},
    ]
    text = cli("runs", "show", "last", "--db", path).stdout
    assert "day 2 07:50:00  a note [b]" in text
    marked = [json.loads(line) for line in cli("export", "last", "--db", path).stdout.splitlines()]
    assert {each["index"]: each["bookmark"] for each in marked if "bookmark" in each} == {3: "", 422: "a note [b]"}


def test_a_bookmark_says_its_time():
    assert Bookmark(3, 1, 427.5, "x").to_dict() == {"step": 3, "day": 1, "time": "07:07:30", "note": "x"}
