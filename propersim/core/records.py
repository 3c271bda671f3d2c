"""The stream that everything consumes: frozen, typed, serialisable records.

A run is a stream of :class:`Step` records, one each timestep of waking time, with a :class:`DayPlan`
before and a :class:`DayFigures` after each day. Whoever consumes them cannot tell a live run from a stored one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

DIMENSIONS = ("preference", "timing", "frequency", "communication")
"""The four rubric dimensions, in the order in which they are shown and stored."""

# What a record that is read may hold: a database is a file that anybody can edit, and nobody who draws a record or counts with it
# should have to think of minutes before the beginning of time. Checked where JSON is decoded, not where a record is made.
Day = Annotated[int, Meta(ge=0, le=1_000_000)]
Index = Annotated[int, Meta(ge=0, le=1 << 40)]
Count = Annotated[int, Meta(ge=0, le=1 << 40)]
Minute = Annotated[float, Meta(ge=0.0, le=10_000.0)]
Minutes = Annotated[float, Meta(ge=-1e8, le=1e8)]
Tile = Annotated[int, Meta(ge=0, le=10_000)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Score = Annotated[int, Meta(ge=0, le=4)]


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Base of all records: immutable, equal by value, JSON by :func:`to_json`.

    ``gc=False``: records never form cycles, and a garbage collector that walks thousands of them makes keys wait.
    """


class Place(Record, frozen=True, gc=False):
    """A spot in the home.

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
    """What the user does for a while.

    Attributes:
        activity: id in the catalogue of activities.
        phrase: the activity in words, present participle ("having lunch").
        place: where it happens; reached by walking at the start.
        start: minute of the day's clock at which it begins.
        end: minute at which the next action begins (exclusive).
        focus: how absorbed the user is, 1 (idle) to 5.
        source: why it is in the plan: ``requirement:0``, ``habit:1``, ``interest:2`` (index in the persona), or ``ordinary``;
            ``llm`` where a language model planned it.
        note: the persona's own words for it, where it has any.
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


class Rating(Record, frozen=True, gc=False):
    """A user's rating of one candidate: four dimensions, each 0 or 1, each with a reason (paper, section 3)."""

    preference: Literal[0, 1]
    timing: Literal[0, 1]
    frequency: Literal[0, 1]
    communication: Literal[0, 1]
    reasons: tuple[str, str, str, str] = ("", "", "", "")

    @property
    def score(self) -> int:
        """The sum of the four dimensions, 0–4."""
        return self.preference + self.timing + self.frequency + self.communication

    @property
    def values(self) -> tuple[int, int, int, int]:
        """The four values in the order of :data:`DIMENSIONS`."""
        return (self.preference, self.timing, self.frequency, self.communication)

    @property
    def satisfying(self) -> bool:
        """Whether a suggestion so rated met the need: preference, timing and communication at 1."""
        return bool(self.preference and self.timing and self.communication)


class Candidate(Record, frozen=True, gc=False):
    """One answer that the assistant might give, with its rating.

    Attributes:
        text: the suggestion; None is silence ("No Recommendation").
        rating: what the user thinks of it at this moment; without reasons where a person rated it.
        topic: the topic that the user read off it; None for silence or where none could be read.
        tone: the tone that the user read off it, likewise.
    """

    text: str | None
    rating: Rating
    topic: str | None = None
    tone: str | None = None


class Clocks(Record, frozen=True, gc=False):
    """What the day has brought so far, as it stands before this step.

    Attributes:
        gap: minutes since anything was shown.
        need: minutes since the last satisfying recommendation.
        shown: recommendations shown today.
        satisfying: satisfying ones among them.
    """

    gap: Minutes
    need: Minutes
    shown: Count = 0
    satisfying: Count = 0


class Moment(Record, frozen=True, gc=False):
    """How the user stands at this step; the assistant does not see it.

    Attributes:
        receptive: in a timing window, and not busy with something that must not be interrupted.
        wanted: a good suggestion would be welcome now.
        overdue: too little has come for too long.
    """

    receptive: bool = False
    wanted: bool = False
    overdue: bool = False


