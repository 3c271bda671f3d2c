"""Garbage is collected between keys, and never for long where somebody is pressing them."""

from __future__ import annotations

import gc

import pytest

from propersim_tui.runtime.gc_tuning import ALL, DONE, MANY, OFTEN, REST, YOUNG, Collector, keep


class Ring:
    """Something that only the collector finds."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def held():
    was = gc.get_threshold()
    keep()
    yield Collector()
    gc.unfreeze()
    gc.enable()
    gc.set_threshold(*was)


def litter(count: int) -> list[list[int]]:
    """Return so many new objects that the collector counts."""
    return [[number] for number in range(count)]


def test_before_it_takes_over_nothing_is_done():
    gc.disable()
    try:
        rings = litter(YOUNG * 2)
    finally:
        gc.enable()
    assert Collector().idle(REST) is None
    assert rings


def test_what_is_there_is_kept_and_nothing_begins_by_itself(held):
    assert not gc.isenabled()
    assert gc.get_freeze_count() > 1000


def test_not_while_a_key_is_being_answered_unless_it_must(held):
    made = litter(YOUNG * 2)
    assert held.idle(DONE / 2) is None
    assert held.idle(DONE) == 0
    assert held.idle(DONE) is None, "there is nothing new"
    made += litter(MANY * 2)
    assert held.idle(0.0) == 1


def test_older_ones_often_and_all_of_them_only_while_one_rests(held, monkeypatch):
    monkeypatch.setattr(gc, "get_count", lambda: (YOUNG, 0, 0))
    pressing = [held.idle(DONE) for _ in range(ALL + OFTEN)]
    assert pressing[:4] == [0, 1, 0, 1]
    assert set(pressing) == {0, 1}
    assert [held.idle(REST) for _ in range(4)] == [2, 0, 1, 0]


def test_rings_are_found(held):
    import weakref

    ring = Ring()
    gone = weakref.ref(ring)
    made = litter(YOUNG * 2)
    del ring
    assert gone() is not None
    assert held.idle(DONE) == 0
    assert gone() is None
    assert made
