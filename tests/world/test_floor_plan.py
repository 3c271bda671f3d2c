import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.errors import WorldError
from propersim.world.catalogue import activities
from propersim.world.floor_plan import load_world, parse_world

HOME = load_world()
PLACES = sorted(HOME.places)


def test_the_default_floor_plan_has_seven_rooms_and_25_objects():
    assert len(HOME.rooms) >= 7
    assert len(HOME.furniture) >= 25
    assert HOME.doors


@given(st.sampled_from(PLACES), st.sampled_from(PLACES))
def test_every_path_is_walkable_and_as_long_in_both_directions(start, goal):
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


def test_a_small_plan_is_parsed():
    world = parse_world(SMALL)
    assert set(world.furniture) == {"living_room/sofa", "kitchen/stove"}
    assert world.find("study/sofa") == world.places["living_room/sofa"]
    assert world.find("study/desk") is None


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("##+##\n#bbb#", "#####\n#bbb#"), "kitchen cannot be reached"),
        (("#S..#", "#Z..#"), "'Z' is not an object of the legend"),
        (("#aaa#", "#axa#"), "'x' is not a room of the legend"),
        (("object T = kitchen/stove t", "object T = kitchen"), "should be room/name"),
        (("object T = kitchen/stove t", "stove T"), "expected 'room LETTER"),
        (("object T = kitchen/stove t", "object T = attic/stove t"), "'attic' is not a room"),
        (("#..T#", "#...#"), "in the legend but not in the drawing"),
        (("[legend]", "[legends]"), "no section [legend]"),
        (("#..T#", "#TTT#"), "cannot be used"),
    ],
)
def test_an_invalid_plan_names_its_problem(change, complaint):
    old, new = change
    with pytest.raises(WorldError) as caught:
        parse_world(SMALL.replace(old, new, 1))
    assert complaint in caught.value.message


@given(st.text(max_size=300))
def test_any_text_is_a_valid_plan_or_a_home_error(text):
    for plan in (text, SMALL + text, SMALL.replace("aaa", text, 1)):
        try:
            world = parse_world(plan)
        except WorldError:
            continue
        assert all(world.room_at((place.x, place.y)) == place.room for place in world.places.values())


def test_a_missing_or_binary_file_is_rejected(tmp_path):
    with pytest.raises(WorldError, match="cannot be read"):
        load_world(tmp_path / "none.txt")
    (tmp_path / "bin.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WorldError, match="cannot be read"):
        load_world(tmp_path / "bin.txt")
