"""Learning curves of a report as an SVG file, drawn with matplotlib (the extra ``figures``)."""

from __future__ import annotations

import io
from itertools import accumulate
from typing import Any, Final

from propersim.core.errors import InputError

PANELS: Final = {
    "f1": "F1 of welcome recommendations",
    "unwelcome": "unwelcome recommendations so far",
    "score": "score of a step (0–4)",
    "recs_per_hour": "recommendations an hour",
}
"""Figures that are drawn, each in a panel, and the panels' titles; ``unwelcome`` is summed up over the days."""
_COLOURS: Final = {
    "evidence": "#0072b2",
    "no-nights": "#56b4e9",
    "shown": "#cc79a7",
    "gate": "#e69f00",
    "nightly-gate": "#8c6d31",
    "factored": "#0072b2",
    "paper": "#d55e00",
    "ars": "#cc79a7",
    "ar": "#e69f00",
    "none": "#8c6d31",
    "api": "#56b4e9",
    "oracle": "#009e73",
    "random": "#b8a000",
    "eager": "#777777",
    "silent": "#222222",
}
"""Colours of the variants, distinguishable with colour blindness."""
_CONTROLS: Final = ("silent", "eager", "random", "oracle")
OTHERS: Final = "personas from files"


def curves_svg(tables: dict[str, Any]) -> str:
    """Return the learning curves of a report as SVG: means over personas of each single day.

    Bands are 95 % intervals, omitted for control assistants. Personas that do not ship with propersim have dashed curves of their own.

    Args:
        tables: the report, from :func:`propersim.experiments.report.report`.

    Raises:
        InputError: matplotlib is not installed.
    """
    return _drawn(tables["curves"], PANELS, (2, 2), (10.5, 6.8))


def unwelcome_svg(points: list[dict[str, Any]]) -> str:
    """Return a picture of the unwelcome recommendations, summed up over the days, as SVG.

    Args:
        points: points of learning curves (``curves`` of a report); ``variant`` is the label of the curve.

    Raises:
        InputError: matplotlib is not installed.
    """
    return _drawn(points, {"unwelcome": "unwelcome recommendations so far, mean of all personas"}, (1, 1), (7.5, 4.2))


def _drawn(points: list[dict[str, Any]], panels: dict[str, str], grid: tuple[int, int], size: tuple[float, float]) -> str:
    """Return panels as SVG.

    Args:
        points: points of learning curves.
        panels: figures and titles.
        grid: rows and columns of panels.
        size: width and height in inches.

    Raises:
        InputError: matplotlib is not installed.
    """
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InputError("--curves: matplotlib is not installed", "pip install 'propersim[figures]'") from error
    # Text as text instead of paths, and fixed ids: the same curves give the same file.
    style: Any = {"svg.fonttype": "none", "svg.hashsalt": "propersim", "font.family": "sans-serif", "font.size": 9}
    with matplotlib.rc_context(style):
        figure = Figure(figsize=size, layout="constrained")
        axes = list(figure.subplots(*grid, squeeze=False).flat)
        for ax, (name, title) in zip(axes, panels.items(), strict=True):
            _panel(ax, points, name)
            ax.set_title(title, fontsize=10)
            ax.set_xlabel("day")
        handles, labels = _legend(axes)
        figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 7), frameon=False)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _panel(ax: Any, points: list[dict[str, Any]], name: str) -> None:
    """Draw the curves of one figure."""
    days = sorted({point["day"] for point in points})
    for variant in dict.fromkeys(point["variant"] for point in points):
        for group in ("all", "others"):
            line = [point for point in points if (point["variant"], point["group"]) == (variant, group) and point[name] is not None]
            if not line or (group == "others" and variant in _CONTROLS):
                continue
            colour = _COLOURS.get(variant.split(" ")[0], "#999999")
            at, drawn = [point["day"] for point in line], [point[name] for point in line]
            drawn = list(accumulate(drawn)) if name == "unwelcome" else drawn
            label = variant if group == "all" else f"{variant}, {OTHERS}"
            dashes = "--" if group == "others" else ":" if variant in _CONTROLS else "-"
            width = 2.0 if variant in ("evidence", "factored") else 1.2
            ax.plot(at, drawn, dashes, color=colour, linewidth=width, label=label, marker="." if len(at) == 1 else None)
            bounds = [(point["day"], *point["interval"][name]) for point in line if point["interval"][name] is not None]
            if bounds and group == "all" and variant not in _CONTROLS and name != "unwelcome":
                ax.fill_between(*zip(*bounds, strict=True), color=colour, alpha=0.18, linewidth=0)
    if name == "recs_per_hour":
        ax.set_yscale("symlog", linthresh=1)
        ax.set_yticks([0, 0.5, 1, 5, 24], ["0", "0.5", "1", "5", "24"])
        ax.set_ylim(0, 30)
        ax.minorticks_off()
    elif name == "unwelcome":
        ax.set_yscale("symlog", linthresh=10)
        ax.set_yticks([0, 5, 10, 30, 100, 300, 1000, 5000], ["0", "5", "10", "30", "100", "300", "1,000", "5,000"])
        ax.set_ylim(bottom=-0.3)
        ax.minorticks_off()
    elif name == "f1":
        ax.set_ylim(-0.02, 1.02)
    else:
        ax.set_ylim(0, 4.1)
    ax.set_xlim(days[0], max(days[-1], days[0] + 1))
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.grid(True, alpha=0.25, linewidth=0.6)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)


def _legend(axes: Any) -> tuple[list[Any], list[str]]:
    """Return the handles and labels of all axes, each label once."""
    known: dict[str, Any] = {}
    for ax in axes:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            known.setdefault(label, handle)
    return list(known.values()), list(known)
