"""Frozen, typed, serialisable records of a run.

A run is a stream of :class:`Step` records, one per timestep of waking time, with a :class:`DayPlan` before and a :class:`DayFigures`
after each day. Code that reads records works the same on a live run and on a stored one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

DIMENSIONS = ("preference", "timing", "frequency", "communication")
"""The four rubric dimensions, in the order in which they are shown and stored."""

# Bounds of the fields: anybody can edit a database file, and code that reads records should not have to handle absurd values.
# msgspec checks them when it decodes JSON, not when a record is constructed.
Day = Annotated[int, Meta(ge=0, le=1_000_000)]
Index = Annotated[int, Meta(ge=0, le=1 << 40)]
Count = Annotated[int, Meta(ge=0, le=1 << 40)]
Minute = Annotated[float, Meta(ge=0.0, le=10_000.0)]
Minutes = Annotated[float, Meta(ge=-1e8, le=1e8)]
Tile = Annotated[int, Meta(ge=0, le=10_000)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Score = Annotated[int, Meta(ge=0, le=4)]


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Base of all records: immutable, compared by value, serialised by :func:`to_json`.

    ``gc=False`` because records never form cycles, and garbage collection over thousands of them would delay key presses.
    """


class Place(Record, frozen=True, gc=False):
    """A place in the home where the user can be.

    Attributes:
        room: name of the room.
        object: name of the object used there.
        x: column of the tile where the user stands or sits.
        y: row of that tile.
    """

    room: str
    object: str
    x: Tile
    y: Tile


class Action(Record, frozen=True, gc=False):
    """One activity of the user over a stretch of time.

    Attributes:
        activity: id in the catalogue of activities.
        phrase: the activity in words, present participle ("having lunch").
        place: where it happens; the user walks there at the start.
        start: minute of the day's clock at which it begins.
        end: minute at which the next action begins (exclusive).
        focus: how absorbed the user is, 1 (idle) to 5.
        source: origin of the action in the plan: ``requirement:0``, ``habit:1``, ``interest:2`` (index in the persona), or ``ordinary``;
            ``llm`` where a language model planned it; ``recommendation:42`` where the user took it up at step 42 of the run.
        note: the persona's own words for it; "" where it has none.
    """

    activity: str
    phrase: str
    place: Place
    start: Minute
    end: Minute
    focus: Annotated[int, Meta(ge=0, le=9)]
    source: str = "ordinary"
    note: str = ""

    @property
    def minutes(self) -> float:
        """Length in minutes."""
        return self.end - self.start


Bit = Literal[0, 1] | None
"""A dimension of a rating; None where a person left it unrated."""


class Rating(Record, frozen=True, gc=False):
    """A rating of one candidate: four dimensions, each 0 or 1 (paper, section 3).

    Each dimension has a reason. A dimension that a person left out is None: it is unrated, and nothing takes its place.
    """

    preference: Bit
    timing: Bit
    frequency: Bit
    communication: Bit
    reasons: tuple[str, str, str, str] = ("", "", "", "")

    @property
    def score(self) -> int | None:
        """The sum of the four dimensions, 0–4; None where any of them is unrated."""
        return score_of(self.preference, self.timing, self.frequency, self.communication)

    @property
    def values(self) -> tuple[Bit, Bit, Bit, Bit]:
        """The four values in the order of :data:`DIMENSIONS`."""
        return (self.preference, self.timing, self.frequency, self.communication)

    @property
    def given(self) -> bool:
        """Whether any dimension is rated."""
        return any(value is not None for value in self.values)

    @property
    def satisfying(self) -> bool:
        """Whether a recommendation with this rating meets the need.

        It does if preference, timing and communication are 1; where one of them is unrated, nothing says so.
        """
        return bool(self.preference and self.timing and self.communication)


def score_of(preference: int | None, timing: int | None, frequency: int | None, communication: int | None) -> int | None:
    """Return the sum of four dimensions, or None where any of them is unrated.

    Args:
        preference: 0, 1, or None where it is unrated.
        timing: likewise.
        frequency: likewise.
        communication: likewise.
    """
    if preference is None or timing is None or frequency is None or communication is None:
        return None
    return preference + timing + frequency + communication


UNRATED = Rating(None, None, None, None)
"""The rating of a recommendation that a person was to rate and did not."""