class Shadow(Record, frozen=True, gc=False):
    """What the controls would have got at this step of the same day.

    Attributes:
        silent: score of a step by an assistant that never speaks.
        oracle: score of a step by the oracle.
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
        action: what the user is doing.
        x: column of the tile where the user is (also while walking).
        y: row of that tile.
        clocks: the day's counts before this step.
        moment: how the user stands.
        candidates: what was rated; the first is always silence or what was shown.
        shown: index in ``candidates`` of what was shown.
        shadow: what the controls would have got.
        drawn: suggestions that a model wrote at this step, those thrown away as well; the other spoken candidates are recalled ones.
        malformed: of them, how many had to be thrown away.
        p_speak: the model's probability of speaking, where a model decided.
        judged: where a person rated what was shown: what the judge would have said of it.
    """

    index: Index
    day: Day
    minute: Minute
    action: Action
    x: Tile
    y: Tile
    clocks: Clocks
    moment: Moment
    candidates: Annotated[tuple[Candidate, ...], Meta(min_length=1)]
    shown: Count
    shadow: Shadow
    drawn: Count = 0
    malformed: Count = 0
    p_speak: Share | None = None
    judged: Rating | None = None

    def __post_init__(self) -> None:
        """Refuse a record that says that none of its candidates was shown."""
        if self.shown >= len(self.candidates):
            raise ValueError("what was shown is not among the candidates")

    @property
    def answer(self) -> Candidate:
        """The candidate that was shown."""
        return self.candidates[self.shown]

    @property
    def rating(self) -> Rating:
        """The rating of what was shown."""
        return self.candidates[self.shown].rating

    @property
    def spoke(self) -> bool:
        """Whether a recommendation was shown."""
        return self.candidates[self.shown].text is not None

    @property
    def welcome(self) -> bool:
        """Whether a recommendation was shown with all four dimensions at 1."""
        return self.spoke and self.rating.score == 4


class Span(Record, frozen=True, gc=False):
    """A stretch of the day, [start, end) in minutes of the day's clock."""

    start: Minute
    end: Minute

    @property
    def minutes(self) -> float:
        """Length in minutes."""
        return self.end - self.start


class DayPlan(Record, frozen=True, gc=False):
    """A day before it is lived: the actions from waking to sleep, and what follows for the rubric.

    Attributes:
        day: day of the run, from 1.
        actions: without gap or overlap, from waking to falling asleep.
        receptive: stretches in which suggestions may come.
        gap_min: shortest comfortable gap between recommendations, minutes (G_min).
        gap_max: longest comfortable stretch without a good one on this day, minutes (G_max).
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


class DayFigures(Record, frozen=True, gc=False):
    """Counts and sums of one day, from which every metric follows (see :mod:`propersim.simulation.metrics`).

    ``dimensions`` are the sums of the four dimensions over all steps, in the order of :data:`DIMENSIONS`.
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


class Pair(Record, frozen=True, gc=False):
    """A preference pair: at one moment, one answer was better than another (paper, section 4.2).

    Attributes:
        index: step at which it arose.
        number: which pair of that step, from 0.
        kind: ``decision`` (to speak or not), ``content`` (what to say) or ``answer`` (both in one, as published).
        prompt: token ids of the prompt.
        chosen: the better answer; None is silence. A decision for speech has "" here.
        rejected: the worse one, likewise.
        won: what made the difference: ``speech`` or ``silence``; of contents ``preference`` or ``communication``; of answers ``score``.
        ref_chosen: log-probability of the chosen one under the base model; None where it was not needed yet.
        ref_rejected: of the rejected one.
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


class Night(Record, frozen=True, gc=False):
    """One training of the adapter (paper, section 4.2: while the user sleeps).

    Attributes:
        at: steps of the run before it; the next step is made with its adapter.
        day: the day that was over, or, asked for by a person, under way.
        asked: whether a person asked for it.
        adapter: file name of the adapter in the run's folder; "" where there was nothing to learn from.
        sha256: of that file.
        decisions: decision pairs (or whole-answer pairs) trained on.
        spoken: those of them that speech won.
        contents: content pairs trained on.
        steps: optimiser steps.
        loss: of the last tenth of the steps, mean.
        margin: likewise, mean difference of the rewards.
        accuracy: likewise, share of pairs whose chosen one has the higher reward.
        trained: step index of every pair trained on, ascending, each once.
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


