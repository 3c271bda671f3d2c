import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.errors import HomeError
from propersim.world.catalogue import activities
from propersim.world.home import load_home, parse_home

HOME = load_home()
PLACES = sorted(HOME.places)


def test_the_home_is_as_large_as_promised():
    assert len(HOME.rooms) >= 7
    assert len(HOME.furniture) >= 25
    assert HOME.doors


@given(st.sampled_from(PLACES), st.sampled_from(PLACES))
def test_every_way_is_walkable_and_shortest_both_ways(start, goal):
    a, b = HOME.places[start], HOME.places[goal]
    path = HOME.path((a.x, a.y), (b.x, b.y))
    assert path[0] == (a.x, a.y)
    assert path[-1] == (b.x, b.y)
    assert all(HOME.free(tile) for tile in path)
    assert all(abs(x - u) + abs(y - v) == 1 for (x, y), (u, v) in itertools.pairwise(path))
    assert len(path) == len(HOME.path((b.x, b.y), (a.x, a.y)))


@pytest.mark.parametrize("key", PLACES)
def test_an_object_is_used_in_its_own_room(key):
    place = HOME.places[key]
    assert HOME.room_at((place.x, place.y)) == place.room


def test_every_activity_has_a_place_at_home():
    for activity in activities().values():
        assert all(wanted in HOME.furniture for wanted in activity.at), activity.id


SMALL = """[rooms]
#####
#aaa#
##+##
#bbb#
#####
[objects]
#####
#S..#
##+##
#..T#
#####
[legend]
room a = living_room
room b = kitchen
object S = living_room/sofa s
object T = kitchen/stove t
"""


def test_a_small_plan_works():
    home = parse_home(SMALL)
    assert set(home.furniture) == {"living_room/sofa", "kitchen/stove"}
    assert home.find("study/sofa") == home.places["living_room/sofa"]
    assert home.find("study/desk") is None


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("##+##\n#bbb#", "#####\n#bbb#"), "kitchen cannot be reached"),
        (("#S..#", "#Z..#"), "'Z' is no object of the legend"),
        (("#aaa#", "#axa#"), "'x' is no room of the legend"),
        (("object T = kitchen/stove t", "object T = kitchen"), "should be room/name"),
        (("object T = kitchen/stove t", "stove T"), "expected 'room LETTER"),
        (("object T = kitchen/stove t", "object T = attic/stove t"), "'attic' is no room"),
        (("#..T#", "#...#"), "in the legend but not in the drawing"),
        (("[legend]", "[legends]"), "no section [legend]"),
        (("#..T#", "#TTT#"), "cannot be used"),
    ],
)
def test_what_is_wrong_with_a_plan_is_said(change, complaint):
    with pytest.raises(HomeError) as caught:
        parse_home(SMALL.replace(*change, 1))
    assert complaint in caught.value.message


@given(st.text(max_size=300))
def test_no_text_at_all_makes_it_fail_otherwise(text):
    for plan in (text, SMALL + text, SMALL.replace("aaa", text, 1)):
        with contextlib.suppress(HomeError):
            parse_home(plan)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(HomeError):
        load_home(tmp_path / "none.txt")
    (tmp_path / "bin.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(HomeError):
        load_home(tmp_path / "bin.txt")
