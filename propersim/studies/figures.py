"""Figures of a study's variants: means, intervals and paired differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, median
from typing import Any

from propersim.core.text import counted
from propersim.experiments.bootstrap import FEWEST, mean_interval
from propersim.experiments.parts import difference, interval, number
from propersim.experiments.periods import RUN, figures_over
from propersim.experiments.report import report
from propersim.experiments.results import Result
from propersim.studies.dot_plot import DotRow

MOST_NAMED = 8
"""Most personas that are named one by one."""


class Figures:
    """The figures of results over all their days.

    Args:
        results: the results, all of as many days, of built-in personas only or of others only.
    """

    def __init__(self, results: Sequence[Result]) -> None:
        tables = report(results, ())
        self.days: int = tables["lengths"][0]
        self.runs: int = tables["runs"]
        self.personas = sorted({one.persona for one in results})
        # Personas of files are a group of their own; a study has one or the other.
        groups = {row["group"] for row in tables["variants"]}
        self._rows = {row["variant"]: row for row in tables["variants"] if row["group"] == ("all" if "all" in groups else "others")}
        self._runs: dict[str, dict[tuple[str, int], Mapping[str, float | None]]] = {}
        self._seconds: dict[str, dict[tuple[str, int], float]] = {}
        for one in results:
            self._seconds.setdefault(one.variant, {})[one.persona, one.seed] = one.wall_s
            self._runs.setdefault(one.variant, {})[one.persona, one.seed] = figures_over(one, RUN)
        self._of_personas: dict[tuple[str, str], dict[str, float]] = {}
        for row in tables["personas"]:
            for name, one in row["figures"].items():
                if one["mean"] is not None:
                    self._of_personas.setdefault((row["variant"], name), {})[row["persona"]] = one["mean"]

    def __contains__(self, variant: str) -> bool:
        """Return whether there are runs of a variant."""
        return variant in self._rows

    def over(self, variant: str) -> int:
        """Return the number of personas of a variant."""
        return int(self._rows[variant]["personas"])

    def seconds(self, variant: str) -> float:
        """Return the seconds of a simulated day, as the median over runs.

        Some ran beside more other work than others.
        """
        return median(self._seconds[variant].values()) / self.days

    def cost(self, variant: str, other: str) -> float | None:
        """Return how many times the seconds of another variant a variant takes.

        It is the median over runs of the same persona and seed; None where there are none.
        """
        mine, others = self._seconds[variant], self._seconds[other]
        ratios = [mine[key] / others[key] for key in mine.keys() & others.keys() if others[key]]
        return median(ratios) if ratios else None

    def mean(self, variant: str, name: str) -> float | None:
        """Return the mean of a figure over personas; None where no run has it."""
        value: float | None = self._rows[variant]["figures"][name]["mean"]
        return value

    def bounds(self, variant: str, name: str) -> tuple[float, float] | None:
        """Return the 95 % interval of a mean; None for fewer than five personas."""
        found: tuple[float, float] | None = self._rows[variant]["figures"][name]["interval"]
        return found

    def by_persona(self, variant: str, name: str) -> Mapping[str, float]:
        """Return the value of each persona that has the figure."""
        return self._of_personas.get((variant, name), {})

    def cell(self, variant: str, name: str) -> str:
        """Return a mean with its interval, or else with the lowest and highest persona."""
        value = self.mean(variant, name)
        if value is None:
            return "–"
        bounds = self.bounds(variant, name)
        return number(name, value) + (interval(name, bounds) if bounds else _range(name, self.by_persona(variant, name).values()))

    def contrast(self, first: str, second: str, name: str) -> dict[str, Any]:
        """Return the first variant minus the second over the same personas and seeds.

        Args:
            first: a variant.
            second: another one.
            name: the figure.

        Returns:
            ``mean`` over personas, ``interval`` (None for fewer than five personas), and ``each``: the difference by persona.
        """
        mine, others = self._runs[first], self._runs[second]
        values: dict[str, list[float]] = {}
        for persona, seed in sorted(mine.keys() & others.keys()):
            one, other = mine[persona, seed][name], others[persona, seed][name]
            if one is not None and other is not None:
                values.setdefault(persona, []).append(one - other)
        each = {persona: fmean(seeds) for persona, seeds in values.items()}
        return {"mean": fmean(each.values()) if each else None, "interval": mean_interval(values), "each": each}

    def contrast_cell(self, first: str, second: str, name: str) -> str:
        """Return a difference as a cell; see :meth:`contrast`.

        It stands with its interval, or where there is none with the lowest and the highest persona.

        Args:
            first: a variant.
            second: another one.
            name: the figure.
        """
        return contrast_cell(name, self.contrast(first, second, name))

    def dot_row(self, words: str, variant: str) -> DotRow:
        """Return the F1 of a variant as a row of a picture.

        It has a dot for each persona, and the mean; without runs it is empty.

        Args:
            words: name of the row.
            variant: the variant.
        """
        if variant not in self:
            return DotRow(words, None, None, [], "–")
        value = self.mean(variant, "f1")
        text = "–" if value is None else number("f1", value)
        return DotRow(words, value, self.bounds(variant, "f1"), list(self.by_persona(variant, "f1").values()), text)

    def higher_for(self, first: str, second: str) -> str:
        """Return for how many personas a variant has the higher F1, such as ``3 of 4``."""
        each = self.contrast(first, second, "f1")["each"]
        return f"{sum(value > 0 for value in each.values())} of {len(each)}"

    @property
    def who(self) -> str:
        """The personas: their ids, or the number of many."""
        return ", ".join(self.personas) if len(self.personas) <= MOST_NAMED else counted(len(self.personas), "persona")

    @property
    def how(self) -> str:
        """How means and intervals are to be read."""
        bounds = (
            "in brackets the 95 % interval by bootstrap over personas; *: it excludes zero, as one in twenty does by chance"
            if len(self.personas) >= FEWEST
            else f"in parentheses the lowest and the highest persona: for intervals there are fewer than {FEWEST} personas"
        )
        return f"Means over personas; {bounds}."


def mean_cell(name: str, values: Mapping[str, Sequence[float]]) -> str:
    """Return the mean over personas as a cell.

    It has its interval, or else the lowest and the highest persona.

    Args:
        name: the figure.
        values: the values of the seeds, by persona.
    """
    if not values:
        return "–"
    means = [fmean(seeds) for seeds in values.values()]
    bounds = mean_interval(values)
    return number(name, fmean(means)) + (interval(name, bounds) if bounds else _range(name, means))


def contrast_cell(name: str, contrast: dict[str, Any]) -> str:
    """Return a difference as a cell.

    It has its interval, or else the lowest and the highest persona.

    Args:
        name: the figure.
        contrast: ``mean``, ``interval`` and ``each``, as of :meth:`Figures.contrast`.
    """
    spread = _range(name, contrast["each"].values()) if contrast["mean"] is not None and contrast["interval"] is None else ""
    return difference(name, contrast) + spread


def mean_of(values: Mapping[str, float]) -> float:
    """Return the mean of values by persona; 0 for none."""
    return fmean(values.values()) if values else 0.0


def _range(name: str, values: Any) -> str:
    """Return the least and the largest of some values in parentheses; "" for fewer than two."""
    every = sorted(values)
    return f" ({number(name, every[0])} to {number(name, every[-1])})" if len(every) > 1 else ""