class Candidate(Record, frozen=True, gc=False):
    """A candidate recommendation or silence, with its rating.

    Attributes:
        text: the suggestion; None is silence ("No Recommendation").
        rating: the user's rating at this step. Where a person rates, that of what was shown has no reasons, and what the person left out
            is None in it.
        topic: topic that the reader assigned to the text; None for silence or where it found none.
        tone: tone that the reader assigned, likewise.
        origin: ``drawn`` for this step (also by a control), ``tried``: drawn about a topic and tone that the assistant wants to try, or
            ``recalled`` from an earlier step; None for silence, and in records that were made before origins were stored.
    """

    text: str | None
    rating: Rating
    topic: str | None = None
    tone: str | None = None
    origin: Literal["drawn", "tried", "recalled"] | None = None


class Heard(Record, frozen=True, gc=False, array_like=True):
    """A topic or suggestion that the user was shown before.

    Kept where the rubric has a clause of variety.

    Attributes:
        what: id of the topic; of a suggestion, the hash of its words (:func:`propersim.user.satiation.words_key`).
        ago: minutes of the clock since it was last shown, nights included.
        satiation: how much the user has had of it, in thousandths; enough from 1 on.
    """

    what: str
    ago: Minutes
    satiation: Annotated[float, Meta(ge=0.0, le=1e6)]

    @property
    def enough(self) -> bool:
        """Whether the user has had enough of it for now."""
        return self.satiation >= 1


class Clocks(Record, frozen=True, gc=False):
    """Times and counts of the current day, before this step.

    Those of topics and suggestions go on over nights; they are empty where the rubric has no clause of variety.

    Attributes:
        gap: minutes since the last recommendation.
        need: minutes since the last satisfying recommendation.
        shown: recommendations shown today.
        satisfying: satisfying recommendations counted today (see :class:`propersim.user.clocks.DayClocks`).
        patience: unwelcome recommendations that the user still bears; None where the user does not react (``--reactive off``).
        muted: minute of the day's clock until which the user has muted the assistant; None where it is not muted.
        topics: topics that were shown, as far as some satiation is left, the one shown last at the end.
        suggestions: suggestions of which the user has enough, likewise.
    """

    gap: Minutes
    need: Minutes
    shown: Count = 0
    satisfying: Count = 0
    patience: Annotated[float, Meta(ge=0.0, le=1_000.0)] | None = None
    muted: Minute | None = None
    topics: tuple[Heard, ...] = ()
    suggestions: tuple[Heard, ...] = ()


class UserState(Record, frozen=True, gc=False):
    """State of the user at this step, from the persona's rules; hidden from the assistant.

    Attributes:
        receptive: the time is in a timing window, and the activity may be interrupted.
        wanted: receptive, a liked topic that was not heard enough of fits the activity and hour, the need has reached G_min, and the day's
            maximum is not reached.
        overdue: the last satisfying recommendation is too long ago.
    """

    receptive: bool = False
    wanted: bool = False
    overdue: bool = False


class Shadow(Record, frozen=True, gc=False):
    """Scores of the controls at this step of the same day.

    Attributes:
        silent: score of an assistant that never speaks.
        oracle: score of the oracle.
        spoke: whether the oracle spoke.
    """

    silent: Score
    oracle: Score
    spoke: bool = False


