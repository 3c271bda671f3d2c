"""The report of the study ``people``: alpha, ratings of the assistants, and power."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from statistics import fmean, median
from typing import TYPE_CHECKING, Literal, NamedTuple

from propersim.core.errors import InputError
from propersim.core.records import DIMENSIONS
from propersim.core.text import counted
from propersim.experiments.bootstrap import FEWEST, ConfidenceInterval, mean_interval
from propersim.experiments.krippendorff import Unit, alpha, alpha_interval
from propersim.experiments.parts import Heading, Part, Picture, ReportTable, excludes_zero
from propersim.studies.dot_plot import DotRow, dot_plot
from propersim.studies.people import needs
from propersim.studies.people.ratings import UNRATED, RatingRow
from propersim.studies.people.scripted import LEFT_OUT, OWN_TURNED, TURNED

if TYPE_CHECKING:
    from propersim.studies.study import Study

Judge = Literal["offline", "llm"]
OWN = "welcome to themselves"
REHEARSED = "A rehearsal: scripted answers in place of people's. No person took part, and no figure here says anything about people."
_TICKS = (-0.25, 0.0, 0.25, 0.5, 0.75, 1.0)
_GOOD, _TENTATIVE = 0.8, 0.67
"""Alpha from which on ratings are called reliable, and tentatively so (Krippendorff 2004, p. 241)."""
_FEW = 0.2
"""Share of ratings of 1, or of 0, below which nearly all are the other."""
_PAIRS = (("evidence", "random"), ("evidence", "none"), ("oracle", "evidence"))


class Agreed(NamedTuple):
    """Agreement in one dimension.

    Attributes:
        ratings: number of ratings, those of a judge included.
        alpha: Krippendorff's alpha; None where it is not defined.
        bounds: its interval by bootstrap over recommendations.
        same: share of pairs that are equal; None for no pairs.
    """

    ratings: int
    alpha: float | None
    bounds: ConfidenceInterval | None
    same: float | None


class Ratings:
    """The ratings of a study, all by people or all of a rehearsal.

    Args:
        rows: the ratings.

    Raises:
        InputError: there are none, or of both kinds.
    """

    def __init__(self, rows: Sequence[RatingRow]) -> None:
        kinds = {one.by for one in rows}
        if not rows:
            raise InputError("no ratings", "participants give them: `propersim study people --participants N`")
        if len(kinds) > 1:
            raise InputError("ratings by people and of a rehearsal are not reported together", "give files of one kind")
        self.rows = rows
        self.rehearsal = kinds == {"script"}
        self.participants = sorted({one.participant for one in rows})
        self.assistants = sorted({one.assistant for one in rows})
        self.items = {one.item for one in rows}
        self.has_model = any(set(one.llm) != {"-"} for one in rows)

    def between(self, dimension: str) -> Agreed:
        """Return the agreement between participants in a dimension."""
        units: dict[tuple[str, int], list[int | None]] = {}
        for row in self.rows:
            units.setdefault(row.item, []).append(value_of(row, dimension))
        return _agreed({item: [unit] for item, unit in units.items()})

    def with_judge(self, dimension: str, judge: Judge = "offline") -> Agreed:
        """Return the agreement of participants with a judge.

        It is over all pairs of a participant's rating and the judge's.

        Args:
            dimension: the dimension.
            judge: ``offline`` or ``llm``.
        """
        clusters: dict[tuple[str, int], list[Unit]] = {}
        for row in self.rows:
            clusters.setdefault(row.item, []).append((value_of(row, dimension), judged(row, dimension, judge)))
        return _agreed(clusters)

    def each_with_judge(self, dimension: str) -> list[float]:
        """Return the alpha of each participant with the offline judge, where it is defined."""
        found = []
        for code in self.participants:
            rows = [row for row in self.rows if row.participant == code]
            found.append(alpha([(value_of(row, dimension), judged(row, dimension, "offline")) for row in rows]))
        return [one for one in found if one is not None]

    def rate(self, dimension: str) -> float | None:
        """Return the share of recommendations that the offline judge gives 1; None for none."""
        values = {row.item: judged(row, dimension, "offline") for row in self.rows}
        known = [value for value in values.values() if value is not None]
        return fmean(known) if known else None

    def means(self, assistant: str, value: Callable[[RatingRow], float | None]) -> dict[str, list[float]]:
        """Return what a function takes from the rows of an assistant, by participant.

        Args:
            assistant: label of a variant.
            value: takes a figure from a row; None where it has none.
        """
        found: dict[str, list[float]] = {}
        for row in self.rows:
            if row.assistant == assistant and (figure := value(row)) is not None:
                found.setdefault(row.participant, []).append(figure)
        return found

    def difference(self, first: str, second: str, value: Callable[[RatingRow], float | None]) -> dict[str, float]:
        """Return the mean for one assistant minus that for another, by participant.

        Participants who did not rate both are left out.

        Args:
            first: label of a variant.
            second: another one.
            value: takes a figure from a row.
        """
        one, other = self.means(first, value), self.means(second, value)
        return {code: fmean(one[code]) - fmean(other[code]) for code in sorted(one.keys() & other.keys())}


def value_of(row: RatingRow, dimension: str) -> int | None:
    """Return what the participant gave in a dimension, or for themselves; None for nothing."""
    sign = row.own if dimension == OWN else row.rating[DIMENSIONS.index(dimension)]
    return None if sign == "-" else int(sign)


def judged(row: RatingRow, dimension: str, judge: Judge) -> int | None:
    """Return what a judge gave in a dimension; for oneself, whether it gave 1 in all of them.

    Args:
        row: the recommendation and its ratings.
        dimension: the dimension.
        judge: ``offline`` or ``llm``.
    """
    signs = row.offline if judge == "offline" else row.llm
    if dimension == OWN:
        return None if "-" in signs else int("0" not in signs)
    sign = signs[DIMENSIONS.index(dimension)]
    return None if sign == "-" else int(sign)


def score(row: RatingRow) -> int | None:
    """Return the participant's score, 0–4; None where a dimension is unrated."""
    return None if "-" in row.rating else row.rating.count("1")


