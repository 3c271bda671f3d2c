"""What a screen asks the examiner, and what it answers: JSON lines over a socket.

Every question has a number, which its answers repeat. A newer question of a kind makes older ones of that kind void.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from propersim.core.records import Candidate, Pair
from propersim.memory.state import State
from propersim.runs.protocol import Message


class Numbered(Message, frozen=True, kw_only=True):
    """Base of all questions and their answers; :class:`~propersim.inspector.client.ExaminerLink` gives the numbers."""

    number: int = 0


# -- questions --------------------------------------------------------------------------------------------------------


class Examine(Numbered, frozen=True):
    """Lay open step ``index`` of the run."""

    index: int


class Ask(Numbered, frozen=True):
    """Let the adapter of a night answer step ``index``: day 0 is the base without adapter, None the newest adapter."""

    index: int
    day: int | None = None


class Map(Numbered, frozen=True):
    """When would it speak? The adapter of one night (0 is the base), or, with None, all in turn: the base first, then each night's."""

    day: int | None = None


class Favours(Numbered, frozen=True):
    """What does it suggest where suggestions are welcome? By the adapter of a night: 0 is the base, None the newest."""

    day: int | None = None


class Recall(Numbered, frozen=True):
    """What of what it remembers at step ``index`` is most like a text?"""

    index: int
    text: str


Question = Examine | Ask | Map | Favours | Recall

# -- parts of answers -------------------------------------------------------------------------------------------------


class Worn(msgspec.Struct, frozen=True):
    """The adapter of a night: the day that was over (or, asked for, under way), and from which step on it was worn."""

    day: int
    at: int


class Likelihood(msgspec.Struct, frozen=True):
    """How likely an answer was, as natural logarithms.

    Attributes:
        decision: log-probability of its decision, of the two legal ones.
        words: log-probability of the suggestion's tokens after the decision to speak, its end included; 0 for silence.
        tokens: how many tokens these are.
    """

    decision: float
    words: float = 0.0
    tokens: int = 0

    @property
    def total(self) -> float:
        """Log-probability of the whole answer."""
        return self.decision + self.words

    @property
    def per_token(self) -> float | None:
        """Mean log-probability of the suggestion's tokens; None for silence."""
        return self.words / self.tokens if self.tokens else None


Source = Literal["silence", "drawn", "recalled"]
"""Where a candidate came from: drawn for this step (a control's too), or recalled from before."""


class Weighed(msgspec.Struct, frozen=True):
    """A candidate of a step.

    Attributes:
        candidate: with its rating.
        source: where it came from.
        then: how likely under the adapter that was worn; None without a model.
        now: how likely under the newest adapter of the run.
    """

    candidate: Candidate
    source: Source
    then: Likelihood | None = None
    now: Likelihood | None = None


class Remembered(msgspec.Struct, frozen=True):
    """A past (activity, recommendation) pair.

    Attributes:
        activity: id of what the user was doing.
        topic: of the recommendation; None is silence.
        text: the recommendation; "" is silence.
        similarity: cosine to what was asked for.
        day: when it came last, day of the run.
        minute: likewise, minute of the day's clock.
        count: how often it came.
        score: how it was rated last, 0–4; None where the memory keeps no scores.
    """

    activity: str
    topic: str | None
    text: str
    similarity: float
    day: int
    minute: float
    count: int
    score: int | None


# -- answers ----------------------------------------------------------------------------------------------------------


class Ready(Message, frozen=True):
    """The model is loaded: its name, and the seconds that it took."""

    model: str
    seconds: float


class Trouble(Numbered, frozen=True):
    """A question cannot be answered: why, and what to do about it."""

    message: str
    hint: str = ""