class Step(Record, frozen=True, gc=False):
    """One timestep.

    Attributes:
        index: number of the step in the run, from 0.
        day: day of the run, from 1.
        minute: the day's clock, minutes since midnight of the date of waking.
        action: current action of the user.
        x: column of the tile where the user is (also while walking).
        y: row of that tile.
        clocks: times and counts of the day before this step.
        moment: state of the user.
        candidates: the rated candidates; the first is always silence or the shown one.
        shown: index in ``candidates`` of the shown one.
        shadow: scores of the controls.
        drawn: suggestions that a model generated at this step, malformed ones included.
        malformed: how many of them were malformed and discarded.
        p_speak: the model's probability of speaking, where a model decided.
        judged: the judge's rating of a recommendation that a person was to rate, also where the person left it unrated; None otherwise.
        threshold: the probability of speaking that ``p_speak`` had to exceed; None where decisions are drawn, where no model decided, and
            in records that were made before it was stored.
        explored: whether the assistant spoke in order to learn, below the threshold.
        evidence: what earlier ratings said of the moment, in a few words; None where the assistant read no evidence.
        taken_up: the activity that the user takes up because of the recommendation, as it stands in the day's plan from the next step on;
            None where the user takes up none.
    """

    index: Index
    day: Day
    minute: Minute
    action: Action
    x: Tile
    y: Tile
    clocks: Clocks
    moment: UserState
    candidates: Annotated[tuple[Candidate, ...], Meta(min_length=1)]
    shown: Count
    shadow: Shadow
    drawn: Count = 0
    malformed: Count = 0
    p_speak: Share | None = None
    judged: Rating | None = None
    threshold: Share | None = None
    explored: bool = False
    evidence: str | None = None
    taken_up: Action | None = None

    def __post_init__(self) -> None:
        """Reject a record whose shown candidate does not exist."""
        if self.shown >= len(self.candidates):
            raise ValueError("the index of the shown candidate is out of range")

    @property
    def answer(self) -> Candidate:
        """The candidate that was shown."""
        return self.candidates[self.shown]

    @property
    def rating(self) -> Rating:
        """The rating of the shown candidate."""
        return self.candidates[self.shown].rating

    @property
    def spoke(self) -> bool:
        """Whether a recommendation was shown."""
        return self.candidates[self.shown].text is not None

    @property
    def welcome(self) -> bool:
        """Whether a recommendation was shown with all four dimensions at 1."""
        return self.spoke and self.rating.score == 4

    @property
    def muted(self) -> bool:
        """Whether the user had muted the assistant: it was not asked."""
        return self.clocks.muted is not None


class Span(Record, frozen=True, gc=False):
    """An interval of the day, [start, end) in minutes of the day's clock."""

    start: Minute
    end: Minute

    @property
    def minutes(self) -> float:
        """Length in minutes."""
        return self.end - self.start


class DayPlan(Record, frozen=True, gc=False):
    """The plan of a day: the actions from waking to falling asleep, and the rubric's values.

    Attributes:
        day: day of the run, from 1.
        actions: actions from waking to falling asleep, without gap or overlap.
        receptive: intervals in which the user is receptive.
        gap_min: shortest comfortable gap between recommendations, minutes (G_min).
        gap_max: longest comfortable time without a satisfying one on this day, minutes (G_max).
    """

    day: Day
    actions: Annotated[tuple[Action, ...], Meta(min_length=1)]
    receptive: tuple[Span, ...]
    gap_min: Minutes
    gap_max: Minutes

    @property
    def wake(self) -> float:
        """Minute of waking."""
        return self.actions[0].start

    @property
    def sleep(self) -> float:
        """Minute of falling asleep."""
        return self.actions[-1].end


class LeftOut(Record, frozen=True, gc=False):
    """The recommendations of one day that a person was to rate and did not rate in full.

    Attributes:
        dimensions: those in which each dimension is unrated, in the order of :data:`DIMENSIONS`.
        shown: those in which any dimension is unrated; they have no score.
        content: those in which preference or communication is unrated.
        given: sum of the dimensions that were rated in them.
        silent: sum of the scores at those steps of the control that never speaks.
        oracle: sum of the scores at those steps of the oracle.
    """

    dimensions: tuple[Count, Count, Count, Count] = (0, 0, 0, 0)
    shown: Count = 0
    content: Count = 0
    given: Count = 0
    silent: Count = 0
    oracle: Count = 0


class Reactions(Record, frozen=True, gc=False):
    """The reactions of a user who reacts (``--reactive on``) on one day.

    Attributes:
        taken_up: recommendations that the user acted on.
        mutes: how often the user muted the assistant.
        muted_hours: waking hours in which it was muted.
        first_mute: hours from waking to the first of them; None where there was none.
    """

    taken_up: Count = 0
    mutes: Count = 0
    muted_hours: Annotated[float, Meta(ge=0.0, le=1e9)] = 0.0
    first_mute: Annotated[float, Meta(ge=0.0, le=1e9)] | None = None


