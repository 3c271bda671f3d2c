"""Parse a floor plan: its setting, tiles, rooms and objects, and the paths between them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from propersim.core.errors import InputError, WorldError
from propersim.core.files import read_text
from propersim.core.program import program
from propersim.core.records import Place
from propersim.core.text import clean, counted, meant_or_listed
from propersim.world.catalogue import HOME
from propersim.world.data import data_text
from propersim.world.setting import settings

Tile = tuple[int, int]
"""(column, row) of a tile."""

WALL, DOOR = "#", "+"
_DIRECTIONS = ((0, -1), (1, 0), (0, 1), (-1, 0))
_MAX_TILES = 200 * 100


@dataclass(frozen=True)
class Furniture:
    """An object on a floor plan.

    Attributes:
        room: name of its room.
        name: kind of object, such as ``sofa``.
        glyph: character it is drawn with.
        walkable: whether the user can stand on it.
        tiles: tiles that it occupies.
    """

    room: str
    name: str
    glyph: str
    walkable: bool
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class World:
    """A validated floor plan.

    Attributes:
        text: text of the plan file, which is stored with a run.
        grid: rows of characters: wall, door, or the letter of the room.
        rooms: letter → name of the room.
        outdoors: names of the rooms that are outdoors.
        furniture: ``room/object`` → object.
        setting: id of its setting, a key of :func:`propersim.world.setting.settings`.
    """

    text: str
    grid: tuple[str, ...]
    rooms: dict[str, str]
    outdoors: frozenset[str]
    furniture: dict[str, Furniture]
    setting: str = HOME
    _paths: dict[tuple[Tile, Tile], tuple[Tile, ...]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def width(self) -> int:
        """Number of columns of the plan."""
        return max(map(len, self.grid))

    @property
    def height(self) -> int:
        """Number of rows of the plan."""
        return len(self.grid)

    def cell(self, tile: Tile) -> str:
        """Return the plan's character at a tile, or a blank outside the plan."""
        x, y = tile
        return self.grid[y][x] if 0 <= y < len(self.grid) and 0 <= x < len(self.grid[y]) else " "

    def room_at(self, tile: Tile) -> str | None:
        """Return the name of the room at a tile; None for walls, doors and tiles outside the plan."""
        return self.rooms.get(self.cell(tile))

    @cached_property
    def doors(self) -> tuple[Tile, ...]:
        """The tiles that are doors."""
        return tuple((x, y) for y, row in enumerate(self.grid) for x, ch in enumerate(row) if ch == DOOR)

    @cached_property
    def blocked(self) -> frozenset[Tile]:
        """The tiles of objects that are not walkable."""
        return frozenset(tile for item in self.furniture.values() if not item.walkable for tile in item.tiles)

    def free(self, tile: Tile) -> bool:
        """Return whether the user can stand on a tile."""
        return self.cell(tile) not in (WALL, " ") and tile not in self.blocked

    def neighbours(self, tile: Tile) -> Iterator[Tile]:
        """Yield the free tiles next to a tile, without diagonals."""
        x, y = tile
        for dx, dy in _DIRECTIONS:
            neighbour = (x + dx, y + dy)
            if self.free(neighbour):
                yield neighbour

    @cached_property
    def places(self) -> dict[str, Place]:
        """The place where the user stands to use each object, by ``room/object``.

        It is on a walkable object, else on a free tile of its room next to it.
        """
        return {key: Place(item.room, item.name, *self._tile_to_use(item)) for key, item in self.furniture.items()}

    def _tile_to_use(self, item: Furniture) -> Tile:
        if item.walkable:
            return item.tiles[len(item.tiles) // 2]
        neighbours = [tile for part in item.tiles for tile in self.neighbours(part) if self.room_at(tile) == item.room]
        if not neighbours:
            raise WorldError(f"{item.room}/{item.name} cannot be used: no free tile of {item.room} next to it")
        return neighbours[len(neighbours) // 2]

    def path(self, start: Tile, goal: Tile) -> tuple[Tile, ...]:
        """Return a shortest path between two tiles, both included.

        The same arguments always give the same path.

        Raises:
            WorldError: there is no path.
        """
        cached = self._paths.get((start, goal))
        if cached is not None:
            return cached
        previous: dict[Tile, Tile | None] = {start: None}
        queue = deque([start])
        while queue and goal not in previous:
            tile = queue.popleft()
            for neighbour in self.neighbours(tile):
                if neighbour not in previous:
                    previous[neighbour] = tile
                    queue.append(neighbour)
        if goal not in previous:
            raise WorldError(f"no path from {start} to {goal}")
        backwards: list[Tile] = []
        at: Tile | None = goal
        while at is not None:
            backwards.append(at)
            at = previous[at]
        path = tuple(reversed(backwards))
        self._paths[(start, goal)] = path
        return path

    def reachable(self, start: Tile) -> set[Tile]:
        """Return the free tiles that can be reached from a tile."""
        reached = {start}
        queue = deque([start])
        while queue:
            for neighbour in self.neighbours(queue.popleft()):
                if neighbour not in reached:
                    reached.add(neighbour)
                    queue.append(neighbour)
        return reached

    def find(self, wanted: str) -> Place | None:
        """Return the place of ``room/object``, else of that object in another room, else None."""
        place = self.places.get(wanted)
        if place is not None:
            return place
        name = wanted.partition("/")[2]
        return next((self.places[key] for key, item in self.furniture.items() if item.name == name), None)


def load_world(path: Path | None = None) -> World:
    """Load a floor plan from a file.

    Args:
        path: the plan file; the default floor plan where None.

    Raises:
        WorldError: the file cannot be read, or the plan is invalid; the message lists the problems with their lines and columns.
    """
    if path is None:
        return built_in_world(HOME)
    try:
        text = read_text(path)
    except InputError as error:
        raise WorldError(error.message, f"give the file of a floor plan; `{program()} world` prints one") from error
    return parse_world(text, str(path))


def built_in_world(setting: str) -> World:
    """Return the floor plan that a setting has."""
    return parse_world(data_text(settings()[setting].plan), f"default {setting}")


def choose_world(given: str | None, setting: str) -> World:
    """Return the floor plan of a run.

    Args:
        given: the option ``--world``: the id of a setting, whose built-in plan it is, or the path of a file; None if it is not given.
        setting: setting of the persona, whose built-in plan it is then.

    Raises:
        WorldError: the file cannot be read, or the plan is invalid.
    """
    if given is None or given in settings():
        return built_in_world(given or setting)
    return load_world(Path(given))


@lru_cache(maxsize=16)
def parse_world(text: str, name: str = "floor plan") -> World:
    """Parse and validate a floor plan; ``data/home.txt`` shows the format.

    Args:
        text: text of the plan file.
        name: name of the plan in error messages.

    Raises:
        WorldError: the plan is invalid; the message has one line per problem.
    """
    sections = _sections(text, name)
    rooms, outdoors, objects_of, problems = _legend(sections["legend"])
    setting = _setting(sections.get("setting"), problems)
    first, plan = sections["rooms"]
    first_object, objects = sections["objects"]
    while plan and not plan[-1].strip():
        plan.pop()
    objects = objects[: len(plan)] + [""] * (len(plan) - len(objects))
    if not plan:
        raise WorldError(f"{name}: the [rooms] drawing is empty")
    if len(plan) * max(map(len, plan)) > _MAX_TILES:
        raise WorldError(f"{name}: the plan is larger than {_MAX_TILES} tiles")
    for y, row in enumerate(plan):
        for x, ch in enumerate(row):
            if ch not in (WALL, DOOR, " ") and ch not in rooms:
                problems.append(f"line {first + y}, column {x + 1}: {ch!r} is not a room of the legend")
    tiles: dict[str, list[Tile]] = {}
    for y, row in enumerate(objects):
        for x, ch in enumerate(row):
            if ch in (WALL, DOOR, ".", " "):
                continue
            where = f"line {first_object + y}, column {x + 1}"
            if ch not in objects_of:
                problems.append(f"{where}: {ch!r} is not an object of the legend")
                continue
            under = plan[y][x] if x < len(plan[y]) else " "
            room, thing = objects_of[ch][:2]
            if rooms.get(under) != room:
                problems.append(f"{where}: {thing} must stand in {room}, but this tile is in {rooms.get(under, 'no room')}")
            tiles.setdefault(ch, []).append((x, y))
    furniture: dict[str, Furniture] = {}
    for letter, (room, thing, glyph, walkable) in objects_of.items():
        if letter not in tiles:
            problems.append(f"object {letter} ({room}/{thing}) is in the legend but not in the drawing")
        else:
            furniture[f"{room}/{thing}"] = Furniture(room, thing, glyph, walkable, tuple(tiles[letter]))
    for letter, room in rooms.items():
        if not any(letter in row for row in plan):
            problems.append(f"room {letter} ({room}) is in the legend but not in the drawing")
    world = World(text, tuple(plan), rooms, outdoors, furniture, setting)
    problems += _unreachable(world) if not problems else []
    if problems:
        raise WorldError(f"{name}: {counted(len(problems), 'problem')}\n" + "\n".join(f"  {p}" for p in problems[:40]))
    return world


def _sections(text: str, name: str) -> dict[str, tuple[int, list[str]]]:
    sections: dict[str, tuple[int, list[str]]] = {}
    current: list[str] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        mark = line.strip()
        if mark in ("[setting]", "[rooms]", "[objects]", "[legend]"):
            current = []
            sections[mark[1:-1]] = (number + 1, current)
        elif current is not None:
            current.append(line.rstrip())
    missing = [section for section in ("rooms", "objects", "legend") if section not in sections]
    if missing:
        raise WorldError(f"{name}: no section {' or '.join(f'[{m}]' for m in missing)}", f"see `{program()} world` for a valid plan")
    return sections


def _setting(section: tuple[int, list[str]] | None, problems: list[str]) -> str:
    """Return the setting that a plan names, and add what is wrong with it to the problems."""
    if section is None:
        return HOME
    first, lines = section
    named = " ".join(line.strip() for line in lines if line.strip() and not line.startswith("#"))
    if named in settings():
        return named
    problems.append(f"line {first}: no setting {clean(named, 40)!r}{meant_or_listed(named, settings())}")
    return HOME


_Objects = dict[str, tuple[str, str, str, bool]]
"""Letter → (room, name, glyph, walkable)."""


def _legend(section: tuple[int, list[str]]) -> tuple[dict[str, str], frozenset[str], _Objects, list[str]]:
    """Return rooms by letter, outdoor rooms, objects by letter, and the problems found."""
    first, lines = section
    rooms: dict[str, str] = {}
    outdoors: set[str] = set()
    objects: _Objects = {}
    problems: list[str] = []
    for number, line in enumerate(lines, start=first):
        words = line.split()
        if not words or line.startswith("#"):
            continue
        if len(words) < 4 or words[0] not in ("room", "object") or len(words[1]) != 1 or words[2] != "=":
            problems.append(f"line {number}: expected 'room LETTER = name' or 'object LETTER = room/name glyph', not {line.strip()!r}")
        elif words[1] in (WALL, DOOR, "."):
            problems.append(f"line {number}: {words[1]!r} has another meaning and cannot be a letter")
        elif words[0] == "room":
            rooms[words[1]] = words[3]
            if "outdoors" in words[4:]:
                outdoors.add(words[3])
        else:
            room, _, thing = words[3].partition("/")
            if not thing:
                problems.append(f"line {number}: {words[3]!r} should be room/name, such as kitchen/stove")
            elif room not in rooms.values():
                problems.append(f"line {number}: {room!r} is not a room of the legend (list rooms before objects)")
            rest = words[4:]
            glyph = rest[0] if rest and rest[0] != "walkable" else "▪"
            objects[words[1]] = (room, thing, glyph[:1], "walkable" in rest)
    return rooms, frozenset(outdoors), objects, problems


def _unreachable(world: World) -> list[str]:
    free = [(x, y) for y, row in enumerate(world.grid) for x in range(len(row)) if world.free((x, y)) and world.room_at((x, y))]
    if not free:
        return ["there is no free tile"]
    entrance = world.furniture.get(settings()[world.setting].entrance)
    start = world._tile_to_use(entrance) if entrance else free[0]
    reached = world.reachable(start)
    problems = [
        f"room {name} cannot be reached: add a door ({DOOR})"
        for name in world.rooms.values()
        if not any(world.room_at(tile) == name for tile in reached)
    ]
    for key, item in world.furniture.items():
        try:
            tile = world._tile_to_use(item)
        except WorldError as error:
            problems.append(error.message)
            continue
        if tile not in reached:
            problems.append(f"{key} cannot be reached")
    return problems
