"""Pictures of a dozen scenes as SVG, to look at in a diff; `make test ARGS="tests/tui/test_snapshots.py --snapshot-update"` stores them."""

from __future__ import annotations

from pathlib import Path

import pytest

from propersim_tui.config.themes import DEFAULT_THEME
from tests.tui.hosts import draw_nothing
from tests.tui.scenes import LARGE, LIGHT, MIDDLE, SCENES, SMALL

STORED = Path(__file__).with_name("__snapshots__")
PICTURES = [
    ("live-day", MIDDLE, DEFAULT_THEME),
    ("live-day", SMALL, LIGHT),
    ("live-office", MIDDLE, DEFAULT_THEME),
    ("live-training", SMALL, DEFAULT_THEME),
    ("help", SMALL, DEFAULT_THEME),
    ("take", SMALL, DEFAULT_THEME),
    ("inspect", SMALL, DEFAULT_THEME),
    ("learned", SMALL, DEFAULT_THEME),
    ("memory", MIDDLE, DEFAULT_THEME),
    ("runs", LARGE, DEFAULT_THEME),
    ("batches", MIDDLE, DEFAULT_THEME),
    ("personas", SMALL, DEFAULT_THEME),
    ("compare", MIDDLE, DEFAULT_THEME),
    ("rate", SMALL, DEFAULT_THEME),
]


def named(part: object) -> str | None:
    """Return the name of a parameter in the names of tests and files."""
    return f"{part[0]}x{part[1]}" if isinstance(part, tuple) else None


@pytest.mark.parametrize(("scene", "size", "theme"), PICTURES, ids=named)
def test_a_scene_looks_as_it_did(scene, size, theme, snap_compare, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draw_nothing(monkeypatch)
    stage, pictured = SCENES[scene]
    app = stage.open()
    app.theme = theme
    assert snap_compare(app, terminal_size=size, run_before=pictured.way)


def test_the_pictures_stay_few_and_small():
    stored = list(STORED.rglob("*.svg"))
    # Six more are of the demo (test_demo.py).
    assert len(stored) <= len(PICTURES) + 6
    assert sum(path.stat().st_size for path in stored) < 1_800_000
