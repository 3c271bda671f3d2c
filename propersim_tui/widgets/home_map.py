"""Floor plan of the home or the office with the user moving in it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import ClassVar

from rich.segment import Segment
from textual.geometry import Region as Area
from textual.geometry import Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer

from propersim.core.errors import WorldError
from propersim.core.records import Step
from propersim.world.floor_plan import Tile, World
from propersim.world.setting import settings
from propersim_tui.data.frame import Frame, PlaybackStatus
from propersim_tui.render.format import DAY_SIGN, NIGHT_SIGN, is_night, score_sign
from propersim_tui.widgets.cell_styles import CellStyles
from propersim_tui.widgets.floor_plan import FloorPlan, draw_floor_plan, floor_plan_size

USER = "☻"
TRAIL = "·"
TRAIL_LENGTH = 14
CUT = "←→↑↓"
"""Signs in the middle of an edge behind which the home goes on: left, right, top, bottom."""
FRAMES_A_SECOND = 20
LONGEST_WALK = 1.2
"""Longest duration of a walk in seconds, at any speed."""
SINGLE_STEP = 0.4
"""Duration of a walk in seconds when stepping by key."""


_STYLES = {
    "wall": "$foreground 45%",
    "door": "$mark 80%",
    "thing": "$secondary",
    "rug": "$foreground 12%",
    "name": "italic $muted",
    "floor": "$muted",
    "lit": "$foreground on $mark 14%",
    "lit-name": "bold $mark on $mark 14%",
    "day": "$muted on $map-day",
    "day-thing": "$success on $map-day",
    "night-thing": "$secondary on $map-night",
    "night": "$muted on $map-night",
    "cut": "bold $mark",
    "trail": "$mark on $mark 8%",
    "user": "bold $mark-text on $mark",
    **{f"said-{score}": f"bold $score-{score}" for score in range(5)},
}


def _rated(frame: Frame | None) -> Step | None:
    """Return the step whose score is drawn beside the user; None where there is none.

    It is one that spoke; no score is drawn while another recommendation is to be rated.
    """
    step = frame.step if frame is not None and frame.asked is None else None
    return step if step is not None and step.spoke else None


class HomeMap(ScrollView, can_focus=True, inherit_bindings=False):
    """Draws the floor plan line by line and redraws only changed lines."""

    EXPLAINED: ClassVar[bool] = False

    # No repaint here: changed lines are redrawn individually.
    frame: reactive[Frame | None] = reactive(None, repaint=False)
    status: reactive[PlaybackStatus] = reactive(PlaybackStatus(), repaint=False)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = "Home"
        self._world: World | None = None
        self._plan: FloorPlan | None = None
        self._at: Tile | None = None
        self._path_left: deque[Tile] = deque()
        self._trail: deque[Tile] = deque(maxlen=TRAIL_LENGTH)
        self._trail_cells: frozenset[Tile] = frozenset()
        self._per_tick = 1.0
        self._walked = 0.0
        self._timer: Timer | None = None
        self._style = CellStyles(self, _STYLES)
        self._lit_room = ""
        self._night = False
        self._strips: dict[tuple[object, ...], Strip] = {}
        self._moving: set[int] = set()

    def on_mount(self) -> None:
        """Create the timer for walks."""
        self._timer = self.set_interval(1 / FRAMES_A_SECOND, self._walk, pause=True)

    def notify_style_update(self) -> None:
        """Drop the styles and lines of the previous theme."""
        super().notify_style_update()
        self._style.clear()
        self._strips.clear()

    @property
    def at(self) -> Tile | None:
        """Tile on which the user is drawn."""
        return self._at

    @property
    def walking(self) -> bool:
        """Whether a walk is being animated."""
        return bool(self._path_left)

    # -- updates --------------------------------------------------------------------------------------------------

    def watch_frame(self, old: Frame | None, frame: Frame | None) -> None:
        """Move the user to the position of the step."""
        if frame is None:
            return
        if old is None or old.about is not frame.about or old.world is not frame.world:
            # Another run, or the day of a move: another place.
            self._leave()
            self._prepare()
            old = None
        now = frame.now
        if now is None:
            self._leave()
            return
        night = is_night(now.minute)
        if night != self._night or not self.border_subtitle:
            self._night = night
            self.border_subtitle = NIGHT_SIGN if night else DAY_SIGN
            self.refresh()
        before = old.now if old else None
        # To the place of the activity: the record's position is that at the start of the step, on the way from the last place.
        place = now.action.place
        self._go((place.x, place.y), walk=before is not None and before.day == now.day and 0 < now.index - before.index <= 4)
        if _rated(frame) is not None or _rated(old) is not None:
            self._redraw([self._at] if self._at else [])

    def _leave(self) -> None:
        """Draw nobody, because the user's place is not known."""
        self._path_left.clear()
        if self._at is None:
            return
        self._at, self._trail_cells, self._lit_room, self._moving = None, frozenset(), "", set()
        self._trail.clear()
        self.refresh()

    def on_resize(self) -> None:
        """Draw the plan at double scale if it fits; otherwise keep the user visible."""
        self._prepare()
        self.call_after_refresh(self._keep_in_view)

    def _prepare(self) -> None:
        if self.frame is None:
            return
        world = self.frame.world
        width, height = floor_plan_size(world, 2)
        scale = 2 if self.size.width >= width and self.size.height >= height else 1
        if self._plan is None or self._plan.scale != scale or self._world is not world:
            # The old position means nothing on another plan.
            self._at = None if self._world is not world else self._at
            self._plan, self._world = draw_floor_plan(world, scale), world
            self.border_title = settings()[world.setting].title
            self._strips.clear()
            self.virtual_size = Size(self._plan.width, self._plan.height)
            self._redraw([])
            self.refresh()

    def _go(self, goal: Tile, *, walk: bool) -> None:
        start = self._at
        if start == goal and not self._path_left:
            return
        path = self._path_between(start, goal) if start is not None and walk else ()
        each = 1 / self.status.speed if self.status.speed else 0.0
        seconds = min(LONGEST_WALK, each) if self.status.playing else SINGLE_STEP
        ticks = seconds * FRAMES_A_SECOND if self.app.animation_level != "none" else 0
        if self._timer is not None and len(path) > 1 and ticks >= 2:
            self._path_left = deque(path[1:])
            self._per_tick, self._walked = len(self._path_left) / ticks, 0.0
            self._timer.resume()
            return
        # No animation: place the user at the goal and show the path as trail.
        old = [*self._trail, *([start] if start else [])]
        self._path_left.clear()
        self._trail.clear()
        self._trail.extend(tile for tile in path if tile != goal)
        self._at = goal
        self._redraw(old)

    def _path_between(self, start: Tile, goal: Tile) -> tuple[Tile, ...]:
        try:
            return self.frame.world.path(start, goal) if self.frame else ()
        except WorldError:
            # A hand-made plan may have unconnected places; the user then jumps.
            return ()

    def _walk(self) -> None:
        """Advance the walk by the tiles that are due."""
        self._walked += self._per_tick
        old = [*self._trail, *([self._at] if self._at else [])]
        moved = False
        while self._path_left and self._walked >= 1:
            self._walked -= 1
            if self._at is not None:
                self._trail.append(self._at)
            self._at = self._path_left.popleft()
            moved = True
        if moved:
            self._redraw(old)
        if not self._path_left and self._timer is not None:
            self._timer.pause()

    def _redraw(self, tiles: Iterable[Tile]) -> None:
        """Redraw the lines of some tiles, the user and the trail.

        All lines are redrawn if another room is highlighted.
        """
        plan = self._plan
        if plan is None or self._at is None:
            return
        cells = [plan.cell(tile) for tile in self._trail]
        at = plan.cell(self._at)
        between = [((a[0] + b[0]) // 2, (a[1] + b[1]) // 2) for a, b in pairwise([*cells, at])]
        self._trail_cells = frozenset([*cells, *between])
        self._moving = {cell[1] for cell in self._trail_cells} | {at[1]}
        lit = plan.room(at)
        if lit != self._lit_room:
            self._lit_room = lit
            self.refresh()
        else:
            top = max(0, (self.size.height - plan.height) // 2)
            for y in {plan.cell(tile)[1] for tile in tiles} | self._moving:
                self.refresh_line(y + top)
        self._keep_in_view()

    def _keep_in_view(self) -> None:
        plan = self._plan
        if self._at is not None and plan is not None and (self.size.width < plan.width or self.size.height < plan.height):
            x, y = plan.cell(self._at)
            self.scroll_to_region(Area(x - 8, y - 3, 17, 7), animate=False, force=True)

    # -- drawing --------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Draw one line of the widget; a small plan is centred."""
        plan, width = self._plan, self.size.width
        if plan is None:
            return Strip.blank(width, self._style())
        dx, dy = self.scroll_offset
        left = max(0, (width - plan.width) // 2)
        row = y + dy - max(0, (self.size.height - plan.height) // 2)
        if not 0 <= row < plan.height:
            return Strip.blank(width, self._style())
        cut = self._cut(plan, y)
        key = (row, dx, width, self._lit_room, self._night, *cut.items())
        strip = self._strips.get(key) if row not in self._moving else None
        if strip is None:
            columns = range(dx, min(plan.width, dx + width - left))
            strip = self._draw_row(plan, row, columns, left, cut).adjust_cell_length(width, self._style())
            if row not in self._moving:
                self._strips[key] = strip
        return strip

    def _cut(self, plan: FloorPlan, y: int) -> dict[int, str]:
        """Return the signs in a line that the home goes on behind an edge, by their column."""
        (dx, dy), (width, height) = self.scroll_offset, self.size
        cut = {0: CUT[0]} if dx > 0 and y == height // 2 else {}
        if dx + width < plan.width and y == height // 2:
            cut[width - 1] = CUT[1]
        if dy > 0 and y == 0:
            cut[width // 2] = CUT[2]
        if dy + height < plan.height and y == height - 1:
            cut[width // 2] = CUT[3]
        return cut

    def _draw_row(self, plan: FloorPlan, row: int, columns: range, left: int, cut: Mapping[int, str]) -> Strip:
        """Return a row of the plan with the signs of cut edges, which are never drawn over the user.

        Args:
            plan: the plan.
            row: the row.
            columns: its visible columns.
            left: blank cells before it.
            cut: the signs by column of the widget.
        """
        cells = list(self._cells(plan, row, columns))
        for column, sign in cut.items():
            at = column - left
            if 0 <= at < len(cells) and cells[at][1] != "user":
                cells[at] = (sign, "cut")
        return Strip([Segment(" " * left, self._style()), *self._style.segments(cells)])

    def _cells(self, plan: FloorPlan, y: int, columns: range) -> Iterator[tuple[str, str]]:
        """Yield the character of each cell of a row, and the name of its style."""
        frame, lit = self.frame, self._lit_room
        step = _rated(frame)
        outdoors = frame.world.outdoors if frame is not None else ()
        sky = "night" if self._night else "day"
        at = plan.cell(self._at) if self._at is not None else None
        said = (at[0] + 1, at[1]) if at is not None and step is not None else None
        trail, chars, kinds, rooms = self._trail_cells, plan.chars[y], plan.kinds[y], plan.rooms[y]
        for x in columns:
            kind, room, cell = kinds[x], rooms[x], (x, y)
            if cell == at:
                yield USER, "user"
            elif cell == said and step is not None:
                yield score_sign(step.rating.score), "trail" if step.rating.score is None else f"said-{step.rating.score}"
            elif cell in trail and kind in ("floor", "rug", "door"):
                yield TRAIL, "trail"
            elif not room:
                yield chars[x], "wall" if kind == "out" else kind
            elif room == lit:
                yield chars[x], "lit-name" if kind == "name" else "lit"
            elif room in outdoors:
                yield chars[x], sky if kind in ("floor", "name") else f"{sky}-thing"
            else:
                yield chars[x], kind