class TrainingProgress(Record, frozen=True, gc=False):
    """The state of a night's training after an optimiser step; reported, not stored.

    Attributes:
        step: optimiser steps done; 0 before the first.
        steps: optimiser steps in all; 0 before the first.
        loss: loss of this step.
        margin: mean reward of the chosen answers minus that of the rejected ones.
        accuracy: share of pairs whose chosen answer has the higher reward, 0–1; None for KTO, which does not compare pairs.
        seconds_left: estimated seconds to the end.
        pairs: preference pairs that are trained on.
    """

    step: int
    steps: int
    loss: float = 0.0
    margin: float = 0.0
    accuracy: float | None = None
    seconds_left: float = 0.0
    pairs: int = 0


class Embedding(Record, frozen=True, gc=False):
    """A text's vector, kept so that it is not computed again.

    Attributes:
        embedder: name of what computed it.
        text: the text.
        vector: its float32 values, little-endian.
    """

    embedder: str
    text: str
    vector: bytes


class Spent(Record, frozen=True, gc=False):
    """One question that was put to a language model at an endpoint for a run, and what it took.

    Attributes:
        idx: step of the run that it was asked for; of a day's plan, the day's first.
        day: day of the run.
        purpose: what it was for, such as ``rate`` or ``plan: hour``.
        prompt: sha256 of its messages, hexadecimal.
        model: as the endpoint calls it.
        form: form of JSON in which it was asked.
        tokens_in: of the prompts.
        tokens_cached: of them, those that the endpoint had cached.
        tokens_out: of the answers.
        seconds: from the question to the answer, waiting included.
        retries: requests sent again because of a fault on the way, or because the answer was cut off.
        again: times that the model was asked again because its answer was no good.
        cached: whether it was answered by a stored answer.
        guessed: whether some tokens are an estimate, because the endpoint did not say.
        cost: dollars; None where the price is not known.
        failed: the kind of error that it ended in; "" where it was answered.
        at: time of the answer, UTC, ISO 8601.
    """

    idx: Index
    day: Day
    purpose: str
    prompt: str
    model: str
    form: str
    tokens_in: Count
    tokens_cached: Count
    tokens_out: Count
    seconds: Annotated[float, Meta(ge=0.0, le=1e9)]
    retries: Count
    again: Count
    cached: bool
    guessed: bool
    cost: Annotated[float, Meta(ge=0.0, le=1e9)] | None
    failed: str
    at: str


SPENT = Spent.__struct_fields__
"""The columns of a call, in the order in which they are stored."""


class Warned(Record, frozen=True, gc=False):
    """Something about a run that a person should know.

    Attributes:
        at: steps of the run before it.
        day: day of the run.
        kind: ``no-pairs``, ``malformed`` or ``no-welcome``.
        text: in words.
    """

    at: int
    day: int
    kind: str
    text: str


_step_encoder = msgspec.json.Encoder()


def to_json(record: Record | Sequence[Record]) -> bytes:
    """Return the canonical JSON of a record; the digest of a run is made of these bytes."""
    return _step_encoder.encode(record)


R = TypeVar("R", bound=Record)

_decoders: dict[type, msgspec.json.Decoder[Record]] = {}


def from_json(kind: type[R], data: bytes | str) -> R:
    """Return the record of the given kind; ValueError (msgspec.ValidationError) where the JSON is not one."""
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    return decoder.decode(data)  # type: ignore[return-value]