def parts(study: Study, rows: Sequence[RatingRow]) -> list[Part]:
    """Return the report of the study.

    Args:
        study: the study.
        rows: the ratings.

    Raises:
        InputError: there are no ratings, or some by people and some of a rehearsal.
    """
    found = Ratings(rows)
    dimensions = [*DIMENSIONS, *([OWN] if any(row.own != "-" for row in rows) else [])]
    agreed = {name: (found.between(name), found.with_judge(name)) for name in dimensions}
    return [
        _opening(found),
        Heading("Agreement by dimension"),
        ReportTable(*_agreement(found, agreed)),
        "Alpha is Krippendorff's: 1 where all agree, 0 as by chance. In brackets the 95 % interval by bootstrap over recommendations; it "
        f"says how far other recommendations would change alpha, not other people. In *{OWN}* the judge's rating is whether it gave 1 in "
        "all four dimensions.",
        _picture(found, agreed),
        Heading("How the assistants are rated"),
        ReportTable(*_assistants(study, found)),
        ReportTable(*_differences(found)),
        Heading("What a study needs"),
        _assumed(),
        ReportTable(*_needs()),
        Heading("What came out"),
        "\n".join(f"- {sentence}" for sentence in _sentences(found, agreed)),
    ]


def _opening(found: Ratings) -> str:
    given = sum(row.rating != UNRATED for row in found.rows)
    own = sum(row.own != "-" for row in found.rows)
    said = (
        f"{counted(len(found.participants), 'participant')}, {counted(len(found.items), 'recommendation')}, "
        f"{counted(given, 'rating')} as a persona, {own} for themselves."
    )
    if not found.rehearsal:
        return said
    turned = ", ".join(f"{share:.2f} in {name}" for name, share in TURNED.items())
    return (
        f"{REHEARSED} {said} Each answer is the offline judge's rating, turned round with probability {turned}, and left out with "
        f"probability {LEFT_OUT}; for themselves it is whether the judge gave 1 throughout, turned round with probability {OWN_TURNED}."
    )


def _agreement(found: Ratings, agreed: Mapping[str, tuple[Agreed, Agreed]]) -> tuple[list[str], list[list[str]]]:
    heads = ["dimension", "judge gives 1", "ratings", "alpha, between people", "same", "alpha, people and offline judge", "same as judge"]
    rows = []
    for name, (between, judge) in agreed.items():
        cells = [
            name,
            _percent(found.rate(name)),
            str(between.ratings),
            _alpha_cell(between),
            _percent(between.same),
            _alpha_cell(judge),
            _percent(judge.same),
        ]
        rows.append([*cells, *([_alpha_cell(found.with_judge(name, "llm"))] if found.has_model else [])])
    return [*heads, *(["alpha, people and llm judge"] if found.has_model else [])], rows