class DayFigures(Record, frozen=True, gc=False):
    """Counts and sums of one day, from which every metric is computed.

    :mod:`propersim.simulation.metrics` computes them.

    Attributes:
        day: day of the run, from 1.
        steps: steps of the day so far.
        hours: waking hours that they cover.
        dimensions: sums of the four dimensions over all steps, in the order of :data:`DIMENSIONS`.
        spoken_score: sum of the scores of the recommendations shown that have one.
        shown: recommendations shown.
        success: those of them with a score of 3 or 4.
        welcome: those of them with a score of 4.
        content: sum of preference and communication over the recommendations shown in which both are rated.
        malformed: malformed suggestions of a model.
        answers: suggestions that a model generated.
        silent: sum of the scores of the control that never speaks.
        oracle: sum of the scores of the oracle.
        oracle_shown: recommendations that the oracle shows.
        in_band: whether ``shown`` lies within the persona's band, or, below it, is no less than ``oracle_shown``.
        rated: ratings that the assistant was given (:func:`propersim.simulation.metrics.ratings_given`); None in records of before this
            was counted.
        repeated: recommendations whose text had been shown before, on this day or the six before it; None where this was not counted.
        left_out: the recommendations that a person did not rate in full; None where there are none.
        reactions: the user's reactions; None where the user does not react.
        new_topics: topics of the welcome recommendations of this day that no welcome one of the six days before had; None where this was
            not counted.
        new_welcome: welcome recommendations whose text no earlier welcome one had, on this day or the six before it; likewise.
        topic_again: recommendations whose topic had been shown in the 24 hours before; likewise.
    """

    day: Day
    steps: Count = 0
    hours: Annotated[float, Meta(ge=0.0, le=1e9)] = 0.0
    dimensions: tuple[Count, Count, Count, Count] = (0, 0, 0, 0)
    spoken_score: Count = 0
    shown: Count = 0
    success: Count = 0
    welcome: Count = 0
    content: Count = 0
    malformed: Count = 0
    answers: Count = 0
    silent: Count = 0
    oracle: Count = 0
    oracle_shown: Count = 0
    in_band: bool = False
    rated: Count | None = None
    repeated: Count | None = None
    left_out: LeftOut | None = None
    reactions: Reactions | None = None
    new_topics: Count | None = None
    new_welcome: Count | None = None
    topic_again: Count | None = None


class Pair(Record, frozen=True, gc=False):
    """A preference pair: two candidates at one step, one rated better (paper, section 4.2).

    Attributes:
        index: step of the run that it comes from.
        number: number of the pair at that step, from 0.
        kind: ``decision`` (to speak or not), ``content`` (what to say) or ``answer`` (both in one, as published).
        prompt: token ids of the prompt.
        chosen: the preferred candidate; None is silence. A decision to speak has "" here.
        rejected: the other candidate, likewise.
        won: why it is preferred: for decisions ``speech`` or ``silence``, for contents ``preference`` or ``communication``, for answers
            ``score``.
        ref_chosen: log-probability of the chosen one under the base model; None until training computes it.
        ref_rejected: log-probability of the rejected one, likewise.
    """

    index: int
    number: int
    kind: Literal["decision", "content", "answer"]
    prompt: tuple[int, ...]
    chosen: str | None
    rejected: str | None
    won: str
    ref_chosen: float | None = None
    ref_rejected: float | None = None


FEWEST_KEPT = 10
"""Fewest kept moments that have to settle whether speaking was right for a night to be checked on them."""
FEWEST_MISTAKES = 3
"""Fewest mistakes in the kept moments for which a cautious learner trains: with fewer, an improvement cannot be told from chance."""


class Night(Record, frozen=True, gc=False):
    """One training of the adapter (paper, section 4.2: while the user sleeps).

    Attributes:
        at: steps of the run before the night; the next step uses its adapter.
        day: day that ended, or, where a person asked for the training, the current day.
        asked: whether a person asked for the training.
        adapter: file name of the adapter in the run's folder; "" where there were no pairs to train on.
        sha256: checksum of that file.
        decisions: decision pairs (or whole-answer pairs) trained on.
        spoken: those of them in which speech was preferred.
        contents: content pairs trained on.
        steps: optimiser steps.
        loss: mean over the last tenth of the optimiser steps.
        margin: mean difference of the rewards of chosen and rejected, likewise.
        accuracy: share of pairs whose chosen candidate has the higher reward, likewise.
        trained: step indices of the pairs trained on, ascending, each once.
        threshold: probability of speaking that has to be exceeded from this night on; None where none was calibrated.
        held_out: moments of the last three days that were kept from the training and settle whether speaking was right.
        wrong_before: unwelcome recommendations and missed needs of the adapter before there.
        wrong_after: the same of the trained adapter; as before where nothing was trained.
        loaded: whether the trained adapter is used; the one before stays where it does worse on the moments that were kept.
        savings: how the training saved memory, in words; empty where it did not have to.
    """

    at: Index
    day: Day
    asked: bool = False
    adapter: str = ""
    sha256: str = ""
    decisions: Count = 0
    spoken: Count = 0
    contents: Count = 0
    steps: Count = 0
    loss: float | None = None
    margin: float | None = None
    accuracy: Share | None = None
    trained: tuple[int, ...] = ()
    threshold: Share | None = None
    held_out: Count = 0
    wrong_before: Count = 0
    wrong_after: Count = 0
    loaded: bool = True
    savings: tuple[str, ...] = ()

    @property
    def good_already(self) -> bool:
        """Whether nothing was trained because the kept moments have too few mistakes."""
        return not self.adapter and not self.loaded and self.held_out >= FEWEST_KEPT

    @property
    def used(self) -> bool:
        """Whether the night made an adapter that the next steps use."""
        return bool(self.adapter) and self.loaded


