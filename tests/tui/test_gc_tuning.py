"""Garbage is collected between keys, and never for long where somebody is pressing them."""

from __future__ import annotations

import gc

import pytest

from propersim_tui.runtime.gc_tuning import (
    COLLECTIONS_PER_FULL,
    KEY_SECONDS,
    MAX_NEW,
    MIN_NEW,
    REST_SECONDS,
    YOUNG_PER_OLD,
    IdleCollector,
    freeze_gc,
)


class Ring:
    """Something that only the collector finds."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def held():
    was = gc.get_threshold()
    freeze_gc()
    yield IdleCollector()
    gc.unfreeze()
    gc.enable()
    gc.set_threshold(*was)


def litter(count: int) -> list[list[int]]:
    """Return so many new objects that the collector counts."""
    return [[number] for number in range(count)]


def test_before_it_takes_over_nothing_is_done():
    gc.disable()
    try:
        rings = litter(MIN_NEW * 2)
    finally:
        gc.enable()
    assert IdleCollector().idle(REST_SECONDS) is None
    assert rings


def test_what_is_there_is_kept_and_nothing_begins_by_itself(held):
    assert not gc.isenabled()
    assert gc.get_freeze_count() > 1000


def test_not_while_a_key_is_being_answered_unless_it_must(held):
    made = litter(MIN_NEW * 2)
    assert held.idle(KEY_SECONDS / 2) is None
    assert held.idle(KEY_SECONDS) == 0
    assert held.idle(KEY_SECONDS) is None, "there is nothing new"
    made += litter(MAX_NEW * 2)
    assert held.idle(0.0) == 1


def test_older_ones_often_and_all_of_them_only_while_one_rests(held, monkeypatch):
    monkeypatch.setattr(gc, "get_count", lambda: (MIN_NEW, 0, 0))
    pressing = [held.idle(KEY_SECONDS) for _ in range(COLLECTIONS_PER_FULL + YOUNG_PER_OLD)]
    assert pressing[:4] == [0, 1, 0, 1]
    assert set(pressing) == {0, 1}
    assert [held.idle(REST_SECONDS) for _ in range(4)] == [2, 0, 1, 0]


def test_rings_are_found(held):
    import weakref

    ring = Ring()
    gone = weakref.ref(ring)
    made = litter(MIN_NEW * 2)
    del ring
    assert gone() is not None
    assert held.idle(KEY_SECONDS) == 0
    assert gone() is None
    assert made