def _assistants(study: Study, found: Ratings) -> tuple[list[str], list[list[str]]]:
    heads = ["variant", "what it is", "recommendations", "score", "score by the judge", OWN]
    rows = []
    for name in found.assistants:
        items = {row.item: row for row in found.rows if row.assistant == name}
        by_judge = [row.offline.count("1") for row in items.values() if "-" not in row.offline]
        judge = f"{fmean(by_judge):.2f}" if by_judge else "–"
        cells = [_mean_cell(found.means(name, value)) for value in (score, _own)]
        rows.append([name, study.about.get(name, ""), str(len(items)), cells[0], judge, cells[1]])
    return heads, rows


def _differences(found: Ratings) -> tuple[list[str], list[list[str]]]:
    rows = []
    for first, second in _compared(found):
        each = found.difference(first, second, score)
        more = sum(value > 0 for value in each.values())
        cells = [_difference_cell(each), f"{more} of {len(each)}", _difference_cell(found.difference(first, second, _own))]
        rows.append([f"{first} − {second}", *cells])
    return ["difference", "score", "higher for", OWN], rows


def _compared(found: Ratings) -> list[tuple[str, str]]:
    """Return the pairs of assistants to compare: those of the study, or all of other runs."""
    there = [pair for pair in _PAIRS if set(pair) <= set(found.assistants)]
    return there or list(combinations(found.assistants, 2))


def _own(row: RatingRow) -> int | None:
    return value_of(row, OWN)


def _agreed(clusters: Mapping[tuple[str, int], Sequence[Unit]]) -> Agreed:
    """Return the agreement of the ratings of items.

    Args:
        clusters: the units of each item.
    """
    units = [unit for cluster in clusters.values() for unit in cluster]
    same = pairs = ratings = 0
    for unit in units:
        values = [value for value in unit if value is not None]
        ones = sum(values)
        zeros = len(values) - ones
        ratings += len(values)
        same += (ones * (ones - 1) + zeros * (zeros - 1)) // 2
        pairs += len(values) * (len(values) - 1) // 2
    return Agreed(ratings, alpha(units), alpha_interval(list(clusters.values())), same / pairs if pairs else None)


def _picture(found: Ratings, agreed: Mapping[str, tuple[Agreed, Agreed]]) -> Picture:
    rows = []
    for name, (between, judge) in agreed.items():
        for who, one, dots in ((f"{name}: people", between, []), ("with the judge", judge, found.each_with_judge(name))):
            rows.append(DotRow(who, one.alpha, one.bounds, dots, "–" if one.alpha is None else f"{one.alpha:.2f}"))
    who = "scripted answers; no person took part" if found.rehearsal else counted(len(found.participants), "participant")
    caption = f"Krippendorff's alpha by dimension, between people and with the offline judge, a dot for each participant ({who})"
    return Picture(dot_plot(f"Agreement by dimension ({who})", "Krippendorff's alpha", rows, _TICKS), caption)


def _assumed() -> str:
    low, high = needs.TURNED
    return (
        f"On paper, by simulation, without any rating. For alpha: {needs.ITEMS} recommendations of which each participant rates "
        f"{needs.RATED}; the judge gives 1 to {needs.ONES:.0%} of them; a participant differs from the judge in {low:.0%} to {high:.0%} of "
        f"ratings; {needs.STUDIES} studies. For power: a paired t test over participants, each with {needs.PER_ASSISTANT} recommendations "
        f"of either assistant, whose scores have a standard deviation of {needs.SD_ITEM:g}, and the difference one of {needs.SD_PERSON:g} "
        f"over participants. For hours: {needs.CONSENT_S} s for the consent, {needs.READING_S} s to read each of two personas, "
        f"{needs.RATING_S} s a rating, {needs.OWN_S} s for one for oneself."
    )


def _needs() -> tuple[list[str], list[list[str]]]:
    heads = ["participants", "ratings of each", "alpha, between people", "alpha, people and judge"]
    heads += [f"power for {difference:g}" for difference in needs.DIFFERENCES] + ["hours of people"]
    rows = []
    for one in needs.expected_alphas():
        cells = [f"{middle:.2f} ({low:.2f} to {high:.2f})" for middle, low, high in (one.between, one.judge)]
        powers = [f"{needs.power(one.participants, difference):.2f}" for difference in needs.DIFFERENCES]
        rows.append([str(one.participants), f"{one.per_item:g}", *cells, *powers, f"{_hours(one.participants):.1f}"])
    return heads, rows