TrainingPart = Literal["", "checking", "choosing", "preparing", "checking the result"]
"""Parts of a night besides its optimiser steps.

It counts the mistakes of the present adapter, chooses pairs, computes what they need, and counts the mistakes of the trained one.
"""


class TrainingProgress(Record, frozen=True, gc=False):
    """The state of a night's training, also in its preparation; reported, not stored.

    Attributes:
        step: optimiser steps done; 0 before the first.
        steps: optimiser steps in all; 0 before the first.
        loss: loss of this step.
        margin: mean reward of the chosen answers minus that of the rejected ones.
        accuracy: share of pairs whose chosen answer has the higher reward, 0–1; None for KTO, which does not compare pairs.
        seconds_left: estimated seconds to the end of the optimiser steps, or of the part of the preparation.
        pairs: preference pairs that are trained on.
        part: what is done besides optimiser steps, such as ``checking``; "" during these.
        done: moments or pairs done in that part.
        total: moments or pairs of that part.
    """

    step: int
    steps: int
    loss: float = 0.0
    margin: float = 0.0
    accuracy: float | None = None
    seconds_left: float = 0.0
    pairs: int = 0
    part: TrainingPart = ""
    done: int = 0
    total: int = 0


class Embedding(Record, frozen=True, gc=False):
    """The stored vector of a text.

    Attributes:
        embedder: name of the embedder.
        text: the embedded text.
        vector: its float32 values, little-endian.
    """

    embedder: str
    text: str
    vector: bytes


class RunWarning(Record, frozen=True, gc=False):
    """A warning about a run that is shown to the user.

    Attributes:
        at: steps of the run before the warning.
        day: day of the run.
        kind: ``no-pairs``, ``nothing-learned``, ``malformed`` or ``no-welcome`` after a night; ``model`` at the beginning of a run;
            ``drift`` on the morning from which on another rubric holds; ``move`` on that from which on the user lives the days of another
            persona; ``context`` where an endpoint cuts prompts; ``undo`` where a person's rating of that step was undone;
            ``person-rates`` and ``judge-rates`` where another rates from that step on.
        text: the message.
    """

    at: int
    day: int
    kind: str
    text: str


_step_encoder = msgspec.json.Encoder()


def to_json(record: Record | Sequence[Record]) -> bytes:
    """Return the canonical JSON of a record, from which the digest of a run is computed."""
    return _step_encoder.encode(record)


R = TypeVar("R", bound=Record)

RENAMED_ACTIVITIES = {"work_out": "away_at_work"}
"""Ids of activities that older versions wrote, in records and persona files, and the present ones."""

_RENAMED = tuple((f'"activity":"{old}"', f'"activity":"{new}"') for old, new in RENAMED_ACTIVITIES.items())

_decoders: dict[type, msgspec.json.Decoder[Record]] = {}


def from_json(kind: type[R], data: bytes | str) -> R:
    """Decode a record of the given class from its JSON.

    Activities that had another id when the record was written get the present one.

    Args:
        kind: class of the record.
        data: its JSON.

    Raises:
        msgspec.ValidationError: the JSON is not such a record (a ValueError).
    """
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    for old, new in _RENAMED:
        # Within a JSON string the quotes are escaped, so that only the field itself matches.
        data = data.replace(old, new) if isinstance(data, str) else data.replace(old.encode(), new.encode())
    return decoder.decode(data)  # type: ignore[return-value]
