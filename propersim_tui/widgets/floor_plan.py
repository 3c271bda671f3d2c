"""The floor plan as cells.

Drawn are walls with joined corners, doors, furniture and room names. Pure functions. At scale 1 a tile is a cell. At scale 2 the
tile (x, y) is the cell (2x, 2y), and the cells between belong to their neighbours: wall between walls, furniture within furniture,
floor elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len

from propersim.world.floor_plan import DOOR, WALL, Tile, World
from propersim_tui.render.format import title

# Index: the sum of the neighbouring walls (up 1, right 2, down 4, left 8).
_JOINTS = " ╹╺┗╻┃┏┣╸┛━┻┓┫┳╋"
DOOR_ACROSS, DOOR_ALONG = "╍", "╏"


@dataclass(frozen=True)
class FloorPlan:
    """A home ready to be drawn.

    Attributes:
        scale: cells from one tile to the next.
        width: columns.
        height: rows.
        chars: one character per cell, by row.
        kinds: ``wall``, ``door``, ``thing``, ``rug``, ``name``, ``floor`` or ``out`` (outside of the plan), by row.
        rooms: name of each cell's room, or ``""``, by row.
    """

    scale: int
    width: int
    height: int
    chars: tuple[tuple[str, ...], ...]
    kinds: tuple[tuple[str, ...], ...]
    rooms: tuple[tuple[str, ...], ...]

    def cell(self, tile: Tile) -> Tile:
        """Return the cell of a tile."""
        return tile[0] * self.scale, tile[1] * self.scale

    def room(self, cell: Tile | None) -> str:
        """Return the room at a cell; ``""`` for walls, doors and outside."""
        if cell is None or not (0 <= cell[1] < self.height and 0 <= cell[0] < self.width):
            return ""
        return self.rooms[cell[1]][cell[0]]


def floor_plan_size(world: World, scale: int) -> tuple[int, int]:
    """Return the columns and rows of a home's floor plan."""
    return (world.width - 1) * scale + 1, (world.height - 1) * scale + 1


def draw_floor_plan(world: World, scale: int = 1) -> FloorPlan:
    """Return the floor plan of a home."""
    width, height = floor_plan_size(world, scale)
    chars = [[" "] * width for _ in range(height)]
    kinds = [["out"] * width for _ in range(height)]
    rooms = [[""] * width for _ in range(height)]
    things = {tile: thing for thing in world.furniture.values() for tile in thing.tiles}
    for y in range(height):
        for x in range(width):
            around = _around((x, y), scale)
            if all(world.cell(tile) in (WALL, DOOR) for tile in around) and len(around) < 4:
                chars[y][x], kinds[y][x] = _wall(world, around)
                continue
            # A cell between wall and floor is floor; between two rooms it belongs to the first.
            open_tile = next((tile for tile in around if world.room_at(tile)), None)
            if open_tile is None:
                continue
            rooms[y][x], kinds[y][x] = world.room_at(open_tile) or "", "floor"
            thing = things.get(around[0])
            if thing is not None and all(things.get(tile) is thing for tile in around):
                chars[y][x] = thing.glyph if thing.glyph.isprintable() and cell_len(thing.glyph) == 1 else "▪"
                kinds[y][x] = "rug" if thing.walkable and len(thing.tiles) > 1 else "thing"
    # The user would cover a name that stands here.
    spots = {(place.x * scale, place.y * scale) for place in world.places.values()}
    for room in world.rooms.values():
        _write_name(room, chars, kinds, rooms, spots)
    return FloorPlan(scale, width, height, _frozen(chars), _frozen(kinds), _frozen(rooms))


def _frozen(rows: list[list[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(row) for row in rows)


def _around(cell: Tile, scale: int) -> tuple[Tile, ...]:
    """Return the tile of a cell, or the two or four tiles between which it lies."""
    (x, between_x), (y, between_y) = divmod(cell[0], scale), divmod(cell[1], scale)
    xs = (x, x + 1) if between_x else (x,)
    ys = (y, y + 1) if between_y else (y,)
    return tuple((x, y) for y in ys for x in xs)


def _solid(world: World, tile: Tile) -> bool:
    return world.cell(tile) in (WALL, DOOR)


def _wall(world: World, around: tuple[Tile, ...]) -> tuple[str, str]:
    """Return character and kind of a wall or door cell."""
    x, y = around[0]
    if len(around) == 2:
        across = around[0][1] == around[1][1]
        door = any(world.cell(tile) == DOOR for tile in around) and across
        return ("━" if not door else DOOR_ACROSS) if across else "┃", "door" if door else "wall"
    if world.cell((x, y)) == DOOR:
        along = _solid(world, (x, y - 1)) and _solid(world, (x, y + 1))
        return (DOOR_ALONG if along else DOOR_ACROSS), "door"
    beside = ((x, y - 1), (x + 1, y), (x, y + 1), (x - 1, y))
    return _JOINTS[sum(1 << bit for bit, other in enumerate(beside) if _solid(world, other))], "wall"


def _write_name(room: str, chars: list[list[str]], kinds: list[list[str]], rooms: list[list[str]], spots: set[Tile]) -> None:
    """Write a room's name on free floor, as close to the middle row as possible."""
    name = title(room)
    rows = [y for y, row in enumerate(rooms) if room in row]
    runs = [run for run in _bare(room, kinds, rooms, spots) if run[2] >= len(name)] or list(_bare(room, kinds, rooms, set()))
    if not runs or not name.isprintable() or cell_len(name) != len(name):
        return
    middle = (rows[0] + rows[-1]) / 2
    longest = max(length for _, _, length in runs)
    text = next((form for form in (name, name.removesuffix(" room")) if len(form) <= longest), name[: longest - 1] + ".")
    # Prefer a run with a blank on both sides of the name.
    fitting = [run for run in runs if run[2] >= len(text)]
    y, x, length = min(fitting, key=lambda run: (-min(run[2], len(text) + 2), abs(run[0] - middle), -run[2]))
    start = x + (1 if length > len(text) else 0)
    for offset, char in enumerate(text):
        chars[y][start + offset] = char
        kinds[y][start + offset] = "name"


def _bare(room: str, kinds: list[list[str]], rooms: list[list[str]], spots: set[Tile]) -> Iterator[tuple[int, int, int]]:
    """Yield (row, column, length) of each run of free floor of a room."""
    for y, row in enumerate(rooms):
        start = None
        for x in range(len(row) + 1):
            bare = x < len(row) and row[x] == room and kinds[y][x] == "floor" and (x, y) not in spots
            if bare and start is None:
                start = x
            elif not bare and start is not None:
                yield y, start, x - start
                start = None
