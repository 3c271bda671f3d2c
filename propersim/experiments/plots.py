"""Learning curves of a report as an SVG file, drawn with matplotlib (the extra ``figures``)."""

from __future__ import annotations

import io
from typing import Any, Final

from propersim.core.errors import InputError

PANELS: Final = {
    "f1": "F1 of welcome recommendations",
    "score": "score of a step (0–4)",
    "recs_per_hour": "recommendations an hour",
}
"""Figures that are drawn, each in a panel, and the panels' titles."""
_COLOURS: Final = {
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
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InputError("--curves: matplotlib is not installed", "pip install 'propersim[figures]'") from error
    # Text as text instead of paths, and fixed ids: the same curves give the same file.
    style: Any = {"svg.fonttype": "none", "svg.hashsalt": "propersim", "font.family": "sans-serif", "font.size": 9}
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(10.5, 3.6), layout="constrained")
        axes = figure.subplots(1, len(PANELS))
        for ax, (name, title) in zip(axes, PANELS.items(), strict=True):
            _panel(ax, tables["curves"], name)
            ax.set_title(title, fontsize=10)
            ax.set_xlabel("day")
        handles, labels = _legend(axes)
        figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 9), frameon=False)
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
            label = variant if group == "all" else f"{variant}, {OTHERS}"
            dashes = "--" if group == "others" else ":" if variant in _CONTROLS else "-"
            width = 2.0 if variant == "factored" else 1.2
            ax.plot(at, drawn, dashes, color=colour, linewidth=width, label=label, marker="." if len(at) == 1 else None)
            bounds = [(point["day"], *point["interval"][name]) for point in line if point["interval"][name] is not None]
            if bounds and group == "all" and variant not in _CONTROLS:
                ax.fill_between(*zip(*bounds, strict=True), color=colour, alpha=0.18, linewidth=0)
    if name == "recs_per_hour":
        ax.set_yscale("symlog", linthresh=1)
        ax.set_yticks([0, 0.5, 1, 5, 24], ["0", "0.5", "1", "5", "24"])
        ax.set_ylim(0, 30)
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