class Examined(Numbered, frozen=True):
    """A step laid open.

    Attributes:
        index: of the step.
        state: what the assistant saw; None for a control, which sees another way.
        prompt: the prompt, each token as text; for a model at an endpoint, each message.
        adapter: worn at this step; None: none yet.
        newest: the newest adapter of the run; None: none yet.
        p_speak: probability of speaking, computed anew with ``adapter``.
        p_now: the same with ``newest``.
        stored: as it was stored at the time.
        candidates: in the step's order.
        shown: which of them was shown.
        pairs: preference pairs that came of it, without their prompts.
        nights: days of the nights that trained on it.
        lacking: why what takes a model is not there; "" where it is.
        hint: what to do about that.
    """

    index: int
    state: State | None
    prompt: tuple[str, ...]
    adapter: Worn | None
    newest: Worn | None
    p_speak: float | None
    p_now: float | None
    stored: float | None
    candidates: tuple[Weighed, ...]
    shown: int
    pairs: tuple[Pair, ...]
    nights: tuple[int, ...]
    lacking: str = ""
    hint: str = ""


class Asked(Numbered, frozen=True):
    """How an adapter would answer a step.

    Attributes:
        index: of the step.
        day: as asked.
        adapter: that answered; None is the base.
        p_speak: its probability of speaking.
        speaks: whether that passes the threshold; None in the published scheme, which draws its decisions.
        silence: rated at that moment.
        said: suggestions drawn past the decision, rated likewise; fewer than two where one came out malformed twice.
    """

    index: int
    day: int | None
    adapter: Worn | None
    p_speak: float
    speaks: bool | None
    silence: Candidate
    said: tuple[Candidate, ...]


class Row(msgspec.Struct, frozen=True):
    """An activity of the map: its id, what it is in words, where, and the minutes that the plans so far give it."""

    activity: str
    phrase: str
    room: str
    minutes: float


class Mapped(Numbered, frozen=True):
    """P(speak) over activity and hour, at a typical moment of each.

    Attributes:
        day: of the adapter's night; 0 is the base.
        adapter: that answered; None is the base.
        place: which of ``places`` answers to the same question this is, from 0.
        places: how many there are.
        rows: activities, the longest first.
        start: minute of the day's clock at which the first column begins; each is half an hour.
        p_speak: a row for each activity, a value for each column.
        open: whether the persona is open there, and likes something to be suggested; 0 or 1.
        done: minutes that were spent there in the run.
    """

    day: int
    adapter: Worn | None
    place: int
    places: int
    rows: tuple[Row, ...]
    start: int
    p_speak: tuple[tuple[float, ...], ...]
    open: tuple[tuple[int, ...], ...]
    done: tuple[tuple[float, ...], ...]


class Favoured(Numbered, frozen=True):
    """What an adapter suggests where suggestions are welcome.

    Attributes:
        day: as asked.
        adapter: that answered; None is the base.
        drawn: well-formed suggestions, of which all shares are.
        malformed: that had to be thrown away.
        topics: share of each topic, the largest first; "" stands for those without one.
        tones: share of each tone, likewise.
        preference: share that is rated good in preference.
        communication: share that is rated good in communication.
        examples: some of them, rated.
        likes: topics that the persona likes, at some time.
        dislikes: topics that it never likes.
        welcome: tones that it likes.
        avoid: tones that grate.
    """

    day: int | None
    adapter: Worn | None
    drawn: int
    malformed: int
    topics: tuple[tuple[str, float], ...]
    tones: tuple[tuple[str, float], ...]
    preference: float
    communication: float
    examples: tuple[Candidate, ...]
    likes: tuple[str, ...]
    dislikes: tuple[str, ...]
    welcome: tuple[str, ...]
    avoid: tuple[str, ...]


class Recalled(Numbered, frozen=True):
    """What is remembered at a step that is like a text, most similar first."""

    index: int
    text: str
    found: tuple[Remembered, ...]


Answer = Ready | Trouble | Examined | Asked | Mapped | Favoured | Recalled

_questions = msgspec.json.Decoder(Question)
_answers = msgspec.json.Decoder(Answer)


def decode_question(line: bytes) -> Question:
    """Return the question of a line; msgspec.MsgspecError (a ValueError) where it is none."""
    question: Question = _questions.decode(line)
    return question


def decode_answer(line: bytes) -> Answer:
    """Return the answer of a line; msgspec.MsgspecError (a ValueError) where it is none."""
    answer: Answer = _answers.decode(line)
    return answer
