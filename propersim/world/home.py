"""The home: a floor plan of tiles, its rooms and objects, and the ways between them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from propersim.core.errors import HomeError
from propersim.core.records import Place
from propersim.world.data import data_text

Tile = tuple[int, int]
"""A tile's (column, row)."""

WALL, DOOR = "#", "+"
_STEPS = ((0, -1), (1, 0), (0, 1), (-1, 0))
_MAX_TILES = 200 * 100


@dataclass(frozen=True)
class Furniture:
    """An object of the home.

    Attributes:
        room: room that it stands in.
        name: its kind, such as ``sofa``.
        glyph: the character it is drawn with.
        walkable: whether one can stand on it.
        tiles: the tiles that it fills.
    """

    room: str
    name: str
    glyph: str
    walkable: bool
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Home:
    """A validated floor plan.

    Attributes:
        text: the plan file's text, as it is kept with a run.
        grid: rows of characters: wall, door, or the letter of the room.
        rooms: letter → name.
        outdoors: names of rooms under the sky.
        furniture: ``room/object`` → object.
    """

    text: str
    grid: tuple[str, ...]
    rooms: dict[str, str]
    outdoors: frozenset[str]
    furniture: dict[str, Furniture]
    _paths: dict[tuple[Tile, Tile], tuple[Tile, ...]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def width(self) -> int:
        """Columns of the plan."""
        return max(map(len, self.grid))

    @property
    def height(self) -> int:
        """Rows of the plan."""
        return len(self.grid)

    def cell(self, tile: Tile) -> str:
        """Return the plan's character at a tile; a blank outside of the plan."""
        x, y = tile
        return self.grid[y][x] if 0 <= y < len(self.grid) and 0 <= x < len(self.grid[y]) else " "

    def room_at(self, tile: Tile) -> str | None:
        """Return the name of the room at a tile; None for walls, doors and outside."""
        return self.rooms.get(self.cell(tile))

    @cached_property
    def doors(self) -> tuple[Tile, ...]:
        """All door tiles."""
        return tuple((x, y) for y, row in enumerate(self.grid) for x, ch in enumerate(row) if ch == DOOR)

    @cached_property
    def blocked(self) -> frozenset[Tile]:
        """Tiles filled by objects that one cannot stand on."""
        return frozenset(tile for thing in self.furniture.values() if not thing.walkable for tile in thing.tiles)

    def free(self, tile: Tile) -> bool:
        """Whether one can stand on a tile."""
        return self.cell(tile) not in (WALL, " ") and tile not in self.blocked

    def neighbours(self, tile: Tile) -> Iterator[Tile]:
        """Yield the free tiles beside a tile (no diagonals)."""
        x, y = tile
        for dx, dy in _STEPS:
            beside = (x + dx, y + dy)
            if self.free(beside):
                yield beside

    @cached_property
    def places(self) -> dict[str, Place]:
        """``room/object`` → the spot where one uses it: on it where walkable, else a free tile of its room beside it."""
        return {key: Place(thing.room, thing.name, *self._spot(thing)) for key, thing in self.furniture.items()}

    def _spot(self, thing: Furniture) -> Tile:
        if thing.walkable:
            return thing.tiles[len(thing.tiles) // 2]
        beside = [t for tile in thing.tiles for t in self.neighbours(tile) if self.room_at(t) == thing.room]
        if not beside:
            raise HomeError(f"{thing.room}/{thing.name} cannot be used: no free tile of {thing.room} beside it")
        return beside[len(beside) // 2]

    def path(self, start: Tile, goal: Tile) -> tuple[Tile, ...]:
        """Return a shortest way from tile to tile, both included; breadth first, always the same.

        Raises:
            HomeError: there is no way.
        """
        known = self._paths.get((start, goal))
        if known is not None:
            return known
        came: dict[Tile, Tile | None] = {start: None}
        queue = deque([start])
        while queue and goal not in came:
            tile = queue.popleft()
            for beside in self.neighbours(tile):
                if beside not in came:
                    came[beside] = tile
                    queue.append(beside)
        if goal not in came:
            raise HomeError(f"no way from {start} to {goal}")
        way: list[Tile] = []
        at: Tile | None = goal
        while at is not None:
            way.append(at)
            at = came[at]
        path = tuple(reversed(way))
        self._paths[(start, goal)] = path
        return path

    def reachable(self, start: Tile) -> set[Tile]:
        """Return every free tile that can be reached from one."""
        seen = {start}
        queue = deque([start])
        while queue:
            for beside in self.neighbours(queue.popleft()):
                if beside not in seen:
                    seen.add(beside)
                    queue.append(beside)
        return seen

    def find(self, wanted: str) -> Place | None:
        """Return the spot of ``room/object``, else of that object in any other room, else None."""
        place = self.places.get(wanted)
        if place is not None:
            return place
        name = wanted.partition("/")[2]
        return next((self.places[key] for key, thing in self.furniture.items() if thing.name == name), None)


def load_home(path: Path | None = None) -> Home:
    """Return the home of a plan file, or the default home.

    Raises:
        HomeError: the file cannot be read or the plan is wrong; every problem is named with its place.
    """
    if path is None:
        return parse_home(data_text("home.txt"), "default home")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise HomeError(f"{path}: cannot be read as a text file: {error}") from error
    return parse_home(text, str(path))


@lru_cache(maxsize=16)
def parse_home(text: str, name: str = "floor plan") -> Home:
    """Return the home that a plan describes; see the head of ``data/home.txt`` for the format.

    Raises:
        HomeError: the plan is wrong; one line for each problem.
    """
    sections = _sections(text, name)
    rooms, outdoors, things, problems = _legend(sections["legend"], name)
    first, plan = sections["rooms"]
    first_object, objects = sections["objects"]
    while plan and not plan[-1].strip():
        plan.pop()
    objects = objects[: len(plan)] + [""] * (len(plan) - len(objects))
    if not plan:
        raise HomeError(f"{name}: the [rooms] drawing is empty")
    if len(plan) * max(map(len, plan)) > _MAX_TILES:
        raise HomeError(f"{name}: the plan is larger than {_MAX_TILES} tiles")
    for y, row in enumerate(plan):
        for x, ch in enumerate(row):
            if ch not in (WALL, DOOR, " ") and ch not in rooms:
                problems.append(f"line {first + y}, column {x + 1}: {ch!r} is no room of the legend")
    tiles: dict[str, list[Tile]] = {}
    for y, row in enumerate(objects):
        for x, ch in enumerate(row):
            if ch in (WALL, DOOR, ".", " "):
                continue
            where = f"line {first_object + y}, column {x + 1}"
            if ch not in things:
                problems.append(f"{where}: {ch!r} is no object of the legend")
                continue
            under = plan[y][x] if x < len(plan[y]) else " "
            if rooms.get(under) != things[ch][0]:
                problems.append(f"{where}: {things[ch][1]} should stand in {things[ch][0]}, here is {rooms.get(under, 'no room')}")
            tiles.setdefault(ch, []).append((x, y))
    furniture: dict[str, Furniture] = {}
    for letter, (room, thing, glyph, walkable) in things.items():
        if letter not in tiles:
            problems.append(f"object {letter} ({room}/{thing}) is in the legend but not in the drawing")
        else:
            furniture[f"{room}/{thing}"] = Furniture(room, thing, glyph, walkable, tuple(tiles[letter]))
    for letter, room in rooms.items():
        if not any(letter in row for row in plan):
            problems.append(f"room {letter} ({room}) is in the legend but not in the drawing")
    home = Home(text, tuple(plan), rooms, outdoors, furniture)
    problems += _unreachable(home) if not problems else []
    if problems:
        raise HomeError(f"{name}: {len(problems)} problem(s)\n" + "\n".join(f"  {p}" for p in problems[:40]))
    return home


def _sections(text: str, name: str) -> dict[str, tuple[int, list[str]]]:
    found: dict[str, tuple[int, list[str]]] = {}
    current: list[str] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        mark = line.strip()
        if mark in ("[rooms]", "[objects]", "[legend]"):
            current = []
            found[mark[1:-1]] = (number + 1, current)
        elif current is not None:
            current.append(line.rstrip())
    missing = [section for section in ("rooms", "objects", "legend") if section not in found]
    if missing:
        raise HomeError(f"{name}: no section {' or '.join(f'[{m}]' for m in missing)}", "see `propersim world` for a plan that works")
    return found


_Things = dict[str, tuple[str, str, str, bool]]


def _legend(section: tuple[int, list[str]], name: str) -> tuple[dict[str, str], frozenset[str], _Things, list[str]]:
    first, lines = section
    rooms: dict[str, str] = {}
    outdoors: set[str] = set()
    things: _Things = {}
    problems: list[str] = []
    for number, line in enumerate(lines, start=first):
        words = line.split()
        if not words or line.startswith("#"):
            continue
        if len(words) < 4 or words[0] not in ("room", "object") or len(words[1]) != 1 or words[2] != "=":
            problems.append(f"line {number}: expected 'room LETTER = name' or 'object LETTER = room/name glyph', not {line.strip()!r}")
        elif words[1] in (WALL, DOOR, "."):
            problems.append(f"line {number}: {words[1]!r} cannot be a letter")
        elif words[0] == "room":
            rooms[words[1]] = words[3]
            if "outdoors" in words[4:]:
                outdoors.add(words[3])
        else:
            room, _, thing = words[3].partition("/")
            if not thing:
                problems.append(f"line {number}: {words[3]!r} should be room/name, such as kitchen/stove")
            elif room not in rooms.values():
                problems.append(f"line {number}: {room!r} is no room of the legend (rooms come first)")
            rest = words[4:]
            glyph = rest[0] if rest and rest[0] != "walkable" else "▪"
            things[words[1]] = (room, thing, glyph[:1], "walkable" in rest)
    return rooms, frozenset(outdoors), things, problems


def _unreachable(home: Home) -> list[str]:
    free = [(x, y) for y, row in enumerate(home.grid) for x in range(len(row)) if home.free((x, y)) and home.room_at((x, y))]
    if not free:
        return ["there is no free tile"]
    entrance = home.furniture.get("hall/front_door")
    start = home._spot(entrance) if entrance else free[0]
    seen = home.reachable(start)
    problems = [
        f"room {name} cannot be reached: give it a door ({DOOR})"
        for name in home.rooms.values()
        if not any(home.room_at(t) == name for t in seen)
    ]
    for key, thing in home.furniture.items():
        try:
            spot = home._spot(thing)
        except HomeError as error:
            problems.append(error.message)
            continue
        if spot not in seen:
            problems.append(f"{key} cannot be reached")
    return problems