def _hours(participants: int) -> float:
    return participants * needs.seconds_of(2, needs.RATED, own=True) / 3600


def _sentences(found: Ratings, agreed: Mapping[str, tuple[Agreed, Agreed]]) -> Iterator[str]:
    """Yield what the figures say, with where they disappoint."""
    if found.rehearsal:
        yield f"{REHEARSED} The protocol ran to its end: {_opening(found).removeprefix(REHEARSED).split('. ')[0].strip()}."
    for label, at in (("Between people", 0), ("With the offline judge", 1)):
        known = {name: one for name in DIMENSIONS if (one := agreed[name][at].alpha) is not None}
        if not known:
            yield f"{label} alpha is not defined: too few recommendations have two ratings, or all ratings are the same."
            continue
        best, worst = max(known, key=lambda name: known[name]), min(known, key=lambda name: known[name])
        good = sum(round(value, 2) >= _GOOD for value in known.values())
        some = sum(_TENTATIVE <= round(value, 2) < _GOOD for value in known.values())
        yield (
            f"{label} alpha is highest in {best} ({known[best]:.2f}) and lowest in {worst} ({known[worst]:.2f}). Of {len(known)} "
            f"dimensions {good} reach {_GOOD}, from which on ratings are called reliable, and {some} more {_TENTATIVE}, from which on they "
            "are tentatively."
        )
    skewed = [f"{name} {rate:.0%}" for name in agreed if (rate := found.rate(name)) is not None and not _FEW <= rate <= 1 - _FEW]
    if skewed:
        yield f"The judge gives nearly all recommendations the same rating ({', '.join(skewed)} are 1): alpha is low however few differ."
    undefined = [name for name in agreed if any(one.alpha is None for one in agreed[name])]
    if undefined:
        yield f"Not defined in {', '.join(undefined)}: too few recommendations have two ratings, or nobody gave but one value."
    for first, second in _compared(found)[:1]:
        each = found.difference(first, second, score)
        if each:
            mean = fmean(each.values())
            by_judge = [
                fmean({row.item: row.offline.count("1") for row in found.rows if row.assistant == name}.values())
                for name in (first, second)
            ]
            yield (
                f"{first} − {second}: {mean:+.2f} in score for participants ({by_judge[0] - by_judge[1]:+.2f} by the judge), higher for "
                f"{sum(value > 0 for value in each.values())} of {len(each)}."
            )
    took = [row.seconds for row in found.rows if row.seconds]
    if took:
        yield f"A rating took {median(took):.0f} s, as the median over {len(took)}; {needs.RATING_S} s were assumed."
    planned = next(one for one in needs.expected_alphas() if one.participants == needs.PLANNED)
    widths = [(high - low) / 2 for _, low, high in (planned.between, planned.judge)]
    yield (
        f"With {needs.PLANNED} people, by the assumptions above: alpha within ±{widths[0]:.2f} between people and ±{widths[1]:.2f} with "
        f"the judge in 95 % of studies, and a difference of {needs.smallest_difference(needs.PLANNED):.2f} in score between two assistants "
        f"found with a power of {needs.POWER:g}, in {_hours(needs.PLANNED):.1f} hours of people, {_hours(1) * 60:.0f} minutes each."
    )


def _alpha_cell(one: Agreed) -> str:
    if one.alpha is None:
        return "–"
    return f"{one.alpha:.2f}" + (f" [{one.bounds[0]:.2f}, {one.bounds[1]:.2f}]" if one.bounds else "")


def _mean_cell(each: Mapping[str, Sequence[float]]) -> str:
    """Return a mean over participants, with its interval."""
    if not each:
        return "–"
    bounds = mean_interval(each)
    return f"{fmean(fmean(values) for values in each.values()):.2f}" + (f" [{bounds[0]:.2f}, {bounds[1]:.2f}]" if bounds else "")


def _difference_cell(each: Mapping[str, float]) -> str:
    if not each:
        return "–"
    bounds = mean_interval({code: [value] for code, value in each.items()}) if len(each) >= FEWEST else None
    around = f" [{bounds[0]:.2f}, {bounds[1]:.2f}]" if bounds else ""
    return f"{fmean(each.values()):+.2f}{around}{'*' if excludes_zero(bounds) else ''}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"
